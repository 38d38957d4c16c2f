"""Which elements of a window are present: tiles at the end of an axis have fewer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from ..dialects.errors import UserError
from .window import Window


def count_present(window: Window) -> tuple[int, ...]:
    """Per dimension how many elements, from the first, are present; the others are absent.

    Raises:
        UserError: The elements that are present are no such box, or depend on a loop variable.
    """
    if not window.guards:
        return window.shape
    if all(sum(map(bool, form.dims)) <= 1 for form, _ in window.guards):
        counts = _counts_by_dimension(window)
        if counts is None:
            raise UserError("a tile whose present elements are not its first cannot be moved yet")
        return counts
    origin = (0,) * len(window.shape)
    counts = tuple(
        sum(is_present(window, (*origin[:dim], i, *origin[dim + 1 :])) for i in range(extent))
        for dim, extent in enumerate(window.shape)
    )
    for point in product(*map(range, window.shape)):
        inside = all(i < count for i, count in zip(point, counts, strict=True))
        if inside != is_present(window, point):
            raise UserError("a tile whose present elements are not its first cannot be moved yet")
    return counts


def counts_if_first(window: Window) -> tuple[int, ...] | None:
    """What `count_present` gives, or None where the elements that are present are not the first.

    Raises:
        UserError: That depends on a loop variable.
    """
    if not window.guards:
        return window.shape
    if all(sum(map(bool, form.dims)) <= 1 for form, _ in window.guards):
        return _counts_by_dimension(window)
    extents = [range(extent) for extent in window.shape]
    there = {point for point in product(*extents) if is_present(window, point)}
    counts = tuple(
        1 + max((point[dim] for point in there), default=-1) for dim in range(len(window.shape))
    )
    return counts if len(there) == prod(counts) else None


def _counts_by_dimension(window: Window) -> tuple[int, ...] | None:
    """The same where no guard concerns several dimensions, one dimension after the other."""
    rank = len(window.shape)
    counts: list[int] = []
    for dim, extent in enumerate(window.shape):
        guards = tuple(guard for guard in window.guards if guard[0].dims[dim])
        present = [
            all(0 <= form.constant + form.dims[dim] * i < bound for form, bound in guards)
            for i in range(extent)
        ]
        if any(form.terms for form, _ in guards):
            raise UserError("whether an element is present depends on a loop variable")
        counts.append(sum(present))
        if not all(present[: counts[-1]]):
            return None
    constant = [guard for guard in window.guards if not any(guard[0].dims)]
    there = is_present(
        Window(window.base, (), (), tuple((f.select([]), b) for f, b in constant)), ()
    )
    return tuple(counts) if there else (0,) * rank


def is_present(window: Window, point: Sequence[int]) -> bool:
    """Whether the element at a point of a window is present.

    Raises:
        UserError: That depends on a loop variable.
    """
    is_known = True
    for form, bound in window.guards:
        low, high = form.at(dict(enumerate(point)), ()).bounds(())
        if high < 0 or low >= bound:
            return False
        is_known = is_known and 0 <= low <= high < bound
    if not is_known:
        raise UserError("whether an element is present depends on a loop variable")
    return True


def absent_ends(window: Window) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Per dimension how many elements are absent in front and how many behind.

    Where nothing is present, all of them are absent in front.

    Raises:
        UserError: The elements that are present are no box, or depend on a loop variable.
    """
    low, high = [0] * len(window.shape), [0] * len(window.shape)
    for form, bound in window.guards:
        moving = [dim for dim, factor in enumerate(form.dims) if factor]
        if form.terms:
            raise UserError("whether an element is present depends on a loop variable")
        if len(moving) > 1:
            raise UserError("the elements that are present are no box")
        if not moving and not 0 <= form.constant < bound:
            return window.shape, (0,) * len(window.shape)
        for dim in moving:
            before, behind = _absent(form.dims[dim], form.constant, bound, window.shape[dim])
            low[dim], high[dim] = max(low[dim], before), max(high[dim], behind)
    if any(a + b >= size for a, b, size in zip(low, high, window.shape, strict=True)):
        return window.shape, (0,) * len(window.shape)
    return tuple(low), tuple(high)


def _absent(factor: int, first: int, bound: int, extent: int) -> tuple[int, int]:
    """How many of the positions `0 <= i < extent` have `first + factor * i` below and above [0, bound)."""
    if factor < 0:
        factor, first = -factor, bound - 1 - first
    below = max(-(first // factor), 0)
    above = max(extent - 1 - (bound - 1 - first) // factor, 0)
    return min(below, extent), min(above, extent)
