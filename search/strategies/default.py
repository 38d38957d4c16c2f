"""No search: the default plan alone."""

from __future__ import annotations

from ...planning.space.walk import Point, Space
from .strategy import Estimate


class Default:
    """Asks for the default plan once."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._left = [space.default]

    def ask(self, count: int) -> list[Point]:
        """The default plan, the first time."""
        asked, self._left = self._left[:count], self._left[count:]
        return asked

    def tell(self, point: Point, cost: float) -> None:
        """Take note."""
        self._left = [one for one in self._left if one != point]
