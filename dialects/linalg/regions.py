"""`linalg.map` and `linalg.reduce`: the user writes the body, or only the name of its operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Self

from xdsl.dialects import linalg
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    ShapedType,
    i32,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.dialects.linalg.ops import YieldOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import AttrSizedOperandSegments, irdl_op_definition
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..shapes import counted, element_type, is_tensor, named
from .extents import verify_extents
from .text import parse_numbers, parse_operands, print_numbers, print_operands

Body = Callable[[Sequence[SSAValue]], Region]
"""Makes a body when the operands are known."""

Arguments = Callable[[Block], Sequence[SSAValue]]
"""Which arguments of a body its only operation takes, and in which order."""


def parse_short_body(parser: Parser, arguments: Arguments) -> Body | None:
    """Parse `{ arith.addf {...} }`, a body of one operation; None where there is none."""
    if not parser.parse_optional_punctuation("{"):
        return None
    pos = parser.pos
    name = parser.parse_identifier()
    if (op_type := parser.ctx.get_optional_op(name)) is None:
        parser.raise_error(f"unknown operation '{name}'", pos)
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation("}")

    def body(operands: Sequence[SSAValue]) -> Region:
        block = Block(arg_types=[element_type(value.type) for value in operands])
        op = op_type.create(
            operands=arguments(block),
            result_types=[block.args[-1].type],
            properties=attributes,
        )
        block.add_ops([op, YieldOp(*op.results)])
        return Region(block)

    return body


def parse_body(parser: Parser) -> Region:
    """Parse `(%a: f32, %b: f32) { ... }`."""
    arguments = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_argument)
    return parser.parse_region(arguments)


def short_body(block: Block, arguments: Arguments) -> Operation | None:
    """Return the only operation of a body, if it takes exactly these arguments."""
    ops = list(block.ops)
    if len(ops) != 2 or not isinstance(ops[1], YieldOp) or ops[0].regions or not ops[0].operands:
        return None
    takes = tuple(ops[0].operands) == tuple(arguments(block))
    return ops[0] if takes and tuple(ops[1].operands) == tuple(ops[0].results) else None


def print_short_body(printer: Printer, op: Operation) -> None:
    """Print what `parse_short_body` parses; properties that are as by default are left out."""
    plain = type(op).create(operands=op.operands, result_types=op.result_types)
    given = {n: value for n, value in op.properties.items() if plain.properties.get(n) != value}
    plain.erase()
    printer.print_string(f" {{ {op.name}")
    printer.print_op_attributes(given | op.attributes)
    printer.print_string(" }")


def print_body(printer: Printer, region: Region) -> None:
    """Print what `parse_body` parses."""
    printer.print_string(" ")
    with printer.in_parens():
        printer.print_list(region.block.args, printer.print_block_argument)
    printer.print_string(" ")
    printer.print_region(region, print_entry_block_args=False)


def _inputs(block: Block) -> Sequence[SSAValue]:
    """Return a map's arguments without that of its output."""
    return block.args[:-1]


def _output_first(block: Block) -> Sequence[SSAValue]:
    """Return a reduction's arguments: what is reduced already, then the next element."""
    return block.args[::-1]


