"""Tuning: strategies ask, workers run, records keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from pathlib import Path
from time import monotonic, time

from ..planning.records import OK, Record, append, best_records, cpu_name, of_machine, read
from ..planning.space.walk import Point
from .cost.learned import Learned
from .cost.model import Cost, CostModel, Status
from .features import features_of
from .strategies.checked import Checked
from .strategies.strategy import StrategyFactory
from .workers import Workers
from .workload import Proposal, Tunable, Workload, prepared

FINAL = 3
"""How many of the best plans are tried once more: at the end, where costs are measured, and at the
beginning those that another compiler recorded.
"""

CONFIRMATIONS = 3
"""How often the best at the end are tried once more, while others become the best by that."""

REFIT = 8
"""After how many new records a learned guide is fitted again."""


IDLE = 20
"""How often in a row a strategy may ask only for what it knows, before that is the end."""


@dataclass(frozen=True)
class Budget:
    """How much is tried: plans per statement, and seconds in all."""

    trials: int = 100
    seconds: float = inf


@dataclass
class Search:
    """The search for the plan of one statement, as it stands: what has been tried is kept in order."""

    workload: Workload
    tunable: Tunable
    trials: int
    costs: dict[Point, Cost] = field(default_factory=dict[Point, Cost])
    ran: int = 0
    """How many plans were run; others were known from the records."""

    @property
    def name(self) -> str:
        """The kernel, and which of its statements."""
        return f"{self.workload.name}[{self.tunable.index}]"

    @property
    def best(self) -> tuple[Point, Cost] | None:
        """The best plan that is right, and its cost."""
        found = [(point, cost) for point, cost in self.costs.items() if isfinite(cost.rank)]
        return min(found, key=lambda one: one[1].order, default=None)

    @property
    def failures(self) -> dict[str, int]:
        """How many plans failed, by what became of them."""
        found: dict[str, int] = {}
        for cost in self.costs.values():
            if cost.status != Status.OK:
                found[cost.status.value] = found.get(cost.status.value, 0) + 1
        return found


class Guide:
    """The cheap estimate that strategies may ask for: by counting, or learned from the records.

    Args:
        tunable: The statement.
        records: Takes the records so far, in order; None: by counting.
    """

    def __init__(self, tunable: Tunable, records: Callable[[], list[Record]] | None) -> None:
        self._space, self._key, self._records = tunable.space, tunable.key, records
        self._model: Learned | None = None
        self._fitted = 0
        self._known: dict[Point, float] = {}

    def __call__(self, point: Point) -> float:
        """The estimate for a point."""
        if self._records is not None:
            self._refit(of_machine(self._records(), self._key))
        if point not in self._known:
            if self._model is not None:
                self._known[point] = self._model.ratio(self._space, point)
            else:
                self._known[point] = self._space.estimate(point).cycles
        return self._known[point]

    def _refit(self, records: list[Record]) -> None:
        if len(records) >= self._fitted + REFIT:
            self._fitted = len(records)
            self._model = Learned.fit(records)
            self._known.clear()


@dataclass
class Tuner:
    """Searches for the plans of workloads, statement after statement.

    Attributes:
        strategy: Makes who asks. strategy_name: How records call it.
        model: What says what plans cost. workers: Who asks the model.
        file: The records; None: nothing is kept.
        budget: How much is tried. seed: The seed of strategies.
        at_once: How many plans are asked for at a time.
        learns: Whether strategies are guided by a model that is learned from the records.
        watch: Is called after every trial.
    """

    strategy: StrategyFactory
    strategy_name: str
    model: CostModel
    workers: Workers
    file: Path | None = None
    budget: Budget = Budget()
    seed: int = 0
    at_once: int = 1
    learns: bool = False
    watch: Callable[[Search], None] = lambda search: None

    def __post_init__(self) -> None:
        self._records = list(read(self.file)) if self.file is not None else []
        self._begin = monotonic()
        self.searches: list[Search] = []
        """What has been searched for so far, also after an interrupt."""

    @property
    def records(self) -> list[Record]:
        """The records that were there and those that were made, oldest first."""
        return self._records

    def tune(self, workloads: Sequence[Workload]) -> list[Search]:
        """Search for the plans of all statements of all workloads.

        An interrupt ends the search; what has been tried is in the records and in `searches`.

        Raises:
            UserError: A kernel cannot be compiled for its machine, or the strategy fails.
            OSError: The records cannot be written.
        """
        if self.file is not None:
            append(self.file, [])  # now rather than after the first trial
        left = [(one, len(prepared(one).statements)) for one in workloads]
        count = sum(number for _, number in left)
        for workload, _ in left:
            plans: dict[int, str] = {}
            statements = prepared(workload).statements.values()
            for tunable in sorted(statements, key=lambda one: -one.cycles):
                share = (self.budget.seconds - self._spent()) / max(1, count)
                search = self._tune(workload, tunable, tuple(plans.items()), share)
                count -= 1
                if search.best is not None:
                    plans[tunable.index] = str_of(tunable, search.best[0])
        return self.searches

    def _spent(self) -> float:
        return monotonic() - self._begin

    def _tune(
        self,
        workload: Workload,
        tunable: Tunable,
        others: tuple[tuple[int, str], ...],
        seconds: float,
    ) -> Search:
        """Search for the plan of one statement beside others."""
        search = Search(workload, tunable, self.budget.trials)
        self.searches.append(search)
        end = self._spent() + seconds
        known = self._known(search)
        guide = Guide(tunable, (lambda: self._records) if self.learns else None)
        name, space = self.strategy_name, tunable.space
        strategy = Checked(self.strategy, name, space, self.seed, guide)
        first = [tunable.space.default, *self._earlier(search)][: search.trials]
        self._trials(search, list(dict.fromkeys(first)), others, known, strategy)
        for record in self._foreign(search):
            strategy.tell(Point.of(record.point), known[Point.of(record.point)].rank)
        idle = 0
        while len(search.costs) < search.trials and self._spent() < end:
            points = strategy.ask(min(self.at_once, search.trials - len(search.costs)))
            if not points:
                break
            new = [point for point in points if point not in search.costs]
            idle = 0 if new else idle + 1
            if idle > IDLE:
                break
            self._trials(search, new, others, known, strategy)
        if self.model.name == "measured":
            self._confirm(search, others)
        return search

    def _known(self, search: Search) -> dict[Point, Cost]:
        """The costs of the points that are in the records, the last of each."""
        return {Point.of(one.point): cost_of(one) for one in self._recorded(search)}

    def _recorded(self, search: Search) -> Iterable[Record]:
        """The records of a statement in this kernel, by this model and compiler, and where it is measured, here."""
        return [
            one
            for one in self._records
            if one.key == search.tunable.key
            and one.kernel == search.workload.digest
            and one.model == self.model.name
            and one.is_exact
            and (one.model != "measured" or one.cpu == cpu_name())
        ]

    def _earlier(self, search: Search) -> list[Point]:
        """The best plans that another compiler recorded, or for another kernel with the same statement.

        Their costs have to be found out anew.
        """
        space, kernel = search.tunable.space, search.workload.digest
        others = [one for one in self._records if not one.is_exact or one.kernel != kernel]
        same = [one for one in others if one.model == self.model.name]
        points = [Point.of(one.point) for one in best_records(same, search.tunable.key)]
        return [point for point in points if space.contains(point)][:FINAL]

    def _foreign(self, search: Search) -> Iterable[Record]:
        """The records that other searches made: what this one asks for again it is told then."""
        own, space = (self.strategy_name, self.seed), search.tunable.space
        return [
            one
            for one in self._recorded(search)
            if (one.strategy, one.seed) != own and space.contains(Point.of(one.point))
        ]

    def _trials(
        self,
        search: Search,
        points: Sequence[Point],
        others: tuple[tuple[int, str], ...],
        known: dict[Point, Cost],
        strategy: Checked,
    ) -> None:
        """Try points, unless the records know them; tell the strategy in the order of asking."""
        costs = {point: known[point] for point in points if point in known}
        index = search.tunable.index
        new = [
            Proposal(search.workload, index, point, others)
            for point in points
            if point not in known
        ]
        for proposal, cost in self.workers.run(new):
            self._keep(search, proposal.point, cost)
            costs[proposal.point] = cost
            search.ran += 1
            search.costs[proposal.point] = cost
            self.watch(search)
        for point in points:
            search.costs[point] = costs[point]
            strategy.tell(point, costs[point].rank)

    def _confirm(self, search: Search, others: tuple[tuple[int, str], ...]) -> None:
        """Try the best once more, until the best has been: one of many is best by chance."""
        index = search.tunable.index
        times = Counter(Point.of(one.point) for one in self._recorded(search))
        confirmed = {point for point, count in times.items() if count > 1}
        confirmed.add(search.tunable.space.default)
        for _ in range(CONFIRMATIONS):
            if search.best is None or search.best[0] in confirmed:
                break
            ranked = sorted(search.costs, key=lambda point: search.costs[point].order)
            again = [p for p in ranked[:FINAL] if p not in confirmed and search.costs[p].is_right]
            confirmed.update(again)
            proposals = [Proposal(search.workload, index, point, others) for point in again]
            for proposal, cost in self.workers.run(proposals):
                self._keep(search, proposal.point, cost)
                search.costs[proposal.point] = cost
                self.watch(search)

    def _keep(self, search: Search, point: Point, cost: Cost) -> None:
        """Write a record."""
        space = search.tunable.space
        record = Record(
            key=search.tunable.key,
            point=dict(point),
            schedule=str_of(search.tunable, point),
            model=self.model.name,
            status=cost.status.value,
            reason=cost.reason,
            cost=cost.value if isfinite(cost.value) else None,
            unit=cost.unit,
            ratio=cost.ratio,
            bytes=cost.bytes,
            features=features_of(space, point),
            kernel=search.workload.digest,
            strategy=self.strategy_name,
            seed=self.seed,
            compiler=cost.compiler,
            cpu=cost.cpu or cpu_name(),
            time=round(time(), 3),
        )
        self._records.append(record)
        if self.file is not None:
            append(self.file, [record])


def str_of(tunable: Tunable, point: Point) -> str:
    """The plan of a point as text."""
    return str(tunable.space.schedule(point))


def cost_of(record: Record) -> Cost:
    """The cost that a record keeps."""
    value = record.cost if record.cost is not None and record.status == OK else inf
    unit = "seconds" if record.unit == "seconds" else "cycles"
    status = Status(record.status) if record.status in [*Status] else Status.FAILED
    return Cost(value, unit, record.reason, status, record.ratio, record.bytes)
