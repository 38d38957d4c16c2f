"""Run proposals on any executor and lose none of them, though workers may die."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from typing import Any

from ..dialects.errors import UserError
from .cost.model import Cost, CostModel, Status, failure
from .extras import extra
from .workload import Proposal

ATTEMPTS = 3
"""How often a proposal is run whose worker dies."""


class Workers:
    """Runs proposals with a cost model.

    Args:
        model: The cost model.
        make: Makes the executor, anew when it has broken; None: everything is done here.
    """

    def __init__(self, model: CostModel, make: Callable[[], Executor] | None = None) -> None:
        self._model, self._make = model, make
        self._executor = make() if make is not None else None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    def run(self, proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, Cost]]:
        """The cost of every proposal, each as soon as it is known.

        One whose worker dies is run again; when that happens too often, that is what it costs.

        Raises:
            UserError: A worker cannot work at all, for instance without a C compiler.
        """
        if self._executor is None:
            for proposal in proposals:
                yield proposal, self._model.estimate(proposal)
            return
        left = dict.fromkeys(proposals)
        for proposal, cost in self._attempt(proposals):
            del left[proposal]
            yield proposal, cost
        for proposal in left:  # alone, so that none suffers from what another does
            yield proposal, self._again(proposal)

    def _again(self, proposal: Proposal) -> Cost:
        """The cost of a proposal whose worker has died."""
        for _ in range(ATTEMPTS - 1):
            for _, cost in self._attempt([proposal]):
                return cost
        return failure(Status.FAILED, f"its worker died {ATTEMPTS} times")

    def _attempt(self, proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, Cost]]:
        """The costs of those whose workers live."""
        assert self._executor is not None
        assert self._make is not None
        asked: dict[Future[Cost], Proposal] = {}
        broken = False
        try:
            for proposal in proposals:
                with _interrupts_later():
                    asked[self._executor.submit(self._model.estimate, proposal)] = proposal
        except BrokenExecutor:
            broken = True
        known: set[Future[Cost]] = set()
        try:
            for future in as_completed(asked):
                known.add(future)
                try:
                    cost = future.result()
                except UserError:
                    raise
                except Exception as error:  # what a model raises is a cost: this is the executor's
                    broken = broken or isinstance(error, BrokenExecutor)
                else:
                    yield asked[future], cost
        except KeyboardInterrupt:  # what is done already is not lost
            for future, proposal in asked.items():
                if future not in known and future.done() and future.exception() is None:
                    yield proposal, future.result()
            raise
        finally:
            for future in asked:
                future.cancel()
        if broken:
            self._executor.shutdown(wait=False)
            self._executor = self._make()


def processes(jobs: int) -> ProcessPoolExecutor:
    """So many processes on this computer; they leave interrupts to this one, from their first moment."""
    context = get_context("spawn")  # a fork would take over threads of NumPy in any state
    resource_tracker.ensure_running()  # if it started later, it would unblock interrupts
    return ProcessPoolExecutor(jobs, mp_context=context)


@contextmanager
def _interrupts_later() -> Generator[None]:
    """Put interrupts off; processes that start meanwhile never get any."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def cluster(address: str) -> Any:
    """The client of a Dask cluster, whose `get_executor()` is an executor.

    Raises:
        UserError: Dask is not installed, or nobody answers at the address.
    """
    distributed = extra("distributed", "dask", "a cluster")
    try:
        return distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at '{address}': {error}") from error
