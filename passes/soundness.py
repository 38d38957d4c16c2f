"""What a planned statement must satisfy, whoever planned it: plans may be written by hand."""

from __future__ import annotations

import json

from xdsl.dialects import linalg

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp
from ..dialects.machines import target_of
from ..dialects.plan import MappingAttr
from ..mapping.computation import cover_of, together
from ..mapping.cover import find_covers
from ..mapping.expression import reads_coordinates
from ..mapping.lanewise import lanewise_instructions
from ..mapping.match import find_axes, find_mappings
from ..mapping.padding import is_private
from ..mapping.statement import Statement, instruction_statement
from .window import Window, base_of, touched


def check_mapping(
    op: linalg.ops.GenericOp,
    kernel: Statement,
    instruction: InstructionOp | ScalarOp,
    mapping: MappingAttr,
) -> None:
    """Raise a `UserError` unless the mapping is one of those that the mapper finds."""
    name = mapping.instruction
    if kernel.guarded:
        raise UserError("a guarded statement cannot be lowered yet", op)
    if isinstance(instruction, ScalarOp):
        if mapping.groups or mapping.input_indices != tuple(range(len(op.inputs))):
            raise UserError(f"{name} takes every input in its place and has no axes", op)
        return
    if reads_coordinates(kernel.body):
        raise UserError(f"{name} cannot compute a statement that reads its loop variables", op)
    if mapping.cover.data:
        _check_cover(op, kernel, mapping)
        return
    found = find_mappings(kernel, instruction_statement(instruction), instruction.symbol)
    wanted = (mapping.input_indices, tuple(map(frozenset, mapping.groups)))
    legal = [(m.operands, tuple(map(frozenset, m.groups))) for m in found.mappings]
    if wanted in legal:
        return
    axes = json.dumps([list(group) for group in mapping.groups])
    shown = f"inputs = {list(mapping.input_indices)}, axes = {axes}"
    reason = str(found.rejections[0]) if found.rejections else None
    raise UserError(f"{name} does not compute this statement with {shown}", op, reason)


def _check_cover(op: linalg.ops.GenericOp, kernel: Statement, mapping: MappingAttr) -> None:
    """Raise a `UserError` unless the cover and its axes are among those that the mapper finds."""
    target, cover = target_of(op, mapping.instruction), cover_of(mapping)
    known = lanewise_instructions(target)
    if cover not in find_covers(kernel, tuple(known.values())):
        nodes = ", ".join(node.text() for node in mapping.cover)
        raise UserError(f"the mapper finds no cover [{nodes}] of this statement", op)
    whole, name = together(kernel, cover, known).statement, cover.nodes[-1].instruction
    legal = find_axes(kernel, whole, name, cover.operands)
    if mapping.groups not in [found.groups for found in legal]:
        groups = [list(group) for group in mapping.groups]
        raise UserError(f"{mapping.instruction} does not compute this statement on {groups}", op)


def check_overlap(op: linalg.ops.GenericOp, kernel: Statement) -> None:
    """Raise a `UserError` if the statement reads what another of its iterations writes.

    An input may be in the output's buffer where every iteration reads the very element that it
    alone writes, or where the two are apart.
    """
    output = op.outputs[0]
    for value, access in zip(op.inputs, kernel.inputs, strict=False):
        if base_of(value) is not base_of(output):
            continue
        extents = [axis.extent for axis in kernel.axes]
        read, written = touched(value, access, extents), touched(output, kernel.output, extents)
        if read.base is written.base and _are_apart(read, written):
            continue
        if read == written and _writes_once(kernel):
            continue
        raise UserError(
            f"the statement reads {access.name} while it writes {kernel.output.name}, which is the "
            f"same memory",
            op,
            "let it write another buffer",
        )


def _writes_once(kernel: Statement) -> bool:
    """Whether every iteration writes an element of its own."""
    axes = enumerate(kernel.axes)
    return all(axis.extent == 1 or is_private(kernel.output, i) for i, axis in axes)


def _are_apart(one: Window, other: Window) -> bool:
    """Whether two windows of one buffer have no element in common."""
    for mine, theirs in zip(one.index, other.index, strict=True):
        (low, high), (first, last) = mine.bounds(one.shape), theirs.bounds(other.shape)
        if high < first or last < low:
            return True
    return False
