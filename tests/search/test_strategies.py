"""Strategies: seeded, never the same question twice, and better than chance where they can be."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from math import inf
from pathlib import Path
from statistics import median

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.planning.space.walk import Point, Space, Value
from isa_mapper.search.strategies import STRATEGIES
from isa_mapper.search.strategies.strategy import Strategy, find_strategy, strategy_names

from .conftest import Bowl, bowl_cost

ROOT = Path(__file__).parents[2]
NAMES = [name for name in STRATEGIES if name != "optuna" or find_spec("optuna") is not None]
POINTS = 40 * 40 + 40


def run(
    strategy: Strategy, trials: int, cost: Callable[[Mapping[str, Value]], float]
) -> list[Point]:
    """What a strategy asks for, some points at a time."""
    asked: list[Point] = []
    while len(asked) < trials:
        points = strategy.ask(min(3, trials - len(asked)))
        if not points:
            break
        asked += points
        for point in points:
            strategy.tell(point, cost(point))
    return asked


def make(name: str, seed: int = 0, space: Space | None = None) -> Strategy:
    return find_strategy(name)(space or Bowl(), seed, lambda point: abs(int(point["x"]) - 31))


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_new_and_in_the_space(name: str) -> None:
    asked = run(make(name), 60, bowl_cost)
    assert asked[0] == Bowl().default
    assert len(asked) == len(set(asked)) == (1 if name == "default" else 60)
    assert all(Bowl().contains(point) for point in asked)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_asks_the_same(name: str) -> None:
    asked = [run(make(name, seed), 40, bowl_cost) for seed in (5, 5, 6)]
    assert asked[0] == asked[1]
    if name not in ("default", "exhaustive"):
        assert asked[1] != asked[2]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_is_not_asked(name: str) -> None:
    strategy = make(name)
    known = [Bowl().default, *Bowl().sample(30, seed=1)]
    for point in known:
        strategy.tell(point, bowl_cost(point))
    asked = run(strategy, 50, bowl_cost)
    assert not {*asked} & {*known}
    assert len(asked) == (0 if name == "default" else 50)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "default"])
def test_a_space_is_exhausted(name: str) -> None:
    class Small(Bowl):
        side = 3

        @property
        def default(self) -> Point:
            return Point.of({"way": "grid", "x": 0, "y": 2})

    asked = run(make(name, space=Small()), 100, bowl_cost)
    assert len(asked) == len(set(asked)) == 12 or name in ("evolutionary", "optuna", "guided")
    assert len(asked) >= 10


def test_exhaustive_asks_for_everything() -> None:
    assert len(run(make("exhaustive"), 5000, bowl_cost)) == POINTS


@pytest.mark.parametrize(
    "name", [one for one in NAMES if one in ("evolutionary", "optuna", "guided")]
)
def test_it_is_better_than_chance(name: str) -> None:
    def best(name: str, seed: int) -> float:
        return min(map(bowl_cost, run(make(name, seed), 45, bowl_cost)))

    found = {one: median(best(one, seed) for seed in range(7)) for one in (name, "random")}
    assert found[name] < found["random"]


@pytest.mark.parametrize("name", NAMES)
def test_failures_are_no_obstacle(name: str) -> None:
    def cost(point: Mapping[str, Value]) -> float:
        return inf if int(point["x"]) % 2 else bowl_cost(point)

    asked = run(make(name), 45, cost)
    assert name == "default" or min(map(cost, asked)) < inf
    assert len(asked) == (1 if name == "default" else 45)


def test_unknown_strategies_are_refused() -> None:
    with pytest.raises(UserError, match="unknown strategy 'evolutionry'") as error:
        find_strategy("evolutionry")
    assert error.value.hint == "did you mean 'evolutionary'?"


def test_a_strategy_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `pip install ./examples/strategy` had been done."""
    folder = ROOT / "examples" / "strategy"
    info = tmp_path / "isa_mapper_annealing-0.1.0.dist-info"
    info.mkdir()
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    (entry,) = (line for line in text.splitlines() if line.startswith("annealing = "))
    name, value = entry.replace('"', "").split(" = ")
    (info / "entry_points.txt").write_text(f"[isa_mapper.strategies]\n{name} = {value}\n")
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: isa-mapper-annealing\nVersion: 0.1.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(folder))
    assert "annealing" in strategy_names()
    asked = run(make("annealing"), 60, bowl_cost)
    assert len(asked) == len(set(asked)) == 60
    assert min(map(bowl_cost, asked)) < bowl_cost(Bowl().default)
