"""`split-remainders`: compute the last few elements of an axis apart where they fill lanes badly.

Takes statements on memrefs; gives the same statements, of which some are two: one for what fills an
instruction's lanes, one for what is left over, each followed by its part of the epilogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xdsl.context import Context
from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..mapping.padding import is_private
from ..mapping.statement import Statement, statement_of
from .allocations import new_buffer
from .fuse_axes import fill_just_before
from .fuse_epilogues import bring_together, finishing_axes, next_statement
from .map_instructions import Machine
from .parts import divisible_statements, estimate, lane_shapes, part
from .split_reductions import best_split, splits

GAIN = 0.96
"""By which factor the estimate must fall for a statement to be divided."""

SHARE = 0.5
"""How much of the lanes is left over at most."""


@dataclass(frozen=True)
class SplitRemaindersPass(ModulePass):
    """Compute the last few elements of an axis apart where they fill lanes badly.

    Of 35 columns 32 fill two registers of 16 lanes; three would take a third one nearly alone.
    Apart, they are computed with lanes along the reduction (`split-reductions`). The statement that
    finishes the results, if there is one, is divided too, so that it still follows.

    `target` names the machine; a statement is only divided if the estimate falls.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @gemm(%a: memref<700x2048xf32>, %b: memref<2048x35xf32>, %c: memref<700x35xf32>) {
      linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
          affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : memref<700x2048xf32>, memref<2048x35xf32>) outs(%c : memref<700x35xf32>)
          attrs = {kernel.axes = ["m", "n", "k"]} {
      ^bb0(%e: f32, %f: f32, %old: f32):
        %p = arith.mulf %e, %f : f32
        %s = arith.addf %old, %p : f32
        linalg.yield %s : f32
      }
      func.return
    }
    ```
    """

    name = "split-remainders"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Divide every statement where that is better."""
        for statement, machine in divisible_statements(op, self.target, ctx):
            if machine.target.has_rows:
                return  # whose moves take whole rows: what is left over costs no more
            found = _remainder(statement_of(statement), machine)
            if found is not None:
                _divide(statement, *found)


def _remainder(kernel: Statement, machine: Machine) -> tuple[int, int] | None:
    """The axis along which to divide a statement and where; None if that is no better."""
    if kernel.guarded or not any(axis.reduction for axis in kernel.axes):
        return None
    whole: float | None = None
    for axis, at in _places(kernel, machine):
        main, rest = _parts(kernel, axis, at)
        found = splits(rest, machine)
        if not found:
            continue
        whole = _least(kernel, machine) if whole is None else whole
        bound = GAIN * whole - _least(main, machine)
        if best_split(found, machine, bound)[1] is not None:
            return axis, at
    return None


def _least(kernel: Statement, machine: Machine) -> float:
    """The cycles of a statement, in lanes along its reduction if that is better."""
    return best_split(splits(kernel, machine), machine, estimate(kernel, machine))[0]


def _places(kernel: Statement, machine: Machine) -> Iterator[tuple[int, int]]:
    """Where few elements are left over after full lanes, along axes on which results are contiguous."""
    widths = sorted({lanes.width for lanes in lane_shapes(machine, kernel.output.element)})
    for axis, loop in enumerate(kernel.axes):
        if loop.reduction or kernel.output.storage_stride(axis) != 1:
            continue
        if is_private(kernel.output, axis):
            lefts = {loop.extent % w: w for w in reversed(widths) if loop.extent > w}
            few = [left for left, width in lefts.items() if 0 < left <= SHARE * width]
            yield from ((axis, loop.extent - left) for left in few)


def _parts(kernel: Statement, axis: int, at: int) -> tuple[Statement, Statement]:
    """A statement up to a point of an axis, and from there on."""

    def piece(first: int, extent: int) -> Statement:
        axes = list(kernel.axes)
        axes[axis] = replace(axes[axis], extent=extent)
        inputs, output = kernel.inputs, kernel.output
        return replace(
            kernel,
            axes=tuple(axes),
            inputs=tuple(access.shifted(axis, first) for access in inputs),
            output=output.shifted(axis, first),
        )

    return piece(0, at), piece(at, kernel.axes[axis].extent - at)


def _divide(op: linalg.ops.GenericOp, axis: int, at: int) -> None:
    """Replace a statement by its parts, and with it what its output starts from and its epilogue."""
    after = next_statement(op)
    if after is None or finishing_axes(op, after) is None:
        _replace_alone(op, axis, at)
        return
    bring_together(op, after)
    buffer, axes = op.outputs[0].owner, statement_of(op).output.own_axes
    assert isinstance(buffer, memref.AllocOp)  # it has an epilogue
    assert axes is not None
    cut = _CutBuffer.of(buffer, axes.index(axis), at)
    for start in {use.operation for use in buffer.memref.uses} - {op, after}:
        Rewriter.replace_op(start, [one for side in (0, 1) for one in cut.part(start, side)], [])
    ops = [one for side in (0, 1) for whole in (op, after) for one in cut.part(whole, side)]
    Rewriter.erase_op(after)
    Rewriter.replace_op(op, ops, [])
    Rewriter.erase_op(buffer)


def _replace_alone(op: linalg.ops.GenericOp, axis: int, at: int) -> None:
    """Replace a statement by its parts, and a fill of its output just before it."""
    start = fill_just_before(op, op.outputs[0])
    ops: list[Operation] = []
    for piece in _parts(statement_of(op), axis, at):
        *views, statement = part(op, piece, list(op.operands), op.body.clone())
        ops += views
        if start is not None:
            ops.append(linalg.ops.FillOp([start.inputs[0]], [statement.operands[-1]], res=()))
        ops.append(statement)
    Rewriter.replace_op(op, ops, [])
    if start is not None:
        Rewriter.erase_op(start)


@dataclass(frozen=True)
class _CutBuffer:
    """A buffer that becomes two, divided along one dimension."""

    whole: SSAValue
    dim: int
    at: int
    sides: tuple[SSAValue, SSAValue]

    @classmethod
    def of(cls, whole: memref.AllocOp, dim: int, at: int) -> _CutBuffer:
        """Put the two buffers where the one is allocated."""
        assert isinstance(whole.memref.type, MemRefType)
        element, shape = whole.memref.type.element_type, whole.memref.type.get_shape()
        sides: list[SSAValue] = []
        for extent in (at, shape[dim] - at):
            own = [extent if i == dim else size for i, size in enumerate(shape)]
            buffer = new_buffer(element, own, whole.memref.name_hint)
            Rewriter.insert_op(buffer, InsertPoint.before(whole))
            sides.append(buffer.memref)
        return cls(whole.memref, dim, at, (sides[0], sides[1]))

    def part(self, op: Operation, side: int) -> list[Operation]:
        """What an operation does to one side."""
        if isinstance(op, linalg.ops.FillOp):
            return [linalg.ops.FillOp([op.inputs[0]], [self.sides[side]], res=())]
        assert isinstance(op, linalg.ops.GenericOp)
        kernel, values = statement_of(op), list(op.operands)
        place = values.index(self.whole)
        axes = kernel.operands()[place].own_axes
        assert axes is not None
        axis = axes[self.dim]
        piece = _parts(kernel, axis, self.at)[side]
        back = -self.at * side  # the buffer of the second side begins there
        own = [
            access.shifted(axis, back) if value is self.whole else access
            for value, access in zip(values, piece.operands(), strict=True)
        ]
        piece = replace(piece, inputs=tuple(own[:-1]), output=own[-1])
        values = [self.sides[side] if value is self.whole else value for value in values]
        return part(op, piece, values, op.body.clone())
