"""Kernels under the roof of their machine: how fast they are beside how much each byte is worth.

The roof is the least of what the machine computes at most and of what its memories bring (S. Williams,
A. Waterman and D. Patterson, Roofline: an insightful visual performance model for multicore
architectures, Communications of the ACM 52, 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, prod
from time import perf_counter

from ..dialects.errors import UserError
from ..dialects.isa import TargetOp
from ..dialects.machines import host_features
from ..runtime.peak import peak_call
from ..runtime.pipeline import to_statements
from ..runtime.work import operations
from ..simulator.accelerator.cost import products_per_cycle
from ..simulator.signature import Signature
from .cost.reference import signature
from .tuner import Search
from .workload import Workload, prepared

SAMPLES = 20
"""How often the peak is measured; the best sample counts."""


@dataclass(frozen=True)
class Place:
    """A kernel under the roof.

    Attributes:
        name: The kernel. intensity: Its operations per byte of its arguments, each moved once.
        rate: Operations per unit of time with the best plans. default: With the default plans.
    """

    name: str
    intensity: float
    rate: float
    default: float


@dataclass(frozen=True)
class Roofline:
    """Kernels and the ceilings above them; a unit of time is a nanosecond or a cycle.

    Attributes:
        in_cycles: Whether it is a cycle.
        places: The kernels.
        peaks: Per type of the factors, the operations per unit of time.
        bandwidths: Per memory, or level of caches, the bytes per unit of time.
        source: Where the ceilings come from, in words.
    """

    in_cycles: bool
    places: Sequence[Place]
    peaks: Mapping[str, float]
    bandwidths: Mapping[str, float]
    source: str

    @classmethod
    def of(cls, searches: Sequence[Search]) -> Roofline:
        """The roofline of what searches for one machine found."""
        last = {search.workload: search for search in searches if search.best is not None}
        in_cycles = any(s.best is not None and s.best[1].unit == "cycles" for s in last.values())
        places = [place for search in last.values() if (place := _place(search)) is not None]
        roof = Roof.described([*last])
        if not in_cycles:
            roof = roof.measured([*last])
        return cls(in_cycles, places, roof.peaks, roof.bandwidths, roof.source)

    @property
    def unit(self) -> str:
        """The unit of rates, in words."""
        return "operations per cycle" if self.in_cycles else "G operations/s"

    @property
    def unit_of_bytes(self) -> str:
        """The unit of bandwidths, in words."""
        return "bytes per cycle" if self.in_cycles else "GB/s"


@dataclass(frozen=True)
class Roof:
    """Ceilings: see `Roofline`."""

    peaks: Mapping[str, float]
    bandwidths: Mapping[str, float]
    source: str

    @classmethod
    def described(cls, workloads: Sequence[Workload]) -> Roof:
        """The ceilings per cycle that the description of the machine has; a product is two operations."""
        if not workloads:
            return cls({}, {}, "")
        machine, threads = prepared(workloads[0]).staged.machine, workloads[0].threads
        products = products_per_cycle(machine)
        used = dict.fromkeys(_factor(signature(one)) for one in workloads)
        peaks = {name: 2 * products[name] * threads for name in used if name in products}
        return cls(peaks, _bandwidths(machine), f"@{machine.symbol} as it is described")

    def measured(self, workloads: Sequence[Workload]) -> Roof:
        """The same per nanosecond: peaks are measured on this computer, the clock follows from them."""
        rates: dict[str, float] = {}
        for workload in workloads:
            factor = _factor(signature(workload))
            if factor in self.peaks and factor not in rates:
                rate = _measured_peak(workload)
                if rate is not None:
                    rates[factor] = rate * workload.threads
        if not rates:
            return Roof({}, {}, "")
        clock = max(rate / self.peaks[factor] for factor, rate in rates.items())
        bandwidths = {name: rate * clock for name, rate in self.bandwidths.items()}
        source = f"peaks measured here, bandwidths as described, at the {clock:.2f} GHz of the peak"
        return Roof(rates, bandwidths, source)


def _place(search: Search) -> Place | None:
    """Where a kernel lies; None if its cost says nothing about time."""
    best = search.best
    assert best is not None
    value = best[1].value * (1e9 if best[1].unit == "seconds" else 1)
    if not isfinite(value) or value <= 0:
        return None
    workload = search.workload
    work = operations(to_statements(prepared(workload).module), workload.entry)
    parameters = signature(workload).parameters
    size = sum(prod(p.shape) * p.dtype.itemsize for p in parameters)
    ratio = best[1].ratio if best[1].ratio is not None else 1.0
    return Place(workload.name, work / max(1, size), work / value, work / value * ratio)


def _factor(found: Signature) -> str:
    """The type of the factors of a kernel: of its first input."""
    return str(found.inputs[0].element) if found.inputs else ""


def _bandwidths(machine: TargetOp) -> dict[str, float]:
    """The bytes per cycle of the memory of arguments, or of its levels of caches."""
    host = machine.host_memory
    if host is None:
        return {}
    if host.bandwidth is not None:
        return {f"@{host.symbol}": float(host.bandwidth)}
    return {level.label.data: float(level.bandwidth.data) for level in host.levels}


def _measured_peak(workload: Workload) -> float | None:
    """The operations per nanosecond of one core with the machine's best instruction; None without."""
    machine, found = prepared(workload).staged.machine, signature(workload)
    if workload.portable or set(machine.features) - host_features():
        return None
    inputs = {parameter.element for parameter in found.inputs}
    try:
        peak = peak_call(machine, found.outputs[0].element, inputs)
    except UserError:
        return None
    if peak is None:
        return None
    times: list[float] = []
    for _ in range(SAMPLES):
        start = perf_counter()
        peak.call()
        times.append(perf_counter() - start)
    return peak.operations / min(times) / 1e9
