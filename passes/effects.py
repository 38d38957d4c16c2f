"""What operations on buffers write."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func, linalg, memref
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation, SSAValue
from xdsl.traits import SymbolTable

from ..dialects.isa import InstructionOp, InvokeOp, MoveOp, PrefetchOp
from ..dialects.machines import resolve
from .window import base_of


def written_values(op: Operation) -> Sequence[SSAValue]:
    """The operands through which an operation, apart from its regions, may write."""
    if isinstance(op, linalg.ops.GenericOp | linalg.ops.FillOp):
        return op.outputs
    if isinstance(op, MoveOp):
        return (op.destination,)
    if isinstance(op, memref.StoreOp):
        return (op.memref,)
    if isinstance(op, InvokeOp):
        instruction = resolve(op, op.instruction)
        assert isinstance(instruction, InstructionOp)
        return (op.arguments[instruction.output_index],)
    if isinstance(op, PrefetchOp):
        return ()
    if isinstance(op, func.CallOp):
        return _written_by_call(op)
    if op.results or op.regions:
        return ()  # views, loads, constants; loops by what is in them
    return [value for value in op.operands if isinstance(value.type, MemRefType)]


def _written_by_call(op: func.CallOp) -> Sequence[SSAValue]:
    """The operands of a call that the function writes; all buffers if it is not known."""
    function = SymbolTable.lookup_symbol(op, op.callee)
    if not isinstance(function, func.FuncOp) or not function.body.blocks:
        return [value for value in op.operands if isinstance(value.type, MemRefType)]
    written = written_buffers(function)
    pairs = zip(op.operands, function.args, strict=True)
    return [value for value, argument in pairs if argument in written]


def written_buffers(op: Operation) -> set[SSAValue]:
    """The buffers that an operation may write, by itself or by what is in it."""
    return {base_of(value) for inner in op.walk() for value in written_values(inner)}
