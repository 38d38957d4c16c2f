"""Every plan, in the order of the space."""

from __future__ import annotations

from itertools import chain

from ...planning.space.walk import Point, Space
from .strategy import Estimate


class Exhaustive:
    """Asks for the default plan, then for every other."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._points = chain([space.default], space.points())
        self._seen: set[Point] = set()

    def ask(self, count: int) -> list[Point]:
        """The next points that are not known."""
        asked: list[Point] = []
        while len(asked) < count and (point := next(self._points, None)) is not None:
            if point not in self._seen:
                self._seen.add(point)
                asked.append(point)
        return asked

    def tell(self, point: Point, cost: float) -> None:
        """Take note."""
        self._seen.add(point)
