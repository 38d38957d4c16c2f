"""`align-statements`: make the instruction's axes the innermost axes of every planned statement.

Takes statements on memrefs with a `plan.schedule`; gives the same statements on `isa.view` windows, in which each
operand has one dimension for every axis that it moves along, and the last axes are the instruction's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from xdsl.context import Context
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.constants import number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, MoveOp
from ..dialects.machines import resolve, target_of
from ..dialects.plan import SCHEDULE, MappingAttr, ScheduleAttr
from ..mapping.computation import computation_of
from ..mapping.padding import absorbs_zeros, identity
from ..mapping.statement import ASSIGN, Access, Operand, Statement, statement_of
from .allocations import new_buffer
from .epilogues import EPILOGUE
from .generic import AXES, axis_names, projection_statement
from .linear_form import Linear
from .planned import LANES, erase_with_views, lanes_attribute
from .soundness import check_mapping, check_overlap
from .window import Window, base_of, touched


@dataclass(frozen=True)
class AlignStatementsPass(ModulePass):
    """Make the instruction's axes the innermost axes of every planned statement.

    An axis `n` of 40 that is mapped to an instruction axis of 16 becomes an axis `n` of 3 and an axis `n.i` of 16;
    what lies beyond the end is guarded: it reads as zero and is not written.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @scale(%a: memref<40xf32>, %b: memref<40xf32>, %c: memref<40xf32>) {
      linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
          iterator_types = ["parallel"]} ins(%a, %b : memref<40xf32>, memref<40xf32>) outs(%c : memref<40xf32>)
          attrs = {kernel.axes = ["n"], plan.schedule = #plan.schedule<
            #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
            [for n by 16, place in0 in @zmm, place in1 in @zmm, place out in @zmm]>} {
      ^bb0(%x: f32, %y: f32, %z: f32):
        %p = arith.mulf %x, %y : f32
        linalg.yield %p : f32
      }
      func.return
    }
    ```
    """

    name = "align-statements"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Align every statement that has a schedule and is not aligned yet."""
        for statement in list(op.walk()):
            if not isinstance(statement, linalg.ops.GenericOp) or LANES in statement.attributes:
                continue
            schedule = statement.attributes.get(SCHEDULE)
            if isinstance(schedule, ScheduleAttr):
                _give_cells(statement)
                _align(statement, schedule)
            elif not statement.results and _is_program(statement):
                _as_move(statement)


def _is_program(op: Operation) -> bool:
    """Whether an operation is part of a program rather than of a machine's description."""
    return not isinstance(op.parent_op(), InstructionOp)


def _give_cells(op: linalg.ops.GenericOp) -> None:
    """Put the scalars that a statement reads into buffers of one element."""
    for index, value in enumerate(op.inputs):
        if not isinstance(value.type, MemRefType):
            cell = new_buffer(value.type, (), value.name_hint)
            store = memref.StoreOp.get(value, cell.memref, [])
            Rewriter.insert_op([cell, store], InsertPoint.before(op))
            op.operands[index] = cell.memref


def _as_move(op: linalg.ops.GenericOp) -> None:
    """Replace a statement without a schedule by a move, if it is a copy."""
    kernel = statement_of(op)
    if not kernel.is_copy or not isinstance(kernel.body, Operand) or kernel.guarded:
        return
    check_overlap(op, kernel)
    values = (op.inputs[kernel.body.index], op.outputs[0])
    extents = [axis.extent for axis in kernel.axes]
    ends: list[SSAValue] = []
    for value, access in zip(
        values, (kernel.inputs[kernel.body.index], kernel.output), strict=True
    ):
        views, end = touched(value, access, extents).simplified().view()
        Rewriter.insert_op(views, InsertPoint.before(op))
        ends.append(end)
    Rewriter.replace_op(op, MoveOp(*ends))


def _align(op: linalg.ops.GenericOp, schedule: ScheduleAttr) -> None:
    """Replace one statement by its aligned form."""
    mapping = schedule.mapping
    kernel = statement_of(op)
    instruction = resolve(op, mapping.instruction)
    check_mapping(op, kernel, instruction, mapping)
    check_overlap(op, kernel)
    computation = computation_of(target_of(op, mapping.instruction), mapping, kernel)
    needle = computation.statement if computation is not None else None
    axes = _Axes.of(kernel, needle, mapping, op)
    reads = _instruction_accesses(kernel, needle, mapping)
    inputs = [op.inputs[index] for index in mapping.input_indices]
    operands = [*inputs, op.outputs[0]]
    windows: list[Window] = []
    dims: list[tuple[int, ...]] = []
    for value, (access, lanes) in zip(operands, reads, strict=True):
        window, along = axes.window(value, access, lanes)
        windows.append(window)
        dims.append(along)
    if needle is not None:
        _check_padding(op, kernel, needle, axes)
    clears = needle is not None and needle.accumulates and kernel.combine == ASSIGN
    apart = EPILOGUE in op.attributes  # nothing may come between it and what it follows
    start = _start_before(op) if kernel.axes_over(kernel.output) is not None and not apart else None
    _replace(op, schedule, axes, windows, dims, needle if clears else None, start)


def _check_padding(
    op: linalg.ops.GenericOp, kernel: Statement, needle: Statement, axes: _Axes
) -> None:
    """Refuse padding where zeros count, if lanes that are left over look the same."""
    if not any(Window.of(value).guards for value in op.inputs) or absorbs_zeros(kernel):
        return
    for d, source in enumerate(axes.lane):
        reduces = source is not None and axes.reduces[d] and d in needle.sized_axes
        if reduces and source is not None and kernel.axes[source].extent % axes.lane_extents[d]:
            raise UserError(
                f"along '{kernel.axes[source].name}' zeros of the padding count, and so would those "
                f"beyond the end: not lowered yet",
                op,
            )


def _fresh(name: str, taken: Sequence[str]) -> str:
    """A name like the given one that is not taken."""
    while name in taken:
        name += "_"
    return name


def _instruction_accesses(
    kernel: Statement, needle: Statement | None, mapping: MappingAttr
) -> list[tuple[Access, tuple[int, ...]]]:
    """Per operand of the instruction, the kernel's access and the instruction axes that the operand has."""
    accesses = [kernel.inputs[index] for index in mapping.input_indices] + [kernel.output]
    if needle is None:
        return [(access, ()) for access in accesses]
    own = [*needle.inputs, needle.output]
    return [
        (access, tuple(chain.from_iterable(mine.axes)))
        for access, mine in zip(accesses, own, strict=True)
    ]


@dataclass(frozen=True)
class _Axes:
    """The axes before and after: the kernel's, and those of the instruction appended to them.

    `lane[d]` is the kernel axis that instruction axis `d` takes its elements from, or None where it has but one.
    """

    kernel: Statement
    names: tuple[str, ...]
    extents: tuple[int, ...]
    lane_extents: tuple[int, ...]
    lane: tuple[int | None, ...]
    reduces: tuple[bool, ...]

    @classmethod
    def of(
        cls, kernel: Statement, needle: Statement | None, mapping: MappingAttr, op: Operation
    ) -> _Axes:
        """Read the correspondence of axes off a mapping."""
        names = [axis.name for axis in kernel.axes]
        lane: list[int | None] = []
        for group in mapping.groups:
            if len(group) > 1:
                raise UserError(
                    f"axes {', '.join(group)} together make one axis of {mapping.instruction}: not lowered yet",
                    op,
                )
            lane.append(names.index(group[0]) if group else None)
        needle_axes = needle.axes if needle is not None else ()
        lane_extents = tuple(axis.extent for axis in needle_axes)
        extents = [axis.extent for axis in kernel.axes]
        for axis, width in zip(lane, lane_extents, strict=True):
            if axis is not None:
                extents[axis] = -(-extents[axis] // width)
        lane_names = [
            f"{names[axis]}.i" if axis is not None else _fresh(f"i{d}", names)
            for d, axis in enumerate(lane)
        ]
        reduces = tuple(axis.reduction for axis in needle_axes)
        return cls(
            kernel, (*names, *lane_names), tuple(extents), lane_extents, tuple(lane), reduces
        )

    def window(
        self, value: SSAValue, access: Access, lanes: Sequence[int]
    ) -> tuple[Window, tuple[int, ...]]:
        """The window of an operand and the axis along each of its dimensions."""
        outer = [
            axis for axis in range(len(self.extents)) if any(row[axis] for row in access.matrix)
        ]
        dims = [*outer, *(len(self.extents) + d for d in lanes)]
        shape = tuple((*self.extents, *self.lane_extents)[axis] for axis in dims)
        base = Window.of(value)
        reads = [
            Linear(tuple(self._factor(row, axis) for axis in dims), (), offset)
            for row, offset in zip(access.matrix, access.offset, strict=True)
        ]
        window = base.through(reads, shape)
        guards = list(window.guards)
        guards += [guard for d in lanes if (guard := self._guard(d, access, dims)) is not None]
        return replace(window, guards=tuple(guards)).simplified(), tuple(dims)

    def _factor(self, row: Sequence[int], axis: int) -> int:
        """How far one step along a new axis goes in a dimension of the kernel's operand."""
        if axis < len(self.extents):
            return row[axis] * self._width(axis)
        source = self.lane[axis - len(self.extents)]
        return 0 if source is None else row[source]

    def _width(self, axis: int) -> int:
        """How many elements of a kernel axis one step along its outer part is."""
        return self.lane_extents[self.lane.index(axis)] if axis in self.lane else 1

    def _guard(self, d: int, access: Access, dims: Sequence[int]) -> tuple[Linear, int] | None:
        """The guard of an operand that has instruction axis `d`: the kernel's axis may end within it.

        Where the instruction reduces over `d`, every operand must read zeros there, even one that repeats its
        element along `d`: a product of zero and infinity would not be zero.
        """
        source = self.lane[d]
        lane = len(self.extents) + d
        if source is None:
            moves = access is self.kernel.output or self.reduces[d]
            return (Linear(tuple(int(axis == lane) for axis in dims)), 1) if moves else None
        moves = any(row[source] for row in access.matrix)
        if not moves and not self.reduces[d]:
            return None
        factors = {source: self._width(source), lane: 1}
        return Linear(tuple(factors.get(axis, 0) for axis in dims)), self.kernel.axes[source].extent


def _replace(
    op: linalg.ops.GenericOp,
    schedule: ScheduleAttr,
    axes: _Axes,
    windows: Sequence[Window],
    dims: Sequence[tuple[int, ...]],
    clears: Statement | None,
    start: linalg.ops.FillOp | MoveOp | None,
) -> None:
    """Put the aligned statement in the place of `op`.

    With `clears`, its output starts from the identity. What sets the whole output is put just before it, on the same
    window, so that it can follow the statement into its loops.
    """
    values: list[SSAValue] = []
    for window in windows:
        ops, value = window.view()
        Rewriter.insert_op(ops, InsertPoint.before(op))
        values.append(value)
    body = _body(op, schedule.mapping, clears)
    schedule = ScheduleAttr.get(schedule.mapping.in_order(), schedule.steps.data)
    if clears is not None:
        element = clears.output.element
        first = identity(clears.combine, element) or 0
        # A sum of floats starts from -0.0, which also leaves a zero with a sign as it is.
        neutral = number_constant(-0.0 if clears.combine == "arith.addf" else first, element)
        clear = linalg.ops.FillOp([neutral.result], [values[-1]], res=())
        Rewriter.insert_op([neutral, clear], InsertPoint.before(op))
    if start is not None:
        if clears is None:
            Rewriter.insert_op(_start(start, windows[-1], values[-1]), InsertPoint.before(op))
        erase_with_views(start)
    attributes = {
        **op.attributes,
        SCHEDULE: schedule,
        AXES: axis_names(axes.names),
        LANES: lanes_attribute(len(axes.lane)),
    }
    aligned = projection_statement(values, dims, op, attributes, len(axes.names), body)
    Rewriter.replace_op(op, aligned)


def _start(start: linalg.ops.FillOp | MoveOp, window: Window, value: SSAValue) -> list[Operation]:
    """What sets a window of an output, as `start` sets all of it."""
    if isinstance(start, linalg.ops.FillOp):
        return [linalg.ops.FillOp([start.inputs[0]], [value], res=())]
    views, source = window.within(Window.of(start.source)).simplified().view()
    return [*views, MoveOp(source, value)]


def _start_before(op: linalg.ops.GenericOp) -> linalg.ops.FillOp | MoveOp | None:
    """The operation that sets the statement's output, if nothing touches that in between."""
    buffer = base_of(op.outputs[0])
    if buffer in {base_of(value) for value in op.inputs}:
        return None
    before, between = op.prev_op, list[Operation]()
    while before is not None and not any(_touches(inner, buffer) for inner in before.walk()):
        between.append(before)
        before = before.prev_op
    if isinstance(before, linalg.ops.FillOp) and before.outputs[0] is op.outputs[0]:
        return before
    if isinstance(before, MoveOp) and before.destination is op.outputs[0]:
        source = base_of(before.source)
        stays = not any(_touches(inner, source) for other in between for inner in other.walk())
        whole = Window.of(before.destination).is_whole
        return before if stays and whole and source is not buffer else None
    return None


def _touches(op: Operation, buffer: SSAValue) -> bool:
    """Whether an operation reads or writes a buffer, or takes a view of it that others may use."""
    return any(base_of(value) is buffer for value in op.operands)


def _body(op: linalg.ops.GenericOp, mapping: MappingAttr, clears: Statement | None) -> Region:
    """The body with its arguments in the order of the instruction's inputs, and accumulating where it must."""
    region = op.body.clone()
    block = region.block
    old = list(block.args)
    fresh = Block(arg_types=[old[index].type for index in (*mapping.input_indices, len(old) - 1)])
    for index in range(len(old)):
        places = [*mapping.input_indices, len(old) - 1]
        if index in places:
            old[index].replace_all_uses_with(fresh.args[places.index(index)])
    for inner in list(block.ops):
        inner.detach()
        fresh.add_op(inner)
    if clears is not None:
        _accumulate(fresh, clears.combine)
    return Region(fresh)


def _accumulate(block: Block, combine: str) -> None:
    """Make a body that yields `e` yield `combine(out, e)`."""
    yielded = block.last_op
    assert yielded is not None
    combiner = getattr(arith, _class_name(combine))
    total = combiner(block.args[-1], yielded.operands[0])
    block.insert_op_before(total, yielded)
    yielded.operands[0] = total.results[0]


def _class_name(operator: str) -> str:
    """The class of an arith operation: `AddfOp` for `arith.addf`."""
    return f"{operator.removeprefix('arith.').capitalize()}Op"
