"""`kernel.reduce` and `kernel.pool`: many elements to one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import AnyFloat, ArrayAttr, StringAttr, TensorType, UnitAttr, i32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)
from xdsl.utils.exceptions import VerifyException

from ..shapes import (
    bits_of,
    element_type_of,
    is_integer,
    shape_of,
    shown,
    verify_number,
    verify_widens,
)
from .numbers import integers
from .requantisation import verify_rounding
from .signs import SignsOp
from .sliding import SlidingOp


class ReductionOp(SignsOp, ABC):
    """Some elements of `x` to one of the result: their sum, extreme or mean."""

    KINDS: ClassVar[tuple[str, ...]]
    MEAN: ClassVar[str]
    """The kind that divides the sum."""
    ROUNDING: ClassVar[str] = "away"
    """How the mean of integers is rounded if the operation does not say."""

    kind = prop_def(StringAttr)
    x = operand_def(TensorType)
    rounding = opt_prop_def(StringAttr)
    result = result_def(TensorType)

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """The only operand."""
        return [("x", self.x)]

    @property
    @abstractmethod
    def most(self) -> int:
        """How many elements become one, at most."""

    @property
    def rounds(self) -> str | None:
        """How the mean is rounded: `even`, `away` or `up`; None for what is not rounded."""
        if self.kind.data != self.MEAN or not is_integer(element_type_of(self.result)):
            return None
        return self.ROUNDING if self.rounding is None else self.rounding.data

    @property
    def accumulates_in(self) -> Attribute:
        """The element type in which elements are combined.

        It is the result's, or for a mean of integers i32 or i64, in which no sum overflows.

        Raises:
            VerifyException: There is no such type.
        """
        if self.rounds is None:
            return element_type_of(self.result)
        source = element_type_of(self.x)
        bound = self.most * (2 ** bits_of(source) + 1)  # of what is divided, see `rounded_quotient`
        for type_ in (i32, i64):
            if bound < 2 ** (type_.width.data - 1):
                return type_
        raise VerifyException(
            f"the mean of {self.most} elements of {source} needs more than 64 bits"
        )

    def verify_types(self) -> None:
        """Check the name of the reduction and the element types."""
        if self.kind.data not in self.KINDS:
            raise VerifyException(
                f"unknown reduction '{self.kind.data}'; known: {', '.join(self.KINDS)}"
            )
        to = element_type_of(self.result)
        verify_number(to, "the result")
        verify_widens(element_type_of(self.x), to, "x")
        self.verify_unsigned()
        if self.rounding is not None:
            verify_rounding(self.rounding)
            if self.rounds is None:
                what = f"of {to}" if isinstance(to, AnyFloat) else f"for '{self.kind.data}'"
                raise VerifyException(
                    f"'rounding' is for the '{self.MEAN}' of integers, not {what}"
                )
        _ = self.accumulates_in


@irdl_op_definition
class ReduceOp(ReductionOp):
    """Reduce axes to one element: their sum, product, max, min or mean.

    `axes` lists the axes of `x` that the result lacks. Sums of integers wrap around; sums and
    products of floats may be taken in any order; NaN wins in `max` and `min`.

    ```mlir
    func.func @total(%x: tensor<4x8x3xf32>) -> tensor<8xf32> {
      %y = kernel.reduce "mean" %x {axes = [0, 2]} : tensor<4x8x3xf32> -> tensor<8xf32>
      func.return %y : tensor<8xf32>
    }
    ```

    The element type of the result may be wider than that of `x`; then elements are widened first,
    integers by their sign, or by zeros with `unsigned = array<i64: 0>`. So read, integers are
    compared in `max` and `min`, and divided in `mean`, without a sign too.

    ```mlir
    func.func @total(%x: tensor<4x8xi8>) -> (tensor<4xi32>, tensor<4xi8>) {
      %y = kernel.reduce "sum" %x {axes = [1], unsigned = array<i64: 0>}
        : tensor<4x8xi8> -> tensor<4xi32>
      %z = kernel.reduce "mean" %x {axes = [1], rounding = "even"} : tensor<4x8xi8> -> tensor<4xi8>
      func.return %y, %z : tensor<4xi32>, tensor<4xi8>
    }
    ```

    The mean of integers is the exact quotient of the exact sum, rounded to the nearest integer.
    `rounding` says where a half goes: `"away"` from zero (default, as in TensorFlow Lite and
    CMSIS-NN), `"even"` to the even neighbour, or `"up"` to the greater one. A mean lies between the
    elements, so it needs no clamping. That of i64 is not offered, for its sum has no type.
    """

    name = "kernel.reduce"

    KINDS: ClassVar[tuple[str, ...]] = ("sum", "product", "max", "min", "mean")
    MEAN: ClassVar[str] = "mean"

    axes = prop_def(ArrayAttr[Attribute])

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$kind $x attr-dict `:` type($x) `->` type($result)"

    @property
    def reduced(self) -> tuple[int, ...]:
        """The axes that are reduced."""
        return integers(self.axes, "axes") or ()

    @property
    def most(self) -> int:
        """How many elements become one."""
        return prod(shape_of(self.x)[axis] for axis in self.reduced)

    def verify_(self) -> None:
        """Check axes, shapes and types."""
        shape = shape_of(self.x)
        for axis in self.reduced:
            if not 0 <= axis < len(shape) or self.reduced.count(axis) > 1:
                raise VerifyException(
                    f"'axes' must be different axes of x {shown(shape)}, not {list(self.reduced)}"
                )
        self.verify_types()
        expected = [size for axis, size in enumerate(shape) if axis not in self.reduced]
        if shape_of(self.result) != tuple(expected):
            raise VerifyException(
                f"the result is {shown(shape_of(self.result))}, but should be {shown(expected)}"
            )


@irdl_op_definition
class PoolOp(SlidingOp, ReductionOp):
    """Take the max, min, sum or average of a window that slides over the pixels of an image.

    `strides`, `dilations`, `padding` and `layout` are those of `kernel.conv`. Padding never is a
    maximum or minimum, and adds nothing to a sum. In an average it does not count, unless
    `count_include_pad`: then it is zeros that do.

    ```mlir
    func.func @shrink(%x: tensor<1x8x17x17xf32>) -> tensor<1x8x9x9xf32> {
      %y = kernel.pool "max" %x {window = [3, 3], strides = [2, 2], padding = [1, 1]}
        : tensor<1x8x17x17xf32> -> tensor<1x8x9x9xf32>
      func.return %y : tensor<1x8x9x9xf32>
    }
    ```

    Element types widen, and averages of integers are rounded, as in `kernel.reduce`:

    ```mlir
    func.func @shrink(%x: tensor<1x8x8x3xi8>) -> tensor<1x4x4x3xi8> {
      %y = kernel.pool "average" %x {window = [2, 2], strides = [2, 2], layout = "nhwc",
                                     unsigned = array<i64: 0>, rounding = "up"}
        : tensor<1x8x8x3xi8> -> tensor<1x4x4x3xi8>
      func.return %y : tensor<1x4x4x3xi8>
    }
    ```
    """

    name = "kernel.pool"

    KINDS: ClassVar[tuple[str, ...]] = ("max", "min", "sum", "average")
    MEAN: ClassVar[str] = "average"

    extents = prop_def(ArrayAttr[Attribute], prop_name="window")
    count_include_pad = opt_prop_def(UnitAttr)

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

    @property
    def most(self) -> int:
        """How many pixels become one, at most."""
        return prod(self.window)

    def verify_(self) -> None:
        """Check window, shapes and types."""
        self.verify_types()
        if self.count_include_pad is not None and self.kind.data != self.MEAN:
            raise VerifyException(
                f"'count_include_pad' is for '{self.MEAN}', not for '{self.kind.data}'"
            )
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
        if not all(map(all, geometry.inside)):
            raise VerifyException("a window covers nothing but padding")
        batch, (_, channels) = shape_of(self.x)[0], self.split(shape_of(self.x))
        self.verify_result(self.result, self.join(batch, channels, geometry.output))
