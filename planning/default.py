"""The default plan: good without any search, made in milliseconds.

Among the mappings and register tiles it takes the one whose estimate is least, in a nest of panels;
an operand that is read only once or so is streamed instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf, prod
from typing import TypeAlias

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, ScalarOp, TargetOp
from ..dialects.plan import MappingAttr, ScheduleAttr, StepAttr, StepKind
from ..mapping.statement import Statement
from .fused import fused_problem
from .packing import least_packing_cycles
from .panels import PanelNest
from .problem import Problem
from .register_tile import register_tiles
from .scalar_nest import ScalarNest
from .scratchpad import ScratchpadPlan, ScratchpadSpace
from .stream import Stream
from .surroundings import ALONE, Surroundings
from .sweep import Sweep

CODE_SHARE = 1e-4
"""What an instruction counts that is written out once more because elements are absent, as a share
of the whole (measured on depthwise convolutions: tiles of a third of the code are up to four times
as fast, with a weight of 2e-4 and more they become too small).
"""

ABOUT_EQUAL = 1.005
"""Estimates that differ by less say nothing; where results do not stay near, how far apart they lie
says a lot (measured: a convolution of one channel is 1.4 times as fast in tiles along rows).
"""

MAPPINGS_TRIED = 24
"""How many of the ranked mappings are estimated, if some of these can be planned for."""


Way: TypeAlias = PanelNest | Stream | Sweep | ScratchpadPlan | ScalarNest
"""A way to carry a statement out with one mapping."""


@dataclass(frozen=True)
class Candidate:
    """A mapping that can be planned for.

    Attributes:
        index: Where it stands among the mappings.
        problem: What a planner looks at.
        mapping: The mapping as a schedule names it.
        extra: The cycles that its copies take, whatever the plan.
    """

    index: int
    problem: Problem
    mapping: MappingAttr
    extra: float

    @property
    def weighed(self) -> tuple[object, ...]:
        """Candidates for which this is equal cost the same, plan by plan."""
        return (self.problem.is_scalar, self.extra, *self.problem.weighed)

    def schedule(self, way: Way, threads: int = 1) -> ScheduleAttr:
        """The schedule that carries a way out; the outermost loop runs on several threads."""
        if isinstance(way, PanelNest) and threads > 1:
            way = way.for_threads(threads)
        extents = way.extents if isinstance(way, ScratchpadPlan) else way.problem.mapping.extents
        steps = way.steps()
        if not isinstance(way, ScratchpadPlan):
            steps = _parallel(steps, way.problem, threads)
        return ScheduleAttr.get(self.mapping.with_extents(extents), steps)


@dataclass(frozen=True)
class Planned:
    """A candidate, the way that is chosen for it, and the estimate in cycles."""

    candidate: Candidate
    way: Way
    cycles: float


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
    plan = default_way(statement, mappings, target, around)
    return plan.candidate.schedule(plan.way, threads)


def default_way(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    around: Surroundings = ALONE,
) -> Planned:
    """What `default_schedule` carries out; arguments and errors as there."""
    # What follows may take results that no move brings out; better is what does not need it.
    plan = best_way(statement, mappings, target, replace(around, taken=False))
    if plan is None and around.taken:
        plan = best_way(statement, mappings, target, around)
    if plan is None:
        raise _no_plan(statement, mappings, target, around)
    return plan


def _no_plan(
    statement: Statement, mappings: Sequence[MappingAttr], target: TargetOp, around: Surroundings
) -> UserError:
    """The error for a statement that can be mapped but not planned for."""
    from .obstacles import obstacles

    problems = (one.problem for one in _able(statement, mappings, target, around))
    told = obstacles(problems) or ["elements are absent along axes that would be one of rows"]
    message = f"no mapping of this statement can be carried out on @{target.symbol}"
    return UserError(message, hint="; ".join(told))


def best_way(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    around: Surroundings = ALONE,
    bound: float = inf,
) -> Planned | None:
    """The way with the least estimate over the mappings.

    Of equal estimates the first mapping's is taken. None if there is no estimate below `bound`.
    """
    best: Planned | None = None
    any_will_do = bound == inf
    seen: set[tuple[object, ...]] = set()
    for tried, candidate in enumerate(_able(statement, mappings, target, around)):
        if tried >= MAPPINGS_TRIED and not (any_will_do and best is None):
            break
        if candidate.weighed in seen:
            continue
        seen.add(candidate.weighed)
        found = _way(candidate.problem, bound - candidate.extra)
        if found is not None and found[0] + candidate.extra < bound:
            bound = found[0] + candidate.extra
            best = Planned(candidate, found[1], bound)
    return best


def candidates(
    statement: Statement,
    mappings: Sequence[MappingAttr],
    target: TargetOp,
    around: Surroundings = ALONE,
) -> Iterator[Candidate]:
    """The first of the ranked mappings that can be carried out, as planners look at them."""
    return islice(_able(statement, mappings, target, around), MAPPINGS_TRIED)


def _able(
    statement: Statement, mappings: Sequence[MappingAttr], target: TargetOp, around: Surroundings
) -> Iterator[Candidate]:
    """The mappings that can be carried out."""
    for index, mapping in enumerate(mappings):
        if _crosses_borders(mapping, target, around):
            continue
        instruction = target.lookup(mapping.instruction.nested_references.data[0].data)
        assert isinstance(instruction, InstructionOp | ScalarOp)
        if isinstance(instruction, InstructionOp) and any(len(g) > 1 for g in mapping.groups):
            fused = fused_problem(statement, mapping, instruction, target, around)
            if fused is not None:
                yield Candidate(index, *fused)
        else:
            problem = Problem(statement, mapping, instruction, target, around)
            yield Candidate(index, problem, mapping, 0.0)


def _crosses_borders(mapping: MappingAttr, target: TargetOp, around: Surroundings) -> bool:
    """Whether elements are absent along axes that together make one of rows, which are moved whole."""
    if not target.has_rows:
        return False
    joined = {axis for group in mapping.groups if len(group) > 1 for axis in group}
    return any(joined & guard.factors.keys() for guard in around.guards)


def _way(problem: Problem, bound: float) -> tuple[float, Way] | None:
    """The best way for one mapping after its estimate in cycles; None if that exceeds `bound`."""
    if problem.is_scalar:
        nest = ScalarNest.of(problem)
        return nest.cycles(), nest
    if not problem.writes_apart or _least_cycles(problem) >= bound:
        return None
    if problem.is_in_rows:
        space = ScratchpadSpace.of(problem)
        return space.best(bound) if space is not None else None
    sweep = Sweep.of(problem)
    if sweep is not None:
        return sweep.cycles(), sweep
    found = _best_nest(problem, bound)
    if found is None:
        return None
    return found[0], Stream.of(problem) or found[1]


def _least_cycles(problem: Problem) -> float:
    """What no schedule on one mapping falls short of: the cycles of the instruction's unit."""
    return prod(problem.extents.values()) / problem.call_rate


