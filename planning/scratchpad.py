"""Plans for machines whose instructions work on blocks in scratchpads, beside engines that move.

The statement is cut into boxes that fit, twice where the next is brought in while one is worked on.
The engines run beside each other, so that the one with the most to do decides, after the first box
has come in and before the last has gone out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from math import prod
from typing import TypeAlias

from ..dialects.isa import InstructionOp
from ..dialects.plan import OUTPUT, ScheduleAttr, StepAttr
from ..mapping.computation import computation_of
from .problem import Problem
from .scratchpad_operand import RowOperand, row_operand

PARTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Into how many parts an axis may be cut."""

BESIDE = 0.02
"""The share of what runs beside the busiest engine that is not hidden: engines wait for each other."""

GRAIN = 64
"""The cycles of the least part of a box that is moved at once."""

TWICE = 2
"""How many buffers there are of what changes unless a plan says so: `double-buffer` does the same."""

ROOM = 0.9
"""The share of a memory that a plan may take: an epilogue may need some."""

CANDIDATES = 256
"""How many sizes of boxes are weighed at most before the search goes on around the best."""


@dataclass(frozen=True)
class ScratchpadPlan:
    """A way to cut a statement into boxes.

    Attributes:
        space: What is planned.
        sizes: Per axis, the elements of a box.
        order: The parallel axes in the order of their loops.
        buffers: How many there are of each box that changes.
    """

    space: ScratchpadSpace
    sizes: Mapping[str, int]
    order: tuple[str, ...]
    buffers: int = TWICE

    @cached_property
    def loops(self) -> list[str]:
        """The axes of the loops around a box, those of the results first."""
        space = self.space
        axes = (*self.order, *space.problem.reductions)
        return [axis for axis in axes if self.sizes[axis] < space.extents[axis]]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Per axis, how many boxes lie along it."""
        return {axis: -(-n // self.sizes[axis]) for axis, n in self.space.extents.items()}

    def depth(self, operand: RowOperand) -> int:
        """How many of the loops are around the placement of an operand."""
        inside = [i for i, axis in enumerate(self.loops) if axis in operand.axes]
        last = max(inside, default=-1) + 1
        if operand.name == OUTPUT:
            return max(last, sum(axis in self.order for axis in self.loops))
        return last

    def times(self, operand: RowOperand) -> int:
        """How often an operand is placed."""
        return prod(self.counts[axis] for axis in self.loops[: self.depth(operand)])

    def fits(self) -> bool:
        """Whether all that is needed at once has room, what changes once for every buffer."""
        used: dict[str, int] = {}
        for operand in self.space.operands:
            copies = self.buffers if self.times(operand) > 1 else 1
            rows = copies * operand.rows(self.held)
            if operand.name == OUTPUT:
                rows += self.space.temporaries * operand.rows({**self.sizes, **self.lanes})
            name = operand.memory.symbol
            used[name] = used.get(name, 0) + rows * operand.memory.row
        memories = self.space.problem.target.memories
        return all(size <= ROOM * (memories[name].bytes or size) for name, size in used.items())

    @cached_property
    def held(self) -> Mapping[str, int]:
        """Per axis, the elements of a box in whole steps of the instruction: so much has a place."""
        trips, lanes = self.trips, self.lanes
        return {axis: trips[axis] * lanes.get(axis, 1) for axis in self.sizes}

    @cached_property
    def units(self) -> tuple[int, ...]:
        """Per axis of the instruction, how much of it is done at a time."""
        most, groups = self.space.most, self.space.problem.mapping.groups
        units: list[int] = []
        for bound, group in zip(most, groups, strict=True):
            size = self.sizes[group[0]] if group else 1
            units.append(-(-size // -(-size // bound)) if self.space.is_sized else bound)
        return tuple(units)

    def cycles(self) -> float:
        """The estimate for the whole statement."""
        work, boxes = self._work(), prod(self.counts[axis] for axis in self.loops)
        busy = self.busy().values()
        first = last = 0.0
        for operand in self.space.operands:
            once = operand.rows(self.sizes) * operand.row_cycles
            part = max(once / self.slices(operand), min(once, GRAIN))
            if operand.name != OUTPUT:
                first += part + operand.start
            else:  # results of the last box go out beside the work that is left in it
                last += max(part, once - work / boxes) + operand.start
        most = max(busy)
        return most + BESIDE * (sum(busy) - most) + first + last

    def busy(self) -> dict[str, float]:
        """How long each unit is busy, by name; `memory`: of arguments; `trip`: boxes that wait for each other."""
        space = self.space
        work, boxes = self._work(), prod(self.counts[axis] for axis in self.loops)
        busy = {space.instruction.unit_name: work}
        trip = 0.0
        for operand in space.operands:
            once = operand.rows(self.sizes) * operand.row_cycles
            times = self.times(operand)
            busy[operand.unit] = busy.get(operand.unit, 0.0) + once * times / operand.engines
            trip += once + operand.start if times == boxes else 0.0
        # As many boxes are on their way at any time as there are buffers.
        busy["trip"] = (work + trip * boxes) / self.buffers if boxes > 1 else 0.0
        if space.bandwidth:
            busy["memory"] = self.moved_bytes() / space.bandwidth
        return busy

    def moved_bytes(self) -> float:
        """The bytes that go to and come from the memory of arguments."""
        return sum(
            operand.elements(self.sizes) * operand.bytes * self.times(operand)
            for operand in self.space.operands
        )

    def _work(self) -> float:
        """The cycles that the instruction's unit is busy."""
        calls = 1
        for axis, extent in self.space.extents.items():
            full, rest = divmod(extent, self.sizes[axis])
            calls *= full * self.trips[axis] + -(-rest // self.lanes.get(axis, 1))
        return calls * self.space.interval(self.units)

    @property
    def problem(self) -> Problem:
        """What is planned for."""
        return self.space.problem

    @property
    def extents(self) -> tuple[int, ...]:
        """How much of each of the instruction's axes is done at a time; none if that is not open."""
        return self.units if self.space.is_sized else ()

    def schedule(self) -> ScheduleAttr:
        """The schedule that carries it out."""
        mapping = self.space.problem.mapping.with_extents(self.extents)
        return ScheduleAttr.get(mapping, self.steps())

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        steps: list[StepAttr] = []
        waiting = sorted(self.space.operands, key=lambda operand: operand.name != OUTPUT)
        for depth in range(len(self.loops) + 1):
            if depth:
                axis = self.loops[depth - 1]
                steps.append(StepAttr.loop(axis, self.sizes[axis]))
            for operand in [o for o in waiting if self.depth(o) == depth]:
                says = self.times(operand) > 1 and self.buffers != TWICE
                memory, buffers = operand.memory.symbol, self.buffers if says else 0
                steps.append(StepAttr.place(operand.name, memory, buffers))
                waiting.remove(operand)
        return steps + self._inner()

    @cached_property
    def lanes(self) -> Mapping[str, int]:
        """Per axis along the instruction's, how much of it is done at a time."""
        groups = zip(self.space.problem.mapping.groups, self.units, strict=True)
        return {group[0]: unit for group, unit in groups if group}

    @cached_property
    def trips(self) -> Mapping[str, int]:
        """Per axis, how many steps of the instruction there are in a box."""
        return {axis: -(-size // self.lanes.get(axis, 1)) for axis, size in self.sizes.items()}

    def slices(self, operand: RowOperand) -> int:
        """Into how many parts, of which each gives results by itself, the box of an operand falls."""
        return prod(self.trips[a] for a in self.space.problem.parallel if a in operand.axes)

    def _inner(self) -> list[StepAttr]:
        """The loops within a box: those of results outermost, so that some are ready early.

        Of these the longest are innermost, which the hardware may run.
        """
        lanes, trips = self.lanes, self.trips
        order = (*self.space.problem.parallel, *self.space.problem.reductions)
        reduced = self.space.problem.reductions
        inner = sorted(
            (axis for axis in order if trips[axis] > 1),
            key=lambda axis: (axis in reduced, trips[axis]),
        )
        return [StepAttr.loop(axis, lanes.get(axis, 1)) for axis in inner]


@dataclass(frozen=True)
class ScratchpadSpace:
    """All ways to cut one statement for one mapping.

    Attributes:
        problem: The statement and the instruction.
        operands: The operands that are placed.
    """

    problem: Problem
    operands: tuple[RowOperand, ...]

    @classmethod
    def of(cls, problem: Problem) -> ScratchpadSpace | None:
        """The space, or None if some operand cannot be brought where the instruction wants it.

        Nor are lanes filled up with zeros: an instruction that always does so much must find it.
        """
        if not fills_lanes(problem):
            return None
        found: list[RowOperand] = []
        for operand in (*problem.inputs, problem.output):
            if operand.in_place:
                continue
            row = row_operand(problem, operand)
            if row is None or not begins_with_rows(problem, row):
                return None
            found.append(row)
        return cls(problem, tuple(found))

    @property
    def instruction(self) -> InstructionOp:
        """The instruction."""
        assert isinstance(self.problem.instruction, InstructionOp)
        return self.problem.instruction

    @cached_property
    def extents(self) -> Mapping[str, int]:
        """Per axis of the statement, its elements."""
        return self.problem.statement.extents

    @cached_property
    def most(self) -> tuple[int, ...]:
        """Per group of the mapping, how much of it the instruction does at most."""
        needle = self.problem.needle
        assert needle is not None
        return tuple(axis.extent for axis in needle.axes)

    @cached_property
    def is_sized(self) -> bool:
        """Whether the instruction also does less of its axes."""
        return bool(self.problem.mapping.extents)

    def interval(self, units: tuple[int, ...]) -> float:
        """The cycles between two issues of the instruction that do so much."""
        found = self._intervals.get(units)
        if found is None:
            problem = self.problem
            mapping = problem.mapping.with_extents(units if self.is_sized else ())
            done = computation_of(problem.target, mapping, problem.statement)
            assert done is not None
            found = self._intervals[units] = done.interval
        return found

    @cached_property
    def _intervals(self) -> dict[tuple[int, ...], float]:
        """The intervals that are known: many plans ask."""
        return {}

    @cached_property
    def temporaries(self) -> int:
        """How many blocks there are for intermediate values."""
        found = self.problem.computation
        return found.temporaries if found is not None else 0

    @cached_property
    def bandwidth(self) -> int:
        """The bytes per cycle of the memory of arguments, 0 if that is no limit."""
        host = self.problem.host
        return (host.bandwidth or 0) if host is not None else 0

    @cached_property
    def choices(self) -> Mapping[str, list[int]]:
        """Per axis, the sizes that a box may have along it, greatest first."""
        return {axis: self._sizes(axis) for axis in self.extents}

    def plans(self) -> Iterator[ScratchpadPlan]:
        """Ways to cut, spread over all that there are, as far as there is room."""
        axes, choices = list(self.extents), list(self.choices.values())
        while prod(map(len, choices)) > CANDIDATES:
            longest = max(range(len(axes)), key=lambda i: len(choices[i]))
            choices[longest] = _thinned(choices[longest])
        for sizes in product(*choices):
            yield from self.orders(dict(zip(axes, sizes, strict=True)))

    def orders(self, sizes: Mapping[str, int], buffers: int = TWICE) -> Iterator[ScratchpadPlan]:
        """The plans with boxes of these sizes and so many buffers, as far as there is room."""
        loops = [axis for axis in self.problem.parallel if sizes[axis] < self.extents[axis]]
        rest = tuple(axis for axis in self.problem.parallel if axis not in loops)
        for order in permutations(loops):
            plan = ScratchpadPlan(self, sizes, (*order, *rest), buffers)
            if plan.fits():
                yield plan

    def best(self, bound: float) -> tuple[float, ScratchpadPlan] | None:
        """The plan with the least estimate below a bound; of equals the first.

        From the best of those spread over the space, steps to neighbours lead on while they help.
        """
        best = _least(self.plans(), (bound, None))
        while best[1] is not None:
            better = _least(self._around(best[1]), best)
            if better is best:
                return best[0], best[1]
            best = better
        return None

    def _around(self, plan: ScratchpadPlan) -> Iterator[ScratchpadPlan]:
        """The plans whose boxes are one size larger or smaller along one axis."""
        for axis, sizes in self.choices.items():
            at = sizes.index(plan.sizes[axis])
            for size in (*sizes[max(0, at - 1) : at], *sizes[at + 1 : at + 2]):
                yield from self.orders({**plan.sizes, axis: size})

    def _sizes(self, axis: str) -> list[int]:
        """The sizes of boxes along an axis, greatest first."""
        extent = self.extents[axis]
        grain, most = 1, 1
        for bound, group in zip(self.most, self.problem.mapping.groups, strict=True):
            if group == (axis,):
                most = bound
                grain = min(bound, extent) if self._is_within_rows(axis) else 1
        parts = [-(-extent // count) for count in PARTS if count <= extent]
        rounded = [-(-part // grain) * grain for part in parts]
        # A box that is not all there is has whole steps, as equal as can be.
        steps = [-(-size // most) for size in rounded]
        sizes = [-(-size // count) * count for size, count in zip(rounded, steps, strict=True)]
        return sorted({min(extent, size) for size in sizes}, reverse=True)

    def _is_within_rows(self, axis: str) -> bool:
        """Whether some operand has elements along the axis in one row."""
        return any(axis in operand.lanes for operand in self.operands)


def fills_lanes(problem: Problem) -> bool:
    """Whether there is as much along every axis of the instruction of which it does not do less."""
    needle = problem.needle
    if needle is None:
        return False
    extents = problem.statement.extents
    return all(
        axis.extent == 1 if not group else extents[group[-1]] % axis.extent == 0
        for lane, (axis, group) in enumerate(zip(needle.axes, problem.mapping.groups, strict=True))
        if lane not in needle.sized_axes
    )


def begins_with_rows(problem: Problem, operand: RowOperand) -> bool:
    """Whether no element that is there comes after absent ones in a row: moves begin with rows."""
    return not any(
        guard.offset < 0 and any(guard.factors.get(axis) for axis in operand.lanes)
        for guard in problem.around.guards
    )


_Found: TypeAlias = tuple[float, ScratchpadPlan | None]
"""A plan with its estimate in cycles."""


def _least(plans: Iterable[ScratchpadPlan], best: _Found) -> _Found:
    """The plan with the least estimate, if it is below that of the best so far."""
    for plan in plans:
        cycles = plan.cycles()
        if cycles < best[0]:
            best = cycles, plan
    return best


def _thinned(sizes: Sequence[int]) -> list[int]:
    """Every other size; the greatest and the smallest stay."""
    return [*sizes[:-1:2], sizes[-1]] if len(sizes) > 2 else list(sizes[:1])
