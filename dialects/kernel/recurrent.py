"""`kernel.rnn`, `kernel.gru`, `kernel.lstm` and their cells: recurrent layers."""

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import StringAttr, TensorType, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    result_def,
)
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of, shape_of, shown
from .elementwise import verify_float, verify_vector

_PARAMETERS = (
    "`,` $w `,` $r (`bias` $bias^)? (`recurrent_bias` $recurrent_bias^)? attr-dict `:` type($x)"
    " `,` type($h) `,` type($w) `,` type($r) (`,` type($bias)^)? (`,` type($recurrent_bias)^)?"
)


class RecurrentOp(IRDLOperation, ABC):
    """A recurrent layer: input, state, weights of both for all gates, and biases.

    `GATES` are the gates in the order in which the weights have them by default, which is
    PyTorch's; `OTHER` is ONNX's order.
    """

    GATES: ClassVar[str] = ""
    OTHER: ClassVar[str] = ""
    T: ClassVar = VarConstraint("T", base(TensorType))

    x = operand_def(TensorType)
    h = operand_def(T)
    w = operand_def(TensorType)
    r = operand_def(TensorType)
    bias = opt_operand_def(TensorType)
    recurrent_bias = opt_operand_def(TensorType)
    gates = opt_prop_def(StringAttr)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    @property
    def order(self) -> str:
        """The gates in the order in which the weights have them, a letter each."""
        return self.GATES if self.gates is None else self.gates.data

    @property
    def hidden(self) -> int:
        """The number of elements of the state."""
        return shape_of(self.h)[-1]

    def verify_layer(self, rank: int) -> None:
        """Check the operands; `rank` is that of the input: 2 for a cell, 3 for a sequence."""
        x, h, what = shape_of(self.x), shape_of(self.h), "[steps, batch, inputs]"
        element = element_type_of(self.x)
        verify_float(element, "x")
        if len(x) != rank:
            what = what if rank == 3 else "[batch, inputs]"
            raise VerifyException(f"x is {shown(x)}, but should be {what}")
        if len(h) != 2 or h[0] != x[-2]:
            raise VerifyException(
                f"h is {shown(h)}, but should be [batch, hidden] with a batch of {x[-2]} like x"
            )
        if self.order not in {self.GATES, self.OTHER}:
            raise VerifyException(
                f"unknown gates '{self.order}'; known: '{self.GATES}' (PyTorch's order) "
                f"and '{self.OTHER}' (ONNX's)"
            )
        rows = len(self.GATES) * h[1]
        parameters: Sequence[tuple[str, SSAValue | None, tuple[int, ...]]] = (
            ("h", self.h, h),
            ("w", self.w, (rows, x[-1])),
            ("r", self.r, (rows, h[1])),
            ("bias", self.bias, (rows,)),
            ("recurrent_bias", self.recurrent_bias, (rows,)),
        )
        for name, value, shape in parameters:
            verify_vector(value, name, shape, element)

    def verify_sequence(self, sequence: SSAValue) -> None:
        """Check the states of all steps."""
        expected = (*shape_of(self.x)[:2], self.hidden)
        verify_vector(sequence, "the result", expected, element_type_of(self.x))


class RnnLayer(RecurrentOp, ABC):
    """What `kernel.rnn` and `kernel.rnn_cell` share."""

    GATES: ClassVar[str] = "h"
    OTHER: ClassVar[str] = "h"

    activation = opt_prop_def(StringAttr)

    @property
    def function(self) -> str:
        """The activation: `tanh` or `relu`."""
        return "tanh" if self.activation is None else self.activation.data

    def verify_layer(self, rank: int) -> None:
        """Check the operands and the activation."""
        super().verify_layer(rank)
        if self.function not in ("tanh", "relu"):
            raise VerifyException(f"unknown activation '{self.function}'; known: tanh, relu")


class GruLayer(RecurrentOp, ABC):
    """What `kernel.gru` and `kernel.gru_cell` share."""

    GATES: ClassVar[str] = "rzn"
    OTHER: ClassVar[str] = "zrn"

    reset_before = opt_prop_def(UnitAttr)


