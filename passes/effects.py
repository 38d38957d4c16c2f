"""What operations on buffers write."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, singledispatch

from xdsl.dialects import func, linalg, memref
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation, SSAValue
from xdsl.traits import SymbolTable

from ..dialects.isa import InstructionOp, InvokeOp, MoveOp, PrefetchOp
from ..dialects.machines import resolve
from .window import base_of


@singledispatch
def written_values(op: Operation) -> Sequence[SSAValue]:
    """The operands through which an operation, apart from its regions, may write."""
    if op.results or op.regions:
        return ()  # views, loads, constants; loops by what is in them
    return [value for value in op.operands if isinstance(value.type, MemRefType)]


@written_values.register(linalg.ops.GenericOp)
@written_values.register(linalg.ops.FillOp)
def _written_by_statement(op: linalg.ops.GenericOp | linalg.ops.FillOp) -> Sequence[SSAValue]:
    return op.outputs


@written_values.register
def _written_by_move(op: MoveOp) -> Sequence[SSAValue]:
    return (op.destination,)


@written_values.register
def _written_by_store(op: memref.StoreOp) -> Sequence[SSAValue]:
    return (op.memref,)


@written_values.register
def _written_by_invocation(op: InvokeOp) -> Sequence[SSAValue]:
    instruction = resolve(op, op.instruction)
    assert isinstance(instruction, InstructionOp)
    return (op.operands[output_index_of(instruction)],)


@written_values.register
def _written_by_prefetch(op: PrefetchOp) -> Sequence[SSAValue]:
    return ()


@written_values.register
def _written_by_call(op: func.CallOp) -> Sequence[SSAValue]:
    """The operands of a call that the function writes; all buffers if it is not known."""
    function = SymbolTable.lookup_symbol(op, op.callee)
    if not isinstance(function, func.FuncOp) or not function.body.blocks:
        return [value for value in op.operands if isinstance(value.type, MemRefType)]
    written = written_buffers(function)
    pairs = zip(op.operands, function.args, strict=True)
    return [value for value, argument in pairs if argument in written]


@lru_cache(maxsize=1024)
def output_index_of(instruction: InstructionOp) -> int:
    """Which operand an instruction writes: every invocation asks."""
    return instruction.output_index


def written_buffers(op: Operation) -> set[SSAValue]:
    """The buffers that an operation may write, by itself or by what is in it."""
    values = {value for inner in op.walk() for value in written_values(inner)}
    return {base_of(value) for value in values}
