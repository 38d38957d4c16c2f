"""NumPy, whose products are OpenBLAS's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isa_mapper.dialects.machines import host_features

from ..cases import Case, Gemm
from ..memory import empty
from ..peer import Array, Peer, Prepared, Unsupported


class NumpyDefault(Peer):
    """NumPy as it comes."""

    configuration = "np.matmul with out, OpenBLAS's own choice of kernels"

    @classmethod
    def missing(cls) -> str:
        """Never missing."""
        return ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Multiply into a fixed result."""
        if not isinstance(case, Gemm) or case.types != ("f32", "f32", "f32"):
            raise Unsupported("NumPy has only products of floats")
        x, w = arrays
        result = empty((case.m, case.n), x.dtype)
        return Prepared(lambda: np.matmul(x, w, out=result), lambda: [result])


class NumpySkylakeX(NumpyDefault):
    """NumPy told to use OpenBLAS's AVX-512 kernels."""

    configuration = "as numpy, with OPENBLAS_CORETYPE=SkylakeX"
    environment = {"OPENBLAS_CORETYPE": "SkylakeX"}

    @classmethod
    def missing(cls) -> str:
        """Say whether this computer has AVX-512."""
        return "" if "avx512f" in host_features() else "this computer has no AVX-512"
