"""Lower reductions and poolings: a fill with what changes nothing, then a combining statement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf, prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, DenseIntOrFPElementsAttr, TensorType
from xdsl.ir import Attribute, SSAValue

from ..dialects.kernel import PoolOp, ReduceOp
from ..dialects.scalar_builder import ScalarBuilder
from ..dialects.shapes import element_type_of, is_integer, shape_of
from .kernel_builder import Dim, Dims, KernelBuilder
from .lower_kernel_conv import SlidingAxes, padded_image
from .lower_kernel_elementwise import names_of

_COMBINE = {"sum": "add", "mean": "add", "average": "add", "product": "mul"}
"""How reductions combine elements, other than those that have the name of what they do."""


def neutral(kind: str, element: Attribute) -> float:
    """Return what a reduction starts from."""
    if kind not in ("max", "min"):
        return 1 if kind == "product" else 0
    if isinstance(element, AnyFloat):
        return -inf if kind == "max" else inf
    assert is_integer(element)
    limit = 1 << (element.width.data - 1)
    return -limit if kind == "max" else limit - 1


def combined(
    kind: str,
    axes: Sequence[str],
    inputs: Sequence[tuple[SSAValue, Dims]],
    shape: Sequence[int],
    dims: Dims,
    build: KernelBuilder,
) -> SSAValue:
    """Return the reduction of the first input over the axes that `dims` lacks, not divided."""
    type_ = element_type_of(inputs[0][0])
    target = build.filled(shape, type_, neutral(kind, type_))

    def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        return scalars.binary(_COMBINE.get(kind, kind), args[-1], args[0])

    return build.statement(axes, inputs, (target, dims), element)


def divided(value: SSAValue, axes: Sequence[str], count: int, build: KernelBuilder) -> SSAValue:
    """Return a tensor divided by a number."""

    def element(scalars: ScalarBuilder, total: SSAValue) -> SSAValue:
        return scalars.binary("div", total, scalars.number(count, total.type))

    return build.elementwise(axes, [(value, axes)], value.type, element)


def lower_reduce(op: ReduceOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.reduce`: one statement, and one that divides for a mean."""
    shape, kind = shape_of(op.x), op.kind.data
    axes = names_of(len(shape))
    kept = [axis for number, axis in enumerate(axes) if number not in op.reduced]
    if not op.reduced:
        return [op.x]
    total = combined(kind, axes, [(op.x, axes)], shape_of(op.result), kept, build)
    if kind == "mean":
        total = divided(total, kept, prod(shape[axis] for axis in op.reduced), build)
    return [total]


def lower_pool(op: PoolOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.pool`: a reduction over the window; an operand that is not read gives its extents."""
    kind, type_, geometry = op.kind.data, element_type_of(op.x), op.geometry
    axes = SlidingAxes.of(geometry)
    image = padded_image(op, geometry, build, neutral(kind, type_))

    def dims(pixels: Sequence[Dim]) -> list[Dim]:
        return ["n", *pixels, "c"] if op.channels_last else ["n", "c", *pixels]

    writes = ["n", *axes.pixels, "c"] if op.channels_last else ["n", "c", *axes.pixels]
    window = build.empty(geometry.window, type_)
    inputs = [(image, dims(axes.reads)), (window, axes.window)]
    loops = [*writes, *axes.window]
    total = combined(kind, loops, inputs, shape_of(op.result), writes, build)
    if kind == "average":
        counts = pixel_counts(op)
        if len(set(counts)) == 1:
            return [divided(total, writes, counts[0], build)]
        total = _divided_by(total, writes, axes.pixels, geometry.output, counts, build)
    return [total]


def pixel_counts(op: PoolOp) -> list[int]:
    """Return, per output pixel, how many pixels an average is over."""
    geometry = op.geometry
    if op.count_include_pad is not None:
        return [prod(geometry.window)] * prod(geometry.output)
    inside = [
        [
            sum(0 <= p * stride + r * dilation - low < size for r in range(window))
            for p in range(pixels)
        ]
        for size, window, stride, dilation, (low, _), pixels in zip(
            geometry.image,
            geometry.window,
            geometry.strides,
            geometry.dilations,
            geometry.padding,
            geometry.output,
            strict=True,
        )
    ]
    return [prod(counts) for counts in product(*inside)]


def _divided_by(
    value: SSAValue,
    axes: Sequence[str],
    pixels: Sequence[str],
    shape: Sequence[int],
    counts: Sequence[int],
    build: KernelBuilder,
) -> SSAValue:
    """Return an image divided by a number per pixel."""
    element_type = element_type_of(value)
    assert isinstance(element_type, AnyFloat)
    type_ = TensorType(element_type, shape)
    numbers = [float(count) for count in counts]
    constant = build.emit(arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type_, numbers)))

    def element(scalars: ScalarBuilder, total: SSAValue, count: SSAValue) -> SSAValue:
        return scalars.binary("div", total, count)

    return build.elementwise(axes, [(value, axes), (constant, pixels)], value.type, element)
