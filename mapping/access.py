"""Affine accesses: which element of an operand each point of an iteration domain touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
    TensorType,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, memory_name


@dataclass(frozen=True)
class Access:
    """An operand and the element of it that each point of the iteration domain touches.

    At point `x` (one coordinate per axis) the element is `matrix @ x + offset`. `shape` gives the
    operand's extents; a dimension written `?` has the extent of what is accessed and stands in
    `bounded`: there the instruction also does fewer. `strides` (in elements) is None for a
    row-major contiguous operand and holds None where any stride will do.
    """

    name: str
    element: Attribute
    matrix: tuple[tuple[int, ...], ...]
    offset: tuple[int, ...]
    shape: tuple[int, ...]
    memory: str | None = None
    strides: tuple[int | None, ...] | None = None
    bounded: tuple[int, ...] = ()

    def column(self, axis: int) -> tuple[int, ...]:
        """How the accessed element moves, per dimension, when the axis advances by one."""
        return tuple(row[axis] for row in self.matrix)

    def touches(self, axis: int) -> bool:
        """Whether the axis indexes the operand."""
        return axis in self._touched

    @cached_property
    def _touched(self) -> frozenset[int]:
        """The axes that index the operand."""
        return frozenset(axis for axes in self.axes for axis in axes)

    @cached_property
    def axes(self) -> tuple[tuple[int, ...], ...]:
        """Per dimension, the axes that index it."""
        return tuple(
            tuple(axis for axis, factor in enumerate(row) if factor) for row in self.matrix
        )

    @cached_property
    def own_axes(self) -> tuple[int, ...] | None:
        """The axis along each dimension, where each has one of its own, in single steps from its first element.

        None where that is not so.
        """
        found = tuple(axis for axes in self.axes for axis in axes)
        rows = zip(self.matrix, self.axes, strict=True)
        single = all(len(axes) == 1 and row[axes[0]] == 1 for row, axes in rows)
        return found if single and len(set(found)) == len(found) and not any(self.offset) else None

    def storage_strides(self) -> tuple[int | None, ...]:
        """Per dimension the distance in elements, None where any will do."""
        return self._storage_strides

    @cached_property
    def _storage_strides(self) -> tuple[int | None, ...]:
        if self.strides is not None:
            return self.strides
        steps = [1]
        for size in reversed(self.shape[1:]):
            steps.append(steps[-1] * size)
        return tuple(reversed(steps)) if self.shape else ()

    def storage_stride(self, axis: int) -> int | None:
        """The distance in elements between neighbours along an axis, None where any will do."""
        steps = zip(self.column(axis), self.storage_strides(), strict=True)
        moving = [(factor, stride) for factor, stride in steps if factor]
        if any(stride is None for _, stride in moving):
            return None
        return sum(factor * (stride or 0) for factor, stride in moving)

    def is_bounded_along(self, axis: int) -> bool:
        """Whether the operand may be shorter along the axis, in every dimension that it moves."""
        dims = [dim for dim, row in enumerate(self.matrix) if row[axis]]
        return all(dim in self.bounded for dim in dims)

    def sized(self, extents: Sequence[int]) -> Access:
        """The same operand, in the same places, where less of the axes is done."""
        shape = [
            _span(row, first, extents)[1] + 1 if dim in self.bounded else size
            for dim, (row, first, size) in enumerate(
                zip(self.matrix, self.offset, self.shape, strict=True)
            )
        ]
        return replace(self, shape=tuple(shape))

    def shifted(self, axis: int, first: int) -> Access:
        """The access when the axis begins at another point."""
        pairs = zip(self.matrix, self.offset, strict=True)
        return replace(self, offset=tuple(at + row[axis] * first for row, at in pairs))

    def select(self, axes: Sequence[int]) -> Access:
        """The same access when only these axes are left, in this order."""
        return replace(self, matrix=tuple(tuple(row[a] for a in axes) for row in self.matrix))


def access_of(value: SSAValue, map: AffineMap, default: str, op: Operation) -> Access:
    """Read an operand; `?` extents stay negative until the axes are known."""
    name = value.name_hint or default
    rows = [_linear(expr, map.num_dims, name, op) for expr in map.results]
    matrix, offset = tuple(row for row, _ in rows), tuple(constant for _, constant in rows)
    if not isinstance(value.type, TensorType | MemRefType):
        return Access(name, value.type, matrix, offset, ())
    type_ = cast(TensorType[Attribute] | MemRefType[Attribute], value.type)
    shape, element = type_.get_shape(), type_.get_element_type()
    if isinstance(type_, TensorType):
        return Access(name, element, matrix, offset, shape)
    strides: tuple[int | None, ...] | None = None
    if isinstance(type_.layout, StridedLayoutAttr):
        strides = _strides(value, type_.layout)
    elif not isinstance(type_.layout, NoneAttr):
        raise UserError(f"the layout of {name} is a map; use strided<[...]>", op)
    return Access(name, element, matrix, offset, shape, memory_name(type_), strides)


def _strides(value: SSAValue, layout: StridedLayoutAttr) -> tuple[int | None, ...]:
    """The strides of an operand; those of an instruction's own may depend on its machine."""
    if isinstance(value, BlockArgument):
        around = value.owner.parent_op()
        if isinstance(around, InstructionOp):
            return around.operand_strides[value.index]
    return tuple(layout.get_strides())


