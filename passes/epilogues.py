"""Epilogues: statements that follow the one before them into its loops and finish its results."""

from __future__ import annotations

from xdsl.dialects import arith, memref
from xdsl.ir import Operation

from ..dialects.isa import ViewOp
from .planned import PlannedStatement

EPILOGUE = "plan.epilogue"
"""Name of the attribute of a statement that is to follow the statement before it."""

_BETWEEN = (ViewOp, arith.ConstantOp, memref.AllocOp, memref.GetGlobalOp)


def epilogue_of(planned: PlannedStatement) -> PlannedStatement | None:
    """The epilogue of an aligned statement: it stands just after it and reads all that it writes.

    Its inputs that do so have the very window of the statement's output, and axes of the same names
    along it.
    """
    after = planned.op.next_op
    while isinstance(after, _BETWEEN):
        after = after.next_op
    if after is None or EPILOGUE not in after.attributes:
        return None
    found = PlannedStatement.of(after)
    return found if found is not None and taken_inputs(planned, found) else None


def taken_inputs(planned: PlannedStatement, epilogue: PlannedStatement) -> list[int]:
    """The inputs of an epilogue that are what a statement writes."""
    names = [planned.names[axis] for axis in planned.dims[-1]]
    inputs = zip(epilogue.windows[:-1], epilogue.dims[:-1], strict=True)
    return [
        index
        for index, (window, dims) in enumerate(inputs)
        if window == planned.windows[-1] and [epilogue.names[axis] for axis in dims] == names
    ]


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