class LstmLayer(RecurrentOp, ABC):
    """What `kernel.lstm` and `kernel.lstm_cell` share."""

    GATES: ClassVar[str] = "ifgo"
    OTHER: ClassVar[str] = "iofg"

    c = operand_def(RecurrentOp.T)


@irdl_op_definition
class RnnCellOp(RnnLayer):
    """Compute one step of a plain recurrent layer.

        result = activation(w x + bias + r h + recurrent_bias)

    `x` is `[batch, inputs]`, `h` and the result `[batch, hidden]`, `w` is `[hidden, inputs]`, `r`
    is `[hidden, hidden]`, the biases are `[hidden]`. The activation is `tanh`, or `relu`.

    ```mlir
    func.func @step(%x: tensor<2x5xf32>, %h: tensor<2x8xf32>, %w: tensor<8x5xf32>,
                    %r: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<2x8xf32> {
      %y = kernel.rnn_cell %x, %h, %w, %r bias %b {activation = "relu"}
        : tensor<2x5xf32>, tensor<2x8xf32>, tensor<8x5xf32>, tensor<8x8xf32>, tensor<8xf32>
      func.return %y : tensor<2x8xf32>
    }
    ```
    """

    name = "kernel.rnn_cell"

    result = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h {_PARAMETERS}"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(2)


@irdl_op_definition
class GruCellOp(GruLayer):
    """Compute one step of a gated recurrent unit.

        r = sigmoid(w_r x + b_r + r_r h + rb_r)
        z = sigmoid(w_z x + b_z + r_z h + rb_z)
        n = tanh(w_n x + b_n + r * (r_n h + rb_n))
        result = (1 - z) * n + z * h

    `x` is `[batch, inputs]`, `h` and the result `[batch, hidden]`. `w`, `[3 hidden, inputs]`, and
    `r`, `[3 hidden, hidden]`, have the gates one below the other, and so have the biases,
    `[3 hidden]`: in PyTorch's order `gates = "rzn"` (default), or in ONNX's, `"zrn"`. With
    `reset_before` the last gate is `n = tanh(w_n x + b_n + r_n (r * h) + rb_n)`, ONNX's
    `linear_before_reset = 0`.

    ```mlir
    func.func @step(%x: tensor<2x5xf32>, %h: tensor<2x8xf32>, %w: tensor<24x5xf32>,
                    %r: tensor<24x8xf32>) -> tensor<2x8xf32> {
      %y = kernel.gru_cell %x, %h, %w, %r
        : tensor<2x5xf32>, tensor<2x8xf32>, tensor<24x5xf32>, tensor<24x8xf32>
      func.return %y : tensor<2x8xf32>
    }
    ```
    """

    name = "kernel.gru_cell"

    result = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h {_PARAMETERS}"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(2)


@irdl_op_definition
class LstmCellOp(LstmLayer):
    """Compute one step of a long short-term memory.

        i, f, o = sigmoid(w_i x + b_i + r_i h + rb_i), ...
        g = tanh(w_g x + b_g + r_g h + rb_g)
        cell = f * c + i * g
        result = o * tanh(cell)

    The results are the new `h` and the new `c`, both `[batch, hidden]`. The weights, `[4 hidden,
    inputs]` and `[4 hidden, hidden]`, and the biases have the gates one below the other, in
    PyTorch's order `gates = "ifgo"` (default), or in ONNX's, `"iofg"` (whose c is our g).

    ```mlir
    func.func @step(%x: tensor<2x5xf32>, %h: tensor<2x8xf32>, %c: tensor<2x8xf32>,
                    %w: tensor<32x5xf32>, %r: tensor<32x8xf32>)
        -> (tensor<2x8xf32>, tensor<2x8xf32>) {
      %y, %d = kernel.lstm_cell %x, %h, %c, %w, %r
        : tensor<2x5xf32>, tensor<2x8xf32>, tensor<32x5xf32>, tensor<32x8xf32>
      func.return %y, %d : tensor<2x8xf32>, tensor<2x8xf32>
    }
    ```
    """

    name = "kernel.lstm_cell"

    result = result_def(RecurrentOp.T)
    cell = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h `,` $c {_PARAMETERS}"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(2)


