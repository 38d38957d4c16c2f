"""Arrays of bounded numbers with NumPy's operators: what references of kernels compute with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from .bounded import Array, Bounded, is_integer, rounded, summed, width_of, wrapped
from .bounded_operations import applied

_SIGMOID_ULPS = 12.0
"""Roundings granted to `1 / (1 + exp(-x))`, of which `exp` takes four."""


@dataclass(frozen=True)
class Quantity:
    """An array of numbers of an element type, with bounds on how far correct results may be off."""

    number: Bounded
    element: Attribute

    @classmethod
    def full(cls, shape: Sequence[int], value: float, element: Attribute) -> Quantity:
        """Return an array full of a number as the constants of a program have it."""
        if is_integer(element):
            return cls(Bounded(np.full(shape, value, np.int64), np.zeros(shape)), element)
        if str(element) == "f32":
            value = float(np.float32(value))
        exact = str(element) in ("f32", "f64")
        number = rounded(np.full(shape, value, np.float64), 0.0, element, 0.0 if exact else 1.0)
        return cls(number, element)

    @property
    def value(self) -> Array:
        """The exact values."""
        return self.number.value

    @property
    def error(self) -> Array:
        """How far correct values may be off."""
        return self.number.error

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents."""
        return self.value.shape

    def same(self, change: Callable[[Array], Array]) -> Quantity:
        """Return the numbers rearranged, values and errors alike."""
        return Quantity(Bounded(change(self.value), change(self.error)), self.element)

    def __getitem__(self, index: Any) -> Quantity:
        return self.same(lambda array: np.asarray(array[index]))

    def to(self, element: Attribute) -> Quantity:
        """Return the numbers in a wider type."""
        return Quantity(self.number, element)

    def converted(self, element: Attribute, *, unsigned: bool = False) -> Quantity:
        """Return the numbers in any other type; floats become integers towards zero."""
        if element == self.element:
            return self
        value = self.value
        if is_integer(self.element):
            if value.dtype == np.bool_:
                value = value.astype(np.int64) * (1 if unsigned else -1)
            elif unsigned:
                value = self.unsigned().value
            if not is_integer(element):
                value = value.astype(np.float64)
        elif is_integer(element):
            value = np.trunc(value).astype(np.int64)
        if is_integer(element) and width_of(element) == 1:
            return Quantity(Bounded(value % 2 != 0, self.error), element)
        return Quantity(rounded(value, self.error, element), element)

    def wrapped(self) -> Quantity:
        """Return integers reduced to the width of their type."""
        if not is_integer(self.element):
            return self
        return Quantity(Bounded(wrapped(self.value, self.element), self.error), self.element)

    def unsigned(self) -> Quantity:
        """Return integers read without a sign, those of 64 bits as `uint64`."""
        width = width_of(self.element)
        value = self.value & (2**width - 1) if width < 64 else self.value.astype(np.uint64)
        return Quantity(Bounded(value, self.error), self.element)

    def __add__(self, other: Quantity) -> Quantity:
        return self._rounded(self.value + other.value, self.error + other.error)

    def __sub__(self, other: Quantity) -> Quantity:
        return self._rounded(self.value - other.value, self.error + other.error)

    def __neg__(self) -> Quantity:
        return Quantity(Bounded(-self.value, self.error), self.element)

    def __mul__(self, other: Quantity) -> Quantity:
        error = _times(np.abs(self.value), other.error) + _times(np.abs(other.value), self.error)
        error = error + _times(self.error, other.error)
        return self._rounded(self.value * other.value, error)

    def __truediv__(self, other: Quantity) -> Quantity:
        if is_integer(self.element):
            safe = np.where(other.value == 0, 1, other.value)
            sizes = np.abs(self.value) // np.abs(safe)
            return self._rounded(np.sign(self.value) * np.sign(safe) * sizes, self.error)
        value = self.value / other.value
        room = np.abs(other.value) - other.error
        error = self.error + _times(np.abs(value), other.error)
        exact = (self.error == 0) & (other.error == 0)
        error = np.where(
            exact, 0.0, np.where(room > 0, error / np.where(room > 0, room, 1), np.inf)
        )
        return self._rounded(value, error)

    def plus(self, number: float) -> Quantity:
        """Return the sum with a constant."""
        return self + Quantity.full((), number, self.element)

    def times(self, number: float) -> Quantity:
        """Return the product with a constant."""
        return self * Quantity.full((), number, self.element)

    def maximum(self, other: Quantity) -> Quantity:
        """Return the larger numbers; NaN where one is."""
        return self._exactly(np.maximum(self.value, other.value), other)

    def minimum(self, other: Quantity) -> Quantity:
        """Return the smaller numbers; NaN where one is."""
        return self._exactly(np.minimum(self.value, other.value), other)

    def clamped(self, low: float, high: float) -> Quantity:
        """Return `min(max(x, low), high)`."""
        least, most = (Quantity.full((), limit, self.element) for limit in (low, high))
        return self.maximum(least).minimum(most)

    def apply(self, function: Callable[[Any], Any], ulps: float = 4.0) -> Quantity:
        """Return a function of floats, continuous between value and error."""
        return Quantity(applied(function, [self.number], self.element, ulps), self.element)

    def power(self, exponent: Quantity) -> Quantity:
        """Return powers of floats."""
        numbers = [self.number, exponent.number]
        return Quantity(applied(np.power, numbers, self.element), self.element)

    def sigmoid(self) -> Quantity:
        """Return `1 / (1 + exp(-x))`, which may be zero where the exponential overflows."""
        result = self.apply(lambda x: 1 / (1 + np.exp(-x)), _SIGMOID_ULPS)
        tiny = 1e-37 if str(self.element) != "f64" else 1e-307
        return Quantity(Bounded(result.value, result.error + tiny), self.element)

    def activated(self, name: str) -> Quantity:
        """Return `relu`, `sigmoid` or `tanh`."""
        if name == "relu":
            return self.maximum(Quantity.full((), 0, self.element))
        return self.sigmoid() if name == "sigmoid" else self.apply(np.tanh)

    def sum(self, axes: tuple[int, ...]) -> Quantity:
        """Return sums over axes that stay, of extent 1."""
        value, error, size = (
            np.sum(part, axis=axes, keepdims=True)
            for part in (self.value, self.error, np.abs(self.value))
        )
        count = int(np.prod([self.shape[axis] for axis in axes]))
        return Quantity(summed(value, error, size, count, self.element), self.element)

    def extreme(self, reduce: Callable[..., Any], axes: tuple[int, ...]) -> Quantity:
        """Return `np.max` or `np.min` over axes that stay, of extent 1."""
        value = reduce(self.value, axis=axes, keepdims=True)
        error = np.max(self.error, axis=axes, keepdims=True)
        return Quantity(Bounded(value, error), self.element)

    def product(self, axes: tuple[int, ...]) -> Quantity:
        """Return products over axes that stay, of extent 1."""
        result = self.same(lambda array: np.moveaxis(array, axes, range(len(axes))))
        result = result.same(lambda array: array.reshape(-1, *array.shape[len(axes) :]))
        total = result[0]
        for number in range(1, result.shape[0]):
            total = total * result[number]
        return total.same(lambda array: np.expand_dims(array, axes))

    def _rounded(self, value: Array, error: Array) -> Quantity:
        return Quantity(rounded(value, error, self.element), self.element)

    def _exactly(self, value: Array, other: Quantity) -> Quantity:
        return Quantity(Bounded(value, np.maximum(self.error, other.error)), self.element)


