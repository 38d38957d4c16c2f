"""Elementary functions by arithmetic that vector instructions have, in f32.

The largest errors, against the exact function of the argument, are stated in `ULPS`, in units of
the last place of the result; a denormal result is within as many of the least denormal number, or
within 1. NaNs stay NaNs, infinities and zeros give what the functions' definitions say, with the
right sign: exp(-inf) is 0, tanh(-inf) is -1, erf(-0.0) is -0.0, log(0) is -inf, of less a NaN. That
holds whether products that are summed up are rounded before or not, and a test measures it for all
exponents.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32

from ..expression import Apply, Expr, parts_of
from .arithmetic import divide, number
from .error_function import erf
from .exponential import exp, exp2, tanh
from .logarithm import log
from .scaling import SCALINGS, Scaling

__all__ = ["FUNCTIONS", "SCALINGS", "ULPS", "expanded", "functions_in"]


def _rsqrt(x: Expr, _: Scaling) -> Expr:
    """1 / sqrt(x), both rounded: within 1.5 ulp."""
    return divide(number(1.0), Apply("math.sqrt", (x,), f32))


FUNCTIONS: dict[str, Callable[[Expr, Scaling], Expr]] = {
    "math.erf": erf,
    "math.exp": exp,
    "math.exp2": exp2,
    "math.log": log,
    "math.rsqrt": _rsqrt,
    "math.tanh": tanh,
}
"""The functions by the names of their operations."""

ULPS = {
    **{"math.exp": 2, "math.exp2": 2, "math.log": 2, "math.rsqrt": 2},
    **{"math.tanh": 4, "math.erf": 4},
}
"""The bounds that are promised."""


def functions_in(expr: Expr) -> set[str]:
    """The names of the functions that can be expanded in an expression."""
    return {part.op for part in parts_of(expr) if isinstance(part, Apply) and _is_expanded(part)}


def expanded(expr: Expr, scaled: Scaling) -> Expr:
    """The expression with arithmetic in the place of the functions.

    Functions of floats of 16 bits are computed in f32 and rounded.

    Args:
        expr: The expression.
        scaled: How to multiply by a power of two.
    """
    known: dict[Expr, Expr] = {}
    for part in parts_of(expr):  # arguments come before what uses them
        if not isinstance(part, Apply):
            known[part] = part
            continue
        args = tuple(known[arg] for arg in part.args)
        known[part] = Apply(part.op, args, part.type)
        if _is_expanded(part):
            known[part] = _expansion(part, args[0], scaled)
    return known[expr]


def _is_expanded(part: Apply) -> bool:
    """Whether an application is that of a function to floats of at most 32 bits."""
    is_narrow = part.type == f32 or isinstance(part.type, BFloat16Type | Float16Type)
    return part.op in FUNCTIONS and is_narrow


def _expansion(part: Apply, argument: Expr, scaled: Scaling) -> Expr:
    """What stands in the place of a function of an argument."""
    function = FUNCTIONS[part.op]
    if part.type == f32:
        return function(argument, scaled)
    wide = Apply("arith.extf", (argument,), f32)
    return Apply("arith.truncf", (function(wide, scaled),), part.type)
