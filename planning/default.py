"""The default plan: good without any search, made in milliseconds.

Among the mappings and register tiles it takes the one whose estimate is least. Around the register tile, the axis
whose operand is read less often becomes the outer loop; an operand that many register tiles share is packed into a
panel; a reduction that is too long for such a panel to stay in the second cache level is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp, TargetOp
from ..dialects.plan import MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.statement import Statement
from .problem import Operand, Problem
from .register_tile import RegisterTile, cycles, register_tiles

PACK_FROM = 4
"""How many register tiles must share a panel for packing to pay (measured: 3.5 to 3.7 on two sizes of GEMM)."""

COPY_CYCLES = 0.15
"""Cycles per element to pack a panel whose rows are contiguous."""

GATHER_CYCLES = 2.0
"""Cycles per element to pack a panel element by element."""

MAPPINGS_TRIED = 24
"""How many of the ranked mappings are estimated."""


def default_schedule(statement: Statement, mappings: Sequence[MappingAttr], target: TargetOp, threads: int = 1) -> ScheduleAttr:
    """The schedule with the least estimate over the mappings.

    Args:
        statement: The statement, on memrefs.
        mappings: Its candidate mappings, best first.
        target: The machine.
        threads: How many threads share the work.

    Raises:
        UserError: No mapping can be carried out yet.
    """
    best: tuple[float, ScheduleAttr] | None = None
    fallback: ScheduleAttr | None = None
    for mapping in mappings[:MAPPINGS_TRIED]:
        instruction = target.lookup(mapping.instruction.nested_references.data[0].data)
        assert isinstance(instruction, InstructionOp | ScalarOp)
        problem = Problem(statement, mapping, instruction, target)
        if problem.is_scalar:
            fallback = fallback or scalar_schedule(problem, threads)
        elif all(len(group) <= 1 for group in mapping.groups):
            found = _plan(problem, threads)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
    if best is not None:
        return best[1]
    if fallback is None:
        raise UserError(f"no mapping of this statement can be carried out on @{target.symbol} yet")
    return fallback


def _plan(problem: Problem, threads: int) -> tuple[float, ScheduleAttr] | None:
    """The best schedule for one mapping and its estimate in cycles; None if no register tile fits."""
    tiles = [(cycles(problem, tile), tile) for tile in register_tiles(problem)]
    if not tiles:
        return None
    estimate, tile = min(tiles, key=lambda entry: entry[0])
    nest = _Nest.of(problem, tile)
    return estimate + nest.packing_cycles(), ScheduleAttr.get(problem.mapping, nest.steps(threads))


@dataclass(frozen=True)
class _Nest:
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
    def of(cls, problem: Problem, tile: RegisterTile) -> _Nest:
        """Choose loop order, packing and the block of the reduction."""
        around = tuple(a for a in problem.parallel if a not in tile.factors and problem.extents[a] > 1)
        order = tuple(sorted(tile.factors, key=lambda axis: _traffic(problem, tile, axis)))
        nest = cls(problem, tile, around, order, None, ())
        packed = tuple((operand, depth) for operand in problem.inputs if (depth := nest.panel_depth(operand)) is not None)
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
            repeats = prod(self.trips(axis) for axis in self.order[:depth] if axis not in operand.axes)
            elements = self.problem.footprint(operand, {}) / operand.bytes
            total += repeats * elements * (COPY_CYCLES if operand.lane_strides[-1] == 1 else GATHER_CYCLES)
        output = self.problem.output
        if any(stride not in (0, 1) for stride in output.lane_strides):
            total += GATHER_CYCLES * self.problem.footprint(output, {}) / output.bytes
        return total

    def steps(self, threads: int) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        problem, host = self.problem, self.problem.target.host_memory
        steps = [self._loop(axis, 1) for axis in self.around]
        for depth in range(len(self.order) + 1):
            if depth:
                axis = self.order[depth - 1]
                steps.append(self._loop(axis, self.tile.factors[axis]))
            if self.cut is not None and depth == min(at for _, at in self.packed):
                steps.append(StepAttr.loop(*self.cut))
            panels = [operand for operand, at in self.packed if at == depth]
            steps += [StepAttr.place(operand.name, host.symbol) for operand in panels if host is not None]
        if host is not None and any(stride not in (0, 1) for stride in problem.output.lane_strides):
            steps.append(StepAttr.place(problem.output.name, host.symbol))
        steps += self._place(problem.output)
        steps += [self._loop(axis, 1) for axis in problem.reductions if problem.extents[axis] > 1]
        steps += self._operands()
        return _parallel(steps, problem, threads)

    def _operands(self) -> list[StepAttr]:
        """The steps inside the reduction: the held inputs, then the streamed one, an instance at a time."""
        streamed = self.tile.streamed
        steps = [step for operand in self.problem.inputs if operand is not streamed for step in self._place(operand)]
        if streamed is not None:
            axes = [axis for axis in self.order if axis in streamed.axes and self.tile.factors[axis] > 1]
            steps += [self._loop(axis, 1, StepKind.UNROLL) for axis in axes]
            steps += self._place(streamed)
        return steps

    def _loop(self, axis: str, tiles: int, kind: StepKind = StepKind.FOR) -> StepAttr:
        return StepAttr.loop(axis, tiles * self.problem.units[axis], kind)

    def _place(self, operand: Operand) -> list[StepAttr]:
        """The placement of an operand where the instruction wants it, if it is not there anyway."""
        if operand.memory is None or (self.problem.is_host(operand.memory) and all(s == 1 for s in operand.lane_strides)):
            return []
        return [StepAttr.place(operand.name, operand.memory)]


def scalar_schedule(problem: Problem, threads: int = 1) -> ScheduleAttr:
    """The schedule of a statement that is evaluated element by element.

    The axis along which most operands are contiguous runs innermost, the output counting twice.
    """
    statement = problem.statement
    names = [axis.name for axis in statement.axes if axis.extent > 1]

    def contiguous(name: str) -> int:
        axis = statement.axis_index(name)
        accesses = (*statement.inputs, statement.output, statement.output)
        return sum(_distance(access.column(axis), access.storage_strides()) == 1 for access in accesses)

    innermost = max(reversed(names), key=contiguous, default=None)
    ordered = [*problem.parallel, *problem.reductions]
    loops = [name for name in ordered if name in names and name != innermost]
    steps = [StepAttr.loop(name, 1) for name in (*loops, *([innermost] if innermost else []))]
    return ScheduleAttr.get(problem.mapping, _parallel(steps, problem, threads))


def _distance(column: Sequence[int], strides: Sequence[int | None]) -> int:
    return sum(c * (s or 1) for c, s in zip(column, strides, strict=True))


def _traffic(problem: Problem, tile: RegisterTile, outer: str) -> float:
    """The bytes of inputs read when an axis of the register tile is the outer loop."""
    trips = -(-problem.extents[outer] // tile.factors[outer])
    return sum(
        problem.footprint(operand, {}) * (1 if outer in operand.axes else trips) for operand in problem.inputs
    )


def _parallel(steps: list[StepAttr], problem: Problem, threads: int) -> list[StepAttr]:
    """Let the outermost loop run in parallel if there are threads, and if it is a loop over results."""
    if threads > 1 and steps and steps[0].is_loop and steps[0].subject.data in problem.parallel:
        first = steps[0]
        return [StepAttr.loop(first.subject.data, first.size.data, StepKind.PARALLEL), *steps[1:]]
    return steps
