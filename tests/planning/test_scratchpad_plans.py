"""The cost model of plans for scratchpads orders them as the simulated machine does."""

from math import inf
from statistics import median

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.trial import Trial, Trials, rank_agreement

SAMPLE = 8
"""How many plans are simulated per kernel."""

LEAST_AGREEMENT = 0.85
"""What the correlation of ranks must reach; `benchmarks/accelerators.py --rank` reports it for more plans."""


def product(m: int, n: int, k: int) -> Trials:
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, ["i8", "i8", "i32"])
    return Trials(module, "npu")


@pytest.mark.parametrize(("m", "n", "k"), [(64, 64, 64), (70, 33, 60)])
def test_estimates_order_plans_as_simulation_does(m: int, n: int, k: int) -> None:
    trials, random = product(m, n, k), np.random.default_rng(m)
    a = random.integers(-128, 128, (m, k), dtype=np.int8)
    b = random.integers(-128, 128, (k, n), dtype=np.int8)
    chosen = trials.space.best(inf)
    assert chosen is not None
    tried: list[Trial] = []
    for plan in (chosen[1], *trials.sample(SAMPLE, seed=1)):
        trial, (result,) = trials.run(plan, [a, b])
        np.testing.assert_array_equal(result, a.astype(np.int32) @ b.astype(np.int32))
        tried.append(trial)
    best, *others = tried
    cycles = [trial.cycles for trial in others]
    assert best.cycles <= 1.1 * min(cycles)
    assert best.cycles < 0.8 * median(cycles)
    assert rank_agreement(others) >= LEAST_AGREEMENT


def test_ranks_of_equals_are_their_mean() -> None:
    (plan,) = product(8, 8, 8).sample(1)

    def tried(*pairs: tuple[float, int]) -> float:
        return rank_agreement([Trial(plan, estimate, cycles) for estimate, cycles in pairs])

    assert tried((1, 10), (2, 20), (30, 21)) == pytest.approx(1)
    assert tried((1, 30), (2, 20), (3, 10)) == pytest.approx(-1)
    assert tried((1, 10), (1, 20), (2, 30)) == pytest.approx(np.sqrt(3) / 2)


def test_several_statements_are_refused() -> None:
    text = """
    func.func @twice(%a: tensor<16x16xi8>, %b: tensor<16x16xi8>) -> (tensor<16x16xi32>, tensor<16x16xi32>) {
      %c = kernel.matmul %a, %b : tensor<16x16xi8>, tensor<16x16xi8> -> tensor<16x16xi32>
      %d = kernel.matmul %b, %a : tensor<16x16xi8>, tensor<16x16xi8> -> tensor<16x16xi32>
      func.return %c, %d : tensor<16x16xi32>, tensor<16x16xi32>
    }"""
    with pytest.raises(UserError, match="here are 2"):
        Trials(parse(text), "npu")
