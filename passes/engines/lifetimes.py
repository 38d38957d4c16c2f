"""When buffers are in use: from the first to the last operation around their uses.

These are operations of the block that allocates the buffer: in a loop, every iteration has a buffer
for itself, which is in use for a part of the iteration at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from xdsl.dialects import func, memref
from xdsl.ir import Block, Operation, SSAValue

from ..window import base_of
from .engine_programs import is_pure

Life: TypeAlias = tuple[int, int]
"""The first and the last moment of something, which are places in the text."""


def moments_of(function: func.FuncOp) -> dict[Operation, Life]:
    """The moments of every operation of a function; all that one has inside lies within its own."""
    moments: dict[Operation, Life] = {}
    _number(function.body.block, moments, 0)
    return moments


def lifetimes(moments: Mapping[Operation, Life]) -> dict[SSAValue, Life]:
    """When the buffers that the operations of a function allocate are in use; only those that are."""
    found: dict[SSAValue, Life] = {}
    for op in moments:
        for buffer in used_buffers(op):
            owner = buffer.owner
            assert isinstance(owner, Operation)
            block = owner.parent_block()
            around = block.find_ancestor_op_in_block(op) if block is not None else None
            assert around is not None, "a buffer is used where it is allocated"
            first, last = moments[around]
            known = found.get(buffer, (first, last))
            found[buffer] = min(first, known[0]), max(last, known[1])
    return found


def used_buffers(op: Operation) -> Iterator[SSAValue]:
    """The allocated buffers that an operation uses itself, apart from views of them."""
    if is_pure(op):
        return
    for value in op.operands:
        buffer = base_of(value)
        if isinstance(buffer.owner, memref.AllocOp):
            yield buffer


def _number(block: Block, moments: dict[Operation, Life], moment: int) -> int:
    """Number the operations of a block and in it from a moment on; returns the moment after."""
    for op in block.ops:
        first, moment = moment, moment + 1
        for region in op.regions:
            for inner in region.blocks:
                moment = _number(inner, moments, moment)
        moments[op] = first, moment - 1
    return moment
