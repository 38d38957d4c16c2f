"""Where buffers go in a memory: rectangles of time and rows that must not overlap.

Plain integers. A buffer takes its rows from the first to the last moment that it is used. `pack`
tries several orders of a greedy placement; `check` is written apart from it and finds any overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A buffer to place.

    Attributes:
        rows: How many rows it takes.
        first: The moment from which it is in use. last: The last moment.
        partners: The positions of other items that should lie in other banks.
    """

    rows: int
    first: int
    last: int
    partners: tuple[int, ...] = ()

    def is_beside(self, other: Item) -> bool:
        """Whether both are in use at some moment."""
        return self.first <= other.last and other.first <= self.last


_ORDERS: tuple[Callable[[Item], object], ...] = (
    lambda item: (-item.rows, item.first),
    lambda item: (-(item.last - item.first), -item.rows),
    lambda item: (-item.rows * (item.last - item.first + 1), item.first),
    lambda item: (item.first, -item.rows),
)


def pack(items: Sequence[Item], capacity: int, banks: int = 1) -> list[int] | None:
    """The first row of every item, or None where no order that is tried fits.

    As long as there is room, rows are not used again, then those that have been free for the
    longest; what an instruction uses together lies in different banks if that costs no row. Where
    that does not fit, the lowest place is taken.
    """
    size = capacity // banks
    for roomy in (True, False):
        for key in _ORDERS:
            order = sorted(range(len(items)), key=lambda index: key(items[index]))  # pyright: ignore[reportArgumentType, reportCallIssue]
            places = _place(items, order, capacity, size if roomy else None)
            if places is not None:
                return places
    return None


def _place(
    items: Sequence[Item], order: Iterable[int], capacity: int, bank: int | None
) -> list[int] | None:
    """Place items one by one, in the best place that is free; with `bank`, by `_cost`."""
    places: dict[int, int] = {}
    for index in order:
        item = items[index]
        candidates = [0, *(places[other] + items[other].rows for other in places)]
        if bank is not None:
            candidates += range(0, capacity, bank)
        taken = [(places[other], items[other]) for other in places if items[other].is_beside(item)]
        free = [
            place
            for place in sorted(set(candidates))
            if place + item.rows <= capacity
            and all(place + item.rows <= at or at + its.rows <= place for at, its in taken)
        ]
        if not free:
            return None
        if bank is None:
            places[index] = free[0]
        else:
            costs = [_cost(items, places, index, place, bank) for place in free]
            places[index] = free[costs.index(min(costs))]
    return [places[index] for index in range(len(items))]


def _cost(
    items: Sequence[Item], places: dict[int, int], index: int, place: int, bank: int
) -> tuple[int, int, int]:
    """How bad a place is: rows used before or after, the most recently the worst; shared banks; the row."""
    item = items[index]
    recent, clashes = 0, 0
    for other, at in places.items():
        its = items[other]
        if place < at + its.rows and at < place + item.rows:
            apart = item.first - its.last if its.last < item.first else its.first - item.last
            recent = max(recent, 1 + max(_LONG - apart, 0))
        if other in item.partners or index in its.partners:
            own = range(place // bank, (place + item.rows - 1) // bank + 1)
            clashes += at // bank in own or (at + its.rows - 1) // bank in own
    return recent, clashes, place


_LONG = 1 << 30
"""Longer than any program is."""


def check(items: Sequence[Item], places: Sequence[int], capacity: int) -> tuple[int, int] | None:
    """Two items that are in use at the same moment in the same rows; None if all is right.

    An item that does not lie within the memory is given with itself.
    """
    for index, (item, place) in enumerate(zip(items, places, strict=True)):
        if place < 0 or place + item.rows > capacity:
            return index, index
    events = sorted(
        [(item.first, 1, index) for index, item in enumerate(items)]
        + [(item.last + 1, 0, index) for index, item in enumerate(items)]
    )
    live: set[int] = set()
    for _, begins, index in events:
        if not begins:
            live.remove(index)
            continue
        for other in live:
            if (
                places[index] < places[other] + items[other].rows
                and places[other] < places[index] + items[index].rows
            ):
                return other, index
        live.add(index)
    return None


def peak(items: Sequence[Item]) -> tuple[int, list[int]]:
    """The most rows that are in use at one moment, and which items they are."""
    most: tuple[int, list[int]] = (0, [])
    for item in items:
        live = [i for i, other in enumerate(items) if other.first <= item.first <= other.last]
        rows = sum(items[i].rows for i in live)
        if rows > most[0]:
            most = rows, live
    return most
