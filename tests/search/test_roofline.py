"""Kernels under the roof: operations per byte, rates, and ceilings that the machine's text gives."""

import shutil

import pytest

from isa_mapper.search.cost.analytical import Analytical
from isa_mapper.search.cost.measured import Measured
from isa_mapper.search.cost.model import CostModel
from isa_mapper.search.cost.simulated import Simulated
from isa_mapper.search.roofline import Roofline
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Search, Tuner
from isa_mapper.search.workers import Workers
from isa_mapper.search.workload import Workload

from .conftest import product


def search(model: CostModel, *workloads: Workload) -> list[Search]:
    make = find_strategy("random")
    return Tuner(make, "random", model, Workers(model), budget=Budget(3)).tune(workloads)


def test_a_simulated_machine() -> None:
    """By hand: 2 * 8 * 12 * 16 operations on 8 * 16 + 16 * 12 bytes and 8 * 12 words; 16 products a cycle."""
    (found,) = search(Simulated(), product(8, 12, 16))
    roofline = Roofline.of([found])
    assert roofline.unit == "operations per cycle"
    (place,) = roofline.places
    assert found.best is not None
    assert place.intensity == 2 * 8 * 12 * 16 / (8 * 16 + 16 * 12 + 4 * 8 * 12)
    assert place.rate == 2 * 8 * 12 * 16 / found.best[1].value
    assert place.default <= place.rate
    assert roofline.bandwidths == {"@dram": 4}
    assert 30 < roofline.peaks["i8"] <= 32
    assert place.rate < min(roofline.peaks["i8"], 4 * place.intensity)


def test_a_described_cpu() -> None:
    roofline = Roofline.of(search(Analytical(), product(64, 64, 64, "avx512", "f32")))
    assert roofline.in_cycles
    assert roofline.peaks == {"f32": 64}
    assert [*roofline.bandwidths] == ["L1", "L2", "L3", "DRAM"]
    assert list(roofline.bandwidths.values()) == sorted(roofline.bandwidths.values(), reverse=True)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_measured_kernels() -> None:
    """Where the machine has a peak, it is measured, and levels keep their proportions."""
    found = search(Measured(rounds=3), product(9, 33, 20, "host", "f32"))
    roofline = Roofline.of(found)
    assert roofline.unit == "G operations/s"
    best = found[0].best
    assert best is not None
    assert roofline.places[0].rate == pytest.approx(2 * 9 * 33 * 20 / best[1].value / 1e9)
    if roofline.peaks:
        described = Roofline.of(search(Analytical(), product(9, 33, 20, "host", "f32")))
        clocks = [rate / described.bandwidths[name] for name, rate in roofline.bandwidths.items()]
        clocks.append(roofline.peaks["f32"] / described.peaks["f32"])
        assert clocks == pytest.approx([clocks[0]] * len(clocks))
        assert 0.1 < clocks[0] < 20


def test_no_ceilings_are_made_up() -> None:
    """Plain C for any computer has no peak, and one that computes no products neither."""
    workload = product(9, 33, 20, "scalar", "f32")
    roofline = Roofline.of(search(Analytical(), workload))
    assert roofline.peaks == {}
    assert Roofline.of([]).places == []
