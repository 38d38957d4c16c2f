"""A planned statement: a `linalg.generic` that carries a schedule, decoded for the passes that carry it out.

Once aligned, every operand of such a statement is a window whose dimensions are some of the statement's axes, each
once; the last `lanes` axes are those of the instruction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, i64
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr
from xdsl.rewriter import Rewriter

from ..dialects.constants import index_constant
from ..dialects.errors import UserError
from ..dialects.isa import MoveOp, ViewOp
from ..dialects.plan import OUTPUT, SCHEDULE, MappingAttr, ScheduleAttr, StepAttr
from ..mapping.statement import AXES
from .generic import projection_statement
from .pending import PendingView
from .window import Window, base_of

LANES = "plan.lanes"
"""Name of the attribute that says how many of an aligned statement's last axes are the instruction's."""

Origin = tuple[int, SSAValue | int]
"""An axis, and the position on it from which the windows of a part begin."""


@dataclass(frozen=True)
class PlannedStatement:
    """An aligned statement, or a part of one, and what is left of its schedule.

    `views` are the operands (inputs, then the output) and `dims[k][i]` is the axis along dimension `i` of operand
    `k`; `origins` say where on the statement's axes the part begins. A part has the body and the location of `op`,
    but is no operation until it is built.
    """

    op: linalg.ops.GenericOp
    mapping: MappingAttr
    steps: tuple[StepAttr, ...]
    names: tuple[str, ...]
    lanes: int
    views: tuple[PendingView, ...]
    dims: tuple[tuple[int, ...], ...]
    origins: tuple[Origin, ...] = ()

    @classmethod
    def of(cls, op: Operation | None) -> PlannedStatement | None:
        """The planned statement that an operation is, or None if it is none or not aligned yet."""
        if not isinstance(op, linalg.ops.GenericOp):
            return None
        schedule, lanes = op.attributes.get(SCHEDULE), op.attributes.get(LANES)
        if not isinstance(schedule, ScheduleAttr) or not isinstance(lanes, IntegerAttr):
            return None
        dims = tuple(tuple([_axis(expr) for expr in map.data.results]) for map in op.indexing_maps)
        views = tuple([PendingView(Window.of(value), value) for value in op.operands])
        names, steps = axis_names(op), tuple(schedule.steps.data)
        return cls(op, schedule.mapping, steps, names, lanes.value.data, views, dims)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows of the operands."""
        return tuple([view.window for view in self.views])

    @cached_property
    def extents(self) -> tuple[int, ...]:
        """The extents of the axes."""
        found = {
            axis: extent
            for axes, window in zip(self.dims, self.windows, strict=True)
            for axis, extent in zip(axes, window.shape, strict=True)
        }
        return tuple([found[axis] for axis in range(len(self.names))])

    @property
    def operand_names(self) -> tuple[str, ...]:
        """How a schedule calls the operands: `in0`, `in1`, ..., `out`."""
        return (*(f"in{i}" for i in range(len(self.views) - 1)), OUTPUT)

    def axis(self, name: str) -> int:
        """The position of the axis that a step names."""
        outer = self.names[: len(self.names) - self.lanes]
        if name not in outer:
            raise UserError(
                f"the schedule has a loop over '{name}', but the statement's axes are {', '.join(outer)}",
                self.op,
            )
        return outer.index(name)

    def operand(self, name: str) -> int:
        """The position of the operand that a step names."""
        if name not in self.operand_names:
            known = ", ".join(self.operand_names)
            raise UserError(
                f"the schedule places '{name}', but the statement's operands are {known}", self.op
            )
        return self.operand_names.index(name)

    def is_reduction(self, axis: int) -> bool:
        """Whether the axis does not index the output."""
        return axis not in self.dims[-1]

    def reads_output(self) -> bool:
        """Whether the statement updates its output rather than overwriting it."""
        return bool(self.op.body.block.args[-1].uses)

    def moved(self, windows: Sequence[Window], origin: Origin | None = None) -> PlannedStatement:
        """The same statement on other windows; those that are not the same objects get new views."""
        views = tuple(
            [
                old if window is old.window else PendingView(window)
                for old, window in zip(self.views, windows, strict=True)
            ]
        )
        origins = self.origins if origin is None else (*self.origins, origin)
        return replace(self, views=views, origins=origins)

    def with_views(self, views: Mapping[int, PendingView]) -> PlannedStatement:
        """The same statement with other operands, given by their positions."""
        return replace(self, views=tuple([views.get(i, old) for i, old in enumerate(self.views)]))

    def on_new_views(self) -> PlannedStatement:
        """The same statement on views of its own."""
        return replace(self, views=tuple([PendingView(window) for window in self.windows]))

    def after_step(self) -> PlannedStatement:
        """The same statement when the first step of its schedule has been carried out."""
        return replace(self, steps=self.steps[1:])

    def new_views(self, before: PlannedStatement) -> list[PendingView]:
        """The views of the operands that are not those of `before`."""
        return [new for new, old in zip(self.views, before.views, strict=True) if new is not old]

    def build(self) -> linalg.ops.GenericOp:
        """The operation that is this part of the statement, on views of its windows."""
        schedule = ScheduleAttr.get(self.mapping, self.steps)
        attributes = {**self.op.attributes, SCHEDULE: schedule}
        values = [view.value for view in self.views]
        statement = projection_statement(values, self.dims, self.op, attributes)
        if any(isinstance(inner, linalg.ops.IndexOp) for inner in self.op.body.block.ops):
            for origin in self.origins:
                _shift_coordinate(statement, *origin)
        return statement

    def start(self) -> linalg.ops.FillOp | MoveOp | None:
        """The operation just before that sets the very output of this statement to what it starts from, if any."""
        output = self.windows[-1].base
        before = self.op.prev_op
        while isinstance(
            before, ViewOp | MoveOp | arith.ConstantOp | memref.AllocOp | memref.GetGlobalOp
        ):
            if isinstance(before, MoveOp) and before.destination is self.op.outputs[0]:
                return before
            if isinstance(before, MoveOp) and output in (
                base_of(before.source),
                base_of(before.destination),
            ):
                return None
            before = before.prev_op
        if isinstance(before, linalg.ops.FillOp) and before.outputs[0] is self.op.outputs[0]:
            return before
        return None


