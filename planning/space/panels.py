"""Nests of panels as a space: register tile, order of the loops, panels, and the cut of the reduction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from ..default import Way
from ..panels import PanelNest
from ..problem import Operand, Problem
from ..register_tile import RegisterTile, register_tiles
from .walk import Choice, Refusal, Value
from .ways import Ways, orders, size_text

PIECES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Into how many pieces a reduction may be cut."""

SHARED = (2, 4, 8, 16, 32)
"""How many tiles of the outer loop may share what the inner one walks over."""

LEAST_PIECE = 8
"""How many of the instruction's tiles a piece has at least."""

IN_PLACE = "in place"
"""An input that gets no panel."""

FIRST = "first"
"""An input of which all panels are packed before the loops."""

INSIDE = "inside "
"""What stands before the loop inside which an input gets its panel."""


class PanelWays(Ways):
    """All nests of panels."""

    name = "panels"
    kind = PanelNest

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        self._nests: dict[tuple[object, ...], PanelNest] = {}

    @cached_property
    def tiles(self) -> Mapping[str, Mapping[tuple[int, ...], RegisterTile]]:
        """The register tiles by their axes and sizes."""
        found: dict[str, dict[tuple[int, ...], RegisterTile]] = {}
        for tile in register_tiles(self.problem):
            found.setdefault(" ".join(tile.along.axes), {})[tile.sizes] = tile
        return found

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self.tiles

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The axes of the register tile, its sizes, then what is around it."""
        if "axes" not in chosen:
            return Choice("axes", tuple(self.tiles))
        sizes = self.tiles[str(chosen["axes"])]
        for place, axis in enumerate(str(chosen["axes"]).split()):
            if f"tile {axis}" not in chosen:
                before = tuple(chosen[f"tile {a}"] for a in str(chosen["axes"]).split()[:place])
                return self._size(place, axis, [one for one in sizes if one[:place] == before])
        return self._around(chosen)

    def _size(self, place: int, axis: str, sizes: list[tuple[int, ...]]) -> Choice:
        """The choice of the size of the register tile along an axis."""
        found = sorted({one[place] for one in sizes})
        memory, most = self.problem.register_file(), self.problem.extents[axis]
        count = (memory.count or 1) if memory is not None else 1
        left = min(most, count) - len(found)
        reason = f"a register tile takes more than the {count} registers"
        refused = [Refusal(reason, f"{max(found) + 1} tiles along {axis}", left)] if left else []
        return Choice(f"tile {axis}", tuple(found), tuple(refused))

    def _around(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The choice of the loops around a register tile, and of the panels."""
        nest = self._nest(chosen)
        if "order" not in chosen:
            return Choice("order", orders(nest.order))
        if "around" not in chosen:
            return Choice("around", orders(nest.around))
        nest = self._ordered(chosen)
        if "parallel" not in chosen:
            return self.choice_of_threads((*nest.around, *nest.order))
        for operand in self.problem.inputs:
            if f"panel of {operand.name}" not in chosen:
                return Choice(f"panel of {operand.name}", tuple(self._panels(nest, operand)))
        nest = self._packed(chosen)
        if "cut" not in chosen:
            return self._cut(nest)
        return self._shared(_with_cut(nest, int(chosen["cut"]))) if "shared" not in chosen else None

    def _panels(self, nest: PanelNest, operand: Operand) -> Iterator[str]:
        """Where an input may get its panel."""
        problem = self.problem
        is_there = problem.is_host(operand.memory)
        if is_there or problem.is_reachable(operand):
            yield IN_PLACE
        if is_there:
            return
        moving = [at + 1 for at, axis in enumerate(nest.order) if axis in operand.axes]
        for depth in range(max(moving, default=0), 0, -1):
            yield INSIDE + nest.order[depth - 1]
        yield FIRST

    def _cut(self, nest: PanelNest) -> Choice:
        """The choice of the piece of the reduction, in elements; 0 is the whole."""
        own = nest.block()
        planned = own[1] if own is not None else 0
        sizes = {0, planned, *self._pieces()} if nest.packed and self.problem.reductions else {0}
        found: list[Value] = []
        refused: list[Refusal] = []
        for size in sorted(sizes):
            reason = self._excess(_with_cut(nest, size)) if size != planned else None
            if reason is None:
                found.append(size)
            else:
                refused.append(reason)
        return Choice("cut", tuple(found), tuple(refused))

    def _shared(self, nest: PanelNest) -> Choice:
        """The choice of how many tiles of the outer loop take turns inside the inner one."""
        found = {1}
        if len(nest.order) > 1 and nest.cut is None:
            trips = nest.trips(nest.order[0])
            found |= {nest.sharing(), *(size for size in SHARED if size < trips)}
        return Choice("shared", tuple(sorted(found)), is_last=True)

    def _pieces(self) -> Iterator[int]:
        """The pieces into which the longest reduction may be cut, in elements."""
        axis = max(self.problem.reductions, key=lambda a: self.problem.extents[a])
        extent, unit = self.problem.extents[axis], self.problem.units[axis]
        for count in PIECES[1:]:
            if extent >= count * LEAST_PIECE:
                yield -(-extent // count) * unit

    def _excess(self, nest: PanelNest) -> Refusal | None:
        """Why the panels are too large for the caches, if they are."""
        problem = self.problem
        tiles: dict[str, int] = dict.fromkeys(problem.parallel, 1) | dict(nest.tile.factors)
        if nest.cut is not None:
            tiles[nest.cut[0]] = nest.cut[1] // problem.units[nest.cut[0]]
        for operand, depth in nest.packed:
            panel = problem.footprint(operand, tiles)
            if panel > problem.cache_bytes(1) and nest.is_reused(operand, depth):
                example = f"{operand.name} has panels of {size_text(panel)}"
                return Refusal("a panel exceeds the second cache level", example)
            inner = {axis: problem.extents[axis] for axis in nest.order[depth:]}
            whole = problem.footprint(operand, {**tiles, **inner})
            if whole > problem.cache_bytes(2):
                example = f"{size_text(whole)} of {operand.name} are packed at once"
                return Refusal("panels exceed the last cache level", example)
        return None

    def _tile(self, chosen: Mapping[str, Value]) -> RegisterTile:
        axes = str(chosen["axes"])
        return self.tiles[axes][tuple(int(chosen[f"tile {axis}"]) for axis in axes.split())]

    def _nest(self, chosen: Mapping[str, Value]) -> PanelNest:
        """The planner's own nest around a register tile."""
        tile = self._tile(chosen)
        key = tile.along.axes, tile.sizes
        if key not in self._nests:
            self._nests[key] = PanelNest.of(self.problem, tile)
        return self._nests[key]

    def _ordered(self, chosen: Mapping[str, Value]) -> PanelNest:
        order, around = (tuple(str(chosen[name]).split()) for name in ("order", "around"))
        return replace(
            self._nest(chosen), order=order, around=around, packed=(), cut=None, shared=1
        )

    def _packed(self, chosen: Mapping[str, Value]) -> PanelNest:
        nest = self._ordered(chosen)
        words = [(one, str(chosen[f"panel of {one.name}"])) for one in self.problem.inputs]
        packed = tuple(
            (one, 0 if word == FIRST else nest.order.index(word.removeprefix(INSIDE)) + 1)
            for one, word in words
            if word != IN_PLACE
        )
        return replace(nest, packed=packed)

    def way(self, chosen: Mapping[str, Value]) -> PanelNest:
        """The nest that has been chosen."""
        nest = _with_cut(self._packed(chosen), int(chosen["cut"]))
        return replace(nest, shared=int(chosen["shared"]))

    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a nest."""
        assert isinstance(way, PanelNest)
        panels = {operand.name: depth for operand, depth in way.packed}
        words = {0: FIRST} | {at + 1: INSIDE + axis for at, axis in enumerate(way.order)}
        return {
            "axes": " ".join(way.tile.along.axes),
            **{f"tile {axis}": size for axis, size in way.tile.factors.items()},
            "order": " ".join(way.order),
            "around": " ".join(way.around),
            "parallel": self.parallel_of(way),
            **{
                f"panel of {one.name}": words[panels[one.name]] if one.name in panels else IN_PLACE
                for one in self.problem.inputs
            },
            "cut": way.cut[1] if way.cut is not None else 0,
            "shared": way.shared,
        }


def _with_cut(nest: PanelNest, size: int) -> PanelNest:
    """A nest whose longest reduction is cut into pieces of a size in elements, unless it is 0."""
    if not size:
        return replace(nest, cut=None)
    problem = nest.problem
    axis = max(problem.reductions, key=lambda a: problem.extents[a])
    return replace(nest, cut=(axis, size))
