"""What the rules of this dialect share: how they fail, and how their messages name things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from xdsl.dialects.builtin import MemRefType, NoneAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from ..errors import did_you_mean
from .statement import memory_name
from .windows import memref_of


def memref_type(value: SSAValue) -> MemRefType[Attribute]:
    """The type of a value that is constrained to be a memref."""
    memref = memref_of(value.type)
    assert memref is not None
    return memref


def space(memref: MemRefType[Attribute]) -> str:
    """The memory of a memref as a message calls it."""
    name = memory_name(memref)
    if name is not None:
        return f"@{name}"
    if isinstance(memref.memory_space, NoneAttr):
        return "host memory"
    return str(memref.memory_space)


def unknown(what: str, name: str, known: Iterable[str]) -> NoReturn:
    """Raise the error for a name that is not known."""
    hint = did_you_mean(name, known)
    fail(f"unknown {what}" + (f"; {hint}" if hint else ""))


def fail(message: str) -> NoReturn:
    """Raise the error."""
    raise VerifyException(message)
