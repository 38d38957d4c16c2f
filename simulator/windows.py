"""Affine windows on arrays: the elements `base[map(d...)[symbols...]]` for a box of `d`.

A window of linear maps is a view: overlapping, broadcast and permuted windows cost no copy, and
writing through it writes the base. Other maps (`mod`, `floordiv`) and guarded windows gather.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineExpr,
    AffineMap,
)

from ..dialects.errors import UserError
from .elements import Array


@dataclass(frozen=True)
class LinearForm:
    """How a map that is linear in its dimensions (not always in its symbols) uses them."""

    matrix: tuple[tuple[int, ...], ...]
    """One row per result, one column per dimension."""
    identity: bool
    """Whether the results are the dimensions, in order."""


@lru_cache(maxsize=4096)
def linear_form(map_: AffineMap) -> LinearForm | None:
    """Return the matrix of a map, or None where it is not linear in its dimensions."""
    if not all(_is_linear(expression) for expression in map_.results):
        return None
    dims, symbols = [0] * map_.num_dims, [0] * map_.num_symbols
    origin = map_.eval(dims, symbols)
    columns: list[list[int]] = []
    for dim in range(map_.num_dims):
        dims[dim] = 1
        columns.append([a - b for a, b in zip(map_.eval(dims, symbols), origin, strict=True)])
        dims[dim] = 0
    matrix = tuple(tuple(column[row] for column in columns) for row in range(len(origin)))
    return LinearForm(matrix, map_ == AffineMap.identity(map_.num_dims))


def _is_linear(expression: AffineExpr) -> bool:
    """Say whether an expression is a sum of multiples of dimensions, and of anything else."""
    if not isinstance(expression, AffineBinaryOpExpr) or not expression.used_dims():
        return True
    if expression.kind is AffineBinaryOpKind.Add:
        return _is_linear(expression.lhs) and _is_linear(expression.rhs)
    if expression.kind is AffineBinaryOpKind.Mul:
        factors = (expression.lhs, expression.rhs)
        return any(isinstance(f, AffineConstantExpr) for f in factors) and all(
            _is_linear(f) for f in factors
        )
    return False


def uses(map_: AffineMap, dim: int) -> bool:
    """Say whether any result of a map depends on a dimension."""
    return any(dim in expression.used_dims() for expression in map_.results)


def grids(starts: Sequence[int], extents: Sequence[int]) -> list[Array]:
    """Return for every dimension its indices, shaped to broadcast over the whole box."""
    rank = len(extents)
    return [
        np.arange(start, start + extent, dtype=np.int64).reshape(
            [extent if axis == dim else 1 for axis in range(rank)]
        )
        for dim, (start, extent) in enumerate(zip(starts, extents, strict=True))
    ]


def indices(map_: AffineMap, dims: Sequence[Any], symbols: Sequence[int]) -> tuple[Array, ...]:
    """Return a map's results over broadcastable index arrays `dims`."""
    return tuple(np.asarray(value, np.int64) for value in map_.eval(dims, symbols))


class Window:
    """A window of fixed extents, to be taken of many arrays at many places.

    Args:
        map_: From the window's dimensions (and symbols) to the array's indices.
        extents: The extents of the window.
        broadcast: Give dimensions that the map does not use extent 1 instead of stride 0.
    """

    def __init__(self, map_: AffineMap, extents: Sequence[int], *, broadcast: bool) -> None:
        self.map = map_
        self.extents = tuple(extents)
        self.form = linear_form(map_)
        self.broadcast = broadcast
        matrix = self.form.matrix if self.form is not None else ()
        self._columns = list(zip(*matrix, strict=True)) if matrix else [()] * len(self.extents)
        self._shape = [
            extent if not broadcast or any(column) else 1
            for extent, column in zip(self.extents, self._columns, strict=True)
        ]
        reach = [[c * (e - 1) for c, e in zip(row, extents, strict=True)] for row in matrix]
        self._low = [sum(step for step in steps if step < 0) for steps in reach]
        self._high = [sum(step for step in steps if step > 0) for steps in reach]

    def of(self, base: Array, starts: Sequence[int], symbols: Sequence[int] = ()) -> Array:
        """Return the window of `base` that begins at `starts`.

        It is a view where the map is linear, a copy elsewhere.

        Raises:
            UserError: The window reaches outside the array.
        """
        if self.form is None:
            picked = base[indices(self.map, grids(starts, self.extents), symbols)]
            return picked if self.broadcast else np.broadcast_to(picked, self.extents)
        if self.form.identity and base.shape == self.extents and not any(starts):
            return base
        first = self.map.eval(starts, symbols)
        self._check(base, first)
        steps = base.strides
        strides = [sum(c * s for c, s in zip(column, steps)) for column in self._columns]  # noqa: B905 - speed
        corner = base[tuple(slice(index, None) for index in first)] if first else base[...]
        return as_strided(corner, self._shape, strides)

    def _check(self, base: Array, first: Sequence[int]) -> None:
        """Raise an error where a linear window whose first element is `first` leaves the array."""
        ends = zip(first, self._low, self._high, base.shape, strict=True)
        for dim, (index, low, high, size) in enumerate(ends):
            if index + low < 0 or index + high >= size:
                raise UserError(
                    f"access to elements {index + low} to {index + high} of dimension {dim}, "
                    f"which has {size}"
                )


@dataclass(frozen=True)
class GuardedWindow:
    """A window of which some elements do not exist: they read as zero, writes to them are dropped.

    An element exists iff `0 <= guard(d)[symbols] < bounds` in every component.
    """

    base: Array
    map: AffineMap
    guard: AffineMap
    bounds: tuple[int, ...]
    shape: tuple[int, ...]
    symbols: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type of the base."""
        return self.base.dtype

    def read(self) -> Array:
        """Return a copy of the window, zero where nothing exists."""
        exists, picked = self._elements()
        result = np.zeros(self.shape, self.base.dtype)
        result[exists] = self.base[picked]
        return result

    def write(self, value: Any) -> None:
        """Write the elements that exist."""
        exists, picked = self._elements()
        self.base[picked] = np.broadcast_to(value, self.shape)[exists]

    def _elements(self) -> tuple[Array, tuple[Array, ...]]:
        """Return the mask of what exists, and the base's indices of those elements."""
        dims = grids((0,) * len(self.shape), self.shape)
        exists = np.ones(self.shape, np.bool_)
        for value, bound in zip(indices(self.guard, dims, self.symbols), self.bounds, strict=True):
            exists &= (value >= 0) & (value < bound)
        picked = tuple(
            np.broadcast_to(index, self.shape)[exists]
            for index in indices(self.map, dims, self.symbols)
        )
        for dim, (index, size) in enumerate(zip(picked, self.base.shape, strict=True)):
            if index.size and (index.min() < 0 or index.max() >= size):
                raise UserError(
                    f"access to elements {index.min()} to {index.max()} of dimension {dim}, "
                    f"which has {size}: the guard lets them through"
                )
        return exists, picked


def array_of(value: Any) -> Any:
    """Return what an operand holds: guarded windows are read, all else is as it is."""
    return value.read() if isinstance(value, GuardedWindow) else value


def assign(target: Array | GuardedWindow, value: Any) -> None:
    """Write to an array or through a window."""
    if isinstance(target, GuardedWindow):
        target.write(value)
    else:
        target[...] = value
