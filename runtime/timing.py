"""Measure how long calls take, fairly: in turn, so that a busy moment hits all alike."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

_LONGEST = 4.0
"""Seconds that the samples of slow calls may take together."""


def interleaved(
    calls: Sequence[Callable[[], object]], rounds: int = 15, sample_seconds: float = 0.006
) -> list[float]:
    """Return the median time of each call, in seconds; arguments as for `rounds_of`."""
    return [median(times) for times in rounds_of(calls, rounds, sample_seconds)]


def rounds_of(
    calls: Sequence[Callable[[], object]],
    rounds: int = 15,
    sample_seconds: float = 0.006,
    clock: Callable[[], float] = perf_counter,
) -> list[list[float]]:
    """Return for each call its time in every round, in seconds, by a clock.

    Each is warmed up, then the calls are sampled in turn; a sample repeats its call until it has
    lasted `sample_seconds`, as far as can be told from the warm-up. Samples are short, so that
    calls that are compared meet the same clock. Calls of more than that are sampled less often,
    such that all takes some seconds, but at least three times.
    """
    first = [_sample(call, 1, clock) for call in calls]
    warm = [
        _sample(call, max(1, min(100, round(sample_seconds / max(time, 1e-7)))), clock)
        for call, time in zip(calls, first, strict=True)
    ]
    repeats = [max(1, round(sample_seconds / max(time, 1e-7))) for time in warm]
    rounds = max(3, min(rounds, round(_LONGEST / max(sum(warm), 1e-7))))
    samples: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, count, times in zip(calls, repeats, samples, strict=True):
            times.append(_sample(call, count, clock))
    return samples


def _sample(call: Callable[[], object], count: int, clock: Callable[[], float]) -> float:
    """Return the mean time of `count` calls in a row."""
    start = clock()
    for _ in range(count):
        call()
    return (clock() - start) / count
