"""Borders: how often a body is written out because padding is read through a guard.

Elements outside of a guarded operand are absent. Loops walk tiles of which all elements are there
(or none); a tile that lies across the border is written out by itself, and within it every step of
the reduction for which other elements are absent. Few bodies of few instructions compile fast and
stay in the instruction cache.

The counts are those of the passes where one operand is guarded, and too large where several are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Guard:
    """Elements of an operand exist only where `0 <= factors @ axes + offset < bound`."""

    factors: Mapping[str, int]
    offset: int
    bound: int

    def shifted(self, axis: str, by: int) -> Guard:
        """The guard where an axis begins at another point."""
        factor = self.factors.get(axis, 0)
        return Guard(self.factors, self.offset + factor * by, self.bound) if factor else self

    def holds(self, extents: Mapping[str, int]) -> bool | None:
        """Whether all elements of a box exist; None if only some do."""
        ends = [factor * (extents[axis] - 1) for axis, factor in self.factors.items()]
        low = self.offset + sum(min(0, end) for end in ends)
        high = self.offset + sum(max(0, end) for end in ends)
        if high < 0 or low >= self.bound:
            return False
        return True if low >= 0 and high < self.bound else None


@dataclass(frozen=True)
class Part:
    """A tile that is written out: its size per axis, and in how many bodies over the reductions.

    In some of these nothing is present, so they are not cut along other axes; in others something is.
    """

    sizes: Mapping[str, int]
    absent: int
    present: int


def parts(
    guards: Sequence[Guard], extents: Mapping[str, int], tiles: Mapping[str, int]
) -> list[Part]:
    """The tiles that are written out along the axes `tiles`, given their sizes in elements.

    Tiles that a loop walks count once. All other axes are reductions, walked one by one inside.
    """
    inner = [axis for axis in extents if axis not in tiles]
    found: list[Part] = []
    for sizes, left in _cut(guards, dict(extents), list(tiles.items())):
        box = {**extents, **sizes}
        runs = list(_cut(left, box, [(axis, 1) for axis in inner]))
        absent = sum(
            any(guard.holds({**box, **run}) is False for guard in inside) for run, inside in runs
        )
        found.append(Part(sizes, absent, len(runs) - absent))
    return found


def _cut(
    guards: Sequence[Guard], extents: dict[str, int], steps: Sequence[tuple[str, int]]
) -> Iterator[tuple[dict[str, int], Sequence[Guard]]]:
    """The pieces of a box along some axes, outermost first: their sizes, and the guards in them."""
    if not steps:
        yield {}, guards
        return
    (axis, size), rest = steps[0], steps[1:]
    before: list[bool] | None = None
    for first in range(0, extents[axis], size):
        tile = {**extents, axis: min(size, extents[axis] - first)}
        shifted = [guard.shifted(axis, first) for guard in guards]
        states = [guard.holds(tile) for guard in shifted if axis in guard.factors]
        state = None if None in states else [*map(bool, states), tile[axis] == size]
        if state is None or state != before:
            for sizes, left in _cut(shifted, tile, rest):
                yield {axis: tile[axis], **sizes}, left
        before = state


def fewest_bodies(
    guards: Sequence[Guard], extents: Mapping[str, int], parallel: Sequence[str]
) -> int:
    """In how many bodies a statement is written out at least: those of tiles of one element."""
    found: list[list[Part]] = []
    for group, axes in _groups(guards):
        own = {axis: 1 for axis in axes if axis in parallel}
        found.append(parts(group, {axis: extents[axis] for axis in axes}, own))
    return _bodies([[(1, part) for part in group] for group in found])


def _bodies(found: Sequence[Sequence[tuple[int, Part]]]) -> int:
    """The bodies of all combinations of parts, one per group, weighted by a number of each part."""
    if not found:
        return 1
    outer, inner = found[0], found[1:]
    absent = sum(weight * part.absent for weight, part in outer)
    present = sum(weight * part.present for weight, part in outer)
    apart = prod(sum(weight for weight, _ in group) for group in inner)
    return absent * apart + present * _bodies(inner)


class Borders:
    """What padding adds to the code of the nests for one statement."""

    def __init__(
        self, guards: Sequence[Guard], extents: Mapping[str, int], units: Mapping[str, int]
    ) -> None:
        """Prepare for a statement; `units` are the elements per axis that the instruction takes."""
        self._extents, self._units = extents, units
        self._groups = _groups(guards)
        self._known: dict[tuple[bool, tuple[tuple[str, int], ...]], list[Part]] = {}

    def added(self, tiles: Mapping[str, int], operands: Sequence[frozenset[str]]) -> int:
        """How many more instructions are written out than if nothing were absent.

        Args:
            tiles: The parallel axes, outermost first, and how many of the instruction's tiles are
                written out along each.
            operands: The axes of each input that is moved into registers, and of the output.
        """
        sizes = {axis: tile * self._units[axis] for axis, tile in tiles.items()}
        guarded = [self._parts(group, axes, sizes) for group, axes in self._groups]
        plain = [self._parts((), axes, sizes) for _, axes in self._groups]
        inside = {axis for _, axes in self._groups for axis in axes}
        others = [self._parts((), [axis], sizes) for axis in sizes if axis not in inside]
        added = self._written([*guarded, *others], operands)
        return added - self._written([*plain, *others], operands)

    def _parts(
        self, guards: Sequence[Guard], axes: Sequence[str], sizes: Mapping[str, int]
    ) -> list[Part]:
        """The tiles that are written out along some axes with these guards."""
        own = tuple((axis, size) for axis, size in sizes.items() if axis in axes)
        key = (bool(guards), own)
        if key not in self._known:
            extents = {axis: self._extents[axis] for axis in axes}
            self._known[key] = parts(guards, extents, dict(own))
        return self._known[key]

    def _written(self, found: Sequence[Sequence[Part]], operands: Sequence[frozenset[str]]) -> int:
        """The instructions in all bodies: one per call, and one per register of an operand."""
        every = frozenset(axis for group in found for part in group for axis in part.sizes)
        return sum(
            _bodies([[(self._tiles(part, axes), part) for part in group] for group in found])
            for axes in (every, *operands)
        )

    def _tiles(self, part: Part, axes: frozenset[str]) -> int:
        """How many of the instruction's tiles lie along these axes of a part."""
        sizes = part.sizes.items()
        return prod([-(-size // self._units[axis]) for axis, size in sizes if axis in axes])


def _groups(guards: Sequence[Guard]) -> list[tuple[list[Guard], list[str]]]:
    """The guards in groups that have no axis in common, each with its axes."""
    groups: list[tuple[list[Guard], list[str]]] = []
    for guard in guards:
        joined, axes = [guard], list(guard.factors)
        apart: list[tuple[list[Guard], list[str]]] = []
        for group, others in groups:
            if set(others) & set(axes):
                joined, axes = [*group, *joined], list(dict.fromkeys([*others, *axes]))
            else:
                apart.append((group, others))
        groups = [*apart, (joined, axes)]
    return groups