def dot(spec: str, factors: Sequence[Quantity], start: Quantity, element: Attribute) -> Quantity:
    """Return `start` plus the einsum of factors, widened to `element`."""
    values = [factor.value for factor in factors]
    total = np.einsum(spec, *values, optimize=len(values) > 2 and not is_integer(element))
    if is_integer(element):
        return Quantity(rounded(start.value + total, start.error, element), element)
    sizes = [np.abs(value) for value in values]
    magnitude = np.abs(start.value) + np.einsum(spec, *sizes, optimize=len(values) > 2)
    error = start.error
    for number, factor in enumerate(factors):
        if factor.error.any():
            others = [size + other.error for size, other in zip(sizes, factors, strict=True)]
            others[number] = factor.error
            error = error + np.einsum(spec, *others)
    inputs, _, output = spec.partition("->")
    extents = {
        letter: extent
        for letters, factor in zip(inputs.split(","), factors, strict=True)
        for letter, extent in zip(letters, factor.shape, strict=True)
    }
    count = int(np.prod([n for letter, n in extents.items() if letter not in output], dtype=float))
    value = start.value + total
    return Quantity(summed(value, error, magnitude, count + len(factors), element), element)


def _times(one: Any, other: Any) -> Any:
    """Multiply with 0 * inf = 0: no error times anything is none."""
    return np.where((one == 0) | (other == 0), 0.0, one * other)
