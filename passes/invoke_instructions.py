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
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.constants import index_constant, number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp
from ..dialects.machines import resolve, target_of
from ..mapping.access import Access, memory_of
from ..mapping.statement import statement_of
from .invoke_cover import Constants, CoverWriter
from .planned import PlannedStatement, erase_with_views
from .presence import count_present, is_present
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
        constants = Constants()
        for statement in list(op.walk()):
            planned = (
                PlannedStatement.of(statement)
                if isinstance(statement, linalg.ops.GenericOp)
                else None
            )
            if planned is None or planned.schedule.steps.data:
                continue
            ops = list(_instances(planned, constants))
            for new in ops:
                new.location = statement.location
            Rewriter.insert_op(ops, InsertPoint.before(statement))
            erase_with_views(statement)


def _instances(planned: PlannedStatement, constants: Constants) -> Iterator[Operation]:
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
    has_cover = bool(planned.schedule.mapping.cover.data)
    writer = CoverWriter(planned, constants) if has_cover else None
    for point in product(*map(range, extents)):
        tile = [
            _at(window, axes, point)
            for window, axes in zip(planned.windows, planned.dims, strict=True)
        ]
        if writer is not None:
            yield from writer.tile(tile)
        elif isinstance(instruction, InstructionOp):
            yield from _invocation(planned, instruction, tile)
        else:
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
    needle = statement_of(instruction.statement)
    positions = (*instruction.input_indices, instruction.output_index)
    arguments: list[SSAValue | None] = [None] * len(instruction.operand_names)
    for position, window, access, name in zip(
        positions, tile, needle.operands(), planned.operand_names, strict=True
    ):
        operand = _cut(window, access)
        _check_place(planned, instruction, position, operand, name)
        ops, arguments[position] = operand.view()
        yield from ops
    mapping = planned.schedule.mapping
    values = [value for value in arguments if value is not None]
    yield InvokeOp(mapping.instruction, values, mapping.parameters_attr.data)


def _cut(window: Window, access: Access) -> Window:
    """An operand without its absent elements, where the instruction also takes fewer."""
    if not window.guards or not access.bounded:
        return window
    counts = count_present(window)
    for dim in access.bounded:
        window = window.tile(dim, counts[dim], 0)
    return window


def _check_place(
    planned: PlannedStatement, instruction: InstructionOp, position: int, window: Window, name: str
) -> None:
    """Refuse an operand that is not where and as the instruction wants it."""
    host = target_of(planned.op, planned.schedule.mapping.instruction).host_memory
    memory = memory_of(window.type) or (host.symbol if host is not None else None)
    wanted = instruction.operand_memories[position]
    strides = instruction.operand_memrefs[position].get_strides() or ()
    pairs = zip(window.shape, strides, window.strides(), strict=True)
    lies = all(size == 1 or want in (None, have) for size, want, have in pairs)
    if window.guards or memory != wanted or not lies:
        raise UserError(
            f"@{instruction.symbol} wants all of operand '{name}' in @{wanted}, "
            f"but the schedule leaves it in @{memory}{'' if lies else ', spread out'}",
            planned.op,
            f"add the step 'place {name} in @{wanted}'",
        )


def _expression(
    planned: PlannedStatement, tile: Sequence[Window], point: Sequence[int]
) -> Iterator[Operation]:
    """Loads of the inputs, the body at a point of the axes, and the store of its result."""
    body = planned.op.body.clone().block
    views: list[SSAValue] = []
    for window, argument in zip(tile, body.args, strict=True):
        if window.guards and argument is not body.args[-1] and not is_present(window, ()):
            zero = number_constant(0, argument.type)
            yield zero
            argument.replace_all_uses_with(zero.result)
            continue
        ops, value = window.without_guards().view()
        yield from ops
        views.append(value)
        if argument.uses:
            load = memref.LoadOp.get(value, [])
            yield load
            argument.replace_all_uses_with(load.res)
    for index in [op for op in body.ops if isinstance(op, linalg.ops.IndexOp)]:
        _place_index(index, point[index.dim.value.data])
    *ops, last = body.ops
    result = last.operands[0]
    for op in (*ops, last):
        op.detach()
    last.drop_all_references()
    yield from ops
    yield memref.StoreOp.get(result, views[-1], [])


def _place_index(index: linalg.ops.IndexOp, at: int) -> None:
    """Replace a loop variable by its value; what is added to zero is left alone."""
    for use in list(index.result.uses) if at == 0 else ():
        if isinstance(use.operation, arith.AddiOp):
            other = use.operation.operands[1 - use.index]
            if other is not index.result:
                Rewriter.replace_op(use.operation, [], [other])
    if index.result.uses:
        Rewriter.replace_op(index, index_constant(at))
    else:
        Rewriter.erase_op(index)