def _linear(expr: AffineExpr, dims: int, name: str, op: Operation) -> tuple[tuple[int, ...], int]:
    """The coefficients and the constant of an affine expression without division."""
    if isinstance(expr, AffineConstantExpr):
        return (0,) * dims, expr.value
    if isinstance(expr, AffineDimExpr):
        return tuple(int(i == expr.position) for i in range(dims)), 0
    if isinstance(expr, AffineBinaryOpExpr):
        left, first = _linear(expr.lhs, dims, name, op)
        right, second = _linear(expr.rhs, dims, name, op)
        if expr.kind is AffineBinaryOpKind.Add:
            return tuple(a + b for a, b in zip(left, right, strict=True)), first + second
        if expr.kind is AffineBinaryOpKind.Mul and not any(right):
            return tuple(a * second for a in left), first * second
        if expr.kind is AffineBinaryOpKind.Mul and not any(left):
            return tuple(first * b for b in right), first * second
    raise UserError(f"the access of {name} is not affine: {expr}", op)


def with_bounds(access: Access, extents: Sequence[int]) -> Access:
    """Give the `?` dimensions of an operand the extent of what is accessed."""
    bounded = tuple(i for i, size in enumerate(access.shape) if size == DYNAMIC_INDEX)
    if not bounded:
        return access
    shape = [
        size if i not in bounded else _span(row, first, extents)[1] + 1
        for i, (row, first, size) in enumerate(
            zip(access.matrix, access.offset, access.shape, strict=True)
        )
    ]
    return replace(access, shape=tuple(shape), bounded=bounded)


def _span(row: Sequence[int], first: int, extents: Sequence[int]) -> tuple[int, int]:
    """The least and the greatest coordinate that a row takes over the axes."""
    ends = [factor * (extent - 1) for factor, extent in zip(row, extents, strict=True)]
    return first + sum(min(0, end) for end in ends), first + sum(max(0, end) for end in ends)


def check_range(access: Access, extents: Sequence[int], op: Operation) -> None:
    """Check that every element that is accessed exists."""
    if 0 in extents:
        return
    for dim, size in enumerate(access.shape):
        low, high = _span(access.matrix[dim], access.offset[dim], extents)
        if low < 0 or high >= size:
            raise UserError(
                f"dimension {dim} of {access.name} has {size} elements, but {low} to {high} are "
                f"accessed",
                op,
            )


def access_text(access: Access, axes: Sequence[str]) -> str:
    """An access as a reader writes it: `a[i, 2*k + 1]`."""
    rows = zip(access.matrix, access.offset, strict=True)
    return f"{access.name}[{', '.join(_row_text(*row, axes) for row in rows)}]"


def _row_text(row: Sequence[int], offset: int, axes: Sequence[str]) -> str:
    pairs = zip(row, axes, strict=True)
    terms = [axis if factor == 1 else f"{factor}*{axis}" for factor, axis in pairs if factor]
    return " + ".join([*terms, str(offset)] if offset or not terms else terms)
