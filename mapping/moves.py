"""Which instruction moves a tile between two memories: copies are statements, mapped like any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import TypeAlias

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from .access import Access
from .expression import Constant, Operand, Parameter
from .match import Mapping, find_mappings
from .statement import ASSIGN, Axis, Statement, instruction_statement

Way: TypeAlias = tuple[str, str, Attribute]
"""From which memory to which, and elements of which type."""


@dataclass(frozen=True)
class Tile:
    """The copy of a box of elements between two places.

    Attributes:
        element: The type of the elements.
        extents: The extents of the box.
        source, target: The memories.
        source_strides, target_strides: Per dimension the distance in elements; 0 repeats one.
        present: How many elements there are per dimension; fewer than the extents are a partial
            tile, the others read as zero and are not written.
    """

    element: Attribute
    extents: tuple[int, ...]
    source: str
    target: str
    source_strides: tuple[int, ...]
    target_strides: tuple[int, ...]
    present: tuple[int, ...]

    @property
    def way(self) -> Way:
        """What is copied from where to where."""
        return self.source, self.target, self.element


@dataclass(frozen=True)
class Move:
    """An instruction that copies a tile.

    `axes[d]` are the tile's dimensions along the instruction's axis `d`, outer to inner: more than
    one where they lie one after the other on both sides, so that together they are one row.
    """

    instruction: InstructionOp
    axes: tuple[tuple[int, ...], ...]


@lru_cache(maxsize=4096)
def find_move(target: TargetOp, tile: Tile) -> Move | None:
    """The cheapest instruction that copies the tile in one go, or None."""
    moves = [move for shape in shapes(tile) for move in _moves(target, *shape)]
    found = [
        (move.instruction.interval, move.instruction.latency, i, move)
        for i, move in enumerate(moves)
    ]
    return min(found, key=lambda entry: entry[:3])[3] if found else None


@dataclass(frozen=True)
class Fill:
    """An instruction that sets elements to a number, and its parameters for that number."""

    instruction: InstructionOp
    parameters: tuple[tuple[str, Constant], ...] = ()


def find_fill(
    target: TargetOp, memory: str, element: Attribute, lanes: int, value: float | int
) -> Fill | None:
    """The instruction that sets `lanes` elements of a memory to a number, or None."""
    for instruction in target.instructions.values():
        statement = instruction_statement(instruction)
        fits = (
            instruction.operand_memories[instruction.output_index] == memory
            and statement.output.element == element
        )
        if not fits or statement.combine != ASSIGN or prod(instruction.extents) != lanes:
            continue
        body = statement.body
        if isinstance(body, Parameter) and body.type == element:
            return Fill(instruction, ((body.name, Constant(value, element)),))
        # As text, so that -0.0 is not 0.0.
        if isinstance(body, Constant) and str(body.value) == str(type(body.value)(value)):
            return Fill(instruction)
    return None


Groups: TypeAlias = tuple[tuple[int, ...], ...]
"""Per dimension of a shape, which of the tile's dimensions it is."""


def shapes(tile: Tile) -> Iterator[tuple[Tile, Groups]]:
    """The tile in every shape that it has: neighbouring dimensions that are one row may be joined.

    With each shape comes, per dimension of it, which of the tile's dimensions it is.
    """
    shapes: dict[Groups, Tile] = {tuple((dim,) for dim in range(len(tile.extents))): tile}
    queue = list(shapes.items())
    while queue:
        groups, shape = queue.pop(0)
        yield shape, groups
        for dim in range(len(groups) - 1):
            joined = (*groups[:dim], groups[dim] + groups[dim + 1], *groups[dim + 2 :])
            row = _joined(shape, dim)
            if row is not None and joined not in shapes:
                shapes[joined] = row
                queue.append((joined, row))


def _joined(tile: Tile, dim: int) -> Tile | None:
    """The tile with the dimensions `dim` and `dim + 1` as one, or None if they are no row."""
    (outer, inner), (some, all_) = tile.extents[dim : dim + 2], tile.present[dim : dim + 2]
    if all_ != inner and some > 1:
        return None
    strides: list[int] = []
    for steps in (tile.source_strides, tile.target_strides):
        if outer > 1 and inner > 1 and steps[dim] != steps[dim + 1] * inner:
            return None
        strides.append(steps[dim] if inner == 1 else steps[dim + 1])

    def replaced(numbers: tuple[int, ...], number: int) -> tuple[int, ...]:
        return (*numbers[:dim], number, *numbers[dim + 2 :])

    return replace(
        tile,
        extents=replaced(tile.extents, outer * inner),
        source_strides=replaced(tile.source_strides, strides[0]),
        target_strides=replaced(tile.target_strides, strides[1]),
        present=replaced(tile.present, some * all_),
    )


def _moves(target: TargetOp, tile: Tile, groups: Groups) -> Iterator[Move]:
    """Every instruction that copies the tile in one go; `groups` are what its dimensions are."""
    for instruction, needle in movers(target).get(tile.way, ()):
        for mapping in copy_mappings(tile, needle, instruction.symbol):
            dims = [dim for group in mapping.groups for dim in group]
            whole = len(dims) == len(needle.axes) == len(tile.extents)
            if whole and _fits(tile, needle, mapping):
                dims = (int(group[0][1:]) for group in mapping.groups)
                yield Move(instruction, tuple(groups[dim] for dim in dims))


@lru_cache(maxsize=16)
def movers(target: TargetOp) -> dict[Way, list[tuple[InstructionOp, Statement]]]:
    """The instructions that copy, by what they copy from where to where."""
    movers: dict[Way, list[tuple[InstructionOp, Statement]]] = {}
    for instruction in target.instructions.values():
        if instruction.streaming is not None:
            continue
        if instruction.is_move and len(instruction.operand_names) == 2:
            memories, output = instruction.operand_memories, instruction.output_index
            needle = instruction_statement(instruction)
            way = (memories[1 - output], memories[output], needle.output.element)
            movers.setdefault(way, []).append((instruction, needle))
    return movers


def copy_mappings(tile: Tile, needle: Statement, name: str) -> list[Mapping]:
    """The mappings of at most one dimension of a tile to each axis of a copying instruction."""
    mappings = find_mappings(_statement(tile), needle, name).mappings
    return [m for m in mappings if all(len(group) <= 1 for group in m.groups)]


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
