"""A process of its own for one peer, which prepares cases and takes samples when it is asked.

Requests are `Prepare`, then any number of `Take`; each is answered by one object.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, TypeAlias, TypeVar

import numpy as np

from isa_mapper.dialects.errors import UserError

from .cases import Case
from .memory import placed
from .peer import Peer, Prepared, Settings, Unsupported
from .sampling import Clock, Sample, repeats, take

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Answer = TypeVar("Answer", "Ready", Sample)

ENVIRONMENT = {
    # freed memory stays with the process: no page faults in calls that allocate their results
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # huge pages for what peers allocate, too
}
"""Variables of every worker's process."""

UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that would change a peer behind our back; only a peer may set them."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that limit threads."""


@dataclass(frozen=True)
class Prepare:
    """A request to prepare a case and run it once; what was prepared before is given up."""

    case: Case


@dataclass(frozen=True)
class Take:
    """A request for one sample."""


@dataclass(frozen=True)
class Ready:
    """The answer to `Prepare`: what was computed, and the seconds that a call takes about."""

    results: Sequence[Array] | None
    roundoff: float
    notes: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Failed:
    """The answer to anything that did not work, with the reason."""

    reason: str


def serve(connection: Connection, peer: type[Peer], settings: Settings) -> None:
    """Answer requests until the connection closes."""
    worker = _Worker(peer, settings)
    with suppress(EOFError, OSError, KeyboardInterrupt):  # nobody asks any more
        while True:
            connection.send(_answer(worker, connection.recv()))


def _answer(worker: _Worker, request: Prepare | Take) -> Ready | Sample | Failed:
    """Do what is asked; whatever a peer raises becomes a line of the table."""
    try:
        return worker.prepare(request.case) if isinstance(request, Prepare) else worker.take()
    except (Unsupported, UserError) as error:
        return Failed(str(error))
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}".partition("\n")[0])


class _Worker:
    """The peer and what it has prepared."""

    def __init__(self, peer: type[Peer], settings: Settings) -> None:
        self._clock = Clock()
        self._peer = peer(settings)
        self._prepared: Prepared | None = None
        self._count = 1

    def prepare(self, case: Case) -> Ready:
        """Prepare a case and run it."""
        self._prepared = None
        gc.collect()
        prepared = self._peer.prepare(case, [placed(array) for array in case.arrays()])
        prepared.call()
        results = None if prepared.results is None else list(prepared.results())
        self._count = repeats(prepared.call)
        self._prepared = prepared
        return Ready(results, prepared.roundoff, prepared.notes)

    def take(self) -> Sample:
        """Take a sample of what is prepared."""
        if self._prepared is None:
            raise Unsupported("nothing is prepared")
        sample = take(self._prepared.call, self._count, self._clock)
        return sample.scaled(self._prepared.scale)


class Worker:
    """The other end: a peer's process, started when it is first needed, and again if it dies."""

    def __init__(self, peer: type[Peer], settings: Settings, patience: float = 600.0) -> None:
        self._peer, self._settings, self._patience = peer, settings, patience
        self._process: Any = None
        self._connection: Connection | None = None

    def ask(self, request: Take) -> Sample | Failed:
        """Send a request for a sample and wait for it."""
        self.send(request)
        return self.receive(Sample)

    def send(self, request: Prepare | Take) -> None:
        """Send a request."""
        connection = self._connection or self._start()
        try:
            connection.send(request)
        except OSError:
            self.close()

    def receive(self, kind: type[Answer]) -> Answer | Failed:
        """Wait for an answer; a process that crashed or hangs is ended, and answers `Failed`."""
        connection, process = self._connection, self._process
        if connection is None:
            return Failed("its process ended")
        try:
            if connection.poll(self._patience):
                answer = connection.recv()
                return answer if isinstance(answer, kind | Failed) else Failed("not what was asked")
            reason = f"no answer within {self._patience:.0f} s"
        except (EOFError, OSError):
            process.join(5)
            reason = f"its process ended with {process.exitcode}"
        self.close()
        return Failed(reason)

    def close(self) -> None:
        """End the process."""
        if self._connection is None:
            return
        self._connection.close()
        self._process.join(2)
        if self._process.is_alive():
            self._process.kill()
        self._connection = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._connection, far = context.Pipe()
        arguments = (far, self._peer, self._settings)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        limits = dict.fromkeys(THREADS, str(self._settings.threads))
        with _environment({**ENVIRONMENT, **limits, **self._peer.environment}):
            self._process.start()
        far.close()
        return self._connection


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started inside."""
    before = dict(os.environ)
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
