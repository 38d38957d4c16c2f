"""`stream-results`: what no cache can hold is written past the caches.

Takes programs on the machine level; gives the same with other instructions that store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import MemRefType, ModuleOp, SymbolRefAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from ..dialects.isa import InstructionOp, InvokeOp, PrefetchOp, TargetOp
from ..dialects.machines import find_target, resolve
from ..mapping.statement import instruction_statement
from .effects import written_values
from .loop_groups import bytes_of
from .window import base_of

LEVEL = 2
"""The cache level of which results must fill more than half."""


@dataclass(frozen=True)
class StreamResultsPass(ModulePass):
    """Store results that are larger than half of the last cache level past the caches.

    A line that is stored to is read from memory first, and pushes out another one. Some instructions
    (`streaming` in the machine's description) do without. They take the place of those that store the
    same where nothing in the function reads what is stored.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @clear(%y: memref<8388608xf32>) {
      %c0, %c16, %end = "test.op"() : () -> (index, index, index)
      %v = memref.alloc() : memref<16xf32, @zmm>
      isa.invoke @avx512::@setzero_ps(%v) : memref<16xf32, @zmm>
      scf.for %i = %c0 to %end step %c16 {
        %w = isa.view %y(%i) {map = affine_map<(d0)[s0] -> (s0 + d0)>}
            : memref<8388608xf32> -> memref<16xf32, strided<[1], offset: ?>>
        isa.invoke @avx512::@storeu_ps(%w, %v) : memref<16xf32, strided<[1], offset: ?>>, memref<16xf32, @zmm>
      }
      func.return
    }
    ```

    becomes the same with `@avx512::@stream_ps`.
    """

    name = "stream-results"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Look at every function that stores something large."""
        functions = [found for found in op.body.ops if isinstance(found, func.FuncOp)]
        if not any(_invocations(function) for function in functions):
            return
        machine = find_target(self.target, op, ctx)
        others = streaming_forms(machine)
        for function in functions if others else ():
            _stream(function, machine.cache_bytes(LEVEL) // 2, others)


def streaming_forms(machine: TargetOp) -> Mapping[str, InstructionOp]:
    """The instructions that store past the caches, by the names of those that store the same."""
    found: dict[str, InstructionOp] = {}
    moves = [op for op in machine.instructions.values() if op.is_move]
    for streaming in [op for op in moves if op.streaming is not None]:
        kinds, what = streaming.operand_memrefs, instruction_statement(streaming)
        same = (op for op in moves if op.streaming is None and op.operand_memrefs == kinds)
        found |= {op.symbol: streaming for op in same if instruction_statement(op) == what}
    return found


def _stream(function: func.FuncOp, room: int, others: Mapping[str, InstructionOp]) -> None:
    """Exchange the instructions of a function that store what does not fit."""
    read = set(_read_buffers(function))
    for op in _invocations(function):
        other = others.get(op.instruction.nested_references.data[-1].data)
        if other is None:
            continue
        (value,) = written_values(op)
        base = base_of(value)
        if base not in read and bytes_of(base) > room:
            machine = op.instruction.root_reference.data
            op.properties["instruction"] = SymbolRefAttr(machine, [other.symbol])


def _invocations(function: func.FuncOp) -> list[InvokeOp]:
    return [op for op in function.walk() if isinstance(op, InvokeOp)]


def _read_buffers(function: func.FuncOp) -> Iterator[SSAValue]:
    """The buffers that operations of a function read."""
    for op in function.walk():
        is_view = any(isinstance(result.type, MemRefType) for result in op.results)
        if is_view or isinstance(op, PrefetchOp):
            continue
        written = set() if _reads_result(op) else set(written_values(op))
        for value in op.operands:
            if isinstance(value.type, MemRefType) and value not in written:
                yield base_of(value)


def _reads_result(op: Operation) -> bool:
    """Whether an operation may read what it writes."""
    if not isinstance(op, InvokeOp):
        return True
    instruction = resolve(op, op.instruction)
    return not isinstance(instruction, InstructionOp) or not instruction.is_move
