"""T1: split a sum of products by distributivity.

    sum over u, v of f(u) g(u, v) h(v)  =  sum over v of (sum over u of f(u) g(u, v)) h(v)

A reduction axis that only some of the factors have can be summed over these alone, into a
temporary. A depthwise-separable convolution written as one statement,

    O[p,q,o] += I[p+r,q+s,c] * D[r,s,c] * P[c,o]

becomes the depthwise one and a matrix multiplication:

    t[p,q,c] += I[p+r,q+s,c] * D[r,s,c]
    O[p,q,o] += t[p,q,c] * P[c,o]

Integers wrap around in the type of the output, a ring, so the result is the same. Floats are
reassociated, which contractions allow; a temporary may overflow to an infinity where the products
of all factors would not have, and a NaN stays a NaN.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..expression import Apply, Constant, Expr, operands_in
from ..normalize import normal_body
from ..statement import Access, Operand, Statement
from .program import Compute, Program, projection, renumbered
from .rewrite import Hints, Outcome, Refusal, Rewrite

_RINGS = {"arith.addf": "arith.mulf", "arith.addi": "arith.muli"}
"""The sums that products distribute over."""


def distribute(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to sum some factors of a product before the others come in."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    product = _Product.of(step.statement)
    if isinstance(product, Refusal):
        yield product
        return
    found = False
    for size in range(1, len(product.factors)):
        for inner in combinations(range(len(product.factors)), size):
            summed = product.private_sums(inner)
            if summed:
                found = True
                yield _split(program, at, product, inner, summed)
    if not found:
        yield Refusal("no reduction axis has only some of the factors")


@dataclass(frozen=True)
class _Product:
    """A statement whose body is a product: its factors."""

    statement: Statement
    factors: tuple[Expr, ...]

    @classmethod
    def of(cls, statement: Statement) -> _Product | Refusal:
        """Read a statement as a sum of products."""
        times = _RINGS.get(statement.combine)
        if times is None:
            return Refusal(f"{statement.combine} does not distribute over products")
        if statement.guarded:
            return Refusal("a read outside an operand would become one of the temporary")
        body = normal_body(statement.body)
        if not isinstance(body, Apply) or body.op != times or body.type != statement.output.element:
            return Refusal("the body is no product in the type of the sum")
        return cls(statement, body.args)

    def reads(self, factors: Sequence[int]) -> list[int]:
        """The inputs that some of the factors read."""
        return list(dict.fromkeys(i for f in factors for i in operands_in(self.factors[f])))

    def has(self, factors: Sequence[int], axis: int) -> bool:
        """Whether some of the factors move along an axis."""
        return any(self.statement.inputs[index].touches(axis) for index in self.reads(factors))

    def others(self, inner: Sequence[int]) -> list[int]:
        """The factors that are not among `inner`."""
        return [factor for factor in range(len(self.factors)) if factor not in inner]

    def private_sums(self, inner: Sequence[int]) -> list[int]:
        """The axes that only factors of `inner` have."""
        statement = self.statement
        return [
            axis
            for axis in range(len(statement.axes))
            if statement.axes[axis].extent > 1
            and self.has(inner, axis)
            and not self.has(self.others(inner), axis)
            and not statement.output.touches(axis)
        ]

    def sum_of(
        self, factors: Sequence[int], axes: Sequence[int], output: Access, extra: Access | None
    ) -> Statement:
        """The sum over `axes` of the product of some factors and, last, the element of `extra`."""
        type_, reads = self.statement.output.element, self.reads(factors)
        inputs = [self.statement.inputs[index] for index in reads]
        terms = [renumbered(self.factors[factor], reads) for factor in factors]
        if extra is not None:
            inputs.append(extra)
            terms.append(Operand(len(reads)))
        op = _RINGS[self.statement.combine]
        return replace(
            self.statement,
            axes=tuple(
                replace(self.statement.axes[axis], reduction=not output.touches(axis))
                for axis in axes
            ),
            inputs=tuple(access.select(axes) for access in inputs),
            output=output.select(axes),
            body=terms[0] if len(terms) == 1 else Apply(op, tuple(terms), type_),
        )


def _split(
    program: Program, at: int, product: _Product, inner: Sequence[int], summed: Sequence[int]
) -> Rewrite:
    """The program in which the factors `inner` are first summed over the axes `summed`."""
    step, statement = program.steps[at], product.statement
    assert isinstance(step, Compute)
    axes = range(len(statement.axes))
    kept = [axis for axis in axes if product.has(inner, axis) and axis not in summed]
    name = program.fresh("partial")
    partial = projection(name, statement.output, statement.axes, kept)
    first = product.sum_of(inner, sorted([*kept, *summed]), partial, None)
    rest = [axis for axis in axes if axis not in summed]
    second = product.sum_of(product.others(inner), rest, statement.output, partial)
    zero = Constant(0.0 if statement.combine == "arith.addf" else 0, statement.output.element)
    sums = " x ".join(statement.axes[axis].name for axis in summed)
    factors = " * ".join(statement.inputs[index].name for index in product.reads(inner))
    return Rewrite(
        program.replaced(at, [Compute(first, zero), Compute(second, step.start)]),
        f"{factors} is summed over {sums} before the rest comes in",
    )
