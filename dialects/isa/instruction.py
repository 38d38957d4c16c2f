"""The operations that describe what a machine can do: `isa.instruction` and `isa.scalar`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    MemRefType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region
from xdsl.ir.affine import AffineDimExpr
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, NoTerminator, SymbolOpInterface

from . import instruction_rules, statement
from .attributes import CostAttr
from .windows import memref_of


def _parse_unit_and_cost(parser: Parser) -> tuple[SymbolRefAttr, CostAttr | None]:
    """Parse `on @unit cost<latency = 4, interval = 1>`; the verifier misses an absent cost."""
    parser.parse_keyword("on", ", the unit that runs the instruction, such as 'on @fma'")
    unit = SymbolRefAttr(parser.parse_symbol_name())
    cost = None
    if parser.parse_optional_keyword("cost") is not None:
        cost = CostAttr.new(CostAttr.parse_parameters(parser))
    return unit, cost


def _print_unit_and_cost(printer: Printer, unit: SymbolRefAttr, cost: CostAttr | None) -> None:
    """Print what `_parse_unit_and_cost` reads."""
    printer.print_string(" on ")
    printer.print_attribute(unit)
    if cost is not None:
        printer.print_string(" cost")
        cost.print_parameters(printer)


@irdl_op_definition
class InstructionOp(IRDLOperation):
    """One instruction of a machine: a statement on operands in named memories.

    The block arguments are the operands; the one statement in the body says what the instruction
    does, and its output is the operand that the instruction writes. `on` names the unit that runs
    it and `cost` is in cycles. `c` is how it is written in C: `{name}` stands for an operand (the
    variable of a register, a pointer to the first element in other memories), `{name.size0}` and
    `{name.stride0}` for an extent and a stride in elements, `{{` and `}}` for braces.

    Without a layout an operand is contiguous; `strided<[?]>` takes any stride. One extent may be
    `?`: at most what the other operands give the statement, which must then be guarded.

    Arguments that are numbers stand last: they are parameters, which every invocation sets to a
    constant (a scale, a shift, a bound; of type `i1`, a flag that switches something on).

    ```mlir
    isa.target @simd {
      isa.memory @mem cached
      isa.memory @vector register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
      isa.unit @load {count = 1 : i64}
      isa.instruction @loadu_ps(%dst: memref<4xf32, @vector>, %src: memref<4xf32, @mem>) on @load
          cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
        linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vector>)
      }
      isa.instruction @scale(%dst: memref<4xf32, @vector>, %src: memref<4xf32, @vector>, %scale: f32)
          on @load cost<latency = 1, interval = 1> c "{dst} = {src} * {scale};" {
        linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
            iterator_types = ["parallel"]}
            ins(%src : memref<4xf32, @vector>) outs(%dst : memref<4xf32, @vector>) {
        ^bb0(%x: f32, %old: f32):
          %y = arith.mulf %x, %scale : f32
          linalg.yield %y : f32
        }
      }
    }
    ```
    """

    name = "isa.instruction"

    sym_name = prop_def(SymbolNameConstraint())
    unit = prop_def(SymbolRefAttr)
    cost = opt_prop_def(CostAttr)
    c = opt_prop_def(StringAttr)
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolOpInterface())

    def __init__(
        self,
        name: str,
        operands: Sequence[tuple[str, Attribute]] | Region,
        unit: str | SymbolRefAttr,
        cost: CostAttr | None,
        c: str | None = None,
    ) -> None:
        """Make an instruction with an empty body, or with the given region.

        Args:
            name: Its symbol.
            operands: Names and types of the operands and parameters, or a region whose arguments
                they are.
            unit: The symbol of its unit.
            cost: Latency and interval.
            c: The C form.
        """
        if not isinstance(operands, Region):
            block = Block(arg_types=[type for _, type in operands])
            for argument, (hint, _) in zip(block.args, operands, strict=True):
                argument.name_hint = hint
            operands = Region(block)
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "unit": SymbolRefAttr(unit) if isinstance(unit, str) else unit,
                "cost": cost,
                "c": None if c is None else StringAttr(c),
            },
            regions=[operands],
        )

    @property
    def symbol(self) -> str:
        """The instruction's name, without the `@`."""
        return self.sym_name.data

    @property
    def unit_name(self) -> str:
        """The name of the unit that runs it."""
        return self.unit.root_reference.data

    @property
    def latency(self) -> int:
        """Cycles from issue until the result can be used."""
        return 1 if self.cost is None else self.cost.latency.data

    @property
    def interval(self) -> int:
        """Cycles between two issues on one instance of the unit."""
        return 1 if self.cost is None else self.cost.interval.data

    @property
    def c_template(self) -> str | None:
        """The C form with its placeholders, or None."""
        return None if self.c is None else self.c.data

    @property
    def operand_arguments(self) -> tuple[BlockArgument, ...]:
        """The arguments that are operands."""
        return tuple(arg for arg in self.body.block.args if isinstance(arg.type, MemRefType))

    @property
    def parameters(self) -> dict[str, Attribute]:
        """The types of the parameters by name, in their order."""
        arguments = self.body.block.args[len(self.operand_arguments) :]
        return {argument.name_hint or "": argument.type for argument in arguments}

    @property
    def operand_names(self) -> tuple[str, ...]:
        """The names of the operands in order."""
        return tuple(argument.name_hint or "" for argument in self.operand_arguments)

    @property
    def operand_memrefs(self) -> tuple[MemRefType[Attribute], ...]:
        """The types of the operands in order."""
        types = (memref_of(argument.type) for argument in self.operand_arguments)
        return tuple(type for type in types if type is not None)

    @property
    def operand_memories(self) -> tuple[str, ...]:
        """Per operand, the name of the memory that it lives in."""
        return tuple(statement.memory_name(type) or "" for type in self.operand_memrefs)

    @property
    def statement(self) -> Operation:
        """The one operation of the body that says what the instruction does."""
        return next(op for op in self.body.block.ops if statement.is_statement(op))

    @property
    def output_index(self) -> int:
        """Which operand the instruction writes."""
        return self.body.block.args.index(statement.output_of(self.statement))

    @property
    def input_indices(self) -> tuple[int, ...]:
        """Which operands the statement's inputs are, in its order; constants are left out."""
        inputs = statement.inputs_of(self.statement)
        arguments = self.operand_arguments
        return tuple(arguments.index(value) for value in inputs if value in arguments)

    @property
    def extents(self) -> tuple[int, ...]:
        """The extents of the statement's loops, in its own order."""
        return statement.extents_of(self.statement)

    @property
    def bound(self) -> int:
        """The longest that an operand's extent `?` may be."""
        maps = statement.indexing_maps(self.statement)
        for operand, map in zip(self.statement.operands, maps, strict=True):
            for size, expr in zip(statement.shape_of(operand), map.results, strict=True):
                if size == DYNAMIC_INDEX and isinstance(expr, AffineDimExpr):
                    return self.extents[expr.position]
        return DYNAMIC_INDEX

    @property
    def constant(self) -> Attribute | None:
        """The constant that it fills its output with, or None where it does anything else."""
        return statement.constant_of(self.statement)

    @property
    def is_guarded(self) -> bool:
        """Whether reads outside an operand give zero and writes outside are dropped."""
        return statement.is_guarded(self.statement)

    @property
    def is_move(self) -> bool:
        """Whether it only copies its input, or fills its output with a number."""
        return statement.is_move(self.statement)

    @classmethod
    def parse(cls, parser: Parser) -> InstructionOp:
        """Parse `@name(%operand: type, ...) on @unit cost<...> c "..." {body}`."""
        name = parser.parse_symbol_name().data
        arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
        unit, cost = _parse_unit_and_cost(parser)
        c = None
        if parser.parse_optional_keyword("c") is not None:
            c = parser.parse_str_literal(", the C form")
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls(name, parser.parse_region(arguments), unit, cost, c)
        if attributes is not None:
            op.attributes |= attributes.data
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        with printer.in_parens():
            printer.print_list(self.body.block.args, printer.print_block_argument)
        _print_unit_and_cost(printer, self.unit, self.cost)
        if self.c is not None:
            printer.print_string(" c ")
            printer.print_string_literal(self.c.data)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    def verify_(self) -> None:
        """Check operands, body, cost and C form against each other and against the machine."""
        instruction_rules.check_instruction(self)


