"""`collapse-loops`: loops around one instruction become hardware loops of it.

A loop whose body is one invocation becomes `repeat [..]` of that where the encoding has a hardware
loop left and its count and steps fit. A loop around several instructions of one unit is first
distributed, that is each instruction gets a loop of its own, if no order is lost that matters.
Loops around instructions of several units stay: these are to run beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from xdsl.context import Context
from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import ArrayAttr, IntAttr, MemRefType, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.constants import index_constant
from ...dialects.isa import InstructionOp, InvokeOp, TargetOp
from ...dialects.shapes import element_bytes
from ...mapping.encodable import can_say, loop_depth
from ..linear_form import Linear
from ..window import Window
from .engine_programs import (
    bounds_of,
    engine_functions,
    extents_of,
    instruction_of,
    is_pure,
    memory_of,
    window_of,
)
from .footprint import windows_of
from .loop_order import may_distribute
from .room import Room

Bounds: TypeAlias = tuple[int, int, int]
"""First value, number of iterations and step of a loop."""


@dataclass(frozen=True)
class CollapseLoopsPass(ModulePass):
    """Turn loops around one instruction into its hardware loops.

    An instruction is over when all of its iterations are, and others wait for it: it takes at most so
    many `cycles`, and `moves`, which all else waits for at first, that many. A loop that takes more
    stays around parts of its iterations, which take at most `part` cycles and one in `share` of all.
    Functions for machines without engines stay as they are.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<64x16xi8, @dram>) {
      %first = arith.constant 0 : index
      %last = arith.constant 4 : index
      %one = arith.constant 1 : index
      %s = memref.alloc() : memref<4x16x16xi8, @spad>
      scf.for %i = %first to %last step %one {
        %from = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + 16 * s0, d1)>}
          : memref<64x16xi8, @dram> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
        %to = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>}
          : memref<4x16x16xi8, @spad> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @spad>
        isa.invoke @npu::@load_i8(%to, %from) : memref<16x16xi8, strided<[16, 1], offset: ?>, @spad>,
          memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
      }
      func.return
    }
    ```
    """

    name = "collapse-loops"

    cycles: int = 512
    moves: int = 128
    part: int = 2048
    share: int = 512

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Collapse what can be, the innermost loops first."""
        for function, target in engine_functions(op):
            busy = max(_busy(function.body.block, target).values(), default=0)
            part = min(busy // self.share, self.part)
            room = Room(function, target)
            self._collapse_block(function.body.block, target, part, room)

    def _collapse_block(self, block: Block, target: TargetOp, part: int, room: Room) -> None:
        """Collapse the loops of a block, and before that those in them."""
        for op in list(block.ops):
            if isinstance(op, scf.ForOp):
                self._collapse_block(op.body.block, target, part, room)
                _collapse(op, target, self._limit, part, room)

    def _limit(self, instruction: InstructionOp) -> int:
        """The most cycles of an instruction with all of its loops, if they are few."""
        return self.moves if instruction.is_move else self.cycles


def _busy(block: Block, target: TargetOp) -> dict[str, int]:
    """Per unit, the cycles that a block keeps it busy."""
    found: dict[str, int] = {}
    for op in block.ops:
        if isinstance(op, InvokeOp):
            unit = instruction_of(op, target).unit_name
            found[unit] = found.get(unit, 0) + _cycles(op, target)
        elif isinstance(op, scf.ForOp):
            count = (bounds_of(op) or (0, 1, 1))[1]
            for unit, cycles in _busy(op.body.block, target).items():
                found[unit] = found.get(unit, 0) + count * cycles
    return found


def _collapse(
    loop: scf.ForOp,
    target: TargetOp,
    limit: Callable[[InstructionOp], int],
    part: int,
    room: Room,
) -> None:
    """Replace a loop by repeated invocations, if every one of its instructions can be repeated."""
    ops = [op for op in loop.body.block.ops if not isinstance(op, scf.YieldOp)]
    own = [op for op in ops if isinstance(op, memref.AllocOp)]
    invokes = [op for op in ops if isinstance(op, InvokeOp)]
    bounds = bounds_of(loop)
    if (
        bounds is None
        or not invokes
        or not all(isinstance(op, InvokeOp | memref.AllocOp) or is_pure(op) for op in ops)
    ):
        return
    if len({instruction_of(op, target).unit_name for op in invokes}) > 1:
        return
    private = {op.memref for op in own}
    shared = [[w for w in windows_of(op, target) if w[0].base not in private] for op in invokes]
    if not may_distribute(shared, loop.body.block.args[0], bounds):
        return
    cycles = [(_cycles(op, target), limit(instruction_of(op, target))) for op in invokes]
    most = max(min(part // one for one, _ in cycles), 1)
    if all(bounds[1] * one <= few for one, few in cycles):
        most = max(most, bounds[1])
    while most > 1 and not room.take_all(dict.fromkeys(private, min(most, bounds[1]) - 1)):
        most //= 2
    _Repeater(loop, invokes, own, bounds, target).replace(most)


@dataclass(frozen=True)
class _Repeater:
    """Lets the instructions of a loop do its iterations.

    Attributes:
        loop: The loop, of which nothing else matters than its instructions.
        invokes: Its instructions. own: The buffers that every iteration has for itself.
        bounds: Its first value, the number of iterations and its step.
        target: The machine.
    """

    loop: scf.ForOp
    invokes: Sequence[InvokeOp]
    own: Sequence[memref.AllocOp]
    bounds: Bounds
    target: TargetOp

    def replace(self, most: int) -> None:
        """Replace the loop, or what is in it by parts of at most so many iterations.

        The parts are as equal as can be; what is left over comes behind the loop.
        """
        first, count, step = self.bounds
        if count <= most:
            new = self._repeated(self.bounds)
            if new is not None:
                Rewriter.insert_op(new, InsertPoint.before(self.loop))
                Rewriter.erase_op(self.loop)
            return
        part = -(-count // -(-count // most))
        last = first + count // part * part * step
        parts = self._repeated((0, part, step), is_part=True) if part > 1 else None
        rest = self._repeated((last, count % part, step)) if count % part else []
        if parts is None or rest is None:
            return
        sizes = [index_constant(n) for n in (last, part * step)]
        Rewriter.insert_op(sizes, InsertPoint.before(self.loop))
        Rewriter.insert_op(rest, InsertPoint.after(self.loop))
        self.loop.operands[1], self.loop.operands[2] = (size.result for size in sizes)
        body = self.loop.body.block
        for op in reversed([op for op in body.ops if not isinstance(op, scf.YieldOp)]):
            Rewriter.erase_op(op)
        Rewriter.insert_op(parts, InsertPoint.at_start(body))

    def _repeated(self, bounds: Bounds, is_part: bool = False) -> list[Operation] | None:
        """All instructions, each for all iterations within bounds; None if one has no such form.

        With `is_part`, the bounds are relative to the loop's variable.
        """
        allocs: dict[SSAValue, memref.AllocOp] = {
            op.memref: _several(op, bounds[1]) for op in self.own
        }
        made: list[Operation] = [*allocs.values()]
        for op in self.invokes:
            windows = [
                _several_times(window, allocs[window.base].memref, bounds[1])
                if window.base in allocs
                else _along(window, self.loop.body.block.args[0], bounds, is_part)
                for window in map(window_of, op.arguments)
            ]
            new = _repeated(op, windows, bounds[1], self.target)
            if new is None:
                return None
            made += new
        return made


def _several(op: memref.AllocOp, count: int) -> memref.AllocOp:
    """A buffer that holds one buffer several times."""
    kind = op.memref.type
    shape = [count, *kind.get_shape()]
    new = memref.AllocOp(
        [], [], MemRefType(kind.element_type, shape, memory_space=kind.memory_space)
    )
    new.memref.name_hint, new.location = op.memref.name_hint, op.location
    return new


def _several_times(window: Window, base: SSAValue, count: int) -> Window:
    """The window of every iteration on the iteration's part of a buffer."""
    forms = (Linear((0, *form.dims), form.terms, form.constant) for form in window.index)
    ahead = Linear((1, *(0 for _ in window.shape)))
    return Window(base, (count, *window.shape), (ahead, *forms)).simplified()


def _cycles(op: InvokeOp, target: TargetOp) -> int:
    """How long an invocation keeps its engine busy."""
    instruction = instruction_of(op, target)
    extents = dict(zip(instruction.axes, extents_of(op, instruction), strict=True))
    return prod(op.counts) * instruction.cycles(extents).interval


def _repeated(
    op: InvokeOp, windows: Sequence[Window], count: int, target: TargetOp
) -> list[Operation] | None:
    """An invocation that stands for so many; None if there is no such.

    The windows have one dimension more in front, for each of them.
    """
    instruction = instruction_of(op, target)
    level = loop_depth(instruction) - len(op.counts) - 1
    if count == 1:
        return _invoke(op, [window.at({0: 0}) for window in windows], op.counts)
    if count < 1 or level < 0 or not can_say(instruction, "count", (level,), count):
        return None
    for name, window in zip(instruction.operand_names, windows, strict=True):
        if not _can_step(window, instruction, name, level, target):
            return None
    return _invoke(op, windows, (count, *op.counts))


def _invoke(op: InvokeOp, windows: Sequence[Window], counts: Sequence[int]) -> list[Operation]:
    """The same invocation on other windows with these hardware loops, after its views."""
    ops: list[Operation] = []
    arguments: list[SSAValue] = []
    for window, argument in zip(windows, op.arguments, strict=True):
        views, value = window.view()
        value.name_hint = value.name_hint or argument.name_hint
        ops += views
        arguments.append(value)
    new = InvokeOp(op.instruction, arguments)
    new.properties = dict(op.properties)
    if counts:
        new.properties["counts"] = ArrayAttr([IntAttr(n) for n in counts])
    new.attributes = dict(op.attributes)
    for made in (*ops, new):
        made.location = op.location
    return [*ops, new]


def _along(window: Window, variable: SSAValue, bounds: Bounds, is_part: bool) -> Window:
    """The window with one dimension more in front: what it is at each value of a loop variable.

    With `is_part`, the values are those from the variable on.
    """
    first, count, step = bounds

    def spread(form: Linear) -> Linear:
        factor = dict(form.terms).get(variable, 0)
        terms = tuple((v, c) for v, c in form.terms if is_part or v is not variable)
        return Linear((factor * step, *form.dims), terms, form.constant + factor * first)

    index = tuple(map(spread, window.index))
    guards = tuple((spread(form), bound) for form, bound in window.guards)
    return Window(window.base, (count, *window.shape), index, guards).simplified()


def _can_step(
    window: Window, instruction: InstructionOp, name: str, level: int, target: TargetOp
) -> bool:
    """Whether a hardware loop can move an operand along the first dimension of a window."""
    if any(form.dims[0] for form, _ in window.guards):
        return False
    memory = memory_of(window.base, target)
    distance = window.strides()[0] * element_bytes(window.type)
    if memory is None or distance % memory.row:
        return False
    return can_say(instruction, "step", (name, level), distance // memory.row)
