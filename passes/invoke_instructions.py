"""`invoke-instructions`: turn statements whose schedule is carried out into invocations of their instruction.

Takes aligned statements without steps left; gives one `isa.invoke` per tile of the instruction, written out, or
loads, arithmetic and a store where the instruction is the machine's `isa.scalar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeAlias

from xdsl.context import Context
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.constants import index_constant, number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, TargetOp, memory_name
from ..dialects.machines import resolve, target_of
from ..mapping.access import Access
from ..mapping.statement import instruction_statement
from .invoke_cover import Constants, CoverWriter
from .planned import PlannedStatement, erase_with_views
from .presence import is_present
from .sized_tiles import cut
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
            planned = PlannedStatement.of(statement)
            if planned is None or planned.steps:
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
    write = _writer(planned, constants)
    for point in product(*map(range, extents)):
        tile = [
            _at(window, axes, point)
            for window, axes in zip(planned.windows, planned.dims, strict=True)
        ]
        yield from write(tile, point)


_Write: TypeAlias = Callable[[Sequence[Window], Sequence[int]], Iterator[Operation]]
"""The operations of a tile, given its windows and where on the outer axes it lies."""


def _writer(planned: PlannedStatement, constants: Constants) -> _Write:
    """What writes the tiles of a statement."""
    instruction = resolve(planned.op, planned.mapping.instruction)
    if planned.mapping.cover.data:
        cover = CoverWriter(planned, constants)
        return lambda tile, _: cover.tile(tile)
    if isinstance(instruction, InstructionOp):
        invocation = _Invocation(
            planned, instruction, target_of(planned.op, planned.mapping.instruction)
        )
        return lambda tile, _: invocation.tile(tile)
    return lambda tile, point: _expression(planned, tile, point)


def _at(window: Window, axes: Sequence[int], point: Sequence[int]) -> Window:
    """The part of an operand at a point of the outer axes: only the instruction's axes are left."""
    outer = {dim: point[axis] for dim, axis in enumerate(axes) if axis < len(point)}
    return window.at(outer) if outer else window


class _Invocation:
    """Writes the tiles of a statement that one instruction computes."""

    def __init__(
        self, planned: PlannedStatement, instruction: InstructionOp, target: TargetOp
    ) -> None:
        self._planned, self._instruction = planned, instruction
        self._host = target.host_memory.symbol if target.host_memory is not None else None
        positions = (*instruction.input_indices, instruction.output_index)
        statement = instruction_statement(instruction)
        self._sized = statement.sized_axes
        accesses = statement.operands()
        memories, strides = instruction.operand_memories, instruction.operand_strides
        self._operands = [
            _Wanted(position, access, name, memories[position], strides[position])
            for position, access, name in zip(
                positions, accesses, planned.operand_names, strict=True
            )
        ]

    def tile(self, tile: Sequence[Window]) -> Iterator[Operation]:
        """One `isa.invoke` on the operands of a tile."""
        arguments: dict[int, SSAValue] = {}
        operands = cut(tile, [wanted.access for wanted in self._operands], self._sized)
        for wanted, operand in zip(self._operands, operands, strict=True):
            self._check_place(wanted, operand)
            ops, arguments[wanted.position] = operand.view()
            yield from ops
        values = [value for _, value in sorted(arguments.items())]
        mapping = self._planned.mapping
        yield InvokeOp(mapping.instruction, values, mapping.parameters_attr.data)

    def _check_place(self, wanted: _Wanted, window: Window) -> None:
        """Refuse an operand that is not where and as the instruction wants it."""
        memory = memory_name(window.type) or self._host
        pairs = zip(window.shape, wanted.strides, window.strides(), strict=True)
        lies = all(size == 1 or want in (None, have) for size, want, have in pairs)
        if window.guards or memory != wanted.memory or not lies:
            raise UserError(
                f"@{self._instruction.symbol} wants all of operand '{wanted.name}' in "
                f"@{wanted.memory}, but the schedule leaves it in @{memory}"
                f"{'' if lies else ', spread out'}",
                self._planned.op,
                f"add the step 'place {wanted.name} in @{wanted.memory}'",
            )


@dataclass(frozen=True)
class _Wanted:
    """What an instruction wants of an operand: its position, access and name, the memory, the strides."""

    position: int
    access: Access
    name: str
    memory: str
    strides: Sequence[int | None]


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
