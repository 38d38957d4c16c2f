"""`kernel.depthwise_conv` and `kernel.depthwise_separable`: convolutions channel by channel."""

from typing import ClassVar

from xdsl.dialects.builtin import TensorType, UnitAttr
from xdsl.ir import SSAValue
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

from ..shapes import shape_of, shown
from .epilogue import EpilogueOp
from .sliding import SlidingOp


class _Depthwise(SlidingOp, EpilogueOp):
    """An image and one window per channel."""

    T: ClassVar = VarConstraint("T", base(TensorType))

    x = operand_def(TensorType)
    w = operand_def(TensorType)
    bias = opt_operand_def(TensorType)
    init = opt_operand_def(T)
    residual = opt_operand_def(T)
    result = result_def(T)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    @property
    def image(self) -> SSAValue:
        """The image."""
        return self.x

    @property
    def window(self) -> tuple[int, ...]:
        """The extents of the window."""
        return shape_of(self.w)[:-1] if self.channels_last else shape_of(self.w)[1:]

    @property
    def channels(self) -> int:
        """The number of channels of the image."""
        return self.split(shape_of(self.x))[1]

    def _verify_windows(self) -> None:
        """Check the image and the window of every channel."""
        self.verify_image("x")
        if len(shape_of(self.w)) != self.rank + 1:
            raise VerifyException(
                f"w is {shown(shape_of(self.w))}, but must be the channels and the window: "
                f"{self.rank + 1} dimensions"
            )
        self.verify_fits(self.geometry)
        own = shape_of(self.w)[-1 if self.channels_last else 0]
        if own != self.channels:
            raise VerifyException(f"x has {self.channels} channels, but w has {own}")


@irdl_op_definition
class DepthwiseConvOp(_Depthwise):
    """Convolve every channel of an image with a window of its own.

        result[n, c, p] = sum(x[n, c, p * stride + r * dilation - padding] * w[c, r] over r)

    `w` is `[channels, window...]`, with the channels last `[window..., channels]`. (Several windows
    per channel are a `kernel.conv` with `groups` = channels.) All else is as in `kernel.conv`.

    ```mlir
    func.func @layer(%x: tensor<1x14x14x32xf32>, %w: tensor<3x3x32xf32>) -> tensor<1x14x14x32xf32> {
      %y = kernel.depthwise_conv %x, %w {padding = [1, 1], layout = "nhwc", clamp = [0.0, 6.0]}
        : tensor<1x14x14x32xf32>, tensor<3x3x32xf32> -> tensor<1x14x14x32xf32>
      func.return %y : tensor<1x14x14x32xf32>
    }
    ```
    """

    name = "kernel.depthwise_conv"

    assembly_format = (
        "$x `,` $w (`bias` $bias^)? (`init` $init^)? (`residual` $residual^)? attr-dict"
        " `:` type($x) `,` type($w) (`,` type($bias)^)? `->` type($result)"
    )

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self._verify_windows()
        batch = shape_of(self.x)[0]
        expected = self.join(batch, self.channels, self.geometry.output)
        self.verify_result(self.result, expected)
        self.verify_factors()
        self.verify_epilogue([(self.channels,)])


@irdl_op_definition
class DepthwiseSeparableOp(_Depthwise):
    """Convolve every channel with a window of its own, then mix the channels.

        result[n, o, p] =
            sum(x[n, c, p * stride + r * dilation - padding] * w[c, r] * mix[o, c] over c, r)

    `mix` is `[outputs, channels]`, with the channels last `[channels, outputs]`; `w` and all else
    are as in `kernel.depthwise_conv`. It becomes two statements, the second of which is a matrix
    multiplication. With `fused` it becomes a single one, the sum of products of three factors that
    stands above; on floats that rounds differently. `unsigned` lists 0 for `x`, 1 for `w`, 2 for
    `mix`.

    ```mlir
    func.func @layer(%x: tensor<1x8x9x9xf32>, %w: tensor<8x3x3xf32>, %mix: tensor<16x8xf32>)
        -> tensor<1x16x7x7xf32> {
      %y = kernel.depthwise_separable %x, %w, %mix {fused}
        : tensor<1x8x9x9xf32>, tensor<8x3x3xf32>, tensor<16x8xf32> -> tensor<1x16x7x7xf32>
      func.return %y : tensor<1x16x7x7xf32>
    }
    ```
    """

    name = "kernel.depthwise_separable"

    FACTORS: ClassVar[tuple[str, ...]] = ("x", "w", "mix")

    mix = operand_def(TensorType)
    fused = opt_prop_def(UnitAttr)

    assembly_format = (
        "$x `,` $w `,` $mix (`bias` $bias^)? (`init` $init^)? (`residual` $residual^)? attr-dict"
        " `:` type($x) `,` type($w) `,` type($mix) (`,` type($bias)^)? `->` type($result)"
    )

    @property
    def outputs(self) -> int:
        """The number of output channels."""
        return shape_of(self.mix)[-1 if self.channels_last else 0]

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self._verify_windows()
        mix = shape_of(self.mix)
        if len(mix) != 2:
            raise VerifyException(f"mix must be a matrix, but is {shown(mix)}")
        if mix[0 if self.channels_last else 1] != self.channels:
            raise VerifyException(f"x has {self.channels} channels, but mix is {shown(mix)}")
        batch = shape_of(self.x)[0]
        self.verify_result(self.result, self.join(batch, self.outputs, self.geometry.output))
        self.verify_factors()
        self.verify_epilogue([(self.outputs,)])
