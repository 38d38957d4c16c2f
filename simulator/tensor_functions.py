"""The interpreter's functions for `tensor.*`; a tensor is an array that nobody writes."""

import numpy as np
from xdsl.dialects import tensor
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

from ..dialects.errors import UserError
from .buffers import allocate, check_indices, filled, load, shape_of, slice_of


@register_impls
class TensorFunctions(InterpreterFunctions):
    """Runs `tensor` operations."""

    @impl(tensor.EmptyOp)
    def run_empty(
        self, interpreter: Interpreter, op: tensor.EmptyOp, args: PythonValues
    ) -> PythonValues:
        """Make a tensor of poison."""
        return (allocate(op.tensor, args),)

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
        return (load(args[0], args[1:], op),)

    @impl(tensor.InsertOp)
    def run_insert(
        self, interpreter: Interpreter, op: tensor.InsertOp, args: PythonValues
    ) -> PythonValues:
        """Replace one element."""
        value, source, *indices = args
        check_indices(source, indices, op)
        result = source.copy()
        result[tuple(indices)] = value
        return (result,)

    @impl(tensor.ExtractSliceOp)
    def run_extract_slice(
        self, interpreter: Interpreter, op: tensor.ExtractSliceOp, args: PythonValues
    ) -> PythonValues:
        """Take a rectangular window."""
        return (slice_of(op, args[0], args[1:], op.result),)

    @impl(tensor.InsertSliceOp)
    def run_insert_slice(
        self, interpreter: Interpreter, op: tensor.InsertSliceOp, args: PythonValues
    ) -> PythonValues:
        """Replace a rectangular window."""
        source, dest, *dynamic = args
        result = dest.copy()
        slice_of(op, result, dynamic, op.source)[...] = source
        return (result,)

    @impl(tensor.CollapseShapeOp)
    def run_collapse(
        self, interpreter: Interpreter, op: tensor.CollapseShapeOp, args: PythonValues
    ) -> PythonValues:
        """Fuse dimensions."""
        return (args[0].reshape(shape_of(op.result)),)

    @impl(tensor.ExpandShapeOp)
    def run_expand(
        self, interpreter: Interpreter, op: tensor.ExpandShapeOp, args: PythonValues
    ) -> PythonValues:
        """Split dimensions."""
        return (args[0].reshape(shape_of(op.result)),)

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
        result = allocate(op.results[0], args[1:])
        result[...] = args[0]
        return (result,)

    @impl(tensor.FromElementsOp)
    def run_from_elements(
        self, interpreter: Interpreter, op: tensor.FromElementsOp, args: PythonValues
    ) -> PythonValues:
        """Make a tensor of scalars in row-major order."""
        result = allocate(op.results[0], ())
        result[...] = np.array(args, result.dtype).reshape(result.shape)
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
        if any(argument.uses for argument in op.region.block.args):
            raise UserError("padding that depends on the indices cannot be executed", op)
        low = filled(op.static_low, dynamic)
        high = filled(op.static_high, dynamic)
        (value,) = interpreter.run_ssacfg_region(op.region, (0,) * source.ndim, "pad")
        return (np.pad(source, list(zip(low, high, strict=True)), constant_values=value),)

    @impl_terminator(tensor.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: tensor.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        """End the region of a pad."""
        return ReturnedValues(args), ()
