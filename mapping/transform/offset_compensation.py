"""Offset and compensation: an operand of the other signedness, by a shift of its numbers.

For an integer x of N bits, with h = 2^(N-1) and x' = x xor h, which flips its highest bit,

    signed(x) = unsigned(x') - h        unsigned(x) = signed(x') + h

so a sum of products with a signed factor is one with an unsigned factor, and a correction that
this factor takes no part in. A product of signed bytes runs on an instruction that wants one of
them unsigned:

    C[m,n] += extsi(A[m,k]) * extsi(B[k,n])

becomes

    A'[m,k] = A[m,k] xor -128
    S[n] += extsi(B[k,n])
    C[m,n] += -128 * S[n]
    C[m,n] += extui(A'[m,k]) * extsi(B[k,n])

Integers wrap around in the type of the output, a ring, so the result is the same, -128 * -128
included. The sum S depends on one operand only: it is computed once, and not at all where that
operand is constant and folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ..expression import Apply, Constant, Expr, Operand, operands_in
from ..normalize import normal_body
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, projection, renumbered
from .rewrite import Hints, Outcome, Refusal, Rewrite

_OTHER = {"arith.extsi": "arith.extui", "arith.extui": "arith.extsi"}
"""The widening of the other signedness."""


def offset_compensation(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to give one factor of an integer sum of products the other signedness."""
    del hints
    step = program.steps[at]
    assert isinstance(step, Compute)
    factors = _factors(step.statement)
    if isinstance(factors, Refusal):
        yield factors
        return
    chosen = [i for i, factor in enumerate(factors) if _widened(factor, step.statement) is not None]
    if not chosen:
        yield Refusal("no factor is a widened integer")
    for index in chosen:
        yield _Shift(program, step, factors, index).rewrite(at)


def _factors(statement: Statement) -> tuple[Expr, ...] | Refusal:
    """The factors of a sum of integer products, or why the statement is none."""
    output = statement.output
    if statement.combine != "arith.addi":
        return Refusal(f"{statement.combine} is no sum of integers")
    if statement.guarded:
        return Refusal("what lies outside an operand reads as zero, and would be shifted too")
    rows = [[axis for axis, c in enumerate(row) if c] for row in output.matrix]
    covers = all(
        len(row) == 1 and statement.axes[row[0]].extent == size and not first
        for row, size, first in zip(rows, output.shape, output.offset, strict=True)
    )
    if not covers or len({row[0] for row in rows}) < len(rows):
        return Refusal(f"{output.name} is not written element by element")
    body = normal_body(statement.body)
    if isinstance(body, Apply) and body.op == "arith.muli" and body.type == output.element:
        return body.args
    return Refusal("the body is no product in the type of the sum")


def _widened(factor: Expr, statement: Statement) -> int | None:
    """The input that a factor widens, if that is what it does."""
    if not isinstance(factor, Apply) or factor.op not in _OTHER:
        return None
    inner = factor.args[0]
    if not isinstance(inner, Operand) or inner.index >= len(statement.inputs):
        return None
    return inner.index


