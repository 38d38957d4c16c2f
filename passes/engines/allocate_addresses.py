"""`allocate-addresses`: where the buffers of a program for engines lie in the machine's memories.

A buffer takes rows from its first use to its last one in the block that allocates it. Engines run beside each
other, so rows that are used again make one wait for another: rows are used again only where there
are no others, and then those that have been free for the longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i64
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass

from ...dialects.errors import UserError
from ...dialects.isa import InvokeOp, MemoryOp, TargetOp
from ...dialects.shapes import counted, named
from .engine_programs import ADDRESS, engine_functions, is_explicit, memory_of, rows_of
from .lifetimes import lifetimes, moments_of, used_buffers
from .packing import Item, check, pack, peak
from .packing_exact import pack_exactly


@dataclass(frozen=True)
class AllocateAddressesPass(ModulePass):
    """Give every buffer in a scratchpad an address, `isa.address`, in rows of its memory.

    With `solver=exact` OR-Tools finds a way to place them if there is one. Buffers in the memory of
    arguments get no address here. Functions for machines without engines stay as they are.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<32x16xi8, @dram>, %b: memref<32x16xi8, @dram>) {
      %s = memref.alloc() : memref<32x16xi8, @spad>
      isa.invoke @npu::@load_i8(%s, %a) : memref<32x16xi8, @spad>, memref<32x16xi8, @dram>
      isa.invoke @npu::@store_i8(%b, %s) : memref<32x16xi8, @dram>, memref<32x16xi8, @spad>
      func.return
    }
    ```
    """

    name = "allocate-addresses"

    solver: Literal["heuristic", "exact"] = "heuristic"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Place the buffers of every function, memory by memory."""
        for function, target in engine_functions(op):
            for memory, buffers in _buffers(function, target).items():
                _allocate(function, memory, buffers, target, self.solver == "exact")


def _buffers(function: func.FuncOp, target: TargetOp) -> dict[MemoryOp, list[memref.AllocOp]]:
    """The allocations of a function that need an address, by memory."""
    found: dict[MemoryOp, list[memref.AllocOp]] = {}
    for op in function.walk():
        if isinstance(op, memref.AllocOp) and is_explicit(op.memref, target):
            memory = memory_of(op.memref, target)
            assert memory is not None
            found.setdefault(memory, []).append(op)
    return found


def _allocate(
    function: func.FuncOp,
    memory: MemoryOp,
    buffers: Sequence[memref.AllocOp],
    target: TargetOp,
    exactly: bool,
) -> None:
    """Place the buffers of one memory."""
    items = _items(function, buffers, target)
    capacity = (memory.bytes or 0) // memory.row
    places = None if exactly else pack(items, capacity, memory.banks)
    places = pack_exactly(items, capacity) if exactly else places
    if places is None:
        raise _does_not_fit(memory, buffers, items, exactly)
    assert check(items, places, capacity) is None, "buffers overlap"
    for buffer, place in zip(buffers, places, strict=True):
        buffer.attributes[ADDRESS] = IntegerAttr(place, i64)


def _items(
    function: func.FuncOp, buffers: Sequence[memref.AllocOp], target: TargetOp
) -> list[Item]:
    """The buffers with the moments of their first and last use."""
    index: dict[SSAValue, int] = {buffer.memref: number for number, buffer in enumerate(buffers)}
    lives, never = lifetimes(moments_of(function)), (0, 0)
    partners: dict[int, set[int]] = {number: set() for number in index.values()}
    for op in function.walk():
        if isinstance(op, InvokeOp):
            used = [index[buffer] for buffer in used_buffers(op) if buffer in index]
            for number in used:
                partners[number].update(used)
    items: list[Item] = []
    for number, buffer in enumerate(buffers):
        first, last = lives.get(buffer.memref, never)
        beside = tuple(sorted(partners[number] - {number}))
        items.append(Item(rows_of(buffer.memref, target), first, last, beside))
    return items


def _does_not_fit(
    memory: MemoryOp, buffers: Sequence[memref.AllocOp], items: Sequence[Item], exactly: bool
) -> UserError:
    """The error for buffers that find no place."""
    rows, live = peak(items)
    largest = sorted(live, key=lambda number: -items[number].rows)[:4]
    shown = ", ".join(
        f"{named(buffers[number].memref, 'buffer')} of {items[number].rows * memory.row} bytes"
        for number in largest
    )
    more = f" and {len(live) - len(largest)} more" if len(live) > len(largest) else ""
    message = (
        f"@{memory.symbol} has {memory.bytes} bytes, but {counted(len(live), 'buffer')} that are in "
        f"use together take {rows * memory.row}: {shown}{more}"
    )
    fits = rows * memory.row <= (memory.bytes or 0)
    hint = "allocate-addresses{solver=exact} may find a way" if fits and not exactly else None
    return UserError(message, buffers[largest[0]], hint or "use smaller tiles")
