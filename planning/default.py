"""The default plan: good without any search, made in milliseconds.

Among the mappings and register tiles it takes the one whose estimate is least, in a nest of panels; an operand that is
read only once or so is streamed instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp, TargetOp
from ..dialects.plan import MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.statement import Statement
from .panels import PanelNest
from .problem import Problem
from .register_tile import register_tiles
from .stream import Stream

MAPPINGS_TRIED = 24
"""How many of the ranked mappings are estimated."""


def default_schedule(
    statement: Statement, mappings: Sequence[MappingAttr], target: TargetOp, threads: int = 1
) -> ScheduleAttr:
    """The schedule with the least estimate over the mappings.

    Args:
        statement: The statement, on memrefs.
        mappings: Its candidate mappings, best first.
        target: The machine.
        threads: How many threads share the work.

    Raises:
        UserError: No mapping can be carried out yet.
    """
    found: list[tuple[float, ScheduleAttr]] = []
    for mapping in mappings[:MAPPINGS_TRIED]:
        instruction = target.lookup(mapping.instruction.nested_references.data[0].data)
        assert isinstance(instruction, InstructionOp | ScalarOp)
        problem = Problem(statement, mapping, instruction, target)
        if problem.is_scalar:
            found.append((_scalar_cycles(problem), scalar_schedule(problem, threads)))
        elif all(len(group) <= 1 for group in mapping.groups):
            found += _plan(problem, threads)
    if not found:
        raise UserError(f"no mapping of this statement can be carried out on @{target.symbol} yet")
    return min(found, key=lambda entry: entry[0])[1]


def _plan(problem: Problem, threads: int) -> list[tuple[float, ScheduleAttr]]:
    """The best schedule for one mapping and its estimate in cycles; none if no register tile fits."""
    nests = [PanelNest.of(problem, tile) for tile in register_tiles(problem)]
    if not nests:
        return []
    estimate, _, nest = min((nest.cycles(), i, nest) for i, nest in enumerate(nests))
    stream = Stream.of(problem)
    steps = stream.steps() if stream is not None else nest.steps()
    return [(estimate, ScheduleAttr.get(problem.mapping, _parallel(steps, problem, threads)))]


def _scalar_cycles(problem: Problem) -> float:
    """The cycles of evaluating a statement element by element: a sum waits for its last addition."""
    volume = prod(axis.extent for axis in problem.statement.axes)
    return volume * (problem.instruction.latency if problem.reductions else 1.0)


def scalar_schedule(problem: Problem, threads: int = 1) -> ScheduleAttr:
    """The schedule of a statement that is evaluated element by element.

    The axis along which most operands are contiguous runs innermost, the output counting twice.
    """
    statement = problem.statement
    names = [axis.name for axis in statement.axes if axis.extent > 1]

    def contiguous(name: str) -> int:
        axis = statement.axis_index(name)
        accesses = (*statement.inputs, statement.output, statement.output)
        return sum(
            _distance(access.column(axis), access.storage_strides()) == 1 for access in accesses
        )

    innermost = max(reversed(names), key=contiguous, default=None)
    ordered = [*problem.parallel, *problem.reductions]
    loops = [name for name in ordered if name in names and name != innermost]
    steps = [StepAttr.loop(name, 1) for name in (*loops, *([innermost] if innermost else []))]
    return ScheduleAttr.get(problem.mapping, _parallel(steps, problem, threads))


def _distance(column: Sequence[int], strides: Sequence[int | None]) -> int:
    return sum(c * (s or 1) for c, s in zip(column, strides, strict=True))


def _parallel(steps: list[StepAttr], problem: Problem, threads: int) -> list[StepAttr]:
    """Let the outermost loop run in parallel if there are threads, and if it is a loop over results."""
    if threads > 1 and steps and steps[0].is_loop and steps[0].subject.data in problem.parallel:
        first = steps[0]
        return [StepAttr.loop(first.subject.data, first.size.data, StepKind.PARALLEL), *steps[1:]]
    return steps
