"""`place-operands`: carry out the placement steps of schedules.

Takes aligned statements whose schedule begins with a placement; gives a buffer in the named memory, an `isa.move`
into it (and out of it, for the output), and the same statement on the buffer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xdsl.context import Context
from xdsl.dialects import memref
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass

from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import MoveOp, TargetOp
from ..dialects.machines import target_of
from ..dialects.plan import BUFFERS, StepAttr, StepKind
from ..mapping.access import Access
from ..mapping.computation import computation_of, operand_memory
from ..mapping.statement import statement_of
from .carry_out import Continue, Group, Steps, carry_out
from .epilogues import taken_inputs, taken_window
from .pending import Item, PendingStart, PendingView
from .placed import Placed, in_rows, in_tiles
from .planned import PlannedStatement
from .window import Window


@dataclass(frozen=True)
class PlaceOperandsPass(ModulePass):
    """Turn the leading placement steps of schedules into buffers and moves.

    The buffer holds what the steps below need of the operand, in the order in which they use it, and is padded to
    whole tiles of the instruction. How many of it the step says there shall be, the allocation says in
    `plan.buffers`, see `double-buffer`.

    ```mlir
    isa.import @avx512 from "avx512"
    %a, %b = "test.op"() : () -> (memref<4x16xf32>, memref<4x16xf32>)
    linalg.generic {indexing_maps = [affine_map<(n, i) -> (n, i)>, affine_map<(n, i) -> (n, i)>],
        iterator_types = ["parallel", "parallel"]} ins(%a : memref<4x16xf32>) outs(%b : memref<4x16xf32>)
        attrs = {kernel.axes = ["n", "n.i"], plan.lanes = 1 : i64, plan.schedule = #plan.schedule<
          #plan.mapping<@avx512::@add_ps, inputs = [0, 0], axes = [["n"]]>, [place in0 in @zmm]>} {
    ^bb0(%x: f32, %y: f32):
      %s = arith.addf %x, %x : f32
      linalg.yield %s : f32
    }
    ```
    """

    name = "place-operands"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Place until no schedule begins with a placement."""
        carry_out(op, PLACEMENTS)


def place(group: Group, carry: Continue) -> list[Item]:
    """Carry out a placement step: put the operand into a buffer around the statement."""
    return _Placement.of(group.planned).items(group, carry)


PLACEMENTS: Steps = {StepKind.PLACE: place}
"""The steps that are placements."""


