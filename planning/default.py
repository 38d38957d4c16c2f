"""The default plan: good without any search, made in milliseconds.

Among the mappings and register tiles it takes the one whose estimate is least, in a nest of panels;
an operand that is read only once or so is streamed instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp, TargetOp
from ..dialects.plan import MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.scalar import scalar_cycles
from ..mapping.statement import Statement
from .fused import fused_problem
from .panels import PanelNest
from .problem import Problem
from .register_tile import register_tiles
from .stream import Stream
from .sweep import Sweep

MAPPINGS_TRIED = 24
"""How many of the ranked mappings are estimated."""


def default_schedule(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    threads: int = 1,
    repeats: tuple[int, ...] = (),
) -> ScheduleAttr:
    """The schedule with the least estimate over the mappings.

    Args:
        statement: The statement, on memrefs.
        mappings: Its candidate mappings, best first.
        target: The machine.
        threads: How many threads share the work.
        repeats: Per input, how often the statement is executed while the input stays the same.

    Raises:
        UserError: No mapping can be carried out yet.
    """
    plan = best_plan(statement, mappings, target, threads, repeats)
    if plan is None:
        raise UserError(f"no mapping of this statement can be carried out on @{target.symbol} yet")
    return plan[1]


def best_plan(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    threads: int = 1,
    repeats: tuple[int, ...] = (),
) -> tuple[float, ScheduleAttr] | None:
    """The schedule with the least estimate over the mappings, after the estimate in cycles."""
    found: list[tuple[float, ScheduleAttr]] = []
    for mapping in mappings[:MAPPINGS_TRIED]:
        instruction = target.lookup(mapping.instruction.nested_references.data[0].data)
        assert isinstance(instruction, InstructionOp | ScalarOp)
        problem = Problem(statement, mapping, instruction, target, repeats)
        if problem.is_scalar:
            cycles = scalar_cycles(statement, instruction.latency)
            found.append((cycles, scalar_schedule(problem, threads)))
            continue
        assert isinstance(instruction, InstructionOp)
        extra = 0.0
        if any(len(group) > 1 for group in mapping.groups):
            parts = (statement, mapping, instruction, target, repeats)
            problem, mapping, extra = fused_problem(*parts)
        if problem.writes_apart:
            plans = _plan(problem, threads)
            found += [(cost + extra, ScheduleAttr(mapping, plan.steps)) for cost, plan in plans]
    return min(found, key=lambda entry: entry[0], default=None)


def _plan(problem: Problem, threads: int) -> list[tuple[float, ScheduleAttr]]:
    """The best schedule for one mapping with its estimate in cycles, if any tile fits."""
    sweep = Sweep.of(problem)
    if sweep is not None:
        steps = _parallel(sweep.steps(), problem, threads)
        return [(sweep.cycles(), ScheduleAttr.get(problem.mapping, steps))]
    nests = [PanelNest.of(problem, tile) for tile in register_tiles(problem)]
    if not nests:
        return []
    estimate, _, nest = min((nest.cycles(), i, nest) for i, nest in enumerate(nests))
    stream = Stream.of(problem)
    steps = stream.steps() if stream is not None else nest.steps()
    return [(estimate, ScheduleAttr.get(problem.mapping, _parallel(steps, problem, threads)))]


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
    """Let the outermost loop, if it is one over results, run on all threads."""
    first = steps[0] if threads > 1 and steps and problem.writes_apart else None
    if first is not None and first.is_loop and first.subject.data in problem.parallel:
        return [StepAttr.loop(first.subject.data, first.size.data, StepKind.PARALLEL), *steps[1:]]
    return steps
