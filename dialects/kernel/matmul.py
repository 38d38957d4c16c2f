"""`kernel.matmul`: a matrix multiplication with the epilogue of a neural network layer."""

from typing import ClassVar

from xdsl.dialects.builtin import TensorType, UnitAttr
from xdsl.irdl import (
    AttrSizedOperandSegments,
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

from ..shapes import differ, same_shape, shape_of, shown
from .epilogue import EpilogueOp


@irdl_op_definition
class MatmulOp(EpilogueOp):
    """Multiply matrices, then add a bias and apply an activation.

    `a` is `[..., m, k]`, `b` is `[..., k, n]`, the result `[..., m, n]`. The leading dimensions are
    a batch: the same for `a`, `b` and the result, but a `b` without any is shared by the batch.
    `transpose_a` and `transpose_b` say that `a` is `[..., k, m]` and `b` is `[..., n, k]`.

    ```mlir
    func.func @layer(%x: tensor<8x32x64xf32>, %w: tensor<128x64xf32>, %bias: tensor<128xf32>)
        -> tensor<8x32x128xf32> {
      %y = kernel.matmul %x, %w bias %bias {transpose_b, activation = "relu"}
        : tensor<8x32x64xf32>, tensor<128x64xf32>, tensor<128xf32> -> tensor<8x32x128xf32>
      func.return %y : tensor<8x32x128xf32>
    }
    ```

    The result is `clamp(activation(init + a * b + bias + residual))`. `init` and `residual` are of
    the result's type; `init` is what the sum starts from. `bias` has the last dimensions of the
    result, such as `[n]` or `[m, n]`. The activations are `relu`, `max(x, 0)`, of which a NaN stays
    a NaN, and on floats `sigmoid` and `tanh`; `clamp = [low, high]` limits the result. Element
    types widen as in `kernel.contract`: integers by their sign, or by zeros those that `unsigned`
    lists, 0 for `a` and 1 for `b`.

    With `requantise = {...}`, whose parameters are those of `kernel.requantise`, the sum is of i32
    and its last step is a requantisation to the result's type:

    ```mlir
    func.func @layer(%x: tensor<32x64xi8>, %w: tensor<64x16xi8>, %bias: tensor<16xi32>)
        -> tensor<32x16xi8> {
      %y = kernel.matmul %x, %w bias %bias
        {unsigned = array<i64: 0>, requantise = {multiplier = 77, shift = 16}}
        : tensor<32x64xi8>, tensor<64x16xi8>, tensor<16xi32> -> tensor<32x16xi8>
      func.return %y : tensor<32x16xi8>
    }
    ```
    """

    name = "kernel.matmul"

    FACTORS: ClassVar[tuple[str, ...]] = ("a", "b")

    T: ClassVar = VarConstraint("T", base(TensorType))

    a = operand_def(TensorType)
    b = operand_def(TensorType)
    bias = opt_operand_def(TensorType)
    init = opt_operand_def(T)
    residual = opt_operand_def(T)
    transpose_a = opt_prop_def(UnitAttr)
    transpose_b = opt_prop_def(UnitAttr)
    result = result_def(T)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$a `,` $b (`bias` $bias^)? (`init` $init^)? (`residual` $residual^)? attr-dict"
        " `:` type($a) `,` type($b) (`,` type($bias)^)? `->` type($result)"
    )

    def verify_(self) -> None:
        """Check shapes, types and the epilogue."""
        a, b, result = shape_of(self.a), shape_of(self.b), shape_of(self.result)
        for name, shape in (("a", a), ("b", b)):
            if len(shape) < 2:
                raise VerifyException(f"{name} must be a matrix, but has rank {len(shape)}")
        m, k = _matrix(a, self.transpose_a)
        k_of_b, n = _matrix(b, self.transpose_b)
        if differ(k, k_of_b):
            raise VerifyException(f"inner extents differ: a has k = {k}, b has k = {k_of_b}")
        if len(b) > 2 and not same_shape(b[:-2], a[:-2]):
            raise VerifyException(
                f"batch extents differ: a has {shown(a[:-2])}, b has {shown(b[:-2])}"
            )
        if not same_shape(result, (*a[:-2], m, n)):
            raise VerifyException(
                f"the result is {shown(result)}, but a * b is {shown((*a[:-2], m, n))}"
            )
        self.verify_factors()
        if self.bias is not None:
            self._verify_bias_shape(shape_of(self.bias), result)
        self.verify_epilogue([] if self.bias is None else [shape_of(self.bias)])

    def _verify_bias_shape(self, bias: tuple[int, ...], result: tuple[int, ...]) -> None:
        """Check that the bias repeats along the leading dimensions of the result."""
        if not 0 < len(bias) <= len(result) or not same_shape(bias, result[-len(bias) :]):
            raise VerifyException(
                f"bias is {shown(bias)}, but should be {shown(result[-1:])} "
                f"or {shown(result[-2:])}, the last extents of the result"
            )


def _matrix(shape: tuple[int, ...], transposed: UnitAttr | None) -> tuple[int, int]:
    """Return rows and columns of the last two dimensions as they are multiplied."""
    rows, columns = shape[-2:]
    return (rows, columns) if transposed is None else (columns, rows)
