"""`linalg.softmax`."""

from __future__ import annotations

from typing import Self

from xdsl.dialects.builtin import AnyFloat, IntegerAttr, MemRefType, TensorType, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    base,
    irdl_op_definition,
    operand_def,
    opt_result_def,
    prop_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of, is_tensor, named, same_shape, shape_of, shown
from .text import parse_operands, parse_results, print_operands, print_results


@irdl_op_definition
class SoftmaxOp(IRDLOperation):
    """Compute `exp(x - m) / sum(exp(x - m))` along a dimension, `m` being the maximum along it.

    ```mlir
    func.func @softmax(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %0 = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%y : tensor<4x8xf32>)
        -> tensor<4x8xf32>
      func.return %0 : tensor<4x8xf32>
    }
    ```

    It is no statement; `normalize-statements` makes four of it. What the output holds before does
    not matter.
    """

    name = "linalg.softmax"

    input = operand_def(base(TensorType) | base(MemRefType))
    output = operand_def(base(TensorType) | base(MemRefType))
    dimension = prop_def(IntegerAttr)
    result = opt_result_def(TensorType)

    def __init__(
        self,
        input: SSAValue,
        output: SSAValue,
        dimension: int,
        attributes: dict[str, Attribute] | None = None,
        result: Attribute | None = None,
    ) -> None:
        """Build the operation."""
        super().__init__(
            operands=[input, output],
            result_types=[result],
            properties={"dimension": IntegerAttr(dimension, i64)},
            attributes=attributes,
        )

    @property
    def along(self) -> int:
        """The dimension."""
        return self.dimension.value.data

    def verify_(self) -> None:
        """Check shapes, types and the dimension."""
        x, y = (named(self.input, "the input"), named(self.output, "the output"))
        shape, element = shape_of(self.input), element_type_of(self.input)
        if not isinstance(element, AnyFloat):
            raise VerifyException(f"{x} is of {element}; only floats are supported")
        if not same_shape(shape_of(self.output), shape):
            raise VerifyException(
                f"{y} is {shown(shape_of(self.output))}, but should be {shown(shape)} like {x}"
            )
        if element_type_of(self.output) != element:
            raise VerifyException(f"{y} is of {element_type_of(self.output)}, but {x} of {element}")
        if not 0 <= self.along < len(shape):
            raise VerifyException(f"{x} has no dimension {self.along}: it is {shown(shape)}")
        if is_tensor(self.input.type) != is_tensor(self.output.type):
            raise VerifyException("expected either tensors or memrefs, got both")
        wanted = self.output.type if is_tensor(self.output.type) else None
        if (self.result.type if self.result is not None else None) != wanted:
            raise VerifyException(f"on tensors the result has the type of {y}, else there is none")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        """Parse what follows the operation's name."""
        attributes = parser.parse_optional_attr_dict()
        parser.parse_keyword("dimension")
        with parser.in_parens():
            dimension = parser.parse_integer()
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if len(inputs) != 1 or len(outputs) != 1:
            raise VerifyException(f"'{cls.name}' has one input and one output")
        results = parse_results(parser)
        return cls(inputs[0], outputs[0], dimension, attributes, results[0] if results else None)

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        printer.print_op_attributes(self.attributes)
        printer.print_string(f" dimension({self.along})")
        print_operands(printer, "ins", [self.input])
        print_operands(printer, "outs", [self.output])
        print_results(printer, self.results)
