"""`fold-padding`: read padding through a guard instead of copying a tensor into a larger one.

Takes functions on memrefs in which a buffer is filled with zeros and another one is copied into the
middle of it; gives the same with a guarded `isa.view` in the place of the larger buffer. The
tiles at the borders then move fewer elements, and those inside are as fast as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from xdsl.context import Context
from xdsl.dialects import func, linalg, memref
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.machines import find_target
from ..mapping.statement import Access, Operand, Statement, statement_of
from ..planning.borders import Guard, fewest_bodies
from .linear_form import Linear
from .window import Window, base_of


@dataclass(frozen=True)
class FoldPaddingPass(ModulePass):
    """Replace zero-padded copies by guarded views where few reads of each element pay for the copy.

    `reads` is the most reads per element of the padded buffer for which it is folded: a copy costs
    about as much as so many reads by vectors. 0 leaves all copies. `bodies` is the most bodies in
    which a reader is then written out: one for each way in which its window lies across the border.
    Padding that registers would lie across is copied. Where the machine `target` brings blocks into
    memories of rows, these are padded on their way; only what is padded within rows is copied.

    ```mlir
    func.func @conv(%x: memref<8x4xf32>, %w: memref<3x4xf32>, %y: memref<8x4xf32>) {
      %zero = arith.constant 0.0 : f32
      %padded = memref.alloc() : memref<10x4xf32>
      linalg.fill ins(%zero : f32) outs(%padded : memref<10x4xf32>)
      %middle = isa.view %padded {map = affine_map<(d0, d1) -> (d0 + 1, d1)>}
          : memref<10x4xf32> -> memref<8x4xf32, strided<[4, 1], offset: 4>>
      linalg.generic {indexing_maps = [affine_map<(i, c) -> (i, c)>, affine_map<(i, c) -> (i, c)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%x : memref<8x4xf32>) outs(%middle : memref<8x4xf32, strided<[4, 1], offset: 4>>) {
      ^bb0(%a: f32, %b: f32):
        linalg.yield %a : f32
      }
      linalg.generic {indexing_maps = [affine_map<(i, c, r) -> (r, c)>,
            affine_map<(i, c, r) -> (i + r, c)>, affine_map<(i, c, r) -> (i, c)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%w, %padded : memref<3x4xf32>, memref<10x4xf32>) outs(%y : memref<8x4xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %p = arith.mulf %a, %b : f32
        %s = arith.addf %c, %p : f32
        linalg.yield %s : f32
      }
      func.return
    }
    ```

    reads `%x` through an `isa.view` by `(d0, d1) -> (d0 - 1, d1)` with a guard on the first.
    """

    name = "fold-padding"

    reads: int = 32
    bodies: int = 128
    target: str | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fold what can be folded."""
        in_rows = self.target is not None and find_target(self.target, op, ctx).has_rows
        for function in op.walk():
            if isinstance(function, func.FuncOp):
                for fill in [
                    found for found in function.walk() if isinstance(found, linalg.ops.FillOp)
                ]:
                    padding = _Padding.of(fill)
                    if padding is None:
                        continue
                    if padding.is_across_rows() if in_rows else self._pays(padding):
                        padding.fold()

    def _pays(self, padding: _Padding) -> bool:
        """Whether reading through guards costs less than the copy."""
        few = padding.reads_per_element() <= self.reads and padding.bodies() <= self.bodies
        return few and not padding.lies_along_lanes()


