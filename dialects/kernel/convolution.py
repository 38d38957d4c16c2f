"""`kernel.conv` and `kernel.conv_transpose`: convolutions over one to three dimensions."""

from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, TensorType
from xdsl.ir import Attribute, SSAValue
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
from .numbers import integers
from .sliding import Geometry, SlidingOp

_FORMAT = (
    "$x `,` $w (`bias` $bias^)? (`init` $init^)? (`residual` $residual^)? attr-dict"
    " `:` type($x) `,` type($w) (`,` type($bias)^)? `->` type($result)"
)


class _Convolution(SlidingOp, EpilogueOp):
    """What both convolutions have: an image, weights, groups and an epilogue."""

    T: ClassVar = VarConstraint("T", base(TensorType))

    x = operand_def(TensorType)
    w = operand_def(TensorType)
    bias = opt_operand_def(TensorType)
    init = opt_operand_def(T)
    residual = opt_operand_def(T)
    groups = opt_prop_def(IntegerAttr)
    result = result_def(T)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    @property
    def image(self) -> SSAValue:
        """The image."""
        return self.x

    @property
    def group_count(self) -> int:
        """How many groups the channels are divided into."""
        return 1 if self.groups is None else self.groups.value.data

    def _verify_ranks(self) -> None:
        """Check everything that must hold before the weights' dimensions can be named."""
        self.verify_image("x")
        if len(shape_of(self.w)) != self.rank + 2:
            raise VerifyException(
                f"w is {shown(shape_of(self.w))}, but must have {self.rank + 2} dimensions like x"
            )
        if self.group_count < 1:
            raise VerifyException(f"'groups' must be at least 1, not {self.group_count}")

    def _verify_groups(self, channels: int, name: str) -> None:
        """Check that channels divide into the groups."""
        if channels % self.group_count:
            raise VerifyException(
                f"{channels} {name} channels do not divide into {self.group_count} groups"
            )


@irdl_op_definition
class ConvOp(_Convolution):
    """Convolve an image: every output pixel is a weighted sum over a window and the channels.

    The number of dimensions (one to three) is that of `x`, which is `[batch, channels, pixels...]`.
    `w` is `[outputs, channels / groups, window...]`, the result `[batch, outputs, pixels...]`:

        result[n, o, p] = sum(x[n, c, p * stride + r * dilation - padding] * w[o, c, r] over c, r)

    As usual in neural networks the window is not mirrored. Pixels in the padding are zero.

    ```mlir
    func.func @layer(%x: tensor<1x8x17x17xf32>, %w: tensor<16x8x3x3xf32>, %bias: tensor<16xf32>)
        -> tensor<1x16x9x9xf32> {
      %y = kernel.conv %x, %w bias %bias {strides = [2, 2], padding = [1, 1], activation = "relu"}
        : tensor<1x8x17x17xf32>, tensor<16x8x3x3xf32>, tensor<16xf32> -> tensor<1x16x9x9xf32>
      func.return %y : tensor<1x16x9x9xf32>
    }
    ```

    * `strides` and `dilations`: one number per dimension of the image, 1 where absent.
    * `padding`: per dimension one number, or `[before, behind]`: `[[0, 1], [0, 1]]`.
    * `groups`: outputs and channels are divided into as many groups, group by group.
    * `layout`: `"ncw"`, `"nchw"`, `"ncdhw"` or, with the channels last, `"nwc"`, `"nhwc"`,
      `"ndhwc"`; then `w` is `[window..., channels / groups, outputs]`.
    * `bias` is `[outputs]`. `init`, `residual`, `activation`, `clamp`, `requantise` and the
      widening of element types are those of `kernel.matmul`; `unsigned` lists 0 for `x`, 1 for `w`.

    ```mlir
    func.func @layer(%x: tensor<1x16x16x8xi8>, %w: tensor<3x3x4x6xi8>) -> tensor<1x14x14x6xi32> {
      %y = kernel.conv %x, %w {groups = 2, layout = "nhwc"}
        : tensor<1x16x16x8xi8>, tensor<3x3x4x6xi8> -> tensor<1x14x14x6xi32>
      func.return %y : tensor<1x14x14x6xi32>
    }
    ```
    """

    name = "kernel.conv"

    assembly_format = _FORMAT

    @property
    def window(self) -> tuple[int, ...]:
        """The extents of the window."""
        return shape_of(self.w)[:-2] if self.channels_last else shape_of(self.w)[2:]

    @property
    def outputs(self) -> int:
        """The number of output channels."""
        return shape_of(self.w)[-1 if self.channels_last else 0]

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self._verify_ranks()
        geometry = self.geometry
        self.verify_fits(geometry)
        _, channels = self.split(shape_of(self.x))
        own = shape_of(self.w)[-2 if self.channels_last else 1]
        self._verify_groups(channels, "input")
        self._verify_groups(self.outputs, "output")
        if own * self.group_count != channels:
            raise VerifyException(
                f"x has {channels} channels in {self.group_count} groups, "
                f"but w has {own} channels per group"
            )
        batch = shape_of(self.x)[0]
        self.verify_result(self.result, self.join(batch, self.outputs, geometry.output))
        self.verify_factors()
        self.verify_epilogue([(self.outputs,)])


