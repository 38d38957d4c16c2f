"""`tile-statements`: carry out the loop steps of schedules.

Takes aligned statements whose schedule begins with loops; gives `scf.for` nests around statements on smaller
windows. Extents are static, so an axis that the tile does not divide gets its last, smaller tile after the loop.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.rewriter import InsertPoint

from ..dialects.errors import UserError
from ..dialects.plan import StepAttr, StepKind
from .epilogues import epilogue_of, follows_along, is_led
from .loops import counted_loop
from .pieces import pieces
from .planned import PlannedStatement, erase_with_views
from .window import Window

PARALLEL = "plan.parallel"
"""Name of the attribute of an `scf.for` whose iterations may run at the same time."""


@dataclass(frozen=True)
class TileStatementsPass(ModulePass):
    """Turn the leading loop steps of schedules into loops around smaller statements.

    A fill of the statement's output just before it moves into the loops that the output is indexed by.

    ```mlir
    %a, %b, %c = "test.op"() : () -> (memref<8x40xf32>, memref<40xf32>, memref<8xf32>)
    linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>,
        affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
        ins(%a, %b : memref<8x40xf32>, memref<40xf32>) outs(%c : memref<8xf32>)
        attrs = {kernel.axes = ["m", "k"], plan.lanes = 0 : i64, plan.schedule = #plan.schedule<
          #plan.mapping<@scalar::@expression, inputs = [0, 1], axes = []>, [for m by 1, for k by 1]>} {
    ^bb0(%x: f32, %y: f32, %z: f32):
      %p = arith.mulf %x, %y : f32
      %s = arith.addf %z, %p : f32
      linalg.yield %s : f32
    }
    ```
    """

    name = "tile-statements"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Tile until no schedule begins with a loop."""
        PatternRewriteWalker(TileStatement()).rewrite_module(op)


class TileStatement(RewritePattern):
    """Carry out the first step of a schedule if it is a loop."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: linalg.ops.GenericOp, rewriter: PatternRewriter) -> None:
        """Replace the statement by a loop over it, and by a smaller statement for what is left over."""
        planned = PlannedStatement.of(op)
        if (
            planned is None
            or not planned.schedule.steps.data
            or not planned.schedule.steps.data[0].is_loop
            or is_led(planned)
        ):
            return
        step = planned.schedule.steps.data[0]
        axis = planned.axis(step.subject.data)
        if step.kind.data == StepKind.PARALLEL:
            _check_parallel(planned, step, axis)
        fill = planned.fill()
        if fill is not None and planned.is_reduction(axis):
            fill = None
        epilogue = epilogue_of(planned)
        if epilogue is not None and not follows_along(planned, epilogue, axis):
            epilogue = None
        loop = _Loop(planned, step, axis, _unit(planned, step, axis), fill, epilogue)
        rewriter.insert(loop.operations(), InsertPoint.before(op))
        if epilogue is not None:
            erase_with_views(epilogue.op, rewriter.erase)
        if fill is not None:
            rewriter.erase(fill)
        erase_with_views(op, rewriter.erase)


def _check_parallel(planned: PlannedStatement, step: StepAttr, axis: int) -> None:
    """Refuse a parallel loop of which several iterations write one element."""
    output, axes = planned.windows[-1], planned.dims[-1]
    if axis not in axes or not output.separates(axes.index(axis)):
        raise UserError(
            f"'{step.text()}': iterations write the same elements, so they cannot run in parallel",
            planned.op,
        )


def _unit(planned: PlannedStatement, step: StepAttr, axis: int) -> int:
    """How many elements one step along an axis is: the extent of the instruction's axis that it feeds."""
    name = planned.names[axis]
    outer = len(planned.names) - planned.lanes
    for lane, group in enumerate(planned.schedule.mapping.groups):
        if name in group:
            unit = planned.extents[outer + lane]
            if step.size.data % unit:
                raise UserError(
                    f"'{step.text()}': the instruction takes {unit} elements of '{name}' at a time, "
                    f"so the size must be a multiple of {unit}",
                    planned.op,
                )
            return unit
    return 1


@dataclass(frozen=True)
class _Loop:
    """One loop step at work: the statement, the axis, and the fill and epilogue that move inside.

    `unit` elements are one step along the axis, and loop variables count `stride` to a step: elements
    where every operand lies by elements, steps where a buffer was laid out by whole instruction tiles.
    """

    planned: PlannedStatement
    step: StepAttr
    axis: int
    unit: int
    fill: linalg.ops.FillOp | None
    epilogue: PlannedStatement | None = None

    def operations(self) -> list[Operation]:
        """The loop over the full tiles and the statement on what is left over."""
        extent, size = self.planned.extents[self.axis], self.step.size.data // self.unit
        full, rest = divmod(extent, size)
        ops: list[Operation] = []
        for first, count in self._pieces(full, size):
            if count > 1:
                ops += self._loop(first, count, size)
            else:
                ops += self._tile(first * size, size)
        return ops + (self._tile(full * size, rest) if rest else [])

    def _pieces(self, full: int, size: int) -> list[tuple[int, int]]:
        """The full tiles: runs for a loop, and those that leave it as some of their elements are absent."""
        if self.step.kind.data == StepKind.UNROLL:
            return [(tile, 1) for tile in range(full)]
        return list(pieces(self._moving(), full, size))

    def _moving(self) -> list[tuple[Window, int]]:
        """The operands that move along the axis, each with the dimension that does."""
        parts = [(self.planned, self.axis)]
        if self.epilogue is not None:
            parts.append((self.epilogue, self.epilogue.axis(self.step.subject.data)))
        return [
            (window, axes.index(axis))
            for planned, axis in parts
            for window, axes in zip(planned.windows, planned.dims, strict=True)
            if axis in axes
        ]

    def _loop(self, first: int, count: int, size: int) -> list[Operation]:
        """An `scf.for` over `count` tiles from number `first` on."""
        step, name = size * self.stride, self.step.subject.data
        ops = counted_loop(count, step, name, lambda at: self._tile(at, size), first)
        if self.step.kind.data == StepKind.PARALLEL:
            ops[-1].attributes[PARALLEL] = UnitAttr()
        ops[-1].location = self.planned.op.location
        return ops

    @property
    def stride(self) -> int:
        """How many of the loop variable's units one step along the axis is."""
        by_elements = all(window.advances_by(dim, self.unit) for window, dim in self._moving())
        return self.unit if by_elements else 1

    def _tile(self, at: SSAValue | int, size: int) -> list[Operation]:
        """The statement on the tile of `size` steps that begins at loop variable or step `at`."""
        planned = self.planned
        windows = self._parts(planned, self.axis, at, size)
        ops = planned.emit(windows, planned.schedule.rest(), (self.axis, at))
        if self.fill is not None:
            fill = linalg.ops.FillOp([self.fill.inputs[0]], [ops[-1].operands[-1]], res=())
            ops.insert(-1, fill)
        if self.epilogue is not None:
            axis = self.epilogue.axis(self.step.subject.data)
            windows = self._parts(self.epilogue, axis, at, size)
            ops += self.epilogue.emit(windows, self.epilogue.schedule, (axis, at))
        return ops

    def _parts(
        self, planned: PlannedStatement, axis: int, at: SSAValue | int, size: int
    ) -> list[Window]:
        """The parts of a statement's operands that the tile touches."""
        stride = 1 if isinstance(at, int) else self.stride
        return [
            window.tile(axes.index(axis), size, at, stride) if axis in axes else window
            for window, axes in zip(planned.windows, planned.dims, strict=True)
        ]
