"""`fuse-axes`: make one axis of the axes that a schedule's mapping puts together.

Takes statements on memrefs with a `plan.schedule` whose mapping has groups of several axes; gives
the same statements over one axis per group, on collapsed operands or on copies of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    NoneAttr,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.plan import SCHEDULE, ScheduleAttr
from ..mapping.fuse import FusedOperand, fuse, fused_name
from ..mapping.statement import ASSIGN, Access, Statement, statement_of
from ..planning.fused import with_groups
from .affine import map_of
from .allocations import new_buffer
from .generic import AXES, axis_names, statement
from .planned import LANES


@dataclass(frozen=True)
class FuseAxesPass(ModulePass):
    """Make one axis of the axes that a mapping puts together.

    Dimensions that lie one after the other collapse. An operand that is read in overlapping windows
    is copied first, element by element for each of them (im2col).

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @scale(%a: memref<5x7xf32>, %b: memref<5x7xf32>) {
      linalg.generic {indexing_maps = [affine_map<(p, q) -> (p, q)>, affine_map<(p, q) -> (p, q)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%a : memref<5x7xf32>) outs(%b : memref<5x7xf32>)
          attrs = {kernel.axes = ["p", "q"], plan.schedule = #plan.schedule<
            #plan.mapping<@avx512::@mul_ps, inputs = [0, 0], axes = [["p", "q"]]>,
            [for p.q by 16, place in0 in @zmm, place in1 in @zmm, place out in @zmm]>} {
      ^bb0(%x: f32, %y: f32):
        %p = arith.mulf %x, %x : f32
        linalg.yield %p : f32
      }
      func.return
    }
    ```

    becomes a statement over one axis `p.q` of 35 on `memref.collapse_shape` of both.
    """

    name = "fuse-axes"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse the axes of every statement whose schedule asks for it."""
        for found in list(op.walk()):
            if not isinstance(found, linalg.ops.GenericOp) or LANES in found.attributes:
                continue
            schedule = found.attributes.get(SCHEDULE)
            if not isinstance(schedule, ScheduleAttr):
                continue
            if any(len(group) > 1 for group in schedule.mapping.groups):
                _fuse(found, schedule)


def _fuse(op: linalg.ops.GenericOp, schedule: ScheduleAttr) -> None:
    """Replace one statement."""
    kernel = statement_of(op)
    groups = schedule.mapping.groups
    values = [*op.inputs, *op.outputs]
    fused = fuse(kernel, groups, [_is_contiguous(value) for value in values])
    news: list[SSAValue] = []
    last = len(values) - 1
    for index, (value, access, operand) in enumerate(
        zip(values, (*kernel.inputs[:last], kernel.output), _of(fused.operands, last), strict=True)
    ):
        fill = fill_just_before(op, value) if index == last and operand.packed is None else None
        point = InsertPoint.before(op if fill is None else fill)
        ops, new = _operand(value, access, operand, kernel, reads=index < last or _reads(kernel))
        _locate(ops, op)
        Rewriter.insert_op(ops, point)
        if fill is not None and new is not value:
            fill.operands[1] = new
        news.append(new)
    names = [fused_name(group) if group else "" for group in groups]
    mapping = with_groups(schedule.mapping, [[name] if name else [] for name in names])
    maps = [
        map_of(operand.access, len(fused.statement.axes)) for operand in _of(fused.operands, last)
    ]
    parallel, reduction = (
        linalg.attrs.IteratorTypeAttr.parallel(),
        linalg.attrs.IteratorTypeAttr.reduction(),
    )
    new_op = linalg.ops.GenericOp(
        news[:-1],
        news[-1:],
        op.body.clone(),
        ArrayAttr([AffineMapAttr(map_) for map_ in maps]),
        ArrayAttr([reduction if axis.reduction else parallel for axis in fused.statement.axes]),
    )
    new_op.attributes.update(op.attributes)
    new_op.attributes[AXES] = axis_names([axis.name for axis in fused.statement.axes])
    new_op.attributes[SCHEDULE] = ScheduleAttr(mapping, schedule.steps)
    new_op.location = op.location
    back: list[Operation] = []
    if fused.operands[-1].packed is not None:
        source = news[-1]
        while isinstance(source.owner, memref.CollapseShapeOp):
            source = source.owner.src
        back = [_copy(source, values[-1], kernel.output, fused.operands[-1], kernel, out=True)]
    _locate(back, op)
    Rewriter.replace_op(op, [new_op, *back], [])


def _locate(ops: Sequence[Operation], op: Operation) -> None:
    """Let new operations be where the statement is that they are for."""
    for new in ops:
        new.location = op.location


def _of(operands: Sequence[FusedOperand], last: int) -> list[FusedOperand]:
    """The entries of the operation's own operands: a statement may list its output once more."""
    return [*operands[:last], operands[-1]]


def _reads(kernel: Statement) -> bool:
    """Whether the output's old elements matter."""
    return kernel.combine != ASSIGN or (
        len(kernel.inputs) > 0 and kernel.inputs[-1] is kernel.output
    )


def _operand(
    value: SSAValue, access: Access, operand: FusedOperand, kernel: Statement, reads: bool
) -> tuple[list[Operation], SSAValue]:
    """What stands for an operand, and the operations that make it."""
    ops: list[Operation] = []
    if operand.packed is not None:
        shape = [kernel.axes[axis].extent for axis in operand.packed]
        buffer = new_buffer(access.element, shape, f"{value.name_hint or 'operand'}_packed")
        ops.append(buffer)
        if reads:
            ops.append(_copy(value, buffer.memref, access, operand, kernel, out=False))
        value = buffer.memref
    if all(len(dims) == 1 for dims in operand.collapsed):
        return ops, value
    assert isinstance(value.type, MemRefType)
    reassociation = ArrayAttr(
        [ArrayAttr([IntegerAttr(dim, i64) for dim in dims]) for dims in operand.collapsed]
    )
    collapse = memref.CollapseShapeOp.build(
        operands=[value],
        result_types=[
            MemRefType(access.element, operand.access.shape, memory_space=value.type.memory_space)
        ],
        properties={"reassociation": reassociation},
    )
    collapse.results[0].name_hint = value.name_hint
    return [*ops, collapse], collapse.results[0]


def _copy(
    source: SSAValue,
    target: SSAValue,
    access: Access,
    operand: FusedOperand,
    kernel: Statement,
    out: bool,
) -> Operation:
    """The copy between an operand and its buffer, whose dimensions are the axes `packed`."""
    assert operand.packed is not None
    axes = operand.packed
    identity = Access(
        access.name,
        access.element,
        tuple(tuple(int(i == j) for j in range(len(axes))) for i in range(len(axes))),
        (0,) * len(axes),
        tuple(kernel.axes[axis].extent for axis in axes),
    )
    far, near = map_of(access.select(axes), len(axes)), map_of(identity, len(axes))
    names = [kernel.axes[axis].name for axis in axes]
    return statement(
        [source], target, [near, far] if out else [far, near], names, (), lambda args: ([], args[0])
    )


def _is_contiguous(value: SSAValue) -> bool:
    """Whether the elements of an operand lie one after the other."""
    return isinstance(value.type, MemRefType) and isinstance(value.type.layout, NoneAttr)


def fill_just_before(op: Operation, output: SSAValue) -> linalg.ops.FillOp | None:
    """The operation just before that fills the output of a statement."""
    before = op.prev_op
    is_fill = isinstance(before, linalg.ops.FillOp) and before.outputs[0] is output
    return before if is_fill and isinstance(before, linalg.ops.FillOp) else None
