"""Streams, sweeps and nests of single elements as spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from ..default import Way
from ..problem import Problem
from ..scalar_nest import ScalarNest
from ..stream import Stream
from ..sweep import Sweep
from .walk import Choice, Refusal, Value
from .ways import Ways, orders

COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
"""How many tiles or rows there may be at a time."""


class StreamWays(Ways):
    """All streams of the operand that the planner would stream: their rows and columns."""

    name = "stream"
    kind = Stream

    @cached_property
    def own(self) -> Stream | None:
        """The planner's stream."""
        return Stream.of(self.problem)

    @property
    def is_empty(self) -> bool:
        """Whether panels are better."""
        return self.own is None

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The tiles of the output that are held, then the rows that pass through them."""
        own = self.own
        assert own is not None
        if "columns" not in chosen:
            extent = self.problem.extents[own.along]
            able = [n for n in sorted({*COUNTS[:6], own.columns}) if n <= max(extent, own.columns)]
            columns = [n for n in able if replace(own, columns=n).most_rows > 0]
            return Choice("columns", tuple(columns), _registers(len(able) - len(columns)))
        if "rows" not in chosen:
            held = replace(own, columns=int(chosen["columns"]))
            able = sorted({*COUNTS[1:], own.rows})
            rows = [n for n in able if n <= held.most_rows]
            return Choice("rows", tuple(rows), _registers(len(able) - len(rows)))
        if "parallel" not in chosen:
            return self.choice_of_threads((own.along,), is_last=True)
        return None

    def way(self, chosen: Mapping[str, Value]) -> Stream:
        """The stream that has been chosen."""
        assert self.own is not None
        return replace(self.own, columns=int(chosen["columns"]), rows=int(chosen["rows"]))

    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a stream."""
        assert isinstance(way, Stream)
        return {"columns": way.columns, "rows": way.rows, "parallel": self.parallel_of(way)}


class SweepWays(Ways):
    """All sweeps: the tiles in flight and the order of the loops."""

    name = "sweep"
    kind = Sweep

    @cached_property
    def own(self) -> Sweep | None:
        """The planner's sweep."""
        return Sweep.of(self.problem)

    @property
    def is_empty(self) -> bool:
        """Whether there is something to reuse or to rearrange."""
        return self.own is None

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The order of the loops, then the tiles in flight."""
        assert self.own is not None
        outer = self.own.order[:-1]
        if "order" not in chosen:
            return Choice("order", orders(outer))
        if "tiles" not in chosen:
            able = sorted({*COUNTS, self.own.tiles})
            tiles = [n for n in able if n <= self.own.most]
            return Choice("tiles", tuple(tiles), _registers(len(able) - len(tiles)))
        if "parallel" not in chosen:
            return self.choice_of_threads(self.own.order, is_last=True)
        return None

    def way(self, chosen: Mapping[str, Value]) -> Sweep:
        """The sweep that has been chosen."""
        assert self.own is not None
        order = (*str(chosen["order"]).split(), self.own.order[-1])
        return replace(self.own, order=order, tiles=int(chosen["tiles"]))

    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a sweep."""
        assert isinstance(way, Sweep)
        order = " ".join(way.order[:-1])
        return {"order": order, "tiles": way.tiles, "parallel": self.parallel_of(way)}


class ScalarWays(Ways):
    """All nests of single elements that differ in their innermost loop."""

    name = "scalar"
    kind = ScalarNest

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        self._names = tuple(a.name for a in problem.statement.axes if a.extent > 1)

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The innermost loop, then the one on several threads."""
        if "innermost" not in chosen:
            return Choice("innermost", self._names or ("",))
        if "parallel" not in chosen:
            results = [axis for axis in self._names if axis in self.problem.parallel]
            return self.choice_of_threads(results, is_last=True)
        return None

    def way(self, chosen: Mapping[str, Value]) -> ScalarNest:
        """The nest that has been chosen."""
        return ScalarNest.around(self.problem, str(chosen["innermost"]) or None)

    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a nest."""
        assert isinstance(way, ScalarNest)
        innermost = way.order[-1] if way.order else ""
        return {"innermost": innermost, "parallel": self.parallel_of(way)}


def _registers(left: int) -> tuple[Refusal, ...]:
    """What is left out because there are too few registers, or elements."""
    reason = "there are fewer registers, or elements"
    return (Refusal(reason, "more tiles at a time", left),) if left else ()
