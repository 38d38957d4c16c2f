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
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntAttr, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import InstructionOp, InvokeOp, TargetOp
from ..mapping.encodable import can_say, loop_depth
from .engine_programs import (
    bounds_of,
    element_bytes,
    engine_functions,
    extents_of,
    instruction_of,
    is_pure,
    memory_of,
    window_of,
)
from .footprint import windows_of
from .linear_form import Linear
from .loop_order import may_distribute
from .window import Window

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
            self._collapse_block(function.body.block, target, part)

    def _collapse_block(self, block: Block, target: TargetOp, part: int) -> None:
        """Collapse the loops of a block, and before that those in them."""
        for op in list(block.ops):
            if isinstance(op, scf.ForOp):
                self._collapse_block(op.body.block, target, part)
                _collapse(op, target, self._limit, part)

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
    loop: scf.ForOp, target: TargetOp, limit: Callable[[InstructionOp], int], part: int
) -> None:
    """Replace a loop by repeated invocations, if every one of its instructions can be repeated."""
    ops = [op for op in loop.body.block.ops if not isinstance(op, scf.YieldOp)]
    invokes = [op for op in ops if isinstance(op, InvokeOp)]
    bounds = bounds_of(loop)
    if (
        bounds is None
        or not invokes
        or not all(isinstance(op, InvokeOp) or is_pure(op) for op in ops)
    ):
        return
    if len({instruction_of(op, target).unit_name for op in invokes}) > 1:
        return
    if not may_distribute(
        [list(windows_of(op, target)) for op in invokes], loop.body.block.args[0], bounds
    ):
        return
    cycles = [(_cycles(op, target), limit(instruction_of(op, target))) for op in invokes]
    most = min(part // own for own, _ in cycles)
    if bounds[1] <= max(most, 1) or all(bounds[1] * own <= few for own, few in cycles):
        new = _all_repeated(loop, invokes, bounds, target)
        if new is not None:
            Rewriter.insert_op(new, InsertPoint.before(loop))
            Rewriter.erase_op(loop)
    elif most > 1:
        _collapse_parts(loop, invokes, bounds, most, target)


def _collapse_parts(
    loop: scf.ForOp, invokes: Sequence[InvokeOp], bounds: Bounds, most: int, target: TargetOp
) -> None:
    """Let the instructions of a loop do parts of its iterations, at most so many and equally many.

    What is left over comes behind the loop.
    """
    first, count, step = bounds
    part = -(-count // -(-count // most))
    last = first + count // part * part * step
    parts = _all_repeated(loop, invokes, (0, part, step), target, is_part=True)
    rest = _all_repeated(loop, invokes, (last, count % part, step), target) if count % part else []
    if parts is None or rest is None:
        return
    sizes = [arith.ConstantOp.from_int_and_width(n, IndexType()) for n in (last, part * step)]
    Rewriter.insert_op(sizes, InsertPoint.before(loop))
    Rewriter.insert_op(rest, InsertPoint.after(loop))
    loop.operands[1], loop.operands[2] = (size.result for size in sizes)
    body = loop.body.block
    for op in reversed([op for op in body.ops if not isinstance(op, scf.YieldOp)]):
        Rewriter.erase_op(op)
    Rewriter.insert_op(parts, InsertPoint.at_start(body))


def _all_repeated(
    loop: scf.ForOp,
    invokes: Sequence[InvokeOp],
    bounds: Bounds,
    target: TargetOp,
    is_part: bool = False,
) -> list[Operation] | None:
    """The instructions of a loop, each for all iterations within bounds; None if one has no such form.

    With `is_part`, the bounds are relative to the loop's variable.
    """
    made: list[Operation] = []
    for op in invokes:
        new = _repeated(op, loop.body.block.args[0], bounds, target, is_part)
        if new is None:
            return None
        made += new
    return made


def _cycles(op: InvokeOp, target: TargetOp) -> int:
    """How long an invocation keeps its engine busy."""
    instruction = instruction_of(op, target)
    extents = dict(zip(instruction.axes, extents_of(op, instruction), strict=True))
    return prod(op.counts) * instruction.cycles(extents).interval


def _repeated(
    op: InvokeOp, variable: SSAValue, bounds: Bounds, target: TargetOp, is_part: bool
) -> list[Operation] | None:
    """An invocation that stands for iterations of a loop around it; None if there is no such."""
    instruction, count = instruction_of(op, target), bounds[1]
    level = loop_depth(instruction) - len(op.counts) - 1
    windows = [_along(window_of(value), variable, bounds, is_part) for value in op.arguments]
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
    distance = window.strides()[0] * element_bytes(window.base)
    if memory is None or distance % memory.row:
        return False
    return can_say(instruction, "step", (name, level), distance // memory.row)
