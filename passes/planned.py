"""A planned statement: a `linalg.generic` that carries a schedule, decoded for the passes that carry it out.

Once aligned, every operand of such a statement is a window whose dimensions are some of the statement's axes, each
once; the last `lanes` axes are those of the instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import AffineMapAttr, ArrayAttr, IntegerAttr, StringAttr, i64
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap
from xdsl.rewriter import Rewriter

from ..dialects.constants import index_constant
from ..dialects.errors import UserError
from ..dialects.isa import MoveOp, ViewOp
from ..dialects.plan import OUTPUT, SCHEDULE, ScheduleAttr
from ..mapping.statement import AXES
from .window import Window, base_of

LANES = "plan.lanes"
"""Name of the attribute that says how many of an aligned statement's last axes are the instruction's."""


@dataclass(frozen=True)
class PlannedStatement:
    """An aligned statement and what is left of its schedule.

    `windows` are the operands (inputs, then the output) and `dims[k][i]` is the axis along dimension `i` of operand
    `k`.
    """

    op: linalg.ops.GenericOp
    schedule: ScheduleAttr
    names: tuple[str, ...]
    lanes: int
    windows: tuple[Window, ...]
    dims: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, op: linalg.ops.GenericOp) -> PlannedStatement | None:
        """The planned statement that an operation is, or None if it is none or not aligned yet."""
        schedule = op.attributes.get(SCHEDULE)
        lanes = op.attributes.get(LANES)
        if not isinstance(schedule, ScheduleAttr) or not isinstance(lanes, IntegerAttr):
            return None
        dims = tuple(tuple(_axis(expr) for expr in map.data.results) for map in op.indexing_maps)
        windows = tuple(Window.of(value) for value in op.operands)
        return cls(op, schedule, axis_names(op), lanes.value.data, windows, dims)

    @property
    def extents(self) -> tuple[int, ...]:
        """The extents of the axes."""
        found = dict(
            zip(_flat(self.dims), _flat([window.shape for window in self.windows]), strict=True)
        )
        return tuple(found[axis] for axis in range(len(self.names)))

    @property
    def operand_names(self) -> tuple[str, ...]:
        """How a schedule calls the operands: `in0`, `in1`, ..., `out`."""
        return (*(f"in{i}" for i in range(len(self.windows) - 1)), OUTPUT)

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

    def emit(
        self,
        windows: Sequence[Window],
        schedule: ScheduleAttr,
        origin: tuple[int, SSAValue | int] | None = None,
    ) -> list[Operation]:
        """The operations of the same statement on other windows; the statement itself comes last.

        `origin` is an axis and the position on it from which the windows begin.
        """
        ops: list[Operation] = []
        values: list[SSAValue] = []
        for window, old, operand in zip(windows, self.windows, self.op.operands, strict=True):
            view, value = ([], operand) if window is old else window.view()
            ops += view
            values.append(value)
        attributes = {**self.op.attributes, SCHEDULE: schedule}
        statement = build_statement(values, self.dims, self.op, attributes)
        if origin is not None:
            _shift_coordinate(statement, *origin)
        ops.append(statement)
        return ops

    def fill(self) -> linalg.ops.FillOp | None:
        """The operation just before that fills the very output of this statement with a constant, if there is one."""
        output = self.windows[-1].base
        before = self.op.prev_op
        while isinstance(
            before, ViewOp | MoveOp | arith.ConstantOp | memref.AllocOp | memref.GetGlobalOp
        ):
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


def erase_with_views(op: Operation, erase: Callable[[Operation], None] = Rewriter.erase_op) -> None:
    """Erase an operation, and the views that only it used."""
    operands = list(op.operands)
    erase(op)
    for value in dict.fromkeys(operands):
        if isinstance(value.owner, ViewOp) and not value.uses:
            erase(value.owner)


def build_statement(
    values: Sequence[SSAValue],
    dims: Sequence[tuple[int, ...]],
    like: linalg.ops.GenericOp,
    attributes: dict[str, Attribute],
    axes: int | None = None,
    body: Region | None = None,
) -> linalg.ops.GenericOp:
    """A statement on `values` (the last is the output), whose operand `k` has the axes `dims[k]`.

    It takes the number of axes, the body and the location of `like` where they are not given.
    """
    count = len(like.iterator_types) if axes is None else axes
    maps = [
        AffineMap(count, 0, tuple(AffineExpr.dimension(axis) for axis in axes)) for axes in dims
    ]
    op = linalg.ops.GenericOp(
        values[:-1],
        values[-1:],
        like.body.clone() if body is None else body,
        ArrayAttr([AffineMapAttr(map) for map in maps]),
        ArrayAttr(_iterator_types(dims[-1], count)),
    )
    op.attributes.update(attributes)
    op.location = like.location
    return op


def _iterator_types(output: tuple[int, ...], count: int) -> list[linalg.attrs.IteratorTypeAttr]:
    """The kinds of the axes: those that the output does not have are reductions."""
    parallel, reduction = (
        linalg.attrs.IteratorTypeAttr.parallel(),
        linalg.attrs.IteratorTypeAttr.reduction(),
    )
    return [parallel if axis in output else reduction for axis in range(count)]


def axis_names(op: linalg.ops.GenericOp) -> tuple[str, ...]:
    """The names of a statement's axes; `d0`, `d1`, ... where it does not name them."""
    names = op.attributes.get(AXES)
    if isinstance(names, ArrayAttr):
        return tuple(name.data for name in names if isinstance(name, StringAttr))
    return tuple(f"d{i}" for i in range(len(op.iterator_types)))


def names_attribute(names: Sequence[str]) -> ArrayAttr[StringAttr]:
    """The attribute that names axes."""
    return ArrayAttr([StringAttr(name) for name in names])


def lanes_attribute(lanes: int) -> IntegerAttr:
    """The attribute that says how many of the last axes are the instruction's."""
    return IntegerAttr(lanes, i64)


def _axis(expr: AffineExpr) -> int:
    assert isinstance(expr, AffineDimExpr), "operands of an aligned statement are projections"
    return expr.position


def _flat(groups: Sequence[Sequence[int]]) -> list[int]:
    return [item for group in groups for item in group]
