"""The reference of elementwise kernels, reductions, poolings and normalisations, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf
from typing import Any

import numpy as np
from xdsl.ir import Attribute, Operation

from ..dialects.formula import Formula, Letter, Number
from ..dialects.kernel import (
    BatchNormOp,
    ElementwiseOp,
    LayerNormOp,
    PoolOp,
    ReduceOp,
    RequantiseOp,
    SoftmaxOp,
)
from ..dialects.shapes import element_type_of, shape_of
from .bounded import Bounded, is_integer
from .quantity import Quantity
from .reference_convolution import patches
from .reference_requantisation import requantised, rounded_mean

_ERF: Callable[[Any], Any] = np.vectorize(erf, otypes=[np.float64])

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "ceil": np.ceil,
    "erf": _ERF,
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "round": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
"""Functions of floats in double precision."""


def elementwise(op: ElementwiseOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.elementwise`."""
    to, shape = element_type_of(op.result), shape_of(op.result)
    operands = [
        given[f"inputs{number}"].to(to).same(lambda a: np.broadcast_to(a, shape))
        for number in range(len(op.inputs))
    ]
    return evaluated(op.formula, operands)


def evaluated(formula: Formula, operands: list[Quantity]) -> Quantity:
    """Return the value of a formula."""
    if isinstance(formula, Letter):
        return operands[formula.position]
    if isinstance(formula, Number):
        return Quantity.full((), formula.value, operands[0].element)
    args = [evaluated(arg, operands) for arg in formula.args]
    x, rest = args[0], args[1:]
    match formula.function:
        case "add" | "sub" | "mul" | "div" as name:
            operator = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}
            return getattr(x, operator[name])(rest[0])
        case "max":
            return x.maximum(rest[0])
        case "min":
            return x.minimum(rest[0])
        case "max_unsigned" | "min_unsigned" | "div_unsigned" as name:
            return unsigned(name, x, rest[0])
        case "pow":
            return x.power(rest[0])
        case "clamp":
            return x.maximum(rest[0]).minimum(rest[1])
        case "neg":
            return -x
        case "abs":
            return x.maximum(-x)
        case "relu" | "sigmoid" as name:
            return x.activated(name)
        case "silu":
            return x * x.sigmoid()
        case "gelu":
            return x.times(0.5) * x.times(0.5**0.5).apply(_ERF).plus(1)
        case name:
            return x.apply(FUNCTIONS[name])


def unsigned(name: str, one: Quantity, other: Quantity) -> Quantity:
    """Return a function of integers that are read without a sign."""
    a, b = one.unsigned().value, other.unsigned().value
    match name:
        case "max_unsigned":
            value = np.maximum(a, b)
        case "min_unsigned":
            value = np.minimum(a, b)
        case _:
            value = a // np.where(b == 0, 1, b)
    return Quantity(Bounded(value, one.error), one.element).wrapped()


def requantise(op: RequantiseOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.requantise`."""
    return requantised(given["x"], op.requantisation, element_type_of(op.result))


def reduce(op: ReduceOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.reduce`."""
    x, shape, to = given["x"], shape_of(op.result), element_type_of(op.result)
    if not op.reduced:
        return x.to(to).wrapped()
    if op.kind.data == "mean" and is_integer(to):
        total = x.value.sum(axis=op.reduced)
        count = x.value.size // max(total.size, 1)
        result = rounded_mean(total, np.array(count), _rounding(op), to)
    else:
        result = _reduced(op.kind.data, x.to(to), op.reduced).wrapped()
    return result.same(lambda a: a.reshape(shape))


def _rounding(op: ReduceOp | PoolOp) -> str:
    """Return where a half goes in a mean of integers."""
    return "away" if op.rounding is None else op.rounding.data


def _reduced(kind: str, x: Quantity, axes: tuple[int, ...]) -> Quantity:
    """Return a reduction over axes that stay, of extent 1."""
    match kind:
        case "max" | "min":
            return x.extreme(np.max if kind == "max" else np.min, axes)
        case "product":
            return x.product(axes)
        case "sum":
            return x.sum(axes)
        case _:
            count = int(np.prod([x.shape[axis] for axis in axes]))
            return x.sum(axes) / Quantity.full((), count, x.element)


def pool(op: PoolOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.pool`."""
    image, rank, to, kind = given["x"], op.rank, element_type_of(op.result), op.kind.data
    if op.channels_last:
        image = image.same(lambda a: np.moveaxis(a, -1, 1))
    axes = tuple(range(2, 2 + rank))
    if kind in ("max", "min"):
        low, high = (-(2**63), 2**63 - 1) if is_integer(to) else (-np.inf, np.inf)
        padding = low if kind == "max" else high
        read = patches(op, image.to(to), padding)
        result = read.extreme(np.max if kind == "max" else np.min, axes).wrapped()
    elif kind == "sum":
        result = patches(op, image.to(to)).sum(axes)
    else:
        result = _average(op, image, axes, to)
    result = result.same(lambda a: a.squeeze(axes))
    return result.same(lambda a: np.moveaxis(a, 1, -1)) if op.channels_last else result


def _average(op: PoolOp, image: Quantity, axes: tuple[int, ...], to: Attribute) -> Quantity:
    """Return the averages of windows, whose axes stay, of extent 1."""
    ones = image.same(np.ones_like)
    padding = 1 if op.count_include_pad is not None else 0
    counts = patches(op, ones, padding).value.sum(axis=axes, keepdims=True)
    if is_integer(to):
        total = patches(op, image).value.sum(axis=axes, keepdims=True)
        return rounded_mean(total, counts, _rounding(op), to)
    count = Quantity.full(counts.shape, 0, to)
    count.value[...] = counts
    return patches(op, image.to(to)).sum(axes) / count


def softmax_along(x: Quantity, axis: int) -> Quantity:
    """Return the softmax along an axis."""
    grown = (x - x.extreme(np.max, (axis,))).apply(np.exp)
    return grown / grown.sum((axis,))


def softmax(op: SoftmaxOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.softmax`."""
    return softmax_along(given["x"], op.along)


def layer_norm(op: LayerNormOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.layer_norm`."""
    x = given["x"]
    axes = tuple(range(len(x.shape) - op.count, len(x.shape)))
    away = x - _reduced("mean", x, axes)
    variance = _reduced("mean", away * away, axes)
    result = away * variance.plus(op.added).apply(FUNCTIONS["rsqrt"])
    if "scale" in given:
        result = result * given["scale"]
    return result + given["bias"] if "bias" in given else result


def batch_norm(op: BatchNormOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.batch_norm`."""
    factor = given["scale"] * given["variance"].plus(op.added).apply(FUNCTIONS["rsqrt"])
    shift = given["bias"] - given["mean"] * factor
    shape = [-1 if dim == op.channel else 1 for dim in range(len(shape_of(op.x)))]

    def broadcast(part: Quantity) -> Quantity:
        return part.same(lambda array: array.reshape(shape))

    return given["x"] * broadcast(factor) + broadcast(shift)


RULES: dict[type[Operation], Callable[..., Quantity]] = {
    BatchNormOp: batch_norm,
    ElementwiseOp: elementwise,
    LayerNormOp: layer_norm,
    PoolOp: pool,
    ReduceOp: reduce,
    RequantiseOp: requantise,
    SoftmaxOp: softmax,
}
"""From an operation and its operands by name to its result."""
