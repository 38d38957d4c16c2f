"""Lanewise instructions: those whose every operand has one element per lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from .expression import Apply, Constant, Expr, Operand, reads_coordinates
from .neutral import neutral, right_neutral
from .normalize import normal_body
from .parameters import settings, substituted
from .statement import ASSIGN, Access, Statement, instruction_statement

Settings: TypeAlias = tuple[tuple[str, Constant], ...]
"""The values of parameters by name."""


@dataclass(frozen=True, eq=False)
class Lanewise:
    """A lanewise instruction of a machine; each is one object, so that telling them apart costs nothing.

    Attributes:
        name: Its symbol.
        extents: The extents of its lanes.
        pattern: What it computes of its operands `0`, `1`, ...: its inputs and, if it accumulates,
            the old value of its output as the last; and of its parameters.
        types, memories: Per operand of the pattern.
        accesses: Per operand of the pattern, which element each lane has; last those of the result.
        type, output_memory: Of the result.
        accumulator: Which operand is the old value of its output; None if it has none.
        cost: The cycles between two issues, over all instances of its unit.
        unit: The unit that runs it.
        latency: The cycles until its result can be used.
        dims: Per operand of the instruction, which of its dimensions are along lanes; the others
            have one element.
    """

    name: str
    extents: tuple[int, ...]
    pattern: Expr
    types: tuple[Attribute, ...]
    memories: tuple[str, ...]
    accesses: tuple[Access, ...]
    type: Attribute
    output_memory: str
    accumulator: int | None
    cost: float
    unit: str
    latency: int
    dims: tuple[tuple[bool, ...], ...]

    @property
    def is_sized(self) -> bool:
        """Whether it also does fewer lanes."""
        return bool(self.accesses[-1].bounded)

    def has_all_lanes(self, place: int) -> bool:
        """Whether an operand of the pattern has an element for each lane."""
        return len(self.accesses[place].matrix) == len(self.extents)

    def variants(self) -> tuple[tuple[Settings, Expr], ...]:
        """The settings of its flags, and what it computes then."""
        return _variants(self.pattern)


@lru_cache(maxsize=1024)
def _variants(pattern: Expr) -> tuple[tuple[Settings, Expr], ...]:
    """The settings of a pattern's flags, and the pattern in each of them."""
    return tuple(
        (tuple(flags.items()), normal_body(substituted(pattern, flags), exact=True))
        for flags in settings(pattern)
    )


@dataclass(frozen=True)
class Form:
    """An instruction with its flags set: `pattern` is what it computes then."""

    instruction: Lanewise
    flags: Settings
    pattern: Expr


LEAF = ""
"""Stands for the top of an expression that is no operator."""

Tops: TypeAlias = Mapping[tuple[str, Attribute | None, str], Sequence[Form]]
"""Forms by memory and type of the result, and the operator at the top of what they may compute."""


def by_top(instructions: tuple[Lanewise, ...]) -> Tops:
    """The forms of instructions by what expressions they may compute the top of."""
    found: dict[tuple[str, Attribute | None, str], list[Form]] = {}
    for one in instructions:
        for flags, pattern in one.variants():
            for top in _tops(pattern):
                found.setdefault((one.output_memory, one.type, top), []).append(
                    Form(one, flags, pattern)
                )
    return found


def _tops(pattern: Expr) -> set[str]:
    """The operators at the top of the expressions that a pattern may match.

    They are its own, those that it may be spelled as, and, where an argument may be fed a neutral
    element, those of the other arguments.
    """
    if not isinstance(pattern, Apply):
        return {LEAF}
    tops = {pattern.op, *_SPELLINGS.get(pattern.op, ())}
    if neutral(pattern.op, pattern.type) is not None:
        tops |= {top for arg in pattern.args for top in _tops(arg)}
    elif right_neutral(pattern.op, pattern.type) is not None:
        tops |= _tops(pattern.args[0])
    return tops


_SPELLINGS = {"arith.addf": ("math.fma",), "arith.shli": ("arith.muli",)}
"""What an operator also matches: see `unify`."""


@lru_cache(maxsize=16)
def lanewise_instructions(target: TargetOp) -> dict[str, Lanewise]:
    """The lanewise instructions of a machine by name, outside of its host memory."""
    host, units = target.host_memory, target.units
    name = host.symbol if host is not None else ""
    found: dict[str, Lanewise] = {}
    for op in target.instructions.values():
        one = _lanewise(op, name, op.interval / units[op.unit_name].count)
        if one is not None:
            found[one.name] = one
    return found


