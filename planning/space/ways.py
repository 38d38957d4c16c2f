"""What the ways of planning have in common as spaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import ClassVar

from ...dialects.plan import StepAttr, StepKind
from ..default import Way
from ..problem import Problem
from .walk import Choice, Value

ORDERS = 3
"""Of how many loops all orders are tried; of more, only the planner's own."""

NO_LOOP = "none"
"""The loop that runs on several threads if there is none."""


class Ways(ABC):
    """All ways of one kind to plan for a problem.

    Attributes:
        name: What the kind is called. kind: Its class.
        problem: The statement and the instruction.
        threads: How many threads share the work.
    """

    name: ClassVar[str]
    kind: ClassVar[type[Way]]

    def __init__(self, problem: Problem, threads: int) -> None:
        self.problem, self.threads = problem, threads

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return False

    @abstractmethod
    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """What is to be chosen next, as for `Space.next`."""

    @abstractmethod
    def way(self, chosen: Mapping[str, Value]) -> Way:
        """The way that has been chosen."""

    @abstractmethod
    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a way of this kind."""

    def choice_of_threads(self, axes: Sequence[str], is_last: bool = False) -> Choice:
        """The choice of the loop that runs on several threads, among loops over results."""
        able = axes if self.threads > 1 and self.problem.writes_apart else ()
        return Choice("parallel", (NO_LOOP, *able), is_last=is_last)

    def parallel_of(self, way: Way) -> str:
        """The loop that the default plan runs on several threads: the outermost if it is over results."""
        first = next(iter(way.steps()), None)
        if first is None or self.threads == 1 or not self.problem.writes_apart:
            return NO_LOOP
        is_able = first.is_loop and first.subject.data in self.problem.parallel
        return first.subject.data if is_able else NO_LOOP


def in_parallel(steps: Sequence[StepAttr], axis: str) -> list[StepAttr]:
    """The steps when the outermost loop over an axis runs on several threads."""
    found = list(steps)
    for at, step in enumerate(found):
        if step.is_loop and step.subject.data == axis:
            found[at] = StepAttr.loop(axis, step.size.data, StepKind.PARALLEL)
            break
    return found


def orders(axes: Sequence[str]) -> tuple[str, ...]:
    """All orders of some loops, as words; the given one first, and alone if they are many."""
    found = permutations(axes) if len(axes) <= ORDERS else [axes]
    return tuple(" ".join(order) for order in found)


def size_text(size: float) -> str:
    """Bytes in words."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