@dataclass(frozen=True)
class _Placement:
    """One placement step at work: which operand, and where it is put."""

    planned: PlannedStatement
    operand: int
    placed: Placed

    @classmethod
    def of(cls, planned: PlannedStatement) -> _Placement:
        """Decide where an operand goes; dimensions are in the order of the remaining loops, the instruction's last.

        In a memory that the instruction itself reads from, the buffer has every dimension of the instruction's
        operand. Elsewhere, one along which the operand does not change is left out.
        """
        step, target = planned.steps[0], target_of(planned.op, planned.mapping.instruction)
        name, memories = step.memory.data, target.memories
        if name not in memories:
            hint = did_you_mean(name, memories)
            raise UserError(
                f"'{step.text()}': @{target.symbol} has no memory '{name}'", planned.op, hint
            )
        operand = planned.operand(step.subject.data)
        _check(planned, operand, step)
        native = name == _operand_memory(target, planned, operand)
        order = _order(planned, operand, native)
        if memories[name].row > 1:
            needle = _needle(target, planned) if native else None
            placed = in_rows(planned, operand, memories[name], needle, order)
        else:
            placed = in_tiles(planned, operand, _space(target, name), order)
        placed.buffer.location = planned.op.location
        if step.buffers:
            placed.buffer.attributes[BUFFERS] = IntegerAttr(step.buffers, 64)
        return cls(planned, operand, placed)

    @property
    def writes(self) -> bool:
        """Whether the operand is the statement's output."""
        return self.operand == len(self.planned.views) - 1

    def items(self, group: Group, carry: Continue) -> list[Item]:
        """The buffer, what it starts with, the group on it, and for an output the move out."""
        outside, buffer = PendingView(self.placed.outside), self.placed.buffer
        held = _view_of(self.placed.held, buffer)
        inside = PendingView(self.placed.inside)
        items: list[Item] = [outside, buffer, held]
        start = group.start
        if self.writes and start is not None:
            source = start.take()
            is_copy = isinstance(source, Window)
            place = held
            if isinstance(source, Window):
                source = source.select(self.placed.dims)
                place = PendingView(replace(held.window, guards=source.guards))
                items.append(place)
            start = PendingStart(source, place)
            items.append(start)
            start = start if inside.window.is_whole and not is_copy else None
        elif not self.writes or self.planned.reads_output():
            items.append(self._move(outside.value, held.value))
            is_read = outside.window.base is self.planned.windows[-1].base
            start = None if is_read else start
        items.append(inside)
        within = self._inside(group, start, inside)
        if within.epilogue is not None and group.epilogue is not None:
            items += within.epilogue.new_views(group.epilogue)
        items += carry(within)
        if self.writes and group.epilogue is None:
            items.append(self._move(held.value, outside.value))
        return items

    def _inside(self, group: Group, start: PendingStart | None, inside: PendingView) -> Group:
        """The group on the buffer; an epilogue takes the results from there, and nothing else needs them."""
        epilogue = group.epilogue
        if self.writes and epilogue is not None:
            views = {
                taken: PendingView(taken_window(self.planned, epilogue, taken, inside.window))
                for taken in taken_inputs(self.planned, epilogue)
            }
            epilogue = epilogue.with_views(views)
        return Group(self.planned.with_views({self.operand: inside}).after_step(), start, epilogue)

    def _move(self, source: SSAValue, destination: SSAValue) -> MoveOp:
        move = MoveOp(source, destination)
        move.location = self.planned.op.location
        return move


def _check(planned: PlannedStatement, operand: int, step: StepAttr) -> None:
    """Refuse a buffer in which elements of the output would occur more than once."""
    window = planned.windows[operand]
    moving = [dim for dim, extent in enumerate(window.shape) if extent > 1]
    writes = operand == len(planned.views) - 1
    if writes and not all(map(window.separates, filter(window.moves_with, moving))):
        raise UserError(
            f"'{step.text()}': several iterations write one element, so it cannot be placed",
            planned.op,
        )


def _order(planned: PlannedStatement, operand: int, native: bool) -> tuple[int, ...]:
    """The dimensions of an operand that its buffer has, in the order of the remaining loops."""
    outer = len(planned.names) - planned.lanes
    loops = [s.subject.data for s in planned.steps[1:] if s.is_loop]
    axes, window = planned.dims[operand], planned.windows[operand]

    def rank(dim: int) -> tuple[bool, int]:
        axis = planned.names[axes[dim]]
        return axes[dim] >= outer, loops.index(axis) if axis in loops else len(loops)

    dims = [d for d in range(len(axes)) if window.changes_along(d) or (native and axes[d] >= outer)]
    order = sorted((d for d in dims if axes[d] < outer), key=rank)
    return (*order, *(d for d in dims if axes[d] >= outer))


def _view_of(window: Window, buffer: memref.AllocOp) -> PendingView:
    """The place for the view of a new buffer, which is the buffer itself if all of it is meant."""
    return PendingView(window, buffer.memref if window.is_whole else None)


def _needle(target: TargetOp, planned: PlannedStatement) -> Sequence[Access] | None:
    """What the instructions of a statement want of its operands."""
    found = computation_of(target, planned.mapping, statement_of(planned.op))
    return found.statement.operands() if found is not None else None


def _operand_memory(target: TargetOp, planned: PlannedStatement, operand: int) -> str | None:
    """The memory in which the instruction wants the operand; None if any place will do."""
    writes = operand == len(planned.views) - 1
    return operand_memory(target, planned.mapping, None if writes else operand)


def _space(target: TargetOp, name: str) -> str | None:
    """The memory as a buffer's type names it; host memory needs no name."""
    host = target.host_memory
    return None if host is not None and host.symbol == name else name
