"""A run as a trace that Perfetto and Chrome show: slices per engine, counters per shared memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from os import PathLike
from typing import Any

from .access import location_text
from .result import Result, Slice


def write_trace(result: Result, path: str | PathLike[str]) -> None:
    """Write the trace of a run; a microsecond of the trace is a cycle."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"displayTimeUnit": "ns", "traceEvents": list(trace_events(result))}, file)


def trace_events(result: Result) -> Iterator[dict[str, Any]]:
    """The events: names of the engines, one slice for each instruction, counters."""
    threads = {engine.name: number for number, engine in enumerate(result.engines, 1)}
    for name, number in threads.items():
        yield {
            **{"ph": "M", "pid": 1, "tid": number, "name": "thread_name"},
            "args": {"name": name},
        }
    moved: dict[str, int] = {}
    for piece in result.slices:
        yield {
            **{"ph": "X", "pid": 1, "tid": threads[piece.instance.engine]},
            **{"name": piece.instance.name, "ts": piece.start, "dur": piece.end - piece.start},
            "args": _arguments(piece),
        }
        for memory, size in piece.transferred.items():
            moved[memory] = moved.get(memory, 0) + size
            yield {
                **{"ph": "C", "pid": 1, "name": f"bytes of @{memory}", "ts": piece.end},
                "args": {"bytes": moved[memory]},
            }


def _arguments(piece: Slice) -> dict[str, Any]:
    """What a slice tells when it is selected."""
    instance = piece.instance
    given: dict[str, Any] = {
        "location": location_text(instance.location),
        "extents": list(instance.extents),
        "repeat": list(instance.counts),
        "waits": list(instance.waits),
        "signals": list(instance.signals),
        "keeping": list(instance.kept),
        "parameters": dict(instance.parameters),
    }
    times = {"dispatched": piece.dispatched, "done": piece.done}
    return {name: value for name, value in given.items() if value} | times
