"""Nests of panels: loops around a register tile, with what many tiles share packed into panels.

The axis whose operand is read less often becomes the outer loop. A reduction that is too long for a
panel to stay in the second cache level is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod

from ..dialects.plan import StepAttr, StepKind
from .packing import pack_cycles, reading_cycles, unpacking_cycles
from .problem import LINE, Operand, Problem
from .register_tile import RegisterTile

PACK_FROM = 4
"""How many register tiles must share a panel for packing to pay (measured: 3.5 to 3.7)."""

PACK_LARGE_FROM = 2
"""The same where the operand is larger than half of the second cache level."""

FAR_SHARE = 0.25
"""The share of the computing that reading an operand again from beyond the second level may take."""

SHORT = 192
"""How many instances may share a panel that is kept in the first cache level (measured: a gain at
64 and 128, a loss at 300 and more).
"""

FREE = 1000
"""How often a panel must be used for packing it not to matter."""

JUMP_CYCLES = 12.0
"""Cycles that a step to another row of an operand costs a register tile that reads it in place."""

PAGE = 4096
"""Bytes between places that share a set of the first cache level."""

WAYS = 8
"""How many of them it holds at once (8 to 12 on recent cores)."""

CONFLICT_CYCLES = 1.0
"""Cycles that a row of a register tile costs more that is one too many (measured: 9 rows are 7 %
slower than 8, 16 rows half as fast).
"""

FAR_LINE_CYCLES = 0.25
"""Cycles that a line of a register costs more that does not lie beside the others."""


@dataclass(frozen=True)
class PanelNest:
    """The loops around a register tile.

    `outer` and `inner` are the axes of the register tile in the order of their loops, `around` the
    other parallel axes; `cut` is a reduction axis and its block, if it is cut; `packed` are the
    inputs that get a panel, per loop (`outer` or `inner`) inside which they get it. So many tiles of
    the outer loop are `shared`: they take turns on what the inner loop walks over, while it is near.
    """

    problem: Problem
    tile: RegisterTile
    around: tuple[str, ...]
    order: tuple[str, ...]
    cut: tuple[str, int] | None
    packed: tuple[tuple[Operand, int], ...]
    shared: int = 1

    @classmethod
    def of(cls, problem: Problem, tile: RegisterTile) -> PanelNest:
        """Choose loop order, packing and the block of the reduction."""
        around = tuple(
            a for a in problem.parallel if a not in tile.factors and problem.extents[a] > 1
        )
        order = tuple(sorted(tile.factors, key=lambda axis: _traffic(problem, tile, axis)))
        nest = cls(problem, tile, around, order, None, ())
        packed = tuple(
            (operand, depth)
            for operand in problem.inputs
            if (depth := nest.panel_depth(operand)) is not None
        )
        nest = replace(nest, packed=packed)
        nest = replace(nest, cut=nest.block())
        return replace(nest, shared=nest.sharing())

    def trips(self, axis: str) -> int:
        """How many register tiles lie along an axis."""
        return -(-self.problem.extents[axis] // self.tile.factors.get(axis, 1))

    def panel_depth(self, operand: Operand) -> int | None:
        """After how many loops of `order` an input is packed; None if it is read in place."""
        if self.problem.is_host(operand.memory):
            return None
        depth = max((i + 1 for i, axis in enumerate(self.order) if axis in operand.axes), default=0)
        shared = prod(self.trips(axis) for axis in self.order[depth:]) * operand.repeats
        if not self.problem.is_reachable(operand) or self._gathers(operand):
            return depth
        is_large = self.problem.footprint(operand, {}) > self.problem.cache_bytes(1) // 2
        enough = PACK_LARGE_FROM if is_large else PACK_FROM
        return depth if operand.is_varied and shared >= enough else None

    def _gathers(self, operand: Operand) -> bool:
        """Whether an operand whose registers are gathered from far lines is better packed as a whole."""
        if not operand.far_lines:
            return False
        axes = self.problem.statement.axes
        elements = prod(axis.extent for axis in axes if axis.name in operand.axes)
        if elements > prod(operand.access.shape):
            return False  # windows overlap: a panel would be larger than the operand
        packing = elements * pack_cycles(self.problem, operand)
        return packing < self._distance_cycles(operand)

    def _distance_cycles(self, operand: Operand) -> float:
        """What it costs in all that the lines of a register do not lie side by side."""
        far = FAR_LINE_CYCLES * self._loads(operand) * operand.far_lines
        return far + CONFLICT_CYCLES * self._conflicts(operand)

    @property
    def _near(self) -> list[tuple[Operand, int]]:
        """The panels that are to stay near: those of operands that are not only packed for their order."""
        return [(operand, depth) for operand, depth in self.packed if not self._gathers(operand)]

    def block(self) -> tuple[str, int] | None:
        """The reduction axis to cut and the block, such that the panels fit their cache level."""
        problem = self.problem
        reused = [operand for operand, depth in self._near if self.is_reused(operand, depth)]
        if not problem.reductions or not reused:
            return None
        tiles = {**dict.fromkeys(problem.parallel, 1), **self.tile.factors}
        size = max(problem.footprint(operand, tiles) for operand in reused)
        axis = max(problem.reductions, key=lambda a: problem.extents[a])
        pieces = -(-size // self.room())
        if pieces == 1:
            return None
        return axis, -(-problem.extents[axis] // pieces) * problem.units[axis]

    def sharing(self) -> int:
        """How many tiles of the outer loop are best shared.

        Without sharing, all that the inner loop walks over comes again from beyond the second cache
        level for every tile of the outer one, if it does not stay there. Where that would take longer
        than a share of the computing, tiles whose operands fill half of that level take turns.
        """
        problem = self.problem
        if len(self.order) < 2 or self.cut is not None:
            return 1
        outer, inner = self.order
        once = dict.fromkeys(self.around, 1)
        walked = [one for one in problem.inputs if inner in one.axes and outer not in one.axes]
        size = sum(problem.footprint(one, once) for one in walked)
        room = problem.cache_bytes(1) // 2
        passes = self.trips(outer) * prod(problem.extents[axis] for axis in self.around)
        far_cycles = size * passes / problem.target.bandwidth(2)
        if size <= room or far_cycles <= FAR_SHARE * self.tile.cycles():
            return 1
        turns = [one for one in problem.inputs if outer in one.axes and inner not in one.axes]
        tile = {**once, outer: self.tile.factors[outer]}
        part = sum(problem.footprint(one, tile) for one in turns)
        return max(1, min(room // max(1, part), self.trips(outer)))

    def for_threads(self, threads: int) -> PanelNest:
        """The nest with something to do for every thread that shares the outermost loop."""
        outer = self.trips(self.order[0]) if self.order else 1
        return replace(self, shared=max(1, min(self.shared, outer // threads)))

    def is_reused(self, operand: Operand, depth: int) -> bool:
        """Whether a panel is read more than once, or written just before it is read."""
        return operand.repeats < FREE or any(self.trips(axis) > 1 for axis in self.order[depth:])

    def room(self) -> int:
        """The bytes that a panel may take.

        A panel that few register tiles share is best packed within the first cache level: then
        packing, which is most of what there is to save, writes no further. Else half of the second
        level is best, and the output is read and written less often.
        """
        if self._is_short():
            return self.problem.cache_bytes(0) * 3 // 4
        return self.problem.cache_bytes(1) // 2

    def _is_short(self) -> bool:
        """Whether few register tiles share the panels."""
        parallel = self.problem.parallel
        if all(operand.repeats > FREE for operand, _ in self._near):
            return False
        shared = min(
            prod(self.problem.extents[axis] for axis in parallel if axis not in operand.axes)
            for operand, _ in self._near
        )
        return shared <= SHORT

    @property
    def pieces(self) -> int:
        """Into how many pieces the reduction is cut: so often the output passes by."""
        if self.cut is None:
            return 1
        axis, size = self.cut
        return -(-self.problem.extents[axis] * self.problem.units[axis] // size)

    def cycles(self) -> float:
        """The estimate for the whole statement."""
        return self.tile.cycles(self.pieces) + self.packing_cycles()

    def added_code(self) -> int:
        """How many more instructions are written out because elements are absent."""
        problem = self.problem
        if not problem.around.guards:
            return 0
        tiles = {axis: 1 for axis in self.around}
        tiles |= {axis: self.tile.factors[axis] for axis in self.order}
        operands = [operand.axes for operand in (*problem.inputs, problem.output)]
        return problem.borders.added(tiles, operands)

    def spread(self) -> tuple[int, int]:
        """How far apart a tile's elements of the inputs lie, and the tiles one after another.

        Near ones share pages and sets; the next tile is best the next one in memory.
        """
        written = [axis for axis, size in self.tile.factors.items() if size > 1]
        inputs = self.problem.inputs
        walked = [axis for axis in self.order if self.trips(axis) > 1]
        step = self.problem.output.stride(walked[-1]) if walked else 0
        return max((one.stride(axis) for one in inputs for axis in written), default=0), step

    def packing_cycles(self) -> float:
        """What bringing operands near costs in all: packing panels, or walking over rows."""
        total = 0.0
        packed = {operand.name: depth for operand, depth in self.packed}
        for operand in self.problem.inputs:
            elements = self.problem.footprint(operand, {}) / operand.bytes
            if operand.name not in packed:
                total += JUMP_CYCLES * self._jumps(operand)
                total += reading_cycles(self.problem, operand)
                total += self._loads(operand) * self._slowness(operand)
                total += self._distance_cycles(operand)
                continue
            axes = () if self._gathers(operand) else self.order[: packed[operand.name]]
            repeats = prod(self.trips(axis) for axis in axes if axis not in operand.axes)
            total += repeats * elements * pack_cycles(self.problem, operand) / operand.repeats
        return total + unpacking_cycles(self.problem)

    def _loads(self, operand: Operand) -> int:
        """How many registers of an operand are loaded in all."""
        problem, factors = self.problem, self.tile.factors
        inside = prod(size for axis, size in factors.items() if axis in operand.axes)
        tiles = prod(self.trips(axis) for axis in problem.parallel)
        return tiles * inside * prod(problem.extents[axis] for axis in problem.reductions)

    def _conflicts(self, operand: Operand) -> int:
        """How many loads find their cache line taken by another row of the register tile."""
        total = 0
        for axis, size in self.tile.factors.items():
            rows = size * self.problem.units[axis]
            if (
                rows > WAYS
                and operand.stride(axis)
                and not operand.stride(axis) * operand.bytes % PAGE
            ):
                total += self._loads(operand) * operand.lines // rows * (rows - WAYS)
        return total

    def _slowness(self, operand: Operand) -> float:
        """How many cycles more than the fastest move the one takes that an operand needs."""
        return max(0.0, (self.problem.move_cycles(operand) or 0.0) - 1 / self.problem.move_rate)

    def _jumps(self, operand: Operand) -> float:
        """How often the register tiles step from one row of an operand to the next, in place."""
        problem = self.problem
        if problem.footprint(operand, {}) <= problem.cache_bytes(0):
            return 0.0
        walked = [axis for axis in problem.reductions if axis in operand.axes]
        if not walked or operand.stride(walked[-1]) * operand.bytes <= LINE:
            return 0.0
        if problem.around.guards:  # windows overlap: most steps come back to what is near already
            return prod(operand.access.shape) * operand.bytes / LINE
        tiles = prod(self.trips(axis) for axis in problem.parallel)
        return tiles * prod(problem.extents[axis] for axis in walked)

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        problem, host = self.problem, self.problem.target.host_memory
        steps = [self.problem.loop(axis, 1) for axis in self.around]
        steps += self._shared_loops() if self.shared > 1 else self._loops()
        if host is not None and not problem.is_reachable(problem.output):
            steps.append(StepAttr.place(problem.output.name, host.symbol))
        steps += self.problem.place(problem.output)
        steps += [
            self.problem.loop(axis, 1) for axis in problem.reductions if problem.extents[axis] > 1
        ]
        steps += self._operands()
        return steps

    def _loops(self) -> list[StepAttr]:
        """The loops over register tiles and the panels in them."""
        steps = self._panels(0)
        for depth, axis in enumerate(self.order, 1):
            steps.append(self.problem.loop(axis, self.tile.factors[axis]))
            steps += self._panels(depth)
        return steps

    def _shared_loops(self) -> list[StepAttr]:
        """The same, with several tiles of the outer loop inside the inner one."""
        (outer, inner), factors, loop = self.order, self.tile.factors, self.problem.loop
        packed = [operand for operand, _ in self.packed]
        walked = [one for one in packed if outer not in one.axes]
        turns = [one for one in packed if outer in one.axes]
        return [
            *self._placed(one for one in walked if inner not in one.axes),
            loop(outer, factors[outer] * self.shared),
            loop(inner, factors[inner]),
            *self._placed(one for one in walked if inner in one.axes),
            loop(outer, factors[outer]),
            *self._placed(turns),
        ]

    def _panels(self, depth: int) -> list[StepAttr]:
        """What stands inside so many of the loops: the cut of the reduction, and panels."""
        is_cut = self.cut is not None and depth == self._cut_depth()
        cut = [StepAttr.loop(*self.cut)] if self.cut is not None and is_cut else []
        return cut + self._placed(operand for operand, at in self.packed if at == depth)

    def _placed(self, operands: Iterable[Operand]) -> list[StepAttr]:
        """Operands that get panels in host memory."""
        host = self.problem.target.host_memory
        return [StepAttr.place(one.name, host.symbol) for one in operands if host is not None]

    def _cut_depth(self) -> int:
        """Inside how many loops the reduction is cut; short panels run along the same rows."""
        return 0 if self._is_short() else min((at for _, at in self._near), default=0)

    def _operands(self) -> list[StepAttr]:
        """The steps inside the reduction: the held inputs, then the streamed one by one."""
        streamed = self.tile.streamed
        steps = [
            step
            for operand in self.problem.inputs
            if operand is not streamed
            for step in self.problem.place(operand)
        ]
        if streamed is not None:
            axes = [
                axis for axis in self.order if axis in streamed.axes and self.tile.factors[axis] > 1
            ]
            steps += [self.problem.loop(axis, 1, StepKind.UNROLL) for axis in axes]
            steps += self.problem.place(streamed)
        return steps


def _traffic(problem: Problem, tile: RegisterTile, outer: str) -> float:
    """The bytes of inputs read when an axis of the register tile is the outer loop.

    They are those of one iteration of the loops around both: what the next one reads again has to
    come near again.
    """
    trips = -(-problem.extents[outer] // tile.factors[outer])
    once = {axis: 1 for axis in problem.parallel if axis not in tile.factors}
    return sum(
        problem.footprint(operand, once) * (1 if outer in operand.axes else trips)
        for operand in problem.inputs
    )
