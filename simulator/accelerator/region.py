"""Sets of bytes that an operand covers: runs at fixed strides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..elements import Array


@dataclass(frozen=True)
class Region:
    """Runs of `run` units, the first at `first`, the others at multiples of the strides from there.

    Units are bytes, or rows after `in_units`. `shape` says how many there are per stride; strides
    are positive and fall.
    """

    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    run: int

    @staticmethod
    def of(first: int, dims: Iterable[tuple[int, int]], run: int) -> Region:
        """The region of a strided array whose elements have `run` bytes.

        Args:
            first: Where its first element begins.
            dims: Extents, at least 1, and strides in any order and of any sign.
            run: The size of an element.
        """
        kept: list[tuple[int, int]] = []
        for extent, stride in dims:
            if extent > 1 and stride:
                first += min(0, stride * (extent - 1))
                kept.append((abs(stride), extent))
        kept.sort()
        while kept and kept[0][0] <= run:
            stride, extent = kept.pop(0)
            run += stride * (extent - 1)
        kept.reverse()
        return Region(first, tuple(n for _, n in kept), tuple(s for s, _ in kept), run)

    @cached_property
    def end(self) -> int:
        """One past the last unit."""
        last = sum(s * (n - 1) for n, s in zip(self.shape, self.strides, strict=True))
        return self.first + last + self.run

    def view(self, array: Array) -> Array:
        """The units of the region in an array of all units, as a view; runs are its last dimension."""
        if not self.shape:
            return array[self.first : self.first + self.run]
        step = array.strides[0]
        strides = (*(stride * step for stride in self.strides), step)
        return as_strided(array[self.first :], (*self.shape, self.run), strides)

    def in_units(self, size: int) -> Region:
        """The same region in units of `size` bytes each, of which every one is in it that has a byte in it.

        Where a stride is no whole number of units, all units from the first to the last are.
        """
        if size == 1:
            return self
        outer = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if s >= size]
        inner = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if s < size]
        run = self.run + sum(s * (n - 1) for n, s in inner)
        if any(stride % size for _, stride in outer):
            outer, run = [], self.end - self.first
        first = self.first // size
        length = (self.first % size + run - 1) // size + 1
        return Region.of(first, [(n, s // size) for n, s in outer], length)

    def overlaps(self, other: Region) -> bool:
        """Whether the two have a unit in common."""
        if self.first >= other.end or other.first >= self.end:
            return False
        if not self.shape and not other.shape:
            return True
        start = min(self.first, other.first)
        marks = np.zeros(max(self.end, other.end) - start, np.bool_)
        self._moved(-start).view(marks)[...] = True
        return bool(other._moved(-start).view(marks).any())

    def _moved(self, by: int) -> Region:
        """The same region elsewhere."""
        return Region(self.first + by, self.shape, self.strides, self.run)
