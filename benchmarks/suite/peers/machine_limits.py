"""What the computer can do at most, measured beside the rest."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.machines import find_target
from isa_mapper.frontends.einsum import ELEMENT_TYPES
from isa_mapper.runtime.build import build
from isa_mapper.runtime.peak import peak_call

from ..cases import Case, Gemm, Recurrent
from ..peer import Array, Peer, Prepared, Settings, Unsupported


class _Limit(Peer):
    """What every computer has."""

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Never missing."""
        return ""


class Peak(_Limit):
    """The machine's best multiply-add of these types, as often as the case has products."""

    configuration = "a loop of the machine's best multiply-add in registers, scaled to the case"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Build the loop."""
        x, w, y = (ELEMENT_TYPES[name] for name in case.types)
        peak = peak_call(find_target("host", ModuleOp([])), y, (x, w))
        if peak is None:
            raise Unsupported("the machine has no such instruction")
        scale = case.operations / peak.operations / self.threads
        return Prepared(peak.call, None, scale=scale)


FEW = 4
"""The most rows for which reading the weights takes longer than computing with them."""

READER = """
#include <stdint.h>
typedef int64_t vector __attribute__((vector_size(64), aligned(64)));
int64_t read_all(const vector *memory, int64_t count) {
  vector sums[8] = {};
  for (int64_t i = 0; i < count; i += 8)
    for (int j = 0; j < 8; j++) {
      __builtin_prefetch((const char *)&memory[i + j] + 4096);
      sums[j] |= memory[i + j];
    }
  for (int j = 1; j < 8; j++) sums[0] |= sums[j];
  return sums[0][0] | sums[0][1] | sums[0][2] | sums[0][3];
}
"""
"""A loop that only reads."""


class Bandwidth(_Limit):
    """To read the weights as often as few rows need them, from where they live."""

    configuration = "a loop that reads as many bytes as the weights have, and does nothing else"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Build the loop over the weights."""
        function = build(READER, ("-march=native",)).read_all
        function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_int64), ctypes.c_int64
        reads = _reads(case, arrays)
        counts = [(weights, times, weights.nbytes // 512 * 8) for weights, times in reads]
        read = sum(count * 64 * times for _, times, count in counts)
        if not read:
            raise Unsupported("too small")
        scale = sum(weights.nbytes * times for weights, times in reads) / read / self.threads
        loops = [(weights.ctypes.data, times, count) for weights, times, count in counts]

        def call(kept: object = arrays) -> None:
            """Read all weights as often as they are needed; `kept` are the arrays behind the addresses."""
            for address, times, count in loops:
                for _ in range(times):
                    function(address, count)

        return Prepared(call, None, scale=scale)


def _reads(case: Case, arrays: Sequence[Array]) -> list[tuple[Array, int]]:
    """Weights, and how often all of them are needed: those of the state in every step."""
    if isinstance(case, Gemm) and case.m <= FEW:
        return [(arrays[1], 1)]
    if isinstance(case, Recurrent) and case.batch <= FEW:
        first, state, _ = case.WEIGHTS
        return [(arrays[first], 1), (arrays[state], case.steps)]
    raise Unsupported("not bound by memory")
