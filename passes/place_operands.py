"""`place-operands`: carry out the placement steps of schedules.

Takes aligned statements whose schedule begins with a placement; gives a buffer in the named memory, an `isa.move`
into it (and out of it, for the output), and the same statement on the buffer.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import MemRefType, ModuleOp, NoneAttr, SymbolRefAttr
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.rewriter import InsertPoint

from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import MoveOp, TargetOp
from ..dialects.machines import target_of
from ..dialects.plan import StepAttr
from ..mapping.computation import operand_memory
from .epilogues import epilogue_of, is_led, taken_inputs
from .planned import PlannedStatement, erase_with_views
from .window import Window


@dataclass(frozen=True)
class PlaceOperandsPass(ModulePass):
    """Turn the leading placement steps of schedules into buffers and moves.

    The buffer holds what the steps below need of the operand, in the order in which they use it, and is padded to
    whole tiles of the instruction.

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
        PatternRewriteWalker(PlaceOperand()).rewrite_module(op)


class PlaceOperand(RewritePattern):
    """Carry out the first step of a schedule if it is a placement."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: linalg.ops.GenericOp, rewriter: PatternRewriter) -> None:
        """Put the operand into a buffer around the statement."""
        planned = PlannedStatement.of(op)
        if (
            planned is None
            or not planned.schedule.steps.data
            or planned.schedule.steps.data[0].is_loop
            or is_led(planned)
        ):
            return
        placement = _Placement.of(planned, planned.schedule.steps.data[0])
        placement.check(planned.schedule.steps.data[0])
        fill = planned.fill() if placement.writes else None
        epilogue = epilogue_of(planned) if placement.writes else None
        rewriter.insert(placement.operations(fill, epilogue), InsertPoint.before(op))
        if epilogue is not None:
            erase_with_views(epilogue.op, rewriter.erase)
        if fill is not None:
            rewriter.erase(fill)
        erase_with_views(op, rewriter.erase)


@dataclass(frozen=True)
class _Placement:
    """One placement step at work: which operand, and which of its dimensions the buffer has, in which order."""

    planned: PlannedStatement
    operand: int
    memory: Attribute
    order: tuple[int, ...]

    @classmethod
    def of(cls, planned: PlannedStatement, step: StepAttr) -> _Placement:
        """Decide the layout of the buffer: dimensions in the order of the remaining loops, the instruction's last.

        In a memory that the instruction itself reads from, the buffer has every dimension of the instruction's
        operand. Elsewhere, one along which the operand does not change is left out.
        """
        target = target_of(planned.op, planned.schedule.mapping.instruction)
        name = step.memory.data
        if name not in target.memories:
            hint = did_you_mean(name, target.memories)
            raise UserError(
                f"'{step.text()}': @{target.symbol} has no memory '{name}'", planned.op, hint
            )
        operand = planned.operand(step.subject.data)
        outer = len(planned.names) - planned.lanes
        loops = [s.subject.data for s in planned.schedule.steps.data[1:] if s.is_loop]
        axes, window = planned.dims[operand], planned.windows[operand]
        native = name in _operand_memories(planned, operand)

        def rank(dim: int) -> tuple[bool, int]:
            axis = planned.names[axes[dim]]
            return axes[dim] >= outer, loops.index(axis) if axis in loops else len(loops)

        dims = [
            d for d in range(len(axes)) if window.changes_along(d) or (native and axes[d] >= outer)
        ]
        order = sorted((d for d in dims if axes[d] < outer), key=rank) + [
            d for d in dims if axes[d] >= outer
        ]
        return cls(planned, operand, _memory_space(target, name), tuple(order))

    def check(self, step: StepAttr) -> None:
        """Refuse a buffer in which elements of the output would occur more than once."""
        window = self.planned.windows[self.operand]
        moving = [dim for dim, extent in enumerate(window.shape) if extent > 1]
        if self.writes and not all(map(window.separates, filter(window.moves_with, moving))):
            raise UserError(
                f"'{step.text()}': several iterations write one element, so it cannot be placed",
                self.planned.op,
            )

    @property
    def writes(self) -> bool:
        """Whether the operand is the statement's output."""
        return self.operand == len(self.planned.windows) - 1

    def operations(
        self, fill: linalg.ops.FillOp | None, epilogue: PlannedStatement | None = None
    ) -> list[Operation]:
        """The buffer, the move in (or the fill), the statement on the buffer and the move out.

        An epilogue takes the results from the buffer, and nothing else needs them.
        """
        planned = self.planned
        window = planned.windows[self.operand]
        views, value = window.select(self.order).view()
        shape = [window.shape[dim] for dim in self.order]
        buffer = memref.AllocOp(
            [], [], MemRefType(window.type.element_type, shape, memory_space=self.memory)
        )
        buffer.memref.name_hint = value.name_hint or window.base.name_hint
        ops: list[Operation] = [buffer]
        if fill is not None:
            ops.append(linalg.ops.FillOp([fill.inputs[0]], [buffer.memref], res=()))
        elif not self.writes or planned.reads_output():
            ops.append(MoveOp(value, buffer.memref))
        windows = list(planned.windows)
        windows[self.operand] = self._on_buffer(Window.of(buffer.memref))
        ops += planned.emit(windows, planned.schedule.rest())
        if epilogue is not None:
            ops += self._finish(epilogue, windows[self.operand])
        elif self.writes:
            ops.append(MoveOp(buffer.memref, value))
        if value.uses:
            ops = [*views, *ops]
        else:
            for view in views:
                view.erase()
        for op in ops:
            op.location = planned.op.location
        return ops

    def _finish(self, epilogue: PlannedStatement, results: Window) -> list[Operation]:
        """The epilogue on the buffer's results."""
        windows = list(epilogue.windows)
        for index in taken_inputs(self.planned, epilogue):
            windows[index] = results
        return epilogue.emit(windows, epilogue.schedule)

    def _on_buffer(self, buffer: Window) -> Window:
        """The window of the buffer with the operand's own dimensions, in their order."""
        shape = self.planned.windows[self.operand].shape
        dims = [self.order.index(dim) if dim in self.order else None for dim in range(len(shape))]
        return buffer.select(dims, dict(enumerate(shape)))


def _operand_memories(planned: PlannedStatement, operand: int) -> set[str]:
    """The memories in which the instruction wants the operand."""
    mapping = planned.schedule.mapping
    target = target_of(planned.op, mapping.instruction)
    writes = operand == len(planned.windows) - 1
    memory = operand_memory(target, mapping, None if writes else operand)
    return {memory} if memory is not None else set()


def _memory_space(target: TargetOp, name: str) -> Attribute:
    """The memory space of a buffer in a memory; host memory needs none."""
    host = target.host_memory
    return NoneAttr() if host is not None and host.symbol == name else SymbolRefAttr(name)
