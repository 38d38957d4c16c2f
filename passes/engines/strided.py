"""Strided regions of bytes, and whether two of them meet: plain integers, exact, whatever the size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import TypeAlias

Terms: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a factor and the most of a number that counts from 0."""

_STEPS = 2000
"""How much of a search is done before two regions are taken to meet."""


@dataclass(frozen=True)
class Region:
    """The bytes `offset + sum(stride * i) + j` for all `i < extent` of each dimension and `j < width`."""

    offset: int
    dims: Terms
    """Stride and the greatest index, of every dimension along which it moves."""
    width: int

    @classmethod
    def of(cls, offset: int, strides: Sequence[int], extents: Sequence[int], width: int) -> Region:
        """The region of elements of `width` bytes; negative strides are turned around."""
        dims: list[tuple[int, int]] = []
        for stride, extent in zip(strides, extents, strict=True):
            if stride < 0:
                offset += stride * (extent - 1)
            if stride and extent > 1:
                dims.append((abs(stride), extent - 1))
        dims.sort()
        while dims and dims[0][0] == width:  # neighbours are one longer run
            width += dims.pop(0)[1] * width
        return cls(offset, tuple(dims), width)

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.offset + self.span

    @property
    def span(self) -> int:
        """The distance from its first byte to the first one behind it."""
        return sum(stride * most for stride, most in self.dims) + self.width

    def shifted(self, distance: int) -> Region:
        """The same region so many bytes further up."""
        return Region(self.offset + distance, self.dims, self.width)

    def meets(self, other: Region) -> bool:
        """Whether some byte is in both."""
        if self.end <= other.offset or other.end <= self.offset:
            return False
        return _meet(self.dims, self.width, other.dims, other.width, other.offset - self.offset)


@lru_cache(maxsize=65536)
def _meet(a: Terms, a_width: int, b: Terms, b_width: int, distance: int) -> bool:
    """Whether regions meet of which the second begins so much further up."""
    own = (*a, (1, a_width - 1))
    negative = (*b, (1, b_width - 1))
    shift = sum(stride * most for stride, most in negative)
    return reaches((*own, *negative), distance + shift)


def reaches(terms: Sequence[tuple[int, int]], total: int) -> bool:
    """Whether `sum(factor * n)` with `0 <= n <= most` can be `total`; factors are positive.

    What takes too long to find out is taken to be so.
    """
    merged: dict[int, int] = {}
    for factor, most in terms:
        if most:
            merged[factor] = merged.get(factor, 0) + most
    ordered = sorted(merged.items(), reverse=True)
    reach = [0]
    divisor = [0]
    for factor, most in reversed(ordered):
        reach.append(reach[-1] + factor * most)
        divisor.append(gcd(divisor[-1], factor))
    reach.reverse()
    divisor.reverse()
    return _search(ordered, reach, divisor, total)


def _search(
    ordered: Sequence[tuple[int, int]], reach: Sequence[int], divisor: Sequence[int], total: int
) -> bool:
    """Depth first, the longest steps first: only few numbers of them leave what the rest can reach."""
    pending = [(0, total)]
    for _ in range(_STEPS):
        if not pending:
            return False
        place, left = pending.pop()
        if left == 0:
            return True
        if not 0 < left <= reach[place] or left % divisor[place]:
            continue
        factor, most = ordered[place]
        least = max(-(-(left - reach[place + 1]) // factor), 0)
        for n in range(least, min(left // factor, most, least + _STEPS) + 1):
            pending.append((place + 1, left - n * factor))
    return True
