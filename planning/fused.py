"""Planning for mappings that make one axis of the instruction of several of a statement."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import ArrayAttr, StringAttr

from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.plan import MappingAttr
from ..dialects.shapes import element_bytes
from ..mapping.access import Access
from ..mapping.computation import computation_of
from ..mapping.fuse import Fused, FusedOperand, fuse, fused_name, without_carries
from ..mapping.statement import Statement
from ..mapping.transfer import can_copy_within
from .packing import COPY_CYCLES, GATHER_CYCLES
from .problem import LINE, Problem
from .surroundings import ALONE, Surroundings


def fused_problem(
    statement: Statement,
    mapping: MappingAttr,
    instruction: InstructionOp,
    target: TargetOp,
    around: Surroundings = ALONE,
) -> tuple[Problem, MappingAttr, float] | None:
    """The problem with one axis per group, the mapping for the schedule, and what copies cost.

    None if the machine cannot make the copies.

    Groups whose inner axes fill whole instructions lose their outer axes, which become loops. The
    cost is in cycles over the whole statement. Copies leave nothing absent.
    """
    extents = statement.extents
    found = computation_of(target, mapping, statement)
    lanes = [axis.extent for axis in found.statement.axes] if found is not None else []
    groups = without_carries(mapping.groups, extents, lanes)
    named = with_groups(mapping, groups)
    if all(len(group) <= 1 for group in groups):
        return Problem(statement, named, instruction, target, around), named, 0.0
    contiguous = [access.strides is None for access in statement.operands()]
    fused = fuse(statement, groups, contiguous)
    if not _can_copy(fused, target):
        return None
    single = [[fused_name(group)] if group else [] for group in groups]
    # Guards are in terms of the axes before.
    around = Surroundings(around.repeats)
    problem = Problem(fused.statement, with_groups(mapping, single), instruction, target, around)
    copies = zip(statement.operands(), fused.operands, strict=True)
    return problem, named, sum(_copy_cycles(statement, *copy) for copy in copies)


def _copy_cycles(statement: Statement, before: Access, fused: FusedOperand) -> float:
    """What it costs to copy an operand, if it needs that: by rows if they are cache lines."""
    if fused.packed is None:
        return 0.0
    size, run = element_bytes(before.element), 1
    for axis in reversed(fused.packed):
        if before.storage_stride(axis) != run:
            break
        run *= statement.axes[axis].extent
    per_element = COPY_CYCLES * size if run * size >= LINE else GATHER_CYCLES
    return prod(fused.access.shape) * per_element


def _can_copy(fused: Fused, target: TargetOp) -> bool:
    """Whether the machine can copy the operands that need it; without rows, it can copy anything."""
    host = target.host_memory
    if host is None or not target.has_rows:
        return True
    return all(
        can_copy_within(target, host.symbol, operand.access.element)
        for operand in fused.operands
        if operand.packed is not None
    )


def with_groups(mapping: MappingAttr, groups: Sequence[Sequence[str]]) -> MappingAttr:
    """The mapping with other axes, in the same number of groups."""
    axes = ArrayAttr([ArrayAttr([StringAttr(axis) for axis in group]) for group in groups])
    names = mapping.get_irdl_definition().parameters
    values = [axes if name == "axes" else getattr(mapping, name) for name, _ in names]
    return type(mapping).new(values)
