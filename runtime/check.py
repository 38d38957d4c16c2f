"""Compare results with what they should be."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Comparison:
    """How one result compares with the reference."""

    name: str
    wrong: int
    """Elements that are further from the reference than they may be."""
    elements: int
    worst_error: float
    """Largest absolute difference among finite elements."""
    worst_share: float
    """Largest difference relative to what is allowed there; at most 1 for a correct result."""
    example: str | None
    """The worst element in words, None when all are right."""

    @property
    def passed(self) -> bool:
        """Whether every element is right."""
        return self.wrong == 0

    def __str__(self) -> str:
        if self.passed:
            worst = f"error at most {self.worst_error:.3g}"
            return f"{self.name}: all {self.elements} elements correct, {worst}"
        return (
            f"{self.name}: {self.wrong} of {self.elements} elements wrong, such as {self.example}"
        )


def compare(name: str, actual: Array, expected: Array, tolerance: Array) -> Comparison:
    """Compare a result with a reference.

    NaN must be NaN, and infinities must be those of the reference. A tolerance that is infinite
    allows anything.

    Args:
        name: What the result is called.
        actual: The result.
        expected: The reference, of the same shape.
        tolerance: The largest absolute difference per element.
    """
    actual, tolerance = np.asarray(actual), np.nan_to_num(tolerance, nan=0.0, posinf=np.inf)
    integers = actual.dtype.kind in "biu"
    difference = (_integer_difference if integers else _float_difference)(actual, expected)
    anything = np.isinf(tolerance) & np.isfinite(np.asarray(expected, np.float64))
    wrong = (np.isinf(difference) | (difference > tolerance)) & ~anything
    with np.errstate(all="ignore"):
        share = np.where(difference > 0, difference / np.maximum(tolerance, 5e-324), 0.0)
    example = None
    if wrong.any():
        index = np.unravel_index(np.argmax(np.where(wrong, share, -1.0)), wrong.shape)
        place = ", ".join(str(int(i)) for i in index)
        example = (
            f"[{place}] = {actual[index]!s}, expected {expected[index]!s}"
            f" (error {difference[index]:.3g}, allowed {tolerance[index]:.3g})"
        )
    return Comparison(
        name,
        int(wrong.sum()),
        actual.size,
        float(difference[np.isfinite(difference)].max(initial=0.0)),
        float(np.where(anything, 0.0, share).max(initial=0.0)),
        example,
    )


def _float_difference(actual: Array, expected: Array) -> Array:
    """Return absolute differences of floats: zero between equals, infinite where classes differ."""
    with np.errstate(all="ignore"):
        value = actual.astype(np.float64)
        same = (np.isnan(value) & np.isnan(expected)) | (value == expected)
        difference = np.where(same, 0.0, np.abs(value - expected))
    return np.where(np.isnan(difference), np.inf, difference)


def _integer_difference(actual: Array, expected: Array) -> Array:
    """Return absolute differences of integers, exact where they are zero."""
    different = actual.astype(np.int64) != expected.astype(np.int64)
    distance = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
    return np.where(different, np.maximum(distance, 1.0), 0.0)
