"""Plans that a cheap model takes to be best are tried first: many are estimated, few are run."""

from __future__ import annotations

from math import isfinite
from random import Random

from ...planning.space.walk import Point, Space
from .strategy import Estimate

POOL = 384
"""How many random plans are estimated."""

BLIND = 0.15
"""The share of plans that are tried at random, whatever the model says."""

BEST = 3
"""Of how many of the best so far the neighbours are estimated too."""


class Guided:
    """Asks for the default plan, then for those with the least estimate, and now and then for any.

    The pool grows by the neighbours of the best. Estimates are made anew for every question, because
    a model may learn meanwhile.
    """

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._space, self._random, self._estimate = space, Random(seed), estimate
        self._seen: set[Point] = set()
        self._costs: dict[Point, float] = {}
        self._grown: set[Point] = set()
        self._pool = dict.fromkeys(space.sample(POOL, seed))
        self._first: list[Point] = [space.default]
        self._grow(space.default)

    def ask(self, count: int) -> list[Point]:
        """The points of the pool that look best."""
        asked = [point for point in self._first if point not in self._seen][:count]
        self._first = []
        self._seen.update(asked)
        for point in sorted(self._costs, key=self._costs.__getitem__)[:BEST]:
            self._grow(point)
        left = sorted((p for p in self._pool if p not in self._seen), key=self._estimate)
        while left and len(asked) < count:
            blind = self._random.random() < BLIND
            asked.append(left.pop(self._random.randrange(len(left)) if blind else 0))
        self._seen.update(asked)
        return asked

    def tell(self, point: Point, cost: float) -> None:
        """Take note."""
        self._seen.add(point)
        if isfinite(cost):
            self._costs[point] = cost

    def _grow(self, point: Point) -> None:
        """Add the neighbours of a point to the pool."""
        if point not in self._grown:
            self._grown.add(point)
            self._pool |= dict.fromkeys(self._space.neighbours(point))
