"""`interleave-engines`: put instructions into the order in which the engines will begin with them.

The front end takes instructions in the order of the code and stands still where the queue of an
engine is full: what comes behind waits, though its own engine may be free. In the order of their
beginnings nothing waits that could begin. Every engine keeps its own order, and what an instruction
depends on begins before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ..dialects.isa import InvokeOp, IssueOp, SetOp, TargetOp
from .conflicts import dependences
from .engine_choice import choose_engines
from .engine_programs import cycles_of, engine_functions, extents_of, instruction_of, is_pure
from .footprint import Footprints


@dataclass(frozen=True)
class InterleaveEnginesPass(ModulePass):
    """Put the instructions of straight-line code into the order in which they can begin.

    Takes code with addresses, and names the engines. How long everything takes is estimated by the
    description. Functions that set configurations or signal already stay as they are, as do those
    for machines without engines.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<32x16xi8, @dram>) {
      %s = memref.alloc() {isa.address = 0 : i64} : memref<32x16xi8, @spad>
      isa.invoke @npu::@load_i8(%s, %a) : memref<32x16xi8, @spad>, memref<32x16xi8, @dram>
      func.return
    }
    ```
    """

    name = "interleave-engines"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Order every function."""
        for function, target in engine_functions(op):
            if not any(isinstance(op, SetOp | IssueOp) for op in function.body.block.ops):
                _interleave(function, target)


def _interleave(function: func.FuncOp, target: TargetOp) -> None:
    """Order one function."""
    ops = [op for op in function.body.block.ops if isinstance(op, InvokeOp)]
    chosen = choose_engines(ops, target)
    for op, engine in chosen.items():
        op.properties["engine"] = StringAttr(engine)
    starts = _starts(ops, [target.engines.index(chosen[op]) for op in ops], target)
    order = sorted(range(len(ops)), key=lambda index: (starts[index], index))
    if order != list(range(len(ops))):
        _write(function, [ops[index] for index in order])


def _starts(ops: Sequence[InvokeOp], engines: Sequence[int], target: TargetOp) -> list[int]:
    """When each instruction begins, if none waits for the front end."""
    footprints = Footprints(target)
    needed = dependences(engines, [footprints.of(op) for op in ops])
    free = [0] * len(target.engines)
    starts: list[int] = []
    done: list[int] = []
    for op, engine, before in zip(ops, engines, needed, strict=True):
        instruction = instruction_of(op, target)
        cycles = cycles_of(instruction, extents_of(op, instruction))
        start = max((done[number] for number in before.values()), default=0)
        starts.append(max(start, free[engine]))
        free[engine] = starts[-1] + max(1, cycles.interval * prod(op.counts))
        done.append(free[engine] + cycles.latency)
    return starts


def _write(function: func.FuncOp, order: Sequence[InvokeOp]) -> None:
    """Give a function its instructions in this order, each behind the views that it is the first to use."""
    block = function.body.block
    rest = [op for op in block.ops if not isinstance(op, InvokeOp)]
    used = {op for invoke in order for op in _views(invoke)}
    written = [op for op in rest if op not in used and op is not block.last_op]
    seen: set[Operation] = set()
    for invoke in order:
        new = [op for op in _views(invoke) if op not in seen]
        seen.update(new)
        written += [*new, invoke]
    written.append(rest[-1])
    for op in list(block.ops):
        op.detach()
    block.add_ops(written)


def _views(op: Operation) -> list[Operation]:
    """The windows that an operation's operands are, those that others are of first."""
    found: list[Operation] = []
    for value in op.operands:
        owner = value.owner
        if isinstance(owner, Operation) and is_pure(owner) and owner not in found:
            found += [view for view in _views(owner) if view not in found]
            found.append(owner)
    return found
