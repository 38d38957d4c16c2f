"""Lower normalisations: reductions, and elementwise statements that use them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.ir import SSAValue

from ...dialects.kernel import BatchNormOp, LayerNormOp, SoftmaxOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import shape_of
from .builder import Dims, KernelBuilder
from .elementwise import names_of
from .reduction import combined, divided


def lower_softmax(op: SoftmaxOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.softmax`: maximum, exponentials, their sum, quotients."""
    return [softmax(op.x, op.along, build)]


def softmax(
    x: SSAValue, along: int, build: KernelBuilder, target: SSAValue | None = None
) -> SSAValue:
    """Return the softmax of a tensor or memref along an axis, in `target` if it is given."""
    axes = names_of(len(shape_of(x)))
    kept = [axis for number, axis in enumerate(axes) if number != along]
    shape = [size for number, size in enumerate(shape_of(x)) if number != along]
    top = combined("max", axes, [(x, axes)], shape, kept, build)

    def growth(scalars: ScalarBuilder, value: SSAValue, most: SSAValue) -> SSAValue:
        return scalars.unary("exp", scalars.binary("sub", value, most))

    def share(scalars: ScalarBuilder, value: SSAValue, total: SSAValue) -> SSAValue:
        return scalars.binary("div", value, total)

    grown = build.elementwise(axes, [(x, axes), (top, kept)], x.type, growth)
    total = combined("sum", axes, [(grown, axes)], shape, kept, build)
    return build.elementwise(axes, [(grown, axes), (total, kept)], x.type, share, target)


def lower_layer_norm(op: LayerNormOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.layer_norm`: mean, deviation, a factor per mean, and the rest in one statement."""
    shape = shape_of(op.x)
    axes = names_of(len(shape))
    kept, normalised = axes[: len(axes) - op.count], axes[len(axes) - op.count :]
    outer, count = shape[: len(kept)], prod(shape[len(kept) :])

    def mean(value: SSAValue) -> SSAValue:
        total = combined("sum", axes, [(value, axes)], outer, kept, build)
        return divided(total, kept, count, build)

    def deviation(scalars: ScalarBuilder, value: SSAValue, middle: SSAValue) -> SSAValue:
        return scalars.binary("sub", value, middle)

    def square(scalars: ScalarBuilder, value: SSAValue) -> SSAValue:
        return scalars.mul(value, value)

    away = build.elementwise(axes, [(op.x, axes), (mean(op.x), kept)], op.x.type, deviation)
    variance = mean(build.elementwise(axes, [(away, axes)], op.x.type, square))

    def factor(scalars: ScalarBuilder, spread: SSAValue) -> SSAValue:
        return scalars.unary("rsqrt", scalars.add(spread, scalars.number(op.added, spread.type)))

    scale = build.elementwise(kept, [(variance, kept)], variance.type, factor)
    inputs: list[tuple[SSAValue, Dims]] = [(away, axes), (scale, kept)]
    inputs += [(value, normalised) for value in (op.scale, op.bias) if value is not None]

    def element(
        scalars: ScalarBuilder, value: SSAValue, factor: SSAValue, *rest: SSAValue
    ) -> SSAValue:
        more = list(rest)
        value = scalars.mul(value, factor)
        if op.scale is not None:
            value = scalars.mul(value, more.pop(0))
        return scalars.add(value, more.pop(0)) if op.bias is not None else value

    return [build.elementwise(axes, inputs, op.x.type, element)]


def lower_batch_norm(op: BatchNormOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.batch_norm`: scale and shift per channel, then one statement."""
    axes = names_of(len(shape_of(op.x)))
    channel: Sequence[str] = [axes[op.channel]]

    def factor(scalars: ScalarBuilder, scale: SSAValue, variance: SSAValue) -> SSAValue:
        inner = scalars.add(variance, scalars.number(op.added, variance.type))
        return scalars.mul(scale, scalars.unary("rsqrt", inner))

    def offset(scalars: ScalarBuilder, bias: SSAValue, mean: SSAValue, scale: SSAValue) -> SSAValue:
        return scalars.binary("sub", bias, scalars.mul(mean, scale))

    def element(
        scalars: ScalarBuilder, value: SSAValue, scale: SSAValue, shift: SSAValue
    ) -> SSAValue:
        return scalars.add(scalars.mul(value, scale), shift)

    inputs = [(op.scale, channel), (op.variance, channel)]
    scale = build.elementwise(channel, inputs, op.scale.type, factor)
    inputs = [(op.bias, channel), (op.mean, channel), (scale, channel)]
    shift = build.elementwise(channel, inputs, op.scale.type, offset)
    inputs = [(op.x, axes), (scale, channel), (shift, channel)]
    return [build.elementwise(axes, inputs, op.x.type, element)]
