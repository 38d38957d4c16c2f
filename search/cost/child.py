"""Run a compiled plan beside the default plan, in a process of its own: it may crash or hang.

    python -m isa_mapper.search.cost.child FRAME PROGRAM DEFAULT ROUNDS

`FRAME` is a file with a pickled `Frame`, programs are JSON of `Program`. Prints one line of JSON:
`mistake`, or `seconds` and `ratio`, the median over rounds in which both are called in turn. `DEFAULT`
may be the same, or empty: then there is no ratio.
"""

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from ...runtime.timing import rounds_of
from .frame import Call, Frame, Program

BATCHES = 4
"""How often the rounds are repeated at most."""

SAMPLE = 0.003
"""Seconds of a sample."""

AT_ONCE = 2e-4
"""Seconds that calls in a row take at least, made from C: Python's part is about a percent of it."""

AGREE = 0.03
"""By which share medians of batches may differ that agree."""


def main(frame_file: str, program_text: str, default: str, rounds: str) -> None:
    """Check, time and print."""
    frame = pickle.loads(Path(frame_file).read_bytes())
    assert isinstance(frame, Frame)
    program = Program(**json.loads(program_text))
    call = Call(frame, program)
    call()
    mistake = call.mistake()
    if mistake is not None:
        print(json.dumps({"mistake": mistake}))
        return
    clock = _clock(program)
    if default in (program_text, ""):
        (times,) = _sampled([call], int(rounds), clock)
        print(json.dumps({"seconds": median(times), "ratio": 1.0 if default else None}))
        return
    times, ratios = _rounds([call, Call(frame, Program(**json.loads(default)))], int(rounds), clock)
    print(json.dumps({"seconds": median(times), "ratio": median(ratios)}))


def _clock(program: Program) -> Callable[[], float]:
    """What time is: on one thread that of the processor, so that what runs beside does not count."""
    return perf_counter if program.threads > 1 else thread_time


def _sampled(calls: list[Call], rounds: int, clock: Callable[[], float]) -> list[list[float]]:
    """Per call its time in every round; calls that take little time are made in a row, from C."""
    counts = [_at_once(call, clock) for call in calls]
    loops = [call.repeated(count) for call, count in zip(calls, counts, strict=True)]
    samples = rounds_of(loops, rounds, SAMPLE, clock)
    return [[time / n for time in times] for times, n in zip(samples, counts, strict=True)]


def _at_once(call: Call, clock: Callable[[], float]) -> int:
    """How often a call is made in a row; found by doubling."""
    count = 1
    while True:
        repeated = call.repeated(count)
        start = clock()
        repeated()
        if clock() - start >= AT_ONCE:
            return count
        count *= 2


def _rounds(
    calls: list[Call], rounds: int, clock: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """The times of the first call, and their ratios to the second's in the same round.

    Once more, up to four times, while medians disagree: then something else keeps the computer busy.
    """
    seconds: list[float] = []
    ratios: list[float] = []
    before: float | None = None
    for _ in range(BATCHES):
        times, others = _sampled(calls, rounds, clock)
        found = [time / other for time, other in zip(times, others, strict=True)]
        seconds, ratios = seconds + times, ratios + found
        now = median(found)
        if before is not None and abs(now - before) <= AGREE * before:
            break
        before = now
    return seconds, ratios


if __name__ == "__main__":
    main(*sys.argv[1:])
