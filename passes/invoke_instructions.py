"""`invoke-instructions`: turn statements whose schedule is carried out into invocations of their instruction.

Takes aligned statements without steps left; gives one `isa.invoke` per tile of the instruction, written out, or
loads, arithmetic and a store where the instruction is the machine's `isa.scalar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from xdsl.context import Context
from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, ScalarOp
from ..dialects.machines import resolve, target_of
from ..mapping.access import memory_of
from .constants import index_constant
from .planned import PlannedStatement, erase_with_views
from .window import Window

LIMIT = 4096
"""The most invocations that one statement is written out to; more is a schedule that forgot a loop."""


@dataclass(frozen=True)
class InvokeInstructionsPass(ModulePass):
    """Turn statements whose operands are in place into invocations of their instruction.

    ```mlir
    isa.import @avx512 from "avx512"
    %a, %b, %c = "test.op"() : () -> (memref<2x16xf32, @zmm>, memref<2x16xf32, @zmm>, memref<2x16xf32, @zmm>)
    linalg.generic {indexing_maps = [affine_map<(n, i) -> (n, i)>, affine_map<(n, i) -> (n, i)>,
        affine_map<(n, i) -> (n, i)>], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : memref<2x16xf32, @zmm>, memref<2x16xf32, @zmm>) outs(%c : memref<2x16xf32, @zmm>)
        attrs = {kernel.axes = ["n", "n.i"], plan.lanes = 1 : i64, plan.schedule = #plan.schedule<
          #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>, []>} {
    ^bb0(%x: f32, %y: f32, %z: f32):
      %p = arith.mulf %x, %y : f32
      linalg.yield %p : f32
    }
    ```
    """

    name = "invoke-instructions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Write out every statement whose schedule is carried out."""
        for statement in list(op.walk()):
            planned = (
                PlannedStatement.of(statement)
                if isinstance(statement, linalg.ops.GenericOp)
                else None
            )
            if planned is None or planned.schedule.steps.data:
                continue
            ops = list(_instances(planned))
            for new in ops:
                new.location = statement.location
            Rewriter.insert_op(ops, InsertPoint.before(statement))
            erase_with_views(statement)


def _instances(planned: PlannedStatement) -> Iterator[Operation]:
    """The operations of every tile that is left in a statement, in order."""
    outer = len(planned.names) - planned.lanes
    extents = planned.extents[:outer]
    if prod(extents) > LIMIT:
        axes = ", ".join(
            f"{name} of {extent}"
            for name, extent in zip(planned.names, extents, strict=False)
            if extent > 1
        )
        raise UserError(
            f"the schedule leaves {prod(extents)} invocations to write out: add loops over {axes}",
            planned.op,
        )
    instruction = resolve(planned.op, planned.schedule.mapping.instruction)
    for point in product(*map(range, extents)):
        tile = [
            _at(window, axes, point)
            for window, axes in zip(planned.windows, planned.dims, strict=True)
        ]
        if isinstance(instruction, InstructionOp):
            yield from _invocation(planned, instruction, tile)
        elif isinstance(instruction, ScalarOp):
            yield from _expression(planned, tile, point)


def _at(window: Window, axes: Sequence[int], point: Sequence[int]) -> Window:
    """The part of an operand at a point of the outer axes: only the instruction's axes are left."""
    for dim in reversed(range(len(axes))):
        if axes[dim] < len(point):
            window = window.element(dim, point[axes[dim]])
    return window


def _invocation(
    planned: PlannedStatement, instruction: InstructionOp, tile: Sequence[Window]
) -> Iterator[Operation]:
    """One `isa.invoke` on the operands of a tile."""
    arguments: list[SSAValue | None] = [None] * len(instruction.operand_names)
    for position, window, name in zip(
        (*instruction.input_indices, instruction.output_index),
        tile,
        planned.operand_names,
        strict=True,
    ):
        _check_place(planned, instruction, position, window, name)
        ops, arguments[position] = window.view()
        yield from ops
    yield InvokeOp(
        planned.schedule.mapping.instruction, [value for value in arguments if value is not None]
    )


def _check_place(
    planned: PlannedStatement, instruction: InstructionOp, position: int, window: Window, name: str
) -> None:
    """Refuse an operand that is not where the instruction wants it."""
    host = target_of(planned.op, planned.schedule.mapping.instruction).host_memory
    memory = memory_of(window.type) or (host.symbol if host is not None else None)
    wanted = instruction.operand_memories[position]
    if window.guards or memory != wanted:
        raise UserError(
            f"the schedule leaves operand '{name}' in @{memory}, @{instruction.symbol} wants all of it in @{wanted}: "
            f"add the step 'place {name} in @{wanted}'",
            planned.op,
        )


def _expression(
    planned: PlannedStatement, tile: Sequence[Window], point: Sequence[int]
) -> Iterator[Operation]:
    """Loads of the inputs, the body at a point of the axes, and the store of its result."""
    body = planned.op.body.clone().block
    views: list[SSAValue] = []
    for window, argument in zip(tile, body.args, strict=True):
        ops, value = window.view()
        yield from ops
        views.append(value)
        if argument.uses:
            load = memref.LoadOp.get(value, [])
            yield load
            argument.replace_all_uses_with(load.res)
    for index in [op for op in body.ops if isinstance(op, linalg.ops.IndexOp)]:
        Rewriter.replace_op(index, index_constant(point[index.dim.value.data]))
    *ops, last = body.ops
    result = last.operands[0]
    for op in (*ops, last):
        op.detach()
    last.drop_all_references()
    yield from ops
    yield memref.StoreOp.get(result, views[-1], [])
