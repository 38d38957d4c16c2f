"""How a box of elements is copied by move instructions: which one, how much at a time, what is a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.shapes import bits_of
from .encodable import can_say, loop_depth
from .moves import Groups, Tile, copy_mappings, movers, shapes
from .statement import Access, Statement

START = 1
"""Cycles that it takes to issue an instruction."""


@dataclass(frozen=True)
class Transfer:
    """A copy by executions of one instruction in loops.

    Attributes:
        instruction: What copies.
        axes: Per axis of the instruction, the dimensions of the box along it, outer to inner: more
            than one where they lie one after the other on both sides, none where it does one element.
        sizes: Per axis of the instruction, how much is done at a time.
        calls: How often it is executed.
        cycles: The cycles that its unit is busy.
    """

    instruction: InstructionOp
    axes: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]
    calls: int
    cycles: int


@lru_cache(maxsize=8192)
def find_transfer(target: TargetOp, tile: Tile) -> Transfer | None:
    """The way to copy a box that keeps its unit busy for the least time, or None.

    Instructions that take any extents up to a bound do as much at a time as they can.
    """
    found = [
        transfer
        for shape, groups in shapes(tile)
        for instruction, needle in movers(target).get(tile.way, ())
        for transfer in _transfers(shape, groups, instruction, needle)
    ]
    return min(found, key=lambda transfer: (transfer.cycles, transfer.calls), default=None)


def _transfers(
    tile: Tile, groups: Groups, instruction: InstructionOp, needle: Statement
) -> Iterator[Transfer]:
    """Every way in which an instruction copies a box."""
    sized = needle.sized_axes
    for mapping in copy_mappings(tile, needle, instruction.symbol):
        dims = [int(group[0][1:]) if group else None for group in mapping.groups]
        sizes: list[int] = []
        for axis, dim in enumerate(dims):
            most, extent = needle.axes[axis].extent, 1 if dim is None else tile.extents[dim]
            sizes.append(_balanced(extent, most) if axis in sized else most)
        if not all(
            axis in sized or (dim is not None and tile.extents[dim] % size == 0)
            for axis, (dim, size) in enumerate(zip(dims, sizes, strict=True))
        ):
            continue
        if not _fits(tile, instruction, needle.sized(sizes), dims):
            continue
        done = {dim: size for dim, size in zip(dims, sizes, strict=True) if dim is not None}
        counts = [-(-extent // done.get(dim, 1)) for dim, extent in enumerate(tile.extents)]
        calls = prod(counts)
        cycles = instruction.cycles(dict(zip(instruction.axes, sizes, strict=True)))
        issues = prod(sorted(n for n in counts if n > 1)[loop_depth(instruction) :])
        axes = tuple(groups[dim] if dim is not None else () for dim in dims)
        total = calls * cycles.interval + issues * START
        yield Transfer(instruction, axes, tuple(sizes), calls, total)


def _balanced(extent: int, most: int) -> int:
    """The size of equal parts of an extent, none longer than it may be."""
    return -(-extent // -(-extent // most))


def _fits(
    tile: Tile, instruction: InstructionOp, needle: Statement, dims: Sequence[int | None]
) -> bool:
    """Whether an instruction takes the strides on both sides."""
    output = instruction.output_index
    ends = (
        (needle.inputs[0], tile.source_strides, instruction.operand_names[1 - output], tile.source),
        (needle.output, tile.target_strides, instruction.operand_names[output], tile.target),
    )
    target = instruction.parent_op()
    assert isinstance(target, TargetOp)
    return all(
        _takes(instruction, access, strides, dims, name, target.memories[memory].row, tile.element)
        for access, strides, name, memory in ends
    )


def _takes(
    instruction: InstructionOp,
    access: Access,
    strides: Sequence[int],
    dims: Sequence[int | None],
    name: str,
    row: int,
    element: Attribute,
) -> bool:
    """Whether an operand of an instruction can have the strides of one side of a box."""
    for place, (line, wanted) in enumerate(
        zip(access.matrix, access.storage_strides(), strict=True)
    ):
        lanes = [lane for lane, factor in enumerate(line) if factor]
        if len(lanes) != 1 or line[lanes[0]] != 1:
            return False
        dim = dims[lanes[0]]
        if dim is None or access.shape[place] == 1:
            continue
        if wanted is not None and wanted != strides[dim]:
            return False
        distance = strides[dim] * bits_of(element) // 8
        if wanted is None and (
            distance % row or not can_say(instruction, "stride", (name, place), distance // row)
        ):
            return False
    return True


def scaled(transfer: Transfer, times: int) -> Transfer:
    """The same transfer done several times."""
    return replace(transfer, calls=transfer.calls * times, cycles=transfer.cycles * times)
