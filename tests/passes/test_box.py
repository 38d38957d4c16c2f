"""Boxes: they hold just what windows touch, checked element by element."""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, i8
from xdsl.dialects.test import TestOp
from xdsl.ir import Operation, SSAValue

from isa_mapper.passes.box import Box
from isa_mapper.passes.linear_form import Linear
from isa_mapper.passes.loops import counted_loop
from isa_mapper.passes.window import Window

Point: TypeAlias = tuple[int, ...]


def buffer(*shape: int) -> Window:
    """A window that is a whole buffer."""
    return Window.of(TestOp(result_types=[MemRefType(i8, shape)]).results[0])


def value(form: Linear, point: Sequence[int]) -> int:
    """A linear form at a point."""
    return form.constant + sum(c * i for c, i in zip(form.dims, point, strict=True))


def element(window: Window, point: Sequence[int]) -> Point | None:
    """The element of the base that a point of a window is; None if it is absent."""
    if any(not 0 <= value(form, point) < bound for form, bound in window.guards):
        return None
    return tuple(value(form, point) for form in window.index)


@st.composite
def sliding(draw: st.DrawFn) -> Window:
    """A window as convolutions have them: strides, dilations, padding; dimensions in any order."""
    axes: list[tuple[int, int, int]] = []  # extent, step, dimension of the base
    offsets: list[int] = []
    for dim in range(2):
        outer, inner = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        axes += [(outer, draw(st.integers(1, 3)), dim), (inner, draw(st.integers(1, 3)), dim)]
        offsets.append(draw(st.integers(-2, 2)))
    axes = draw(st.permutations([*axes, (draw(st.integers(1, 2)), 0, 0)]))
    shape = tuple(extent for extent, _, _ in axes)
    forms = [
        Linear(tuple(step if dim == own else 0 for _, step, own in axes), (), offsets[dim])
        for dim in range(2)
    ]
    base = buffer(draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    guards = tuple(zip(forms, base.shape, strict=True))
    return Window(base.base, shape, tuple(forms), guards).simplified()


few = settings(max_examples=200, deadline=None, derandomize=True)


@few
@given(sliding(), st.data())
def test_points_are_in_the_box(window: Window, data: st.DataObject) -> None:
    """A point of the window is at the place of the box that its forms say, absent or not."""
    dims = st.lists(st.integers(0, len(window.shape) - 1), unique=True, max_size=2)
    needed, apart = data.draw(dims), data.draw(dims)
    box = Box.of(window, needed, apart)
    for dim in needed:
        assert any(dim in group for group in box.groups)
    for group in box.groups:
        assert len(group) == 1 or not set(group) & set(apart)
    for point in product(*map(range, window.shape)):
        place = [value(form, point) for form in box.forms]
        inside = all(0 <= at < n for at, n in zip(place, box.window.shape, strict=True))
        assert inside
        assert element(box.window, place) == element(window, point)


@few
@given(sliding())
def test_elements_are_there_once(window: Window) -> None:
    """Where no dimensions are to be apart, overlapping windows share their elements."""
    box = Box.of(window, (), ())
    if all(len(group) == 1 for group in box.groups):
        return
    points = product(*map(range, box.window.shape))
    elements = [found for point in points if (found := element(box.window, point)) is not None]
    assert len(set(elements)) == len(elements)


@few
@given(sliding(), st.permutations(range(5)))
def test_order(window: Window, order: list[int]) -> None:
    """Sorting a box permutes its dimensions with their forms; the last dimension counts most."""
    box = Box.of(window, (), ())
    ordered = box.sorted(order)
    assert sorted(ordered.groups) == sorted(box.groups)
    ranks = [max(order.index(dim) for dim in group) for group in ordered.groups]
    assert ranks == sorted(ranks)
    for point in product(*map(range, window.shape)):
        place = [value(form, point) for form in ordered.forms]
        assert element(ordered.window, place) == element(window, point)


def test_scalars_have_a_box() -> None:
    """A window that stays at the one element of a buffer without dimensions."""
    cell = memref.AllocOp.get(i8, None, [])
    box = Box.of(Window(cell.memref, (3,), ()), (0,), ())
    assert box.window.shape == (3,)


def test_elements_beyond_the_base_in_some_iterations_of_a_loop_are_absent_in_all() -> None:
    """Of a[v + d], d < 4, v in {0, 1, 2}, in a buffer of 5, the first three are there whatever v is."""
    base, seen = buffer(5), list[Window]()

    def body(variable: SSAValue) -> list[Operation]:
        window = Window(base.base, (4,), (Linear((1,), ((variable, 1),)),))
        guards = Box.of(window, [], []).beyond_base()
        seen.append(Window(base.base, (4,), window.index, guards).simplified())
        return []

    counted_loop(3, 1, "v", body)
    assert seen[0].guards == ((Linear((1,), (), 2), 5),)
