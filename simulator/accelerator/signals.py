"""Signals between engines: tokens in queues, or counting semaphores, one per pair of engines."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...binary.instance import Instance, source_of
from ...dialects.errors import UserError
from ..elements import Array
from .access import failure, location_text


@dataclass(frozen=True)
class Signal:
    """A signal that was given: when, by which instruction, and with which clock."""

    time: int
    instance: Instance
    clock: Array | None


class Signals:
    """The signals that were given and not taken yet.

    Args:
        most: How many there can be between two engines, or None.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._given: dict[tuple[str, str], deque[Signal]] = {}

    def arrivals(self, engine: str, waits: Sequence[str]) -> Iterator[tuple[str, int | None]]:
        """Per engine that one waits for, when the last of the signals came; None where one is missing."""
        for other, count in Counter(waits).items():
            given = self._given.get((other, engine), ())
            yield other, given[count - 1].time if len(given) >= count else None

    def take(self, engine: str, waits: Sequence[str]) -> list[Signal]:
        """Take the signals that an instruction waits for, which are there."""
        return [self._given[other, engine].popleft() for other in waits]

    def give(self, instance: Instance, time: int, clock: Array | None) -> None:
        """Give the signals of an instruction.

        Raises:
            UserError: There are more than there can be.
        """
        for other in instance.signals:
            given = self._given.setdefault((instance.engine, other), deque())
            given.append(Signal(time, instance, clock))
            if self._most is not None and len(given) > self._most:
                raise failure(
                    instance,
                    f"signals @{other}, which has not taken {self._most} signals before; "
                    "no semaphore holds more",
                )

    def check_taken(self) -> None:
        """Check that all signals were taken.

        Raises:
            UserError: There are some left.
        """
        for (giver, taker), given in self._given.items():
            if given:
                instance = given[-1].instance
                place = location_text(instance.location)
                raise UserError(
                    f"left over: @{taker} does not take {len(given)} of the signals of @{giver}, "
                    f"the last by '{instance.name}'" + (f" ({place})" if place else ""),
                    source_of(instance.location),
                )
