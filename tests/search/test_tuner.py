"""Tuning: the optimum of a small space, records that are enough to go on from, failures never chosen."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest

import isa_mapper
from isa_mapper.dialects.errors import UserError
from isa_mapper.planning.records import OK, Record, append, best_records, read
from isa_mapper.planning.space.walk import Point
from isa_mapper.runtime.module import prepare
from isa_mapper.runtime.pipeline import lower, parse
from isa_mapper.search.cost.measured import Measured
from isa_mapper.search.cost.model import Cost, CostModel, Status
from isa_mapper.search.cost.simulated import Simulated
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Tuner
from isa_mapper.search.workers import Workers
from isa_mapper.search.workload import Proposal, Workload, prepared

from .conftest import Counted, product


def tuner(
    file: Path | None,
    model: CostModel,
    strategy: str = "random",
    trials: int = 20,
    seed: int = 0,
    workers: Workers | None = None,
    at_once: int = 1,
) -> Tuner:
    make, budget = find_strategy(strategy), Budget(trials)
    return Tuner(make, strategy, model, workers or Workers(model), file, budget, seed, at_once)


def test_exhaustive_search_finds_the_optimum(tmp_path: Path) -> None:
    """Of all plans of a product on a small machine with engines, each simulated."""
    workload, file = product(1, 4, 3), tmp_path / "plans.jsonl"
    (tunable,) = prepared(workload).statements.values()
    points = list(tunable.space.points())
    assert 50 < len(points) < 150
    (search,) = tuner(file, Simulated(), "exhaustive", trials=1000).tune([workload])
    assert set(search.costs) == set(points)
    assert search.failures == {}
    cycles = {
        point: Simulated().estimate(Proposal(workload, 0, point)).value for point in points[::9]
    }
    assert all(search.costs[point].value == value for point, value in cycles.items())
    assert search.best is not None
    least = min(cost.value for cost in search.costs.values())
    assert search.best[1].value == least
    (best, *_) = best_records(read(file), tunable.key)
    assert best.cost == least
    assert best.unit == "cycles"


def test_what_failed_is_recorded_and_not_chosen(tmp_path: Path) -> None:
    workload, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    (search,) = tuner(file, Counted(bad=7), trials=40).tune([workload])
    assert len(search.failures) >= 3
    assert sum(search.failures.values()) >= 15
    assert search.best is not None
    assert search.best[1].status == Status.OK
    records = list(read(file))
    assert len(records) == 40
    assert {one.status for one in records} >= {OK, *search.failures}
    assert all(one.reason.startswith("as lot") for one in records if one.status != OK)
    key = prepared(workload).statements[0].key
    best = best_records(records, key)[0]
    assert best.is_valid
    assert best.ratio == min(one.ratio for one in records if one.ratio is not None)


class Watched:
    """A model that remembers what it was asked, and can be interrupted."""

    name: ClassVar[str] = "simulated"

    def __init__(self, after: int | None = None) -> None:
        self.asked: list[Point] = []
        self._after = after

    def estimate(self, proposal: Proposal) -> Cost:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        self.asked.append(proposal.point)
        return Counted(bad=3).estimate(proposal)


@pytest.mark.parametrize("strategy", ["random", "evolutionary", "guided"])
def test_an_interrupted_search_goes_on(tmp_path: Path, strategy: str) -> None:
    workload, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    whole = Watched()
    tuner(None, whole, strategy, trials=30).tune([workload])
    first, second, third = Watched(after=13), Watched(), Watched()
    interrupted = tuner(file, first, strategy, trials=30)
    with pytest.raises(KeyboardInterrupt):
        interrupted.tune([workload])
    assert len(interrupted.searches[0].costs) == len(list(read(file))) == 13
    tuner(file, second, strategy, trials=30).tune([workload])
    assert first.asked + second.asked == whole.asked  # as if nothing had happened
    tuner(file, third, strategy, trials=30).tune([workload])
    assert third.asked == []
    assert len(list(read(file))) == 30


def test_what_others_tried_is_not_run_again(tmp_path: Path) -> None:
    workload, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    first, second = Watched(), Watched()
    tuner(file, first, "random", trials=20).tune([workload])
    tuner(file, second, "evolutionary", trials=20).tune([workload])
    assert second.asked
    assert not {*first.asked} & {*second.asked}


def test_the_same_seed_tries_the_same() -> None:
    workload = product(16, 16, 16)
    models = [Watched() for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        tuner(None, model, "evolutionary", seed=seed).tune([workload])
    assert models[0].asked == models[1].asked != models[2].asked


def test_time_is_shared_by_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock takes a hundredth of a second."""
    monkeypatch.setattr("isa_mapper.search.tuner.monotonic", count(0, 0.01).__next__)
    workloads = [product(16, 16, 16), product(16, 16, 24)]
    model = Counted()
    search = Tuner(
        find_strategy("random"), "random", model, Workers(model), budget=Budget(10**6, 1.0)
    )
    found = search.tune(workloads)
    counts = [len(one.costs) for one in found]
    assert 20 < min(counts) <= max(counts) < 60


