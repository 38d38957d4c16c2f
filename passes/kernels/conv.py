"""Lower convolutions: pad, then a statement whose accesses are sums of pixel and window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import SSAValue

from ...dialects.kernel import ConvOp, ConvTransposeOp, DepthwiseConvOp, DepthwiseSeparableOp
from ...dialects.kernel.sliding import Geometry, SlidingOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, shape_of
from .builder import Dim, KernelBuilder
from .matmul import finish, start

PIXELS = {1: ("p",), 2: ("p", "q"), 3: ("z", "p", "q")}
"""The axes of the output's pixels, by the number of dimensions of the image."""

WINDOW = {1: ("r",), 2: ("r", "s"), 3: ("t", "r", "s")}
"""The axes of the window."""


@dataclass(frozen=True)
class SlidingAxes:
    """The names of the axes of a sliding window, and how an image is read through it."""

    pixels: tuple[str, ...]
    window: tuple[str, ...]
    reads: tuple[Dim, ...]

    @classmethod
    def of(cls, geometry: Geometry) -> SlidingAxes:
        """Return the axes for a geometry."""
        rank = len(geometry.image)
        reads: list[Dim] = [
            {pixel: stride, own: dilation}
            for pixel, own, stride, dilation in zip(
                PIXELS[rank], WINDOW[rank], geometry.strides, geometry.dilations, strict=True
            )
        ]
        return cls(PIXELS[rank], WINDOW[rank], tuple(reads))


def padded_image(
    op: SlidingOp, geometry: Geometry, build: KernelBuilder, number: float = 0
) -> SSAValue:
    """Return the image with its padding, which is full of `number`."""
    none = [(0, 0)]
    inner = [*none, *geometry.padding, *none]
    widths = inner if op.channels_last else [*none, *inner[:-1]]
    return build.padded(op.image, widths, number)


