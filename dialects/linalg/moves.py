"""Operations that only move values: xDSL's, with upstream's text, attributes and errors."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar, Self, cast

from xdsl.dialects import linalg
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of
from .text import parse_numbers, parse_operands, print_numbers, print_operands


class _Rearrangement(IRDLOperation, ABC):
    """One operand written into another; a list of numbers says how."""

    KEYWORD: ClassVar[str]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        """Parse what follows the operation's name."""
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if len(inputs) != 1 or len(outputs) != 1:
            raise VerifyException(f"'{cls.name}' has one input and one output")
        numbers = parse_numbers(parser, cls.KEYWORD)
        op = cast(Any, cls)(inputs[0], outputs[0], numbers)
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        print_operands(printer, "ins", self.operands[:1])
        print_operands(printer, "outs", self.operands[1:])
        print_numbers(printer, self.KEYWORD, self.properties[self.KEYWORD])
        printer.print_op_attributes(self.attributes)


class TransposeOp(_Rearrangement, linalg.ops.TransposeOp):
    """Permute dimensions: dimension `i` of the output is `permutation[i]` of the input.

    ```mlir
    func.func @transpose(%x: tensor<4x8xf32>, %y: tensor<8x4xf32>) -> tensor<8x4xf32> {
      %0 = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%y : tensor<8x4xf32>) permutation = [1, 0]
      func.return %0 : tensor<8x4xf32>
    }
    ```
    """

    KEYWORD = "permutation"

    def verify_(self) -> None:
        """Check the permutation and the shapes."""
        numbers = self.permutation.get_values()
        if sorted(numbers) != list(range(len(numbers))):
            raise VerifyException(f"'permutation' must be one, not {list(numbers)}")
        super().verify_()


class BroadcastOp(_Rearrangement, linalg.ops.BroadcastOp):
    """Repeat the input along `dimensions` of the output, which it lacks.

    ```mlir
    func.func @rows(%x: tensor<8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %0 = linalg.broadcast ins(%x : tensor<8xf32>) outs(%y : tensor<4x8xf32>) dimensions = [0]
      func.return %0 : tensor<4x8xf32>
    }
    ```
    """

    KEYWORD = "dimensions"


class FillOp(linalg.ops.FillOp):
    """Fill the output with a value of its element type.

    ```mlir
    func.func @zeros(%y: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %zero = arith.constant 0.0 : f32
      %0 = linalg.fill ins(%zero : f32) outs(%y : tensor<4x8xf32>) -> tensor<4x8xf32>
      func.return %0 : tensor<4x8xf32>
    }
    ```
    """

    def verify_(self) -> None:
        """Check the operands."""
        super().verify_()
        if len(self.inputs) != 1 or len(self.outputs) != 1:
            raise VerifyException("expected one value and one output")
        value, element = self.inputs[0].type, element_type_of(self.outputs[0])
        if value != element:
            raise VerifyException(f"the value is of {value}, but the output of {element}")
