"""Cutting a range into runs of tiles in which no element is absent, or all are, and the tiles between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from .window import Window

MovedWindow = tuple[Window, int]
"""A window and the dimension of it along which tiles are cut."""


def pieces(windows: Sequence[MovedWindow], count: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut `count` tiles of `size` elements into (first tile, number of tiles), in order.

    In a run of several tiles, no guard depends on the position along the range unless nothing of
    its window is present, so a loop can walk them; a tile by itself may have absent elements at its
    own places.
    """
    guarded = [pair for pair in windows if _depends(*pair)]
    edges = [*_changes(guarded, count, size), count]
    states = [_state(guarded, first * size, size) for first in edges[:-1]]
    starts: list[int] = []
    for i, (first, last) in enumerate(pairwise(edges)):
        if states[i] is None:
            starts += range(first, last)
        elif i == 0 or states[i] != states[i - 1]:
            starts.append(first)
    for first, last in pairwise([*starts, count]):
        yield first, last - first


def is_absent(window: Window) -> bool:
    """Whether no element of a window is present, for sure."""
    for form, bound in window.guards:
        low, high = form.bounds(window.shape)
        if high < 0 or low >= bound:
            return True
    return False


def _changes(guarded: Sequence[MovedWindow], count: int, size: int) -> list[int]:
    """The first of `count` tiles and those from which on a guard holds or fails otherwise than before.

    What a guard bounds grows by the same step from tile to tile, so each of its ends passes zero and the
    bound once.
    """
    found = {0} if count else set[int]()
    for window, dim in guarded:
        shape = (*window.shape[:dim], size, *window.shape[dim + 1 :])
        for form, bound in window.guards:
            step = form.dims[dim] * size
            for end, limit in product(form.bounds(shape), (0, bound)) if step else ():
                found.add(-((end - limit) // step) if step > 0 else (end - limit) // -step + 1)
    return sorted(tile for tile in found if 0 <= tile < count)


def _state(guarded: Sequence[MovedWindow], at: int, size: int) -> list[bool] | None:
    """Which windows are absent within a tile; None if some are present in part."""
    states: list[bool] = []
    for window, dim in guarded:
        tile = window.tile(dim, size, at)
        absent = is_absent(tile)
        if not absent and _depends(tile, dim):
            return None
        states.append(absent)
    return states


def _depends(window: Window, dim: int) -> bool:
    """Whether presence depends on the position along a dimension."""
    return any(form.dims[dim] for form, _ in window.guards)
