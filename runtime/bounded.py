"""Numbers with a bound on how far a correct implementation may be from them.

A `Bounded` holds values in double precision (integers in `int64`, exactly) and, per element, the
largest distance from them that rounding in the program's own types can cause. Every operation adds
its own rounding error to the errors of its operands: the running error analysis of N. J. Higham,
Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3; for sums see `summed`.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from xdsl.dialects.builtin import IndexType, IntegerType
from xdsl.ir import Attribute

from ..dialects.errors import UserError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
"""Largest relative error of rounding to a type, u = eps / 2."""

_LARGEST = {
    "f64": float(np.finfo(np.float64).max),
    "f32": float(np.finfo(np.float32).max),
    "f16": float(np.finfo(np.float16).max),
    "bf16": 3.3895313892515355e38,
}
_SMALLEST = {"f64": 5e-324, "f32": 2.0**-149, "f16": 2.0**-24, "bf16": 2.0**-133}
"""Least positive numbers: the absolute error of a result that underflows."""

_REFERENCE_ROUNDOFF = 2.0**-53
"""The roundoff of this computation itself, which counts when the kernel is in f64 too."""


@dataclass(frozen=True)
class Bounded:
    """Values of one element type, and per element the largest error (zero where exact)."""

    value: Array
    error: Array


def exact(value: Any) -> Bounded:
    """Return numbers without error, floats as `float64` and integers as `int64`."""
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        array = array.astype(np.int64)
    elif array.dtype.kind != "b":
        array = array.astype(np.float64)
    return Bounded(array, np.zeros(array.shape))


def is_integer(element: Attribute) -> bool:
    """Say whether an element type is an integer or an index."""
    return isinstance(element, IntegerType | IndexType)


def width_of(element: Attribute) -> int:
    """Return how many bits an integer type has; an index has 64."""
    text = str(element)
    return 64 if text == "index" else int(text.lstrip("sui"))


def wrapped(value: Array, element: Attribute) -> Array:
    """Reduce integers to the width of their type."""
    bits = width_of(element)
    return value.astype(f"int{bits}").astype(np.int64) if bits > 1 else value


def roundoff(element: Attribute) -> float:
    """Return the unit roundoff of a float type, plus that of the reference.

    Raises:
        UserError: The type is not known.
    """
    if (unit := _ROUNDOFF.get(str(element))) is None:
        raise UserError(f"the reference does not know the type {element}")
    return unit + _REFERENCE_ROUNDOFF


def rounded(value: Any, error: Any, element: Attribute, ulps: float = 1.0) -> Bounded:
    """Return the result of an operation in `element`, whose rounding adds to `error`.

    Beyond the largest number of the type the result is infinite; so near to it that the error
    decides, it may be anything.
    """
    if is_integer(element):
        return Bounded(wrapped(np.asarray(value), element), np.asarray(error, np.float64))
    value, name = np.asarray(value, np.float64), str(element)
    size = np.where(np.isfinite(value), np.abs(value), 0.0)  # infinities are not rounded
    error = error + ulps * (roundoff(element) * (size + error) + _SMALLEST[name])
    return settled(value, error, element)


def settled(value: Array, error: Array, element: Attribute) -> Bounded:
    """Return numbers of a float type, infinite where they overflow."""
    size, largest = np.abs(value), _LARGEST[str(element)]
    error = np.where(np.isfinite(value) & (size + error > largest), np.inf, error)
    overflows = np.isfinite(value) & (size - np.where(np.isfinite(error), error, 0) > largest)
    return Bounded(np.where(overflows, np.copysign(np.inf, value), value), error)


def summed(value: Array, error: Array, magnitude: Array, count: int, element: Attribute) -> Bounded:
    """Return a sum of `count` terms.

    However the terms are ordered, and with or without fused multiply-adds,
    `|computed - exact| <= gamma_n * sum |term|` with `gamma_n = n u / (1 - n u)`; Higham, section
    3.1 (inner products) and 4.2 (any order of summation).

    Args:
        value: The sum in double precision, or exactly for integers.
        error: The sum of the errors of the terms.
        magnitude: The sum of the absolute values of the terms.
        count: The number of roundings on the way from any term to the sum.
        element: The type of the sum.
    """
    if is_integer(element):
        return Bounded(wrapped(value, element), error)
    growth = count * roundoff(element)
    gamma = growth / (1 - growth) if growth < 1 else np.inf
    error = error + gamma * (magnitude + error) + count * _SMALLEST[str(element)]
    overflow = magnitude + error > _LARGEST[str(element)]  # a partial sum may be infinite
    return settled(value, np.where(np.isfinite(value) & overflow, np.inf, error), element)
