"""Epilogues: statements that follow the one before them into its loops and finish its results."""

from __future__ import annotations

from xdsl.dialects import arith, memref
from xdsl.ir import Operation

from ..dialects.isa import ViewOp
from .planned import PlannedStatement
from .window import Window

EPILOGUE = "plan.epilogue"
"""Name of the attribute of a statement that is to follow the statement before it."""

_BETWEEN = (ViewOp, arith.ConstantOp, memref.AllocOp, memref.GetGlobalOp)


def epilogue_of(planned: PlannedStatement) -> PlannedStatement | None:
    """The epilogue of an aligned statement: it stands just after it and reads all that it writes.

    Its inputs that do so have the very window of the statement's output, and axes of the same names
    along it.
    """
    found = PlannedStatement.of(following_epilogue(planned.op))
    return found if found is not None and taken_inputs(planned, found) else None


def following_epilogue(op: Operation) -> Operation | None:
    """The statement after one that is marked as its epilogue."""
    after = op.next_op
    while isinstance(after, _BETWEEN):
        after = after.next_op
    return after if after is not None and EPILOGUE in after.attributes else None


def taken_inputs(planned: PlannedStatement, epilogue: PlannedStatement) -> list[int]:
    """The inputs of an epilogue that are what a statement writes.

    They have the same axes, but for those of one element.
    """
    written = _moving(planned, len(planned.views) - 1)
    return [i for i in range(len(epilogue.views) - 1) if _moving(epilogue, i) == written]


def _moving(planned: PlannedStatement, operand: int) -> tuple[Window, list[str]]:
    """The window of an operand with its dimensions of several elements, and the axes along these."""
    window, axes = planned.windows[operand], planned.dims[operand]
    dims = [dim for dim, extent in enumerate(window.shape) if extent > 1]
    return window.select(dims), [planned.names[axes[dim]] for dim in dims]


def taken_window(
    planned: PlannedStatement, epilogue: PlannedStatement, operand: int, window: Window
) -> Window:
    """What a statement writes, a window with its output's dimensions, as an input of its epilogue."""
    names = [planned.names[axis] for axis in planned.dims[-1]]
    own = [epilogue.names[axis] for axis in epilogue.dims[operand]]
    shape = epilogue.windows[operand].shape
    dims = [
        names.index(name) if name in names and extent == window.shape[names.index(name)] else None
        for name, extent in zip(own, shape, strict=True)
    ]
    return window.select(dims, {place: 1 for place, dim in enumerate(dims) if dim is None})


def is_led(planned: PlannedStatement) -> bool:
    """Whether the statement before this one still has steps, into which this one follows."""
    if EPILOGUE not in planned.op.attributes:
        return False
    before: Operation | None = planned.op.prev_op
    while isinstance(before, _BETWEEN):
        before = before.prev_op
    leader = PlannedStatement.of(before)
    if leader is None or not leader.steps:
        return False
    found = epilogue_of(leader)
    return found is not None and found.op is planned.op


def follows_along(planned: PlannedStatement, epilogue: PlannedStatement, axis: int) -> bool:
    """Whether an epilogue follows a statement into a loop: both are parallel along the axis."""
    name = planned.names[axis]
    if planned.is_reduction(axis) or name not in epilogue.names:
        return False
    return not epilogue.is_reduction(epilogue.axis(name))
