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


def window(
    base: Array,
    map_: AffineMap,
    starts: Sequence[int],
    extents: Sequence[int],
    symbols: Sequence[int] = (),
    *,
    broadcast: bool = True,
) -> Array:
    """Return the window of `base` over the box `starts ... starts + extents`.

    With `broadcast`, dimensions that the map does not use have extent 1 instead of stride 0. The
    result is a view where the map is linear, a copy elsewhere.

    Raises:
        UserError: The window reaches outside the array.
    """
    form = linear_form(map_)
    if form is None:
        picked = base[indices(map_, grids(starts, extents), symbols)]
        return picked if broadcast else np.broadcast_to(picked, tuple(extents))
    if form.identity and base.shape == tuple(extents) and not any(starts):
        return base
    first = map_.eval(starts, symbols)
    check_bounds(base, form, first, extents)
    columns = list(zip(*form.matrix, strict=True)) if form.matrix else [()] * len(extents)
    strides = [sum(c * s for c, s in zip(column, base.strides, strict=True)) for column in columns]
    shape = [
        extent if not broadcast or any(column) else 1
        for extent, column in zip(extents, columns, strict=True)
    ]
    corner = base[tuple(slice(index, None) for index in first)] if first else base[...]
    return as_strided(corner, shape, strides)


def check_bounds(
    base: Array, form: LinearForm, first: Sequence[int], extents: Sequence[int]
) -> None:
    """Raise an error where a linear window starting at `first` leaves the array."""
    for dim, (row, index, size) in enumerate(zip(form.matrix, first, base.shape, strict=True)):
        reach = [c * (extent - 1) for c, extent in zip(row, extents, strict=True)]
        low = index + sum(step for step in reach if step < 0)
        high = index + sum(step for step in reach if step > 0)
        if low < 0 or high >= size:
            raise UserError(
                f"access to elements {low} to {high} of dimension {dim}, which has {size}"
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
