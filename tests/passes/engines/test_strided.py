"""Regions of bytes, checked against the sets of bytes that they are."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from isa_mapper.passes.engines.strided import Region, reaches

many = settings(max_examples=400, deadline=None, derandomize=True)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[int, list[int], list[int], int]:
    """Offset, strides, extents and size of elements of some window."""
    rank = draw(st.integers(0, 3))
    strides = [draw(st.integers(-3, 9)) * draw(st.sampled_from([1, 4, 16])) for _ in range(rank)]
    extents = [draw(st.integers(1, 4)) for _ in range(rank)]
    return draw(st.integers(0, 150)), strides, extents, draw(st.sampled_from([1, 2, 4]))


def bytes_of(layout: tuple[int, list[int], list[int], int]) -> set[int]:
    """Every byte of a window."""
    offset, strides, extents, width = layout
    return {
        offset + sum(i * s for i, s in zip(point, strides, strict=True)) + byte
        for point in product(*map(range, extents))
        for byte in range(width)
    }


@many
@given(layouts(), layouts())
def test_meets(
    one: tuple[int, list[int], list[int], int], other: tuple[int, list[int], list[int], int]
):
    assert Region.of(*one).meets(Region.of(*other)) == bool(bytes_of(one) & bytes_of(other))


@many
@given(layouts(), st.integers(0, 60))
def test_ends(layout: tuple[int, list[int], list[int], int], distance: int):
    region, touched = Region.of(*layout), bytes_of(layout)
    assert (region.offset, region.end) == (min(touched), max(touched) + 1)
    moved = region.shifted(distance)
    assert (moved.offset, moved.span) == (region.offset + distance, region.span)


@many
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), max_size=4), st.integers(-3, 90))
def test_reaches(terms: list[tuple[int, int]], total: int):
    sums = {
        sum(factor * n for (factor, _), n in zip(terms, numbers, strict=True))
        for numbers in product(*(range(most + 1) for _, most in terms))
    }
    assert reaches(terms, total) == (total in sums)


def test_large_regions_are_no_work() -> None:
    """Columns of a large matrix, beside each other and one above the other."""
    left = Region.of(0, [4 * 5000, 4], [4000, 16], 4)
    right = Region.of(64, [4 * 5000, 4], [4000, 16], 4)
    assert not left.meets(right)
    assert left.meets(right.shifted(-4))
