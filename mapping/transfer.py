"""How a box of elements is copied or filled by move instructions: which one, and how much at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import TypeAlias

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.shapes import bits_of
from .access import Access
from .encodable import can_say, loop_depth
from .expression import Constant
from .match import Mapping as Match
from .match import find_mappings
from .moves import Groups, Tile, copy_mappings, movers, shapes
from .statement import ASSIGN, Axis, Statement, instruction_statement

START = 1
"""Cycles that it takes to issue an instruction."""


@dataclass(frozen=True)
class Transfer:
    """A copy or a fill by executions of one instruction in loops.

    Attributes:
        instruction: What copies.
        axes: Per axis of the instruction, the dimensions of the box along it, outer to inner: more
            than one where they lie one after the other on both sides, none where it does one element.
        sizes: Per axis of the instruction, how much is done at a time.
        parameters: The values of its parameters.
        calls: How often it is executed.
        cycles: The cycles that its unit is busy.
    """

    instruction: InstructionOp
    axes: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]
    parameters: tuple[tuple[str, Constant], ...]
    calls: int
    cycles: int


_End: TypeAlias = tuple[Access, tuple[int, ...], str, int]
"""An operand of an instruction, the strides of what it is to be, its name, the row of its memory."""


@dataclass(frozen=True)
class Border:
    """Elements of a source that are absent, at both ends of a dimension, and read as zero."""

    dim: int
    low: int
    high: int


@lru_cache(maxsize=8192)
def find_transfer(
    target: TargetOp, tile: Tile, value: Constant | None = None, border: Border | None = None
) -> Transfer | None:
    """The way to copy a box that keeps its unit busy for the least time, or None.

    Instructions that take any extents up to a bound do as much at a time as they can. With a
    `value`, the box is filled with it; the source of the tile does not matter then. With a `border`
    the instruction writes the zeros too.
    """
    found = [
        transfer
        for shape, groups in shapes(tile)
        for instruction, needle, mapping in _mappings(target, shape, value)
        for transfer in _transfers(shape, groups, instruction, needle, mapping)
        if border is None or _pads(transfer, needle, tile, border)
    ]
    return min(found, key=lambda transfer: (transfer.cycles, transfer.calls), default=None)


@lru_cache(maxsize=256)
def can_copy_within(target: TargetOp, memory: str, element: Attribute) -> bool:
    """Whether elements can be copied from one place in a memory to another, at once or by way of rows.

    One by one they always can if there are moves both ways: a transfer of one has no strides.
    """

    def moves(source: str, to: str) -> bool:
        return find_transfer(target, Tile(element, (1,), source, to, (1,), (1,), (1,))) is not None

    others = [one.symbol for one in target.memories.values() if one.row > 1]
    return moves(memory, memory) or any(moves(memory, o) and moves(o, memory) for o in others)


def _pads(transfer: Transfer, needle: Statement, tile: Tile, border: Border) -> bool:
    """Whether the instruction reads zeros at the ends of a dimension, of which it does all at a time."""
    instruction, axis = transfer.instruction, (border.dim,)
    name = instruction.operand_names[1 - instruction.output_index]
    if axis not in transfer.axes or name not in instruction.padded_operands:
        return False
    lane = transfer.axes.index(axis)
    places = [place for place, row in enumerate(needle.inputs[0].matrix) if row[lane]]
    if len(places) != 1 or transfer.sizes[lane] != tile.extents[border.dim]:
        return False
    ends = (("low", border.low), ("high", border.high))
    return all(_says(instruction, end, (name, places[0]), count) for end, count in ends)


def _says(instruction: InstructionOp, end: str, place: tuple[str, int], count: int) -> bool:
    """Whether the binary form of an instruction can say how many elements are absent at an end."""
    calls = [call for encoding in instruction.encodings for call in encoding.quantities()]
    said = any(call.function == end and call.args[1] == place[1] for call in calls)
    return said and can_say(instruction, end, place, count)


def _mappings(
    target: TargetOp, tile: Tile, value: Constant | None
) -> Iterator[tuple[InstructionOp, Statement, Match]]:
    """The instructions that copy or fill, with the ways in which they do.

    One of these is element by element: the mapper leaves that out where there are others.
    """
    fillers = _fillers(target).get((tile.target, tile.element), ())
    for instruction, needle in movers(target).get(tile.way, ()) if value is None else fillers:
        if value is None:
            found = copy_mappings(tile, needle, instruction.symbol)
        else:
            statement = _fill_statement(tile, value)
            found = find_mappings(statement, needle, instruction.symbol).mappings
        singly = [replace(mapping, groups=((),) * len(mapping.groups)) for mapping in found[:1]]
        for mapping in dict.fromkeys([*found, *singly]):
            if all(len(group) <= 1 for group in mapping.groups):
                yield instruction, needle, mapping


@lru_cache(maxsize=16)
def _fillers(
    target: TargetOp,
) -> dict[tuple[str, Attribute], list[tuple[InstructionOp, Statement]]]:
    """The instructions that fill, by memory and type of the elements."""
    found: dict[tuple[str, Attribute], list[tuple[InstructionOp, Statement]]] = {}
    for instruction in target.instructions.values():
        if instruction.is_move and len(instruction.operand_names) == 1:
            needle = instruction_statement(instruction)
            key = (instruction.operand_memories[0], needle.output.element)
            found.setdefault(key, []).append((instruction, needle))
    return found


def _fill_statement(tile: Tile, value: Constant) -> Statement:
    """The fill as a statement on its axes `x0`, `x1`, ..."""
    rank = len(tile.extents)
    axes = tuple(Axis(f"x{i}", extent, False) for i, extent in enumerate(tile.extents))
    rows = tuple(tuple(int(i == dim) for i in range(rank)) for dim in range(rank))
    output = Access("target", tile.element, rows, (0,) * rank, tile.extents)
    return Statement(axes, (), output, ASSIGN, value)


def _transfers(
    tile: Tile, groups: Groups, instruction: InstructionOp, needle: Statement, mapping: Match
) -> Iterator[Transfer]:
    """The way in which an instruction copies a box, if it takes the strides."""
    sized = needle.sized_axes
    dims = [int(group[0][1:]) if group else None for group in mapping.groups]
    sizes: list[int] = []
    for axis, dim in enumerate(dims):
        most, extent = needle.axes[axis].extent, 1 if dim is None else tile.extents[dim]
        sizes.append(_balanced(extent, most) if axis in sized else most)
    if not all(
        axis in sized or (size == 1 if dim is None else tile.extents[dim] % size == 0)
        for axis, (dim, size) in enumerate(zip(dims, sizes, strict=True))
    ):
        return
    whole = [
        dim is None or tile.extents[dim] % size == 0 for dim, size in zip(dims, sizes, strict=True)
    ]
    needle = needle.sized(sizes) if needle.sized_axes else needle
    if not all(_lies_alike(access, whole) for access in needle.operands()):
        return
    if not all(_takes(instruction, end, dims, tile) for end in _ends(instruction, needle, tile)):
        return
    done = {dim: size for dim, size in zip(dims, sizes, strict=True) if dim is not None}
    counts = [-(-extent // done.get(dim, 1)) for dim, extent in enumerate(tile.extents)]
    moves = [count > 1 for count in counts]
    if not all(_steps_by_rows(end, done, moves, tile) for end in _ends(instruction, needle, tile)):
        return
    cycles = instruction.cycles(dict(zip(instruction.axes, sizes, strict=True)))
    repeated = sorted(n for n in counts if n > 1)
    issues = prod(repeated[: max(0, len(repeated) - loop_depth(instruction))])
    total = prod(counts) * cycles.interval + issues * START
    axes = tuple(groups[dim] if dim is not None else () for dim in dims)
    yield Transfer(instruction, axes, tuple(sizes), mapping.parameters, prod(counts), total)


def _lies_alike(access: Access, whole: Sequence[bool]) -> bool:
    """Whether all executions find their elements at the same distances, the last one too.

    `whole` says per axis whether they all do as much. Where elements lie without gaps, distances
    are those of what lies inside.
    """
    if access.strides is not None or not access.bounded:
        return True
    outer = next((place for place, size in enumerate(access.shape) if size > 1), 0)
    return all(
        whole[lane]
        for row in access.matrix[outer + 1 :]
        for lane, factor in enumerate(row)
        if factor
    )


def _balanced(extent: int, most: int) -> int:
    """The size of equal parts of an extent, none longer than it may be."""
    return -(-extent // -(-extent // most))


def _ends(instruction: InstructionOp, needle: Statement, tile: Tile) -> Iterator[_End]:
    """The operands of an instruction as the two sides of a box, or the one that is filled."""
    target = instruction.parent_op()
    assert isinstance(target, TargetOp)
    output, names = instruction.output_index, instruction.operand_names
    yield needle.output, tile.target_strides, names[output], target.memories[tile.target].row
    for access in needle.inputs:
        yield access, tile.source_strides, names[1 - output], target.memories[tile.source].row


def _steps_by_rows(end: _End, done: Mapping[int, int], moves: Sequence[bool], tile: Tile) -> bool:
    """Whether every execution begins with a row of one side of a box."""
    _, strides, _, row = end
    steps = [stride * done.get(dim, 1) for dim, stride in enumerate(strides) if moves[dim]]
    return all(step * bits_of(tile.element) // 8 % row == 0 for step in steps)


def _takes(instruction: InstructionOp, end: _End, dims: Sequence[int | None], tile: Tile) -> bool:
    """Whether an operand of an instruction can have the strides of one side of a box."""
    access, strides, name, row = end
    for place, (lanes, wanted) in enumerate(
        zip(access.axes, access.storage_strides(), strict=True)
    ):
        if len(lanes) != 1 or access.matrix[place][lanes[0]] != 1:
            return False
        dim = dims[lanes[0]]
        if dim is None or tile.extents[dim] == 1:
            continue
        if wanted is not None and wanted != strides[dim]:
            return False
        distance = strides[dim] * bits_of(tile.element) // 8
        if wanted is None and (
            distance % row or not can_say(instruction, "stride", (name, place), distance // row)
        ):
            return False
    return True
