"""Lower reductions and poolings: a fill with what changes nothing, then a combining statement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf, prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, DenseIntOrFPElementsAttr, TensorType
from xdsl.ir import Attribute, SSAValue

from ...dialects.kernel import PoolOp, ReduceOp
from ...dialects.kernel.reduction import ReductionOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import bits_of, element_type_of, is_integer, shape_of
from .builder import Dim, Dims, KernelBuilder
from .conv import SlidingAxes, padded_image
from .elementwise import names_of

_COMBINE = {"sum": "add", "mean": "add", "average": "add", "product": "mul"}
"""How reductions combine elements, other than those that have the name of what they do."""


def neutral(kind: str, element: Attribute, *, unsigned: bool = False) -> float:
    """Return what a reduction starts from."""
    if kind not in ("max", "min"):
        return 1 if kind == "product" else 0
    if unsigned:
        return 0 if kind == "max" else -1
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
    to: Attribute | None = None,
    *,
    unsigned: bool = False,
) -> SSAValue:
    """Return the reduction of the first input over the axes that `dims` lacks, not divided.

    Its elements are widened to `to`, if that is given, or else, if `unsigned`, compared as such.
    """
    source = element_type_of(inputs[0][0])
    type_ = source if to is None else to
    compares = unsigned and type_ == source
    target = build.filled(shape, type_, neutral(kind, type_, unsigned=compares))
    name = _COMBINE.get(kind, f"{kind}_unsigned" if compares else kind)

    def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        return scalars.binary(name, args[-1], scalars.widened(args[0], type_, unsigned=unsigned))

    return build.statement(axes, inputs, (target, dims), element)


def divided(value: SSAValue, axes: Sequence[str], count: int, build: KernelBuilder) -> SSAValue:
    """Return a tensor divided by a number."""

    def element(scalars: ScalarBuilder, total: SSAValue) -> SSAValue:
        return scalars.binary("div", total, scalars.number(count, total.type))

    return build.elementwise(axes, [(value, axes)], value.type, element)


def lower_reduce(op: ReduceOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.reduce`: one statement, and one that divides for a mean."""
    axes = names_of(len(shape_of(op.x)))
    if not op.reduced:
        return [_widened(op, axes, build)]
    kept = [axis for number, axis in enumerate(axes) if number not in op.reduced]
    total = _total(op, axes, [(op.x, axes)], shape_of(op.result), kept, build)
    if op.kind.data == op.MEAN:
        total = _mean(op, total, kept, [op.most], (), build)
    return [total]


def _widened(op: ReduceOp, axes: Sequence[str], build: KernelBuilder) -> SSAValue:
    """Return the operand in the result's type."""
    to = element_type_of(op.result)
    if element_type_of(op.x) == to:
        return op.x

    def element(scalars: ScalarBuilder, value: SSAValue) -> SSAValue:
        return scalars.widened(value, to, unsigned=op.is_unsigned(0))

    return build.elementwise(axes, [(op.x, axes)], op.result.type, element)


def lower_pool(op: PoolOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.pool`: a reduction over the window; an operand that is not read gives its extents."""
    type_, geometry = element_type_of(op.x), op.geometry
    axes = SlidingAxes.of(geometry)
    # The sum of a wider type starts from its own neutral element, the padding from that of x.
    outside = neutral(op.kind.data, type_, unsigned=op.is_unsigned(0))
    image = padded_image(op, geometry, build, outside)

    def dims(pixels: Sequence[Dim]) -> list[Dim]:
        return ["n", *pixels, "c"] if op.channels_last else ["n", "c", *pixels]

    writes = ["n", *axes.pixels, "c"] if op.channels_last else ["n", "c", *axes.pixels]
    window = build.empty(geometry.window, type_)
    inputs = [(image, dims(axes.reads)), (window, axes.window)]
    total = _total(op, [*writes, *axes.window], inputs, shape_of(op.result), writes, build)
    if op.kind.data == op.MEAN:
        total = _mean(op, total, writes, pixel_counts(op), axes.pixels, build)
    return [total]


def _total(
    op: ReductionOp,
    axes: Sequence[str],
    inputs: Sequence[tuple[SSAValue, Dims]],
    shape: Sequence[int],
    dims: Dims,
    build: KernelBuilder,
) -> SSAValue:
    """Return what an operation's elements are combined to."""
    to, unsigned = op.accumulates_in, op.is_unsigned(0)
    return combined(op.kind.data, axes, inputs, shape, dims, build, to, unsigned=unsigned)


def _mean(
    op: ReductionOp,
    total: SSAValue,
    axes: Sequence[str],
    counts: Sequence[int],
    counted: Sequence[str],
    build: KernelBuilder,
) -> SSAValue:
    """Return sums divided by how many elements each is of.

    Args:
        op: Says how the quotient is rounded.
        total: The sums.
        axes: The names of their dimensions.
        counts: The numbers to divide by: one, or one per point of the axes `counted`.
        counted: Some of the axes.
        build: Where the statements go.
    """
    type_, to = element_type_of(total), element_type_of(op.result)
    rounding, source = op.rounds, element_type_of(op.x)
    inputs: list[tuple[SSAValue, Dims]] = [(total, axes)]
    same = len(set(counts)) == 1
    if not same:
        extents = dict(zip(axes, shape_of(total), strict=True))
        inputs.append(
            (_constant(counts, type_, [extents[axis] for axis in counted], build), counted)
        )

    def element(scalars: ScalarBuilder, value: SSAValue, *numbers: SSAValue) -> SSAValue:
        count = scalars.number(counts[0], type_) if same else numbers[0]
        if rounding is None:
            return scalars.binary("div", value, count)
        least = 0 if op.is_unsigned(0) else -(1 << (bits_of(source) - 1))
        return scalars.converted(scalars.rounded_quotient(value, count, rounding, least), to)

    return build.elementwise(axes, inputs, TensorType(to, shape_of(total)), element)


def _constant(
    numbers: Sequence[int], type_: Attribute, shape: Sequence[int], build: KernelBuilder
) -> SSAValue:
    """Return a constant tensor of numbers."""
    if isinstance(type_, AnyFloat):
        floats = [float(number) for number in numbers]
        dense = DenseIntOrFPElementsAttr.from_list(TensorType(type_, shape), floats)
    else:
        assert is_integer(type_)
        dense = DenseIntOrFPElementsAttr.from_list(TensorType(type_, shape), list(numbers))
    return build.emit(arith.ConstantOp(dense))


def pixel_counts(op: PoolOp) -> list[int]:
    """Return, per output pixel, how many pixels an average is over."""
    geometry = op.geometry
    if op.count_include_pad is not None:
        return [prod(geometry.window)] * prod(geometry.output)
    return [prod(counts) for counts in product(*geometry.inside)]
