"""What an instruction costs, how much of it there can be, and which unit runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Attribute, Data, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer

from .number import Number, NumberAttr, evaluate, parse_number, text_of


@irdl_attr_definition
class CostAttr(ParametrizedAttribute):
    """What an instruction costs, in cycles of its unit.

    `latency` is the time from issue until the result can be used; `interval` the time between two
    issues on one instance of the unit. Both may depend on how much of each axis is done.

    ```mlir
    "test.op"() {cost = #isa.cost<latency = 4, interval = max(i, k) + 1>} : () -> ()
    ```
    """

    name = "isa.cost"

    latency: NumberAttr
    interval: NumberAttr

    @classmethod
    def get(cls, latency: Number, interval: Number) -> CostAttr:
        """The cost from plain Python values."""
        return cls(NumberAttr(latency), NumberAttr(interval))

    @property
    def is_fixed(self) -> bool:
        """Whether it does not depend on anything."""
        return isinstance(self.latency.data, int) and isinstance(self.interval.data, int)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Parse `<latency = 4, interval = i + 1>`."""
        with parser.in_angle_brackets():
            latency = _parse_number(parser, "latency")
            parser.parse_punctuation(",")
            interval = _parse_number(parser, "interval")
        return (NumberAttr(latency), NumberAttr(interval))

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        with printer.in_angle_brackets():
            latency, interval = text_of(self.latency.data), text_of(self.interval.data)
            printer.print_string(f"latency = {latency}, interval = {interval}")


@irdl_attr_definition
class ExtentsAttr(Data[tuple[tuple[str, Number], ...]]):
    """The most of each axis that an instruction does.

    ```mlir
    "test.op"() {most = #isa.extents<i = 512, j = 16>} : () -> ()
    ```
    """

    name = "isa.extents"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[tuple[str, Number], ...]:
        """Parse `<axis = number, ...>`."""

        def entry() -> tuple[str, Number]:
            axis = parser.parse_identifier(" of an axis")
            parser.parse_punctuation("=")
            return axis, parse_number(parser)

        return tuple(parser.parse_comma_separated_list(parser.Delimiter.ANGLE, entry))

    def print_parameter(self, printer: Printer) -> None:
        """Print what `parse_parameter` reads."""
        entries = ", ".join(f"{axis} = {text_of(number)}" for axis, number in self.data)
        printer.print_string(f"<{entries}>")


def _parse_number(parser: AttrParser, field: str) -> Number:
    """Parse `field = number`."""
    parser.parse_keyword(field)
    parser.parse_punctuation("=")
    return parse_number(parser)


@dataclass(frozen=True)
class Cycles:
    """What one execution costs: until the result can be used, and until the next can begin."""

    latency: int
    interval: int


def cycles_of(cost: CostAttr | None, names: Mapping[str, int]) -> Cycles:
    """Work out a cost; without one, which is an error of the description, it is a cycle."""
    if cost is None:
        return Cycles(1, 1)
    return Cycles(evaluate(cost.latency.data, names), evaluate(cost.interval.data, names))


def parse_unit(parser: Parser) -> SymbolRefAttr:
    """Parse `on @unit`."""
    parser.parse_keyword("on", ", the unit that runs the instruction, such as 'on @fma'")
    return SymbolRefAttr(parser.parse_symbol_name())


def parse_cost(parser: Parser) -> CostAttr | None:
    """Parse `cost<latency = 4, interval = 1>`; the verifier misses an absent cost."""
    if parser.parse_optional_keyword("cost") is None:
        return None
    return CostAttr.new(CostAttr.parse_parameters(parser))


def print_unit(printer: Printer, unit: SymbolRefAttr) -> None:
    """Print what `parse_unit` reads."""
    printer.print_string(" on ")
    printer.print_attribute(unit)


def print_cost(printer: Printer, cost: CostAttr | None) -> None:
    """Print what `parse_cost` reads."""
    if cost is not None:
        printer.print_string(" cost")
        cost.print_parameters(printer)
