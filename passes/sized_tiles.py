"""Tiles of instructions that also do less: where fewer elements are present, fewer are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..mapping.access import Access
from .presence import count_present
from .window import Window


def cut(
    tile: Sequence[Window], accesses: Sequence[Access], sized: Sequence[int]
) -> tuple[Window, ...]:
    """The operands of a tile without the elements that are absent.

    Args:
        tile: The operands, the output last.
        accesses: What the instruction wants of each.
        sized: The axes of the instruction of which it also does less.

    Raises:
        UserError: The elements that are present are not the first ones.
    """
    done = _done(tile, accesses, sized)
    pairs = zip(tile, accesses, strict=True)
    return tuple(_cut(window, access, done) for window, access in pairs)


def _done(
    tile: Sequence[Window], accesses: Sequence[Access], sized: Sequence[int]
) -> Mapping[int, int]:
    """How much of the sized axes is done, where less than all is left."""
    done: dict[int, int] = {}
    for window, access in zip(tile, accesses, strict=True):
        if not window.guards or not sized:
            continue
        counts = count_present(window)
        for dim, lane in enumerate(_lanes(access)):
            if lane in sized:
                done[lane] = min(done.get(lane, counts[dim]), counts[dim])
    return done


def _cut(window: Window, access: Access, done: Mapping[int, int]) -> Window:
    """An operand when so much of some axes is done, and without what else is absent at its end."""
    for dim, lane in enumerate(_lanes(access)):
        if lane in done:
            window = window.tile(dim, done[lane], 0)
    if not window.guards or not access.bounded:
        return window
    counts = count_present(window)
    for dim in access.bounded:
        window = window.tile(dim, counts[dim], 0)
    return window


def _lanes(access: Access) -> list[int]:
    """Per dimension of an operand, the instruction's axis along it; -1 for none."""
    return [lanes[0] if lanes else -1 for lanes in access.axes]
