"""How long a call takes, and whether a sample may be believed.

A sample is one warm-up call and then as many calls as fill `SECONDS`. It is accepted if the thread
ran all the time (wall time below `MOST_WALL` times its processor time), and if a short loop of
multiply-adds before and after it ran at more than `LEAST_CLOCK` of the fastest that was ever seen
in the process: the clock was up, and nobody else had the core's units. Where no sample of a call is
accepted, the processor time of all stands for the wall time: that leaves out the time when another
process had the core, but not what it did to the caches. Such times are marked everywhere.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median
from time import perf_counter, thread_time

from xdsl.dialects.builtin import ModuleOp, f32

from isa_mapper.dialects.machines import find_target
from isa_mapper.runtime.build import build
from isa_mapper.runtime.peak import best_instruction, loop_of

SECONDS = 0.006
"""How long a sample should last at least."""

LOOP_SECONDS = 25e-6
MOST_WALL, LEAST_CLOCK = 1.03, 0.9


@dataclass(frozen=True)
class Sample:
    """One sample: seconds per call, of them on the processor, and the share of the best clock."""

    wall: float
    processor: float
    clock: float

    @property
    def accepted(self) -> bool:
        """Whether nothing disturbed it, as far as can be told."""
        return self.wall < MOST_WALL * self.processor and self.clock > LEAST_CLOCK

    def scaled(self, factor: float) -> Sample:
        """Return the sample of as much more work."""
        return Sample(self.wall * factor, self.processor * factor, self.clock)


class Clock:
    """A loop of multiply-adds in registers, which tells how fast the core is at this moment."""

    def __init__(self) -> None:
        machine = find_target("host", ModuleOp([]))
        instruction = best_instruction(machine, f32)
        assert instruction is not None
        function = build(loop_of(machine, instruction).text, tuple(machine.c_flags)).peak
        function.argtypes, function.restype = (ctypes.c_int64, ctypes.c_void_p), None
        self._function = function
        self._memory = ctypes.create_string_buffer(1 << 16)
        self._repeat, self._best = 1, float("inf")
        while self._time() < LOOP_SECONDS:
            self._repeat *= 2
        self._best = min(self._time() for _ in range(20))

    def _time(self) -> float:
        start = perf_counter()
        self._function(self._repeat, self._memory)
        return perf_counter() - start

    def share(self) -> float:
        """Return the speed of the core, at most 1, relative to the best that was seen."""
        time = self._time()
        self._best = min(self._best, time)
        return self._best / time


def take(call: Callable[[], object], count: int, clock: Clock) -> Sample:
    """Take one sample of `count` calls."""
    call()
    before = clock.share()
    ran, start = thread_time(), perf_counter()
    for _ in range(count):
        call()
    wall, ran = perf_counter() - start, thread_time() - ran
    return Sample(wall / count, ran / count, min(before, clock.share()))


def repeats(call: Callable[[], object], seconds: float = SECONDS) -> int:
    """Return how many calls fill a sample, found by doubling; one if a call takes longer."""
    count = 1
    while True:
        start = perf_counter()
        for _ in range(count):
            call()
        time = perf_counter() - start
        if time > seconds / 4 or count >= 1 << 20:
            return max(1, round(count * seconds / max(time, 1e-9)))
        count *= 2


@dataclass(frozen=True)
class Times:
    """What came of the samples of one call: seconds per call, and how many of them count."""

    median: float
    best: float
    accepted: int
    taken: int

    @property
    def disturbed(self) -> bool:
        """Whether less than a third of the samples is accepted."""
        return 3 * self.accepted < self.taken


def times_of(samples: Sequence[Sample]) -> Times:
    """Return the median and the best of the accepted samples, or else of all processor times."""
    accepted = [sample.wall for sample in samples if sample.accepted]
    counted = accepted or [sample.processor for sample in samples]
    return Times(median(counted), min(counted), len(accepted), len(samples))


def geometric_mean(numbers: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return exp(sum(map(log, numbers)) / len(numbers))
