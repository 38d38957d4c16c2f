"""Cutting a range into runs of tiles in which no element is absent, or all are, and the tiles between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    if not guarded and count:
        yield 0, count
        return
    first, states = 0, [_state(guarded, tile * size, size) for tile in range(count)]
    while first < count:
        last = first + 1
        while last < count and states[first] is not None and states[last] == states[first]:
            last += 1
        yield first, last - first
        first = last


def is_absent(window: Window) -> bool:
    """Whether no element of a window is present, for sure."""
    for form, bound in window.guards:
        low, high = form.bounds(window.shape)
        if high < 0 or low >= bound:
            return True
    return False


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
