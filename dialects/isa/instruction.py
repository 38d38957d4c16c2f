"""The operation that describes what a machine can do: `isa.instruction`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects.builtin import (
    ArrayAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region
from xdsl.irdl import (
    irdl_op_definition,
    opt_prop_def,
    region_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, NoTerminator, SymbolOpInterface

from . import instruction_rules, operands, statement
from .cost import (
    CostAttr,
    Cycles,
    ExtentsAttr,
    cycles_of,
    parse_cost,
    parse_unit,
    print_cost,
    print_unit,
)
from .encoding import Encoding, EncodingAttr, parse_optional_encoding
from .named import NamedOp, OnUnitOp
from .number import Name, evaluate, names_around
from .windows import Strides, memref_of

COMPUTED = "computed"
"""The attribute that lists operands which a move or a fill must not have written last."""


TEMPORARIES = "temporaries"
"""The attribute that says how many registers a C form takes beside its operands."""

STREAMING = "streaming"
"""The attribute of a move that writes past the caches."""


@irdl_op_definition
class InstructionOp(NamedOp, OnUnitOp):
    """One instruction of a machine: a statement on operands in named memories.

    The block arguments are the operands; the one statement in the body says what the instruction
    does, and its output is the operand that the instruction writes. `on` names the unit that runs
    it and `cost` is in cycles. `c` is how it is written in C: `{name}` stands for an operand (the
    variable of a register, a pointer to the first element in other memories), `{name.size0}` and
    `{name.stride0}` for an extent and a stride in elements, `{{` and `}}` for braces.

    Without a layout an operand is contiguous; `strided<[?]>` takes any stride. One extent may be
    `?`: at most what the other operands give the statement, which must then be guarded.

    `extents` gives the most of axes that the instruction also does less of; every dimension along
    such an axis is `?`. The axes are called as the statement calls them; where it has no names,
    these are they. The cost may depend on how much is done, and on `kept`, the number of operands
    that are not read again.

    `encoded` says how the instruction looks in binary, see `encoding.py`; there may be another such
    clause with `keeping` for operands that need not be read again. A stride `?` of an operand in a
    memory of rows that the encoding does not give is one row.

    With `attributes {computed = ["x"]}`, what it reads of operand `x` must have been computed there: an
    instruction that only moves or fills must not have written it last. Some hardware stores from a
    buffer that computing instructions write beside their results.

    With `attributes {temporaries = 1 : i64}`, the C form takes so many registers of the output's file beside
    those of the operands, for what it works out on the way.

    With `attributes {streaming = "_mm_sfence();"}`, what it writes goes past the caches. The statement of C
    makes all of it visible; it is the last one of every function, and of every iteration of a parallel loop,
    that uses such an instruction. Only `stream-results` chooses them.

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

    ```mlir
    isa.target @engine attributes {dim = 4 : i64} {
      isa.memory @dram cached {bandwidth = 16 : i64}
      isa.memory @spad scratchpad {bytes = 16384 : i64, row = #isa.number<dim>}
      isa.unit @load {queue = 8 : i64, number = 1 : i64}
      isa.format @word bits 128 [opcode[0:8], engine[8:3] = engine()]
      isa.instruction @load_i8(%dst: memref<?x?xi8, strided<[?, 1]>, @spad>,
          %src: memref<?x?xi8, strided<[?, 1]>, @dram>)
          on @load extents<i = 256, j = dim> cost<latency = 20, interval = i>
          encoded<@word, opcode = 2, to[16:20] = address(dst), from[64:40] = address(src),
            rows[36:8] = extent(i) - 1, columns[44:8] = extent(j) - 1, pitch[104:24] = stride(src, 0)> {
        kernel.contract "ij->ij"(%src) into %dst
            : (memref<?x?xi8, strided<[?, 1]>, @dram>, memref<?x?xi8, strided<[?, 1]>, @spad>)
      }
    }
    ```
    """

    name = "isa.instruction"

    most_attr = opt_prop_def(ExtentsAttr, prop_name="extents")
    cost = opt_prop_def(CostAttr)
    c = opt_prop_def(StringAttr)
    encodings_attr = opt_prop_def(ArrayAttr[EncodingAttr], prop_name="encodings")
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolOpInterface())

    def __init__(
        self,
        name: str,
        operands: Sequence[tuple[str, Attribute]] | Region,
        unit: str | SymbolRefAttr,
        cost: CostAttr | None,
        c: str | None = None,
        extents: ExtentsAttr | None = None,
        encodings: Sequence[EncodingAttr] = (),
    ) -> None:
        """Make an instruction with an empty body, or with the given region.

        Args:
            name: Its symbol.
            operands: Names and types of the operands and parameters, or a region whose arguments
                they are.
            unit: The symbol of its unit.
            cost: Latency and interval.
            c: The C form.
            extents: The most of the axes of which it also does less.
            encodings: How it looks in binary.
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
                "extents": extents,
                "cost": cost,
                "c": None if c is None else StringAttr(c),
                "encodings": ArrayAttr(encodings) if encodings else None,
            },
            regions=[operands],
        )

    @property
    def latency(self) -> int:
        """Cycles from issue until the result can be used, where all is done that it can do."""
        return self.cycles({}).latency

    @property
    def interval(self) -> int:
        """Cycles between two issues on one instance of the unit, where all is done that it can do."""
        return self.cycles({}).interval

    def cycles(self, extents: Mapping[str, int], kept: int = 0) -> Cycles:
        """The cost where so much of the axes is done, all of those that are not named.

        `kept` is how many operands are those of the last execution.
        """
        if self.cost is None or self.cost.is_fixed:
            return cycles_of(self.cost, {})
        own = dict(zip(self.axes, self.extents, strict=True))
        return cycles_of(self.cost, {**names_around(self), "kept": kept, **own, **extents})

    def fullness(self, extents: Mapping[str, int]) -> float:
        """The share of what it computes per cycle at best where so much of the axes is done."""

        def rate(done: Mapping[str, int]) -> float:
            return prod(done.values()) / self.cycles(done).interval

        most = dict(zip(self.axes, self.extents, strict=True))
        return rate({**most, **extents}) / rate(most)

    @property
    def most(self) -> dict[str, int]:
        """The most of each axis of which the instruction also does less."""
        entries = () if self.most_attr is None else self.most_attr.data
        names = names_around(self)
        return {axis: evaluate(number, names) for axis, number in entries}

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """How it looks in binary, with the hardware loops; none if it has no binary form."""
        return operands.encodings_of(self)

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the statement's loops, in its own order."""
        return statement.axes_of(self.statement)

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
        return operands.memories_of(self)

    @property
    def statement(self) -> Operation:
        """The one operation of the body that says what the instruction does."""
        return operands.statement_of(self)

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
        """The extents of the statement's loops, in its own order; the most where it also does less."""
        return statement.extents_of(self.statement)

    @property
    def operand_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the operands in order; for an extent `?`, the longest that it may be."""
        return operands.shapes_of(self)

    @property
    def operand_strides(self) -> tuple[Strides, ...]:
        """The strides of the operands in order, in elements, None where any will do.

        Those of an operand without a layout are given for the most of all axes. Where the binary
        form does not give a stride, it is one row of the memory.
        """
        return operands.strides_of(self)

    @property
    def operand_axes(self) -> tuple[tuple[str | None, ...], ...]:
        """Per dimension of the operands in order, the axis that it has alone."""
        return operands.axes_of(self)

    @property
    def padded_operands(self) -> frozenset[str]:
        """The operands of which some elements may be absent, as the binary form can say so."""
        calls = (call for encoding in self.encodings for call in encoding.quantities())
        padded = (call.args[0] for call in calls if call.function in ("low", "high"))
        return frozenset(name.name for name in padded if isinstance(name, Name))

    @property
    def computed_operands(self) -> frozenset[str]:
        """The operands that a move or a fill must not have written last."""
        names = self.attributes.get(COMPUTED)
        entries = names.data if isinstance(names, ArrayAttr) else ()
        return frozenset(name.data for name in entries if isinstance(name, StringAttr))

    @property
    def temporaries(self) -> int:
        """How many registers of the output's file the C form takes beside its operands."""
        number = self.attributes.get(TEMPORARIES)
        return number.value.data if isinstance(number, IntegerAttr) else 0

    @property
    def streaming(self) -> str | None:
        """The statement of C after stores past the caches; None if it stores like others, or not."""
        statement = self.attributes.get(STREAMING)
        return statement.data if isinstance(statement, StringAttr) else None

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
        return operands.is_move(self)

    @classmethod
    def parse(cls, parser: Parser) -> InstructionOp:
        """Parse `@name(%operand: type, ...) on @unit cost<...> c "..." {body}`."""
        name = parser.parse_symbol_name().data
        arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
        unit = parse_unit(parser)
        extents = None
        if parser.parse_optional_keyword("extents") is not None:
            extents = ExtentsAttr(ExtentsAttr.parse_parameter(parser))
        cost = parse_cost(parser)
        c = None
        if parser.parse_optional_keyword("c") is not None:
            c = parser.parse_str_literal(", the C form")
        encodings: list[EncodingAttr] = []
        while (encoding := parse_optional_encoding(parser)) is not None:
            encodings.append(EncodingAttr(encoding))
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls(name, parser.parse_region(arguments), unit, cost, c, extents, encodings)
        if attributes is not None:
            op.attributes |= attributes.data
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        with printer.in_parens():
            printer.print_list(self.body.block.args, printer.print_block_argument)
        print_unit(printer, self.unit)
        if self.most_attr is not None:
            printer.print_string(" extents")
            self.most_attr.print_parameter(printer)
        print_cost(printer, self.cost)
        if self.c is not None:
            printer.print_string(" c ")
            printer.print_string_literal(self.c.data)
        for encoding in self.encodings_attr or ():
            printer.print_string(f" {encoding.data.text()}")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    def verify_(self) -> None:
        """Check operands, body, cost and C form against each other and against the machine."""
        instruction_rules.check_instruction(self)
