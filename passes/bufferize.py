"""Give every tensor a buffer."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, func, linalg, scf, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
)
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass

from ..dialects.errors import UserError
from ..dialects.shapes import is_tensor
from .block_buffers import BlockBuffers, on_tensors
from .buffers import Uses, is_reshape, memref_like
from .decompose_tensors import decompose
from .generic import require_static

_HINTS = {
    "kernel": "run lower-kernel first",
    "linalg": "run normalize-statements first",
    "func": "inline the callee",
}


@dataclass(frozen=True)
class BufferizePass(ModulePass):
    """Turn functions on tensors, without branches, into functions on memrefs.

    Tensor arguments become memrefs, which are only read. Every tensor result becomes one more
    memref argument behind the others, and what is returned is computed there:

    ```mlir
    func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = tensor.empty() : tensor<4xf32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                           iterator_types = ["parallel"]}
          ins(%x : tensor<4xf32>) outs(%0 : tensor<4xf32>) {
      ^bb0(%e: f32, %old: f32):
        %2 = arith.mulf %e, %e : f32
        linalg.yield %2 : f32
      } -> tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    becomes `func.func @square(%x: memref<4xf32>, %out: memref<4xf32>)` with the same statement from
    `%x` to `%out`. Other values get a `memref.alloc`. A statement works in place on what it starts
    from unless that is an argument, a constant, or used elsewhere; then it works on a copy, if the
    old elements matter at all. Constants become `memref.global`. Reshapes and slices become views;
    padding and concatenation become fills and copies into windows. A loop that carries tensors
    keeps each in one buffer.
    """

    name = "bufferize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function that has to do with tensors."""
        for function in [found for found in op.walk() if isinstance(found, func.FuncOp)]:
            if any(map(on_tensors, function.walk())) or _mentions_tensors(function):
                _check(function)
                decompose(function)
                _bufferize(function)


def _mentions_tensors(function: func.FuncOp) -> bool:
    """Say whether the signature of a function has tensors."""
    return any(map(is_tensor, (*function.function_type.inputs, *function.function_type.outputs)))


def _check(function: func.FuncOp) -> None:
    """Raise a `UserError` on what this pass cannot do."""
    name = function.sym_name.data
    if len(function.body.blocks) != 1:
        what = "has branches" if function.body.blocks else "has no body"
        raise UserError(f"function @{name} on tensors {what}, which is not supported", function)
    _check_block(function.body.block)
    for type_ in function.function_type.outputs:
        if not is_tensor(type_):
            message = f"function @{name} returns {type_}; return it as tensor<{type_}>"
            raise UserError(message, function)


def _check_block(block: Block) -> None:
    """Raise a `UserError` on operations that this pass cannot rewrite."""
    for op in block.ops:
        if isinstance(op, scf.ForOp):
            if not all(is_tensor(value.type) for value in op.iter_args):
                raise UserError("a loop may only carry tensors; put a number into a tensor", op)
            _check_block(op.body.block)
        elif not _is_supported(op):
            if "scf" in op.dialect_name() or op.regions:
                hint = "only straight-line functions and 'scf.for' on tensors are supported"
            else:
                hint = _HINTS.get(op.dialect_name())
            raise UserError(f"'{op.name}' on tensors is not supported", op, hint)
        require_static(op)
        _check_slice(op)


def _is_supported(op: Operation) -> bool:
    """Say whether this pass knows what to do with an operation."""
    if is_reshape(op) or isinstance(op, linalg.ops.GenericOp | linalg.ops.FillOp):
        return True
    if isinstance(op, arith.ConstantOp) and is_tensor(op.result.type):
        return isinstance(op.value, DenseIntOrFPElementsAttr)
    if isinstance(op, tensor.ExtractSliceOp | tensor.InsertSliceOp):
        return True
    if isinstance(op, tensor.EmptyOp | tensor.PadOp | tensor.ConcatOp):
        return True
    if isinstance(op, func.ReturnOp | scf.YieldOp):
        return True
    return not any(map(on_tensors, op.walk()))


def _check_slice(op: Operation) -> None:
    """Raise a `UserError` if a slice's extent or step is known only at run time."""
    if isinstance(op, tensor.ExtractSliceOp | tensor.InsertSliceOp) and (op.sizes or op.strides):
        raise UserError("only the offsets of a slice may be computed", op)


def _erase_unused(block: Block) -> None:
    """Erase what computes tensors that nobody uses; nothing on tensors has another effect."""
    for op in reversed(list(block.ops)):
        if on_tensors(op) and op.results and not any(result.uses for result in op.results):
            op.detach()
            op.erase()


def _bufferize(function: func.FuncOp) -> None:
    """Rewrite a function."""
    block = function.body.block
    _erase_unused(block)
    old_args, end = list(block.args), block.last_op
    assert end is not None
    rewriter = BlockBuffers(function, block, Uses.of(block))
    for arg in old_args:
        if is_tensor(arg.type):
            new = block.insert_arg(memref_like(arg.type), arg.index)
            new.name_hint = arg.name_hint
            rewriter.buffers[arg] = new
    results = _add_results(block, end)
    rewriter.aim(end.operands, results)
    rewriter.run(results)
    _finish(function, old_args, len(results))


def _add_results(block: Block, end: Operation) -> list[SSAValue]:
    """Append a memref argument for every result."""
    results: list[SSAValue] = []
    for number, value in enumerate(end.operands):
        new = block.insert_arg(memref_like(value.type), len(block.args))
        new.name_hint = "out" if len(end.operands) == 1 else f"out{number}"
        results.append(new)
    return results


def _finish(function: func.FuncOp, old_args: Sequence[BlockArgument], results: int) -> None:
    """Drop the old arguments and make the function's type and attributes those of the new ones."""
    block = function.body.block
    for arg in old_args:
        if is_tensor(arg.type):
            block.erase_arg(arg)
    function.function_type = FunctionType.from_lists(list(block.arg_types), [])
    if function.arg_attrs is not None or function.res_attrs is not None:
        none = [DictionaryAttr({})]
        ins = function.arg_attrs or ArrayAttr(none * (len(block.args) - results))
        outs = function.res_attrs or ArrayAttr(none * results)
        function.arg_attrs = ArrayAttr([*ins, *outs])
        function.res_attrs = None
