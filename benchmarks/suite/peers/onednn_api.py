"""The part of oneDNN's C interface (version 3) that is needed, through ctypes."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, c_int, c_int64, c_void_p
from ctypes.util import find_library
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..memory import empty
from ..peer import Array, Unsupported

TYPES = {"bf16": 2, "f32": 3, "i32": 4, "i8": 5, "u8": 6}
"""`dnnl_data_type_t`."""

SOURCE, STATE, CELL, RESULT, WEIGHTS, STATE_WEIGHTS, BIAS = 1, 2, 3, 17, 33, 34, 41
"""`DNNL_ARG_*`: what an operand of a primitive is."""

INFERENCE, CONVOLUTION_AUTO, LEFT_TO_RIGHT = 96, 3, 1
_CPU, _ANY, _IN_ORDER, _QUERY_ARGUMENT = 1, 1, 1, 255

Description: TypeAlias = c_void_p


class _Argument(ctypes.Structure):
    _fields_ = [("index", c_int), ("memory", c_void_p)]


def library_path() -> str | None:
    """Return where the library is: beside this Python, or where the system has it."""
    beside = Path(sys.prefix) / "lib" / "libdnnl.so"
    return str(beside) if beside.exists() else find_library("dnnl")


class OneDnnApi:
    """The library with an engine and a stream."""

    def __init__(self) -> None:
        path = library_path()
        assert path is not None
        self._library = ctypes.CDLL(path)
        self._engine, self._stream = c_void_p(), c_void_p()
        self.do("engine_create", byref(self._engine), _CPU, ctypes.c_size_t(0))
        self.do("stream_create", byref(self._stream), self._engine, _IN_ORDER)

    def do(self, name: str, *arguments: Any) -> None:
        """Call a function.

        Raises:
            Unsupported: It reports an error.
        """
        status = getattr(self._library, f"dnnl_{name}")(*arguments)
        if status:
            raise Unsupported(f"dnnl_{name} returns {status}")

    def describe(self, shape: Sequence[int], element: str, strides: Sequence[int]) -> Description:
        """Describe an array by its strides, in elements."""
        found = c_void_p()
        arguments = (dims(shape), TYPES[element], dims(strides))
        self.do("memory_desc_create_with_strides", byref(found), len(shape), *arguments)
        return found

    def any_layout(self, shape: Sequence[int], element: str) -> Description:
        """Describe an array whose layout the primitive is to choose."""
        found = c_void_p()
        arguments = (dims(shape), TYPES[element], _ANY)
        self.do("memory_desc_create_with_tag", byref(found), len(shape), *arguments)
        return found

    def memory(self, description: Description, array: Array) -> c_void_p:
        """Return the object that stands for an array."""
        found = c_void_p()
        address = c_void_p(array.ctypes.data)
        self.do("memory_create", byref(found), description, self._engine, address)
        return found

    def primitive_description(self, name: str, *arguments: Any) -> c_void_p:
        """Describe a primitive without attributes."""
        found = c_void_p()
        self.do(f"{name}_primitive_desc_create", byref(found), self._engine, *arguments, None)
        return found

    def packed(
        self, primitive: c_void_p, index: int, description: Description, array: Array
    ) -> tuple[c_void_p, Array]:
        """Return weights in the layout that a primitive chose, and the array that holds them."""
        query = self._library.dnnl_primitive_desc_query_md
        query.restype = c_void_p
        wanted = c_void_p(query(primitive, _QUERY_ARGUMENT, index))
        size = self._library.dnnl_memory_desc_get_size
        size.restype = ctypes.c_size_t
        target = empty((size(wanted),), np.dtype(np.uint8))
        found = self.memory(wanted, target)
        reorder = c_void_p()
        ends = (description, self._engine, wanted, self._engine)
        self.do("reorder_primitive_desc_create", byref(reorder), *ends, None)
        self.call(reorder, {SOURCE: self.memory(description, array), RESULT: found})()
        return found, target

    def call(
        self, primitive: c_void_p, operands: Mapping[int, c_void_p], kept: object = None
    ) -> Callable[[], object]:
        """Return a call of a primitive on some operands; `kept` are the arrays behind them."""
        executable = c_void_p()
        self.do("primitive_create", byref(executable), primitive)
        arguments = (_Argument * len(operands))(*operands.items())
        execute, stream, count = self._library.dnnl_primitive_execute, self._stream, len(operands)

        def call(kept: object = kept) -> None:
            """Execute the primitive, which has only the addresses of what is `kept`."""
            if execute(executable, stream, count, arguments):
                raise RuntimeError("dnnl_primitive_execute failed")

        return call


def dims(numbers: Sequence[int]) -> Any:
    """Return `dnnl_dims_t`: extents, strides or padding as the library takes them."""
    return (c_int64 * 12)(*numbers)
