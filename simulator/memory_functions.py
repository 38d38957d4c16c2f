"""The interpreter's functions for values in memory: `memref.*`, `tensor.*`, `affine.*` accesses.

A memref is a NumPy array and its subviews are views of it; a tensor is an array that nobody writes.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import affine, memref, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AffineMapAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    MemRefType,
    ShapedType,
)
from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from .elements import Array, constant, poison
from .nests import element_of
from .windows import array_of, assign


@register_impls
class MemoryFunctions(InterpreterFunctions):
    """Runs `memref` operations and the `affine` ones that address memory."""

    def __init__(self) -> None:
        self._globals: dict[str, Array] = {}

    @impl(memref.AllocOp)
    def run_alloc(
        self, interpreter: Interpreter, op: memref.AllocOp, args: PythonValues
    ) -> PythonValues:
        """Make a buffer full of poison."""
        return (_allocate(op.memref, args[: len(op.dynamic_sizes)]),)

    @impl(memref.AllocaOp)
    def run_alloca(
        self, interpreter: Interpreter, op: memref.AllocaOp, args: PythonValues
    ) -> PythonValues:
        """Make a buffer full of poison."""
        return (_allocate(op.memref, args[: len(op.dynamic_sizes)]),)

    @impl(memref.DeallocOp)
    def run_dealloc(
        self, interpreter: Interpreter, op: memref.DeallocOp, args: PythonValues
    ) -> PythonValues:
        """Poison a buffer, so that a later read of it is seen."""
        (buffer,) = args
        buffer[...] = poison((), element_of(op.memref.type))
        return ()

    @impl(memref.GlobalOp)
    def run_global(
        self, interpreter: Interpreter, op: memref.GlobalOp, args: PythonValues
    ) -> PythonValues:
        """Do nothing: globals are made when they are first asked for."""
        return ()

    @impl(memref.GetGlobalOp)
    def run_get_global(
        self, interpreter: Interpreter, op: memref.GetGlobalOp, args: PythonValues
    ) -> PythonValues:
        """Return the buffer of a global."""
        name = op.name_.string_value()
        if name not in self._globals:
            symbol = interpreter.get_op_for_symbol(op.name_)
            if not isinstance(symbol, memref.GlobalOp):
                raise UserError(f"@{name} is not a memref.global", op)
            self._globals[name] = _initial_value(symbol)
        return (self._globals[name],)

    @impl(memref.CopyOp)
    def run_copy(
        self, interpreter: Interpreter, op: memref.CopyOp, args: PythonValues
    ) -> PythonValues:
        """Copy a buffer onto another."""
        source, destination = args
        assign(destination, array_of(source))
        return ()

    @impl(memref.LoadOp)
    def run_load(
        self, interpreter: Interpreter, op: memref.LoadOp, args: PythonValues
    ) -> PythonValues:
        """Read one element."""
        buffer, *indices = args
        return (_load(array_of(buffer), indices, op),)

    @impl(memref.StoreOp)
    def run_store(
        self, interpreter: Interpreter, op: memref.StoreOp, args: PythonValues
    ) -> PythonValues:
        """Write one element."""
        value, buffer, *indices = args
        _check_indices(buffer, indices, op)
        buffer[tuple(indices)] = value
        return ()

    @impl(affine.LoadOp)
    def run_affine_load(
        self, interpreter: Interpreter, op: affine.LoadOp, args: PythonValues
    ) -> PythonValues:
        """Read one element through an affine map."""
        buffer, *operands = args
        return (_load(buffer, _mapped(op.map, operands), op),)

    @impl(affine.StoreOp)
    def run_affine_store(
        self, interpreter: Interpreter, op: affine.StoreOp, args: PythonValues
    ) -> PythonValues:
        """Write one element through an affine map."""
        value, buffer, *operands = args
        indices = _mapped(op.map, operands)
        _check_indices(buffer, indices, op)
        buffer[tuple(indices)] = value
        return ()

    @impl(memref.SubviewOp)
    def run_subview(
        self, interpreter: Interpreter, op: memref.SubviewOp, args: PythonValues
    ) -> PythonValues:
        """Take a rectangular window."""
        return (_slice(op, args[0], args[1:], op.result),)

    @impl(memref.CastOp)
    def run_cast(
        self, interpreter: Interpreter, op: memref.CastOp, args: PythonValues
    ) -> PythonValues:
        """Change the static type only."""
        return args

    @impl(memref.MemorySpaceCastOp)
    def run_memory_space_cast(
        self, interpreter: Interpreter, op: memref.MemorySpaceCastOp, args: PythonValues
    ) -> PythonValues:
        """Change the static type only."""
        return args

    @impl(memref.CollapseShapeOp)
    def run_collapse(
        self, interpreter: Interpreter, op: memref.CollapseShapeOp, args: PythonValues
    ) -> PythonValues:
        """Fuse dimensions."""
        return (_reshaped_view(args[0], op.result, op),)

    @impl(memref.ExpandShapeOp)
    def run_expand(
        self, interpreter: Interpreter, op: memref.ExpandShapeOp, args: PythonValues
    ) -> PythonValues:
        """Split dimensions."""
        return (_reshaped_view(args[0], op.result, op),)

    @impl(memref.DimOp)
    def run_dim(
        self, interpreter: Interpreter, op: memref.DimOp, args: PythonValues
    ) -> PythonValues:
        """Return an extent."""
        return (int(np.shape(args[0])[args[1]]),)

    @impl(affine.ApplyOp)
    def run_apply(
        self, interpreter: Interpreter, op: affine.ApplyOp, args: PythonValues
    ) -> PythonValues:
        """Evaluate an affine map of one result."""
        return tuple(_mapped(op.map, args))

    @impl(affine.MinOp)
    def run_min(
        self, interpreter: Interpreter, op: affine.MinOp, args: PythonValues
    ) -> PythonValues:
        """Return the least result of an affine map."""
        return (min(_mapped(op.map, args)),)

    @impl_terminator(affine.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: affine.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        """End the body of a loop."""
        return ReturnedValues(args), ()


@register_impls
class TensorFunctions(InterpreterFunctions):
    """Runs `tensor` operations."""

    @impl(tensor.EmptyOp)
    def run_empty(
        self, interpreter: Interpreter, op: tensor.EmptyOp, args: PythonValues
    ) -> PythonValues:
        """Make a tensor of poison."""
        return (_allocate(op.tensor, args),)

    @impl(tensor.CastOp)
    def run_cast(
        self, interpreter: Interpreter, op: tensor.CastOp, args: PythonValues
    ) -> PythonValues:
        """Change the static type only."""
        return args

    @impl(tensor.DimOp)
    def run_dim(
        self, interpreter: Interpreter, op: tensor.DimOp, args: PythonValues
    ) -> PythonValues:
        """Return an extent."""
        return (int(np.shape(args[0])[args[1]]),)

    @impl(tensor.ExtractOp)
    def run_extract(
        self, interpreter: Interpreter, op: tensor.ExtractOp, args: PythonValues
    ) -> PythonValues:
        """Read one element."""
        return (_load(args[0], args[1:], op),)

    @impl(tensor.InsertOp)
    def run_insert(
        self, interpreter: Interpreter, op: tensor.InsertOp, args: PythonValues
    ) -> PythonValues:
        """Replace one element."""
        value, source, *indices = args
        _check_indices(source, indices, op)
        result = source.copy()
        result[tuple(indices)] = value
        return (result,)

    @impl(tensor.ExtractSliceOp)
    def run_extract_slice(
        self, interpreter: Interpreter, op: tensor.ExtractSliceOp, args: PythonValues
    ) -> PythonValues:
        """Take a rectangular window."""
        return (_slice(op, args[0], args[1:], op.result),)

    @impl(tensor.InsertSliceOp)
    def run_insert_slice(
        self, interpreter: Interpreter, op: tensor.InsertSliceOp, args: PythonValues
    ) -> PythonValues:
        """Replace a rectangular window."""
        source, dest, *dynamic = args
        result = dest.copy()
        _slice(op, result, dynamic, op.source)[...] = source
        return (result,)

    @impl(tensor.CollapseShapeOp)
    def run_collapse(
        self, interpreter: Interpreter, op: tensor.CollapseShapeOp, args: PythonValues
    ) -> PythonValues:
        """Fuse dimensions."""
        return (args[0].reshape(_shape(op.result)),)

    @impl(tensor.ExpandShapeOp)
    def run_expand(
        self, interpreter: Interpreter, op: tensor.ExpandShapeOp, args: PythonValues
    ) -> PythonValues:
        """Split dimensions."""
        return (args[0].reshape(_shape(op.result)),)

    @impl(tensor.ReshapeOp)
    def run_reshape(
        self, interpreter: Interpreter, op: tensor.ReshapeOp, args: PythonValues
    ) -> PythonValues:
        """Give a tensor another shape."""
        return (args[0].reshape(tuple(int(size) for size in args[1])),)

    @impl(tensor.SplatOp)
    def run_splat(
        self, interpreter: Interpreter, op: tensor.SplatOp, args: PythonValues
    ) -> PythonValues:
        """Repeat a scalar."""
        result = _allocate(op.results[0], args[1:])
        result[...] = args[0]
        return (result,)

    @impl(tensor.FromElementsOp)
    def run_from_elements(
        self, interpreter: Interpreter, op: tensor.FromElementsOp, args: PythonValues
    ) -> PythonValues:
        """Make a tensor of scalars in row-major order."""
        result = _allocate(op.results[0], ())
        result.flat = args
        return (result,)

    @impl(tensor.ConcatOp)
    def run_concat(
        self, interpreter: Interpreter, op: tensor.ConcatOp, args: PythonValues
    ) -> PythonValues:
        """Join tensors along a dimension."""
        return (np.concatenate(args, axis=op.dim.value.data),)

    @impl(tensor.PadOp)
    def run_pad(
        self, interpreter: Interpreter, op: tensor.PadOp, args: PythonValues
    ) -> PythonValues:
        """Extend a tensor by what the region yields, which must not depend on the indices."""
        source, *dynamic = args
        low = _filled(op.static_low, dynamic)
        high = _filled(op.static_high, dynamic)
        indices = (0,) * source.ndim
        (value,) = interpreter.run_ssacfg_region(op.region, indices, "pad")
        if any(argument.uses for argument in op.region.block.args):
            raise UserError("padding that depends on the indices cannot be executed", op)
        widths = list(zip(low, high, strict=True))
        return (np.pad(source, widths, constant_values=value),)

    @impl_terminator(tensor.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: tensor.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        """End the region of a pad."""
        return ReturnedValues(args), ()


def _shape(value: SSAValue) -> tuple[int, ...]:
    """Return the shape of a value's type."""
    assert isinstance(value.type, ShapedType)
    return value.type.get_shape()


