"""Arithmetic on expressions in f32 and on their bits, to write formulas with."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import f32, i1, i32

from ..expression import Apply, Constant, Expr


def number(value: float) -> Constant:
    """A constant."""
    return Constant(value, f32)


def word(value: int) -> Constant:
    """A constant of 32 bits."""
    return Constant(value, i32)


def add(a: Expr, b: Expr) -> Expr:
    """`a + b`."""
    return Apply("arith.addf", (a, b), f32)


def subtract(a: Expr, b: Expr) -> Expr:
    """`a - b`."""
    return Apply("arith.subf", (a, b), f32)


def multiply(a: Expr, b: Expr) -> Expr:
    """`a * b`."""
    return Apply("arith.mulf", (a, b), f32)


def divide(a: Expr, b: Expr) -> Expr:
    """`a / b`."""
    return Apply("arith.divf", (a, b), f32)


def multiply_add(a: Expr, b: Expr, c: Expr) -> Expr:
    """`a * b + c`; every formula here is right whether the product is rounded or not."""
    return add(multiply(a, b), c)


def polynomial(coefficients: Sequence[float], x: Expr) -> Expr:
    """`coefficients[0] + coefficients[1] * x + ...`, by Horner's rule."""
    value: Expr = number(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = multiply_add(value, x, number(coefficient))
    return value


def size(x: Expr) -> Expr:
    """`|x|`."""
    return Apply("math.absf", (x,), f32)


def less(a: Expr, b: Expr) -> Expr:
    """Whether `a < b`; false for NaNs."""
    return Apply("arith.cmpf olt", (a, b), i1)


def equal(a: Expr, b: Expr) -> Expr:
    """Whether `a == b`; false for NaNs."""
    return Apply("arith.cmpf oeq", (a, b), i1)


def choose(condition: Expr, a: Expr, b: Expr) -> Expr:
    """`a` where the condition is true, else `b`."""
    return Apply("arith.select", (condition, a, b), b.type if isinstance(b, Apply) else f32)


def at_most(x: Expr, most: float) -> Expr:
    """The smaller of `x` and a number; NaN where x is."""
    return choose(less(number(most), x), number(most), x)


def at_least(x: Expr, least: float) -> Expr:
    """The larger of `x` and a number; NaN where x is."""
    return choose(less(x, number(least)), number(least), x)


def bits(x: Expr) -> Expr:
    """The 32 bits of a number."""
    return Apply("arith.bitcast", (x,), i32)


def of_bits(word_: Expr) -> Expr:
    """The number that has these bits."""
    return Apply("arith.bitcast", (word_,), f32)


def on_bits(operator: str, a: Expr, b: Expr) -> Expr:
    """An operator of `arith` on words, such as `andi`."""
    return Apply(f"arith.{operator}", (a, b), i32)


def with_sign(positive: Expr, x: Expr) -> Expr:
    """A number without a sign, with that of `x`."""
    sign = on_bits("andi", bits(x), word(-(2**31)))
    return of_bits(on_bits("ori", bits(positive), sign))
