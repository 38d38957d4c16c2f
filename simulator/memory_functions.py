"""The interpreter's functions for memory: `memref.*` and the `affine.*` that address it.

A memref is a NumPy array and its subviews are views of it.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import affine, memref
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AffineMapAttr,
    DenseIntOrFPElementsAttr,
    MemRefType,
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
from .buffers import allocate, check_indices, load, shape_of, slice_of
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
        return (allocate(op.memref, args[: len(op.dynamic_sizes)]),)

    @impl(memref.AllocaOp)
    def run_alloca(
        self, interpreter: Interpreter, op: memref.AllocaOp, args: PythonValues
    ) -> PythonValues:
        """Make a buffer full of poison."""
        return (allocate(op.memref, args[: len(op.dynamic_sizes)]),)

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
        return (load(array_of(buffer), indices, op),)

    @impl(memref.StoreOp)
    def run_store(
        self, interpreter: Interpreter, op: memref.StoreOp, args: PythonValues
    ) -> PythonValues:
        """Write one element."""
        value, buffer, *indices = args
        check_indices(buffer, indices, op)
        buffer[tuple(indices)] = value
        return ()

    @impl(affine.LoadOp)
    def run_affine_load(
        self, interpreter: Interpreter, op: affine.LoadOp, args: PythonValues
    ) -> PythonValues:
        """Read one element through an affine map."""
        buffer, *operands = args
        return (load(buffer, _mapped(op.map, operands), op),)

    @impl(affine.StoreOp)
    def run_affine_store(
        self, interpreter: Interpreter, op: affine.StoreOp, args: PythonValues
    ) -> PythonValues:
        """Write one element through an affine map."""
        value, buffer, *operands = args
        indices = _mapped(op.map, operands)
        check_indices(buffer, indices, op)
        buffer[tuple(indices)] = value
        return ()

    @impl(memref.SubviewOp)
    def run_subview(
        self, interpreter: Interpreter, op: memref.SubviewOp, args: PythonValues
    ) -> PythonValues:
        """Take a rectangular window."""
        return (slice_of(op, args[0], args[1:], op.result),)

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


def _reshaped_view(array: Array, result: SSAValue, op: Operation) -> Array:
    """Return the same memory in another shape."""
    shape = shape_of(result)
    view = array.reshape([-1 if size == DYNAMIC_INDEX else size for size in shape])
    if not np.may_share_memory(view, array):
        raise UserError("the dimensions to fuse do not lie one after the other in memory", op)
    return view
