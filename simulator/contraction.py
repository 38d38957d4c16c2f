"""Sums of products of two arrays, as one matrix multiplication.

NumPy's BLAS does in milliseconds what evaluating a product over a whole iteration domain does in
minutes; the element type of the sum is the one asked for.
"""

from collections.abc import Sequence

import numpy as np

from .elements import Array

_EXACT_FLOAT = 2.0**53
"""Integers below this are exact in double precision."""


def contract(left: Array, right: Array, kept: Sequence[bool]) -> Array:
    """Return the sum of `left * right` over the axes that are not kept.

    Args:
        left: One factor, of the rank of the domain; extent 1 where it does not vary.
        right: The other factor, of the same rank and element type.
        kept: Per axis, whether it stays. One that goes must vary in at least one factor.

    Returns:
        An array of the same rank and element type, extent 1 along axes that are gone; float sums
        are taken in the type's own precision, integer sums wrap.
    """
    axes = range(len(kept))
    only_left = [a for a in axes if not kept[a] and left.shape[a] > 1 and right.shape[a] == 1]
    only_right = [a for a in axes if not kept[a] and right.shape[a] > 1 and left.shape[a] == 1]
    if only_left:
        left = left.sum(axis=tuple(only_left), keepdims=True, dtype=left.dtype)
    if only_right:
        right = right.sum(axis=tuple(only_right), keepdims=True, dtype=right.dtype)
    both = [a for a in axes if left.shape[a] > 1 and right.shape[a] > 1]
    batch = [a for a in both if kept[a]]
    summed = [a for a in both if not kept[a]]
    rows = [a for a in axes if left.shape[a] > 1 and a not in both]
    columns = [a for a in axes if right.shape[a] > 1 and a not in both]
    product = _matmul(
        _matrices(left, batch, rows, summed), _matrices(right, batch, summed, columns)
    )
    order = [*batch, *rows, *columns]
    extents = [max(left.shape[a], right.shape[a]) for a in order]
    arranged = product.reshape(extents).transpose([order.index(a) for a in sorted(order)])
    return arranged.reshape([max(left.shape[a], right.shape[a]) if a in order else 1 for a in axes])


def _matrices(array: Array, batch: list[int], rows: list[int], columns: list[int]) -> Array:
    """Return an array as a stack of matrices, its axes grouped as the lists say."""
    order = [*batch, *rows, *columns]
    unit = [axis for axis in range(array.ndim) if axis not in order]
    arranged = array.transpose([*order, *unit])
    extents = [[array.shape[axis] for axis in group] for group in (batch, rows, columns)]
    return arranged.reshape([int(np.prod(group, dtype=np.int64)) for group in extents])


def _matmul(left: Array, right: Array) -> Array:
    """Multiply matrices; integers go through double precision where that is exact."""
    dtype = left.dtype
    if dtype.kind not in "iu" or not left.size or not right.size:
        return np.matmul(left, right)
    bound = float(np.abs(left.astype(np.float64)).max()) * float(
        np.abs(right.astype(np.float64)).max()
    )
    if bound * left.shape[-1] < _EXACT_FLOAT:
        exact = np.matmul(left.astype(np.float64), right.astype(np.float64))
        return exact.astype(np.int64).astype(dtype)
    return np.matmul(left, right)
