"""`split-reductions`: let long reductions along contiguous elements run in an instruction's lanes.

Takes statements on memrefs; gives the same statements, of which some are two: partial results, one
per lane, and their combination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects.constants import number_constant
from ..dialects.isa import InstructionOp
from ..dialects.machines import import_target
from ..dialects.plan import SCHEDULE
from ..mapping.expression import Apply, Operand
from ..mapping.lane_reduction import LaneReduction, lane_reductions
from ..mapping.statement import Statement, statement_of
from ..planning.default import MAPPINGS_TRIED, best_way
from .allocations import new_buffer
from .generic import AXES, axis_names, projection_statement
from .map_instructions import Machine, machine_for
from .scalar_expression import write_expression
from .window import touched

GAIN = 0.8
"""By which factor the estimate must fall for a reduction to be split."""


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
        machine: Machine | None = None
        for statement in list(op.walk()):
            if not _is_candidate(statement):
                continue
            assert isinstance(statement, linalg.ops.GenericOp)
            machine = machine or machine_for(import_target(op, self.target, ctx))
            found = _best(statement_of(statement), machine)
            if found is not None:
                _split(statement, found)


def _is_candidate(op: Operation) -> bool:
    """Whether an operation is a statement of a program that is not planned."""
    if not isinstance(op, linalg.ops.GenericOp) or op.results or SCHEDULE in op.attributes:
        return False
    memrefs = all(isinstance(value.type, MemRefType) for value in op.operands)
    return memrefs and not isinstance(op.parent_op(), InstructionOp)


def _best(kernel: Statement, machine: Machine) -> LaneReduction | None:
    """The way to split a reduction that is estimated best, if it is better than not to."""
    widths = {one.extents[0] for one in machine.lanewise.values() if len(one.extents) == 1}
    found = list(lane_reductions(kernel, sorted(widths)))
    if not found:
        return None
    best: LaneReduction | None = None
    least = GAIN * _cycles(kernel, machine)
    for split in found:
        total = 0.0
        for part in split.statements():
            total += _cycles(part, machine, least - total)
        if total < least:
            best, least = split, total
    return best


def _cycles(kernel: Statement, machine: Machine, bound: float = inf) -> float:
    """The estimate for a statement; infinite if the machine cannot do it in less than `bound`."""
    if bound <= 0:
        return inf
    mappings = machine.mappings(kernel, len(kernel.inputs), MAPPINGS_TRIED + 1)
    plan = best_way(kernel, mappings, machine.target, bound=bound) if mappings else None
    return plan.cycles if plan is not None else inf


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
    for part in (split.rest, split.lanes):
        if part is not None:
            ops += _statement(op, part, [*inputs, partial.memref], op.body.clone())
    element = kernel.output.element
    block = Block(arg_types=[element, element])
    total = Apply(kernel.combine, (Operand(1), Operand(0)), element)
    result = write_expression(total, block.args, block.add_op)
    block.add_op(linalg.ops.YieldOp(result))
    ops += _statement(op, split.total, [partial.memref, op.outputs[0]], Region(block))
    Rewriter.replace_op(op, ops, [])


def _statement(
    op: linalg.ops.GenericOp, part: Statement, values: Sequence[SSAValue], body: Region
) -> list[Operation]:
    """A part as a statement on windows with one dimension per axis, and these windows before it."""
    ops: list[Operation] = []
    operands: list[SSAValue] = []
    dims: list[tuple[int, ...]] = []
    extents = [axis.extent for axis in part.axes]
    for value, access in zip(values, part.operands(), strict=True):
        moving = [axis for axis in range(len(extents)) if access.touches(axis)]
        views, window = touched(value, access, extents).select(moving).view()
        ops += views
        operands.append(window)
        dims.append(tuple(moving))
    attributes = {**op.attributes, AXES: axis_names([axis.name for axis in part.axes])}
    return [*ops, projection_statement(operands, dims, op, attributes, len(extents), body)]
