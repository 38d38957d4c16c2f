"""Layouts of memrefs: strides and offsets of windows, and what counts as contiguous.

A stride or offset is an integer, or None where the program does not fix it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias, cast

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    IntAttr,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
)
from xdsl.ir import Attribute
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from ..remembered import remembered

Strides: TypeAlias = tuple[int | None, ...]


def memref_of(type: Attribute) -> MemRefType[Attribute] | None:
    """The type as a memref, or None if it is another."""
    return cast("MemRefType[Attribute]", type) if isinstance(type, MemRefType) else None


def coefficients(expr: AffineExpr, dims: int) -> tuple[int, ...] | None:
    """The factor of each of `dims` dimensions in an expression, or None if it is not linear."""
    match expr:
        case AffineDimExpr():
            return tuple(int(dim == expr.position) for dim in range(dims))
        case AffineBinaryOpExpr(kind=AffineBinaryOpKind.Add):
            left, right = coefficients(expr.lhs, dims), coefficients(expr.rhs, dims)
            if left is None or right is None:
                return None
            return tuple(a + b for a, b in zip(left, right, strict=True))
        case AffineBinaryOpExpr(kind=AffineBinaryOpKind.Mul) if expr.used_dims():
            inner, factor = expr.lhs, expr.rhs
            if isinstance(inner, AffineConstantExpr):
                inner, factor = factor, inner
            linear = coefficients(inner, dims)
            if linear is None or not isinstance(factor, AffineConstantExpr):
                return None
            return tuple(a * factor.value for a in linear)
        case _:
            return None if expr.used_dims() else (0,) * dims


@remembered()
@lru_cache(maxsize=4096)
def is_linear(map: AffineMap) -> bool:
    """Whether every result is linear in the dimensions, whatever it does with the symbols."""
    return all(coefficients(expr, map.num_dims) is not None for expr in map.results)


def strides_of(memref: MemRefType[Attribute]) -> Strides | None:
    """The strides of a memref in elements, or None where its layout has none."""
    strides = memref.get_strides()
    if strides is None:
        return None
    return tuple(None if stride == DYNAMIC_INDEX else stride for stride in strides)


def is_contiguous(memref: MemRefType[Attribute]) -> bool:
    """Whether the elements lie one after the other, row-major; extents of 1 do not matter."""
    if isinstance(memref.layout, NoneAttr):
        return True
    strides = strides_of(memref)
    if strides is None:
        return False
    expected: int | None = 1
    for size, stride in reversed(list(zip(memref.get_shape(), strides, strict=True))):
        if size != 1 and (stride is None or stride != expected):
            return False
        expected = None if expected is None or size == DYNAMIC_INDEX else expected * size
    return True


def window_strides(base: Strides | None, map: AffineMap) -> Strides:
    """The strides of a window: per dimension of the map, the distance in the base's storage."""
    factors = [coefficients(expr, map.num_dims) for expr in map.results]
    strides: list[int | None] = []
    for dim in range(map.num_dims):
        total: int | None = 0
        for position, (expr, row) in enumerate(zip(map.results, factors, strict=True)):
            if row is None:
                total = None if dim in expr.used_dims() else total
            elif row[dim] and total is not None:
                step = None if base is None else base[position]
                total = None if step is None else total + row[dim] * step
        strides.append(total)
    return tuple(strides)


def window_offset(base: MemRefType[Attribute], map: AffineMap) -> int | None:
    """The offset of a window's first element, or None where it depends on the indices."""
    offset, strides = base.get_offset(), strides_of(base)
    if offset is None or strides is None or map.num_symbols:
        return None
    for position, stride in zip(map.eval([0] * map.num_dims, []), strides, strict=True):
        if position and stride is None:
            return None
        offset += position * (stride or 0)
    return offset


def window_type(base: Attribute, map: AffineMap, shape: Sequence[int]) -> MemRefType[Attribute]:
    """The type of the window of extents `shape` that `map` cuts out of a memref of type `base`."""
    return _window_type(base, map, tuple(shape))


@remembered(objects=2)
@lru_cache(maxsize=4096)
def _window_type(base: Attribute, map: AffineMap, shape: tuple[int, ...]) -> MemRefType[Attribute]:
    memref = memref_of(base)
    assert memref is not None
    strides, offset = window_strides(strides_of(memref), map), window_offset(memref, map)
    return _strided_type(memref.element_type, shape, strides, offset, memref.memory_space)


@lru_cache(maxsize=4096)
def _strided_type(
    element: Attribute,
    shape: tuple[int, ...],
    strides: Strides,
    offset: int | None,
    space: Attribute,
) -> MemRefType[Attribute]:
    """The type of a window, made once for all maps that lay it out so."""
    is_plain = offset == 0 and strides == MemRefType.strides_for_shape(shape)
    layout = NoneAttr() if is_plain else StridedLayoutAttr(strides, offset)
    # Not the constructor, which works out anew what a list of extents is.
    extents = ArrayAttr([IntAttr(size) for size in shape])
    return MemRefType.new([extents, element, layout, space])
