"""What evaluating a statement element by element costs."""

from __future__ import annotations

from math import prod

from xdsl.dialects.builtin import AnyFloat

from .expression import Apply, Expr
from .statement import Statement


def scalar_cycles(statement: Statement, latency: int) -> float:
    """The cycles of a statement that is evaluated element by element.

    A point takes a cycle for its store, and every operator half a cycle. A sum of floats waits
    for its last addition, which takes `latency` cycles.
    """
    volume = prod(axis.extent for axis in statement.axes)
    each = 1.0 + _operators(statement.body) / 2
    waits = any(axis.reduction and axis.extent > 1 for axis in statement.axes)
    if waits and isinstance(statement.output.element, AnyFloat):
        each = max(each, latency)
    return volume * each


def _operators(expr: Expr) -> int:
    """How many operators an expression has."""
    return 1 + sum(map(_operators, expr.args)) if isinstance(expr, Apply) else 0
