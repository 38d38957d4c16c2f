"""Measure how long calls take, fairly: in turn, so that a busy moment hits all alike."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter


def interleaved(
    calls: Sequence[Callable[[], object]], rounds: int = 11, sample_seconds: float = 0.01
) -> list[float]:
    """Return the median time of each call, in seconds.

    Each is warmed up, then the calls are sampled in turn; a sample repeats its call until it has
    lasted `sample_seconds`, as far as can be told from the warm-up.
    """
    repeats = [max(1, round(sample_seconds / max(_sample(call, 1), 1e-7))) for call in calls]
    repeats = [
        max(1, round(sample_seconds / max(_sample(call, min(count, 100)), 1e-7)))
        for call, count in zip(calls, repeats, strict=True)
    ]
    samples: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, count, times in zip(calls, repeats, samples, strict=True):
            times.append(_sample(call, count))
    return [median(times) for times in samples]


def _sample(call: Callable[[], object], count: int) -> float:
    """Return the mean time of `count` calls in a row."""
    start = perf_counter()
    for _ in range(count):
        call()
    return (perf_counter() - start) / count
