"""Call a compiled function many times from C, as a program in C would: Python is called once.

Imports nothing but `ctypes` to call; what makes the loop is imported by those who make it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_FUNCTION: Any = type(ctypes.CFUNCTYPE(None)()).__mro__[1]
"""What every C function is an instance of."""

_TYPES: dict[Any, str] = {
    ctypes.c_void_p: "void *",
    ctypes.c_bool: "_Bool",
    ctypes.c_float: "float",
    ctypes.c_double: "double",
    ctypes.c_int8: "signed char",
    ctypes.c_uint8: "unsigned char",
    ctypes.c_int16: "short",
    ctypes.c_uint16: "unsigned short",
    ctypes.c_int32: "int",
    ctypes.c_uint32: "unsigned",
    ctypes.c_int64: "long long",
    ctypes.c_uint64: "unsigned long long",
}
"""How C writes what is passed: pointers, and scalars by value."""

_SOURCE = """
void repeat(void (*call)({types}), {parameters}, long times) {{
  for (long i = 0; i < times; i++) call({names});
}}
"""


def repeated(
    function: Callable[..., None], passed: Sequence[object], times: int
) -> Callable[[], None]:
    """Return a call that calls a C function so many times, with the same arguments.

    Args:
        function: A function of a C library.
        passed: Its arguments: pointers, and scalars as `ctypes` has them.
        times: How often it is called each time.

    Raises:
        UserError: It is no C function by itself.
    """
    from ..dialects.errors import UserError

    if not isinstance(function, _FUNCTION):
        raise UserError("only kernels on one thread are called many times from C")
    return loop(repeater([type(value) for value in passed]), function, passed, times)


def repeater(types: Sequence[Any]) -> Path:
    """The library of a loop around calls of functions that take these types of `ctypes`.

    Raises:
        UserError: It does not compile.
    """
    from .build import library

    names = [f"a{i}" for i in range(len(types))]
    written = [_TYPES[one] for one in types]
    text = _SOURCE.format(
        types=", ".join(written),
        parameters=", ".join(f"{one} {name}" for one, name in zip(written, names, strict=True)),
        names=", ".join(names),
    )
    return library(text)


def loop(
    file: Path, function: Callable[..., None], passed: Sequence[object], times: int
) -> Callable[[], None]:
    """Return a call of a loop from `repeater`; the other arguments are those of `repeated`."""
    repeat: Any = ctypes.CDLL(str(file)).repeat
    repeat.restype = None
    address = ctypes.cast(function, ctypes.c_void_p)  # type: ignore[arg-type]
    return lambda: repeat(address, *passed, ctypes.c_long(times))
