"""Programs that do not go on: who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...binary.instance import source_of
from ...dialects.errors import UserError
from .access import location_text
from .front_end import FrontEnd
from .signals import Signals
from .steps import EngineState, Step


def stuck(front: FrontEnd, engines: Mapping[str, EngineState], signals: Signals) -> UserError:
    """The error of a program of which no instruction can begin."""
    waiting = [engine for engine in engines.values() if engine.queue]
    if front.is_done and not waiting:
        return UserError("the program never finishes: its last instruction does not end it")
    lines = [line for engine in waiting for line in _waits(engine, engines, signals)]
    if (step := front.next) is not None:
        lines.append(f"the front end waits for room in the queue of @{step.issued.engine}")
    location = source_of(waiting[0].queue[0].location) if waiting else None
    return UserError(f"deadlock: {'; '.join(lines)}", location)


def _waits(
    engine: EngineState, engines: Mapping[str, EngineState], signals: Signals
) -> Iterator[str]:
    """What an engine waits for, in words."""
    step = engine.queue[0]
    missing = [
        other for other, time in signals.arrivals(engine.name, step.issued.waits) if time is None
    ]
    for other in missing:
        found = engines.get(other)
        idle = ", which has nothing to do" if found is None or not found.queue else ""
        yield f"@{engine.name} waits at {_name(step)} for a signal of @{other}{idle}"
    if not missing:
        yield f"@{engine.name} waits at {_name(step)} for instructions before it"


def _name(step: Step) -> str:
    """An instruction with its place."""
    place = location_text(step.location)
    return f"'{step.issued.name}'" + (f" ({place})" if place else "")
