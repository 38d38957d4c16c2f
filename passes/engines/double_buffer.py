"""`double-buffer`: the buffers of a loop's body exist several times, so that iterations overlap.

Engines run beside each other as far as they do not use the same buffers. With two of each, the
moves of the next iteration run beside the work of this one: they are written in front of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, memref, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Block, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.isa import InvokeOp, TargetOp, ViewOp
from ...dialects.plan import BUFFERS
from .engine_programs import bounds_of, engine_functions, instruction_of, is_explicit
from .pipelined_loop import pipeline
from .room import Room


@dataclass(frozen=True)
class DoubleBufferPass(ModulePass):
    """Let consecutive iterations of loops use different buffers, where there is room.

    A loop whose body allocates buffers in scratchpads gets `buffers` of each, innermost loops first;
    `plan.buffers` on the loop or the allocation says another number. What fills them for the next
    iteration comes before the work of this one.
    A loop of one engine keeps its buffers. Where there is no room, the allocation gets a remark.

    ```mlir
    isa.import @npu from "npu"
    func.func @copy(%a: memref<64x16xi8, @dram>, %b: memref<64x16xi8, @dram>) {
      %first = arith.constant 0 : index
      %last = arith.constant 64 : index
      %step = arith.constant 16 : index
      scf.for %i = %first to %last step %step {
        %s = memref.alloc() : memref<16x16xi8, @spad>
        %from = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>}
          : memref<64x16xi8, @dram> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
        %to = isa.view %b(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>}
          : memref<64x16xi8, @dram> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
        isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>,
          memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
        isa.invoke @npu::@store_i8(%to, %s) : memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>,
          memref<16x16xi8, @spad>
      }
      func.return
    }
    ```
    """

    name = "double-buffer"

    buffers: int = 2

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Treat the loops of every function, the innermost first."""
        for function, target in engine_functions(op):
            _hoist(function, target)
            for loop in list(_loops(function.body.block)):
                _treat(loop, function, target, self.buffers)


def _hoist(function: func.FuncOp, target: TargetOp) -> None:
    """Move the buffers in the memory of arguments to where the function begins: there is one of each."""
    inner = [
        op
        for op in function.walk()
        if isinstance(op, memref.AllocOp)
        and op.parent is not function.body.block
        and not is_explicit(op.memref, target)
    ]
    _move(inner, InsertPoint.at_start(function.body.block))


def _loops(block: Block) -> Iterator[scf.ForOp]:
    """The loops of a block, those inside of others first."""
    for op in block.ops:
        if isinstance(op, scf.ForOp):
            yield from _loops(op.body.block)
            yield op


def _treat(loop: scf.ForOp, function: func.FuncOp, target: TargetOp, default: int) -> None:
    """Let a loop have several of its buffers."""
    allocs = [
        op
        for op in loop.body.block.ops
        if isinstance(op, memref.AllocOp) and is_explicit(op.memref, target)
    ]
    if _is_in_order(loop, target):
        return
    bounds = bounds_of(loop)
    if bounds is not None and bounds[1] == 1:  # they are those of the loop around it
        _move(allocs, InsertPoint.before(loop))
        return
    if bounds is None or not _only_in_views(loop.body.block.args[0]):
        return
    room = Room(function, target)
    copies = {op: min(_wanted(op, loop, default), bounds[1]) for op in allocs}
    chosen = [op for op in allocs if copies[op] > 1 and room.take(op.memref, copies[op] - 1, loop)]
    if not chosen:
        return
    # Of the others there is one for all iterations where there is room, else they come and go.
    single = [op for op in allocs if op not in chosen and room.take(op.memref, 0, loop)]
    for op in single:
        op.attributes[BUFFERS] = IntegerAttr(1, 64)
    _move(single, InsertPoint.before(loop))
    pipeline(loop, bounds, chosen, min(copies[op] for op in chosen), target)


def _is_in_order(loop: scf.ForOp, target: TargetOp) -> bool:
    """Whether one engine executes all of a loop: iterations do not overlap, whatever they use."""
    ops = [op for op in loop.walk() if isinstance(op, InvokeOp)]
    units = {instruction_of(op, target).unit_name for op in ops}
    return sum(target.units[name].count for name in units) == 1


def _move(allocs: Sequence[memref.AllocOp], place: InsertPoint) -> None:
    """Move allocations, so that what copies the loop that they are in does not copy them."""
    for op in allocs:
        op.detach()
    Rewriter.insert_op(allocs, place)


def _wanted(op: memref.AllocOp, loop: scf.ForOp, default: int) -> int:
    """How many of a buffer there shall be."""
    found = op.attributes.get(BUFFERS, loop.attributes.get(BUFFERS))
    return found.value.data if isinstance(found, IntegerAttr) else default


def _only_in_views(variable: SSAValue) -> bool:
    """Whether only windows depend on a loop variable."""
    return all(isinstance(use.operation, ViewOp) for use in variable.uses)