@irdl_op_definition
class MapOp(LinalgStructuredOperation):
    """Compute every element of the output from those of the inputs at the same place.

    A body of one operation on the inputs' elements is given by its name:

    ```mlir
    func.func @sum(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.map { arith.addf } ins(%a, %b : tensor<4xf32>, tensor<4xf32>)
        outs(%c : tensor<4xf32>)
      %1 = linalg.map ins(%0 : tensor<4xf32>) outs(%c : tensor<4xf32>) (%x: f32, %old: f32) {
        %2 = math.exp %x : f32
        %3 = arith.mulf %2, %x : f32
        linalg.yield %3 : f32
      }
      func.return %1 : tensor<4xf32>
    }
    ```

    The last argument of the body is the output's old element; it may be left out.
    """

    name = "linalg.map"

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        output: SSAValue,
        body: Region,
        attributes: dict[str, Attribute] | None = None,
    ) -> None:
        """Build the operation; on tensors the result has the output's type."""
        if len(body.block.args) == len(inputs):
            body.block.insert_arg(element_type(output.type), len(inputs))
        super().__init__(
            operands=[inputs, [output]],
            result_types=[[output.type] if is_tensor(output.type) else []],
            attributes=attributes,
            regions=[body],
        )

    def __post_init__(self) -> None:
        """Say where the inputs end, which upstream's generic form does not."""
        segments = DenseArrayBase.from_list(i32, [len(self.operands) - 1, 1])
        self.properties.setdefault(AttrSizedOperandSegments.attribute_name, segments)
        super().__post_init__()

    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        """Return the access of every operand: all are at the same place."""
        type_ = self.outputs[0].type
        assert isinstance(type_, ShapedType)
        return _identities(type_.get_num_dims(), len(self.operands))

    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        """Return the kinds of the loops."""
        return ArrayAttr([IteratorTypeAttr.parallel()] * self.get_num_loops())

    def verify_(self) -> None:
        """Check shapes and body."""
        maps = [attribute.data for attribute in self.get_indexing_maps()]
        names = [named(value, f"operand {number}") for number, value in enumerate(self.operands)]
        axes = [f"d{axis}" for axis in range(maps[-1].num_dims)]
        verify_extents(self.operands, names, maps, axes)
        super().verify_()

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        """Parse what follows the operation's name."""
        body = parse_short_body(parser, _inputs)
        attributes = {} if body else parser.parse_optional_attr_dict()
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if len(outputs) != 1:
            raise VerifyException(f"'{cls.name}' has one output, but {len(outputs)} given")
        attributes |= parser.parse_optional_attr_dict()
        region = body((*inputs, *outputs)) if body else parse_body(parser)
        return cls(inputs, outputs[0], region, attributes)

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        short = short_body(self.body.block, _inputs)
        if short is not None:
            print_short_body(printer, short)
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        printer.print_op_attributes(self.attributes)
        if short is None:
            print_body(printer, self.body)


@lru_cache(maxsize=64)
def _identities(rank: int, count: int) -> ArrayAttr[AffineMapAttr]:
    """Return as many maps of a place to itself: every pass asks every operation for them."""
    return ArrayAttr([AffineMapAttr(AffineMap.identity(rank))] * count)


class ReduceOp(linalg.ops.ReduceOp):
    """Reduce dimensions: xDSL's operation, whose body may be given by an operation's name.

    ```mlir
    func.func @sum(%a: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.reduce { arith.addf } ins(%a : tensor<4x8xf32>) outs(%b : tensor<4xf32>)
        dimensions = [1]
      func.return %0 : tensor<4xf32>
    }
    ```
    """

    def verify_(self) -> None:
        """Check dimensions, shapes and body."""
        dims = self.dimensions.get_values()
        type_ = self.input.type
        assert isinstance(type_, ShapedType)
        if list(dims) != sorted({dim for dim in dims if 0 <= dim < type_.get_num_dims()}):
            raise VerifyException(
                f"'dimensions' must be increasing dimensions of {type_}, not {list(dims)}"
            )
        super().verify_()
        types = [element_type(value.type) for value in self.operands]
        if [argument.type for argument in self.region.block.args] != types:
            raise VerifyException(
                f"the body must take {counted(len(types), 'argument')} of "
                f"{', '.join(map(str, types))}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        """Parse what follows the operation's name."""
        body = parse_short_body(parser, _output_first)
        attributes = {} if body else parser.parse_optional_attr_dict()
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        dims = parse_numbers(parser, "dimensions")
        attributes |= parser.parse_optional_attr_dict()
        if len(inputs) != 1 or len(outputs) != 1:
            raise VerifyException(
                f"'{cls.name}' of {len(inputs)} inputs into {len(outputs)} outputs is not "
                "supported: there must be one of each"
            )
        region = body((*inputs, *outputs)) if body else parse_body(parser)
        op = cls(inputs[0], outputs[0], dims, region)
        op.attributes |= attributes
        return op

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        short = short_body(self.region.block, _output_first)
        if short is not None:
            print_short_body(printer, short)
        print_operands(printer, "ins", [self.input])
        print_operands(printer, "outs", [self.init])
        print_numbers(printer, "dimensions", self.dimensions)
        printer.print_op_attributes(self.attributes)
        if short is None:
            print_body(printer, self.region)
