"""The operations that describe what a machine has: `isa.memory` and `isa.unit`."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import irdl_op_definition, opt_attr_def, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from ..errors import UserError
from .attributes import LevelAttr, MemoryKind
from .named import NamedOp
from .number import NumberAttr, value_at


@irdl_op_definition
class MemoryOp(NamedOp):
    """A memory of a machine: `cached`, `scratchpad` or `register`.

    `bytes` is the size of one register or of the whole scratchpad, `count` the number of registers.
    `levels` lists the caches of cached memory, nearest first, with bandwidths in bytes per cycle.
    `c.types` gives, for an element type, the C type of one register. Where a C compiler knows no
    variables of them, C forms name registers by number, and `c.numbered` is a statement of C that
    prepares them, first in every function, and in every iteration of a parallel loop, that uses some;
    `c.prelude` are lines of C before such functions.

    Addresses in a memory count rows of `row` bytes each, single bytes if it has no rows; everything
    in it begins with a row. Its rows lie in `banks`, one after the other, of which each serves one
    row per cycle to an instruction. `bandwidth` is what all engines together move per cycle, in
    bytes.

    ```mlir
    isa.target @simd attributes {lanes = 16 : i64} {
      isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 49152, bandwidth = 128>]}
      isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {f32 = "__m512"}}
      isa.memory @pad scratchpad {bytes = 65536 : i64, row = #isa.number<4 * lanes>, banks = 2 : i64}
    }
    ```
    """

    name = "isa.memory"

    kind_attr = prop_def(StringAttr, prop_name="kind")
    count_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="count")
    bytes_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="bytes")
    row_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="row")
    banks_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="banks")
    bandwidth_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="bandwidth")
    levels_attr = opt_attr_def(ArrayAttr[LevelAttr], attr_name="levels")
    c_types_attr = opt_attr_def(DictionaryAttr, attr_name="c.types")
    c_numbered_attr = opt_attr_def(StringAttr, attr_name="c.numbered")
    c_prelude_attr = opt_attr_def(ArrayAttr[StringAttr], attr_name="c.prelude")

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self, name: str, kind: MemoryKind, attributes: Mapping[str, Attribute] | None = None
    ) -> None:
        super().__init__(
            properties={"sym_name": StringAttr(name), "kind": StringAttr(kind.value)},
            attributes=dict(attributes or {}),
        )

    @property
    def kind(self) -> MemoryKind:
        """The memory's kind."""
        return MemoryKind(self.kind_attr.data)

    @property
    def count(self) -> int | None:
        """The number of registers, or None."""
        return value_at(self, self.count_attr)

    @property
    def bytes(self) -> int | None:
        """The size in bytes of one register or of the whole memory, or None."""
        return value_at(self, self.bytes_attr)

    @property
    def row(self) -> int:
        """The unit of addresses in bytes."""
        return value_at(self, self.row_attr) or 1

    @property
    def banks(self) -> int:
        """In how many banks the rows lie."""
        return value_at(self, self.banks_attr) or 1

    @property
    def bandwidth(self) -> int | None:
        """The bytes per cycle that all engines together move, or None where only they are the limit."""
        return value_at(self, self.bandwidth_attr)

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
        entries = {} if self.c_types_attr is None else self.c_types_attr.data
        found = entries.get(str(element))
        return found.data if isinstance(found, StringAttr) else None

    @property
    def c_numbered(self) -> str | None:
        """The statement of C that prepares registers that go by number; None if they are variables."""
        return None if self.c_numbered_attr is None else self.c_numbered_attr.data

    @property
    def c_prelude(self) -> tuple[str, ...]:
        """Lines of C before functions that use registers which go by number."""
        return () if self.c_prelude_attr is None else tuple(t.data for t in self.c_prelude_attr)

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
        for label in ("count", "bytes", "row", "banks", "bandwidth"):
            number = _number(self, label)
            if number is None and self.kind is MemoryKind.REGISTER and label in ("count", "bytes"):
                raise VerifyException(f"register memory @{self.symbol} has no '{label}'")
            if number is not None and number < 1:
                raise VerifyException(f"'{label}' of @{self.symbol} must be positive, got {number}")
        if self.kind is MemoryKind.SCRATCHPAD and (self.bytes or 0) % (self.row * self.banks):
            raise VerifyException(
                f"the {self.bytes} bytes of @{self.symbol} are no whole number of rows in each bank"
            )
        for level in self.levels:
            if level.bytes.data < 1 or level.bandwidth.data < 1:
                raise VerifyException(
                    f"bytes and bandwidth of cache level {level.label} must be positive"
                )
        if self.c_types_attr is not None and len(self.c_types) != len(self.c_types_attr.data):
            raise VerifyException("'c.types' must give a string for every element type")


@irdl_op_definition
class UnitOp(NamedOp):
    """A functional unit of a machine, of which there are `count` alike (one if not given).

    With a `queue`, each is an engine that takes its instructions from a queue of so many, in order
    and beside the others. `number` is what encodings call the first of them.

    ```mlir
    isa.target @simd {
      isa.unit @fma {count = 2 : i64}
      isa.unit @load {count = 2 : i64, queue = 8 : i64, number = 1 : i64}
    }
    ```
    """

    name = "isa.unit"

    count_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="count")
    queue_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="queue")
    number_attr = opt_attr_def(IntegerAttr | NumberAttr, attr_name="number")

    traits = traits_def(SymbolOpInterface())

    assembly_format = "$sym_name attr-dict"

    def __init__(self, name: str, count: int = 1) -> None:
        super().__init__(
            properties={"sym_name": StringAttr(name)},
            attributes={"count": IntegerAttr(count, i64)},
        )

    @property
    def count(self) -> int:
        """How many such units work side by side."""
        found = value_at(self, self.count_attr)
        return 1 if found is None else found

    @property
    def queue(self) -> int | None:
        """How many instructions wait in an engine's queue; None if the unit is no engine."""
        return value_at(self, self.queue_attr)

    @property
    def number(self) -> int:
        """What encodings call the first of them."""
        return value_at(self, self.number_attr) or 0

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of its engines: its own, or with a number behind it if there are several."""
        if self.queue is None:
            return ()
        if self.count == 1:
            return (self.symbol,)
        return tuple(f"{self.symbol}.{number}" for number in range(self.count))

    def verify_(self) -> None:
        """Check that there is at least one, with room in its queue."""
        for label in ("count", "queue"):
            number = _number(self, label)
            if number is not None and number < 1:
                raise VerifyException(f"'{label}' of @{self.symbol} must be positive, got {number}")


def _number(op: Operation, label: str) -> int | None:
    """A number of a part; an unknown name in it is an error of the verifier."""
    try:
        return value_at(op, op.attributes.get(label))
    except UserError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise VerifyException(f"'{label}': {error.message}{hint}") from error
