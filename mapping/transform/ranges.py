"""Ranges of integers: between which numbers the elements of a value lie, as far as that is plain."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ..expression import Apply, Constant, Expr, Operand
from ..statement import ASSIGN, Statement, type_of
from .program import Program

Range = tuple[int, int]
"""The least and the greatest number; integers have a sign."""

DEPTH = 8
"""How many statements are looked through."""


def range_of(program: Program, name: str, type_: Attribute, depth: int = DEPTH) -> Range:
    """The range of a value's elements; that of their type where nothing better is known."""
    whole = _of_type(type_)
    step = program.producer(name)
    if step is None or depth == 0 or step.statement.guarded:
        return whole
    statement = step.statement
    inputs = [range_of(program, a.name, a.element, depth - 1) for a in statement.inputs]
    found = _Body(statement, inputs).range_of(statement.body)
    if found is None or (statement.combine == ASSIGN and step.start is None):
        return found or whole
    if statement.combine != "arith.addi" or not isinstance(step.start, Constant):
        return whole
    terms = prod(a.extent for i, a in enumerate(statement.axes) if not statement.output.touches(i))
    first = int(step.start.value)
    total = first + min(0, found[0]) * terms, first + max(0, found[1]) * terms
    return total if _fits(total, whole) else whole


def _of_type(type_: Attribute) -> Range:
    """All numbers of an integer type."""
    assert isinstance(type_, IntegerType)
    half = 1 << (type_.bitwidth - 1)
    return -half, half - 1


def _fits(found: Range, whole: Range) -> bool:
    return whole[0] <= found[0] and found[1] <= whole[1]


@dataclass(frozen=True)
class _Body:
    """A statement, and the ranges of its inputs."""

    statement: Statement
    inputs: list[Range]

    def range_of(self, expr: Expr) -> Range | None:
        """The range of an expression of integers; None if it is not known, or may wrap around."""
        type_ = type_of(expr, self.statement.inputs)
        if not isinstance(type_, IntegerType):
            return None
        if isinstance(expr, Operand):
            return self.inputs[expr.index]
        if isinstance(expr, Constant):
            return int(expr.value), int(expr.value)
        found = self._applied(expr) if isinstance(expr, Apply) else None
        return found if found is not None and _fits(found, _of_type(type_)) else None

    def _applied(self, expr: Apply) -> Range | None:
        """The range of an operator's result, before it wraps around."""
        args = [self.range_of(arg) for arg in expr.args]
        known = [arg for arg in args if arg is not None]
        if len(known) < len(args):
            return None
        lows, highs = [low for low, _ in known], [high for _, high in known]
        match expr.op:
            case "arith.extsi":
                return known[0]
            case "arith.extui" if lows[0] < 0:
                type_ = type_of(expr.args[0], self.statement.inputs)
                return 0, 2 * _of_type(type_)[1] + 1 if type_ is not None else 0
            case "arith.extui":
                return known[0]
            case "arith.addi":
                return sum(lows), sum(highs)
            case "arith.muli":
                return _product(known)
            case "arith.maxsi" | "arith.minsi":
                choose = max if expr.op == "arith.maxsi" else min
                return choose(lows), choose(highs)
            case _:
                return None


def _product(factors: list[Range]) -> Range:
    """The range of a product."""
    low, high = factors[0]
    for factor in factors[1:]:
        ends = [a * b for a in (low, high) for b in factor]
        low, high = min(ends), max(ends)
    return low, high
