"""The natural logarithm, in f32."""

from __future__ import annotations

from math import inf, nan

from xdsl.dialects.builtin import f32

from ..expression import Apply, Expr
from .arithmetic import (
    add,
    bits,
    choose,
    equal,
    less,
    multiply,
    multiply_add,
    number,
    of_bits,
    on_bits,
    polynomial,
    subtract,
    word,
)
from .coefficients import LN2_HIGH, LN2_LOW, LOG
from .scaling import Scaling

LEAST_NORMAL = 2.0**-126
"""The least number that is not denormal."""

TWO_THIRDS = 0x3F2AAAAB
"""The bits of 2/3."""


def log(x: Expr, _: Scaling) -> Expr:
    """The logarithm of m * 2^n from that of m, which is between 2/3 and 4/3: within 1 ulp.

    Of 0 it is minus infinity, of what is below a NaN. A denormal number is made normal before.
    """
    is_small = less(x, number(LEAST_NORMAL))
    normal = choose(is_small, multiply(x, number(2.0**23)), x)
    exponent = on_bits("subi", bits(normal), word(TWO_THIRDS))
    exponent = on_bits("andi", exponent, word(-(2**23)))
    more = choose(is_small, number(-23.0), number(0.0))
    n = multiply_add(Apply("arith.sitofp", (exponent,), f32), number(2.0**-23), more)
    f = subtract(of_bits(on_bits("subi", bits(normal), exponent)), number(1.0))
    rest = multiply_add(polynomial(LOG, f), f, number(-0.5))
    rest = multiply_add(rest, multiply(f, f), multiply(n, number(LN2_LOW)))
    value = multiply_add(n, number(LN2_HIGH), add(rest, f))
    at_infinity = choose(less(x, number(inf)), value, x)
    outside = choose(equal(x, number(0.0)), number(-inf), number(nan))
    return choose(less(number(0.0), x), at_infinity, outside)