def _allocate(value: SSAValue, dynamic: Sequence[int]) -> Array:
    """Return poison of a value's type; `dynamic` are the sizes that its type leaves open."""
    sizes = iter(dynamic)
    shape = tuple(next(sizes) if size == DYNAMIC_INDEX else size for size in _shape(value))
    return poison(shape, element_of(value.type))


def _initial_value(op: memref.GlobalOp) -> Array:
    """Return a new buffer with the contents of a global."""
    if isinstance(op.initial_value, DenseIntOrFPElementsAttr):
        return np.array(constant(op.initial_value))
    type_ = cast("MemRefType[Any]", op.type)
    return poison(type_.get_shape(), type_.element_type)


def _mapped(map_: AffineMapAttr | None, operands: Sequence[Any]) -> tuple[Any, ...]:
    """Evaluate an affine map on its dimensions followed by its symbols."""
    if map_ is None:
        return tuple(operands)
    dims = map_.data.num_dims
    return tuple(map_.data.eval(operands[:dims], operands[dims:]))


def _check_indices(buffer: Array, indices: Sequence[int], op: Operation) -> None:
    """Raise an error where an element does not exist (NumPy counts negative ones from the end)."""
    for dim, (index, size) in enumerate(zip(indices, buffer.shape, strict=True)):
        if not 0 <= index < size:
            raise UserError(f"access to element {index} of dimension {dim}, which has {size}", op)


