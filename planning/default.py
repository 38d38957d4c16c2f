"""The default plan: good without any search, made in milliseconds.

Among the mappings and register tiles it takes the one whose estimate is least, in a nest of panels;
an operand that is read only once or so is streamed instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, prod

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp, TargetOp
from ..dialects.plan import MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.scalar import scalar_cycles
from ..mapping.statement import Statement
from .fused import fused_problem
from .panels import PanelNest, least_packing_cycles
from .problem import Problem
from .register_tile import register_tiles
from .scratchpad import ScratchpadSpace
from .stream import Stream
from .surroundings import ALONE, Surroundings
from .sweep import Sweep

CODE_SHARE = 1e-4
"""What an instruction counts that is written out once more because elements are absent, as a share
of the whole (measured on depthwise convolutions: tiles of a third of the code are up to four times
as fast, with a weight of 2e-4 and more they become too small).
"""

MAPPINGS_TRIED = 24
"""How many of the ranked mappings are estimated."""


def default_schedule(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    threads: int = 1,
    around: Surroundings = ALONE,
) -> ScheduleAttr:
    """The schedule with the least estimate over the mappings.

    Args:
        statement: The statement, on memrefs.
        mappings: Its candidate mappings, best first.
        target: The machine.
        threads: How many threads share the work.
        around: What surrounds the statement.

    Raises:
        UserError: No mapping can be carried out yet.
    """
    # What follows may take results that no move brings out; better is what does not need it.
    alone = replace(around, taken=False)
    plan = best_plan(statement, mappings, target, threads, alone)
    if plan is None and around.taken:
        plan = best_plan(statement, mappings, target, threads, around)
    if plan is None:
        raise UserError(f"no mapping of this statement can be carried out on @{target.symbol} yet")
    return plan[1]


def best_plan(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    threads: int = 1,
    around: Surroundings = ALONE,
    bound: float = inf,
) -> tuple[float, ScheduleAttr] | None:
    """The schedule with the least estimate over the mappings, after the estimate in cycles.

    Of equal estimates the first mapping's is taken. None if there is no estimate below `bound`.
    """
    best: tuple[float, ScheduleAttr] | None = None
    seen: set[tuple[object, ...]] = set()
    able = [mapping for mapping in mappings if not _crosses_borders(mapping, target, around)]
    for mapping in able[:MAPPINGS_TRIED]:
        instruction = target.lookup(mapping.instruction.nested_references.data[0].data)
        assert isinstance(instruction, InstructionOp | ScalarOp)
        extra, named = 0.0, mapping
        problem = Problem(statement, mapping, instruction, target, around)
        if isinstance(instruction, InstructionOp) and any(len(g) > 1 for g in mapping.groups):
            problem, named, extra = fused_problem(statement, mapping, instruction, target, around)
        if (key := (problem.is_scalar, extra, *problem.weighed)) in seen:
            continue
        seen.add(key)
        found = _plan(problem, threads, bound - extra)
        if found is not None and found[0] + extra < bound:
            bound = found[0] + extra
            extents = found[1].mapping.extents
            best = bound, ScheduleAttr(named.with_extents(extents), found[1].steps)
    return best


def _crosses_borders(mapping: MappingAttr, target: TargetOp, around: Surroundings) -> bool:
    """Whether elements are absent along axes that together make one of rows, which are moved whole."""
    if not target.has_rows:
        return False
    joined = {axis for group in mapping.groups if len(group) > 1 for axis in group}
    return any(joined & guard.factors.keys() for guard in around.guards)


def _plan(problem: Problem, threads: int, bound: float) -> tuple[float, ScheduleAttr] | None:
    """The best schedule for one mapping with its estimate in cycles; None if that exceeds `bound`."""
    if problem.is_scalar:
        cycles = scalar_cycles(problem.statement, problem.instruction.latency)
        return cycles, scalar_schedule(problem, threads)
    if not problem.writes_apart or _least_cycles(problem) >= bound:
        return None
    if problem.is_in_rows:
        space = ScratchpadSpace.of(problem)
        best = space.best(bound) if space is not None else None
        return (best[0], best[1].schedule()) if best is not None else None
    sweep = Sweep.of(problem)
    if sweep is not None:
        steps = _parallel(sweep.steps(), problem, threads)
        return sweep.cycles(), ScheduleAttr.get(problem.mapping, steps)
    found = _best_nest(problem, bound)
    if found is None:
        return None
    estimate, nest = found
    stream = Stream.of(problem)
    steps = stream.steps() if stream is not None else nest.steps()
    return estimate, ScheduleAttr.get(problem.mapping, _parallel(steps, problem, threads))


def _least_cycles(problem: Problem) -> float:
    """What no schedule on one mapping falls short of: the cycles of the instruction's unit."""
    return prod(problem.extents.values()) / problem.call_rate


def _best_nest(problem: Problem, bound: float) -> tuple[float, PanelNest] | None:
    """The nest of the register tile with the least estimate; of equals the closest, then the first.

    The tiles are tried in the order of what they take at least, until the others cannot be better.
    """
    packing = least_packing_cycles(problem)
    if _least_cycles(problem) + packing >= bound:
        return None
    tiles = [(tile.cycles() + packing, i, tile) for i, tile in enumerate(register_tiles(problem))]
    best: tuple[float, int, int, PanelNest] | None = None
    for least, i, tile in sorted(tiles, key=lambda entry: entry[:2]):
        if least >= bound or (best is not None and least > best[0]):
            break
        nest = PanelNest.of(problem, tile)
        estimate = nest.cycles() * (1 + CODE_SHARE * nest.added_code())
        if best is None or (estimate, nest.spread(), i) < best[:3]:
            best = estimate, nest.spread(), i, nest
    return (best[0], best[3]) if best is not None else None


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
