"""Buffers that the passes put into programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    IntegerAttr,
    MemRefType,
    NoneAttr,
    SymbolRefAttr,
    i64,
)
from xdsl.ir import Attribute, SSAValue


def new_buffer(
    element: Attribute, shape: Sequence[int], hint: str | None, memory: str | None = None
) -> memref.AllocOp:
    """A new buffer in a memory of the machine; in host memory if none is named.

    `hint` is the name that it gets in text.
    """
    buffer = memref.AllocOp([], [], buffer_type(element, tuple(shape), memory))
    buffer.memref.name_hint = hint
    return buffer


@lru_cache(maxsize=1024)
def buffer_type(
    element: Attribute, shape: tuple[int, ...], memory: str | None = None
) -> MemRefType[Attribute]:
    """The type of a contiguous buffer in a memory; in host memory if none is named."""
    space = NoneAttr() if memory is None else SymbolRefAttr(memory)
    return MemRefType(element, shape, memory_space=space)


def as_row(base: SSAValue) -> memref.CollapseShapeOp:
    """A contiguous buffer as one row of elements."""
    kind = base.type
    assert isinstance(kind, MemRefType)
    flat = MemRefType(kind.element_type, [prod(kind.get_shape())], NoneAttr(), kind.memory_space)
    dims = ArrayAttr([IntegerAttr(dim, i64) for dim in range(kind.get_num_dims())])
    return memref.CollapseShapeOp.build(
        operands=[base], result_types=[flat], properties={"reassociation": ArrayAttr([dims])}
    )
