"""Call a compiled function many times from C, as a program in C would: Python is called once."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from ..dialects.errors import UserError
from .build import build

_FUNCTION: Any = type(ctypes.CFUNCTYPE(None)()).__mro__[1]
"""What every C function is an instance of."""

_SOURCE = """
void repeat(void (*call)({types}), {parameters}, long times) {{
  for (long i = 0; i < times; i++) call({names});
}}
"""


def repeated(
    function: Callable[..., None], passed: Sequence[object], times: int
) -> Callable[[], None]:
    """Return a call that calls a C function so many times, with the same pointers.

    Args:
        function: A function of a C library, which takes pointers only.
        passed: Its arguments.
        times: How often it is called each time.

    Raises:
        UserError: It takes something else, or is no C function by itself.
    """
    if not isinstance(function, _FUNCTION) or not all(
        isinstance(value, ctypes.c_void_p) for value in passed
    ):
        raise UserError("only kernels on arrays and one thread are called many times from C")
    names = [f"a{i}" for i in range(len(passed))]
    text = _SOURCE.format(
        types=", ".join("void *" for _ in names),
        parameters=", ".join(f"void *{name}" for name in names),
        names=", ".join(names),
    )
    repeat: Any = build(text).repeat
    repeat.restype = None
    address = ctypes.cast(function, ctypes.c_void_p)  # type: ignore[arg-type]
    return lambda: repeat(address, *passed, ctypes.c_long(times))
