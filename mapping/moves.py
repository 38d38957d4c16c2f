"""Which instruction moves a tile between two memories: copies are statements and are mapped like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from .access import Access
from .expression import Constant, Operand
from .match import Mapping, find_mappings
from .statement import ASSIGN, Axis, Statement, statement_of


@dataclass(frozen=True)
class Tile:
    """The copy of a box of elements between two places.

    Attributes:
        element: The type of the elements.
        extents: The extents of the box.
        source, target: The memories.
        source_strides, target_strides: Per dimension the distance in elements; 0 repeats an element.
        present: How many elements there are per dimension; fewer than the extents are a partial tile, the others
            read as zero and are not written.
    """

    element: Attribute
    extents: tuple[int, ...]
    source: str
    target: str
    source_strides: tuple[int, ...]
    target_strides: tuple[int, ...]
    present: tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """An instruction that copies a tile; `axes[d]` is the tile's dimension along the instruction's axis `d`."""

    instruction: InstructionOp
    axes: tuple[int, ...]


def find_move(target: TargetOp, tile: Tile) -> Move | None:
    """The cheapest instruction that copies the tile in one go, or None."""
    found = [
        (move.instruction.interval, move.instruction.latency, i, move)
        for i, move in enumerate(_moves(target, tile))
    ]
    return min(found, key=lambda entry: entry[:3])[3] if found else None


def find_fill(
    target: TargetOp, memory: str, element: Attribute, lanes: int, value: float | int
) -> InstructionOp | None:
    """The instruction that sets `lanes` elements of a memory to a number, or None."""
    for instruction in target.instructions.values():
        statement = statement_of(instruction.statement)
        fits = (
            instruction.operand_memories[instruction.output_index] == memory
            and statement.output.element == element
        )
        body = statement.body
        if (
            fits
            and isinstance(body, Constant)
            and statement.combine == ASSIGN
            and prod(instruction.extents) == lanes
        ):
            if str(body.value) == str(type(body.value)(value)):  # text, so that -0.0 is not 0.0
                return instruction
    return None


def _moves(target: TargetOp, tile: Tile) -> Iterator[Move]:
    """Every instruction that copies the tile in one go."""
    for instruction in target.instructions.values():
        if not instruction.is_move or len(instruction.operand_names) != 2:
            continue
        source = instruction.operand_memories[1 - instruction.output_index]
        if (source, instruction.operand_memories[instruction.output_index]) != (
            tile.source,
            tile.target,
        ):
            continue
        needle = statement_of(instruction.statement)
        for mapping in _copies(_statement(tile), needle, instruction.symbol):
            if _fits(tile, needle, mapping):
                yield Move(instruction, tuple(int(group[0][1:]) for group in mapping.groups))


def _copies(kernel: Statement, needle: Statement, name: str) -> list[Mapping]:
    """The mappings that give every axis of the instruction one axis of the copy, and the reverse."""
    mappings = find_mappings(kernel, needle, name).mappings
    return [
        mapping
        for mapping in mappings
        if all(len(group) == 1 for group in mapping.groups)
        and len({group[0] for group in mapping.groups}) == len(kernel.axes)
    ]


@lru_cache(maxsize=1024)
def _statement(tile: Tile) -> Statement:
    """The copy as a statement on its axes `x0`, `x1`, ..."""
    rank = len(tile.extents)
    axes = tuple(Axis(f"x{i}", extent, False) for i, extent in enumerate(tile.extents))
    source = _access(
        "source", tile.element, tile.extents, [i for i in range(rank) if tile.source_strides[i]]
    )
    target = _access("target", tile.element, tile.extents, list(range(rank)))
    return Statement(axes, (source,), target, ASSIGN, Operand(0))


def _access(name: str, element: Attribute, extents: tuple[int, ...], dims: list[int]) -> Access:
    rows = tuple(tuple(int(i == dim) for i in range(len(extents))) for dim in dims)
    return Access(name, element, rows, (0,) * len(dims), tuple(extents[dim] for dim in dims))


def _fits(tile: Tile, needle: Statement, mapping: Mapping) -> bool:
    """Whether the instruction takes the extents, the strides and the partial tile."""
    axes = [int(group[0][1:]) for group in mapping.groups]
    if any(tile.extents[axis] != needle.axes[d].extent for d, axis in enumerate(axes)):
        return False
    bounded: set[int] = set()
    for access, strides in (
        (needle.inputs[0], tile.source_strides),
        (needle.output, tile.target_strides),
    ):
        for dim, (row, wanted) in enumerate(
            zip(access.matrix, access.storage_strides(), strict=True)
        ):
            lanes = [d for d, factor in enumerate(row) if factor]
            if len(lanes) != 1 or (
                wanted is not None and wanted * row[lanes[0]] != strides[axes[lanes[0]]]
            ):
                return False
            if dim in access.bounded:
                bounded.add(axes[lanes[0]])
    return all(
        axis in bounded or tile.present[axis] == extent for axis, extent in enumerate(tile.extents)
    )