def _load(buffer: Array, indices: Sequence[int], op: Operation) -> Any:
    """Read one element."""
    _check_indices(buffer, indices, op)
    value = buffer[tuple(indices)]
    return int(value) if str(op.results[0].type) == "index" else value


def _filled(static: DenseArrayBase[Any], dynamic: list[int]) -> list[int]:
    """Return a mixed list of sizes, taking the missing ones off the front of `dynamic`."""
    return [dynamic.pop(0) if size == DYNAMIC_INDEX else int(size) for size in static.get_values()]


def _slice(
    op: memref.SubviewOp | tensor.ExtractSliceOp | tensor.InsertSliceOp,
    base: Array,
    dynamic: Sequence[int],
    window: SSAValue,
) -> Array:
    """Return the view that offsets, sizes and strides describe, of the rank of `window`."""
    rest = list(dynamic)
    offsets = _filled(op.static_offsets, rest)
    sizes = _filled(op.static_sizes, rest)
    strides = _filled(op.static_strides, rest)
    picked: list[slice] = []
    for dim, (offset, size, stride) in enumerate(zip(offsets, sizes, strides, strict=True)):
        last = offset + (size - 1) * stride
        if size and not (0 <= offset and last < base.shape[dim]):
            raise UserError(
                f"the window takes elements {offset} to {last} of dimension {dim}, "
                f"which has {base.shape[dim]}",
                op,
            )
        picked.append(slice(offset, last + 1 if size else offset, stride))
    return _without_unit_dimensions(base[tuple(picked)], _shape(window))


def _without_unit_dimensions(array: Array, shape: tuple[int, ...]) -> Array:
    """Return a view without as many extents of 1 as the rank of `shape` asks for."""
    drop: list[int] = []
    wanted = list(shape)
    for dim, size in enumerate(array.shape):
        if (
            wanted
            and (wanted[0] == size or wanted[0] == DYNAMIC_INDEX)
            and (
                array.ndim - dim <= len(wanted) or size != 1 or len(drop) == array.ndim - len(shape)
            )
        ):
            wanted.pop(0)
        elif size == 1:
            drop.append(dim)
    return array.squeeze(tuple(drop)) if drop else array


def _reshaped_view(array: Array, result: SSAValue, op: Operation) -> Array:
    """Return the same memory in another shape."""
    shape = _shape(result)
    view = array.reshape([-1 if size == DYNAMIC_INDEX else size for size in shape])
    if not np.may_share_memory(view, array):
        raise UserError("the dimensions to fuse do not lie one after the other in memory", op)
    return view
