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
from xdsl.dialects import scf
from xdsl.dialects.builtin import ArrayAttr, IntAttr, ModuleOp
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

    An instruction is over when all of its iterations are, and others wait for it: loops that take
    more than so many `cycles` are left, and those around `moves`, which all else waits for at first,
    if they take more than that. Functions for machines without engines stay as they are.

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

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Collapse what can be, the innermost loops first."""
        for function, target in engine_functions(op):
            self._collapse_block(function.body.block, target)

    def _collapse_block(self, block: Block, target: TargetOp) -> None:
        """Collapse the loops of a block, and before that those in them."""
        for op in list(block.ops):
            if isinstance(op, scf.ForOp):
                self._collapse_block(op.body.block, target)
                _collapse(op, target, self._limit)

    def _limit(self, instruction: InstructionOp) -> int:
        """The most cycles of an instruction with its loops."""
        return self.moves if instruction.is_move else self.cycles


def _collapse(loop: scf.ForOp, target: TargetOp, limit: Callable[[InstructionOp], int]) -> None:
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
    if bounds[1] > 1 and any(
        bounds[1] * _cycles(op, target) > limit(instruction_of(op, target)) for op in invokes
    ):
        return
    repeated = [_repeated(op, loop.body.block.args[0], bounds, target) for op in invokes]
    for new in repeated:
        if new is None:
            return
    Rewriter.insert_op([op for new in repeated for op in new or ()], InsertPoint.before(loop))
    Rewriter.erase_op(loop)


def _cycles(op: InvokeOp, target: TargetOp) -> int:
    """How long an invocation keeps its engine busy."""
    instruction = instruction_of(op, target)
    extents = dict(zip(instruction.axes, extents_of(op, instruction), strict=True))
    return prod(op.counts) * instruction.cycles(extents).interval


def _repeated(
    op: InvokeOp, variable: SSAValue, bounds: Bounds, target: TargetOp
) -> list[Operation] | None:
    """An invocation that stands for all iterations of a loop around it; None if there is no such."""
    instruction, count = instruction_of(op, target), bounds[1]
    level = loop_depth(instruction) - len(op.counts) - 1
    windows = [_along(window_of(argument), variable, bounds) for argument in op.arguments]
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


def _along(window: Window, variable: SSAValue, bounds: Bounds) -> Window:
    """The window with one dimension more in front: what it is at each value of a loop variable."""
    first, count, step = bounds

    def spread(form: Linear) -> Linear:
        factor = dict(form.terms).get(variable, 0)
        terms = tuple((value, c) for value, c in form.terms if value is not variable)
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