def lower_conv(op: ConvOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.conv`: the product over channels and window; groups are an axis of their own."""
    image = padded_image(op, op.geometry, build)
    total = _grouped(op, image, op.geometry, op.outputs, build, mirrored=False)
    return [_finished(op, total, build)]


def lower_conv_transpose(op: ConvTransposeOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.conv_transpose`: a convolution of the image with zeros between its pixels."""
    spread, strides = op.spread, op.geometry.strides
    image = op.x
    if max(strides) > 1:
        batch, (pixels, channels) = shape_of(image)[0], op.split(shape_of(image))
        zeros = build.filled(op.join(batch, channels, spread.image), element_type_of(image))
        sizes, steps = op.join(batch, channels, pixels), op.join(1, 1, strides)
        image = build.insert(image, zeros, [0] * len(sizes), sizes, steps)
    none = [(0, 0)]
    inner = [*none, *spread.padding, *none]
    image = build.padded(image, inner if op.channels_last else [*none, *inner[:-1]])
    return [_finished(op, _grouped(op, image, spread, op.outputs, build, mirrored=True), build)]


def _grouped(
    op: ConvOp | ConvTransposeOp,
    image: SSAValue,
    geometry: Geometry,
    outputs: int,
    build: KernelBuilder,
    *,
    mirrored: bool,
) -> SSAValue:
    """Return the convolution of a padded image; `mirrored`: with the weights of a transpose."""
    groups, axes = op.group_count, SlidingAxes.of(geometry)
    batch, (pixels, channels) = shape_of(image)[0], op.split(shape_of(image))
    own, made = channels // groups, outputs // groups
    g, parts = (["g"], (groups,)) if groups > 1 else ([], ())
    kernel = _mirrored(op, geometry, build) if mirrored else op.w
    if op.channels_last:
        x, reads = (batch, *pixels, *parts, own), ["n", *axes.reads, *g, "c"]
        out, writes = (batch, *geometry.output, *parts, made), ["n", *axes.pixels, *g, "o"]
        # Of a transpose, the weights' channels are grouped, else their outputs.
        tail = (*parts, own, made) if mirrored else (own, *parts, made)
        w = (*geometry.window, *tail)
        weights = [*axes.window, *([*g, "c", "o"] if mirrored else ["c", *g, "o"])]
        loops = [*writes, *axes.window, "c"]
    else:
        x, reads = (batch, *parts, own, *pixels), ["n", *g, "c", *axes.reads]
        out, writes = (batch, *parts, made, *geometry.output), ["n", *g, "o", *axes.pixels]
        w = (*parts, *((own, made) if mirrored else (made, own)), *geometry.window)
        weights = [*g, *(["c", "o"] if mirrored else ["o", "c"]), *axes.window]
        loops = [*writes, "c", *axes.window]
    factors = [(build.reshape(image, x), reads), (build.reshape(kernel, w), weights)]
    target = start(op, out, build)
    total = build.product(loops, factors, (target, writes), op.unsigned_numbers)
    return build.reshape(total, shape_of(op.result))


def _same(scalars: ScalarBuilder, value: SSAValue) -> SSAValue:
    """Copy an element."""
    return value


def _mirrored(op: ConvOp | ConvTransposeOp, geometry: Geometry, build: KernelBuilder) -> SSAValue:
    """Return the weights with every dimension of the window back to front."""
    window = WINDOW[op.rank]
    back: list[Dim] = [
        {axis: -1, "": size - 1} for axis, size in zip(window, geometry.window, strict=True)
    ]
    first, last = ([], ["c", "o"]) if op.channels_last else (["c", "o"], [])
    inputs = [(op.w, [*first, *back, *last])]
    return build.elementwise([*first, *window, *last], inputs, op.w.type, _same)


def lower_depthwise(op: DepthwiseConvOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.depthwise_conv`: the product over the window."""
    target = start(op, shape_of(op.result), build)
    return [_finished(op, _depthwise(op, target, build), build)]


def lower_separable(op: DepthwiseSeparableOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.depthwise_separable`: two products, or if `fused` one of three factors."""
    axes = SlidingAxes.of(op.geometry)
    mixes = ["c", "o"] if op.channels_last else ["o", "c"]
    target = start(op, shape_of(op.result), build)
    writes = _pixels(op, "o")
    if op.fused is None:
        shape = op.join(shape_of(op.x)[0], op.channels, op.geometry.output)
        middle = _depthwise(op, build.filled(shape, op.accumulates_in), build)
        factors = [(middle, _pixels(op, "c")), (op.mix, mixes)]
        unsigned = [1] if op.is_unsigned(2) else []
        total = build.product([*writes, "c"], factors, (target, writes), unsigned)
        return [_finished(op, total, build)]
    image = padded_image(op, op.geometry, build)
    w = [*axes.window, "c"] if op.channels_last else ["c", *axes.window]
    factors = [(image, _image(op, "c", axes.reads)), (op.w, w), (op.mix, mixes)]
    total = build.product([*writes, *w], factors, (target, writes), op.unsigned_numbers)
    return [_finished(op, total, build)]


def _depthwise(
    op: DepthwiseConvOp | DepthwiseSeparableOp, target: SSAValue, build: KernelBuilder
) -> SSAValue:
    """Return `target` plus the depthwise product."""
    axes = SlidingAxes.of(op.geometry)
    image = padded_image(op, op.geometry, build)
    w = [*axes.window, "c"] if op.channels_last else ["c", *axes.window]
    factors = [(image, _image(op, "c", axes.reads)), (op.w, w)]
    writes = _pixels(op, "c")
    return build.product([*writes, *axes.window], factors, (target, writes), op.unsigned_numbers)


def _image(op: SlidingOp, channel: str, pixels: Sequence[Dim]) -> list[Dim]:
    """Return the dimensions of an image in the operation's layout."""
    return ["n", *pixels, channel] if op.channels_last else ["n", channel, *pixels]


def _pixels(op: SlidingOp, channel: str) -> list[str]:
    """Return the axes of an output image in the operation's layout."""
    pixels = PIXELS[op.rank]
    return ["n", *pixels, channel] if op.channels_last else ["n", channel, *pixels]


def _finished(
    op: ConvOp | ConvTransposeOp | DepthwiseConvOp | DepthwiseSeparableOp,
    total: SSAValue,
    build: KernelBuilder,
) -> SSAValue:
    """Return the result of the epilogue."""
    return finish(op, total, _pixels(op, "o"), ["o"], build)
