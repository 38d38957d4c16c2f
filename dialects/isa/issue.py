"""The operations of a program for engines that compute nothing: `isa.set` and `isa.issue`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, IntAttr, StringAttr, SymbolRefAttr
from xdsl.irdl import IRDLOperation, irdl_op_definition, opt_prop_def, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from . import program_rules
from .program import parse_synchronisation, print_synchronisation, strings


@irdl_op_definition
class SetOp(IRDLOperation):
    """Sets a configuration of an engine, which stays until it is set again.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64, number = 1 : i64}
      isa.format @word bits 64 [opcode[0:8], engine[8:3] = engine()]
      isa.configuration @pitch on @load encoded<@word, opcode = 2, to[32:32] = value()>
    }
    isa.set @small::@pitch to 64 on "load"
    ```
    """

    name = "isa.set"

    configuration = prop_def(SymbolRefAttr)
    value_attr = prop_def(IntAttr, prop_name="value")
    engine_attr = prop_def(StringAttr, prop_name="engine")
    waits_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="waits")
    signals_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="signals")

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, configuration: SymbolRefAttr, value: int, engine: str) -> None:
        super().__init__(
            properties={
                "configuration": configuration,
                "value": IntAttr(value),
                "engine": StringAttr(engine),
            }
        )

    @property
    def value(self) -> int:
        """What it is set to."""
        return self.value_attr.data

    @property
    def engine(self) -> str:
        """The engine whose configuration it is."""
        return self.engine_attr.data

    @property
    def waits(self) -> tuple[str, ...]:
        """The engines that it waits for."""
        return strings(self.waits_attr)

    @property
    def signals(self) -> tuple[str, ...]:
        """The engines that it signals."""
        return strings(self.signals_attr)

    @classmethod
    def parse(cls, parser: Parser) -> SetOp:
        """Parse `@machine::@configuration to 64 on "engine"`."""
        symbol = _parse_symbol(parser, "the configuration, such as @npu::@pitch")
        parser.parse_keyword("to")
        value = parser.parse_integer()
        parser.parse_keyword("on")
        op = cls(symbol, value, parser.parse_str_literal(", the name of an engine"))
        op.properties |= dict(parse_synchronisation(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_attribute(self.configuration)
        printer.print_string(f' to {self.value} on "{self.engine}"')
        print_synchronisation(printer, self.waits, self.signals)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the machine has the configuration and the engine."""
        program_rules.check_set(self)


@irdl_op_definition
class IssueOp(IRDLOperation):
    """Issues an instruction that computes nothing: it only waits and signals, or ends the program.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64}
      isa.unit @execute {queue = 4 : i64}
      isa.format @word bits 64 [opcode[0:8], pop[8:1], push[9:1]]
      isa.tokens @load to @execute signal push wait pop
      isa.control @halt on @execute finishes encoded<@word, opcode = 1>
    }
    isa.issue @small::@halt on "execute" waits ["load"]
    ```
    """

    name = "isa.issue"

    control = prop_def(SymbolRefAttr)
    engine_attr = prop_def(StringAttr, prop_name="engine")
    waits_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="waits")
    signals_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="signals")

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        control: SymbolRefAttr,
        engine: str,
        waits: Sequence[str] = (),
        signals: Sequence[str] = (),
    ) -> None:
        super().__init__(
            properties={
                "control": control,
                "engine": StringAttr(engine),
                "waits": ArrayAttr([StringAttr(name) for name in waits]) if waits else None,
                "signals": ArrayAttr([StringAttr(name) for name in signals]) if signals else None,
            }
        )

    @property
    def engine(self) -> str:
        """The engine that executes it."""
        return self.engine_attr.data

    @property
    def waits(self) -> tuple[str, ...]:
        """The engines that it waits for."""
        return strings(self.waits_attr)

    @property
    def signals(self) -> tuple[str, ...]:
        """The engines that it signals."""
        return strings(self.signals_attr)

    @classmethod
    def parse(cls, parser: Parser) -> IssueOp:
        """Parse `@machine::@control on "engine" waits [...] signals [...]`."""
        symbol = _parse_symbol(parser, "the instruction, such as @npu::@halt")
        parser.parse_keyword("on")
        op = cls(symbol, parser.parse_str_literal(", the name of an engine"))
        op.properties |= dict(parse_synchronisation(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_attribute(self.control)
        printer.print_string(f' on "{self.engine}"')
        print_synchronisation(printer, self.waits, self.signals)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the machine has the instruction and the engines."""
        program_rules.check_issue(self)


def _parse_symbol(parser: Parser, what: str) -> SymbolRefAttr:
    """Parse the symbol of a part of a machine."""
    symbol = parser.parse_attribute()
    if not isinstance(symbol, SymbolRefAttr):
        parser.raise_error(f"expected {what}")
    return symbol