TWO = """
func.func @two(%a: tensor<16x8xi8>, %b: tensor<8x12xi8>, %d: tensor<16x24xi8>, %e: tensor<24x12xi8>)
    -> (tensor<16x12xi32>, tensor<16x12xi32>) {
  %c = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<16x8xi8>, tensor<8x12xi8>) -> tensor<16x12xi32>
  %f = kernel.contract "mk,kn->mn"(%d, %e) : (tensor<16x24xi8>, tensor<24x12xi8>) -> tensor<16x12xi32>
  func.return %c, %f : tensor<16x12xi32>, tensor<16x12xi32>
}"""


def test_statements_are_tuned_one_after_the_other(tmp_path: Path) -> None:
    """The greatest first, the other beside its best; both plans are found again."""
    workload, file = Workload(TWO, "two", "two", "npu4"), tmp_path / "plans.jsonl"
    found = tuner(file, Simulated(), "evolutionary", trials=7).tune([workload])
    assert [search.tunable.index for search in found] == [1, 0]
    assert all(search.best is not None for search in found)
    lowered = lower(parse(TWO), "npu4", records=str(file))
    plans = {s.tunable.index: s.tunable.space.schedule(s.best[0]) for s in found if s.best}
    assert lowered.schedules == (plans[0], plans[1])
    cycles = prepare(TWO, "npu4", records=file)
    default = prepare(TWO, "npu4")
    assert cycles.plan != default.plan or all(s.best and s.best[1].ratio == 1 for s in found)


def test_a_recorded_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    """C of the plan that was tried, and C compiled with the records, are equal byte by byte."""
    workload, file = product(17, 40, 23, "avx512", "f32"), tmp_path / "plans.jsonl"
    (search,) = tuner(file, Counted(), "random", trials=30).tune([workload])
    assert search.best is not None
    point, cost = search.best
    ready = prepared(workload)
    tried = ready.kernel(Proposal(workload, 0, point))
    again = prepare(workload.text, "avx512", records=file)
    assert again.source == tried.source
    if cost.rank < 1:
        assert again.source != prepare(workload.text, "avx512").source
    plan = tmp_path / "best.plan"
    plan.write_text(again.plan)
    assert prepare(workload.text, "avx512", plan=plan).source == tried.source


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_measured_plans_are_picked_up(tmp_path: Path) -> None:
    workload, file = product(9, 33, 20, "scalar", "f32"), tmp_path / "plans.jsonl"
    (search,) = tuner(file, Measured(rounds=3), "exhaustive", trials=9).tune([workload])
    assert search.best is not None
    assert len(search.costs) == 3
    records = list(read(file))
    assert len(records) >= 3  # the best are tried once more, but for the default plan
    best = best_records(records, search.tunable.key)[0]
    kernel = isa_mapper.compile(workload.text, "scalar", records=file)
    assert str(kernel.lowered.schedules[0]) == best.schedule


def test_records_that_do_not_fit_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "plans.jsonl"
    workload = product(9, 33, 20, "scalar", "f32")
    with pytest.raises(UserError, match="there is no file of records"):
        prepare(workload.text, "scalar", records=file)
    (search,) = tuner(file, Counted(), "exhaustive").tune([workload])
    text = file.read_text()
    good = prepare(workload.text, "scalar", records=file).source
    torn = text.replace('"ratio":1.0', '"ratio":0.01').replace("for k by", "for", 1)
    file.write_text(torn + text)
    assert prepare(workload.text, "scalar", records=file).source == good
    other = product(9, 33, 21, "scalar", "f32")
    default = prepare(other.text, "scalar")
    assert prepare(other.text, "scalar", records=file).source == default.source
    assert search.best is not None


class Lucky:
    """Measures: the first time some plans seem to be ten times as fast as they are."""

    name: ClassVar[str] = "measured"

    def __init__(self, lucky: int) -> None:
        self.asked: list[Point] = []
        self._lucky = lucky

    def estimate(self, proposal: Proposal) -> Cost:
        cost = Counted().estimate(proposal)
        first = proposal.point not in self.asked
        self.asked.append(proposal.point)
        if first and 0 < len(self.asked) - 1 <= self._lucky:
            return replace(cost, value=cost.value / 10, ratio=(cost.ratio or 1.0) / 10)
        return cost


@pytest.mark.parametrize("lucky", [0, 1, 5])
def test_the_best_has_been_measured_twice(tmp_path: Path, lucky: int) -> None:
    workload, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    model = Lucky(lucky)
    (search,) = tuner(file, model, "random", trials=20).tune([workload])
    assert search.best is not None
    point, cost = search.best
    honest = Counted().estimate(Proposal(workload, 0, point))
    assert cost.ratio == honest.ratio
    assert point == search.tunable.space.default or model.asked.count(point) == 2
    best = best_records(read(file), search.tunable.key)[0]
    assert (Point.of(best.point), best.ratio) == (point, cost.ratio)
    again = Lucky(lucky)
    tuner(file, again, "random", trials=20).tune([workload])
    assert again.asked == []