@irdl_op_definition
class ScalarOp(IRDLOperation):
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

    sym_name = prop_def(SymbolNameConstraint())
    memory = prop_def(SymbolRefAttr)
    unit = prop_def(SymbolRefAttr)
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
    def symbol(self) -> str:
        """The instruction's name, without the `@`."""
        return self.sym_name.data

    @property
    def memory_name(self) -> str:
        """The name of the memory that all operands live in."""
        return self.memory.root_reference.data

    @property
    def unit_name(self) -> str:
        """The name of the unit that runs it."""
        return self.unit.root_reference.data

    @property
    def latency(self) -> int:
        """Cycles from issue until the result can be used."""
        return 1 if self.cost is None else self.cost.latency.data

    @property
    def interval(self) -> int:
        """Cycles between two issues on one instance of the unit."""
        return 1 if self.cost is None else self.cost.interval.data

    @classmethod
    def parse(cls, parser: Parser) -> ScalarOp:
        """Parse `@name in @memory on @unit cost<...>`."""
        name = parser.parse_symbol_name().data
        parser.parse_keyword("in", ", the memory of the operands, such as 'in @mem'")
        memory = SymbolRefAttr(parser.parse_symbol_name())
        op = cls(name, memory, *_parse_unit_and_cost(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        printer.print_string(" in ")
        printer.print_attribute(self.memory)
        _print_unit_and_cost(printer, self.unit, self.cost)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        """Check that the memory, the unit and the cost are there."""
        instruction_rules.check_scalar(self)
