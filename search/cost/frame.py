"""What a compiled function is called with, as plain data for another process, and how it is called there.

Imports NumPy and little else: the process that runs a plan starts with every plan.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ...runtime.check import compare

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

GUARD = 4096
"""Bytes before and after every array that nobody may write."""

_MARK = 0xA5


@dataclass(frozen=True)
class Argument:
    """One argument of a C function.

    Attributes:
        name: How the user calls it. memory: Its elements in the order of memory.
        shape: Its extents. strides: Distances between its elements.
        is_scalar: Whether it is passed by value. is_result: Whether the caller gets it afterwards.
    """

    name: str
    memory: Array
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    is_scalar: bool
    is_result: bool


@dataclass(frozen=True)
class Frame:
    """A call: the function, its arguments, and per result the expected values and their tolerance.

    `threads` is 0 where the library does not use OpenMP.
    """

    function: str
    threads: int
    arguments: Sequence[Argument]
    expected: Sequence[tuple[Array, Array]]


class Call:
    """A function of a library with arguments of its own in memory."""

    def __init__(self, frame: Frame, library: str) -> None:
        self._frame = frame
        self._buffers = [_Buffer(argument) for argument in frame.arguments]
        loaded = ctypes.CDLL(library)
        if frame.threads:
            loaded.omp_set_num_threads(frame.threads)
        self._function: Callable[..., None] = getattr(loaded, frame.function)
        self._function.restype = None  # pyright: ignore[reportFunctionMemberAccess]
        pairs = zip(frame.arguments, self._buffers, strict=True)
        self._passed = [_value(one) if one.is_scalar else buffer.address for one, buffer in pairs]

    def __call__(self) -> None:
        """Call it."""
        self._function(*self._passed)

    def mistake(self) -> str | None:
        """What the first call did wrong, in words; None if all is right."""
        results: list[tuple[Argument, _Buffer]] = []
        for argument, buffer in zip(self._frame.arguments, self._buffers, strict=True):
            if not buffer.is_guarded():
                return f"it writes outside of '{argument.name}'"
            if argument.is_result:
                results.append((argument, buffer))
            elif not argument.is_scalar and not buffer.is_unchanged(argument):
                return f"it changes the input '{argument.name}'"
        for (argument, buffer), (value, tolerance) in zip(
            results, self._frame.expected, strict=True
        ):
            found = compare(argument.name, buffer.array(argument), value, tolerance)
            if not found.passed:
                return str(found)
        return None


class _Buffer:
    """The memory of an argument, between guards."""

    def __init__(self, argument: Argument) -> None:
        size = argument.memory.nbytes
        self._raw = np.full(size + 3 * GUARD, _MARK, np.uint8)
        self._first = GUARD + -self._raw.ctypes.data % GUARD
        self._end = self._first + size
        self._bytes()[...] = argument.memory.view(np.uint8)

    def _bytes(self) -> Array:
        return self._raw[self._first : self._end]

    @property
    def address(self) -> ctypes.c_void_p:
        """Where it begins."""
        return ctypes.c_void_p(self._raw.ctypes.data + self._first)

    def is_guarded(self) -> bool:
        """Whether nobody wrote around it."""
        around = self._raw[: self._first], self._raw[self._end :]
        return all(bool(np.all(part == _MARK)) for part in around)

    def is_unchanged(self, argument: Argument) -> bool:
        """Whether it is as it was."""
        return bool(np.array_equal(self._bytes(), argument.memory.view(np.uint8)))

    def array(self, argument: Argument) -> Array:
        """Its elements as an array."""
        memory = self._bytes().view(argument.memory.dtype)
        strides = [stride * memory.itemsize for stride in argument.strides]
        return np.lib.stride_tricks.as_strided(memory, argument.shape, strides)


def _value(argument: Argument) -> object:
    """A scalar as C passes it."""
    number = argument.memory
    number = number if number.dtype.kind in "biuf" else number.view(np.uint16)  # bf16 as its bits
    return np.ctypeslib.as_ctypes_type(number.dtype)(number[0].item())
