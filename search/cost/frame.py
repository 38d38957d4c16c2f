"""What a compiled function is called with, as plain data for another process, and how it is called there.

Imports NumPy and little else: the process that runs a plan starts with every plan.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ...runtime.check import compare
from ...runtime.repeat import loop

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
    """What any plan of a kernel is called with, and per result the expected values and their tolerance."""

    arguments: Sequence[Argument]
    expected: Sequence[tuple[Array, Array]]


@dataclass(frozen=True)
class Program:
    """A compiled plan: what is called in turn, the last again and again.

    Attributes:
        library: The file. threads: How many threads it uses; 0 where it does not use OpenMP.
        buffers: The bytes of buffers that are filled once and used by every call.
        calls: Functions, and the numbers of what they take: arguments from 0, then the buffers.
        repeater: The library of a loop around the last of them, see `runtime.repeat`.
    """

    library: str
    threads: int
    buffers: Sequence[int]
    calls: Sequence[tuple[str, Sequence[int]]]
    repeater: str

    def text(self) -> str:
        """The program as JSON."""
        return json.dumps(asdict(self))


class Call:
    """A program with arguments of its own in memory; buffers are filled when it is made."""

    def __init__(self, frame: Frame, program: Program) -> None:
        self._frame, self._program = frame, program
        self._buffers = [_Buffer(one.memory.view(np.uint8)) for one in frame.arguments]
        self._packed = [_Buffer(np.zeros(size, np.uint8)) for size in program.buffers]
        loaded = ctypes.CDLL(program.library)
        if program.threads:
            loaded.omp_set_num_threads(program.threads)
        pairs = zip(frame.arguments, self._buffers, strict=True)
        values = [_value(one) if one.is_scalar else buffer.address for one, buffer in pairs]
        values += [buffer.address for buffer in self._packed]
        for name, numbers in program.calls:
            self._function: Any = getattr(loaded, name)
            self._function.restype = None
            self._passed = [values[number] for number in numbers]
            if name != program.calls[-1][0]:
                self._function(*self._passed)

    def __call__(self) -> None:
        """Call it."""
        self._function(*self._passed)

    def repeated(self, times: int) -> Callable[[], None]:
        """A call that calls it so many times, from C: Python takes its time once."""
        return loop(Path(self._program.repeater), self._function, self._passed, times)

    def mistake(self) -> str | None:
        """What the first call did wrong, in words; None if all is right."""
        if not all(buffer.is_guarded() for buffer in self._packed):
            return "it writes outside of a packed buffer"
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
    """Memory between guards, with some bytes in it."""

    def __init__(self, data: Array) -> None:
        size = data.nbytes
        self._raw = np.full(size + 3 * GUARD, _MARK, np.uint8)
        self._first = GUARD + -self._raw.ctypes.data % GUARD
        self._end = self._first + size
        self._bytes()[...] = data

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
    passed = passed_type(argument.memory.dtype)
    return passed(argument.memory.view(np.dtype(passed))[0].item())


def passed_type(dtype: np.dtype[Any]) -> Any:
    """The type of a scalar as C passes it: bf16 as its bits."""
    return np.ctypeslib.as_ctypes_type(dtype if dtype.kind in "biuf" else np.uint16)
