"""Copies and fills by way of a buffer in another memory, where no instruction does them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TypeAlias

from xdsl.ir import Operation, SSAValue

from ..dialects.isa import MemoryOp, TargetOp
from ..dialects.shapes import bits_of
from ..mapping.expression import Constant
from ..mapping.transfer import Transfer
from .allocations import new_buffer
from .loops import counted_loop
from .row_layout import RowLayout
from .window import Window

Ends: TypeAlias = tuple[Window | None, Window]
"""The source, which a fill does not have, and the destination."""

Find: TypeAlias = Callable[[Ends, Constant | None], Transfer | None]
"""Looks for an instruction that transfers a box."""

Write: TypeAlias = Callable[[Transfer, Window | None, Window], list[Operation]]
"""Writes the instruction in its loops."""

_Leaf: TypeAlias = Callable[[Ends], list[Operation] | None]
"""Writes the transfer of a block, if it can be done."""

SHARE = 8
"""A block on its way through a memory takes at most one in so many of its rows."""


class Hops:
    """Writes transfers in two steps for a machine with memories of rows."""

    def __init__(self, target: TargetOp, find: Find, write: Write) -> None:
        self._target, self._find, self._write = target, find, write

    def transfer(self, ends: Ends, value: Constant | None) -> list[Operation] | None:
        """The transfer in blocks for which there is room; None if no memory is on the way."""
        destination = ends[1]
        for memory in self._target.memories.values():
            width = memory.row * 8 // bits_of(destination.type.element_type)
            if memory.row <= 1 or not width:
                continue
            rows = (memory.bytes or 0) // memory.row // SHARE
            for inner in (*reversed(range(len(destination.shape))), None):

                def leaf(
                    block: Ends, inner: int | None = inner, memory: MemoryOp = memory
                ) -> list[Operation] | None:
                    return self._by(block, value, inner, memory)

                found = _blocks(ends, _sizes(destination.shape, inner, width, rows), leaf)
                if found is not None:
                    return found
        return None

    def _by(
        self, ends: Ends, value: Constant | None, inner: int | None, memory: MemoryOp
    ) -> list[Operation] | None:
        """The transfer of a block by way of a memory, with a dimension along its rows, or none."""
        source, destination = ends
        element = destination.type.element_type
        wanted: dict[int, int | None] = {} if inner is None else {inner: 1}
        layout = RowLayout.of(destination.shape, wanted, memory.row * 8 // bits_of(element))
        if layout is None:
            return None
        buffer = new_buffer(element, (layout.rows, layout.width), "hop", memory.symbol)
        middle = layout.on(buffer.memref)
        first, second = self._find((source, middle), value), self._find((middle, destination), None)
        if first is None or second is None:
            return None
        into = self._write(first, source, middle)
        return [buffer, *into, *self._write(second, middle, destination)]


def _blocks(ends: Ends, sizes: Sequence[int], leaf: _Leaf) -> list[Operation] | None:
    """Loops over blocks of so many elements per dimension; None if a block cannot be done."""
    for dim, size in enumerate(sizes):
        extent = ends[1].shape[dim]
        if size == extent:
            continue
        full, rest = divmod(extent, size)
        missing = False

        def part(at: SSAValue | int, length: int = size, dim: int = dim) -> list[Operation]:
            nonlocal missing
            inner = [*sizes[:dim], length, *sizes[dim + 1 :]]
            found = _blocks(_part(ends, dim, length, at), inner, leaf)
            missing = missing or found is None
            return found or []

        ops = counted_loop(full, size, "i", part) if full > 1 else part(0)
        ops += part(full * size, rest) if rest else []
        return None if missing else ops
    return leaf(ends)


def _part(ends: Ends, dim: int, length: int, at: SSAValue | int) -> Ends:
    """So many elements of a transfer along a dimension."""
    source, destination = ends
    part = source.tile(dim, length, at) if source is not None else None
    return part, destination.tile(dim, length, at)


def _sizes(shape: Sequence[int], inner: int | None, width: int, room: int) -> list[int]:
    """The extents of blocks: one dimension fits into a row, and there are at most so many rows."""
    sizes = [min(n, width) if dim == inner else n for dim, n in enumerate(shape)]
    for dim in range(len(shape)):
        rows = prod(n for other, n in enumerate(sizes) if other != inner)
        if dim != inner and rows > max(room, 1):
            sizes[dim] = max(1, sizes[dim] * room // rows)
    return sizes