def _lanewise(op: InstructionOp, host: str, cost: float) -> Lanewise | None:
    """An instruction as a lanewise one, or None if it is not; `host` names the host memory.

    Its result may be in host memory if it comes from a memory of rows.
    """
    if op.is_move or op.is_guarded:
        return None
    whole = instruction_statement(op)
    statement = _on_lanes(whole)
    if statement.overwrites or not all(_is_lanewise(a, statement) for a in statement.operands()):
        return None
    read = [op.operand_memories[i] for i in op.input_indices]
    output = op.operand_memories[op.output_index]
    if host in read or (output == host and not _is_of_rows(op, read)):
        return None
    pattern, accesses = statement.body, list(statement.inputs)
    accumulates = len(accesses) > len(op.input_indices)
    if statement.combine != ASSIGN:
        old = Operand(len(accesses))
        pattern = Apply(statement.combine, (old, pattern), statement.output.element)
        accesses.append(statement.output)
        accumulates = True
    if reads_coordinates(pattern):
        return None
    return Lanewise(
        op.symbol,
        tuple(axis.extent for axis in statement.axes),
        normal_body(pattern, exact=True),
        tuple(access.element for access in accesses),
        tuple([*read, output] if accumulates else read),
        (*accesses, statement.output),
        statement.output.element,
        output,
        len(accesses) - 1 if accumulates else None,
        cost,
        op.unit_name,
        op.latency,
        _dims(op, whole),
    )


def _is_of_rows(op: InstructionOp, memories: Sequence[str]) -> bool:
    """Whether some memory of an instruction's machine has rows."""
    target = op.parent_op()
    return isinstance(target, TargetOp) and any(target.memories[m].row > 1 for m in memories)


def _lane_axes(statement: Statement) -> list[int]:
    """The axes of an instruction along lanes.

    Those of one element are none, and neither are those of which it may do one, if it does all of
    some other.
    """
    sized = statement.sized_axes
    fixed = [i for i, axis in enumerate(statement.axes) if i not in sized and axis.extent > 1]
    return fixed or list(range(len(statement.axes)))


def _on_lanes(statement: Statement) -> Statement:
    """An instruction's statement on its lanes alone."""
    axes = _lane_axes(statement)
    if len(axes) == len(statement.axes):
        return statement
    inputs = tuple(_narrowed(access, axes) for access in statement.inputs)
    output = _narrowed(statement.output, axes)
    kept = tuple(statement.axes[axis] for axis in axes)
    return replace(statement, axes=kept, inputs=inputs, output=output)


def _narrowed(access: Access, axes: Sequence[int]) -> Access:
    """An operand with one element along all but these axes."""
    dims = [dim for dim, row in enumerate(access.matrix) if any(row[axis] for axis in axes)]
    narrow = replace(
        access,
        matrix=tuple(access.matrix[dim] for dim in dims),
        offset=tuple(access.offset[dim] for dim in dims),
        shape=tuple(access.shape[dim] for dim in dims),
        strides=None,
        bounded=tuple(place for place, dim in enumerate(dims) if dim in access.bounded),
    ).select(axes)
    strides = tuple(access.storage_strides()[dim] for dim in dims)
    return narrow if strides == narrow.storage_strides() else replace(narrow, strides=strides)


def _dims(op: InstructionOp, statement: Statement) -> tuple[tuple[bool, ...], ...]:
    """Per operand of an instruction, which of its dimensions are along lanes."""
    axes, found = _lane_axes(statement), dict[int, tuple[bool, ...]]()
    places = (*op.input_indices, op.output_index)
    used = (*statement.inputs[: len(op.input_indices)], statement.output)
    for place, access in zip(places, used, strict=True):
        found[place] = tuple(any(row[axis] for axis in axes) for row in access.matrix)
    return tuple(found[place] for place in range(len(op.operand_names)))


def _is_lanewise(access: Access, statement: Statement) -> bool:
    """Whether an operand is a box of lanes in the order of the axes.

    It is contiguous, or the instruction also does fewer lanes, and the elements of some are shared.
    """
    if access.bounded:
        return _is_sized(access)
    axes = range(len(statement.axes))
    identity = tuple(tuple(int(i == j) for j in axes) for i in axes)
    extents = tuple(axis.extent for axis in statement.axes)
    whole = access.matrix == identity and not any(access.offset) and access.shape == extents
    return whole and access.strides is None


def _is_sized(access: Access) -> bool:
    """Whether an operand has as many elements as there are lanes along some axes, in their order."""
    order = access.own_axes
    if order is None:
        return False
    return list(order) == sorted(order) and len(access.bounded) == len(order)
