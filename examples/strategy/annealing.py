"""Simulated annealing as a search strategy, outside of ISA Mapper.

A strategy is a class with `ask` and `tell`; it is made for a space, a seed and a cheap estimate. The
entry point in `pyproject.toml` beside this file announces it:

    pip install ./examples/strategy
    isa-tune examples/gemm.mlir --strategy annealing
"""

from math import exp, isfinite
from random import Random

from isa_mapper.planning.space.walk import Point, Space
from isa_mapper.search.strategies.strategy import Estimate

START = 0.3
"""The temperature at first: how much slower a plan may be that is gone on from."""

COOLING = 0.95
"""The factor of the temperature after every step."""


class Annealing:
    """Goes from plan to neighbour: always if it is better, else the more rarely the colder it is."""

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None:
        self._space, self._random = space, Random(seed)
        self._at, self._cost = space.default, float("inf")
        self._temperature = START
        self._seen: set[Point] = set()

    def ask(self, count: int) -> list[Point]:
        """Neighbours of where it is; random plans where there are no new ones."""
        beside = [point for point in self._space.neighbours(self._at) if point not in self._seen]
        self._random.shuffle(beside)
        if self._at not in self._seen:
            beside.insert(0, self._at)
        if not beside:
            sample = self._space.sample(4 * count, self._random.getrandbits(30))
            beside = [point for point in sample if point not in self._seen]
        self._seen.update(beside[:count])
        return beside[:count]

    def tell(self, point: Point, cost: float) -> None:
        """Go there, or stay."""
        self._seen.add(point)
        if not isfinite(cost):
            return
        worse = cost - self._cost
        if worse <= 0 or self._random.random() < exp(-worse / self._temperature):
            self._at, self._cost = point, cost
        self._temperature *= COOLING
