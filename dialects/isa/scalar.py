"""The operation for what a C compiler does by itself: `isa.scalar`."""

from __future__ import annotations

from xdsl.dialects.builtin import StringAttr, SymbolRefAttr
from xdsl.irdl import irdl_op_definition, opt_prop_def, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface

from . import instruction_rules
from .cost import CostAttr, cycles_of, parse_cost, parse_unit, print_cost, print_unit
from .named import NamedOp, OnUnitOp
from .number import names_around


@irdl_op_definition
class ScalarOp(NamedOp, OnUnitOp):
    """The instruction that evaluates any scalar expression on elements of one memory.

    It stands for what a C compiler does by itself: a statement whose operands all live in the
    memory can always be computed by it, one element at a time.

    ```mlir
    isa.target @host {
      isa.memory @mem cached
      isa.unit @alu {count = 4 : i64}
      isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>
    }
    ```
    """

    name = "isa.scalar"

    memory = prop_def(SymbolRefAttr)
    cost = opt_prop_def(CostAttr)

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        name: str,
        memory: str | SymbolRefAttr,
        unit: str | SymbolRefAttr,
        cost: CostAttr | None,
    ) -> None:
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "memory": SymbolRefAttr(memory) if isinstance(memory, str) else memory,
                "unit": SymbolRefAttr(unit) if isinstance(unit, str) else unit,
                "cost": cost,
            }
        )

    @property
    def memory_name(self) -> str:
        """The name of the memory that all operands live in."""
        return self.memory.root_reference.data

    @property
    def latency(self) -> int:
        """Cycles from issue until the result can be used."""
        return cycles_of(self.cost, names_around(self)).latency

    @property
    def interval(self) -> int:
        """Cycles between two issues on one instance of the unit."""
        return cycles_of(self.cost, names_around(self)).interval

    @classmethod
    def parse(cls, parser: Parser) -> ScalarOp:
        """Parse `@name in @memory on @unit cost<...>`."""
        name = parser.parse_symbol_name().data
        parser.parse_keyword("in", ", the memory of the operands, such as 'in @mem'")
        memory = SymbolRefAttr(parser.parse_symbol_name())
        unit = parse_unit(parser)
        op = cls(name, memory, unit, parse_cost(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        printer.print_string(" in ")
        printer.print_attribute(self.memory)
        print_unit(printer, self.unit)
        print_cost(printer, self.cost)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the memory, the unit and the cost are there."""
        instruction_rules.check_scalar(self)
