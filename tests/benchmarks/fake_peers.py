"""Peers that do what peers may do: work, compute wrong results, refuse, crash, hang."""

import os
from collections.abc import Sequence
from time import sleep

import numpy as np
from suite.cases import Case
from suite.peer import Array, Peer, Prepared, Settings, Unsupported


class Right(Peer):
    """NumPy."""

    configuration = "a fake"
    environment = {"FAKE_PEER": "set"}

    @classmethod
    def missing(cls, settings: Settings) -> str:
        return ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        result = np.matmul(*arrays)
        notes = {
            "variable": os.environ.get("FAKE_PEER"),
            "threads": os.environ["OMP_NUM_THREADS"],
            "core": os.environ.get("OPENBLAS_CORETYPE"),
        }
        return Prepared(
            lambda: np.matmul(*arrays, out=result), lambda: [result], scale=3.0, notes=notes
        )


class Wrong(Right):
    """One element is a little off."""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        result = np.matmul(*arrays)
        result[1, 2] += 0.01
        return Prepared(lambda: None, lambda: [result])


class Refuses(Right):
    """Does not know any case."""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        raise Unsupported("never heard of it")


class Crashes(Right):
    """Ends its process when it is to run products of seven rows."""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        if len(arrays[0]) == 7:
            os._exit(3)
        return super().prepare(case, arrays)


class Hangs(Right):
    """Never comes back."""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        sleep(100)
        raise AssertionError


class Raises(Right):
    """Has a fault."""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        raise ValueError("a fault\nof two lines")
