"""Spaces of named choices, each of which may depend on those before it.

A space says, for what has been chosen so far, what is to be chosen next. Everything else follows:
its points in a fixed order, their number, random ones, neighbours, and the point nearest to a wish.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import TypeAlias

Value: TypeAlias = str | int
"""What is chosen: a word or a number."""

EFFORT = 20_000
"""How many points and choices are looked at before the size of a space is only estimated."""

PROBES = 400
"""From how many random points the size of a large space is estimated."""

WALKS = 12
"""How many random walks are made for every point of a sample."""


@dataclass(frozen=True, eq=False)
class Point(Mapping[str, Value]):
    """What has been chosen, in the order of choosing; equal to any mapping of the same choices."""

    chosen: tuple[tuple[str, Value], ...]

    @classmethod
    def of(cls, chosen: Mapping[str, Value]) -> Point:
        """The point of a dictionary, such as one that was read as JSON."""
        return cls(tuple(chosen.items()))

    def __getitem__(self, name: str) -> Value:
        for known, value in self.chosen:
            if known == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.chosen)

    def __len__(self) -> int:
        return len(self.chosen)

    def __hash__(self) -> int:
        return hash(frozenset(self.chosen))

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in self.chosen)


@dataclass(frozen=True)
class Refusal:
    """Options that are left out: the reason in general, how many they are, and one in particular."""

    reason: str
    example: str
    count: int = 1


@dataclass(frozen=True)
class Choice:
    """What is to be chosen next: its name, the options, neighbours beside each other, and what is left out."""

    name: str
    options: tuple[Value, ...]
    refused: tuple[Refusal, ...] = ()
    is_last: bool = False

    def nearest(self, wish: Value | None) -> Value:
        """The option that is wished for, or the number nearest to it, or the first."""
        if wish in self.options:
            return wish
        numbers = [option for option in self.options if isinstance(option, int)]
        if isinstance(wish, int) and numbers:
            return min(numbers, key=lambda option: abs(option - wish))
        return self.options[0]

    def beside(self, value: Value) -> Iterator[Value]:
        """The options next to one; all others where they are few words."""
        at = self.options.index(value)
        if len(self.options) <= 4 and isinstance(value, str):
            yield from (option for option in self.options if option != value)
        else:
            yield from self.options[max(0, at - 1) : at]
            yield from self.options[at + 1 : at + 2]


@dataclass
class Survey:
    """What a walk through a space found: how many points, and what was left out for which reason.

    It `is_exact` unless the space is too large, where both are estimated from random points.
    """

    size: float = 0
    is_exact: bool = True
    refused: dict[str, Refusal] = field(default_factory=dict[str, Refusal])

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Count options that are left out."""
        for one in refusals:
            known = self.refused.get(one.reason)
            count = one.count + (known.count if known is not None else 0)
            example = known.example if known is not None else one.example
            self.refused[one.reason] = Refusal(one.reason, example, count)


class Space(ABC):
    """Points that are reached choice by choice."""

    @property
    @abstractmethod
    def default(self) -> Point:
        """The point to begin with."""

    @abstractmethod
    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """What is to be chosen after what has been; None if that is a point.

        A choice without options leads nowhere.
        """

    def points(self) -> Iterator[Point]:
        """Every point, in the order of the options, lazily."""
        return map(Point.of, self._below({}))

    def _below(self, chosen: dict[str, Value]) -> Iterator[dict[str, Value]]:
        choice = self.next(chosen)
        if choice is None:
            yield chosen
            return
        for option in choice.options:
            yield from self._below({**chosen, choice.name: option})

    def survey(self, effort: int = EFFORT) -> Survey:
        """The size of the space and what is left out; estimated where that takes more effort."""
        survey = Survey()
        if self._count({}, survey, effort) >= 0:
            return survey
        survey = Survey(is_exact=False)
        random, seen = Random(0), set[Point]()
        survey.size = sum(self._probe(random, survey, seen) for _ in range(PROBES)) / PROBES
        return survey

    def size(self) -> int:
        """How many points there are, about where they are many: see `survey`."""
        return round(self.survey().size)

    def _count(self, chosen: dict[str, Value], survey: Survey, effort: int) -> int:
        """Count the points below; returns what is left of the effort, negative if it is spent."""
        choice = self.next(chosen)
        if choice is None or effort <= 0:
            survey.size += 1
            return effort - 1
        survey.refuse(choice.refused)
        if choice.is_last:
            survey.size += len(choice.options)
            return effort - 1
        for option in choice.options:
            effort = self._count({**chosen, choice.name: option}, survey, effort)
            if effort < 0:
                break
        return effort - 1

    def _probe(self, random: Random, survey: Survey, seen: set[Point]) -> float:
        """How many points there would be if all choices were as those of a random walk.

        The mean over walks is the size (D. E. Knuth, Estimating the efficiency of backtrack
        programs, Mathematics of Computation 29, 1975).
        """
        chosen: dict[str, Value] = {}
        size = 1.0
        while (choice := self.next(chosen)) is not None:
            before = Point.of(chosen)
            survey.refuse(choice.refused if before not in seen else ())
            seen.add(before)
            size *= len(choice.options)
            if not choice.options:
                return 0.0
            chosen[choice.name] = random.choice(choice.options)
        return size

    def sample(self, count: int, seed: int = 0) -> list[Point]:
        """So many different points at random, or all that there are; the same for the same seed.

        Where they are many, a number of random walks is made first, of which those through choices
        with many options are kept more often: about all points are equally likely.
        """
        few = list(islice(self.points(), 4 * count + 1))
        random = Random(seed)
        if len(few) <= 4 * count:
            return random.sample(few, min(count, len(few)))
        keys: dict[Point, float] = {}
        for _ in range(WALKS * count):
            point, weight = self.random(random)
            if point is not None:  # a weighted sample: Efraimidis and Spirakis, 2006
                keys[point] = random.random() ** (1 / weight)
        return sorted(keys, key=lambda point: -keys[point])[:count]

    def random(self, random: Random) -> tuple[Point | None, float]:
        """A point by random choices, and one over its probability; None if they lead nowhere."""
        chosen: dict[str, Value] = {}
        weight = 1.0
        while (choice := self.next(chosen)) is not None:
            if not choice.options:
                return None, 0.0
            chosen[choice.name] = random.choice(choice.options)
            weight *= len(choice.options)
        return Point.of(chosen), weight

    def nearest(self, wish: Mapping[str, Value]) -> Point | None:
        """The point that is as a wish says wherever that is an option; None if that leads nowhere."""
        chosen: dict[str, Value] = {}
        while (choice := self.next(chosen)) is not None:
            if not choice.options:
                return None
            chosen[choice.name] = choice.nearest(wish.get(choice.name))
        return Point.of(chosen)

    def contains(self, point: Mapping[str, Value]) -> bool:
        """Whether choosing like this is possible and gives a point."""
        return self.nearest(point) == point

    def neighbours(self, point: Point) -> Iterator[Point]:
        """The points that one choice tells apart, and what depends on it."""
        chosen: dict[str, Value] = {}
        found = {point}
        while (choice := self.next(chosen)) is not None:
            value = point[choice.name]
            for option in choice.beside(value) if value in choice.options else ():
                other = self.nearest({**point, choice.name: option})
                if other is not None and other not in found:
                    found.add(other)
                    yield other
            chosen[choice.name] = value
