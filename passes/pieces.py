"""Cutting a range into runs of tiles in which no element is absent, and the tiles between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .window import Window

MovedWindow = tuple[Window, int]
"""A window and the dimension of it along which tiles are cut."""


def pieces(windows: Sequence[MovedWindow], count: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut `count` tiles of `size` elements into (first tile, number of tiles), in order.

    In a run of several tiles, no guard depends on the position along the range, so a loop can walk
    them; a tile by itself may have absent elements at its own places.
    """
    guarded = [pair for pair in windows if _depends(*pair)]
    first = 0
    while first < count:
        number = 1
        if all(_is_clean(*pair, first * size, size) for pair in guarded):
            while first + number < count and all(
                _is_clean(*pair, (first + number) * size, size) for pair in guarded
            ):
                number += 1
        yield first, number
        first += number


def is_absent(window: Window) -> bool:
    """Whether no element of a window is present, for sure."""
    for form, bound in window.guards:
        low, high = form.bounds(window.shape)
        if high < 0 or low >= bound:
            return True
    return False


def _depends(window: Window, dim: int) -> bool:
    """Whether presence depends on the position along a dimension."""
    return any(form.dims[dim] for form, _ in window.guards)


def _is_clean(window: Window, dim: int, at: int, size: int) -> bool:
    """Whether presence does not depend on the position along a dimension within a tile."""
    return not _depends(window.tile(dim, size, at), dim)
