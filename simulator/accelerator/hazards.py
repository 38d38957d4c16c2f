"""Hardware that orders conflicting accesses itself, on machines that are `interlocked`."""

from __future__ import annotations

from .access import Access
from .steps import Step


class Hazards:
    """Finds the instructions that another must wait for."""

    def __init__(self) -> None:
        self._pending: list[Step] = []

    def dispatched(self, step: Step) -> None:
        """An instruction enters a queue: it waits for those before it that it conflicts with.

        The one that ends the program waits for all.
        """
        own = step.issued.engine
        step.blockers = tuple(
            other
            for other in self._pending
            if step.issued.is_last or (other.issued.engine != own and _conflict(other, step))
        )
        self._pending.append(step)

    def passed(self, time: int) -> None:
        """Forget what is done by now."""
        self._pending = [s for s in self._pending if s.done is None or s.done > time]

    @staticmethod
    def ready(step: Step) -> int | None:
        """When the last of those is done that an instruction waits for; None if that is not known."""
        times = [other.done for other in step.blockers]
        known = [time for time in times if time is not None]
        return max(known, default=0) if len(known) == len(times) else None


def _conflict(one: Step, other: Step) -> bool:
    """Whether two instructions access the same rows, and one of them writes."""
    return any(
        _overlap(a, b)
        for a in one.accesses
        for b in other.accesses
        if a is not None and b is not None and (a.writes or b.writes)
    )


def _overlap(one: Access, other: Access) -> bool:
    """Whether two operands have rows in common."""
    if one.memory is not other.memory or one.is_empty or other.is_empty:
        return False
    return one.rows.overlaps(other.rows)
