"""Plans bred from the best: a choice is changed, or the choices of two are mixed."""

from __future__ import annotations

from math import isfinite
from random import Random

from ...planning.space.walk import Choice, Point, Space, Value
from .strategy import Estimate

POPULATION = 12
"""How many of the best are parents."""

SEEDS = 8
"""How many random plans are tried before any is bred."""

CROSSED = 0.3
"""The share of plans that are bred from two parents."""

SPREAD = 0.15
"""How far a number is changed, as a share of all options: the standard deviation."""

RIVALS = 3
"""Of how many parents the best one is taken."""

ATTEMPTS = 50
"""How often breeding is tried for a plan that is not known."""


class Evolutionary:
    """Asks for the default plan, the plans beside it that look best, random ones, then for children."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._space, self._random = space, Random(seed)
        self._costs: dict[Point, float] = {}
        self._seen: set[Point] = set()
        beside = sorted(space.neighbours(space.default), key=estimate)[: SEEDS // 2]
        self._first = [space.default, *beside, *space.sample(SEEDS, seed)]

    def ask(self, count: int) -> list[Point]:
        """Points that are not known: the first ones, then children."""
        asked: list[Point] = []
        while len(asked) < count and (point := self._next()) is not None:
            self._seen.add(point)
            asked.append(point)
        return asked

    def tell(self, point: Point, cost: float) -> None:
        """Take note; what failed has no children."""
        self._seen.add(point)
        if isfinite(cost):
            self._costs[point] = cost

    def _next(self) -> Point | None:
        while self._first:
            point = self._first.pop(0)
            if point not in self._seen:
                return point
        for _ in range(ATTEMPTS):
            point = self._child()
            if point is not None and point not in self._seen:
                return point
        sample = self._space.sample(ATTEMPTS, self._random.getrandbits(30))
        return next((point for point in sample if point not in self._seen), None)

    def _child(self) -> Point | None:
        """A plan made of one or two parents; None if that leads nowhere."""
        parents = sorted(self._costs, key=self._costs.__getitem__)[:POPULATION]
        if not parents:
            return self._space.random(self._random)[0]
        first = self._parent(parents)
        if self._random.random() < CROSSED:
            return self._cross(first, self._parent(parents))
        return self._change(first)

    def _parent(self, parents: list[Point]) -> Point:
        """The best of some of the parents, which stand in the order of their costs."""
        return parents[min(self._random.randrange(len(parents)) for _ in range(RIVALS))]

    def _cross(self, first: Point, second: Point) -> Point | None:
        """Every choice as one of two parents made it."""
        wish: dict[str, Value] = {**second, **first}
        for name in wish:
            if name in second and self._random.random() < 0.5:
                wish[name] = second[name]
        return self._space.nearest(wish)

    def _change(self, parent: Point) -> Point | None:
        """The parent with a choice made otherwise."""
        changed = self._random.choice(list(parent))
        chosen: dict[str, Value] = {}
        while (choice := self._space.next(chosen)) is not None and choice.name != changed:
            chosen[choice.name] = choice.nearest(parent.get(choice.name))
        if choice is None:
            return None
        option = self._other(choice, parent[changed])
        return None if option is None else self._space.nearest({**parent, changed: option})

    def _other(self, choice: Choice, value: Value) -> Value | None:
        """Another option: of numbers one nearby is more likely, of words any; None if there is none."""
        count = len(choice.options)
        if value not in choice.options or count == 1:
            return self._random.choice(choice.options) if value not in choice.options else None
        if not isinstance(value, int):
            return self._random.choice([option for option in choice.options if option != value])
        step = max(1, round(abs(self._random.gauss(0, count * SPREAD))))
        at = choice.options.index(value)
        able = [place for place in (at - step, at + step) if 0 <= place < count]
        return choice.options[self._random.choice(able or [at - 1 if at else at + 1])]
