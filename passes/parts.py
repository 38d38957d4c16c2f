"""Statements in parts: which may be taken apart, what parts are estimated, and how they are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeGuard

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Attribute, Operation, Region, SSAValue

from ..dialects.isa import InstructionOp
from ..dialects.machines import import_target
from ..dialects.plan import SCHEDULE
from ..mapping.lane_reduction import Lanes
from ..mapping.statement import ASSIGN, Statement
from ..planning.default import MAPPINGS_TRIED, best_way
from .generic import AXES, axis_names, projection_statement
from .map_instructions import Machine, machine_for
from .window import touched


def is_divisible(op: Operation) -> TypeGuard[linalg.ops.GenericOp]:
    """Whether an operation is a statement of a program that is not planned."""
    if not isinstance(op, linalg.ops.GenericOp) or op.results or SCHEDULE in op.attributes:
        return False
    memrefs = all(isinstance(value.type, MemRefType) for value in op.operands)
    return memrefs and not isinstance(op.parent_op(), InstructionOp)


def divisible_statements(
    module: ModuleOp, target: str, ctx: Context
) -> Iterator[tuple[linalg.ops.GenericOp, Machine]]:
    """The statements that may be taken apart, with the machine, which is looked up if there are any."""
    machine: Machine | None = None
    for op in list(module.walk()):
        if is_divisible(op):
            machine = machine or machine_for(import_target(module, target, ctx))
            yield op, machine


def lane_shapes(machine: Machine, element: Attribute) -> list[Lanes]:
    """The lanes of the machine's instructions whose results have that type, narrow ones first."""
    found = {
        Lanes(one.extents[0])
        for one in machine.lanewise.values()
        if len(one.extents) == 1 and one.type == element
    }
    for one in machine.statements.values():
        lanes = _dot_product(one)
        if lanes is not None and one.output.element == element:
            found.add(lanes)
    return sorted(found, key=lambda lanes: (lanes.width, lanes.depth))


def _dot_product(instruction: Statement) -> Lanes | None:
    """The lanes of an instruction that adds up neighbours in each; None if it is no such."""
    if instruction.combine == ASSIGN or len(instruction.axes) != 2:
        return None
    own = [axis.extent for axis in instruction.axes if not axis.reduction]
    summed = [axis.extent for axis in instruction.axes if axis.reduction]
    whole = all(len(access.axes) == 2 for access in instruction.inputs)
    return Lanes(own[0], summed[0]) if len(own) == len(summed) == 1 and whole else None


def estimate(kernel: Statement, machine: Machine, bound: float = inf) -> float:
    """The cycles of a statement; infinite if the machine cannot do it in less than `bound`."""
    if bound <= 0:
        return inf
    mappings = machine.mappings(kernel, len(kernel.inputs), MAPPINGS_TRIED + 1)
    plan = best_way(kernel, mappings, machine.target, bound=bound) if mappings else None
    return plan.cycles if plan is not None else inf


def part(
    op: linalg.ops.GenericOp, kernel: Statement, values: Sequence[SSAValue], body: Region
) -> list[Operation]:
    """A part of `op` as a statement on windows with one dimension per axis, and these before it.

    `kernel` says what it does to `values`.
    """
    ops: list[Operation] = []
    operands: list[SSAValue] = []
    dims: list[tuple[int, ...]] = []
    extents = [axis.extent for axis in kernel.axes]
    for value, access in zip(values, kernel.operands(), strict=True):
        moving = [axis for axis in range(len(extents)) if access.touches(axis)]
        views, window = touched(value, access, extents).select(moving).view()
        ops += views
        operands.append(window)
        dims.append(tuple(moving))
    attributes = {**op.attributes, AXES: axis_names([axis.name for axis in kernel.axes])}
    return [*ops, projection_statement(operands, dims, op, attributes, len(extents), body)]
