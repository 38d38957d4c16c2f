"""Plans that Optuna suggests: its tree-structured Parzen estimator walks the choices."""

from __future__ import annotations

from math import isfinite
from typing import Any

from ...planning.space.walk import Choice, Point, Space, Value
from ..extras import extra
from .strategy import Estimate

ATTEMPTS = 20
"""How often Optuna is asked for a plan that is not known."""


class Optuna:
    """Asks for the default plan, then for what Optuna suggests.

    A choice is a place between 0 and 1 among its options, because these depend on choices before.
    """

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        optuna = self._optuna = extra("optuna", "search", "the strategy 'optuna'")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        self._failed = optuna.trial.TrialState.FAIL
        self._costs: dict[Point, float | None] = {}
        self._open: dict[Point, Any] = {}
        self._drawn = seed
        self._study.enqueue_trial(self._places(space.default))

    def ask(self, count: int) -> list[Point]:
        """What Optuna suggests; what it suggests again it is told again at once."""
        asked: list[Point] = []
        for _ in range(ATTEMPTS * count):
            if len(asked) == count:
                break
            trial = self._study.ask()
            point = self._walk(trial)
            if point is None or point in self._open:
                self._study.tell(trial, state=self._failed)
            elif point in self._costs:
                self._finish(trial, self._costs[point])
            else:
                self._open[point] = trial
                asked.append(point)
        return asked + self._others(count - len(asked))

    def _others(self, count: int) -> list[Point]:
        """Random points, where Optuna suggests only what is known."""
        if not count:
            return []
        self._drawn += 1
        sample = self._space.sample(ATTEMPTS, self._drawn)
        found = [p for p in sample if p not in self._costs and p not in self._open][:count]
        for point in found:
            self._open[point] = None
        return found

    def tell(self, point: Point, cost: float) -> None:
        """Take note."""
        value = cost if isfinite(cost) else None
        trial = self._open.pop(point, None)
        if trial is not None:
            self._finish(trial, value)
        elif point not in self._costs and value is not None:
            places = self._places(point)
            between = dict.fromkeys(places, self._optuna.distributions.FloatDistribution(0, 1))
            self._study.add_trial(
                self._optuna.trial.create_trial(params=places, distributions=between, value=value)
            )
        self._costs[point] = value

    def _finish(self, trial: Any, cost: float | None) -> None:
        if cost is None:
            self._study.tell(trial, state=self._failed)
        else:
            self._study.tell(trial, cost)

    def _walk(self, trial: Any) -> Point | None:
        """The point of what Optuna suggests, choice by choice; None if that leads nowhere."""
        chosen: dict[str, Value] = {}
        while (choice := self._space.next(chosen)) is not None:
            if not choice.options:
                return None
            place = trial.suggest_float(_name(choice, chosen), 0.0, 1.0)
            count = len(choice.options)
            chosen[choice.name] = choice.options[min(count - 1, int(place * count))]
        return Point.of(chosen)

    def _places(self, point: Point) -> dict[str, float]:
        """What Optuna would have to suggest for a point."""
        chosen: dict[str, Value] = {}
        places: dict[str, float] = {}
        while (choice := self._space.next(chosen)) is not None and point.get(
            choice.name
        ) in choice.options:
            at = choice.options.index(point[choice.name])
            places[_name(choice, chosen)] = (at + 0.5) / len(choice.options)
            chosen[choice.name] = point[choice.name]
        return places


def _name(choice: Choice, chosen: dict[str, Value]) -> str:
    """How Optuna calls a choice: those of different ways of planning are not compared."""
    return f"{chosen.get('way', '')} {choice.name}".strip()
