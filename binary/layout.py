"""How arrays lie in the memory of a machine: from NumPy to bytes and back."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, TypeAlias

import numpy as np
from xdsl.context import Context
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError
from .program import Buffer

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@lru_cache(maxsize=64)
def dtype_of_element(element: str) -> np.dtype[Any]:
    """The NumPy type of an element type as MLIR writes it.

    Raises:
        UserError: There is none, or it needs a package that is not installed.
    """
    try:
        return dtype_of(Parser(Context(), element, "<element type>").parse_type())
    except ParseError:
        raise UserError(f"'{element}' is no element type") from None


def bytes_of(buffer: Buffer) -> int:
    """How many bytes a buffer takes in memory."""
    elements = prod(dimension.extent for dimension in buffer.layout)
    return elements * dtype_of_element(buffer.element).itemsize


def pack(array: Array, buffer: Buffer) -> bytes:
    """The bytes of a buffer that holds an array; what lies past the ends of the array is zero.

    Raises:
        UserError: The array has another shape or element type.
    """
    dtype = dtype_of_element(buffer.element)
    if array.shape != buffer.shape or array.dtype != dtype:
        raise UserError(
            f"'{buffer.name}' is {list(buffer.shape)} of {dtype}, "
            f"not {list(array.shape)} of {array.dtype}"
        )
    if not array.size:
        return bytes(bytes_of(buffer))
    indices, inside = _positions(buffer)
    held = array[tuple(np.where(inside, index, 0) for index in indices)]
    held = np.broadcast_to(held, _shape(buffer))
    return np.where(inside, held, np.zeros((), dtype)).astype(dtype, copy=False).tobytes()


def unpack(data: bytes, buffer: Buffer) -> Array:
    """The array in the bytes of a buffer.

    Raises:
        UserError: There are more or fewer bytes, or the layout leaves out elements of the array.
    """
    dtype = dtype_of_element(buffer.element)
    if len(data) != bytes_of(buffer):
        raise UserError(f"'{buffer.name}' has {bytes_of(buffer)} bytes, not {len(data)}")
    if not buffer.shape:
        return np.frombuffer(data, dtype).reshape(())
    array, seen = np.zeros(buffer.shape, dtype), np.zeros(buffer.shape, np.bool_)
    indices, inside = _positions(buffer)
    shape = _shape(buffer)
    inside = np.broadcast_to(inside, shape)
    where = tuple(np.broadcast_to(index, shape)[inside] for index in indices)
    array[where] = np.frombuffer(data, dtype).reshape(shape)[inside]
    seen[where] = True
    if not seen.all():
        missing = np.argwhere(~seen)[0].tolist()
        raise UserError(f"the layout of '{buffer.name}' leaves out element {missing}")
    return array


def _shape(buffer: Buffer) -> tuple[int, ...]:
    """The shape of a buffer in memory."""
    return tuple(dimension.extent for dimension in buffer.layout)


def _positions(buffer: Buffer) -> tuple[list[Array], Array]:
    """Per dimension of the array the index at every place in memory, and whether it is inside.

    Both broadcast to the shape in memory.
    """
    rank = len(buffer.layout)
    indices: list[Array] = [np.zeros([1] * rank, np.int64) for _ in buffer.shape]
    for axis, dimension in enumerate(buffer.layout):
        along = np.arange(dimension.extent) * dimension.step + dimension.offset
        shape = [1] * rank
        shape[axis] = dimension.extent
        indices[dimension.of] = indices[dimension.of] + along.reshape(shape)
    inside: Array = np.ones([1] * rank, np.bool_)
    for index, size in zip(indices, buffer.shape, strict=True):
        inside = inside & (index >= 0) & (index < size)
    return indices, inside
