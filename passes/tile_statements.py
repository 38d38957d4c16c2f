"""`tile-statements`: carry out the loop steps of schedules.

Takes aligned statements whose schedule begins with loops; gives `scf.for` nests around statements on smaller
windows. Extents are static, so an axis that the tile does not divide gets its last, smaller tile after the loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from ..dialects.errors import UserError
from ..dialects.plan import StepAttr, StepKind
from ..mapping.padding import adds_nothing
from ..mapping.statement import statement_of
from .carry_out import Continue, Group, Steps, carry_out
from .epilogues import follows_along, taken_inputs
from .loops import counted_loop
from .pending import Item, PendingStart, settled
from .pieces import is_absent, pieces
from .planned import PlannedStatement
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
        carry_out(op, LOOPS)


def tile(group: Group, carry: Continue) -> list[Item]:
    """Carry out a loop step: the loop over full tiles, and the statement on what is left over."""
    return _Loop.of(group, carry).items()


LOOPS: Steps = dict.fromkeys((StepKind.FOR, StepKind.PARALLEL, StepKind.UNROLL), tile)
"""The steps that are loops."""


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
    for lane, group in enumerate(planned.mapping.groups):
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
    """One loop step at work: on which group, along which axis, and what moves into the loop.

    `unit` elements are one step along the axis, and loop variables count `stride` to a step: elements
    where every operand lies by elements, steps where a buffer was laid out by whole instruction tiles.
    """

    group: Group
    carry: Continue
    axis: int
    unit: int
    with_start: bool
    with_epilogue: bool

    @classmethod
    def of(cls, group: Group, carry: Continue) -> _Loop:
        """Decide what moves into the loop.

        What the output starts from does so along its axes, an epilogue along its own too.
        """
        planned, epilogue = group.planned, group.epilogue
        axis = planned.axis(planned.steps[0].subject.data)
        if planned.steps[0].kind.data == StepKind.PARALLEL:
            _check_parallel(planned, planned.steps[0], axis)
        unit = _unit(planned, planned.steps[0], axis)
        with_start = group.start is not None and not planned.is_reduction(axis)
        with_epilogue = epilogue is not None and follows_along(planned, epilogue, axis)
        return cls(group, carry, axis, unit, with_start, with_epilogue)

    @property
    def step(self) -> StepAttr:
        """The step."""
        return self.group.planned.steps[0]

    def items(self) -> list[Item]:
        """The loop over the full tiles and the statement on what is left over."""
        extent, size = self.group.planned.extents[self.axis], self.step.size.data // self.unit
        full, rest = divmod(extent, size)
        parts = [(first * size, count, size) for first, count in self._pieces(full, size)]
        parts += [(full * size, 1, rest)] if rest else []
        parts = [part for part in parts if not self._adds_nothing(part[0], part[2])] or parts
        items: list[Item] = []
        for number, (at, count, extent) in enumerate(parts):
            start = self.group.start if number == 0 else None
            epilogue = self.group.epilogue if number == len(parts) - 1 else None
            if count == 1:
                items += self._tile(at, extent, start, epilogue)
                continue
            items += self._loop(at, count, extent)
            if epilogue is not None and not self.with_epilogue:
                items += self.carry(Group(epilogue))
        return items

    def _adds_nothing(self, at: int, size: int) -> bool:
        """Whether a tile of a reduction leaves all results as they are, since it reads only padding."""
        planned = self.group.planned
        if not planned.is_reduction(self.axis):
            return False
        inputs = zip(planned.windows[:-1], planned.dims[:-1], strict=True)
        absent = {
            number
            for number, (window, axes) in enumerate(inputs)
            if window.guards and self.axis in axes
            if is_absent(window.tile(axes.index(self.axis), size, at))
        }
        return bool(absent) and adds_nothing(statement_of(planned.op), absent)

    def _pieces(self, full: int, size: int) -> list[tuple[int, int]]:
        """The full tiles: runs for a loop, and those that leave it as some of their elements are absent."""
        if self.step.kind.data == StepKind.UNROLL:
            return [(tile, 1) for tile in range(full)]
        return list(pieces(self._moving(), full, size))

    def _moving(self) -> list[tuple[Window, int]]:
        """The operands that move along the axis, each with the dimension that does."""
        parts = [(self.group.planned, self.axis)]
        if self.group.epilogue is not None and self.with_epilogue:
            parts.append((self.group.epilogue, self._epilogue_axis(self.group.epilogue)))
        start = self.group.start
        starts: list[tuple[Window, int]] = []
        if start is not None and isinstance(start.source, Window) and self.with_start:
            starts = [(start.source, self.group.planned.dims[-1].index(self.axis))]
        return starts + [
            (window, axes.index(axis))
            for planned, axis in parts
            for window, axes in zip(planned.windows, planned.dims, strict=True)
            if axis in axes
        ]

    def _epilogue_axis(self, epilogue: PlannedStatement) -> int:
        return epilogue.axis(self.step.subject.data)

    def _loop(self, at: int, count: int, size: int) -> list[Operation]:
        """An `scf.for` over `count` tiles from step `at` on."""
        step, name = size * self.stride, self.step.subject.data
        ops = counted_loop(
            count, step, name, lambda tile: settled(self._tile(tile, size)), at // size
        )
        if self.step.kind.data == StepKind.PARALLEL:
            ops[-1].attributes[PARALLEL] = UnitAttr()
        ops[-1].location = self.group.planned.op.location
        return ops

    @cached_property
    def stride(self) -> int:
        """How many of the loop variable's units one step along the axis is."""
        by_elements = all(window.advances_by(dim, self.unit) for window, dim in self._moving())
        return self.unit if by_elements else 1

    def _tile(
        self,
        at: SSAValue | int,
        size: int,
        start: PendingStart | None = None,
        epilogue: PlannedStatement | None = None,
    ) -> list[Item]:
        """The group on the tile of `size` steps that begins at loop variable or step `at`.

        `start` and `epilogue` are those that stand before and after this very tile.
        """
        planned = self._part(self.group.planned, self.axis, at, size).after_step()
        items: list[Item] = [*planned.new_views(self.group.planned)]
        if self.group.start is not None and self.with_start:
            source = self.group.start.take()
            if isinstance(source, Window):
                dim = planned.dims[-1].index(self.axis)
                source = source.tile(dim, size, at, 1 if isinstance(at, int) else self.stride)
            start = PendingStart(source, planned.views[-1])
            items.append(start)
        if self.group.epilogue is not None and self.with_epilogue:
            own = self.group.epilogue
            epilogue = self._part(own, self._epilogue_axis(own), at, size)
            items += epilogue.new_views(own)
        is_led = epilogue is not None and bool(taken_inputs(planned, epilogue))
        items += self.carry(Group(planned, start, epilogue if is_led else None))
        return items + (self.carry(Group(epilogue)) if epilogue is not None and not is_led else [])

    def _part(
        self, planned: PlannedStatement, axis: int, at: SSAValue | int, size: int
    ) -> PlannedStatement:
        """The part of a statement that the tile touches."""
        stride = 1 if isinstance(at, int) else self.stride
        windows = [
            window.tile(axes.index(axis), size, at, stride) if axis in axes else window
            for window, axes in zip(planned.windows, planned.dims, strict=True)
        ]
        return planned.moved(windows, (axis, at))
