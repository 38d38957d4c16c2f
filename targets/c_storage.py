"""Where buffers live in C: registers are variables, everything else is an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from textwrap import wrap
from typing import cast

from xdsl.dialects.builtin import FixedBitwidthType, MemRefType
from xdsl.ir import Attribute, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import MemoryKind, MemoryOp, TargetOp, memory_name
from ..passes.window import Window
from .c_expression import c_type

WIDTH = 100
"""How many columns a line of C may have."""


@dataclass(frozen=True)
class Registers:
    """A buffer of registers: its register file, and the extents of the array of registers."""

    memory: MemoryOp
    element: Attribute
    extents: tuple[int, ...]
    lanes: int

    @classmethod
    def of(cls, value: SSAValue, target: TargetOp | None) -> Registers | None:
        """The registers that a buffer consists of, or None if it lives in no register file."""
        kind = memref_type(value)
        name = memory_name(kind)
        memory = target.memories.get(name) if target is not None and name is not None else None
        if memory is None or memory.kind != MemoryKind.REGISTER:
            return None
        element = kind.element_type
        assert isinstance(element, FixedBitwidthType)
        assert memory.bytes is not None
        lanes = memory.bytes // element.size
        shape = kind.get_shape()
        outer = len(shape)
        while outer > 0 and prod(shape[outer:]) < lanes:
            outer -= 1
        return cls(memory, element, shape[:outer], lanes)

    def declaration(self, name: str, portable: bool, indent: int) -> str:
        """The C declaration of all registers of the buffer `name`, for a line that is indented."""
        variables = [f"{name}{suffix}" for suffix in self.suffixes()]
        if portable:
            arrays = [f"{variable}[{self.lanes}]" for variable in variables]
            return wrapped(f"{c_type(self.element)} ", arrays, ";", indent)
        kind = self.memory.c_type(self.element)
        if kind is None:
            raise UserError(
                f"@{self.memory.symbol} has no C type for elements of type {self.element}"
            )
        return wrapped(f"{kind} ", variables, ";", indent)

    def suffixes(self) -> list[str]:
        """What the name of the buffer is followed by in the name of every register."""
        return [self._suffix(point) for point in product(*map(range, self.extents))]

    def variable(self, name: str, window: Window) -> str:
        """The C variable of the register that a window of the buffer `name` is."""
        return f"{name}{self._suffix(self._point(window))}"

    def position(self, window: Window) -> int:
        """The position of the register that a window is among those of the buffer, row-major."""
        position = 0
        for at, extent in zip(self._point(window), self.extents, strict=True):
            position = position * extent + at
        return position

    def _point(self, window: Window) -> list[int]:
        """Where the register that a window is lies in the array of registers."""
        forms = window.index[: len(self.extents)]
        if any(form.terms or any(form.dims) for form in forms):
            what = f"a register of '{window.base.name_hint or 'a buffer'}'"
            raise UserError(f"{what} is chosen at run time", hint="unroll the loop over it")
        return [form.constant for form in forms]

    def _suffix(self, point: Sequence[int]) -> str:
        """What tells the register at a point from the others; extents of one need no number."""
        return "".join(f"_{i}" for i, extent in zip(point, self.extents, strict=True) if extent > 1)


def memref_type(value: SSAValue) -> MemRefType[Attribute]:
    """The type of a buffer."""
    assert isinstance(value.type, MemRefType)
    return cast(MemRefType[Attribute], value.type)


def wrapped(start: str, items: Sequence[str], end: str, indent: int) -> str:
    """A list of items between `start` and `end`, on lines that stay within `WIDTH` columns."""
    whole = [item.replace(" ", "\0") for item in items]  # no item is broken
    lines = wrap(
        f"{start}{', '.join(whole)}{end}",
        WIDTH - indent,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\0", " ")
