"""`split-reductions`: let long reductions along contiguous elements run in an instruction's lanes.

Takes statements on memrefs; gives the same statements, of which some are two: partial results, one
per lane, and their combination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects.constants import number_constant
from ..mapping.expression import Apply, Operand
from ..mapping.lane_reduction import LaneReduction, lane_reductions
from ..mapping.statement import Statement, statement_of
from .allocations import new_buffer
from .map_instructions import Machine
from .parts import divisible_statements, estimate, lane_shapes, part
from .scalar_expression import write_expression

GAIN = 0.8
"""By which factor the estimate must fall for a reduction to be split."""

NARROW = 0.5
"""The share of the lanes that results fill at most if operands are packed to fill them otherwise."""


@dataclass(frozen=True)
class SplitReductionsPass(ModulePass):
    """Let long reductions along contiguous elements run in an instruction's lanes.

    Lanes are best laid along an axis on which operands are contiguous. Where that is a reduction's,
    every lane makes a partial result of its own, and at the end these are combined: by an
    instruction that reduces if the machine has one, else one by one. What is left over at the end
    of the axis comes first, into the first lanes. Integers are exact; sums of floats are
    reassociated, as in any contraction.

    `target` names the machine; a reduction is only split if the estimate falls by a fifth.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @dot(%a: memref<64x1000xf32>, %x: memref<1000xf32>, %y: memref<64xf32>) {
      linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>,
          affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
          ins(%a, %x : memref<64x1000xf32>, memref<1000xf32>) outs(%y : memref<64xf32>)
          attrs = {kernel.axes = ["m", "k"]} {
      ^bb0(%e: f32, %f: f32, %old: f32):
        %p = arith.mulf %e, %f : f32
        %s = arith.addf %old, %p : f32
        linalg.yield %s : f32
      }
      func.return
    }
    ```
    """

    name = "split-reductions"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Split every reduction where that is better."""
        for statement, machine in divisible_statements(op, self.target, ctx):
            kernel = statement_of(statement)
            found = splits(kernel, machine)
            if found:
                _, best = best_split(found, machine, GAIN * estimate(kernel, machine))
                if best is not None:
                    _split(statement, best)


def splits(kernel: Statement, machine: Machine) -> list[LaneReduction]:
    """Every way to split a reduction into lanes of the machine's instructions.

    Where results are too few to fill lanes next to each other, operands may be packed for it.
    """
    shapes = lane_shapes(machine, kernel.output.element)
    along = [
        axis.extent for i, axis in enumerate(kernel.axes) if kernel.output.storage_stride(i) == 1
    ]
    most = max((lanes.width for lanes in shapes), default=0)
    return list(lane_reductions(kernel, shapes, packs=max(along, default=1) <= NARROW * most))


def best_split(
    found: Sequence[LaneReduction], machine: Machine, bound: float
) -> tuple[float, LaneReduction | None]:
    """The split that is estimated best after its cycles; none if all take `bound` or more."""
    best: LaneReduction | None = None
    for split in found:
        total = 0.0
        for one in (split.lanes, split.total, *split.rests):  # most of the work first
            total += estimate(one, machine, bound - total)
        if total < bound:
            best, bound = split, total
    return bound, best


def _split(op: linalg.ops.GenericOp, split: LaneReduction) -> None:
    """Replace one statement by its parts."""
    kernel = split.kernel
    partial = new_buffer(split.partial.element, split.partial.shape, "partial")
    neutral = number_constant(split.neutral.value, split.neutral.type)
    ops: list[Operation] = [
        partial,
        neutral,
        linalg.ops.FillOp([neutral.result], [partial.memref], res=()),
    ]
    inputs = list(op.inputs)
    for one in (*split.rests, split.lanes):
        ops += part(op, one, [*inputs, partial.memref], op.body.clone())
    element = kernel.output.element
    block = Block(arg_types=[element, element])
    total = Apply(kernel.combine, (Operand(1), Operand(0)), element)
    result = write_expression(total, block.args, block.add_op)
    block.add_op(linalg.ops.YieldOp(result))
    ops += part(op, split.total, [partial.memref, op.outputs[0]], Region(block))
    Rewriter.replace_op(op, ops, [])
