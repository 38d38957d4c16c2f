"""The `plan` dialect: attributes that say which instruction computes a statement, and how.

A `#plan.mapping` names an instruction and tells how the statement's axes and inputs correspond to
it. A `#plan.schedule` adds everything else that lowering needs: the loops, from the outermost
inwards, and the points among them at which an operand is brought into a memory. Lowering is a
deterministic function of statement, target and schedule, so a schedule can be printed, edited by
hand and given back.

Sizes are in elements of the axis. A step on an axis that the instruction also has must be a
multiple of the instruction's extent; the last tile of an axis is simply smaller.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from .mapping import MappingAttr
from .node import NodeAttr
from .schedule import ScheduleAttr, StepAttr, StepKind

MAPPINGS = "plan.mappings"
"""Name of the attribute that lists a statement's candidate mappings, best first."""

SCHEDULE = "plan.schedule"
"""Name of the attribute that holds a statement's schedule."""

BUFFERS = "plan.buffers"
"""Name of the attribute of an allocation, or of a loop, that says how many of a buffer there shall be."""

OUTPUT = "out"
"""The name of a statement's output among the operands of a schedule; the inputs are `in0`, `in1`,
...
"""

Plan = Dialect("plan", [], [NodeAttr, MappingAttr, StepAttr, ScheduleAttr])

__all__ = [
    "BUFFERS",
    "MAPPINGS",
    "OUTPUT",
    "SCHEDULE",
    "MappingAttr",
    "NodeAttr",
    "Plan",
    "ScheduleAttr",
    "StepAttr",
    "StepKind",
]
