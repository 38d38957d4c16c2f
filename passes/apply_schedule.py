"""`apply-schedule`: carry out whole schedules, loops and placements in their order."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from .carry_out import carry_out
from .place_operands import PLACEMENTS
from .tile_statements import LOOPS


@dataclass(frozen=True)
class ApplySchedulePass(ModulePass):
    """Turn schedules into loops, buffers and moves: `tile-statements` and `place-operands` until no step is left.

    ```mlir
    %a, %b = "test.op"() : () -> (memref<64xf32>, memref<64xf32>)
    linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
        ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
        attrs = {kernel.axes = ["n"], plan.lanes = 0 : i64, plan.schedule = #plan.schedule<
          #plan.mapping<@scalar::@expression, inputs = [0], axes = []>, [for n by 8, for n by 1]>} {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
    ```
    """

    name = "apply-schedule"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Carry out every step of every schedule."""
        carry_out(op, {**LOOPS, **PLACEMENTS})
        for buffer in list(op.walk()):
            if isinstance(buffer, memref.AllocOp) and not buffer.memref.uses:
                Rewriter.erase_op(buffer)  # an epilogue took all of it from registers