def _shift_coordinate(op: linalg.ops.GenericOp, axis: int, at: SSAValue | int) -> None:
    """Let a body read the axis as if it began at a position rather than at zero."""
    block = op.body.block
    for index in list(block.ops):
        if not isinstance(index, linalg.ops.IndexOp) or index.dim.value.data != axis or at == 0:
            continue
        uses = list(index.result.uses)
        offset = [index_constant(at)] if isinstance(at, int) else []
        total = arith.AddiOp(index.result, offset[0].result if isinstance(at, int) else at)
        for use in uses:
            use.operation.operands[use.index] = total.result
        block.insert_ops_after([*offset, total], index)


def erase_with_views(op: Operation) -> None:
    """Erase an operation, and the views that only it used."""
    operands = list(op.operands)
    Rewriter.erase_op(op)
    for value in dict.fromkeys(operands):
        if isinstance(value.owner, ViewOp) and not value.uses:
            erase_with_views(value.owner)


def erase_unused_views(buffer: SSAValue) -> None:
    """Erase the views of a buffer that nothing uses."""
    for use in list(buffer.uses):
        view = use.operation
        if isinstance(view, ViewOp):
            erase_unused_views(view.result)
            if not view.result.uses:
                Rewriter.erase_op(view)


def axis_names(op: linalg.ops.GenericOp) -> tuple[str, ...]:
    """The names of a statement's axes; `d0`, `d1`, ... where it does not name them."""
    names = op.attributes.get(AXES)
    if isinstance(names, ArrayAttr):
        return tuple(name.data for name in names if isinstance(name, StringAttr))
    return tuple(f"d{i}" for i in range(len(op.iterator_types)))


def lanes_attribute(lanes: int) -> IntegerAttr:
    """The attribute that says how many of the last axes are the instruction's."""
    return IntegerAttr(lanes, i64)


def _axis(expr: AffineExpr) -> int:
    assert isinstance(expr, AffineDimExpr), "operands of an aligned statement are projections"
    return expr.position
