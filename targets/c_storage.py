"""Where buffers live in C: registers are variables, everything else is an array behind a pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import cast

from xdsl.dialects.builtin import FixedBitwidthType, MemRefType
from xdsl.ir import Attribute, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import MemoryKind, MemoryOp, TargetOp
from ..mapping.access import memory_of
from ..passes.window import Linear, Window
from .c_expression import c_type


@dataclass(frozen=True)
class Registers:
    """A buffer of registers: its register file, and the extents of the array of registers."""

    memory: MemoryOp
    element: Attribute
    extents: tuple[int, ...]
    lanes: int

    @classmethod
    def of(cls, value: SSAValue, target: TargetOp | None) -> Registers | None:
        """The registers that a buffer consists of, or None if it does not live in a register file."""
        kind = memref_type(value)
        name = memory_of(kind)
        memory = target.memories.get(name) if target is not None and name is not None else None
        if memory is None or memory.kind != MemoryKind.REGISTER:
            return None
        element = kind.element_type
        assert isinstance(element, FixedBitwidthType) and memory.bytes is not None
        lanes = memory.bytes // element.size
        shape = kind.get_shape()
        outer = len(shape)
        while outer > 0 and prod(shape[outer:]) < lanes:
            outer -= 1
        return cls(memory, element, shape[:outer], lanes)

    def declaration(self, name: str, portable: bool) -> str:
        """The C declaration of all registers of the buffer `name`."""
        variables = [f"{name}{self._suffix(point)}" for point in product(*map(range, self.extents))]
        if portable:
            return f"{c_type(self.element)} {', '.join(f'{v}[{self.lanes}]' for v in variables)};"
        kind = self.memory.c_type(self.element)
        if kind is None:
            raise UserError(f"@{self.memory.symbol} has no C type for elements of type {self.element}")
        return f"{kind} {', '.join(variables)};"

    def variable(self, name: str, window: Window) -> str:
        """The C variable of the register that a window of the buffer `name` is."""
        forms = window.index[: len(self.extents)]
        if any(form.terms or any(form.dims) for form in forms):
            raise UserError(f"a register of '{name}' is chosen at run time: unroll the loop over it")
        return f"{name}{self._suffix([form.constant for form in forms])}"

    def _suffix(self, point: Sequence[int]) -> str:
        """What tells the register at a point from the others; extents of one need no number."""
        return "".join(f"_{i}" for i, extent in zip(point, self.extents, strict=True) if extent > 1)


def address(window: Window) -> Linear:
    """The distance in elements from the base of a window to its first element."""
    strides = memref_type(window.base).get_strides()
    assert strides is not None
    total = Linear(())
    for form, stride in zip(window.index, strides, strict=True):
        for value, factor in form.terms:
            total = total.plus(value, factor * int(stride or 0))
        total = total.plus(form.constant, int(stride or 0))
    return total


def memref_type(value: SSAValue) -> MemRefType[Attribute]:
    """The type of a buffer."""
    assert isinstance(value.type, MemRefType)
    return cast(MemRefType[Attribute], value.type)
