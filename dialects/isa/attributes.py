"""What a memory of a machine is."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntAttr, StringAttr
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum


class MemoryKind(StrEnum):
    """What sort of memory a machine's memory is."""

    CACHED = "cached"
    """Host memory behind caches: arguments and results live here."""

    SCRATCHPAD = "scratchpad"
    """Addressed memory that a program fills itself."""

    REGISTER = "register"
    """A file of registers, each named by its number."""


@irdl_attr_definition
class LevelAttr(ParametrizedAttribute):
    """One cache level: its name, capacity in bytes and bandwidth in bytes per cycle.

    ```mlir
    "test.op"() {level = #isa.level<"L1", bytes = 49152, bandwidth = 128>} : () -> ()
    ```
    """

    name = "isa.level"

    label: StringAttr
    bytes: IntAttr
    bandwidth: IntAttr

    @classmethod
    def get(cls, label: str, bytes: int, bandwidth: int) -> LevelAttr:
        """The level from plain Python values."""
        return cls(StringAttr(label), IntAttr(bytes), IntAttr(bandwidth))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Parse `<"L1", bytes = 49152, bandwidth = 128>`."""
        with parser.in_angle_brackets():
            label = parser.parse_str_literal()
            parser.parse_punctuation(",")
            capacity = _parse_field(parser, "bytes")
            parser.parse_punctuation(",")
            bandwidth = _parse_field(parser, "bandwidth")
        return (StringAttr(label), IntAttr(capacity), IntAttr(bandwidth))

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        with printer.in_angle_brackets():
            printer.print_string_literal(self.label.data)
            printer.print_string(f", bytes = {self.bytes.data}, bandwidth = {self.bandwidth.data}")


def _parse_field(parser: AttrParser, field: str) -> int:
    """Parse `field = integer`."""
    parser.parse_keyword(field)
    parser.parse_punctuation("=")
    return parser.parse_integer()
