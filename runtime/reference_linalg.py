"""The reference of linalg's named operations, from their names alone.

A convolution's or pooling's name gives its layouts: in `conv_2d_nhwc_hwcf`, `nhwc` is the image and
`hwcf` the window. Windows are gathered by plain indexing; capitals name the pixels of the output.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from string import ascii_lowercase
from typing import Any

import numpy as np
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute
from xdsl.ir.affine import AffineDimExpr, AffineMap

from ..dialects.linalg import ContractOp, ElementwiseOp, SoftmaxOp, TypeFn, TypeFnAttr
from .bounded import Array, Bounded
from .quantity import Quantity, dot
from .reference_layers import FUNCTIONS, softmax_along, unsigned

_EINSUMS: Mapping[str, str] = {
    "dot": "i,i->",
    "matvec": "ij,j->i",
    "vecmat": "i,ij->j",
    "matmul": "ik,kj->ij",
    "matmul_transpose_a": "ki,kj->ij",
    "matmul_transpose_b": "ik,jk->ij",
    "mmt4d": "iksu,jktu->ijst",
    "batch_matvec": "bij,bj->bi",
    "batch_vecmat": "bi,bij->bj",
    "batch_matmul": "bik,bkj->bij",
    "batch_matmul_transpose_a": "bki,bkj->bij",
    "batch_matmul_transpose_b": "bik,bjk->bij",
    "batch_mmt4d": "biksu,bjktu->bijst",
    "batch_reduce_matmul": "bik,bkj->ij",
}
"""The products of matrices."""

_CONVOLUTION = re.compile(r"(?:depthwise_)?conv_(\d)d(?:_(\w+?)_(\w+?))?(_q)?")
_POOLING = re.compile(r"pooling_([a-z]+)_([a-z]+)(_unsigned)?")
_PIXELS = "dhw"

Rule = Callable[[LinalgStructuredOperation, Sequence[Quantity]], Quantity]


def rule_of(name: str) -> Rule | None:
    """Return what computes a named operation from all its operands; None if it is not known."""
    name = name.removeprefix("linalg.")
    quantised = name.removeprefix("quantized_")
    if quantised in _EINSUMS:
        return lambda op, operands: _product(op, _EINSUMS[quantised], operands)
    if found := _CONVOLUTION.fullmatch(name):
        rank, image, window = int(found[1]), found[2] or "", found[3] or ""
        pixels = _PIXELS[-rank:]
        return lambda op, operands: _convolution(op, image or pixels, window or pixels, operands)
    if found := _POOLING.fullmatch(name):
        image, kind, unsigned = found[1], found[2], found[3] is not None
        return lambda op, operands: _pooling(op, image, kind, unsigned, operands)
    if name in _ELEMENTS:
        return lambda op, operands: _ELEMENTS[name](*operands[:-1])
    return _OTHERS.get(name)


def _product(op: Any, spec: str, operands: Sequence[Quantity]) -> Quantity:
    """Compute a product of matrices, of which `indexing_maps` may give other accesses."""
    if getattr(op, "maps", None) is not None:
        spec = _spec(op.maps)
    return _added(op, spec, operands)


def _spec(maps: Sequence[AffineMap]) -> str:
    """Return accesses as einsum writes them."""
    inputs = ",".join(map(_letters, maps[:-1]))
    return f"{inputs}->{_letters(maps[-1])}"


def _letters(map_: AffineMap) -> str:
    """Return the loops along which the dimensions of an operand move."""
    dims = [e.position for e in map_.results if isinstance(e, AffineDimExpr)]
    assert len(dims) == len(map_.results)
    return "".join(ascii_lowercase[dim] for dim in dims)


def _added(op: Any, spec: str, operands: Sequence[Quantity]) -> Quantity:
    """Return the output plus the einsum of two factors, less their zero points if they have any."""
    *inputs, start = operands
    unsigned = getattr(op, "cast", None) == TypeFnAttr(TypeFn.CAST_UNSIGNED)
    wide = [value.converted(start.element, unsigned=unsigned) for value in inputs]
    factors = [wide[0] - wide[2], wide[1] - wide[3]] if len(wide) == 4 else wide
    letters, _, output = spec.partition("->")
    for axis, size in zip(output, start.shape, strict=True):
        if axis not in letters:  # einsum wants every axis of the output in some factor
            letters += f",{axis}"
            factors.append(Quantity.full((size,), 1, start.element))
    return dot(f"{letters}->{output}", factors, start, start.element)


def _convolution(
    op: LinalgStructuredOperation, image: str, window: str, operands: Sequence[Quantity]
) -> Quantity:
    """Compute a convolution of layouts such as `nhwc` and `hwcf`."""
    x, w, *rest = operands
    extents = dict(zip(window, w.shape, strict=True))
    letters, read = _windows(op, image, x, extents)
    output = image.replace("c", "f") if "f" in window else image + ("m" if "m" in window else "")
    output = "".join(axis.upper() if axis in _PIXELS else axis for axis in output)
    return _added(op, f"{letters},{window}->{output}", [read, w, *rest])


def _windows(op: Any, image: str, x: Quantity, extents: Mapping[str, int]) -> tuple[str, Quantity]:
    """Return an image in which every dimension `h` of pixels became `Hh`: output pixel, window."""
    rank = sum(axis in _PIXELS for axis in image)
    steps = [_numbers(op, name, rank) for name in ("strides", "dilations")]
    letters = image
    for number, axis in enumerate(axis for axis in image if axis in _PIXELS):
        stride, dilation, place = steps[0][number], steps[1][number], letters.index(axis)
        size, extent = x.shape[place], extents[axis]
        pixels = (size - (extent - 1) * dilation - 1) // stride + 1
        index = np.arange(pixels)[:, None] * stride + np.arange(extent) * dilation
        x = x.same(lambda array, index=index, place=place: np.take(array, index, axis=place))
        letters = letters.replace(axis, axis.upper() + axis)
    return letters, x


def _numbers(op: Any, name: str, rank: int) -> Sequence[int]:
    """Return the strides or dilations, 1 where there are none."""
    attribute = getattr(op, name, None)
    return (1,) * rank if attribute is None else attribute.get_values()


def _pooling(
    op: LinalgStructuredOperation,
    image: str,
    kind: str,
    unsigned: bool,
    operands: Sequence[Quantity],
) -> Quantity:
    """Compute a pooling, which goes on from what the output holds."""
    x, w, start = operands
    pixels = [axis for axis in image if axis in _PIXELS]
    x = x.converted(start.element, unsigned=unsigned)
    letters, read = _windows(op, image, x, dict(zip(pixels, w.shape, strict=True)))
    axes = tuple(letters.index(axis) for axis in pixels)
    if kind == "sum":
        truths = read.value.dtype == np.bool_  # their sum is whether any holds
        total = read.extreme(np.max, axes) if truths else read.sum(axes)
        return start + total.same(lambda array: array.squeeze(axes))
    if unsigned:
        start, read = start.unsigned(), read.unsigned()
    extreme, pick = (np.max, Quantity.maximum) if kind == "max" else (np.min, Quantity.minimum)
    result = pick(start, read.extreme(extreme, axes).same(lambda array: array.squeeze(axes)))
    return result.wrapped()


def _contract(op: LinalgStructuredOperation, operands: Sequence[Quantity]) -> Quantity:
    """Compute `linalg.contract`."""
    assert isinstance(op, ContractOp)
    assert op.maps is not None
    return _added(op, _spec(op.maps), operands)


def _elementwise(op: LinalgStructuredOperation, operands: Sequence[Quantity]) -> Quantity:
    """Compute `linalg.elementwise`: operands are turned and repeated, then the function applied."""
    assert isinstance(op, ElementwiseOp)
    assert op.kind is not None
    shape, inputs = operands[-1].shape, list(operands[:-1])
    for number, map_ in enumerate(op.get_default_indexing_maps()[:-1]):
        wanted = _letters(map_)
        whole = ascii_lowercase[: len(shape)]

        def spread(array: Array, wanted: str = wanted, whole: str = whole) -> Array:
            ordered = np.transpose(array, [wanted.index(axis) for axis in whole if axis in wanted])
            kept = [slice(None) if axis in wanted else None for axis in whole]
            return np.broadcast_to(ordered[tuple(kept)], shape)

        inputs[number] = inputs[number].same(spread)
    kind = str(op.kind.data)
    return _ELEMENTS[kind.removesuffix("_signed")](*inputs)


def _copy(op: Any, operands: Sequence[Quantity]) -> Quantity:
    """Compute `linalg.copy`, which converts."""
    unsigned = op.cast == TypeFnAttr(TypeFn.CAST_UNSIGNED) if hasattr(op, "cast") else False
    return operands[0].converted(operands[1].element, unsigned=unsigned)


def softmax(op: SoftmaxOp, x: Bounded, element: Attribute) -> Bounded:
    """Compute `linalg.softmax`."""
    return softmax_along(Quantity(x, element), op.along).number


def _select(condition: Quantity, one: Quantity, other: Quantity) -> Quantity:
    """Return `one` where the condition holds, else `other`."""
    value = np.where(condition.value, one.value, other.value)
    error = np.where(condition.value, one.error, other.error)
    return Quantity(Bounded(value, error), one.element)


def _absolute(x: Quantity) -> Quantity:
    return Quantity(Bounded(np.abs(x.value), x.error), x.element)


def _reciprocal(x: Quantity) -> Quantity:
    return Quantity.full((), 1, x.element) / x


def _square(x: Quantity) -> Quantity:
    return x * x


def _function(name: str) -> Callable[[Quantity], Quantity]:
    """Return a function of floats."""
    return lambda x: x.apply(FUNCTIONS[name])


_ELEMENTS: Mapping[str, Callable[..., Quantity]] = {
    **{name: _function(name) for name in ("exp", "log", "sqrt", "rsqrt", "tanh", "erf")},
    **{name: _function(name) for name in ("ceil", "floor", "round")},
    "abs": _absolute,
    "negf": operator.neg,
    "reciprocal": _reciprocal,
    "square": _square,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "max": Quantity.maximum,
    "min": Quantity.minimum,
    "powf": Quantity.power,
    **{name: partial(unsigned, name) for name in ("div_unsigned", "max_unsigned", "min_unsigned")},
    "select": _select,
}
"""The functions of elements."""

_OTHERS: Mapping[str, Rule] = {"contract": _contract, "elementwise": _elementwise, "copy": _copy}
