"""The exponential functions and the hyperbolic tangent, in f32."""

from __future__ import annotations

from ..expression import Expr
from .arithmetic import (
    add,
    at_least,
    at_most,
    divide,
    multiply,
    multiply_add,
    number,
    polynomial,
    size,
    subtract,
    with_sign,
)
from .coefficients import EXP, EXP2, LN2_HIGH, LN2_LOW, LOG2_E, SHIFT, TANH
from .scaling import BIAS, SCALED_SHIFT, Scaling, power_of_two


def exp(x: Expr, scaled: Scaling) -> Expr:
    """e^x = e^r * 2^n, where n is the integer nearest to x / log(2): within 1.2 ulp.

    Above 89 it is infinite, below -104 zero, in between denormal where it must be.
    """
    near = at_most(at_least(x, -104.0), 89.0)
    shifted = multiply_add(near, number(LOG2_E), number(SCALED_SHIFT))
    n = subtract(shifted, number(SCALED_SHIFT))
    rest = multiply_add(n, number(-LN2_HIGH), near)
    rest = multiply_add(n, number(-LN2_LOW), rest)
    return scaled(polynomial((1.0, 1.0, *EXP), rest), shifted)


def exp2(x: Expr, scaled: Scaling) -> Expr:
    """2^x = 2^r * 2^n, where n is the integer nearest to x: within 1.2 ulp."""
    near = at_most(at_least(x, -151.0), 129.0)
    shifted = add(near, number(SCALED_SHIFT))
    rest = subtract(near, subtract(shifted, number(SCALED_SHIFT)))
    return scaled(polynomial((1.0, *EXP2), rest), shifted)


def tanh(x: Expr, _: Scaling) -> Expr:
    """(1 - e^(-2 a)) / (1 + e^(-2 a)) with the sign of x, where a is |x|: within 2.6 ulp.

    With the integer n nearest to -2 a / log(2) and h = a + n log(2) / 2, the numerator is
    (1 - e^(-2 h)) * 2^n + (1 - 2^n), exact where n is 0. Beyond 10 it is 1.
    """
    shift = number(SHIFT + BIAS)
    a = at_most(size(x), 10.0)
    shifted = multiply_add(a, number(-2 * LOG2_E), shift)
    n = subtract(shifted, shift)
    h = multiply_add(n, number(LN2_HIGH / 2), a)
    h = multiply_add(n, number(LN2_LOW / 2), h)
    power = power_of_two(shifted)
    rest = subtract(number(1.0), power)
    numerator = multiply_add(multiply(polynomial((2.0, *TANH), h), h), power, rest)
    return with_sign(divide(numerator, subtract(number(2.0), numerator)), x)
