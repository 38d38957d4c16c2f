"""`kernel.softmax`, `kernel.layer_norm`, `kernel.batch_norm`: normalisation of activations."""

from typing import ClassVar

from xdsl.dialects.builtin import AnyFloat, FloatAttr, IntegerAttr, StringAttr, TensorType
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

from ..shapes import element_type_of, shape_of
from .elementwise import verify_float, verify_vector
from .sliding import FIRST, LAST

EPSILON = 1e-5
"""What is added to a variance where `epsilon` is absent."""


def _epsilon(attribute: FloatAttr[AnyFloat] | None) -> float:
    """Return what is added to a variance."""
    number = EPSILON if attribute is None else float(attribute.value.data)
    if number < 0:
        raise VerifyException(f"'epsilon' must not be negative, but is {number}")
    return number


@irdl_op_definition
class SoftmaxOp(IRDLOperation):
    """Compute `exp(x) / sum(exp(x))` along an axis, after subtracting the maximum: no overflow.

    `axis` counts from the end where negative; the last one if absent.

    ```mlir
    func.func @probabilities(%x: tensor<4x10xf32>) -> tensor<4x10xf32> {
      %y = kernel.softmax %x {axis = 1} : tensor<4x10xf32>
      func.return %y : tensor<4x10xf32>
    }
    ```
    """

    name = "kernel.softmax"

    T: ClassVar = VarConstraint("T", base(TensorType))

    x = operand_def(T)
    axis = opt_prop_def(IntegerAttr)
    result = result_def(T)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$x attr-dict `:` type($x)"

    @property
    def along(self) -> int:
        """The axis, from 0."""
        number = -1 if self.axis is None else self.axis.value.data
        return number + len(shape_of(self.x)) if number < 0 else number

    def verify_(self) -> None:
        """Check axis and type."""
        verify_float(element_type_of(self.x), "x")
        if not 0 <= self.along < len(shape_of(self.x)):
            raise VerifyException(f"x has no axis {self.axis}: it has {len(shape_of(self.x))}")


@irdl_op_definition
class LayerNormOp(IRDLOperation):
    """Subtract the mean and divide by the standard deviation over the last dimensions.

        result = (x - mean(x)) / sqrt(mean((x - mean(x))**2) + epsilon) * scale + bias

    `dims` says how many of the last dimensions are normalised together, 1 if absent; `scale` and
    `bias` have just these dimensions. `epsilon` is 1e-5 if absent.

    ```mlir
    func.func @layer(%x: tensor<4x32xf32>, %scale: tensor<32xf32>, %bias: tensor<32xf32>)
        -> tensor<4x32xf32> {
      %y = kernel.layer_norm %x scale %scale bias %bias {epsilon = 1.0e-6}
        : tensor<4x32xf32>, tensor<32xf32>, tensor<32xf32>
      func.return %y : tensor<4x32xf32>
    }
    ```
    """

    name = "kernel.layer_norm"

    T: ClassVar = VarConstraint("T", base(TensorType))

    x = operand_def(T)
    scale = opt_operand_def(TensorType)
    bias = opt_operand_def(TensorType)
    dims = opt_prop_def(IntegerAttr)
    epsilon = opt_prop_def(FloatAttr)
    result = result_def(T)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$x (`scale` $scale^)? (`bias` $bias^)? attr-dict"
        " `:` type($x) (`,` type($scale)^)? (`,` type($bias)^)?"
    )

    @property
    def count(self) -> int:
        """How many of the last dimensions are normalised together."""
        return 1 if self.dims is None else self.dims.value.data

    @property
    def added(self) -> float:
        """What is added to the variance."""
        return _epsilon(self.epsilon)

    def verify_(self) -> None:
        """Check shapes and types."""
        shape, type_ = shape_of(self.x), element_type_of(self.x)
        verify_float(type_, "x")
        if not 1 <= self.count <= len(shape):
            raise VerifyException(f"'dims' must be from 1 to {len(shape)}, not {self.count}")
        _ = self.added
        for name, value in (("scale", self.scale), ("bias", self.bias)):
            verify_vector(value, name, shape[len(shape) - self.count :], type_)


@irdl_op_definition
class BatchNormOp(IRDLOperation):
    """Normalise every channel by a known mean and variance, as in inference.

        result = x * s + t    with  s = scale / sqrt(variance + epsilon),  t = bias - mean * s

    `s` and `t` are computed once per channel. The channels are the second dimension of `x`, or the
    last one with a `layout` such as `"nhwc"`; the four parameters have one element per channel.

    ```mlir
    func.func @layer(%x: tensor<2x8x5x5xf32>, %scale: tensor<8xf32>, %bias: tensor<8xf32>,
                     %mean: tensor<8xf32>, %variance: tensor<8xf32>) -> tensor<2x8x5x5xf32> {
      %y = kernel.batch_norm %x, %scale, %bias, %mean, %variance
        : tensor<2x8x5x5xf32>, tensor<8xf32>
      func.return %y : tensor<2x8x5x5xf32>
    }
    ```
    """

    name = "kernel.batch_norm"

    T: ClassVar = VarConstraint("T", base(TensorType))
    P: ClassVar = VarConstraint("P", base(TensorType))

    x = operand_def(T)
    scale = operand_def(P)
    bias = operand_def(P)
    mean = operand_def(P)
    variance = operand_def(P)
    layout = opt_prop_def(StringAttr)
    epsilon = opt_prop_def(FloatAttr)
    result = result_def(T)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `,` $scale `,` $bias `,` $mean `,` $variance attr-dict `:` type($x) `,` type($scale)"
    )

    @property
    def channel(self) -> int:
        """The dimension of the channels."""
        last = self.layout is not None and self.layout.data in LAST.values()
        return len(shape_of(self.x)) - 1 if last else 1

    @property
    def added(self) -> float:
        """What is added to the variance."""
        return _epsilon(self.epsilon)

    def verify_(self) -> None:
        """Check shapes and types."""
        shape, type_ = shape_of(self.x), element_type_of(self.x)
        verify_float(type_, "x")
        if len(shape) < 2:
            raise VerifyException(
                "x must have batch and channels, but has less than two dimensions"
            )
        known = (*FIRST.values(), *LAST.values())
        if self.layout is not None and self.layout.data not in known:
            raise VerifyException(f"unknown layout '{self.layout.data}'; known: {', '.join(known)}")
        _ = self.added
        verify_vector(self.scale, "scale", (shape[self.channel],), type_)
