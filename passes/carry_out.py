"""Carry schedules out: the steps of each statement one after the other, outermost first.

Between two steps a statement is no operation: its operands are windows, and what goes into the program are loops,
buffers and moves, and at last the statement itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import MoveOp, ViewOp
from ..dialects.plan import StepKind
from .epilogues import epilogue_of, is_led
from .pending import Item, PendingStart, settled
from .planned import PlannedStatement, erase_with_views
from .window import Window


@dataclass(frozen=True)
class Group:
    """A statement, what its output is before it, and the epilogue that follows it."""

    planned: PlannedStatement
    start: PendingStart | None = None
    epilogue: PlannedStatement | None = None


Continue: TypeAlias = Callable[[Group], list[Item]]
"""Carries out the steps that are left of a group."""

Step: TypeAlias = Callable[[Group, Continue], list[Item]]
"""Carries out the first step of a group's statement, with what is left of it inside."""


Steps: TypeAlias = Mapping[StepKind, Step]
"""What carries out each kind of step."""


def carry_out(module: ModuleOp, steps: Steps) -> None:
    """Carry out the schedules of a module up to the first step whose kind is not among `steps`."""
    schedules = _Schedules(steps)
    for op in list(module.walk()):
        planned = PlannedStatement.of(op) if op.parent is not None else None
        if planned is not None and schedules.next_step(planned) and not is_led(planned):
            schedules.replace(planned)


@dataclass(frozen=True)
class _Schedules:
    """Carries out steps of some kinds."""

    steps: Steps

    def next_step(self, planned: PlannedStatement) -> Step | None:
        """What carries out a statement's first step; None where there is none, or it is to stay."""
        return self.steps.get(StepKind(planned.steps[0].kind.data)) if planned.steps else None

    def group(self, group: Group) -> list[Item]:
        """Carry out what is left of a group; an epilogue waits until what it follows is done."""
        planned, epilogue = group.planned, group.epilogue
        step = self.next_step(planned)
        if step is not None:
            return step(group, self.group)
        items: list[Item] = [planned.build()]
        if epilogue is not None:
            items += [epilogue.build()] if planned.steps else self.group(Group(epilogue))
        return items

    def replace(self, planned: PlannedStatement) -> None:
        """Carry out the schedule of a statement in the program, and of the epilogue that it has."""
        op, epilogue = planned.op, epilogue_of(planned)
        old = planned.start()
        start = _pending(old, planned) if old is not None else None
        items: list[Item] = []
        if epilogue is not None:
            _bring_together(op, epilogue.op)
            after, epilogue = epilogue.op, epilogue.on_new_views()
            items += epilogue.views
            items += self.group(Group(planned, start, epilogue))
            Rewriter.insert_op(settled(items), InsertPoint.before(op))
            erase_with_views(after)
        else:
            Rewriter.insert_op(settled(self.group(Group(planned, start))), InsertPoint.before(op))
        if old is not None and start is not None and start.is_taken:
            erase_with_views(old)
        erase_with_views(op)


def _pending(op: linalg.ops.FillOp | MoveOp, planned: PlannedStatement) -> PendingStart:
    """What an operation before a statement sets its output to."""
    source = Window.of(op.source) if isinstance(op, MoveOp) else op.inputs[0]
    return PendingStart(source, planned.views[-1])


def _bring_together(op: Operation, epilogue: Operation) -> None:
    """Move what stands between a statement and its epilogue before both; views are made anew."""
    while (between := op.next_op) is not None and between is not epilogue:
        if isinstance(between, ViewOp):
            op = between
        else:
            between.detach()
            Rewriter.insert_op(between, InsertPoint.before(op))