@irdl_op_definition
class ConvTransposeOp(_Convolution):
    """Convolve an image between whose pixels zeros are inserted: the transpose of `kernel.conv`.

    Every input pixel adds `w`, times its value, to a window of the output that starts at `stride`
    times its position, less the padding. `w` is `[channels, outputs / groups, window...]` (with the
    channels last `[window..., channels, outputs / groups]`).

    The output has `(image - 1) * stride + dilation * (window - 1) + 1 + output_padding` pixels,
    less the padding before and behind, which cuts pixels off.

    ```mlir
    func.func @upsample(%x: tensor<1x8x5x5xf32>, %w: tensor<8x4x3x3xf32>) -> tensor<1x4x10x10xf32> {
      %y = kernel.conv_transpose %x, %w
        {strides = [2, 2], padding = [1, 1], output_padding = [1, 1]}
        : tensor<1x8x5x5xf32>, tensor<8x4x3x3xf32> -> tensor<1x4x10x10xf32>
      func.return %y : tensor<1x4x10x10xf32>
    }
    ```

    `output_padding` adds pixels behind the last ones, at which nothing but the window's end
    arrives. All else is as in `kernel.conv`.
    """

    name = "kernel.conv_transpose"

    output_padding = opt_prop_def(ArrayAttr[Attribute])

    assembly_format = _FORMAT

    @property
    def window(self) -> tuple[int, ...]:
        """The extents of the window."""
        return shape_of(self.w)[:-2] if self.channels_last else shape_of(self.w)[2:]

    @property
    def outputs(self) -> int:
        """The number of output channels."""
        return shape_of(self.w)[-1 if self.channels_last else 1] * self.group_count

    @property
    def extra(self) -> tuple[int, ...]:
        """The output padding."""
        return integers(self.output_padding, "output_padding") or (0,) * self.rank

    @property
    def pixels(self) -> tuple[int, ...]:
        """The extents of the output image."""
        given = self.geometry
        return tuple(
            (n - 1) * s + d * (r - 1) + 1 + e - sum(p)
            for n, s, d, r, e, p in zip(
                given.image,
                given.strides,
                given.dilations,
                given.window,
                self.extra,
                given.padding,
                strict=True,
            )
        )

    @property
    def spread(self) -> Geometry:
        """The plain convolution with stride 1 over the image between whose pixels there are zeros.

        Its padding may be negative: pixels that are cut off.
        """
        given = self.geometry
        image = tuple((n - 1) * s + 1 for n, s in zip(given.image, given.strides, strict=True))
        spans = [d * (r - 1) for d, r in zip(given.dilations, given.window, strict=True)]
        padding = tuple(
            (span - low, span - high + extra)
            for span, (low, high), extra in zip(spans, given.padding, self.extra, strict=True)
        )
        return Geometry(image, given.window, (1,) * self.rank, given.dilations, padding)

    def verify_(self) -> None:
        """Check shapes, types and properties."""
        self._verify_ranks()
        geometry = self.geometry
        if len(self.extra) != self.rank or min(self.extra) < 0:
            raise VerifyException(
                f"'output_padding' must be {self.rank} numbers that are not negative"
            )
        _, channels = self.split(shape_of(self.x))
        own = shape_of(self.w)[-2 if self.channels_last else 0]
        self._verify_groups(channels, "input")
        if own != channels:
            raise VerifyException(f"x has {channels} channels, but w has {own}")
        if min(self.pixels) < 1:
            raise VerifyException(
                f"'padding' cuts off the whole output of the image {shown(geometry.image)}"
            )
        batch = shape_of(self.x)[0]
        self.verify_result(self.result, self.join(batch, self.outputs, self.pixels))
        self.verify_factors()
        self.verify_epilogue([(self.outputs,)])
