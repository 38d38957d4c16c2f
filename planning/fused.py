"""Planning for mappings that make one axis of the instruction of several of a statement."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, StringAttr

from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.plan import MappingAttr
from ..mapping.computation import computation_of
from ..mapping.fuse import Fused, fuse, fused_name, without_carries
from ..mapping.statement import Statement
from ..mapping.transfer import can_copy_within
from .problem import Problem
from .surroundings import ALONE, Surroundings

COPY_CYCLES = 2.0
"""Cycles per element of the copies that fused axes need (im2col)."""


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
    return problem, named, COPY_CYCLES * sum(fused.packed_elements())


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