@dataclass(frozen=True)
class _Shift:
    """The rewrite of one factor: its numbers are shifted, the others are summed beside."""

    program: Program
    step: Compute
    factors: Sequence[Expr]
    index: int

    @property
    def statement(self) -> Statement:
        """The statement."""
        return self.step.statement

    def rewrite(self, at: int) -> Rewrite:
        """The program with four steps in the place of one."""
        factor = self.factors[self.index]
        assert isinstance(factor, Apply)
        operand = _widened(factor, self.statement)
        assert operand is not None
        have = self.statement.inputs[operand]
        shifted = replace(have, name=self.program.fresh(f"{have.name}_shifted"), memory=None)
        shifted = replace(shifted, strides=None)
        total, once = self._total()
        start = replace(self.statement.output, name=self.program.fresh("compensated"))
        steps = [
            Compute(_flip(have, shifted.name)),
            Compute(total, Constant(0, self.statement.output.element)),
            Compute(self._start(total.output, start, _half(have.element, factor.op) * once)),
            Compute(self._product(shifted), start.name),
        ]
        kind = "unsigned" if factor.op == "arith.extsi" else "signed"
        text = f"{have.name} becomes {kind} by an offset; a sum of the other factors compensates it"
        return Rewrite(self.program.replaced(at, steps), text)

    def _total(self) -> tuple[Statement, int]:
        """The sum of the product of the other factors, and how often it counts.

        It has the axes that the other factors have; along a reduction that they lack all terms are
        the same.
        """
        statement, element = self.statement, self.statement.output.element
        rest = [factor for i, factor in enumerate(self.factors) if i != self.index]
        reads = list(dict.fromkeys(i for factor in rest for i in operands_in(factor)))
        inputs = [statement.inputs[i] for i in reads]
        axes = range(len(statement.axes))
        moved = [axis for axis in axes if any(access.touches(axis) for access in inputs)]
        lost = [a for a in axes if a not in moved and not statement.output.touches(a)]
        kept = [axis for axis in moved if statement.output.touches(axis)]
        name = self.program.fresh("sum")
        output = projection(name, statement.output, statement.axes, kept)
        terms = tuple(renumbered(factor, reads) for factor in rest)
        total = replace(
            statement,
            axes=tuple(statement.axes[axis] for axis in moved),
            inputs=tuple(access.select(moved) for access in inputs),
            output=output.select(moved),
            body=terms[0] if len(terms) == 1 else Apply("arith.muli", terms, element),
        )
        return total, prod(statement.axes[axis].extent for axis in lost)

    def _start(self, total: Access, start: Access, factor: int) -> Statement:
        """What the final sum starts from: `factor` times the others' sum, plus the old start."""
        statement, element = self.statement, start.element
        axes = [axis for axis in range(len(statement.axes)) if statement.output.touches(axis)]
        total = projection(total.name, total, statement.axes, self._kept())
        value: Expr = Apply("arith.muli", (Operand(0), Constant(factor, element)), element)
        inputs = [total.select(axes)]
        if isinstance(self.step.start, str):
            inputs.append(replace(start, name=self.step.start).select(axes))
            value = Apply("arith.addi", (Operand(1), value), element)
        elif self.step.start is not None and self.step.start.value:
            value = Apply("arith.addi", (self.step.start, value), element)
        parallel = tuple(statement.axes[axis] for axis in axes)
        return Statement(parallel, tuple(inputs), start.select(axes), ASSIGN, value)

    def _kept(self) -> list[int]:
        """The axes of the result that the other factors have."""
        statement = self.statement
        rest = [factor for i, factor in enumerate(self.factors) if i != self.index]
        reads = {i for factor in rest for i in operands_in(factor)}
        return [
            axis
            for axis in range(len(statement.axes))
            if statement.output.touches(axis)
            and any(statement.inputs[i].touches(axis) for i in reads)
        ]

    def _product(self, shifted: Access) -> Statement:
        """The sum of products with the shifted factor."""
        factor = self.factors[self.index]
        assert isinstance(factor, Apply)
        inputs = (*self.statement.inputs, shifted)
        new = Apply(_OTHER[factor.op], (Operand(len(inputs) - 1),), factor.type)
        factors = [new if i == self.index else old for i, old in enumerate(self.factors)]
        body = Apply("arith.muli", tuple(factors), self.statement.output.element)
        reads = list(dict.fromkeys(operands_in(body)))
        return replace(
            self.statement,
            inputs=tuple(inputs[i] for i in reads),
            body=renumbered(body, reads),
            overwrites=False,
        )


def _flip(have: Access, name: str) -> Statement:
    """The statement that flips the highest bit of every element of an operand."""
    axes = tuple(Axis(f"x{dim}", size, False) for dim, size in enumerate(have.shape))
    dims = range(len(axes))
    source = replace(projection(have.name, have, axes, dims), strides=have.strides)
    highest = Constant(_sign(have.element), have.element)
    value = Apply("arith.xori", (Operand(0), highest), have.element)
    return Statement(axes, (source,), projection(name, have, axes, dims), ASSIGN, value)


def _sign(element: Attribute) -> int:
    """The number whose only bit is the highest."""
    assert isinstance(element, IntegerType)
    return -(1 << (element.bitwidth - 1))


def _half(element: Attribute, widening: str) -> int:
    """What a shifted number differs by."""
    return _sign(element) if widening == "arith.extsi" else -_sign(element)
