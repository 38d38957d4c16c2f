"""NumPy, whose products are OpenBLAS's."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isa_mapper.dialects.machines import host_features

from ..cases import Case, Gemm
from ..memory import empty
from ..peer import Array, Peer, Prepared, Settings, Unsupported

CORE_NAMES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename")


class NumpyDefault(Peer):
    """NumPy as it comes."""

    configuration = "np.matmul with out, OpenBLAS's own choice of kernels"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Never missing."""
        return ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Multiply into a fixed result."""
        if not isinstance(case, Gemm) or case.types != ("f32", "f32", "f32"):
            raise Unsupported("NumPy has only products of floats")
        x, w = arrays
        result = empty((case.m, case.n), x.dtype)
        notes = {"kernels": kernels()}
        return Prepared(lambda: np.matmul(x, w, out=result), lambda: [result], notes=notes)


class NumpySkylakeX(NumpyDefault):
    """NumPy told to use OpenBLAS's AVX-512 kernels."""

    configuration = "as numpy, with OPENBLAS_CORETYPE=SkylakeX"
    environment = {"OPENBLAS_CORETYPE": "SkylakeX"}

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether that would change anything."""
        if "avx512f" not in host_features():
            return "this computer has no AVX-512"
        return "OpenBLAS chooses SkylakeX by itself" if kernels() == "SkylakeX" else ""


def kernels() -> str:
    """Return the processor whose kernels OpenBLAS runs in this process, `unknown` if hidden."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    paths = dict.fromkeys(line.split()[-1] for line in maps if "openblas" in line)
    for path in paths:
        for name in CORE_NAMES:
            if (function := getattr(ctypes.CDLL(path), name, None)) is not None:
                function.restype = ctypes.c_char_p
                return function().decode()
    return "unknown"
