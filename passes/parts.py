"""Statements in parts: which may be taken apart, what parts are estimated, and how they are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import TypeGuard

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Attribute, Operation, Region, SSAValue

from ..dialects.isa import InstructionOp
from ..dialects.machines import import_target
from ..dialects.plan import SCHEDULE
from ..mapping.access import Access
from ..mapping.lane_reduction import Lanes
from ..mapping.statement import ASSIGN, Statement
from ..planning.default import MAPPINGS_TRIED, best_way
from .generic import AXES, axis_names, projection_statement
from .map_instructions import Machine, machine_for
from .window import is_radix, touched


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
    kernel = _on_windows(kernel)
    # Without a bound more mappings are tried, and plans for memories of rows are looked for from those below it.
    known = _estimate(kernel, machine, bound if machine.target.has_rows else bound < inf)
    if known.cycles == inf and known.least < bound:
        mappings = machine.mappings(kernel, len(kernel.inputs), MAPPINGS_TRIED + 1)
        plan = best_way(kernel, mappings, machine.target, bound=bound) if mappings else None
        known.least, known.cycles = (bound, inf) if plan is None else (plan.cycles, plan.cycles)
    return known.cycles if known.cycles < bound else inf


@dataclass
class _Estimate:
    """What is known of a statement: the cycles once a plan is found, and what no plan falls short of."""

    cycles: float = inf
    least: float = 0.0


@lru_cache(maxsize=1024)
def _estimate(kernel: Statement, machine: Machine, looked_below: float) -> _Estimate:
    """What was found of a statement: that of a part is asked for before and after it is taken apart."""
    return _Estimate()


def _on_windows(kernel: Statement) -> Statement:
    """The statement with operands without names that are no more than what it touches of them, as `part` makes it."""
    if kernel.guarded:
        return kernel
    extents = [axis.extent for axis in kernel.axes]
    inputs = tuple(_window(access, extents) for access in kernel.inputs)
    return replace(kernel, inputs=inputs, output=_window(kernel.output, extents))


def _window(access: Access, extents: Sequence[int]) -> Access:
    """What a statement touches of an operand, with one dimension per axis; all of it where its windows overlap."""
    if not all(is_radix(row, extents) for row in access.matrix):
        return replace(access, name="")
    moving = [axis for axis in range(len(extents)) if access.touches(axis)]
    return replace(
        access,
        name="",
        matrix=tuple(tuple(int(other == axis) for other in range(len(extents))) for axis in moving),
        offset=(0,) * len(moving),
        shape=tuple(extents[axis] for axis in moving),
        strides=tuple(access.storage_stride(axis) for axis in moving),
    )


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
