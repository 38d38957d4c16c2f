"""Loops with constant bounds, as the passes build them."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, Operation, SSAValue

from ..dialects.constants import index_constant


def counted_loop(
    count: int,
    step: int,
    hint: str,
    body: Callable[[SSAValue], list[Operation]],
    first: int = 0,
) -> list[Operation]:
    """An `scf.for` over `count` multiples of `step`, after the constants that bound it; the loop comes last.

    Nothing if the body is empty.

    Args:
        count: How many iterations.
        step: What each adds to the loop variable.
        hint: The name of the loop variable.
        body: Makes the operations of the body, given the loop variable.
        first: The multiple that the loop variable starts from.
    """
    start, stop, stride = (index_constant(n) for n in (first * step, (first + count) * step, step))
    block = Block(arg_types=[IndexType()])
    block.args[0].name_hint = hint
    loop = scf.ForOp(start.result, stop.result, stride.result, [], block)
    ops = body(block.args[0])
    if not ops:
        return []
    block.add_ops([*ops, scf.YieldOp()])
    return [start, stop, stride, loop]
