"""What a simulated run gives: arrays, cycles, and how every engine spent them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...binary.instance import Instance
from ..elements import Array


@dataclass(frozen=True)
class Slice:
    """One instruction of a run.

    Attributes:
        instance: The instruction.
        dispatched: The cycle in which it entered the queue of its engine.
        start: The cycle in which it began. end: When its engine was free again.
        done: When its results could be used.
        transferred: Per memory that all engines share, the bytes that it moved.
    """

    instance: Instance
    dispatched: int
    start: int
    end: int
    done: int
    transferred: Mapping[str, int]


@dataclass
class EngineReport:
    """How an engine spent the cycles of a run; `busy`, `stalls` and `idle` are all of them.

    Attributes:
        name: The engine. instructions: How many it executed.
        busy: Cycles in which it worked, as the description gives them.
        stalls: Per cause, the cycles in which it could not: `dispatch` (the front end had not
            reached the instruction), `queue` (nor could it, as the queue of another engine was
            full), `wait for x` (a signal of engine x), `hazard` (hardware held it back), `bank`,
            `bandwidth`, `configuration` (it was being set).
        idle: Cycles after its last instruction.
    """

    name: str
    instructions: int = 0
    busy: int = 0
    stalls: dict[str, int] = field(default_factory=dict[str, int])
    idle: int = 0

    def stall(self, cause: str, cycles: int) -> None:
        """Count cycles that are lost."""
        if cycles > 0:
            self.stalls[cause] = self.stalls.get(cause, 0) + cycles


@dataclass(frozen=True)
class Bound:
    """A limit that no program can beat which does the same work.

    Attributes:
        name: What is limited. work: How much of it was done. rate: How much can be per cycle.
    """

    name: str
    work: int
    rate: float

    @property
    def cycles(self) -> float:
        """The least cycles."""
        return self.work / self.rate


@dataclass(frozen=True)
class Result:
    """What a run gives.

    Attributes:
        outputs: The arrays by name. cycles: How long it took.
        engines: How every engine spent them. bounds: The limits: products, bytes of memories.
        slices: The instructions in the order in which they began.
        memories: The contents of the memories at the end, and which bytes of them were written.
    """

    outputs: Mapping[str, Array]
    cycles: int
    engines: tuple[EngineReport, ...]
    bounds: tuple[Bound, ...]
    slices: tuple[Slice, ...]
    memories: Mapping[str, tuple[Array, Array]]

    @property
    def bound(self) -> Bound | None:
        """The limit that is nearest."""
        return max(self.bounds, key=lambda bound: bound.cycles, default=None)

    @property
    def utilisation(self) -> float:
        """The share of the products that the machine could have summed; 0 without any."""
        least = sum(b.cycles for b in self.bounds if b.name.endswith("products"))
        return least / self.cycles if self.cycles else 0.0
