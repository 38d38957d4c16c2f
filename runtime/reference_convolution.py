"""The reference of products with an epilogue: matmul, convolutions; window by window in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
from xdsl.ir import Operation

from ..dialects.kernel import (
    ConvOp,
    ConvTransposeOp,
    DepthwiseConvOp,
    DepthwiseSeparableOp,
    MatmulOp,
)
from ..dialects.kernel.epilogue import EpilogueOp
from ..dialects.kernel.sliding import SlidingOp
from ..dialects.shapes import element_type_of, shape_of
from .bounded import Bounded
from .quantity import Quantity, dot
from .reference_requantisation import requantised

_LETTERS = "pqz"
"""Einsum's letters of pixels; windows have r, s, t."""


def _start(op: EpilogueOp, given: Mapping[str, Quantity], shape: Sequence[int]) -> Quantity:
    """Return what the sum starts from."""
    return given.get("init", Quantity.full(shape, 0, op.accumulates_in))


def _finished(
    op: EpilogueOp,
    total: Quantity,
    given: Mapping[str, Quantity],
    bias: Sequence[int] | None = None,
) -> Quantity:
    """Return the result of the epilogue; `bias` is the shape in which the bias broadcasts."""
    if "bias" in given:
        shape = given["bias"].shape if bias is None else bias
        total = total + given["bias"].same(lambda array: array.reshape(shape))
    if "residual" in given:
        total = total + given["residual"]
    if op.activation is not None:
        total = total.activated(op.activation.data)
    if (limits := op.limits) is not None:
        total = total.clamped(*limits)
    if (how := op.requantisation) is not None:
        total = requantised(total, how, element_type_of(op.results[0]))
    return total


