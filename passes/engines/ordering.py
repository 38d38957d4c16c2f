"""Which instructions must wait for which: enough that everything that matters is ordered, and no more.

Instructions of one engine are executed in order, those of different engines beside each other. A
step waits for the last step of another engine that it depends on, unless it follows it anyhow: by
the order of its own engine and the waits before, which vector clocks know. Plain integers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Dependences: TypeAlias = Mapping[int, int]
"""Per engine, the last of its steps that must be done before."""

Route: TypeAlias = Callable[[int, int], Sequence[int]]
"""The engines that a signal from one engine to another passes, without these two."""

_ROUNDS = 100
"""How often the number of signals on their way is brought down."""


@dataclass
class Step:
    """A step in its order.

    Attributes:
        engine: The engine that executes it.
        origin: Its number among the steps that were given; None if it only passes on a signal.
        waits: Per engine, the step (its number in the order) whose signal it waits for.
        signals: The engines that it signals.
        clock: Per engine, the last step that is done when this one is.
    """

    engine: int
    origin: int | None
    waits: dict[int, int] = field(default_factory=dict[int, int])
    signals: list[int] = field(default_factory=list[int])
    clock: list[int] = field(default_factory=list[int])


class TooManySignals(Exception):
    """The number of signals on their way cannot be kept within the bound."""


def order(
    engines: Sequence[int],
    dependences: Sequence[Dependences],
    count: int,
    route: Route = lambda first, last: (),
    most: int | None = None,
) -> list[Step]:
    """The steps with their waits and signals, and those that pass signals on where there is no direct way.

    Args:
        engines: Per step the engine.
        dependences: Per step what must be done before, by the numbers of steps.
        count: How many engines there are.
        route: How signals go.
        most: How many signals from one engine to another may be on their way at a time.

    Raises:
        TooManySignals: There are more, whatever is done.
    """
    extra: dict[int, dict[int, int]] = {}
    for _ in range(_ROUNDS):
        orderer = _Orderer(count, route)
        for number, (engine, needed) in enumerate(zip(engines, dependences, strict=True)):
            orderer.add(number, engine, _both(needed, extra.get(number, {})))
        if most is None:
            return orderer.steps
        more = list(_bounds(orderer.steps, most))
        if not more:
            return orderer.steps
        for number, engine, source in more:
            known = extra.setdefault(number, {})
            known[engine] = max(source, known.get(engine, -1))
    raise TooManySignals


def _both(one: Dependences, other: Dependences) -> Dependences:
    """What must be done before by either."""
    if not other:
        return one
    return {e: max(one.get(e, -1), other.get(e, -1)) for e in (*one, *other)}


class _Orderer:
    """Puts steps in order, one after the other."""

    def __init__(self, count: int, route: Route) -> None:
        self.steps: list[Step] = []
        self._route = route
        self._clocks = [[-1] * count for _ in range(count)]
        self._own: list[list[int]] = [[] for _ in range(count)]
        self._place: list[int] = []

    def add(self, number: int, engine: int, dependences: Dependences) -> None:
        """Add the step of that number."""
        clock = self._clocks[engine]
        needed = {
            other: self._place[step]
            for other, step in dependences.items()
            if other != engine and clock[other] < self._place[step]
        }
        waits: dict[int, int] = {}
        for other, step in self._reduced(needed).items():
            if clock[other] < step:
                last, place = self._passed_on(other, step, engine)
                waits[last] = max(place, waits.get(last, -1))
        self._place.append(self._append(engine, number, self._reduced(waits)))

    def _reduced(self, needed: Mapping[int, int]) -> dict[int, int]:
        """Those that are not done anyhow when some other is."""
        return {
            engine: step
            for engine, step in needed.items()
            if not any(
                self.steps[other].clock[engine] >= step
                for others, other in needed.items()
                if others != engine
            )
        }

    def _passed_on(self, source: int, step: int, engine: int) -> tuple[int, int]:
        """The engine that signals the last one on the way, and the step of it that does so."""
        for hop in self._route(source, engine):
            if self._clocks[hop][source] < step:
                step = self._append(hop, None, {source: step})
            else:  # some step of that engine follows it already: the first that does
                own = self._own[hop]
                known, at = step, source
                step = own[bisect_left(own, known, key=lambda s: self.steps[s].clock[at])]
            source = hop
        return source, step

    def _append(self, engine: int, origin: int | None, waits: dict[int, int]) -> int:
        """Append a step that waits for these."""
        clock, number = self._clocks[engine], len(self.steps)
        for step in waits.values():
            clock = [max(a, b) for a, b in zip(clock, self.steps[step].clock, strict=True)]
            self.steps[step].signals.append(engine)
        clock = clock.copy()
        clock[engine] = number
        self._clocks[engine] = clock
        self._own[engine].append(number)
        self.steps.append(Step(engine, origin, waits, [], clock))
        return number


def _bounds(steps: Sequence[Step], most: int) -> Iterator[tuple[int, int, int]]:
    """What must be done before what so that fewer signals are on their way: step, engine, its step.

    Numbers are those of the steps that were given.
    """
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, step in enumerate(steps):
        for engine, source in step.waits.items():
            pairs.setdefault((engine, step.engine), []).append((source, number))
    for (source, target), edges in pairs.items():
        first = 0
        for index, (signal, _) in enumerate(edges):
            before = steps[signal].clock[target]
            while first < index and edges[first][1] <= before:
                first += 1
            if index - first + 1 > most:
                yield _bound(steps, edges[first : index + 1], max(most // 2, 1), source, target)
                first = index


def _bound(
    steps: Sequence[Step],
    edges: Sequence[tuple[int, int]],
    half: int,
    source: int,
    target: int,
) -> tuple[int, int, int]:
    """Hold the last of too many signals back until an earlier one is taken.

    Where all are taken behind it in the order, it is taken together with an earlier one.
    """
    if len(edges) <= half:
        raise TooManySignals
    signal = edges[-1][0]
    taken = next((wait for _, wait in reversed(edges[:-half]) if wait < signal), None)
    early, late = (taken, signal) if taken is not None else (signal, edges[-half - 1][1])
    number, after = steps[early].origin, steps[late].origin
    if number is None or after is None:
        raise TooManySignals
    return after, (target if taken is not None else source), number
