"""What evaluating a statement element by element costs."""

from __future__ import annotations

from math import prod

from xdsl.dialects.builtin import AnyFloat

from .expression import Apply, Expr, parts_of
from .statement import Statement

OPERATOR_CYCLES = 0.5
"""Cycles of an operator that a C compiler knows an instruction for."""

_FUNCTION_CYCLES = {
    **dict.fromkeys(("math.sqrt", "math.rsqrt"), 5.0),
    **dict.fromkeys(("math.tanh", "math.erf", "math.sinh", "math.cosh"), 36.0),
}
"""Cycles of functions of the C library (measured, glibc 2.36 on floats)."""

_LIBRARY_CYCLES = 12.0
"""Cycles of every other function of the C library."""

_INSTRUCTIONS = ("absf", "absi", "ceil", "copysign", "floor", "fma", "round", "trunc")
"""The functions of `math` that are an instruction or two."""


def scalar_cycles(statement: Statement, latency: int) -> float:
    """The cycles of a statement that is evaluated element by element.

    A point takes a cycle for its store, and every operator half a cycle, or what a call of the C
    library takes. A sum of floats waits for its last addition, which takes `latency` cycles.
    """
    volume = prod(axis.extent for axis in statement.axes)
    each = 1.0 + sum(map(_cycles, parts_of(statement.body)))
    waits = any(axis.reduction and axis.extent > 1 for axis in statement.axes)
    if waits and isinstance(statement.output.element, AnyFloat):
        each = max(each, latency)
    return volume * each


def _cycles(expr: Expr) -> float:
    """The cycles of an operator by itself."""
    if not isinstance(expr, Apply):
        return 0.0
    dialect, _, name = expr.op.partition(".")
    if dialect != "math" or name.startswith(_INSTRUCTIONS):
        return OPERATOR_CYCLES
    return _FUNCTION_CYCLES.get(expr.op, _LIBRARY_CYCLES)
