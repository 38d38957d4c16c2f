"""libxsmm: products of small matrices, generated for their sizes at run time."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.build import build
from isa_mapper.runtime.repeat import repeated

from ..cases import Case, Gemm
from ..memory import empty
from ..peer import TIMES, Array, Peer, Prepared, Settings, Unsupported

LARGEST = 128
"""The cubes that it is made for; it generates one kernel for the whole product."""


class Libxsmm(Peer):
    """A kernel for exactly these sizes, called by its address."""

    configuration = "libxsmm_smmdispatch, beta = 0, the generated kernel called by its address"
    times = 1

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether the library is installed."""
        try:
            _library()
        except UserError:
            return "not installed (Debian: libxsmm-dev)"
        return ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Have the kernel generated. It is column-major: operands and sizes are exchanged."""
        if not isinstance(case, Gemm) or case.types[0] != "f32":
            raise Unsupported("only products of f32")
        if max(case.m, case.n, case.k) > LARGEST:
            raise Unsupported("only small products")
        x, w = arrays
        result = empty((case.m, case.n), np.dtype(np.float32))
        operands = [ctypes.c_void_p(array.ctypes.data) for array in (w, x, result)]
        run = self.bind(_dispatch(case), operands)

        def call(kept: object = (x, w)) -> None:
            """Run the kernel, which has only the addresses of what is `kept`."""
            run()

        return Prepared(call, lambda: [result], scale=1 / self.times)

    def bind(self, kernel: Any, operands: Sequence[object]) -> Callable[[], object]:
        """Return a call of the kernel."""
        return lambda: kernel(*operands)


class LibxsmmFromC(Libxsmm):
    """The same in a loop in C."""

    configuration = f"as libxsmm, {TIMES} calls in a loop in C"
    times = TIMES

    def bind(self, kernel: Any, operands: Sequence[object]) -> Callable[[], object]:
        """Return many calls of the kernel."""
        return repeated(kernel, operands, self.times)


def _library() -> Any:
    """Return the library, which distributions have as an archive, as a shared one.

    Raises:
        UserError: It is not installed.
    """
    names = ("-lxsmm", "-lxsmmnoblas", "-ldl", "-lpthread")
    library = build("", ("-Wl,-u,libxsmm_smmdispatch", "-Wl,-u,libxsmm_init", *names))
    library.libxsmm_init()
    return library


def _dispatch(case: Gemm) -> Any:
    """Return the generated function."""
    dispatch = _library().libxsmm_smmdispatch
    dispatch.restype = ctypes.c_void_p
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    sizes = [ctypes.c_int(size) for size in (case.n, case.m, case.k)]
    alpha_beta = [ctypes.byref(number) for number in (one, zero)]
    address = dispatch(*sizes, None, None, None, *alpha_beta, None, None)
    if not address:
        raise Unsupported("it generates no kernel for this size")
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(address)
