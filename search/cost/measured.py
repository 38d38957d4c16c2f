"""Plans measured on this computer: compiled, run beside the default plan, and checked.

The plan runs in a process of its own with a time limit: what crashes, hangs or is wrong is found out
and never chosen. Only one plan runs at a time on a computer, whoever asks.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...dialects.errors import UserError
from ...planning.records import cpu_name
from ...runtime.build import MissingCompilerError, cache_directory, library
from ...runtime.module import CompiledKernel, require_host
from ...targets.c_names import identifier
from ..workload import Proposal, Workload, prepared
from . import child
from .frame import Argument, Frame
from .model import Cost, Status, failure
from .reference import inputs_and_results

LOCK = "measuring.lock"
"""The file in the cache of libraries that whoever measures holds a lock on."""


@dataclass(frozen=True)
class Measured:
    """Measures plans in seconds.

    Attributes:
        limit: For how many seconds a plan may run, and its C be compiled.
        rounds: How often it is called beside the default plan, in each of a few batches.
        seed: The seed of the inputs.
    """

    name: ClassVar[str] = "measured"

    limit: float = 20.0
    rounds: int = 15
    seed: int = 0

    def estimate(self, proposal: Proposal) -> Cost:
        """The median time of a call, and of its ratio to the default plan."""
        try:
            file = _built(proposal, self.limit)
            default = _built(proposal.default, self.limit)
            frame = _frame_file(proposal.workload, self.seed)
        except MissingCompilerError:
            raise
        except UserError as error:
            return failure(Status.REFUSED, error.message)
        except Exception as error:
            return failure(Status.FAILED, f"{type(error).__name__}: {error}")
        return self.run(frame, file, default)

    def run(self, frame: Path, file: Path, default: Path) -> Cost:
        """Run a library beside that of the default plan in another process."""
        command = [sys.executable, "-m", child.__name__, str(frame), str(file), str(default)]
        with measuring_alone():
            try:
                done = subprocess.run(
                    [*command, str(self.rounds)],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=self.limit,
                    start_new_session=True,  # an interrupt is for who asked
                )
            except subprocess.TimeoutExpired:
                return failure(Status.TIMEOUT, f"it runs for more than {self.limit:g} s")
        if done.returncode < 0:
            return failure(Status.CRASHED, signal.Signals(-done.returncode).name)
        if done.returncode > 0:
            last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            return failure(Status.CRASHED, last[0])
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if "mistake" in found:
            return failure(Status.WRONG, found["mistake"])
        return Cost(found["seconds"], "seconds", ratio=found["ratio"], cpu=cpu_name())


@contextmanager
def measuring_alone() -> Generator[None]:
    """Hold the lock of this computer: nobody else measures meanwhile."""
    import fcntl

    with (cache_directory() / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _built(proposal: Proposal, limit: float) -> Path:
    """The library of a proposal.

    Raises:
        UserError: A pass or the C compiler does not take it.
    """
    if proposal == proposal.default:
        return _built_once(proposal, limit)
    return _library(proposal, limit)


@lru_cache(maxsize=16)
def _built_once(proposal: Proposal, limit: float) -> Path:
    """The library of a default plan, which many others are compared with."""
    return _library(proposal, limit)


def _library(proposal: Proposal, limit: float) -> Path:
    kernel = prepared(proposal.workload).kernel(proposal)
    require_host(kernel)
    return library(kernel.c.source, kernel.c.flags, limit)


@lru_cache(maxsize=2)
def _frames(workload: Workload, seed: int) -> tempfile.TemporaryDirectory[str]:
    """A folder with the pickled frame of a workload, which goes when it is not used any more."""
    folder = tempfile.TemporaryDirectory(prefix="isa-mapper-frame-")
    ready = prepared(workload)
    first = next(iter(ready.statements.values()))
    kernel = ready.kernel(Proposal(workload, first.index, first.space.default))
    arrays, expected = inputs_and_results(workload, seed)
    frame = Frame(
        identifier(workload.entry),
        workload.threads if "-fopenmp" in kernel.c.flags else 0,
        _arguments(kernel, arrays),
        expected,
    )
    (Path(folder.name) / "frame").write_bytes(pickle.dumps(frame))
    return folder


def _frame_file(workload: Workload, seed: int) -> Path:
    """The file with the pickled frame of a workload."""
    return Path(_frames(workload, seed).name) / "frame"


def _arguments(kernel: CompiledKernel, arrays: list[np.ndarray[Any, Any]]) -> list[Argument]:
    """The arguments of a kernel as plain data."""
    found: list[Argument] = []
    for parameter, array in zip(kernel.signature.parameters, kernel.storage(arrays), strict=True):
        strides = tuple(stride // array.itemsize for stride in array.strides)
        last = sum(s * (n - 1) for s, n in zip(strides, array.shape, strict=True))
        memory = np.lib.stride_tricks.as_strided(array, (last + 1,), (array.itemsize,)).copy()
        shape, is_result = tuple(array.shape), parameter.returned
        found.append(Argument(parameter.name, memory, shape, strides, parameter.scalar, is_result))
    return found
