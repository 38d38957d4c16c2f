"""What an instruction says of itself and its operands, worked out once: every pass asks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import DYNAMIC_INDEX, NoneAttr
from xdsl.ir import Operation
from xdsl.ir.affine import AffineDimExpr

from ..shapes import bits_of
from . import statement, windows
from .encoding import Encoding
from .include import parts_around
from .number import Call, Name
from .resources import MemoryOp
from .windows import Strides

if TYPE_CHECKING:
    from .instruction import InstructionOp


@lru_cache(maxsize=2048)
def encodings_of(op: InstructionOp) -> tuple[Encoding, ...]:
    """What `encodings` says, worked out once."""
    from .words import LoopsOp

    if op.encodings_attr is None:
        return ()
    loops = list(parts_around(op, LoopsOp).values())
    settings = [
        setting
        for part in loops
        if part.unit_name == op.unit_name
        for setting in part.settings(op.operand_names)
    ]
    return tuple(
        replace(encoding.data, settings=(*encoding.data.settings, *settings))
        for encoding in op.encodings_attr
    )


@lru_cache(maxsize=2048)
def statement_of(op: InstructionOp) -> Operation:
    """What `statement` says, worked out once."""
    return next(inner for inner in op.body.block.ops if statement.is_statement(inner))


@lru_cache(maxsize=2048)
def is_move(op: InstructionOp) -> bool:
    """What `is_move` says, worked out once."""
    return statement.is_move(op.statement)


@lru_cache(maxsize=2048)
def memories_of(op: InstructionOp) -> tuple[str, ...]:
    """What `operand_memories` says, worked out once."""
    return tuple(statement.memory_name(type) or "" for type in op.operand_memrefs)


@lru_cache(maxsize=2048)
def axes_of(op: InstructionOp) -> tuple[tuple[str | None, ...], ...]:
    """What `operand_axes` says, worked out once."""
    body, names = op.statement, statement.axes_of(op.statement)
    maps = dict(zip(body.operands, statement.indexing_maps(body), strict=True))
    return tuple(
        tuple(
            names[expr.position] if isinstance(expr, AffineDimExpr) else None
            for expr in maps[argument].results
        )
        for argument in op.operand_arguments
    )


@lru_cache(maxsize=2048)
def shapes_of(op: InstructionOp) -> tuple[tuple[int, ...], ...]:
    """What `operand_shapes` says, worked out once."""
    extents = dict(zip(op.axes, op.extents, strict=True))
    return tuple(
        tuple(
            extents[axis] if size == DYNAMIC_INDEX and axis is not None else size
            for size, axis in zip(type.get_shape(), axes, strict=True)
        )
        for type, axes in zip(op.operand_memrefs, op.operand_axes, strict=True)
    )


@lru_cache(maxsize=2048)
def strides_of(op: InstructionOp) -> tuple[Strides, ...]:
    """What `operand_strides` says, worked out once."""
    memories = parts_around(op, MemoryOp)
    given = {call for encoding in op.encodings for call in encoding.quantities()}
    found: list[Strides] = []
    for name, type, shape in zip(
        op.operand_names, op.operand_memrefs, op.operand_shapes, strict=True
    ):
        if isinstance(type.layout, NoneAttr):
            found.append(_contiguous(shape))
            continue
        memory = memories.get(statement.memory_name(type) or "")
        row = None
        if op.encodings and memory is not None and memory.row_attr is not None:
            row = memory.row * 8 // bits_of(type.element_type)
        found.append(
            tuple(
                row if stride is None and Call("stride", (Name(name), dim)) not in given else stride
                for dim, stride in enumerate(windows.strides_of(type) or ())
            )
        )
    return tuple(found)


def _contiguous(shape: Sequence[int]) -> Strides:
    """The strides of elements that lie one after the other."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.append(strides[-1] * size)
    return tuple(reversed(strides)) if shape else ()
