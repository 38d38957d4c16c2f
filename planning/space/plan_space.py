"""The space of all plans for one statement on one machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from ...dialects.isa import TargetOp
from ...dialects.plan import MappingAttr, ScheduleAttr
from ...mapping.statement import Statement
from ..default import Candidate, Way, candidates, default_way
from ..estimate import Estimate, estimate
from ..surroundings import ALONE, Surroundings
from .boxes import BoxWays
from .panels import PanelWays
from .rows import ScalarWays, StreamWays, SweepWays
from .walk import Choice, Point, Refusal, Space, Value
from .ways import NO_LOOP, Ways, in_parallel

_Candidates: TypeAlias = Mapping[int, tuple[Candidate, Mapping[str, Ways]]]


class PlanSpace(Space):
    """Every plan for a statement: the mapping, the way of planning, and what that leaves open.

    Args:
        statement: The statement, on memrefs.
        mappings: Its candidate mappings, best first.
        target: The machine.
        threads: How many threads share the work.
        around: What surrounds the statement.

    Raises:
        UserError: No mapping can be carried out.
    """

    def __init__(
        self,
        statement: Statement,
        mappings: Sequence[MappingAttr],
        target: TargetOp,
        threads: int = 1,
        around: Surroundings = ALONE,
    ) -> None:
        self.statement, self.mappings, self.target = statement, mappings, target
        self.threads = threads
        self._default = default_way(statement, mappings, target, around)
        taken = self._default.candidate.problem.around.taken
        self.around = replace(around, taken=taken)
        self._planned, refused = self._plannable()
        self._mapping = Choice("mapping", tuple(self._planned), tuple(refused))

    def _plannable(self) -> tuple[_Candidates, list[Refusal]]:
        """The mappings that are planned for by their place, with the ways to do it; what is left out."""
        refused: list[Refusal] = []
        found: dict[int, tuple[Candidate, Mapping[str, Ways]]] = {}
        seen: set[tuple[object, ...]] = set()
        default = self._default.candidate.index
        tried = [*candidates(self.statement, self.mappings, self.target, self.around)]
        if all(one.index != default for one in tried):
            tried.append(self._default.candidate)
        for one in tried:
            name = str(one.mapping.instruction)
            if one.weighed in seen and one.index != default:
                refused.append(Refusal("a mapping costs the same as one before it", name))
                continue
            seen.add(one.weighed)
            ways = {ways.name: ways for ways in _ways(one, self.threads) if not ways.is_empty}
            if ways:
                found[one.index] = one, ways
            else:
                refused.append(Refusal("a mapping cannot be carried out yet", name))
        left = len(self.mappings) - len(found) - len(refused)
        if left:
            refused.append(Refusal("a mapping is ranked too low", "the last", left))
        return found, refused

    @property
    def default(self) -> Point:
        """The default plan."""
        return self._default_point

    @cached_property
    def _default_point(self) -> Point:
        planned, way = self._default, self._default.way
        for name, ways in self._planned[planned.candidate.index][1].items():
            if isinstance(way, ways.kind):
                chosen = {"mapping": planned.candidate.index, "way": name, **ways.choices(way)}
                return Point.of(chosen)
        raise AssertionError("the default plan is of a way that the space knows")

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The mapping, the way of planning, then what that leaves open."""
        if "mapping" not in chosen:
            return self._mapping
        ways = self._planned[int(chosen["mapping"])][1]
        if "way" not in chosen:
            return Choice("way", tuple(ways))
        return ways[str(chosen["way"])].next(chosen)

    def way(self, point: Mapping[str, Value]) -> tuple[Candidate, Way]:
        """The candidate mapping and the way that a point stands for."""
        candidate, ways = self._planned[int(point["mapping"])]
        return candidate, ways[str(point["way"])].way(point)

    def schedule(self, point: Mapping[str, Value]) -> ScheduleAttr:
        """The plan that a point stands for."""
        candidate, way = self.way(point)
        steps = in_parallel(way.steps(), self._parallel(point))
        return ScheduleAttr.get(candidate.schedule(way).mapping, steps)

    def estimate(self, point: Mapping[str, Value]) -> Estimate:
        """What the planner's cost model says of a point."""
        candidate, way = self.way(point)
        found = estimate(way)
        cycles = (found.cycles + candidate.extra) / self._at_once(candidate, way, point)
        return replace(found, cycles=cycles)

    def _parallel(self, point: Mapping[str, Value]) -> str:
        """The loop that runs on several threads."""
        return str(point.get("parallel", NO_LOOP))

    def _at_once(self, candidate: Candidate, way: Way, point: Mapping[str, Value]) -> float:
        """How many threads are busy on average."""
        axis, problem = self._parallel(point), candidate.problem
        for step in way.steps():
            if step.is_loop and step.subject.data == axis:
                trips = -(-problem.extents[axis] * problem.units[axis] // step.size.data)
                return trips / -(-trips // self.threads)
        return 1.0


def _ways(candidate: Candidate, threads: int) -> list[Ways]:
    """The ways to plan for a mapping; some may be empty."""
    problem = candidate.problem
    if problem.is_scalar:
        return [ScalarWays(problem, threads)]
    if not problem.writes_apart:
        return []
    if problem.is_in_rows:
        return [BoxWays(problem, threads)]
    sweeps = SweepWays(problem, threads)
    if not sweeps.is_empty:
        return [sweeps]
    return [PanelWays(problem, threads), StreamWays(problem, threads)]
