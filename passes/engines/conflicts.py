"""Which instructions of other engines touched the same bytes last, one of both writing them.

Per place and engine, tables hold the number of the last instruction that read and that wrote each
granule; granules are as large as all strides and addresses in the place allow.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

import numpy as np

from .strided import Region

_MOST = 1 << 22
"""How many granules a table has at most; larger ones are coarser, which orders more than must be."""

_Table: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True)
class Use:
    """A region of a place (a memory or a buffer) that an instruction writes, or only reads."""

    place: Hashable
    region: Region
    writes: bool


class _Place:
    """The tables of a place."""

    def __init__(self, uses: Sequence[Use]) -> None:
        self.start = min(use.region.offset for use in uses)
        span = max(use.region.end for use in uses) - self.start
        unit = span
        for use in uses:
            unit = gcd(unit, use.region.offset - self.start, *(s for s, _ in use.region.dims))
        self.granule = max(unit, -(-span // _MOST))
        self.size = -(-span // self.granule) + 1
        self.reads: dict[int, _Table] = {}
        self.writes: dict[int, _Table] = {}

    def table(self, engine: int, writes: bool) -> _Table:
        """The table of what an engine has read or written."""
        tables = self.writes if writes else self.reads
        if engine not in tables:
            tables[engine] = np.full(self.size, -1, dtype=np.int32)
        return tables[engine]

    def cut(self, region: Region) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        """Shape, offset and strides of the part of a table that is a region."""
        offset = region.offset - self.start
        if any(stride % self.granule for stride, _ in region.dims):
            region = Region(region.offset, (), region.span)
        end = offset % self.granule + region.width
        shape = (*(most + 1 for _, most in region.dims), -(-end // self.granule))
        strides = (*(4 * (stride // self.granule) for stride, _ in region.dims), 4)
        return shape, 4 * (offset // self.granule), strides


def dependences(engines: Sequence[int], uses: Sequence[Sequence[Use]]) -> Iterator[dict[int, int]]:
    """Per instruction and engine, the last instruction that it must not overtake.

    Args:
        engines: Per instruction, the engine that executes it.
        uses: Per instruction, what it touches.
    """
    places = _shared_places(engines, uses)
    for number, (engine, own) in enumerate(zip(engines, uses, strict=True)):
        found: dict[int, int] = {}
        known = [(places[use.place], use) for use in own if use.place in places]
        cuts = [place.cut(use.region) for place, use in known]
        for (place, use), cut in zip(known, cuts, strict=True):
            _find(place, use, cut, engine, found)
        for (place, use), (shape, offset, strides) in zip(known, cuts, strict=True):
            table = place.table(engine, use.writes)
            np.ndarray(shape, np.int32, table.data, offset, strides)[...] = number
        yield found


def _find(
    place: _Place,
    use: Use,
    cut: tuple[tuple[int, ...], int, tuple[int, ...]],
    engine: int,
    found: dict[int, int],
) -> None:
    """Add the last instructions of other engines that one conflicts with."""
    shape, offset, strides = cut
    for tables in (place.writes, place.reads) if use.writes else (place.writes,):
        for other, table in tables.items():
            if other != engine:
                last = int(np.ndarray(shape, np.int32, table.data, offset, strides).max())
                if last >= 0:
                    found[other] = max(last, found.get(other, -1))


def _shared_places(engines: Sequence[int], uses: Sequence[Sequence[Use]]) -> dict[Hashable, _Place]:
    """The places that several engines use and one of them writes."""
    together: dict[Hashable, list[Use]] = {}
    users: dict[Hashable, set[int]] = {}
    written: set[Hashable] = set()
    for engine, own in zip(engines, uses, strict=True):
        for use in own:
            together.setdefault(use.place, []).append(use)
            users.setdefault(use.place, set()).add(engine)
            if use.writes:
                written.add(use.place)
    return {
        place: _Place(found)
        for place, found in together.items()
        if place in written and len(users[place]) > 1
    }
