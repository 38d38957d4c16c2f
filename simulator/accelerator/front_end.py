"""The front end: it hands the instructions of a program to the engines, in the order of the code."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from ...binary.instance import source_of
from ...dialects.errors import UserError
from .steps import EngineState, Step


class FrontEnd:
    """Hands out one instruction per cycle, and waits where the queue of its engine is full.

    Args:
        steps: The program.
        engines: The engines by name.
    """

    def __init__(self, steps: Sequence[Step], engines: Mapping[str, EngineState]) -> None:
        self._steps = steps
        self._engines = engines
        self._position = 0
        self._time = 0
        self._waits: list[tuple[int, int, int]] = []
        """When the front end went on, how long it had waited, and how long in all."""

    @property
    def is_done(self) -> bool:
        """Whether all instructions are handed out: there are none behind one that ends the program."""
        if self._position == len(self._steps):
            return True
        return self._position > 0 and self._steps[self._position - 1].issued.is_last

    @property
    def next(self) -> Step | None:
        """The instruction that is handed out next."""
        return None if self.is_done else self._steps[self._position]

    def hand_out(self, delay: int = 0) -> Step | None:
        """Hand out an instruction, `delay` cycles later than it could; None where it must wait."""
        step = self.next
        if step is None:
            return None
        engine = self._engines.get(step.issued.engine)
        if engine is None:
            raise UserError(
                f"'{step.issued.name}': there is no engine '{step.issued.engine}'",
                source_of(step.location),
            )
        if not engine.has_room:
            return None
        ready, self._position = self._time + delay, self._position + 1
        step.dispatched = max(ready, engine.room_since)
        if step.dispatched > ready:
            waited = step.dispatched - ready
            total = self._waits[-1][2] if self._waits else 0
            self._waits.append((step.dispatched, waited, total + waited))
        self._time = step.dispatched + 1
        engine.queue.append(step)
        return step

    def waited(self, start: int, end: int) -> int:
        """How many of the cycles from `start` to `end` it waited for a full queue."""
        return self._waited_until(end) - self._waited_until(start)

    def _waited_until(self, time: int) -> int:
        """How many of the cycles before `time` it waited."""
        number = bisect_right(self._waits, (time, 1 << 62, 0))
        total = self._waits[number - 1][2] if number else 0
        if number < len(self._waits):
            end, length, _ = self._waits[number]
            total += max(0, time - (end - length))
        return total
