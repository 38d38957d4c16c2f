"""Cutting a range into runs: what a loop may walk, and what is written out."""

import pytest
from xdsl.dialects.builtin import MemRefType, f32
from xdsl.dialects.test import TestOp

from isa_mapper.passes.linear_form import Linear
from isa_mapper.passes.pieces import pieces
from isa_mapper.passes.window import Window


def guarded(extent: int, taps: int, offset: int, bound: int) -> Window:
    """A window over positions and taps: an element is there where 0 <= position + tap + offset < bound."""
    base = TestOp(result_types=[MemRefType(f32, (bound,))]).results[0]
    form = Linear((1, 1), (), offset)
    return Window(base, (extent, taps), (form,), ((form, bound),))


@pytest.mark.parametrize(
    ("window", "dim", "size", "expected"),
    [
        # Both ends of the image are in the padding of some tap.
        (guarded(14, 3, -1, 14), 0, 1, [(0, 1), (1, 12), (13, 1)]),
        (guarded(14, 3, -1, 14), 0, 7, [(0, 1), (1, 1)]),
        (guarded(14, 1, 0, 14), 0, 2, [(0, 7)]),
        # At the first position two taps are absent, one after the other, and three are there.
        (guarded(1, 5, -2, 14), 1, 1, [(0, 2), (2, 3)]),
        (guarded(1, 5, 11, 14), 1, 1, [(0, 3), (3, 2)]),
        # Of two positions, one is absent for the second tap: that one is written out by itself.
        (guarded(2, 5, -2, 14), 1, 1, [(0, 1), (1, 1), (2, 3)]),
        (guarded(3, 2, 20, 14), 0, 1, [(0, 3)]),
    ],
)
def test_runs(window: Window, dim: int, size: int, expected: list[tuple[int, int]]) -> None:
    assert list(pieces([(window, dim)], window.shape[dim] // size, size)) == expected


def test_runs_end_where_another_window_changes() -> None:
    first, second = guarded(10, 1, -3, 10), guarded(10, 1, 0, 8)
    assert list(pieces([(first, 0), (second, 0)], 10, 1)) == [(0, 3), (3, 5), (8, 2)]
    assert list(pieces([], 4, 1)) == [(0, 4)]
    assert list(pieces([(first, 0)], 0, 1)) == []


def test_a_long_range_is_cut_without_a_look_at_every_tile() -> None:
    window = guarded(1 << 40, 3, -1, 1 << 40)
    assert list(pieces([(window, 0)], 1 << 40, 1)) == [
        (0, 1),
        (1, (1 << 40) - 2),
        ((1 << 40) - 1, 1),
    ]
