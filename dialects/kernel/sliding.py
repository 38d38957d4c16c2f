"""What convolutions and poolings share: windows that slide over the pixels of an image."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, opt_prop_def
from xdsl.utils.exceptions import VerifyException

from ..shapes import shape_of, shown
from .numbers import integers, pairs

FIRST = {1: "ncw", 2: "nchw", 3: "ncdhw"}
"""Layouts with the channels before the pixels, by the number of dimensions of the image."""

LAST = {1: "nwc", 2: "nhwc", 3: "ndhwc"}
"""Layouts with the channels last."""


@dataclass(frozen=True)
class Geometry:
    """How a window slides: output pixel `p` reads padded pixels `p * stride + r * dilation`.

    All are per dimension of the image; `padding` is (before, behind) in pixels.
    """

    image: tuple[int, ...]
    window: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @cached_property
    def padded(self) -> tuple[int, ...]:
        """The extents of the padded image."""
        return tuple(
            size + sum(widths) for size, widths in zip(self.image, self.padding, strict=True)
        )

    @cached_property
    def output(self) -> tuple[int, ...]:
        """The extents of the output image; zero or less where the window does not fit."""
        spans = [d * (r - 1) + 1 for d, r in zip(self.dilations, self.window, strict=True)]
        return tuple(
            (size - span) // stride + 1
            for size, span, stride in zip(self.padded, spans, self.strides, strict=True)
        )

    @cached_property
    def inside(self) -> tuple[tuple[int, ...], ...]:
        """Per dimension and output pixel, how many pixels of the image the window covers."""
        return tuple(
            tuple(
                sum(0 <= p * stride + r * dilation - low < size for r in range(window))
                for p in range(pixels)
            )
            for size, window, stride, dilation, (low, _), pixels in zip(
                self.image,
                self.window,
                self.strides,
                self.dilations,
                self.padding,
                self.output,
                strict=True,
            )
        )


class SlidingOp(IRDLOperation, ABC):
    """An operation on images with a sliding window: its layout, strides, dilations and padding."""

    strides = opt_prop_def(ArrayAttr[Attribute])
    dilations = opt_prop_def(ArrayAttr[Attribute])
    padding = opt_prop_def(ArrayAttr[Attribute])
    layout = opt_prop_def(StringAttr)

    @property
    @abstractmethod
    def image(self) -> SSAValue:
        """The image that the window slides over."""

    @property
    @abstractmethod
    def window(self) -> tuple[int, ...]:
        """The extents of the window."""

    @property
    def rank(self) -> int:
        """How many dimensions the image has, without batch and channels."""
        return len(shape_of(self.image)) - 2

    @property
    def channels_last(self) -> bool:
        """Whether the channels are the last dimension rather than the second."""
        return self.layout is not None and self.layout.data in LAST.values()

    @property
    def geometry(self) -> Geometry:
        """How the window slides.

        Raises:
            VerifyException: A property has the wrong form.
        """
        rank = self.rank
        image, _ = self.split(shape_of(self.image))
        strides = self._each(integers(self.strides, "strides"), "strides", (1,) * rank)
        dilations = self._each(integers(self.dilations, "dilations"), "dilations", (1,) * rank)
        padding = pairs(self.padding, "padding") or ((0, 0),) * rank
        if len(padding) != rank:
            raise VerifyException(
                f"'padding' has {len(padding)} entries, but the image has {rank} dimensions"
            )
        if min(map(min, padding)) < 0:
            raise VerifyException("'padding' must not be negative")
        return Geometry(image, self.window, strides, dilations, padding)

    def split(self, shape: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """Return the pixels' extents and the number of channels of an image's shape."""
        if self.channels_last:
            return tuple(shape[1:-1]), shape[-1]
        return tuple(shape[2:]), shape[1]

    def join(self, batch: int, channels: int, pixels: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of an image."""
        if self.channels_last:
            return (batch, *pixels, channels)
        return (batch, channels, *pixels)

    def verify_image(self, name: str) -> None:
        """Check the rank of the image and the layout, which the other properties depend on."""
        rank = self.rank
        if rank not in FIRST:
            raise VerifyException(
                f"{name} is {shown(shape_of(self.image))}; expected an image with batch, channels "
                "and one to three more dimensions"
            )
        known = (FIRST[rank], LAST[rank])
        if self.layout is not None and self.layout.data not in known:
            raise VerifyException(
                f"unknown layout '{self.layout.data}' of an image with {rank} dimensions; "
                f"known: {', '.join(known)}"
            )

    def verify_fits(self, geometry: Geometry) -> None:
        """Check that the window fits into the padded image."""
        if len(geometry.window) != self.rank:
            raise VerifyException(
                f"the window has {len(geometry.window)} dimensions, but the image {self.rank}"
            )
        if min(geometry.window) < 1:
            raise VerifyException("the extents of the window must be at least 1")
        if min(geometry.output) < 1:
            raise VerifyException(
                f"the window {shown(geometry.window)} does not fit into the padded image "
                f"{shown(geometry.padded)}"
            )

    def verify_result(self, result: SSAValue, expected: Sequence[int]) -> None:
        """Check the shape of a result."""
        if shape_of(result) != tuple(expected):
            raise VerifyException(
                f"the result is {shown(shape_of(result))}, but should be {shown(expected)}"
            )

    def _each(
        self, numbers: tuple[int, ...] | None, name: str, otherwise: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return one positive number per dimension of the image."""
        if numbers is None:
            return otherwise
        if len(numbers) != len(otherwise):
            raise VerifyException(
                f"'{name}' has {len(numbers)} entries, "
                f"but the image has {len(otherwise)} dimensions"
            )
        if min(numbers) < 1:
            raise VerifyException(f"'{name}' must be at least 1")
        return numbers
