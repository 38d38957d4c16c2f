"""Nests of panels: loops around a register tile, with what many tiles share packed into panels.

The axis whose operand is read less often becomes the outer loop. A reduction that is too long for a panel to stay in
the second cache level is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from ..dialects.plan import StepAttr, StepKind
from .problem import Operand, Problem
from .register_tile import RegisterTile

PACK_FROM = 4
"""How many register tiles must share a panel for packing to pay (measured: 3.5 to 3.7 on two sizes of GEMM)."""

COPY_CYCLES = 0.15
"""Cycles per element to pack a panel whose rows are contiguous."""

GATHER_CYCLES = 2.0
"""Cycles per element to pack a panel element by element."""


@dataclass(frozen=True)
class PanelNest:
    """The loops around a register tile.

    `outer` and `inner` are the axes of the register tile in the order of their loops, `around` the other parallel
    axes; `cut` is a reduction axis and its block, if it is cut; `packed` are the inputs that get a panel, per loop
    (`outer` or `inner`) inside which they get it.
    """

    problem: Problem
    tile: RegisterTile
    around: tuple[str, ...]
    order: tuple[str, ...]
    cut: tuple[str, int] | None
    packed: tuple[tuple[Operand, int], ...]

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
        return replace(nest, cut=nest.block())

    def trips(self, axis: str) -> int:
        """How many register tiles lie along an axis."""
        return -(-self.problem.extents[axis] // self.tile.factors.get(axis, 1))

    def panel_depth(self, operand: Operand) -> int | None:
        """After how many loops of `order` an input is packed into a panel; None if it is read in place."""
        if self.problem.is_host(operand.memory):
            return None
        depth = max((i + 1 for i, axis in enumerate(self.order) if axis in operand.axes), default=0)
        shared = prod(self.trips(axis) for axis in self.order[depth:])
        moves = [stride for stride in operand.lane_strides if stride]
        if moves and moves[-1] != 1:
            return depth
        return depth if moves and shared >= PACK_FROM else None

    def block(self) -> tuple[str, int] | None:
        """The reduction axis to cut and the block, such that a panel fits half of the second cache level."""
        problem = self.problem
        if not problem.reductions or not self.packed:
            return None
        tiles = {**dict.fromkeys(problem.parallel, 1), **self.tile.factors}
        size = max(problem.footprint(operand, tiles) for operand, _ in self.packed)
        room = problem.cache_bytes(1) // 2
        axis = max(problem.reductions, key=lambda a: problem.extents[a])
        pieces = -(-size // room)
        if pieces == 1:
            return None
        return axis, -(-problem.extents[axis] // pieces) * problem.units[axis]

    def packing_cycles(self) -> float:
        """What packing costs over the whole statement."""
        total = 0.0
        for operand, depth in self.packed:
            repeats = prod(
                self.trips(axis) for axis in self.order[:depth] if axis not in operand.axes
            )
            elements = self.problem.footprint(operand, {}) / operand.bytes
            total += (
                repeats
                * elements
                * (COPY_CYCLES if operand.lane_strides[-1] == 1 else GATHER_CYCLES)
            )
        output = self.problem.output
        if any(stride not in (0, 1) for stride in output.lane_strides):
            total += GATHER_CYCLES * self.problem.footprint(output, {}) / output.bytes
        return total

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        problem, host = self.problem, self.problem.target.host_memory
        steps = [self.problem.loop(axis, 1) for axis in self.around]
        for depth in range(len(self.order) + 1):
            if depth:
                axis = self.order[depth - 1]
                steps.append(self.problem.loop(axis, self.tile.factors[axis]))
            if self.cut is not None and depth == min(at for _, at in self.packed):
                steps.append(StepAttr.loop(*self.cut))
            panels = [operand for operand, at in self.packed if at == depth]
            steps += [
                StepAttr.place(operand.name, host.symbol) for operand in panels if host is not None
            ]
        if host is not None and any(stride not in (0, 1) for stride in problem.output.lane_strides):
            steps.append(StepAttr.place(problem.output.name, host.symbol))
        steps += self.problem.place(problem.output)
        steps += [
            self.problem.loop(axis, 1) for axis in problem.reductions if problem.extents[axis] > 1
        ]
        steps += self._operands()
        return steps

    def _operands(self) -> list[StepAttr]:
        """The steps inside the reduction: the held inputs, then the streamed one, an instance at a time."""
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
    """The bytes of inputs read when an axis of the register tile is the outer loop."""
    trips = -(-problem.extents[outer] // tile.factors[outer])
    return sum(
        problem.footprint(operand, {}) * (1 if outer in operand.axes else trips)
        for operand in problem.inputs
    )
