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
from ..statement import Axis, Operand, Statement
from .program import Compute, Program, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite

_RINGS = {"arith.addf": "arith.mulf", "arith.addi": "arith.muli"}


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
            if not summed:
                continue
            if size == 1 and len(summed) == len(product.axes_of(inner)):
                continue  # a number: it would only be a sum of its own
            found = True
            steps, text = _split(program, step, product, inner, summed)
            yield Rewrite(program.replaced(at, steps), text)
    if not found:
        yield Refusal("every reduction axis indexes factors on both sides of any split")


@dataclass(frozen=True)
class _Product:
    """A statement whose body is a product: its factors."""

    statement: Statement
    factors: tuple[Expr, ...]

    @classmethod
    def of(cls, statement: Statement) -> _Product | Refusal:
        """Read a statement as a sum of products."""
        times = _RINGS.get(statement.combine)
        if times is None or statement.guarded:
            return Refusal(f"{statement.combine} does not distribute over products")
        body = normal_body(statement.body)
        if not isinstance(body, Apply) or body.op != times or body.type != statement.output.element:
            return Refusal("the body is no product in the type of the sum")
        return cls(statement, body.args)

    def axes_of(self, factors: Sequence[int]) -> list[int]:
        """The axes that some of these factors have."""
        reads = {index for factor in factors for index in operands_in(self.factors[factor])}
        inputs = [self.statement.inputs[index] for index in reads]
        count = range(len(self.statement.axes))
        return [axis for axis in count if any(access.touches(axis) for access in inputs)]

    def private_sums(self, inner: Sequence[int]) -> list[int]:
        """The axes that neither the output nor a factor outside `inner` has."""
        outer = [factor for factor in range(len(self.factors)) if factor not in inner]
        elsewhere = set(self.axes_of(outer))
        return [
            axis
            for axis in self.axes_of(inner)
            if axis not in elsewhere
            and not self.statement.output.touches(axis)
            and self.statement.axes[axis].extent > 1
        ]

    def over(self, factors: Sequence[Expr], axes: Sequence[int], kinds: set[int]) -> Statement:
        """The sum of a product of some factors over some axes; the axes `kinds` are reductions."""
        reads = list(dict.fromkeys(i for factor in factors for i in operands_in(factor)))
        body = factors[0]
        if len(factors) > 1:
            body = Apply(_RINGS[self.statement.combine], tuple(factors), _type(self.statement))
        loops = [replace(self.statement.axes[a], reduction=a in kinds) for a in axes]
        inputs = tuple(self.statement.inputs[i].select(axes) for i in reads)
        output = self.statement.output.select(axes)
        from .program import renumbered

        body = renumbered(body, reads)
        return replace(self.statement, axes=tuple(loops), inputs=inputs, output=output, body=body)


def _type(statement: Statement) -> object:
    return statement.output.element


def _split(
    program: Program, step: Compute, product: _Product, inner: Sequence[int], summed: Sequence[int]
) -> tuple[list[Compute], str]:
    """The two statements, and what they are in words."""
    raise NotImplementedError
