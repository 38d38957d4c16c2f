"""Layouts in rows: every element has a place of its own, at the distances that are wanted."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isa_mapper.passes.linear_form import Linear
from isa_mapper.passes.row_layout import RowLayout

WIDTH = 16


def place(layout: RowLayout, point: tuple[int, ...]) -> tuple[int, int]:
    """The row and the column of an element."""

    def value(form: Linear) -> int:
        return form.constant + sum(c * i for c, i in zip(form.dims, point, strict=True))

    return value(layout.row), value(layout.column)


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[int, int | None]]:
    """The extents of a box, and wanted distances along some of its dimensions."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    strides = st.sampled_from([None, 1, 2, 4, 16, 32, 48, 24])
    dims = st.integers(0, len(shape) - 1)
    return shape, draw(st.dictionaries(dims, strides, max_size=3))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(cases())
def test_places(case: tuple[tuple[int, ...], dict[int, int | None]]) -> None:
    shape, wanted = case
    layout = RowLayout.of(shape, wanted, WIDTH)
    if layout is None:
        assert any(stride is not None for stride in wanted.values())
        return
    assert layout.width == WIDTH
    places = [place(layout, point) for point in product(*map(range, shape))]
    assert len(set(places)) == len(places)
    assert max(row for row, _ in places) == layout.rows - 1
    assert all(0 <= column < WIDTH for _, column in places)
    for dim, stride in wanted.items():
        rows, columns = layout.row.dims[dim], layout.column.dims[dim]
        if stride is not None:
            assert rows * WIDTH + columns == stride
        assert not columns or stride == columns


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((17,), {0: 1}),  # longer than a row
        ((4, 5), {0: 4, 1: 1}),  # five neighbours between elements that are four apart
        ((3, 4), {0: 16, 1: 32}),  # the second distance is less than the first has rows
        ((2,), {0: 24}),  # neither within a row nor whole rows
    ],
)
def test_no_layout(shape: tuple[int, ...], wanted: dict[int, int | None]) -> None:
    assert RowLayout.of(shape, wanted, WIDTH) is None


def test_rows_go_on_from_the_last_dimension_outwards() -> None:
    layout = RowLayout.of((2, 3, 5, 16), {3: 1}, WIDTH)
    assert layout is not None
    assert (layout.row.dims, layout.column.dims) == ((15, 5, 1, 0), (0, 0, 0, 1))
