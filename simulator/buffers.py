"""Arrays as buffers: making them from a type, reading elements, taking rectangular windows."""

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import memref, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, ShapedType
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from .elements import Array, poison
from .nests import element_of


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Return the shape of a value's type."""
    assert isinstance(value.type, ShapedType)
    return value.type.get_shape()


def allocate(value: SSAValue, dynamic: Sequence[int]) -> Array:
    """Return poison of a value's type; `dynamic` are the sizes that its type leaves open."""
    sizes = iter(dynamic)
    shape = tuple(next(sizes) if size == DYNAMIC_INDEX else size for size in shape_of(value))
    return poison(shape, element_of(value.type))


def check_indices(buffer: Array, indices: Sequence[int], op: Operation) -> None:
    """Raise an error where an element does not exist (NumPy counts negative ones from the end)."""
    for dim, (index, size) in enumerate(zip(indices, buffer.shape, strict=True)):
        if not 0 <= index < size:
            raise UserError(f"access to element {index} of dimension {dim}, which has {size}", op)


def load(buffer: Array, indices: Sequence[int], op: Operation) -> Any:
    """Read one element for the one result of `op`."""
    check_indices(buffer, indices, op)
    value = buffer[tuple(indices)]
    return int(value) if str(op.results[0].type) == "index" else value


def filled(static: DenseArrayBase[Any], dynamic: list[int]) -> list[int]:
    """Return a mixed list of sizes, taking the missing ones off the front of `dynamic`."""
    return [dynamic.pop(0) if size == DYNAMIC_INDEX else int(size) for size in static.get_values()]


def slice_of(
    op: memref.SubviewOp | tensor.ExtractSliceOp | tensor.InsertSliceOp,
    base: Array,
    dynamic: Sequence[int],
    window: SSAValue,
) -> Array:
    """Return the view that offsets, sizes and strides describe, of the rank of `window`.

    Raises:
        UserError: It reaches outside the array.
    """
    rest = list(dynamic)
    offsets = filled(op.static_offsets, rest)
    sizes = filled(op.static_sizes, rest)
    strides = filled(op.static_strides, rest)
    picked: list[slice] = []
    for dim, (offset, size, stride) in enumerate(zip(offsets, sizes, strides, strict=True)):
        last = offset + (size - 1) * stride
        if size and (offset < 0 or last >= base.shape[dim]):
            raise UserError(
                f"the window takes elements {offset} to {last} of dimension {dim}, "
                f"which has {base.shape[dim]}",
                op,
            )
        picked.append(slice(offset, last + 1 if size else offset, stride))
    return _of_rank(base[tuple(picked)], shape_of(window))


def _of_rank(array: Array, shape: tuple[int, ...]) -> Array:
    """Return a view without as many extents of 1 as the rank of `shape` asks for."""
    surplus = array.ndim - len(shape)
    dropped: list[int] = []
    for dim, size in enumerate(array.shape):
        kept = dim - len(dropped)
        matches = kept < len(shape) and shape[kept] in (size, DYNAMIC_INDEX)
        if len(dropped) < surplus and size == 1 and not (matches and shape[kept] == 1):
            dropped.append(dim)
    for dim in reversed(range(array.ndim)):  # extents of 1 on both sides: any will do
        if len(dropped) < surplus and array.shape[dim] == 1 and dim not in dropped:
            dropped.append(dim)
    return array.squeeze(tuple(dropped)) if dropped else array
