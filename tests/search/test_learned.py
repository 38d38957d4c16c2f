"""The learned model orders plans of sizes that it has not seen better than chance; what comparisons say."""

from dataclasses import replace
from math import exp, log2
from random import Random
from typing import ClassVar

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.planning.records import Record
from isa_mapper.planning.space.plan_space import PlanSpace
from isa_mapper.planning.space.walk import Point
from isa_mapper.runtime.trial import rank_correlation
from isa_mapper.search.compare import agreement, compare_models, table
from isa_mapper.search.cost.learned import LEAST, Learned
from isa_mapper.search.cost.model import Cost
from isa_mapper.search.features import features_of, row
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Search, Tuner
from isa_mapper.search.workers import Workers
from isa_mapper.search.workload import Proposal, prepared

from .conftest import Counted, product

SIZES = [(32, 48, 64), (48, 64, 40), (17, 96, 33), (64, 32, 96)]


def truth(space: PlanSpace, point: Point, noise: float = 0.05) -> float:
    """Made-up times: tall tiles are slow and panels fast, which counting does not say."""
    found = features_of(space, point)
    random = Random(str(point))
    slow = 0.3 * log2(1 + found.get("tile 0", 1.0)) - 0.5 * found.get("panel of in1", 0.0)
    return exp(0.3 * found["estimate"] + slow + random.gauss(0, noise))


def searches() -> list[Search]:
    """Plans of several sizes with made-up times."""
    found: list[Search] = []
    for size in SIZES:
        workload = product(*size, "avx512", "f32")
        (tunable,) = prepared(workload).statements.values()
        search = Search(workload, tunable, 40)
        for point in [tunable.space.default, *tunable.space.sample(40, seed=sum(size))]:
            ratio = truth(tunable.space, point) / truth(tunable.space, tunable.space.default)
            search.costs[point] = Cost(ratio, "seconds", ratio=ratio)
        found.append(search)
    return found


def records_of(search: Search) -> list[Record]:
    space = search.tunable.space
    return [
        Record(
            search.tunable.key, dict(point), "", "measured",
            cost=cost.value, ratio=cost.ratio, features=features_of(space, point),
        )
        for point, cost in search.costs.items()
    ]  # fmt: skip


def test_it_orders_plans_of_sizes_that_it_has_not_seen() -> None:
    pytest.importorskip("lightgbm", reason="needs the package lightgbm")
    *known, held_out = searches()
    model = Learned.fit([record for search in known for record in records_of(search)])
    assert model is not None
    space, points = held_out.tunable.space, list(held_out.costs)
    costs = [held_out.costs[point].rank for point in points]
    predicted = [model.ratio(space, point) for point in points]
    counted = [space.estimate(point).cycles for point in points]
    assert rank_correlation(predicted, costs) > 0.7
    assert rank_correlation(predicted, costs) > rank_correlation(counted, costs)
    proposal = Proposal(held_out.workload, 0, points[1])
    assert model.estimate(proposal).ratio == pytest.approx(predicted[1])
    assert Learned.fit([r for search in known for r in records_of(search)]) == model


def test_few_or_failed_records_make_no_model() -> None:
    pytest.importorskip("lightgbm", reason="needs the package lightgbm")
    records = records_of(searches()[0])
    assert Learned.fit(records[: LEAST - 1]) is None
    assert Learned.fit([replace(one, status="wrong") for one in records]) is None
    assert Learned.fit([replace(one, features={}) for one in records]) is None
    assert Learned.fit(records) is not None


def test_without_lightgbm_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    with pytest.raises(UserError, match="needs the Python package lightgbm") as error:
        Learned.fit([])
    assert error.value.hint == "pip install 'isa-mapper[search]'"
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    space = prepared(product(*SIZES[0], "avx512", "f32")).statements[0].space
    with pytest.raises(UserError, match="needs the Python package optuna"):
        find_strategy("optuna")(space, 0, lambda _: 0.0)


def test_features_are_numbers_with_the_same_meaning_everywhere() -> None:
    for workload in (
        product(8, 8, 8),
        product(5, 6, 7, "scalar", "f32"),
        product(*SIZES[0], "avx512", "f32"),
    ):
        space = prepared(workload).statements[0].space
        default = features_of(space, space.default)
        assert default["estimate"] == 0
        assert all(isinstance(value, float) for value in default.values())
        assert not any(axis in name.split() for name in default for axis in "mnk")
    assert row({"a": 1.0}, ["a", "b"])[0] == 1.0
    assert row({"a": 1.0}, ["b"])[0] != row({"a": 1.0}, ["b"])[0]  # NaN


def test_a_guide_that_learns(tmp_path: object) -> None:
    pytest.importorskip("lightgbm", reason="needs the package lightgbm")
    workload = product(*SIZES[0], "avx512", "f32")

    class Made:
        name: ClassVar[str] = "measured"

        def estimate(self, proposal: Proposal) -> Cost:
            space = prepared(proposal.workload).statements[0].space
            ratio = truth(space, proposal.point) / truth(space, space.default)
            return Cost(ratio, "seconds", ratio=ratio)

    best: dict[bool, float] = {}
    for learns in (False, True):
        made = Made()
        tuner = Tuner(find_strategy("guided"), "guided", made, Workers(made), learns=learns)
        (search,) = tuner.tune([workload])
        assert search.best is not None
        best[learns] = search.best[1].rank
    assert best[True] < best[False]


def test_agreement_of_estimates_and_costs() -> None:
    same = agreement([1, 2, 3], [10, 20, 30])
    assert (same.correlation, same.regret) == (pytest.approx(1), 0)
    opposite = agreement([3, 2, 1], [10, 20, 30])
    assert (opposite.correlation, opposite.regret) == (pytest.approx(-1), pytest.approx(2))
    assert agreement([1, 1, 1], [10, 20, 30]).correlation == 0


def test_models_are_compared_on_sizes_that_are_held_out() -> None:
    pytest.importorskip("lightgbm", reason="needs the package lightgbm")
    found = searches()
    records = [record for search in found for record in records_of(search)]
    compared = compare_models(found, records)
    assert [one.name for one in compared] == [search.name for search in found]
    assert all(one.models["learned"].correlation > 0.6 for one in compared)
    assert all(one.models["analytical"].regret >= 0 for one in compared)
    text = table(compared)
    assert "analytical" in text.splitlines()[0]
    assert len(text.splitlines()) == 2 + len(found)
    alone = compare_models(found[:1], records_of(found[0]))
    assert "learned" not in alone[0].models  # there is nothing to learn from


def test_the_estimate_as_a_cost_agrees_with_itself() -> None:
    model = Counted()
    tuner = Tuner(find_strategy("random"), "random", model, Workers(model))
    tuner.tune([product(8, 8, 8)])
    (one,) = compare_models(tuner.searches, [])
    assert one.models["analytical"].correlation == pytest.approx(1)
    assert one.models["analytical"].regret == 0
