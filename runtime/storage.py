"""Arrays as compiled C takes them: where they lie, and what is passed to the function."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Attribute

from ..dialects.dtypes import dtype_of
from ..planning.problem import LINE
from ..simulator.signature import Parameter, Signature
from .arguments import Array

LARGE = 1 << 16
"""From how many bytes on an array begins with a cache line: for less, finding one takes too long."""

PAGE = 4096
"""Bytes of a page: large buffers begin with one."""


def stored_arrays(
    signature: Signature, inputs: Sequence[Array], results: Sequence[Array]
) -> list[Array]:
    """Return an array in the layout of every parameter, in their order: the given ones if possible.

    A result that overlaps an input gets an array of its own.
    """
    given, taken = iter(inputs), iter(results)
    stored: list[Array] = []
    for parameter in signature.parameters:
        value = next(given) if parameter.given else None
        result = next(taken) if parameter.returned else None
        stored.append(stored_array(parameter, value, result, inputs))
    return stored


def bring_back(signature: Signature, stored: Sequence[Array], results: Sequence[Array]) -> None:
    """Copy the results to where they are wanted, from the arrays that the function wrote."""
    written = [a for a, p in zip(stored, signature.parameters, strict=True) if p.returned]
    for result, array in zip(results, written, strict=True):
        if array is not result:
            result[...] = array


def passed_arguments(signature: Signature, stored: Sequence[Array]) -> list[object]:
    """Return the C arguments: the values of scalars, the addresses of arrays."""
    pairs = zip(signature.parameters, stored, strict=True)
    return [_value(array) if p.scalar else pointer(array) for p, array in pairs]


def pointer(array: Array) -> ctypes.c_void_p:
    """Return the address of an array's first element."""
    return ctypes.c_void_p(array.ctypes.data)


def new_buffer(element: Attribute, shape: Sequence[int]) -> Array:
    """Return a new array of zeros that begins with a page, a huge one where there are any."""
    dtype, count = dtype_of(element), prod(shape)
    memory = mmap.mmap(-1, max(PAGE, dtype.itemsize * count))
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, dtype, count)


def stored_array(
    parameter: Parameter,
    value: Array | None,
    result: Array | None = None,
    inputs: Sequence[Array] = (),
) -> Array:
    """Return the memory that the C function uses for one parameter, with the value in it.

    That is the value itself or the result, unless they lie otherwise, or the result overlaps some
    of the inputs.
    """
    if result is None:
        assert value is not None
        return value if _is_laid_out(value, parameter) else _copy(value, parameter)
    overlaps = any(np.may_share_memory(result, array) for array in inputs)
    direct = _is_laid_out(result, parameter) and not overlaps
    array = result if direct else _new(parameter)
    if value is not None:
        array[...] = value
    return array


def _is_laid_out(array: Array, parameter: Parameter) -> bool:
    """Say whether an array's elements lie where the parameter's type says."""
    if not array.flags.aligned:
        return False
    if parameter.strides is None:
        return array.flags.c_contiguous
    wanted = [stride * array.itemsize for stride in parameter.strides]
    return all(
        size <= 1 or have == want
        for size, have, want in zip(array.shape, array.strides, wanted, strict=True)
    )


def new_array(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array without contents; a large one begins with a cache line, so that its rows may."""
    size = prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first : first + size].view(dtype).reshape(shape)


def _new(parameter: Parameter) -> Array:
    """Return an array of a parameter's layout."""
    if parameter.strides is None:
        return new_array(parameter.shape, parameter.dtype)
    last = sum(s * (n - 1) for s, n in zip(parameter.strides, parameter.shape, strict=True))
    memory = np.zeros(max(last + 1, 1), parameter.dtype)
    strides = [stride * memory.itemsize for stride in parameter.strides]
    return np.lib.stride_tricks.as_strided(memory, parameter.shape, strides)


def _copy(array: Array, parameter: Parameter) -> Array:
    """Return a copy in a parameter's layout."""
    result = _new(parameter)
    result[...] = array
    return result


def _value(array: Array) -> object:
    """Return a scalar as C passes it."""
    number = array if array.dtype.kind in "biuf" else array.view(np.uint16)  # bf16 as its bits
    return np.ctypeslib.as_ctypes_type(number.dtype)(number.item())