@irdl_op_definition
class RnnOp(RnnLayer):
    """Run `kernel.rnn_cell` over a sequence.

    `x` is `[steps, batch, inputs]`. The results are the states of all steps, `[steps, batch,
    hidden]`, and the last one.

    ```mlir
    func.func @layer(%x: tensor<6x2x5xf32>, %h: tensor<2x8xf32>, %w: tensor<8x5xf32>,
                     %r: tensor<8x8xf32>) -> (tensor<6x2x8xf32>, tensor<2x8xf32>) {
      %y, %last = kernel.rnn %x, %h, %w, %r
        : tensor<6x2x5xf32>, tensor<2x8xf32>, tensor<8x5xf32>, tensor<8x8xf32> -> tensor<6x2x8xf32>
      func.return %y, %last : tensor<6x2x8xf32>, tensor<2x8xf32>
    }
    ```
    """

    name = "kernel.rnn"

    sequence = result_def(TensorType)
    last = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h {_PARAMETERS} `->` type($sequence)"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(3)
        self.verify_sequence(self.sequence)


@irdl_op_definition
class GruOp(GruLayer):
    """Run `kernel.gru_cell` over a sequence.

    `x` is `[steps, batch, inputs]`. The results are the states of all steps, `[steps, batch,
    hidden]`, and the last one. The products of all inputs with `w` are one matrix multiplication
    before the steps, those of a state with `r` one in each step.

    ```mlir
    func.func @layer(%x: tensor<6x2x5xf32>, %h: tensor<2x8xf32>, %w: tensor<24x5xf32>,
                     %r: tensor<24x8xf32>, %b: tensor<24xf32>, %rb: tensor<24xf32>)
        -> (tensor<6x2x8xf32>, tensor<2x8xf32>) {
      %y, %last = kernel.gru %x, %h, %w, %r bias %b recurrent_bias %rb {gates = "zrn"}
        : tensor<6x2x5xf32>, tensor<2x8xf32>, tensor<24x5xf32>, tensor<24x8xf32>, tensor<24xf32>,
          tensor<24xf32> -> tensor<6x2x8xf32>
      func.return %y, %last : tensor<6x2x8xf32>, tensor<2x8xf32>
    }
    ```
    """

    name = "kernel.gru"

    sequence = result_def(TensorType)
    last = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h {_PARAMETERS} `->` type($sequence)"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(3)
        self.verify_sequence(self.sequence)


@irdl_op_definition
class LstmOp(LstmLayer):
    """Run `kernel.lstm_cell` over a sequence.

    `x` is `[steps, batch, inputs]`. The results are the states of all steps, `[steps, batch,
    hidden]`, the last one, and the last cell.

    ```mlir
    func.func @layer(%x: tensor<6x2x5xf32>, %h: tensor<2x8xf32>, %c: tensor<2x8xf32>,
                     %w: tensor<32x5xf32>, %r: tensor<32x8xf32>) -> tensor<6x2x8xf32> {
      %y, %last, %cell = kernel.lstm %x, %h, %c, %w, %r
        : tensor<6x2x5xf32>, tensor<2x8xf32>, tensor<32x5xf32>, tensor<32x8xf32>
        -> tensor<6x2x8xf32>
      func.return %y : tensor<6x2x8xf32>
    }
    ```
    """

    name = "kernel.lstm"

    sequence = result_def(TensorType)
    last = result_def(RecurrentOp.T)
    cell = result_def(RecurrentOp.T)
    assembly_format = f"$x `,` $h `,` $c {_PARAMETERS} `->` type($sequence)"

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self.verify_layer(3)
        self.verify_sequence(self.sequence)
