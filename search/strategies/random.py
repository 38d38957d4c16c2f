"""Plans at random, each about as likely as any other."""

from __future__ import annotations

from ...planning.space.walk import Point, Space
from .strategy import Estimate

BATCH = 64
"""How many points are drawn at a time."""

DRAWS = 4
"""How often in a row points are drawn that are all known, before there are taken to be no more."""


class Random:
    """Asks for the default plan, then for random ones."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._space, self._seed, self._drawn = space, seed, 0
        self._seen: set[Point] = set()
        self._left = [space.default]

    def ask(self, count: int) -> list[Point]:
        """The next points that are not known."""
        asked: list[Point] = []
        idle = 0
        while len(asked) < count and idle < DRAWS:
            if not self._left:
                self._left = self._space.sample(BATCH, self._seed + 1000 * self._drawn)
                self._drawn += 1
                idle += 1
            while self._left and len(asked) < count:
                point = self._left.pop(0)
                if point not in self._seen:
                    self._seen.add(point)
                    asked.append(point)
                    idle = 0
        return asked

    def tell(self, point: Point, cost: float) -> None:
        """Take note."""
        self._seen.add(point)
