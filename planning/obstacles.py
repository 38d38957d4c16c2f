"""Why a mapping cannot be carried out, in words for those who wrote the kernel or the machine."""

from __future__ import annotations

from collections.abc import Iterable

from ..dialects.isa import InstructionOp
from ..dialects.plan import OUTPUT
from ..mapping.moves import movers
from .problem import Operand, Problem
from .scratchpad import ScratchpadSpace, begins_with_rows, fills_lanes
from .scratchpad_operand import must_be_computed, row_operand

MOST = 3
"""How many different obstacles are told."""


def obstacles(problems: Iterable[Problem]) -> list[str]:
    """The first different obstacles, each with the mapping that it is first met with."""
    found: dict[str, str] = {}
    for problem in problems:
        reason = obstacle(problem)
        if reason not in found:
            groups = ", ".join(" x ".join(group) or "nothing" for group in problem.mapping.groups)
            found[reason] = f"{problem.mapping.instruction} along {groups}: {reason}"
        if len(found) == MOST:
            break
    return list(found.values())


def obstacle(problem: Problem) -> str:
    """The first reason why no plan carries a mapping out."""
    if not problem.writes_apart:
        return "several iterations would write one element"
    if not problem.is_in_rows:
        return "there is no plan for it"
    if not fills_lanes(problem):
        return _too_wide(problem)
    for operand in (*problem.inputs, problem.output):
        if must_be_computed(problem, operand):
            return f"it takes {operand.access.name} only where that was computed, not moved"
        row = None if operand.in_place else row_operand(problem, operand)
        if not operand.in_place and row is None:
            return _no_move(problem, operand)
        if row is not None and not begins_with_rows(problem, row):
            return f"elements of {operand.access.name} are absent at the beginning of rows"
    space = ScratchpadSpace.of(problem)
    assert space is not None
    return "not even the smallest box fits the memories"


def _too_wide(problem: Problem) -> str:
    """What to say of an instruction that always does so much of its axes."""
    assert isinstance(problem.instruction, InstructionOp)
    assert problem.needle is not None
    extents, found = problem.statement.extents, list[str]()
    axes = zip(problem.instruction.axes, problem.needle.axes, problem.mapping.groups, strict=True)
    for lane, (name, axis, group) in enumerate(axes):
        there = extents[group[-1]] if group else 1
        if lane not in problem.needle.sized_axes and there % axis.extent:
            found.append(f"{axis.extent} along its axis {name}, where there are {there}")
    return f"it always does {' and '.join(found)}"


def _no_move(problem: Problem, operand: Operand) -> str:
    """What to say of an operand that no instruction moves."""
    host = problem.host.symbol if problem.host is not None else ""
    near, element = operand.memory or host, operand.access.element
    ends = (near, host) if operand.name == OUTPUT else (host, near)
    way = f"{element} from @{ends[0]} to @{ends[1]}"
    if (*ends, element) not in movers(problem.target):
        return f"there is no move of {way}"
    return f"no move of {way} takes {operand.access.name} as it lies there"
