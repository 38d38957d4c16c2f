"""Epilogues: the schedule of a statement that takes each finished tile of another in registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from ..dialects.isa import InstructionOp, MemoryKind, ScalarOp, TargetOp
from ..dialects.plan import OUTPUT, MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.computation import computation_of
from ..mapping.statement import ASSIGN, Access, Statement
from .problem import Operand, Problem

Lanes: TypeAlias = Mapping[str, tuple[int, int | None]]
"""Per axis along an instruction's lanes, how many there are, and their distance in its memory."""


@dataclass(frozen=True)
class Led:
    """What an epilogue follows: a statement with its schedule."""

    statement: Statement
    schedule: ScheduleAttr

    def lanes(self, target: TargetOp) -> Lanes | None:
        """The axes of its results along the instruction's lanes.

        None for `isa.scalar`, and where several axes in one group are not told apart any more.
        """
        found = computation_of(target, self.schedule.mapping, self.statement)
        groups = self.schedule.mapping.groups
        if found is None or any(len(group) > 1 for group in groups):
            return None
        output, axes = found.statement.output, found.statement.axes
        kept = [groups[d] for d in range(len(groups)) if output.touches(d) and axes[d].extent > 1]
        return _lanes(found.statement, output, groups) if all(kept) else None

    def register_tile(self, target: TargetOp, reduced: Set[str]) -> dict[str, int] | None:
        """The elements per axis of the tile that is finished in registers or rows; None if it never is.

        `reduced` are the axes that the epilogue reduces: a tile must have all of these.
        """
        sizes = self.statement.extents
        reductions = {axis.name for axis in self.statement.axes if axis.reduction}
        for step in self.schedule.steps:
            if step.is_loop and step.subject.data not in sizes:
                return None  # a loop over several axes at once
            if step.is_loop and step.subject.data in reductions:
                return None
            if step.is_loop:
                axis, size = step.subject.data, min(step.size.data, sizes[step.subject.data])
                if axis in reduced and size < sizes[axis]:
                    return None
                sizes[axis] = size
            elif step.subject.data == OUTPUT:
                memory = target.memories.get(step.memory.data)
                if memory is not None and (memory.kind == MemoryKind.REGISTER or memory.row > 1):
                    return {name: size for name, size in sizes.items() if name not in reductions}
        return None


def _lanes(statement: Statement, access: Access, groups: Sequence[Sequence[str]]) -> Lanes:
    """How an operand of an instruction lies in its memory, in the names of a kernel's axes."""
    axes = enumerate(zip(statement.axes, groups, strict=True))
    return {
        "".join(group): (axis.extent, access.storage_stride(d))
        for d, (axis, group) in axes
        if access.touches(d) and axis.extent > 1
    }


def epilogue_schedule(
    statement: Statement,
    reads: Sequence[int],
    mappings: Sequence[MappingAttr],
    led: Led,
    target: TargetOp,
) -> ScheduleAttr | None:
    """The schedule of an epilogue on the register tile that it follows; None if it cannot follow.

    Args:
        statement: The epilogue.
        reads: Which of its inputs are the results of the statement before it.
        mappings: Its candidate mappings, best first; one on the same lanes is chosen.
        led: The statement before it.
        target: The machine.
    """
    reduced = {axis.name for axis in statement.axes if axis.reduction}
    lanes = led.lanes(target)
    tile = led.register_tile(target, reduced) if lanes is not None else None
    if lanes is None or tile is None:
        return None
    for candidate in mappings:
        mapping = _on_lanes(candidate, lanes, target)
        found = computation_of(target, mapping, statement)
        op = target.lookup(mapping.instruction.nested_references.data[-1].data)
        if found is None or not isinstance(op, InstructionOp | ScalarOp):
            continue
        bound = zip(found.statement.inputs, mapping.input_indices, strict=True)
        taken = [access for access, index in bound if index in reads]
        same = all(_suits(_lanes(found.statement, own, mapping.groups), lanes) for own in taken)
        problem = Problem(statement, mapping, op, target)
        clears = found.statement.accumulates and statement.combine == ASSIGN
        if same and not clears and _takes(problem, reads, led, target):
            return ScheduleAttr.get(mapping, _steps(problem, reads, tile))
    return None


def _suits(own: Lanes, lanes: Lanes) -> bool:
    """Whether an instruction takes elements that lie on these lanes."""
    return own.keys() == lanes.keys() and all(
        extent == lanes[axis][0] and stride in (None, lanes[axis][1])
        for axis, (extent, stride) in own.items()
    )


def _on_lanes(mapping: MappingAttr, lanes: Lanes, target: TargetOp) -> MappingAttr:
    """The mapping that does as much of its axes as there are lanes, if it leaves that open."""
    op = target.lookup(mapping.instruction.nested_references.data[-1].data)
    if not mapping.extents or not isinstance(op, InstructionOp):
        return mapping
    sizes = [_extent(group, lanes) for group in mapping.groups]
    own = zip(sizes, op.axes, op.extents, strict=True)
    fits = all(
        0 < size <= op.most[axis] if axis in op.most else size == extent
        for size, axis, extent in own
    )
    return mapping.with_extents(sizes) if fits else mapping


def _extent(group: Sequence[str], lanes: Lanes) -> int:
    """How many lanes there are along an axis of an instruction; 0 if that is not told."""
    if len(group) > 1:
        return 0
    return lanes[group[0]][0] if group and group[0] in lanes else 1


def _takes(problem: Problem, reads: Sequence[int], led: Led, target: TargetOp) -> bool:
    """Whether the results are where the epilogue wants them, and all else in order."""
    before = computation_of(target, led.schedule.mapping, led.statement)
    assert before is not None
    bound = zip(problem.inputs, problem.mapping.input_indices, strict=True)
    taken = [operand for operand, index in bound if index in reads]
    rest = [*(operand for operand in problem.inputs if operand not in taken), problem.output]
    in_order = problem.is_in_rows or all(map(problem.is_reachable, rest))
    return in_order and all(operand.memory == before.output_memory for operand in taken)


def _steps(problem: Problem, reads: Sequence[int], tile: Mapping[str, int]) -> list[StepAttr]:
    """The steps on a register tile, written out; what repeats is placed as rarely as possible."""
    bound = zip(problem.inputs, problem.mapping.input_indices, strict=True)
    waiting = [operand for operand, index in bound if index not in reads]
    axes = [axis for axis in tile if tile[axis] > problem.units[axis]]
    partial = [operand for operand in waiting if not operand.axes >= set(axes)]
    axes.sort(key=lambda axis: -sum(axis in operand.axes for operand in partial))
    kind = StepKind.FOR if problem.is_in_rows else StepKind.UNROLL
    steps: list[StepAttr] = []
    for depth in range(len(axes) + 1):
        if depth:
            steps.append(problem.loop(axes[depth - 1], 1, kind))
        ready = [o for o in waiting if not o.axes & set(axes[depth:])]
        waiting = [operand for operand in waiting if operand not in ready]
        steps += _place(problem, ready)
    return [*steps, *problem.place(problem.output)]


def _place(problem: Problem, operands: Sequence[Operand]) -> list[StepAttr]:
    return [step for operand in operands for step in problem.place(operand)]
