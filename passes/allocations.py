"""Buffers that the passes put into programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, NoneAttr, SymbolRefAttr
from xdsl.ir import Attribute


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
