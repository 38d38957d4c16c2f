"""Say padding and concatenation of tensors as fills and insertions."""

from __future__ import annotations

from xdsl.dialects import arith, func, linalg, tensor
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.errors import UserError
from ..dialects.shapes import shape_of
from .locations import copy_location


def decompose(function: func.FuncOp) -> None:
    """Replace every `tensor.pad` and `tensor.concat` in a function.

    Raises:
        UserError: A padding is not by constant widths with a constant.
    """
    for op in list(function.walk()):
        if isinstance(op, tensor.PadOp):
            _replace(op, _padded(op))
        elif isinstance(op, tensor.ConcatOp):
            _replace(op, _joined(op))


def _replace(op: Operation, ops: list[Operation]) -> None:
    for new in ops:
        copy_location(op, new)
    Rewriter.insert_op(ops, InsertPoint.before(op))
    Rewriter.replace_op(op, [], ops[-1].results)


def _padded(op: tensor.PadOp) -> list[Operation]:
    """A tensor full of the padding, with the source in its middle."""
    yielded = op.region.block.last_op
    constant = yielded.operands[0].owner if yielded is not None else None
    if op.low or op.high or not isinstance(constant, arith.ConstantOp):
        raise UserError("only padding by constant widths with a constant is supported", op)
    value = arith.ConstantOp(constant.value)
    empty = tensor.EmptyOp((), op.result.type)
    fill = linalg.ops.FillOp([value.result], [empty.tensor], [op.result.type])
    offsets = [int(width) for width in op.static_low.get_values()]
    return [value, empty, fill, _insertion(op.source, fill.results[0], offsets)]


def _joined(op: tensor.ConcatOp) -> list[Operation]:
    """A tensor into which the parts are inserted one behind the other."""
    assert isinstance(op.result.type, TensorType)
    ops: list[Operation] = [tensor.EmptyOp((), op.result.type)]
    dim, at = op.dim.value.data, 0
    for part in op.inputs:
        offsets = [at if other == dim else 0 for other in range(len(shape_of(part)))]
        ops.append(_insertion(part, ops[-1].results[0], offsets))
        at += shape_of(part)[dim]
    return ops


def _insertion(part: SSAValue, into: SSAValue, offsets: list[int]) -> tensor.InsertSliceOp:
    """The insertion of a whole tensor."""
    sizes = shape_of(part)
    return tensor.InsertSliceOp.get(part, into, sizes, offsets, [1] * len(sizes))
