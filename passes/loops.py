"""Loops with constant bounds, as the passes build them."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, Operation, SSAValue

from .constants import index_constant


def counted_loop(
    count: int, step: int, hint: str, body: Callable[[SSAValue], list[Operation]]
) -> list[Operation]:
    """An `scf.for` over 0, step, ..., (count - 1) * step, after the constants that bound it; the loop comes last.

    Args:
        count: How many iterations.
        step: What each adds to the loop variable.
        hint: The name of the loop variable.
        body: Makes the operations of the body, given the loop variable.
    """
    start, stop, stride = (index_constant(n) for n in (0, count * step, step))
    block = Block(arg_types=[IndexType()])
    block.args[0].name_hint = hint
    loop = scf.ForOp(start.result, stop.result, stride.result, [], block)
    block.add_ops([*body(block.args[0]), scf.YieldOp()])
    return [start, stop, stride, loop]
