"""Multiplication by a power of two, in the two ways that machines have: `value * 2^n`.

Before it, `shifted = n + SCALED_SHIFT` was rounded to an integer n, which stands in its lowest bits.
Both ways round once, to a denormal number too, if n is between -150 and 128 and the value near 1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TypeAlias

from xdsl.dialects.builtin import f32, f64, i1

from ..expression import Apply, Expr
from .arithmetic import bits, multiply, number, of_bits, on_bits, subtract, word
from .coefficients import SHIFT

BIAS = 127
"""What the exponent of a float is stored with."""

SCALED_SHIFT = SHIFT + 2 * BIAS
"""SHIFT such that the lowest bits are the sum of two exponents as floats store them."""

Scaling: TypeAlias = Callable[[Expr, Expr], Expr]
"""From a value and `shifted` to the value times 2^n."""


def in_two_steps(value: Expr, shifted: Expr) -> Expr:
    """Make two factors of n, each half of it, by shifting exponents into their place."""
    total = bits(shifted)
    half = on_bits("shrui", total, word(1))
    factors = (
        of_bits(on_bits("shli", part, word(23))) for part in (half, on_bits("subi", total, half))
    )
    for factor in factors:
        value = multiply(value, factor)
    return value


def at_once(value: Expr, shifted: Expr) -> Expr:
    """Leave it to an instruction: `value * 2^floor(n)` for any two numbers, in its words.

    The product is taken in f64, where limits on the exponent change no result in f32. Where n is
    infinite and the value a NaN, the result is infinity or zero.
    """
    n = subtract(shifted, number(SCALED_SHIFT))
    whole = Apply("math.floor", (n,), f32)
    endless = Apply("arith.cmpf oeq", (Apply("math.absf", (n,), f32), number(inf)), i1)
    low = Apply("arith.maximumf", (whole, number(-1000.0)), f32)
    near = Apply("arith.minimumf", (low, number(1000.0)), f32)
    exponent = Apply("arith.select", (endless, n, near), f32)
    power = Apply("math.exp2", (Apply("arith.extf", (exponent,), f64),), f64)
    product = Apply("arith.mulf", (Apply("arith.extf", (value,), f64), power), f64)
    odd = Apply("arith.andi", (Apply("arith.cmpf uno", (value, value), i1), endless), i1)
    return Apply("arith.truncf", (Apply("arith.select", (odd, power, product), f64),), f32)


SCALINGS: tuple[Scaling, ...] = (at_once, in_two_steps)
"""The ways, the faster first."""


def power_of_two(shifted: Expr) -> Expr:
    """2^n, where `shifted = n + SHIFT + BIAS` and n is between -126 and 127."""
    return of_bits(on_bits("shli", bits(shifted), word(23)))
