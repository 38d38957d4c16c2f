"""Ask the workers in turn: A B C, A B C; and check what they compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeAlias

import numpy as np

from isa_mapper.runtime.check import compare
from isa_mapper.runtime.reference import reference

from .cases import Case
from .sampling import Sample, Times, times_of
from .worker import Failed, Prepare, Ready, Take, Worker

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

ATTEMPTS = 4
"""How often a sample is taken again that is not accepted."""

LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Effort:
    """How many rounds the samples of a case take at most, and about how many seconds.

    Slow cases have fewer rounds, but `LEAST_ROUNDS`.
    """

    rounds: int
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What one peer did with one case: times, or the reason why there are none."""

    times: Times | None
    failure: str = ""
    notes: Mapping[str, object] = field(default_factory=dict[str, object])


def race(case: Case, workers: Mapping[str, Worker], effort: Effort) -> dict[str, Outcome]:
    """Have all peers compute a case in turn.

    All of them prepare it at once, while the reference is computed. A peer whose result is wrong
    is not timed.
    """
    for worker in workers.values():
        worker.send(Prepare(case))
    expected = reference(case.build(), None, case.arrays())
    answers = {name: worker.receive(Ready) for name, worker in workers.items()}
    failures = {name: _failure(answer, expected) for name, answer in answers.items()}
    running = {name: workers[name] for name, failure in failures.items() if not failure}
    samples = _samples(running, effort, failures)
    return {
        name: Outcome(
            None if failures[name] else times_of(samples[name]),
            failures[name],
            answer.notes if isinstance(answer, Ready) else {},
        )
        for name, answer in answers.items()
    }


def _failure(answer: Ready | Failed, expected: Sequence[tuple[Array, Array]]) -> str:
    """Say why a peer is not timed; nothing if it is."""
    return answer.reason if isinstance(answer, Failed) else wrong(answer, expected)


def wrong(answer: Ready, expected: Sequence[tuple[Array, Array]]) -> str:
    """Say how results differ from the reference by more than rounding; nothing if they do not."""
    if answer.results is None:
        return ""
    for result, (value, tolerance) in zip(answer.results, expected, strict=False):
        if result.shape != value.shape:
            return f"wrong: a result of shape {result.shape}, expected {value.shape}"
        allowed = tolerance + answer.roundoff * np.abs(value)
        comparison = compare("result", result, value, allowed)
        if not comparison.passed:
            return f"wrong: {comparison}"
    return ""


def _samples(
    workers: Mapping[str, Worker], effort: Effort, failures: dict[str, str]
) -> dict[str, list[Sample]]:
    """Take samples in turn; a worker that fails is left out from then on."""
    samples: dict[str, list[Sample]] = {name: [] for name in workers}
    deadline = monotonic() + effort.seconds
    for number in range(effort.rounds):
        if number >= LEAST_ROUNDS and monotonic() > deadline:
            break
        for name, worker in workers.items():
            if failures[name]:
                continue
            sample = _sample(worker, deadline)
            if isinstance(sample, Sample):
                samples[name].append(sample)
            else:
                failures[name] = sample.reason
    return samples


def _sample(worker: Worker, deadline: float) -> Sample | Failed:
    """Take a sample, again if it was disturbed and there is time; the last one stands as it is."""
    sample = worker.ask(Take())
    for _ in range(ATTEMPTS - 1):
        if isinstance(sample, Failed) or sample.accepted or monotonic() > deadline:
            break
        sample = worker.ask(Take())
    return sample
