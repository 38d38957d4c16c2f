"""The reference of requantisation, in Python's own integers."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
from xdsl.ir import Attribute

from ..dialects.kernel.requantisation import Requantisation
from .bounded import Array, Bounded, wrapped
from .quantity import Quantity

_HALF = Fraction(1, 2)


def requantised(x: Quantity, how: Requantisation, element: Attribute) -> Quantity:
    """Return `clamp(round(x * multiplier / 2**shift) + zero_point)`, by exact fractions."""
    scale = Fraction(how.multiplier, 2**how.shift)
    low, high = how.range_of(element)

    def one(number: int) -> int:
        scaled = _rounded(int(number) * scale, how.rounding) + how.zero_point
        return min(max(scaled, low), high)

    distinct, where = np.unique(x.value, return_inverse=True)
    values = np.array([one(number) for number in distinct], np.int64)[where].reshape(x.shape)
    return Quantity(Bounded(wrapped(values, element), np.zeros(x.shape)), element)


def rounded_mean(total: Array, count: Array, rounding: str, element: Attribute) -> Quantity:
    """Return sums divided by how many numbers each is of, rounded to the nearest integer."""
    twice, divisor = 2 * total.astype(np.int64), 2 * count.astype(np.int64)
    sign = np.sign(total) if rounding == "away" else 1
    values = sign * ((sign * twice + count) // divisor)
    if rounding == "even":
        halves = (twice + count) % divisor == 0
        values = values - (halves & (values % 2 != 0))
    return Quantity(Bounded(wrapped(values, element), np.zeros(values.shape)), element)


def _rounded(number: Fraction, rounding: str) -> int:
    """Round to an integer."""
    if rounding == "even":
        return round(number)
    if rounding == "away" and number < 0:
        return -floor(-number + _HALF)
    return floor(number + _HALF)
