"""What parts of statements are estimated at."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from xdsl.dialects import linalg

from isa_mapper.dialects.machines import load_machine
from isa_mapper.mapping.statement import Statement, statement_of
from isa_mapper.passes import parts
from isa_mapper.passes.map_instructions import machine_for
from isa_mapper.passes.parts import estimate
from isa_mapper.runtime.pipeline import parse

MACHINE = machine_for(load_machine("avx512"))

SUM = """
func.func @f(%{name}: memref<{type}>, %y: memref<64x3xf32>) {{
  linalg.generic {{indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}}
      ins(%{name} : memref<{type}>) outs(%y : memref<64x3xf32>) {{
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }}
  func.return
}}"""


def sum_of(name: str, type: str) -> Statement:
    """The sum into 64 x 3 numbers of as many in a buffer of that type."""
    module = parse(SUM.format(name=name, type=type))
    return next(statement_of(op) for op in module.walk() if isinstance(op, linalg.ops.GenericOp))


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The bounds of the plans that are looked for; nothing is known yet."""
    bounds: list[float] = []
    best_way = parts.best_way

    def noted(*args: object, bound: float) -> object:
        bounds.append(bound)
        return best_way(*args, bound=bound)  # type: ignore[arg-type]

    monkeypatch.setattr(parts, "best_way", noted)
    parts._estimate.cache_clear()  # pyright: ignore[reportPrivateUsage]
    return bounds


def test_a_part_costs_the_same_on_a_window_of_its_own(planned: list[float]):
    own = sum_of("part", "64x3xf32, strided<[35, 1], offset: 32>")
    inputs = tuple(
        replace(access, name="x", shape=(64, 35), offset=(0, 32), strides=None)
        if access.strides is not None
        else access
        for access in own.inputs
    )
    assert inputs != own.inputs
    assert estimate(replace(own, inputs=inputs), MACHINE) == estimate(own, MACHINE) < inf
    assert planned == [inf]


def test_a_bound_does_not_change_an_estimate_below_it(planned: list[float]):
    kernel = sum_of("x", "64x3xf32")
    cycles = estimate(kernel, MACHINE)
    for bound, found in ((cycles / 2, inf), (cycles, inf), (cycles * 2, cycles), (cycles, inf)):
        assert estimate(kernel, MACHINE, bound) == found
    assert planned == [inf, cycles / 2, cycles, cycles * 2]


def test_nothing_is_below_a_bound_of_zero(planned: list[float]):
    assert estimate(sum_of("x", "64x3xf32"), MACHINE, 0) == inf
    assert planned == []