@dataclass(frozen=True)
class _Padding:
    """A buffer filled with zeros, a copy into the middle of it, and the statements that read it."""

    buffer: memref.AllocOp
    fill: linalg.ops.FillOp
    copy: linalg.ops.GenericOp
    readers: tuple[linalg.ops.GenericOp, ...]

    @classmethod
    def of(cls, fill: linalg.ops.FillOp) -> _Padding | None:
        """The padding that a fill begins, if it is one and may be folded."""
        buffer = fill.outputs[0].owner
        if not isinstance(buffer, memref.AllocOp) or not _is_zero(fill.inputs[0]):
            return None
        copies: list[linalg.ops.GenericOp] = []
        readers: list[linalg.ops.GenericOp] = []
        for user in _users(buffer.memref):
            if user is fill:
                continue
            if not isinstance(user, linalg.ops.GenericOp) or user.parent is not fill.parent:
                return None
            writes = any(base_of(value) is buffer.memref for value in user.outputs)
            (copies if writes else readers).append(user)
        if len(copies) != 1 or not readers:
            return None
        found = cls(buffer, fill, copies[0], tuple(readers))
        return found if found._is_plain() and found._stays() else None

    def _is_plain(self) -> bool:
        """Whether the copy moves neighbours to neighbours, and the buffer is read as a whole."""
        kernel = statement_of(self.copy)
        plain = kernel.is_copy and isinstance(kernel.body, Operand) and len(self.copy.inputs) == 1
        into = Window.of(self.copy.outputs[0])
        steps = all(
            form.dims == tuple(int(i == j) for j in range(len(into.shape))) and not form.terms
            for i, form in enumerate(into.index)
        )
        same = kernel.inputs[0].matrix == kernel.output.matrix if plain else False
        whole = all(self.buffer.memref in reader.inputs for reader in self.readers)
        return plain and same and steps and whole

    def _stays(self) -> bool:
        """Whether fill, copy and readers follow each other without a write to the source."""
        source, block = base_of(self.copy.inputs[0]), self.fill.parent
        assert isinstance(block, Block)
        order = {op: number for number, op in enumerate(block.ops)}
        last = max(order[reader] for reader in self.readers)
        first = order[self.copy]
        if order[self.fill] > first or min(order[reader] for reader in self.readers) < first:
            return False
        between = [op for op, number in order.items() if first < number <= last]
        return not any(_writes(op, source) for op in between)

    def reads_per_element(self) -> float:
        """How often an element of the buffer is read."""
        elements = prod(Window.of(self.buffer.memref).shape)
        points = sum(
            prod(axis.extent for axis in statement_of(reader).axes) for reader in self.readers
        )
        return points / max(1, elements)

    def bodies(self) -> int:
        """In how many bodies a reader is written out at least, because elements are absent."""
        source = Window.of(self.copy.inputs[0])
        low = [form.constant for form in Window.of(self.copy.outputs[0]).index]
        most = 1
        for kernel, access in self._reads():
            names = [axis.name for axis in kernel.axes]
            guards = [
                Guard(
                    {name: c for name, c in zip(names, row, strict=True) if c}, at - first, extent
                )
                for row, at, first, extent, whole in zip(
                    access.matrix, access.offset, low, source.shape, access.shape, strict=True
                )
                if whole != extent
            ]
            parallel = [axis.name for axis in kernel.axes if not axis.reduction]
            most = max(most, fewest_bodies(guards, kernel.extents, parallel))
        return most

    def _reads(self) -> Iterator[tuple[Statement, Access]]:
        """The readers, each with its access of the buffer."""
        for reader in self.readers:
            kernel = statement_of(reader)
            for value, access in zip(reader.inputs, kernel.inputs, strict=False):
                if value is self.buffer.memref:
                    yield kernel, access

    def lies_along_lanes(self) -> bool:
        """Whether a reader would take registers across the border.

        Lanes are best laid along an axis on which buffer and output are contiguous. A register that
        begins in the padding cannot be loaded at once: there a copy is better.
        """
        into = Window.of(self.copy.outputs[0])
        if not into.shape or into.shape[-1] == Window.of(self.buffer.memref).shape[-1]:
            return False
        return any(
            loop.extent > 1 and _stride(access, axis) == _stride(kernel.output, axis) == 1
            for kernel, access in self._reads()
            for axis, loop in enumerate(kernel.axes)
        )

    def is_across_rows(self) -> bool:
        """Whether nothing is padded along the last dimension, where neighbours lie in one row."""
        into = Window.of(self.copy.outputs[0])
        return not into.shape or into.shape[-1] == Window.of(self.buffer.memref).shape[-1]

    def fold(self) -> None:
        """Put a guarded view of the source in the place of the buffer."""
        source = Window.of(self.copy.inputs[0])
        into, shape = Window.of(self.copy.outputs[0]), Window.of(self.buffer.memref).shape
        rank = len(shape)
        # Element d of the buffer is element d - offset of the copy's source.
        reads = [
            Linear(tuple(int(i == j) for j in range(rank)), (), -form.constant)
            for i, form in enumerate(into.index)
        ]
        window = source.through(reads, shape)
        guards = (*window.guards, *zip(reads, source.shape, strict=True))
        ops, view = replace(window, guards=guards).simplified().view()
        view.name_hint = self.buffer.memref.name_hint
        Rewriter.insert_op(ops, InsertPoint.after(self.copy))
        written = self.copy.outputs[0].owner
        for op in (self.copy, self.fill):
            op.detach()
            op.erase()
        if (
            isinstance(written, Operation)
            and not written.results[0].uses
            and written is not self.buffer
        ):
            Rewriter.erase_op(written)
        self.buffer.memref.replace_all_uses_with(view)
        Rewriter.erase_op(self.buffer)


def _stride(access: Access, axis: int) -> int:
    """The distance in storage between neighbours along an axis."""
    pairs = zip(access.column(axis), access.storage_strides(), strict=True)
    return sum(factor * (0 if stride is None else stride) for factor, stride in pairs)


def _users(value: SSAValue) -> list[Operation]:
    """What uses a buffer, by itself or through views."""
    found: list[Operation] = []
    for use in value.uses:
        op = use.operation
        if op.results and base_of(op.results[0]) is base_of(value):
            found += _users(op.results[0])
        else:
            found.append(op)
    return list(dict.fromkeys(found))


def _writes(op: Operation, buffer: SSAValue) -> bool:
    """Whether an operation may write a buffer."""
    written: list[SSAValue] = []
    for inner in op.walk():
        is_statement = isinstance(inner, linalg.ops.GenericOp | linalg.ops.FillOp)
        values: Sequence[SSAValue] = inner.outputs if is_statement else inner.operands
        written += [] if inner.results else values
    return any(base_of(value) is buffer for value in written)


def _is_zero(value: SSAValue) -> bool:
    """Whether a value is the constant 0 (not -0.0, whose sign a guard would lose)."""
    if not isinstance(value.owner, ConstantOp):
        return False
    constant = value.owner.value
    return isinstance(constant, IntegerAttr | FloatAttr) and str(constant.value.data) in (
        "0",
        "0.0",
    )