OTHER = "0.0.1-0123456789abcdef"
"""What another compiler calls itself."""


def stale(file: Path, changed: Callable[[Record], Record] = lambda one: one) -> None:
    """Let records be those of another compiler."""
    records = [replace(changed(one), compiler=OTHER) for one in read(file)]
    file.unlink()
    append(file, records)


def test_a_plan_of_another_compiler_is_made_anew(tmp_path: Path) -> None:
    """Its choices count, not its text; where they are none of this compiler's, it does not count."""
    workload, file = product(17, 40, 23, "avx512", "f32"), tmp_path / "plans.jsonl"
    (search,) = tuner(file, Counted(), "random", trials=30).tune([workload])
    best = best_records(read(file), search.tunable.key)[0]
    assert best.is_exact
    kernel = prepare(workload.text, "avx512", records=file)
    stale(file)
    assert not best_records(read(file), search.tunable.key)[0].is_exact
    again = prepare(workload.text, "avx512", records=file)
    assert again.source == kernel.source
    stale(
        file, lambda one: replace(one, schedule=one.schedule.replace(", [", ", [for m by 17, ", 1))
    )
    assert prepare(workload.text, "avx512", records=file).source == kernel.source
    default = prepare(workload.text, "avx512")
    for changed in (
        {"point": {**best.point, "way": "by magic"}},
        {"point": {**best.point, "mapping": 10**6}},
        {"schedule": best.schedule.replace("fmadd_ps", "fmadd_pd")},
        {"schedule": best.schedule.replace("for ", "four ")},
    ):
        file.unlink()
        append(file, [replace(best, compiler=OTHER, ratio=0.1, **changed)])
        assert prepare(workload.text, "avx512", records=file).source == default.source


def test_a_worker_with_another_compiler_is_not_mistaken(tmp_path: Path) -> None:
    """Another computer of a cluster may have another version: its records say so."""

    @dataclass(frozen=True)
    class Elsewhere(Counted):
        def estimate(self, proposal: Proposal) -> Cost:
            return replace(super().estimate(proposal), compiler=OTHER)

    file = tmp_path / "plans.jsonl"
    tuner(file, Elsewhere(), "random", trials=3).tune([product(16, 16, 16)])
    assert [one.is_exact for one in read(file)] == [False] * 3


def test_the_costs_of_another_compiler_are_found_out_anew(tmp_path: Path) -> None:
    """Its best plans are tried first, after the default plan."""
    workload, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    tuner(file, Watched(), "random", trials=20).tune([workload])
    key = prepared(workload).statements[0].key
    best = [Point.of(one.point) for one in best_records(read(file), key)]
    stale(file)
    model = Watched()
    tuner(file, model, "random", trials=20).tune([workload])
    default = prepared(workload).statements[0].space.default
    first = [*dict.fromkeys([default, *best[:3]])]
    assert model.asked[: len(first)] == first
    assert len(model.asked) == 20
    records = list(read(file))
    assert [one.is_exact for one in records] == [False] * 20 + [True] * 20
    again = Watched()
    tuner(file, again, "random", trials=20).tune([workload])
    assert again.asked == []
    stale(file)
    tuner(file, again, "random", trials=1).tune([workload])
    assert again.asked == [default]


def test_the_same_statement_in_another_kernel(tmp_path: Path) -> None:
    """Its costs are another kernel's: the best plans are tried first, none is taken to be known."""
    one, file = product(16, 16, 16), tmp_path / "plans.jsonl"
    two = replace(one, text=one.text.replace("@kernel", "@other"), entry="other")
    first, second, third = Watched(), Watched(), Watched()
    (search,) = tuner(file, first, "random", trials=12).tune([one])
    tuner(file, second, "random", trials=12).tune([two])
    assert prepared(two).statements[0].key == search.tunable.key
    assert len(second.asked) == 12
    assert search.best is not None
    assert search.best[0] in second.asked[:4]
    tuner(file, third, "random", trials=12).tune([one, two])
    assert third.asked == []
    assert replace(one, portable=True).digest != one.digest


class Lazy:
    """A strategy that always asks for the same."""

    def __init__(self, *_: object) -> None:
        self._asked = 0

    def ask(self, count: int) -> Sequence[Point]:
        self._asked += 1
        return [prepared(product(16, 16, 16)).statements[0].space.default]

    def tell(self, point: Point, cost: float) -> None:
        assert cost == 1


def test_a_strategy_that_asks_for_the_same_ends() -> None:
    model = Counted()
    search = Tuner(Lazy, "lazy", model, Workers(model), budget=Budget(5))  # pyright: ignore[reportArgumentType]
    assert len(search.tune([product(16, 16, 16)])[0].costs) == 1
