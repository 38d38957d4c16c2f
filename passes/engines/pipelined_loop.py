"""A loop whose iterations use different buffers: what fills them runs ahead of what uses them.

The body falls into two stages: those operations that only fill the loop's own buffers from what
nothing in the loop writes, and the rest. With `k` copies of the buffers the first stage is `k - 1`
iterations ahead. It comes before the rest of an iteration, but after it where the same unit moves
data for both: what is needed first is moved first. What the rest computes waits for others anyhow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.constants import index_constant
from ...dialects.isa import InvokeOp, TargetOp, ViewOp
from ...dialects.plan import BUFFERS
from ..effects import written_buffers
from ..linear_form import Linear
from ..window import Window, base_of
from .engine_programs import instruction_of, is_pure

_Stage = Sequence[Operation]


def pipeline(
    loop: scf.ForOp,
    bounds: tuple[int, int, int],
    own: Sequence[memref.AllocOp],
    copies: int,
    target: TargetOp,
) -> None:
    """Rewrite a loop so that consecutive iterations use different ones of `copies` of its buffers.

    The buffers are allocated before the loop; the loops around it find that they are several.
    """
    first, count, step = bounds
    buffers = [_copies(own, loop) for _ in range(copies)]
    ops = [op for op in loop.body.block.ops if op not in own and not isinstance(op, scf.YieldOp)]
    fill, work = _stages(ops, {op.memref for op in own})
    ops = _with_single(loop, ops, fill, work)
    ahead = copies - 1 if fill else 0
    late = bool(_units(fill, target) & _units(work, target, only_moves=True))
    writer = _Writer(loop.body.block.args[0], buffers, ops)
    for number in range(ahead):
        writer.write(fill, number, None, first + number * step)
    groups = (count - ahead) // copies
    if groups > 1:
        block = Block(arg_types=[IndexType()])
        block.args[0].name_hint = loop.body.block.args[0].name_hint
        inner = _Writer(loop.body.block.args[0], buffers, ops)
        for number in range(copies):
            stages = [(fill, number + ahead), (work, number)]
            for stage, iteration in reversed(stages) if late else stages:
                inner.write(stage, iteration, block.args[0], iteration * step)
        block.add_ops([*inner.ops, scf.YieldOp()])
        ends = [index_constant(n) for n in (first, first + groups * copies * step, copies * step)]
        new = scf.ForOp(ends[0].result, ends[1].result, ends[2].result, [], block)
        new.location = loop.location
        writer.ops += [*ends, new]
    for number in range(groups * copies if groups > 1 else 0, count):
        stages = [(fill, number + ahead)] if number + ahead < count else []
        stages.append((work, number))
        for stage, iteration in reversed(stages) if late else stages:
            writer.write(stage, iteration, None, first + iteration * step)
    Rewriter.insert_op(writer.ops, InsertPoint.before(loop))
    Rewriter.erase_op(loop)


def _with_single(
    loop: scf.ForOp, ops: _Stage, fill: list[Operation], work: list[Operation]
) -> list[Operation]:
    """The operations of a body without the buffers that both stages use, which go before the loop.

    Other buffers, of which there is one in every iteration, belong to the stage that uses them.
    """
    kept: list[Operation] = []
    for op in ops:
        if isinstance(op, memref.AllocOp):
            stages = [s for s in (fill, work) if any(op.memref in _used_buffers(u) for u in s)]
            if len(stages) != 1:
                op.detach()
                Rewriter.insert_op([op], InsertPoint.before(loop))
                continue
            stages[0].append(op)
        kept.append(op)
    return kept


def _copies(allocations: Sequence[memref.AllocOp], loop: scf.ForOp) -> dict[SSAValue, SSAValue]:
    """Other buffers like those of some allocations, before a loop."""
    found: dict[SSAValue, SSAValue] = {}
    for op in allocations:
        new = op.clone()
        new.attributes[BUFFERS] = IntegerAttr(1, 64)
        Rewriter.insert_op([new], InsertPoint.before(loop))
        found[op.memref] = new.memref
    return found


def _stages(ops: _Stage, own: set[SSAValue]) -> tuple[list[Operation], list[Operation]]:
    """The operations that fill the own buffers, and the rest; without those that do nothing.

    An operation fills if it writes own buffers only, reads nothing else that the loop writes, and
    nothing of the rest before it uses these buffers.
    """
    acting = [op for op in ops if not is_pure(op) and not isinstance(op, memref.AllocOp)]
    writes = {op: written_buffers(op) for op in acting}
    uses = {op: _used_buffers(op) for op in acting}
    written = {value for op in acting for value in writes[op]}
    fill: list[Operation] = []
    work: list[Operation] = []
    for op in acting:
        outside = (uses[op] - own) & written
        clashes = any(writes[op] & uses[other] or uses[op] & writes[other] for other in work)
        if writes[op] <= own and writes[op] and not outside and not clashes:
            fill.append(op)
        else:
            work.append(op)
    return (fill, work) if work else ([], fill)


def _units(stage: _Stage, target: TargetOp, only_moves: bool = False) -> set[str]:
    """The units that a stage keeps busy, or those that move data in it."""
    found = (inner for op in stage for inner in op.walk() if isinstance(inner, InvokeOp))
    instructions = (instruction_of(op, target) for op in found)
    return {one.unit_name for one in instructions if one.is_move or not only_moves}


def _used_buffers(op: Operation) -> set[SSAValue]:
    """The buffers that an operation touches, by itself or by what is in it."""
    operands = (value for inner in op.walk() if not is_pure(inner) for value in inner.operands)
    return {base_of(value) for value in operands if not isinstance(value.type, IndexType)}


@dataclass
class _Place:
    """Which iteration is written: the loop variable (None for none) plus a number, and its buffers."""

    variable: SSAValue | None
    number: int
    buffers: Mapping[SSAValue, SSAValue]


class _Writer:
    """Writes stages of iterations of a loop as operations."""

    def __init__(
        self, variable: SSAValue, buffers: Sequence[Mapping[SSAValue, SSAValue]], body: _Stage
    ) -> None:
        self.ops: list[Operation] = []
        self._variable = variable
        self._buffers = buffers
        self._pure = [op for op in body if is_pure(op)]
        self._order = {op: number for number, op in enumerate(body)}

    def write(self, stage: _Stage, iteration: int, variable: SSAValue | None, number: int) -> None:
        """Write one stage of an iteration, where the loop variable is `variable + number`."""
        place = _Place(variable, number, self._buffers[iteration % len(self._buffers)])
        values: dict[SSAValue, SSAValue] = dict(place.buffers)
        needed = self._needed(stage)
        for op in sorted((*needed, *stage), key=self._order.__getitem__):
            self.ops += self._copy(op, place, values)

    def _needed(self, stage: _Stage) -> set[Operation]:
        """The operations of the body that do nothing but that a stage uses."""
        needed: set[Operation] = set()
        pending = [value for op in stage for value in _operands(op)]
        while pending:
            owner = pending.pop().owner
            if owner in self._pure and owner not in needed:
                assert isinstance(owner, Operation)
                needed.add(owner)
                pending += owner.operands
        return needed

    def _copy(
        self, op: Operation, place: _Place, values: dict[SSAValue, SSAValue]
    ) -> list[Operation]:
        """An operation, and all in it, of the iteration; `values` are those before, and its results."""
        if isinstance(op, ViewOp):
            return self._view(op, place, values)
        new = op.clone_without_regions(values)
        values.update(zip(op.results, new.results, strict=True))
        for region, copied in zip(op.regions, new.regions, strict=True):
            for block in region.blocks:
                inner = Block(arg_types=block.arg_types)
                for argument, other in zip(block.args, inner.args, strict=True):
                    values[argument] = other
                    other.name_hint = argument.name_hint
                for child in block.ops:
                    inner.add_ops(self._copy(child, place, values))
                copied.add_block(inner)
        return [new]

    def _view(self, op: ViewOp, place: _Place, values: dict[SSAValue, SSAValue]) -> list[Operation]:
        """A view of the iteration."""
        window = Window.of(op.result)
        index = tuple(self._form(form, place, values) for form in window.index)
        guards = tuple((self._form(form, place, values), bound) for form, bound in window.guards)
        base = values.get(window.base, window.base)
        views, value = Window(base, window.shape, index, guards).simplified().view()
        if views:
            value.name_hint = op.result.name_hint
            views[0].location = op.location
        values[op.result] = value
        return views

    def _form(self, form: Linear, place: _Place, values: Mapping[SSAValue, SSAValue]) -> Linear:
        """A linear form of the iteration."""
        new = Linear(form.dims, (), form.constant)
        for value, factor in form.terms:
            if value is self._variable:
                new = new.plus(place.number, factor)
                if place.variable is not None:
                    new = new.plus(place.variable, factor)
            else:
                new = new.plus(values.get(value, value), factor)
        return new


def _operands(op: Operation) -> Iterable[SSAValue]:
    """What an operation uses, and all in it."""
    return (value for inner in op.walk() for value in inner.operands)
