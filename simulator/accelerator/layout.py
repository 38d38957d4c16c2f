"""Arrays to and from the layouts of buffers."""

from __future__ import annotations

from math import prod

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import Builtin
from xdsl.parser import Parser

from ...binary.program import Buffer
from ..elements import Array, dtype_of


def _dtype(buffer: Buffer) -> np.dtype:
    context = Context()
    context.load_dialect(Builtin)
    return dtype_of(Parser(context, buffer.element).parse_type())


def _grid(buffer: Buffer) -> tuple[list[Array], Array]:
    shape = [d.extent for d in buffer.layout]
    index = np.indices(shape)
    at = [np.zeros(shape, np.int64) for _ in buffer.shape]
    for k, d in enumerate(buffer.layout):
        at[d.of] += d.offset + index[k] * d.step
    inside = np.ones(shape, np.bool_)
    for a, n in zip(at, buffer.shape, strict=True):
        inside &= (a >= 0) & (a < n)
    return at, inside


def bytes_of(buffer: Buffer) -> int:
    """The size of a buffer in bytes."""
    return prod(d.extent for d in buffer.layout) * _dtype(buffer).itemsize


def pack(array: Array, buffer: Buffer) -> bytes:
    """The bytes of an array in the layout of a buffer."""
    at, inside = _grid(buffer)
    result = np.zeros(inside.shape, _dtype(buffer))
    result[inside] = array[tuple(a[inside] for a in at)]
    return result.tobytes()


def unpack(data: bytes, buffer: Buffer) -> Array:
    """The array whose bytes these are in the layout of a buffer."""
    at, inside = _grid(buffer)
    result = np.zeros(buffer.shape, _dtype(buffer))
    values = np.frombuffer(data, _dtype(buffer)).reshape(inside.shape)
    result[tuple(a[inside] for a in at)] = values[inside]
    return result
