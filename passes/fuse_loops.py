"""`fuse-loops`: statements that follow each other take turns on one block of rows after the other.

Takes functions on memrefs; gives the same with loops over blocks of an axis that several statements share. What one of
them hands to the next then stays near, and only a block of it exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, linalg, memref, scf
from xdsl.dialects.builtin import MemRefType, ModuleOp, UnitAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import TargetOp
from ..dialects.machines import import_target
from ..mapping.statement import Access
from .allocations import new_buffer
from .epilogues import EPILOGUE
from .loop_groups import Group, Member, find_groups
from .loops import counted_loop
from .planned import erase_unused_views, erase_with_views
from .tile_statements import PARALLEL
from .window import Window, base_of, touched


@dataclass(frozen=True)
class FuseLoopsPass(ModulePass):
    """Let statements that follow each other take turns on one block of rows after the other.

    A depthwise convolution writes what a product reads next. If that is larger than the second cache level, it goes
    out to memory and comes back. In blocks of rows it does not:

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @twice(%x: memref<4096x512xf32>, %w: memref<512x16xf32>, %y: memref<4096x16xf32>) {
      %t = memref.alloc() : memref<4096x512xf32>
      linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%x : memref<4096x512xf32>) outs(%t : memref<4096x512xf32>) {
      ^bb0(%a: f32, %old: f32):
        %b = arith.addf %a, %a : f32
        linalg.yield %b : f32
      }
      linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
          affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%t, %w : memref<4096x512xf32>, memref<512x16xf32>) outs(%y : memref<4096x16xf32>) {
      ^bb0(%a: f32, %b: f32, %old: f32):
        %p = arith.mulf %a, %b : f32
        %s = arith.addf %old, %p : f32
        linalg.yield %s : f32
      }
      func.return
    }
    ```

    The blocks at the border of padding stand before and behind the loop, so that inside of it all
    elements exist. `rows` is how many rows a block has; by default so many as fit half of the second
    cache level of the machine `target`. With several `threads` they share the blocks.
    """

    name = "fuse-loops"

    target: str = "host"
    rows: int | None = None
    threads: int = 1

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse what is worth it, in every function."""
        functions = [found for found in op.body.ops if isinstance(found, func.FuncOp)]
        if not any(
            isinstance(inner, linalg.ops.GenericOp) for f in functions for inner in f.walk()
        ):
            return
        machine = import_target(op, self.target, ctx)
        if machine.engines or machine.has_rows:
            return  # their scratchpads are filled and emptied by plans
        near = near_bytes(machine)
        for function in [found for found in functions if found.body.blocks]:
            self._fuse_in(function.body.block, near, self.threads > 1)

    def _fuse_in(self, block: Block, near: int, is_parallel: bool) -> None:
        """Fuse in a block, and in the loops that this makes."""
        for group in list(find_groups(block, near)):
            rows = self.rows or group.rows(near)
            loop = _Fusion(group, rows, is_parallel).fuse() if rows < group.extent else None
            if loop is not None:
                self._fuse_in(loop.body.block, near, False)


def near_bytes(machine: TargetOp) -> int:
    """What blocks may take: half of the second cache level."""
    return machine.cache_bytes(1) // 2


@dataclass(frozen=True)
class _Fusion:
    """A group of statements that gets a loop over blocks of so many rows."""

    group: Group
    rows: int
    is_parallel: bool

    def fuse(self) -> scf.ForOp | None:
        """Put blocks in the place of the whole statements; gives the loop over most of them, if there is one."""
        first, last = self._inside()
        head = self.rows if first else 0
        count = max(0, (last - head) // self.rows)
        count = 0 if count < 2 else count
        tail = head + count * self.rows
        ops = self._block(0, head) if head else []
        loop = None
        if count:
            ops += counted_loop(count, self.rows, "block", self._rows, head // self.rows)
            loop = ops[-1]
            assert isinstance(loop, scf.ForOp)
            if self.is_parallel:
                loop.attributes[PARALLEL] = UnitAttr()
        if tail < self.group.extent:
            ops += self._block(tail, self.group.extent - tail)
        self._replace(ops)
        return loop

    def _inside(self) -> tuple[int, int]:
        """The rows, from the first to the one after the last, at which a loop finds every element."""
        first, last = 0, self.group.extent
        for member in self.group.members:
            extents = [axis.extent for axis in member.kernel.axes]
            for value, access in member.operands():
                for form, bound in touched(value, access, extents).guards:
                    step = form.dims[member.axis]
                    if step:
                        low, high = form.at({member.axis: 0}, range(len(extents))).bounds(
                            [1 if i == member.axis else n for i, n in enumerate(extents)]
                        )
                        first = max(first, -(low // step))
                        last = min(last, (bound - 1 - high) // step + 1)
        return first, last

    def _rows(self, at: SSAValue) -> list[Operation]:
        """The body of the loop."""
        return self._block(at, self.rows)

    def _block(self, at: SSAValue | int, count: int) -> list[Operation]:
        """What all statements do to some rows."""
        return _Block(self.group, at, count).build()

    def _replace(self, ops: list[Operation]) -> None:
        """Put operations in the place of the statements, and erase what only these used."""
        members = [member.op for member in self.group.members]
        for op in ops:
            for inner in op.walk():
                inner.location = members[-1].location
        Rewriter.insert_op(ops, InsertPoint.before(members[-1]))
        for op in reversed(members):
            erase_with_views(op)
        for buffer in self.group.private:
            erase_unused_views(buffer)
            assert isinstance(buffer.owner, memref.AllocOp)
            Rewriter.erase_op(buffer.owner)


class _Block:
    """What the statements of a group do to `count` rows from `at` on."""

    def __init__(self, group: Group, at: SSAValue | int, count: int) -> None:
        """Make the buffers that only the group uses."""
        self.group, self.at, self.count = group, at, count
        self._ops: list[Operation] = []
        self._buffers: dict[SSAValue, SSAValue] = {}
        self._views: dict[Window, SSAValue] = {}
        self._fills: dict[SSAValue, linalg.ops.FillOp] = {}
        for member in group.members:
            buffer = base_of(member.op.outputs[0])
            if buffer in group.private and buffer not in self._buffers:
                self._buffers[buffer] = self._rows_of(buffer)

    def build(self) -> list[Operation]:
        """The operations: fills stand just before what goes on with them, epilogues follow their leaders."""
        waiting = list(self.group.members)
        while waiting:
            led = [waiting.pop(0)]
            while waiting and EPILOGUE in waiting[0].op.attributes:
                led.append(waiting.pop(0))
            operands = [self._operands(member) for member in led]
            self._release(dict.fromkeys(base_of(value) for own in operands for value in own))
            for member, own in zip(led, operands, strict=True):
                if isinstance(member.op, linalg.ops.FillOp):
                    fill = linalg.ops.FillOp([member.op.inputs[0]], own, res=())
                    self._fills[base_of(own[0])] = fill
                else:
                    self._ops.append(_rebuilt(member.op, own))
        self._release(list(self._fills))
        return self._ops

    def _rows_of(self, buffer: SSAValue) -> SSAValue:
        """A buffer for the rows of the block."""
        shape = list(Window.of(buffer).shape)
        shape[self.group.dims[buffer]] = self.count
        assert isinstance(buffer.type, MemRefType)
        own = new_buffer(buffer.type.element_type, shape, buffer.name_hint)
        self._ops.append(own)
        return own.memref

    def _operands(self, member: Member) -> list[SSAValue]:
        """The rows of a statement's operands; equal ones are one value."""
        found: list[SSAValue] = []
        for value, access in member.operands():
            window = self._part(member, value, access)
            if window not in self._views:
                ops, self._views[window] = window.view()
                self._ops += ops
            found.append(self._views[window])
        return found

    def _release(self, bases: Iterable[SSAValue]) -> None:
        """Let the fills of some buffers that wait happen now."""
        self._ops += [self._fills.pop(base) for base in bases if base in self._fills]

    def _part(self, member: Member, value: SSAValue, access: Access) -> Window:
        """What a statement touches of an operand in these rows; of a buffer of its own these are all."""
        window, axis = Window.of(value), member.axis
        extents = [loop.extent for loop in member.kernel.axes]
        extents[axis] = self.count
        shape, index, guards = list(window.shape), list(window.index), list(window.guards)
        for dim, (row, first) in enumerate(zip(access.matrix, access.offset, strict=True)):
            step = row[axis]
            if not step:
                continue
            last = sum(max(0, c) * (n - 1) for c, n in zip(row, extents, strict=True))
            shape[dim] = first + last + 1
            if window.base not in self._buffers:
                index = [form.plus(self.at, form.dims[dim] * step) for form in index]
                guards = [
                    (form.plus(self.at, form.dims[dim] * step), bound) for form, bound in guards
                ]
        base = self._buffers.get(window.base, window.base)
        return Window(base, tuple(shape), tuple(index), tuple(guards)).simplified()


def _rebuilt(op: linalg.ops.GenericOp, operands: Sequence[SSAValue]) -> linalg.ops.GenericOp:
    """The same statement on other operands."""
    new = linalg.ops.GenericOp(
        operands[:-1], operands[-1:], op.body.clone(), op.indexing_maps, op.iterator_types
    )
    new.attributes.update(op.attributes)
    return new
