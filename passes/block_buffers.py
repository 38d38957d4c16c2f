"""Give the tensors of a block buffers: the work of `bufferize`, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, func, linalg, memref, scf, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    NoneAttr,
)
from xdsl.ir import Block, Operation, SSAValue

from ..dialects.shapes import is_memref, is_tensor
from .buffers import (
    Reshape,
    Statement,
    Uses,
    is_reshape,
    memref_like,
    on_memrefs,
    reshape,
    slice_window,
    source_of,
    undo_reshape,
)
from .generic import copy_statement
from .globals import global_for, splat_of
from .locations import copy_location
from .window import base_of


def on_tensors(op: Operation) -> bool:
    """Say whether an operand or a result is a tensor."""
    return any(is_tensor(value.type) for value in (*op.operands, *op.results))


@dataclass
class BlockBuffers:
    """Rewrites one block, which has tensors' old and buffers' new operations meanwhile."""

    function: func.FuncOp
    """The function around."""
    block: Block
    uses: Uses
    buffers: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """The memref that holds a tensor."""
    goals: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """The memref in which a tensor ought to be computed: an argument for a result, or a part."""
    views: list[Operation] = field(default_factory=list[Operation])
    """The views that are such parts."""

    def run(self, results: Sequence[SSAValue]) -> None:
        """Rewrite the block, whose last operation's operands shall be in `results`."""
        ops = list(self.block.ops)
        for op in ops[:-1]:
            self._rewrite(op)
        self._end(ops[-1], results)
        for op in reversed(ops):
            if op.parent is not None and (on_tensors(op) or op is ops[-1]):
                op.detach()
                op.erase(safe_erase=False)
        for op in reversed(self.views):
            if not op.results[0].uses:
                op.detach()
                op.erase()

    def aim(self, values: Sequence[SSAValue], results: Sequence[SSAValue]) -> None:
        """Trace values back to where their buffers come from, so that they are computed there."""
        ops = list(self.block.ops)
        for value, result in zip(values, results, strict=True):
            self._aim(value, result)
        for op in reversed(ops):
            if statement := Statement.of(op):
                for init, result in zip(statement.inits, op.results, strict=True):
                    if result in self.goals and self.uses.can_overwrite(statement, init):
                        self._aim(init, self.goals[result])
        for view in reversed(self.views):
            self.block.insert_ops_before([view], ops[0])

    def _aim(self, value: SSAValue, goal: SSAValue) -> None:
        """Let `value` be computed in `goal`, and what it is a reshape of in a view of that."""
        if value in self.goals:
            return
        self.goals[value] = goal
        if isinstance(value.owner, Operation) and is_reshape(value.owner):
            source = value.owner.operands[0]
            if source.type == value.type:
                self._aim(source, goal)
            else:
                view = undo_reshape(value.owner, goal)
                copy_location(value.owner, view)
                self.views.insert(0, view)
                self._aim(source, view.results[0])

    def _rewrite(self, op: Operation) -> None:
        """Insert what becomes of `op` before it."""
        if isinstance(op, scf.ForOp):
            self._rewrite_loop(op)
        elif statement := Statement.of(op):
            self._rewrite_statement(statement)
        elif is_reshape(op):
            self._rewrite_reshape(op)
        elif isinstance(op, tensor.ExtractSliceOp):
            self._rewrite_slice(op)
        elif isinstance(op, arith.ConstantOp) and any(
            self._needs_global(op.result, use.operation) for use in op.result.uses
        ):
            self.buffers[op.result] = self._global(op)

    def _target(self, statement: Statement, number: int) -> SSAValue:
        """Return the buffer for a result of a statement, with what it starts from."""
        init, result = statement.inits[number], statement.op.results[number]
        if self.uses.can_overwrite(statement, init):
            return self.buffers[init]
        target = self.goals.get(result) or self._alloc(result, statement.op)
        if statement.needs(number):
            self._initialise(target, init, statement.op)
        return target

    def _rewrite_statement(self, statement: Statement) -> None:
        """Insert the statement on the buffers of its operands."""
        op = statement.op
        targets = [self._target(statement, number) for number in range(len(op.results))]
        self.buffers.update(zip(op.results, targets, strict=True))
        if isinstance(op, tensor.InsertSliceOp):
            view, part = slice_window(op, targets[0]).view()
            for new in view:
                self._insert(new, op)
            self._initialise(part, op.source, op)
            return
        assert not isinstance(op, scf.ForOp)
        inputs = [self._read(value, op) for value in statement.inputs]
        self._insert(on_memrefs(op, inputs, targets), op)

    def _read(self, value: SSAValue, at: Operation) -> SSAValue:
        """Return the buffer of an input; one that nobody has written where it does not matter."""
        if value not in self.buffers and is_tensor(value.type):
            self.buffers[value] = self._alloc(value, at)
        return self.buffers.get(value, value)

    def _rewrite_loop(self, op: scf.ForOp) -> None:
        """Insert the loop on the buffers of what it carries.

        Each has one buffer, which the body's results are copied to at its end unless they are
        computed there.
        """
        if not op.iter_args and not any(map(on_tensors, op.body.walk())):
            return
        statement = Statement(op)
        targets = [self._target(statement, number) for number in range(len(op.iter_args))]
        self.buffers.update(zip(op.results, targets, strict=True))
        block = op.body.detach_block(0)
        carried = block.args[1:]
        inner = BlockBuffers(self.function, block, Uses.of(block, carried), self.buffers)
        self.buffers.update(zip(carried, targets, strict=True))
        inner.run(targets)
        for argument in reversed(carried):
            block.erase_arg(argument, safe_erase=False)
        new = self._insert(scf.ForOp(op.lb, op.ub, op.step, [], block), op)
        new.attributes.update(op.attributes)
        if not op.results:  # on buffers as far as it can be seen from outside
            op.detach()
            op.erase(safe_erase=False)

    def _rewrite_reshape(self, op: Reshape) -> None:
        """Let the result be a view of the operand's buffer."""
        source, result = op.operands[0], op.results[0]
        if source not in self.buffers:  # undefined, or a constant that is never read
            return
        buffer, goal = self.buffers[source], self.goals.get(result)
        if source.type == result.type:
            self.buffers[result] = buffer
        elif goal is not None and buffer is self.goals.get(source) and _views(buffer, goal):
            self.buffers[result] = goal
        else:
            buffer = self._contiguous(buffer, source, op)
            self.buffers[result] = self._insert(reshape(op, buffer), op).results[0]

    def _contiguous(self, buffer: SSAValue, value: SSAValue, at: Operation) -> SSAValue:
        """Return a buffer without a layout that holds `value`: `buffer`, or a copy of a slice."""
        assert is_memref(buffer.type)
        if isinstance(buffer.type.layout, NoneAttr):
            return buffer
        copy = self._alloc(value, at)
        self._insert(copy_statement(buffer, copy), at)
        return copy

    def _rewrite_slice(self, op: tensor.ExtractSliceOp) -> None:
        """Let the result be a window of the operand's buffer."""
        if op.source in self.buffers:
            views, window = slice_window(op, self.buffers[op.source]).view()
            for view in views:
                self._insert(view, op)
            self.buffers[op.result] = window

    def _end(self, op: Operation, results: Sequence[SSAValue]) -> None:
        """Bring the operands of the block's last operation to `results` and end the block."""
        moved = [
            (value, result)
            for value, result in zip(op.operands, results, strict=True)
            if self.buffers.get(value) is not result
        ]
        written = {base_of(result) for _, result in moved}
        sources: list[SSAValue] = []
        for value, _ in moved:
            if value in self.buffers and base_of(self.buffers[value]) in written:
                copy = self._alloc(value, op)  # it would be overwritten before it is read
                self._insert(copy_statement(self.buffers[value], copy), op)
                sources.append(copy)
            else:
                sources.append(self.buffers.get(value, value))
        for (value, result), source in zip(moved, sources, strict=True):
            if source is value:
                self._initialise(result, value, op)
            else:
                self._insert(copy_statement(source, result), op)
        self._insert(scf.YieldOp() if isinstance(op, scf.YieldOp) else func.ReturnOp(), op)

    def _initialise(self, target: SSAValue, value: SSAValue, at: Operation) -> None:
        """Insert what makes the elements of `target` those of `value`."""
        if value in self.buffers:
            self._insert(copy_statement(self.buffers[value], target), at)
        elif (constant := _splat(value)) is not None:
            scalar = self._insert(arith.ConstantOp(constant), at)
            self._insert(linalg.ops.FillOp(scalar.results, [target], []), at)

    def _needs_global(self, constant: SSAValue, user: Operation) -> bool:
        """Say whether `user` reads the elements of a constant in a way that a fill cannot serve."""
        statement = Statement.of(user)
        if not is_tensor(constant.type):
            return False
        if isinstance(user, tensor.InsertSliceOp):
            return _splat(constant) is None
        if statement is not None and constant not in statement.inputs:
            if _splat(constant) is not None:
                return False
            inits = enumerate(statement.inits)
            return any(init is constant and statement.needs(number) for number, init in inits)
        is_end = isinstance(user, func.ReturnOp | scf.YieldOp)
        return not is_end or _splat(constant) is None

    def _global(self, op: arith.ConstantOp) -> SSAValue:
        """Return a global's buffer with the value of a constant; equal ones share a global."""
        assert isinstance(op.value, DenseIntOrFPElementsAttr)
        return global_for(op.value, memref_like(op.result.type), op).memref

    def _alloc(self, value: SSAValue, at: Operation) -> SSAValue:
        """Return a new buffer for a tensor."""
        alloc = self._insert(memref.AllocOp([], [], memref_like(value.type)), at).results[0]
        alloc.name_hint = value.name_hint
        return alloc

    def _insert(self, new: Operation, before: Operation) -> Operation:
        """Insert an operation that stands for (a part of) `before`."""
        block = before.parent
        assert block is not None
        copy_location(before, new)
        block.insert_ops_before([new], before)
        return new


def _views(view: SSAValue, base: SSAValue) -> bool:
    """Say whether the first memref is a reshape of the second."""
    return isinstance(view.owner, Operation) and base in view.owner.operands


def _splat(value: SSAValue) -> IntegerAttr | FloatAttr | None:
    """Return the one value of all elements if `value` is such a constant."""
    op = source_of(value).owner
    return splat_of(op.value) if isinstance(op, arith.ConstantOp) else None