def nest_cycles(nest: PanelNest) -> float:
    """The estimate of a nest, with what its code costs."""
    return nest.cycles() * (1 + CODE_SHARE * nest.added_code())


def _best_nest(problem: Problem, bound: float) -> tuple[float, PanelNest] | None:
    """The nest of the register tile with the least estimate; of equals the closest, then the first.

    Where results do not stay near, about equal ones count as equal. The tiles are tried in the
    order of what they take at least, until the others cannot be better.
    """
    packing = least_packing_cycles(problem)
    if _least_cycles(problem) + packing >= bound:
        return None
    tiles = [(tile.cycles() + packing, i, tile) for i, tile in enumerate(register_tiles(problem))]
    is_far = problem.footprint(problem.output, {}) > problem.cache_bytes(1) // 2
    equal = ABOUT_EQUAL if is_far else 1.0
    found: list[tuple[float, int, PanelNest]] = []
    least_found = inf
    for least, i, tile in sorted(tiles, key=lambda entry: entry[:2]):
        if least >= bound or least > least_found * equal:
            break
        nest = PanelNest.of(problem, tile)
        found.append((nest_cycles(nest), i, nest))
        least_found = min(least_found, found[-1][0])
    closest = [
        (nest.spread(), estimate, i, nest)
        for estimate, i, nest in found
        if estimate <= least_found * equal
    ]
    if not closest:
        return None
    _, estimate, _, nest = min(closest, key=lambda entry: entry[:3])
    return estimate, nest


def _parallel(steps: list[StepAttr], problem: Problem, threads: int) -> list[StepAttr]:
    """Let the outermost loop, if it is one over results, run on all threads."""
    first = steps[0] if threads > 1 and steps and problem.writes_apart else None
    if first is not None and first.is_loop and first.subject.data in problem.parallel:
        return [StepAttr.loop(first.subject.data, first.size.data, StepKind.PARALLEL), *steps[1:]]
    return steps
