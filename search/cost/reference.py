"""What workloads are run on, and what must come out: random inputs and the NumPy reference."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ...runtime.arguments import random_arrays
from ...runtime.check import Array, compare
from ...runtime.reference import reference
from ...simulator.signature import Signature, entry_function, signature_of
from ..workload import Workload, prepared


@lru_cache(maxsize=2)
def inputs_and_results(
    workload: Workload, seed: int
) -> tuple[list[Array], list[tuple[Array, Array]]]:
    """Random inputs, and per result the expected values and how far they may be off."""
    module = prepared(workload).module
    arrays = random_arrays(signature(workload), seed)
    return arrays, reference(module, workload.entry, arrays)


def signature(workload: Workload) -> Signature:
    """What the function of a workload takes and gives."""
    return signature_of(entry_function(prepared(workload).module, workload.entry))


def wrong(workload: Workload, results: Sequence[Array], seed: int) -> str | None:
    """What is wrong with results, in words; None if all are right."""
    expected = inputs_and_results(workload, seed)[1]
    names = signature(workload).outputs
    for parameter, result, (value, tolerance) in zip(names, results, expected, strict=True):
        comparison = compare(parameter.name, result, value, tolerance)
        if not comparison.passed:
            return str(comparison)
    return None
