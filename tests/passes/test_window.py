"""The arithmetic of windows, checked element by element against indexing."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, StridedLayoutAttr, f32
from xdsl.dialects.test import TestOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.passes.linear_form import Linear
from isa_mapper.passes.presence import count_present, is_present
from isa_mapper.passes.window import Window, base_of

Point: TypeAlias = tuple[int, ...]


def buffer(*shape: int) -> Window:
    """A window that is a whole buffer."""
    return Window.of(TestOp(result_types=[MemRefType(f32, shape)]).results[0])


def element(window: Window, point: Sequence[int]) -> Point | None:
    """The element of the base that a point of a window without loop variables is, if present."""

    def value(form: Linear) -> int:
        assert not form.terms
        return form.constant + sum(c * i for c, i in zip(form.dims, point, strict=True))

    if any(not 0 <= value(form) < bound for form, bound in window.guards):
        return None
    return tuple(value(form) for form in window.index)


def points(window: Window) -> Iterator[Point]:
    """All points of a window."""
    return product(*map(range, window.shape))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """A window of two or three dimensions on a buffer of 40 x 50 elements, maybe guarded."""
    rank = draw(st.integers(2, 3))
    shape = tuple(draw(st.integers(1, 4)) for _ in range(rank))

    def form(most: int) -> Linear:
        dims = tuple(draw(st.integers(0, 3)) for _ in range(rank))
        return Linear(dims, (), draw(st.integers(0, most)))

    guards = tuple((form(3), draw(st.integers(1, 9))) for _ in range(draw(st.integers(0, 1))))
    return Window(buffer(40, 50).base, shape, (form(9), form(9)), guards)


few = settings(max_examples=60, deadline=None, derandomize=True)


@few
@given(windows(), st.data())
def test_tile(window: Window, data: st.DataObject):
    dim = data.draw(st.integers(0, len(window.shape) - 1))
    at = data.draw(st.integers(0, window.shape[dim] - 1))
    extent = data.draw(st.integers(1, window.shape[dim] - at))
    tile = window.tile(dim, extent, at)
    assert tile.shape[dim] == extent
    for point in points(tile):
        moved = (*point[:dim], point[dim] + at, *point[dim + 1 :])
        assert element(tile, point) == element(window, moved)


@few
@given(windows(), st.data())
def test_element_and_select(window: Window, data: st.DataObject):
    dim = data.draw(st.integers(0, len(window.shape) - 1))
    at = data.draw(st.integers(0, window.shape[dim] - 1))
    row = window.at({dim: at})
    for point in points(row):
        assert element(row, point) == element(window, (*point[:dim], at, *point[dim:]))
    order = data.draw(st.permutations(range(len(window.shape))))
    turned = window.select(order)
    for point in points(turned):
        back = tuple(point[order.index(dim)] for dim in range(len(order)))
        assert element(turned, point) == element(window, back)


@few
@given(windows())
def test_view_and_back(window: Window):
    ops, value = window.view()
    assert Window.of(value) == window
    assert base_of(value) is window.base
    assert len(ops) == (not window.is_whole)


@few
@given(windows())
def test_guards(window: Window):
    simple = window.simplified()
    for point in points(window):
        assert element(simple, point) == element(window, point)
        assert is_present(window, point) == (element(window, point) is not None)
    try:
        counts = count_present(window)
    except UserError:
        return
    for point in points(window):
        inside = all(i < count for i, count in zip(point, counts, strict=True))
        assert is_present(window, point) == inside


@few
@given(windows())
def test_separates(window: Window):
    seen: dict[Point | None, Point] = {}
    whole = window.without_guards()
    for point in points(whole):
        other = seen.setdefault(element(whole, point), point)
        for dim, (i, j) in enumerate(zip(point, other, strict=True)):
            assert i == j or not whole.separates(dim)


@few
@given(windows(), st.data())
def test_through(window: Window, data: st.DataObject):
    rank = data.draw(st.integers(1, 3))
    numbers = st.integers(0, 2)
    reads = [
        Linear(tuple(data.draw(numbers) for _ in range(rank)), (), data.draw(numbers))
        for _ in window.shape
    ]
    shape = [data.draw(st.integers(1, 3)) for _ in range(rank)]
    composed = window.through(reads, shape)
    for point in points(composed):
        inner = [
            read.constant + sum(c * i for c, i in zip(read.dims, point, strict=True))
            for read in reads
        ]
        assert element(composed, point) == element(window, inner)


def test_strides():
    window = buffer(4, 6, 5)
    assert window.strides() == (30, 5, 1)
    assert window.select([2, None, 0], {1: 7}).strides() == (1, 0, 30)
    assert window.select([2, None, 0], {1: 7}).shape == (5, 7, 4)
    assert window.every(1, 2).strides() == (30, 10, 1)


def test_whole():
    window = buffer(4, 6)
    assert window.is_whole
    assert window.view() == ([], window.base)
    assert not window.tile(0, 3, 0).is_whole
    assert not window.select([1, 0]).is_whole


def test_tile_by_a_loop_variable():
    window, variable = buffer(64), TestOp(result_types=[MemRefType(f32, [1])]).results[0]
    tiles = Window(window.base, (4, 16), (Linear((16, 1)),))
    assert tiles.tile(0, 1, variable, 16).index == (Linear((16, 1), ((variable, 1),)),)
    assert tiles.tile(0, 1, variable).index == (Linear((16, 1), ((variable, 16),)),)
    assert tiles.advances_by(0, 16)
    assert not tiles.advances_by(1, 16)


def test_subview():
    kind = MemRefType(f32, [20, 20, 20])
    source = TestOp(result_types=[kind]).results[0]
    layout = StridedLayoutAttr([400, 2], 63)
    result = MemRefType(f32, [16, 8], layout)
    view = memref.SubviewOp.from_static_parameters(
        source, kind, [0, 3, 3], [16, 1, 8], [1, 1, 2], reduce_rank=True
    )
    assert view.result.type == result
    window = Window.of(view.result)
    assert window.base is source
    assert window.shape == (16, 8)
    assert element(window, (2, 5)) == (2, 3, 13)
    assert window.strides() == (400, 2)


def test_strides_must_be_known():
    kind = MemRefType(f32, [4], StridedLayoutAttr([None]))
    with pytest.raises(UserError, match="no fixed strides"):
        Window.of(TestOp(result_types=[kind]).results[0]).strides()
