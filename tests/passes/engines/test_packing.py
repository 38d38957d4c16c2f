"""Placing buffers: never overlapping, by another check than the pass's own; round a full memory too."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isa_mapper.passes.engines.packing import Item, check, pack, peak
from isa_mapper.passes.engines.packing_exact import pack_exactly

few = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    """Up to twelve buffers of up to 20 rows."""
    found: list[Item] = []
    for index in range(draw(st.integers(1, 12))):
        first = draw(st.integers(0, 20))
        partners = draw(st.sets(st.integers(0, index), max_size=2)) - {index}
        last = first + draw(st.integers(0, 8))
        found.append(Item(draw(st.integers(1, 20)), first, last, tuple(sorted(partners))))
    return found


def cells(item: Item, place: int) -> set[tuple[int, int]]:
    """The moments and rows that a placed buffer occupies."""
    moments, rows = range(item.first, item.last + 1), range(place, place + item.rows)
    return {(moment, row) for moment in moments for row in rows}


@few
@given(items(), st.sampled_from([40, 64, 128]), st.sampled_from([1, 4]))
def test_pack(buffers: list[Item], capacity: int, banks: int) -> None:
    places = pack(buffers, capacity, banks)
    if places is None:
        return
    assert check(buffers, places, capacity) is None
    occupied = [cells(item, place) for item, place in zip(buffers, places, strict=True)]
    assert all(not one & other for one, other in combinations(occupied, 2))
    assert all(0 <= row < capacity for cell in occupied for _, row in cell)


@few
@given(items())
def test_nothing_is_shared_where_there_is_room(buffers: list[Item]) -> None:
    """A memory that holds all buffers side by side never has rows used twice."""
    total = sum(item.rows for item in buffers)
    places = pack(buffers, 2 * total)
    assert places is not None
    rows = [set(range(p, p + item.rows)) for p, item in zip(places, buffers, strict=True)]
    assert all(not one & other for one, other in combinations(rows, 2))


@few
@given(items(), st.integers(0, 40))
def test_check_finds_what_overlaps(buffers: list[Item], place: int) -> None:
    places = [place] * len(buffers)
    expected = any(one.is_beside(other) for one, other in combinations(buffers, 2))
    assert (check(buffers, places, 1000) is not None) == expected


def test_check_finds_what_is_outside() -> None:
    assert check([Item(4, 0, 1)], [5], 8) == (0, 0)
    assert check([Item(4, 0, 1)], [-1], 8) == (0, 0)


def test_oldest_rows_are_used_again_first() -> None:
    """Of two places that are free again, the one that has been so for longer."""
    buffers = [Item(8, 0, 9), Item(8, 0, 3), Item(8, 12, 15)]
    places = pack(buffers, 16)
    assert places is not None
    assert places[2] == places[1] != places[0]


def test_partners_are_apart() -> None:
    places = pack([Item(3, 0, 5), Item(3, 0, 5, (0,)), Item(3, 0, 5)], 64, 4)
    assert places is not None
    assert places[0] // 16 != places[1] // 16


def test_peak() -> None:
    assert peak([Item(3, 0, 2), Item(4, 2, 5), Item(6, 4, 9)]) == (10, [1, 2])


@few
@given(items(), st.sampled_from([40, 64]))
def test_solver(buffers: list[Item], capacity: int) -> None:
    pytest.importorskip("ortools")
    exact, quick = pack_exactly(buffers, capacity), pack(buffers, capacity)
    assert exact is not None or quick is None
    assert exact is None or check(buffers, exact, capacity) is None
    assert exact is not None or peak(buffers)[0] > capacity or len(buffers) > 2


def test_solver_finds_what_the_heuristic_does_not() -> None:
    pytest.importorskip("ortools")
    full = [Item(4, 0, 3), Item(2, 0, 1), Item(2, 2, 5), Item(4, 4, 5), Item(4, 4, 4)]
    assert pack_exactly(full, 3) is None
    assert pack_exactly(full, 12) is not None
