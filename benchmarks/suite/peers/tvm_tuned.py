"""TVM: the kernel in tensor expressions, its schedule searched by MetaSchedule for this CPU."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec

from ..cases import Case
from ..memory import empty
from ..peer import Array, Peer, Prepared, Settings, Unsupported
from .tvm_expressions import expression
from .tvm_search import TRIALS, tuned

PINNED = {"apache-tvm": "0.27.0.post1", "apache-tvm-ffi": "0.1.14.post0"}
"""Every release of TVM moves its modules. With the next apache-tvm-ffi, 0.1.15, which pip takes by
itself, the search of this one ends in a segmentation fault."""

NEEDED = {"xgboost-cpu": "xgboost", "psutil": "psutil", "cloudpickle": "cloudpickle"}
"""What the search imports, by distribution; `xgboost` itself brings GPU libraries along."""


class TvmTuned(Peer):
    """A function per case, searched for once; the cache keeps what was found."""

    configuration = (
        f"tensor expressions, MetaSchedule with {TRIALS} trials a case, weights in the layout of "
        "the schedule, llvm for this CPU, from Python"
    )
    environment = {"TVM_BIND_THREADS": "0"}  # how many is said by OMP_NUM_THREADS

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether these versions are installed, and what the search needs."""
        absent = [
            f"{name}=={version}" for name, version in PINNED.items() if _version(name) != version
        ]
        absent += [name for name, module in NEEDED.items() if find_spec(module) is None]
        return f"not installed (pip install {' '.join(absent)})" if absent else ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Search for a schedule unless one is known, compile it, and reorder the weights."""
        if case.types[0] == "u8":
            raise Unsupported("its rule for u8 by i8 (VNNI) does not apply to weights as given")
        output = case.signature.outputs[0]
        result = empty(output.shape, output.dtype)
        tensors = expression(case)
        call, notes = tuned(tensors, case.WEIGHTS, [*arrays, result], self.threads)
        return Prepared(call, lambda: [result], notes=notes)


def _version(distribution: str) -> str | None:
    """Return the version that is installed, if any."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
