"""The little linear algebra over the integers that the matcher needs, and groups of axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod

Vector = tuple[int, ...]


def null_space(matrix: Sequence[Sequence[int]], columns: int) -> tuple[Vector, ...]:
    """A basis of the kernel of a matrix; each vector is integer and has a 1 of its own.

    A column that is zero gives its unit vector.
    """
    rows = [[Fraction(entry) for entry in row] for row in matrix]
    pivots: list[int] = []
    for column in range(columns):
        top = len(pivots)
        pivot = next((r for r in range(top, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        scale = rows[top][column]
        rows[top] = [entry / scale for entry in rows[top]]
        for r in range(len(rows)):
            factor = rows[r][column]
            if r != top and factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[top], strict=True)]
        pivots.append(column)
    free = [column for column in range(columns) if column not in pivots]
    return tuple(_solution(rows, pivots, column, columns) for column in free)


def _solution(rows: list[list[Fraction]], pivots: list[int], free: int, columns: int) -> Vector:
    """The null vector that belongs to one free column, scaled to integers."""
    vector = [Fraction(0)] * columns
    vector[free] = Fraction(1)
    for row, pivot in zip(rows, pivots, strict=False):
        vector[pivot] = -row[free]
    scale = 1
    for entry in vector:
        scale = scale * entry.denominator // _gcd(scale, entry.denominator)
    return tuple(int(entry * scale) for entry in vector)


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def apply(matrix: Sequence[Sequence[int]], vector: Sequence[int]) -> Vector:
    """The product of a matrix and a vector."""
    return tuple(sum(a * x for a, x in zip(row, vector, strict=True)) for row in matrix)


def is_injective(matrix: Sequence[Sequence[int]], extents: Sequence[int], budget: int) -> bool:
    """Whether a matrix takes different values at all points of a box.

    Decided by rank, or else by looking at every point if there are at most `budget` of them; beyond
    that the answer is False.
    """
    if not null_space(matrix, len(extents)):
        return True
    if prod(extents) > budget:
        return False
    images = {apply(matrix, point) for point in box(extents)}
    return len(images) == prod(extents)


def box(extents: Sequence[int]) -> Iterator[Vector]:
    """The points of a box, the last coordinate fastest."""
    return product(*(range(extent) for extent in extents))


def slope(columns: Sequence[Vector], extents: Sequence[int]) -> Vector | None:
    """How an access moves when the mixed radix number of a group of axes grows by one.

    `columns[i]` is how it moves along axis `i` of the group, outer to inner. None when it moves
    differently at a carry, that is, when the group is not one longer axis.
    """
    inner = columns[-1]
    span = 1
    for column, extent in zip(reversed(columns), reversed(extents), strict=True):
        if column != tuple(span * entry for entry in inner):
            return None
        span *= extent
    return inner
