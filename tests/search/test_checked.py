"""Strategies of others may fail in every way: that is said in their name, and nothing is lost."""

from pathlib import Path
from typing import Any

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.planning.records import read
from isa_mapper.planning.space.walk import Point, Space
from isa_mapper.search.strategies.checked import Checked
from isa_mapper.search.strategies.strategy import Estimate, find_strategy, strategy_names
from isa_mapper.search.tuner import Budget, Tuner
from isa_mapper.search.workers import Workers

from .conftest import Bowl, Counted, product


class Others:
    """Asks for other points every time."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self.space, self.count = space, seed

    def ask(self, count: int) -> Any:
        self.count += 1
        return self.space.sample(count, self.count)

    def tell(self, point: Point, cost: float) -> None:
        pass


class NotMade(Others):
    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        raise RuntimeError("not me")


class Divides(Others):
    def ask(self, count: int) -> Any:
        return 1 // 0 if self.count > 2 else super().ask(count)


class Deaf(Others):
    def tell(self, point: Point, cost: float) -> None:
        raise KeyError(point["mapping"])


class Lost(Others):
    def ask(self, count: int) -> Any:
        return [Point.of({"mapping": 99, "way": "boxes"})]


class Numbers(Others):
    def ask(self, count: int) -> Any:
        return [42]


@pytest.mark.parametrize(
    ("kind", "message", "kept"),
    [
        (NotMade, "failed: RuntimeError: not me", 0),
        (Divides, "failed: ZeroDivisionError", 4),
        (Deaf, "failed: KeyError", 1),
        (Lost, "asks for what is no plan: mapping: 99, way: boxes", 1),
        (Numbers, "failed: AttributeError", 1),
    ],
)
def test_a_strategy_that_fails(tmp_path: Path, kind: type, message: str, kept: int) -> None:
    file, model = tmp_path / "plans.jsonl", Counted()
    tuner = Tuner(kind, "theirs", model, Workers(model), file, Budget(20))
    with pytest.raises(UserError, match=f"the strategy 'theirs' {message}"):
        tuner.tune([product(16, 16, 16)])
    assert len(list(read(file))) == kept


def test_more_than_asked_for_is_left_out() -> None:
    class Generous(Others):
        def ask(self, count: int) -> Any:  # an iterator, of ten times as many
            return (point for point in super().ask(10 * count))

    class Silent(Others):
        def ask(self, count: int) -> Any:
            return None

    def nothing(point: Point) -> float:
        return 0.0

    assert len(Checked(Generous, "theirs", Bowl(), 0, nothing).ask(3)) == 3
    assert Checked(Silent, "theirs", Bowl(), 0, nothing).ask(3) == []


def test_what_is_announced_but_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours is found though another has its name."""
    info = tmp_path / "theirs-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 0.1\n")
    lines = ("a = nowhere_at_all:A", "b = json:B", "random = json:C")
    (info / "entry_points.txt").write_text("\n".join(["[isa_mapper.strategies]", *lines]))
    monkeypatch.syspath_prepend(str(tmp_path))
    names = strategy_names()
    assert names[-2:] == ["a", "b"]
    assert names.count("random") == 1
    with pytest.raises(UserError, match="'a' cannot be loaded from 'nowhere_at_all:A'"):
        find_strategy("a")
    with pytest.raises(UserError, match="'b' cannot be loaded from 'json:B': AttributeError"):
        find_strategy("b")
    assert find_strategy("random").__module__.startswith("isa_mapper.")
