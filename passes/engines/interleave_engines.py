"""`interleave-engines`: instructions of different engines stand in the order in which they can begin.

The front end hands instructions out in the order of the code, and stops where the queue of an
engine is full. An instruction that must wait long for its turn keeps those behind it away from
engines that are free. Here every engine keeps the order of its own instructions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.isa import InvokeOp, IssueOp, SetOp, TargetOp
from .conflicts import dependences
from .engine_choice import choose_engines
from .engine_programs import cycles_of, engine_functions, extents_of, instruction_of
from .footprint import Footprints


@dataclass(frozen=True)
class InterleaveEnginesPass(ModulePass):
    """Sort straight-line code for engines by when its instructions can begin.

    An instruction can begin when its engine is free and what it needs is there, by the costs of the
    description. Functions for machines without engines, and those that configure, wait or signal
    already, stay as they are.

    ```mlir
    isa.import @gemmini16 from "gemmini16"
    func.func @rows(%a: memref<16x16xi8, @dram>, %b: memref<16x16xi32, @dram>) {
      %s = memref.alloc() {isa.address = 0 : i64} : memref<16x16xi8, @spad>
      %t = memref.alloc() {isa.address = 16 : i64} : memref<16x16xi8, @spad>
      %c = memref.alloc() {isa.address = 0 : i64} : memref<16x16xi32, @acc>
      isa.invoke @gemmini16::@mvin(%s, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
      isa.invoke @gemmini16::@multiply(%c, %s, %s)
        : memref<16x16xi32, @acc>, memref<16x16xi8, @spad>, memref<16x16xi8, @spad>
      isa.invoke @gemmini16::@mvout_i32(%b, %c) : memref<16x16xi32, @dram>, memref<16x16xi32, @acc>
      isa.invoke @gemmini16::@mvin(%t, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
      func.return
    }
    ```
    """

    name = "interleave-engines"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Sort the instructions of every function."""
        for function, target in engine_functions(op):
            if not any(isinstance(inner, SetOp | IssueOp) for inner in function.walk()):
                _interleave(function, target)


def _interleave(function: func.FuncOp, target: TargetOp) -> None:
    """Sort the instructions of a function, behind all that does nothing by itself."""
    ops = [op for op in function.body.block.ops if isinstance(op, InvokeOp)]
    chosen = choose_engines(ops, target)
    for op, engine in chosen.items():
        op.properties["engine"] = StringAttr(engine)
    starts = _starts(ops, chosen, target)
    order = sorted(range(len(ops)), key=starts.__getitem__)
    returning = function.body.block.last_op
    assert returning is not None
    moved: list[Operation] = [ops[number] for number in order]
    for op in moved:
        op.detach()
    Rewriter.insert_op(moved, InsertPoint.before(returning))


def _starts(ops: Sequence[InvokeOp], chosen: Mapping[InvokeOp, str], target: TargetOp) -> list[int]:
    """When instructions can begin, in cycles."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(chosen.values()))}
    engines = [numbers[chosen[op]] for op in ops]
    footprints = Footprints(target)
    free = [0] * len(numbers)
    starts: list[int] = []
    done: list[int] = []
    needed = dependences(engines, [footprints.of(op) for op in ops])
    for op, engine, before in zip(ops, engines, needed, strict=True):
        instruction = instruction_of(op, target)
        cost = cycles_of(instruction, extents_of(op, instruction), len(op.kept))
        start = max(free[engine], *(done[other] for other in before.values()), 0)
        free[engine] = start + cost.interval * prod(op.counts)
        starts.append(start)
        done.append(free[engine] + cost.latency)
    return starts
