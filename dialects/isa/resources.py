"""The operations that describe what a machine has: `isa.memory` and `isa.unit`."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import IRDLOperation, irdl_op_definition, opt_attr_def, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from .attributes import LevelAttr, MemoryKind


@irdl_op_definition
class MemoryOp(IRDLOperation):
    """A memory of a machine: `cached`, `scratchpad` or `register`.

    `bytes` is the size of one register or of the whole scratchpad, `count` the number of registers.
    `levels` lists the caches of cached memory, nearest first, with bandwidths in bytes per cycle.
    `c.types` gives, for an element type, the C type of one register.

    ```mlir
    isa.target @simd {
      isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 49152, bandwidth = 128>]}
      isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {f32 = "__m512"}}
    }
    ```
    """

    name = "isa.memory"

    sym_name = prop_def(SymbolNameConstraint())
    kind_attr = prop_def(StringAttr, prop_name="kind")
    count_attr = opt_attr_def(IntegerAttr, attr_name="count")
    bytes_attr = opt_attr_def(IntegerAttr, attr_name="bytes")
    levels_attr = opt_attr_def(ArrayAttr[LevelAttr], attr_name="levels")
    c_types_attr = opt_attr_def(DictionaryAttr, attr_name="c.types")

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self, name: str, kind: MemoryKind, attributes: Mapping[str, Attribute] | None = None
    ) -> None:
        super().__init__(
            properties={"sym_name": StringAttr(name), "kind": StringAttr(kind.value)},
            attributes=dict(attributes or {}),
        )

    @property
    def symbol(self) -> str:
        """The memory's name, without the `@`."""
        return self.sym_name.data

    @property
    def kind(self) -> MemoryKind:
        """The memory's kind."""
        return MemoryKind(self.kind_attr.data)

    @property
    def count(self) -> int | None:
        """The number of registers, or None."""
        return None if self.count_attr is None else self.count_attr.value.data

    @property
    def bytes(self) -> int | None:
        """The size in bytes of one register or of the whole memory, or None."""
        return None if self.bytes_attr is None else self.bytes_attr.value.data

    @property
    def levels(self) -> tuple[LevelAttr, ...]:
        """The cache levels, nearest first."""
        return () if self.levels_attr is None else self.levels_attr.data

    @property
    def c_types(self) -> dict[str, str]:
        """The C type of one register per element type, the latter as MLIR writes it (`"f32"`)."""
        if self.c_types_attr is None:
            return {}
        entries = self.c_types_attr.data.items()
        return {key: value.data for key, value in entries if isinstance(value, StringAttr)}

    def c_type(self, element: Attribute) -> str | None:
        """The C type of a register of such elements, or None where the memory declares none."""
        return self.c_types.get(str(element))

    @classmethod
    def parse(cls, parser: Parser) -> MemoryOp:
        """Parse `@name kind {attributes}`."""
        name = parser.parse_symbol_name().data
        kind = parser.parse_str_enum(MemoryKind)
        return cls(name, kind, parser.parse_optional_attr_dict())

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        printer.print_string(f" {self.kind}")
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check sizes: registers have both, and all are positive."""
        if self.kind_attr.data not in tuple(MemoryKind):
            kinds = ", ".join(MemoryKind)
            raise VerifyException(f"unknown kind '{self.kind_attr.data}'; known: {kinds}")
        for label, number in (("count", self.count), ("bytes", self.bytes)):
            if number is None and self.kind is MemoryKind.REGISTER:
                raise VerifyException(f"register memory @{self.symbol} has no '{label}'")
            if number is not None and number < 1:
                raise VerifyException(f"'{label}' of @{self.symbol} must be positive, got {number}")
        for level in self.levels:
            if level.bytes.data < 1 or level.bandwidth.data < 1:
                raise VerifyException(
                    f"bytes and bandwidth of cache level {level.label} must be positive"
                )
        if self.c_types_attr is not None and len(self.c_types) != len(self.c_types_attr.data):
            raise VerifyException("'c.types' must give a string for every element type")


@irdl_op_definition
class UnitOp(IRDLOperation):
    """A functional unit of a machine, of which there are `count` alike (one if not given).

    ```mlir
    isa.target @simd {
      isa.unit @fma {count = 2 : i64}
    }
    ```
    """

    name = "isa.unit"

    sym_name = prop_def(SymbolNameConstraint())
    count_attr = opt_attr_def(IntegerAttr, attr_name="count")

    traits = traits_def(SymbolOpInterface())

    assembly_format = "$sym_name attr-dict"

    def __init__(self, name: str, count: int = 1) -> None:
        super().__init__(
            properties={"sym_name": StringAttr(name)},
            attributes={"count": IntegerAttr(count, i64)},
        )

    @property
    def symbol(self) -> str:
        """The unit's name, without the `@`."""
        return self.sym_name.data

    @property
    def count(self) -> int:
        """How many such units work side by side."""
        return 1 if self.count_attr is None else self.count_attr.value.data

    def verify_(self) -> None:
        """Check that there is at least one."""
        if self.count < 1:
            raise VerifyException(f"'count' of @{self.symbol} must be positive, got {self.count}")
