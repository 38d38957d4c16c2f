"""Where the coefficients of `mapping/elementary/coefficients.py` come from: print that file's tables.

    python benchmarks/coefficients.py

Every polynomial is the one whose largest relative error over its interval is least, found by
Lawson's algorithm (C. L. Lawson, Contributions to the theory of linear least maximum approximation,
1961): weighted least squares on a fine Chebyshev grid in double precision, in which every point's
weight is multiplied by its error until all largest errors are equal. The coefficients are rounded
to f32 afterwards. What that and the roundings of the evaluation add is measured by the tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import erf, erfc, log, pi, sqrt
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Function: TypeAlias = Callable[[Array], Array]

POINTS, ROUNDS = 4001, 400


@dataclass(frozen=True)
class Fit:
    """A polynomial in powers of x that is to be a function on an interval.

    `weight` is what an absolute error of the polynomial counts for, relative to the final result.
    """

    name: str
    function: Function
    powers: Sequence[int]
    weight: Function
    low: float
    high: float

    def solve(self) -> tuple[Array, float]:
        """Return the coefficients and the largest error, relative to the final result."""
        angles = pi * (np.arange(POINTS) + 0.5) / POINTS
        x = (self.low + self.high) / 2 + (self.high - self.low) / 2 * np.cos(angles)
        weight = self.weight(x)
        columns = np.column_stack([x**power for power in self.powers]) * weight[:, None]
        scale = np.abs(columns).max(axis=0)
        wanted = self.function(x) * weight
        share, best = np.full(POINTS, 1 / POINTS), (np.zeros(len(self.powers)), np.inf)
        for _ in range(ROUNDS):
            root = np.sqrt(share)
            found = np.linalg.lstsq(columns / scale * root[:, None], wanted * root, rcond=None)[0]
            error = np.abs(columns / scale @ found - wanted)
            if error.max() < best[1]:
                best = found / scale, float(error.max())
            share = share * error
            share /= share.sum()
        return best


def _erf(x: Array) -> Array:
    return np.vectorize(erf, otypes=[float])(x)


def _erfc(x: Array) -> Array:
    return np.vectorize(erfc, otypes=[float])(x)


def _erf_by_square(u: Array) -> Array:
    """Return erf(x) / x where u is x * x."""
    x = np.sqrt(u)
    return np.where(x > 0, _erf(x) / np.where(x > 0, x, 1), 2 / sqrt(pi))


def _inverse_log1p(f: Array) -> Array:
    return 1 / np.maximum(np.abs(np.log1p(f)), 1e-3)


HALF = log(2) / 2 * 1.003
"""How far from a multiple of log(2) a number may be after it was reduced by the nearest."""

FITS = (
    Fit("EXP", lambda r: np.exp(r) - 1 - r, range(2, 7), lambda r: np.exp(-r), -HALF, HALF),
    Fit("EXP2", lambda r: np.exp2(r) - 1, range(1, 7), lambda r: np.exp2(-r), -0.501, 0.501),
    Fit(
        "TANH",
        lambda h: -np.expm1(-2 * h) - 2 * h,
        range(2, 7),
        lambda h: 1 / np.abs(np.expm1(-2 * h)),
        -HALF / 2,
        HALF / 2,
    ),
    Fit("LOG", lambda f: np.log1p(f) - f + f * f / 2, range(3, 11), _inverse_log1p, -1 / 3, 1 / 3),
    Fit("ERF_BELOW_1", _erf_by_square, range(6), lambda u: 1 / _erf_by_square(u), 0, 1),
    Fit(
        "ERFC_EIGHTH_ROOT",
        lambda a: _erfc(a) ** 0.125,
        range(8),
        lambda a: 8 * _erfc(a) ** 0.875 / _erf(a),
        0.999,
        4.0,
    ),
)


def main() -> None:
    """Print the tables."""
    for fit in FITS:
        coefficients, error = fit.solve()
        numbers = ", ".join(repr(float(np.float32(number))) for number in coefficients)
        print(f"{fit.name} = ({numbers})")
        print(f"# powers {list(fit.powers)}, error {error * 2**24:.3f} of 2^-24")


if __name__ == "__main__":
    main()
