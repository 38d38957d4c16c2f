"""`kernel.reduce` and `kernel.pool`: many elements to one."""

from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, StringAttr, TensorType, UnitAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of, shape_of, shown, verify_number
from .elementwise import verify_float
from .numbers import integers
from .sliding import SlidingOp


def _verify_kind(kind: str, known: tuple[str, ...], x: SSAValue, result: SSAValue) -> None:
    """Check the name of a reduction and the element types."""
    if kind not in known:
        raise VerifyException(f"unknown reduction '{kind}'; known: {', '.join(known)}")
    to = element_type_of(result)
    verify_number(to, "the result")
    if element_type_of(x) != to:
        raise VerifyException(f"x is of {element_type_of(x)}, but the result of {to}")
    if kind in ("mean", "average"):
        verify_float(to, "x")


@irdl_op_definition
class ReduceOp(IRDLOperation):
    """Reduce axes to one element: their sum, product, max, min or mean.

    `axes` lists the axes of `x` that the result lacks. Sums of integers wrap around; sums and
    products of floats may be taken in any order; NaN wins in `max` and `min`.

    ```mlir
    func.func @total(%x: tensor<4x8x3xf32>) -> tensor<8xf32> {
      %y = kernel.reduce "mean" %x {axes = [0, 2]} : tensor<4x8x3xf32> -> tensor<8xf32>
      func.return %y : tensor<8xf32>
    }
    ```
    """

    name = "kernel.reduce"

    KINDS: ClassVar[tuple[str, ...]] = ("sum", "product", "max", "min", "mean")

    kind = prop_def(StringAttr)
    x = operand_def(TensorType)
    axes = prop_def(ArrayAttr[Attribute])
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$kind $x attr-dict `:` type($x) `->` type($result)"

    @property
    def reduced(self) -> tuple[int, ...]:
        """The axes that are reduced."""
        return integers(self.axes, "axes") or ()

    def verify_(self) -> None:
        """Check axes, shapes and types."""
        _verify_kind(self.kind.data, self.KINDS, self.x, self.result)
        shape = shape_of(self.x)
        for axis in self.reduced:
            if not 0 <= axis < len(shape) or self.reduced.count(axis) > 1:
                raise VerifyException(
                    f"'axes' must be different axes of x {shown(shape)}, not {list(self.reduced)}"
                )
        expected = [size for axis, size in enumerate(shape) if axis not in self.reduced]
        if shape_of(self.result) != tuple(expected):
            raise VerifyException(
                f"the result is {shown(shape_of(self.result))}, but should be {shown(expected)}"
            )


@irdl_op_definition
class PoolOp(SlidingOp):
    """Take the maximum or the average of a window that slides over the pixels of an image.

    `strides`, `dilations`, `padding` and `layout` are those of `kernel.conv`. Padding never is a
    maximum. In an average (floats only) it does not count, unless `count_include_pad`: then it is
    zeros that do.

    ```mlir
    func.func @shrink(%x: tensor<1x8x17x17xf32>) -> tensor<1x8x9x9xf32> {
      %y = kernel.pool "max" %x {window = [3, 3], strides = [2, 2], padding = [1, 1]}
        : tensor<1x8x17x17xf32> -> tensor<1x8x9x9xf32>
      func.return %y : tensor<1x8x9x9xf32>
    }
    ```
    """

    name = "kernel.pool"

    KINDS: ClassVar[tuple[str, ...]] = ("max", "average")

    kind = prop_def(StringAttr)
    x = operand_def(TensorType)
    extents = prop_def(ArrayAttr[Attribute], prop_name="window")
    count_include_pad = opt_prop_def(UnitAttr)
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$kind $x attr-dict `:` type($x) `->` type($result)"

    @property
    def image(self) -> SSAValue:
        """The image."""
        return self.x

    @property
    def window(self) -> tuple[int, ...]:
        """The extents of the window."""
        return integers(self.extents, "window") or ()

    def verify_(self) -> None:
        """Check window, shapes and types."""
        _verify_kind(self.kind.data, self.KINDS, self.x, self.result)
        self.verify_image("x")
        if len(self.window) != self.rank:
            raise VerifyException(
                f"'window' has {len(self.window)} entries, but the image has {self.rank} dimensions"
            )
        geometry = self.geometry
        self.verify_fits(geometry)
        for (low, high), size, step in zip(
            geometry.padding, geometry.window, geometry.dilations, strict=True
        ):
            if max(low, high) >= (size - 1) * step + 1:
                raise VerifyException("'padding' must be smaller than the window")
        batch, (_, channels) = shape_of(self.x)[0], self.split(shape_of(self.x))
        self.verify_result(self.result, self.join(batch, channels, geometry.output))
