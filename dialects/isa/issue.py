"""The operations of a program for engines that compute nothing: `isa.set` and `isa.issue`."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, IntAttr, StringAttr, SymbolRefAttr
from xdsl.irdl import irdl_op_definition, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from . import engine_rules
from .program import SynchronisedOp, parse_synchronisation


class _EngineOp(SynchronisedOp, ABC):
    """What one engine executes beside the instructions that compute."""

    engine_attr = prop_def(StringAttr, prop_name="engine")

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    @property
    def engine(self) -> str:
        """The engine that executes it."""
        return self.engine_attr.data


@irdl_op_definition
class SetOp(_EngineOp):
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

    @classmethod
    def parse(cls, parser: Parser) -> SetOp:
        """Parse `@machine::@configuration to 64 on "engine"`."""
        symbol = _parse_symbol(parser, "the configuration, such as @machine::@pitch")
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
        self.print_synchronisation(printer)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the machine has the configuration and the engine."""
        engine_rules.check_set(self)


@irdl_op_definition
class IssueOp(_EngineOp):
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

    @classmethod
    def parse(cls, parser: Parser) -> IssueOp:
        """Parse `@machine::@control on "engine" waits [...] signals [...]`."""
        symbol = _parse_symbol(parser, "the instruction, such as @machine::@halt")
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
        self.print_synchronisation(printer)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the machine has the instruction and the engines."""
        engine_rules.check_issue(self)


def _parse_symbol(parser: Parser, what: str) -> SymbolRefAttr:
    """Parse the symbol of a part of a machine."""
    symbol = parser.parse_attribute()
    if not isinstance(symbol, SymbolRefAttr):
        parser.raise_error(f"expected {what}")
    return symbol