def matmul(op: MatmulOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.matmul`."""
    outer = "abcdefgh"[: len(shape_of(op.result)) - 2]
    of_a = outer + ("km" if op.transpose_a is not None else "mk")
    of_b = (outer if len(shape_of(op.b)) > 2 else "") + (
        "nk" if op.transpose_b is not None else "kn"
    )
    start = _start(op, given, shape_of(op.result))
    factors = (given["a"], given["b"])
    total = dot(f"{of_a},{of_b}->{outer}mn", factors, start, op.accumulates_in)
    return _finished(op, total, given)


def _channels_first(op: SlidingOp, image: Quantity) -> Quantity:
    """Return an image as [batch, channels, pixels...]."""
    return image.same(lambda a: np.moveaxis(a, -1, 1)) if op.channels_last else image


def _as_given(op: SlidingOp, image: Quantity) -> Quantity:
    """Undo `_channels_first`."""
    return image.same(lambda a: np.moveaxis(a, 1, -1)) if op.channels_last else image


def patches(op: SlidingOp, image: Quantity, number: float = 0) -> Quantity:
    """Return [batch, channels, window..., pixels...] of an image padded by `number`."""
    given = op.geometry
    widths = [(0, 0), (0, 0), *given.padding]
    value = np.pad(image.value, widths, constant_values=number)
    error = np.pad(image.error, widths)
    shape = (*image.shape[:2], *given.window, *given.output)
    values, errors = np.empty(shape, value.dtype), np.empty(shape)
    for point in product(*map(range, given.window)):
        window = tuple(
            slice(r * d, r * d + (n - 1) * s + 1, s)
            for r, d, n, s in zip(point, given.dilations, given.output, given.strides, strict=True)
        )
        at = (slice(None), slice(None), *point)
        values[at], errors[at] = value[(..., *window)], error[(..., *window)]
    return Quantity(Bounded(values, errors), image.element)


def conv(op: ConvOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.conv`."""
    groups, rank = op.group_count, op.rank
    read = patches(op, _channels_first(op, given["x"]))
    batch, channels = read.shape[:2]
    weights = given["w"]
    if op.channels_last:
        weights = weights.same(lambda a: np.moveaxis(a, (-1, -2), (0, 1)))
    per_group = (groups, op.outputs // groups, *weights.shape[1:])
    weights = weights.same(lambda a: a.reshape(per_group))
    read = read.same(lambda a: a.reshape(batch, groups, channels // groups, *a.shape[2:]))
    r, p = "rst"[:rank], _LETTERS[:rank]
    shape = (batch, groups, op.outputs // groups, *op.geometry.output)
    start = _image_start(op, given).same(lambda a: a.reshape(shape))
    total = dot(f"ngc{r}{p},goc{r}->ngo{p}", (read, weights), start, op.accumulates_in)
    total = total.same(lambda a: a.reshape(batch, op.outputs, *op.geometry.output))
    return _finished_image(op, total, given)


def conv_transpose(op: ConvTransposeOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.conv_transpose`: every pixel scatters the window onto a larger image."""
    geometry, groups = op.geometry, op.group_count
    image, weights = _channels_first(op, given["x"]), given["w"]
    if op.channels_last:
        weights = weights.same(lambda a: np.moveaxis(a, (-2, -1), (0, 1)))
    batch, channels = image.shape[:2]
    own, made = channels // groups, op.outputs // groups
    image = image.same(lambda a: a.reshape(batch, groups, own, *a.shape[2:]))
    weights = weights.same(lambda a: a.reshape(groups, own, made, *a.shape[2:]))
    large = [
        max((n - 1) * s + d * (r - 1) + 1, low + size)
        for n, s, d, r, (low, _), size in zip(
            geometry.image,
            geometry.strides,
            geometry.dilations,
            geometry.window,
            geometry.padding,
            op.pixels,
            strict=True,
        )
    ]
    kept = tuple(
        slice(low, low + size) for (low, _), size in zip(geometry.padding, op.pixels, strict=True)
    )
    shape = (batch, groups, made, *large)
    total = Quantity.full(shape, 0, op.accumulates_in)
    part = (..., *kept)
    start = _image_start(op, given).same(lambda a: a.reshape(batch, groups, made, *op.pixels))
    total.value[part], total.error[part] = start.value, start.error
    p = _LETTERS[: op.rank]
    for point in product(*map(range, geometry.window)):
        window = (
            ...,
            *(
                slice(r * d, r * d + (n - 1) * s + 1, s)
                for r, d, n, s in zip(
                    point, geometry.dilations, geometry.image, geometry.strides, strict=True
                )
            ),
        )
        factors = (image, weights[(slice(None), slice(None), slice(None), *point)])
        added = dot(f"ngc{p},gco->ngo{p}", factors, total[window], op.accumulates_in)
        total.value[window], total.error[window] = added.value, added.error
    result = total[part].same(lambda a: a.reshape(batch, op.outputs, *op.pixels))
    return _finished_image(op, result, given)


def depthwise(op: DepthwiseConvOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.depthwise_conv`."""
    return _finished_image(op, _depthwise(op, given, _image_start(op, given)), given)


def separable(op: DepthwiseSeparableOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.depthwise_separable`."""
    mix, start, p = given["mix"], _image_start(op, given), _LETTERS[: op.rank]
    if op.channels_last:
        mix = mix.same(np.transpose)
    if op.fused is None:
        shape = (start.shape[0], op.channels, *op.geometry.output)
        middle = _depthwise(op, given, Quantity.full(shape, 0, op.accumulates_in))
        total = dot(f"nc{p},oc->no{p}", (middle, mix), start, op.accumulates_in)
        return _finished_image(op, total, given)
    read, w, r = patches(op, _channels_first(op, given["x"])), _windows(op, given), "rst"[: op.rank]
    factors = (read, w, mix)
    total = dot(f"nc{r}{p},c{r},oc->no{p}", factors, start, op.accumulates_in)
    return _finished_image(op, total, given)


def _depthwise(
    op: DepthwiseConvOp | DepthwiseSeparableOp, given: Mapping[str, Quantity], start: Quantity
) -> Quantity:
    """Return `start` plus the depthwise product."""
    read = patches(op, _channels_first(op, given["x"]))
    r, p = "rst"[: op.rank], _LETTERS[: op.rank]
    return dot(f"nc{r}{p},c{r}->nc{p}", (read, _windows(op, given)), start, op.accumulates_in)


def _windows(op: SlidingOp, given: Mapping[str, Quantity]) -> Quantity:
    """Return depthwise weights as [channels, window...]."""
    return given["w"].same(lambda a: np.moveaxis(a, -1, 0)) if op.channels_last else given["w"]


def _image_start(
    op: ConvOp | ConvTransposeOp | DepthwiseConvOp | DepthwiseSeparableOp,
    given: Mapping[str, Quantity],
) -> Quantity:
    """Return what the sum starts from, channels first."""
    return _channels_first(op, _start(op, given, shape_of(op.result)))


def _finished_image(
    op: ConvOp | ConvTransposeOp | DepthwiseConvOp | DepthwiseSeparableOp,
    total: Quantity,
    given: Mapping[str, Quantity],
) -> Quantity:
    """Return the result of the epilogue, in the layout of the operation."""
    if "residual" in given:
        given = {**given, "residual": _channels_first(op, given["residual"])}
    return _as_given(op, _finished(op, total, given, (-1, *(1,) * op.rank)))


RULES: dict[type[Operation], Callable[..., Quantity]] = {
    ConvOp: conv,
    ConvTransposeOp: conv_transpose,
    DepthwiseConvOp: depthwise,
    DepthwiseSeparableOp: separable,
    MatmulOp: matmul,
}
"""From an operation and its operands by name to its result."""
