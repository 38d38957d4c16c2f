"""A program in binary: code, the buffers that it uses, and what is to be filled in when it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .instance import Location


class Role(Enum):
    """What a buffer in the memory of arguments is for."""

    INPUT = "input"
    OUTPUT = "output"
    CONSTANT = "constant"
    SCRATCH = "scratch"
    RECORDS = "records"
    """Records that instructions refer to, such as micro-operations."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of how an argument lies in memory: a piece of a dimension of the array.

    The index along it counts steps of `step` elements of dimension `of` of the array, from
    `offset` on; positions past the end of the array hold zero.
    """

    of: int
    extent: int
    step: int = 1
    offset: int = 0


@dataclass(frozen=True)
class Buffer:
    """An array in the memory of arguments.

    Attributes:
        name: Its name; for an argument, that of the function's.
        role: What it is for.
        element: The element type as MLIR writes it, such as `"i8"`.
        shape: The shape of the array that a caller passes.
        layout: How it lies in memory, outermost dimension first, without gaps.
        data: The bytes of constants and records, in that layout.
        alignment: The address is a multiple of so many bytes.
    """

    name: str
    role: Role
    element: str
    shape: tuple[int, ...]
    layout: tuple[Dimension, ...]
    data: bytes = b""
    alignment: int = 64


@dataclass(frozen=True)
class Relocation:
    """A number in the code that depends on where a buffer lies.

    The address of buffer `symbol` in bytes, divided by `unit`, is added to the field of `width` bits
    at bit `bit` of the code.
    """

    bit: int
    width: int
    symbol: str
    unit: int


@dataclass(frozen=True)
class Program:
    """A program for one machine.

    Attributes:
        machine: The name of the machine.
        digest: A digest of its description, so that another one is noticed.
        entry: The name of the function.
        code: The words, one after the other.
        buffers: What it uses in the memory of arguments.
        relocations: What depends on where these lie.
        locations: Per instruction, in order, the source that it comes from.
        source: A hash of the IR that it comes from, in hexadecimal; empty if not known.
    """

    machine: str
    digest: str
    entry: str
    code: bytes
    buffers: tuple[Buffer, ...] = ()
    relocations: tuple[Relocation, ...] = ()
    locations: tuple[Location | None, ...] = ()
    source: str = ""
