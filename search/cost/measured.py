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
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from ctypes import c_void_p
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from xdsl.ir import SSAValue

from ...dialects.dtypes import dtype_of
from ...dialects.errors import UserError
from ...planning.records import cpu_name
from ...runtime.build import MissingCompilerError, SlowCompilerError, cache_directory, library
from ...runtime.module import require_host
from ...runtime.packed import buffers_of, calls_of
from ...runtime.repeat import repeater
from ...runtime.storage import stored_arrays
from ...simulator.signature import Signature, entry_function
from ...targets.c_names import identifier
from ..workload import Proposal, Workload, prepared
from . import child
from .frame import Argument, Array, Frame, Program, passed_type
from .model import Cost, Status, failure
from .reference import inputs_and_results, signature

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
        """The median time of a call, and of its ratio to the default plan; no ratio if that fails."""
        default, cost = _default(self, proposal.default)
        return cost if proposal == proposal.default else self.attempt(proposal, default)[1]

    def attempt(self, proposal: Proposal, default: Program | None) -> tuple[Program | None, Cost]:
        """Build and run a proposal: the program, None if it must not be run again, and its cost.

        Raises:
            MissingCompilerError: There is no C compiler.
        """
        try:
            program = _built(proposal, self.limit)
            frame = _frame_file(proposal.workload, self.seed)
        except MissingCompilerError:
            raise
        except SlowCompilerError as error:
            return None, failure(Status.TIMEOUT, error.message)
        except UserError as error:
            return None, failure(Status.REFUSED, error.message)
        except Exception as error:
            return None, failure(Status.FAILED, f"{type(error).__name__}: {error}")
        cost = self.run(frame, program, program if proposal == proposal.default else default)
        return (program if cost.is_right else None), cost

    def run(self, frame: Path, program: Program, default: Program | None) -> Cost:
        """Run a program in another process, beside that of the default plan if there is one."""
        beside = default.text() if default is not None else ""
        command = [sys.executable, "-m", child.__name__, str(frame), program.text(), beside]
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


@lru_cache(maxsize=16)
def _default(model: Measured, proposal: Proposal) -> tuple[Program | None, Cost]:
    """What became of a default plan, which many others are compared with: it is tried once."""
    return model.attempt(proposal, None)


def _built(proposal: Proposal, limit: float) -> Program:
    """The compiled program of a proposal.

    Raises:
        UserError: A pass or the C compiler does not take it.
    """
    kernel = prepared(proposal.workload).kernel(proposal)
    require_host(kernel)
    flags = kernel.c.flags
    file = library(kernel.c.source, flags, limit)
    function = entry_function(kernel.lowered.module, kernel.entry)
    buffers = buffers_of(function)
    values: list[SSAValue] = [*function.args, *(one.memref for one in buffers)]
    numbers = {value: number for number, value in enumerate(values)}
    calls = [(identifier(name), [numbers[v] for v in taken]) for name, taken in calls_of(function)]
    sizes = [
        dtype_of(b.memref.type.element_type).itemsize * prod(b.memref.type.get_shape())
        for b in buffers
    ]
    threads = kernel.threads if "-fopenmp" in flags else 0
    types = [passed_type(p.dtype) if p.scalar else c_void_p for p in kernel.signature.parameters]
    types += [c_void_p] * len(buffers)
    loop = repeater([types[number] for number in calls[-1][1]])
    return Program(str(file), threads, sizes, calls, str(loop))


@lru_cache(maxsize=2)
def _frames(workload: Workload, seed: int) -> tempfile.TemporaryDirectory[str]:
    """A folder with the pickled frame of a workload, which goes when it is not used any more."""
    folder = tempfile.TemporaryDirectory(prefix="isa-mapper-frame-")
    arrays, expected = inputs_and_results(workload, seed)
    frame = Frame(list(_arguments(signature(workload), arrays)), expected)
    (Path(folder.name) / "frame").write_bytes(pickle.dumps(frame))
    return folder


def _frame_file(workload: Workload, seed: int) -> Path:
    """The file with the pickled frame of a workload."""
    return Path(_frames(workload, seed).name) / "frame"


def _arguments(signature: Signature, arrays: Sequence[Array]) -> Iterator[Argument]:
    """The arguments of a kernel as plain data."""
    results = [np.empty(one.shape, one.dtype) for one in signature.outputs]
    stored = stored_arrays(signature, arrays, results)
    for parameter, array in zip(signature.parameters, stored, strict=True):
        strides = tuple(stride // array.itemsize for stride in array.strides)
        last = sum(s * (n - 1) for s, n in zip(strides, array.shape, strict=True))
        memory = np.lib.stride_tricks.as_strided(array, (last + 1,), (array.itemsize,)).copy()
        shape, name = tuple(array.shape), parameter.name
        yield Argument(name, memory, shape, strides, parameter.scalar, parameter.returned)
