"""Machines that are others with arrays of another size: what follows from the size, and that they compute."""

import numpy as np
import pytest

from isa_mapper.dialects.machines import load_machine
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.module import load, prepare

DIMS = {"npu4": 4, "npu": 16, "npu256": 256}


@pytest.mark.parametrize(("name", "dim"), DIMS.items())
def test_memories_and_instructions_have_the_size(name: str, dim: int) -> None:
    target = load_machine(name)
    assert (target.memories["spad"].row, target.memories["acc"].row) == (dim, 4 * dim)
    assert target.memories["dram"].bandwidth == dim
    assert target.instructions["multiply_i8"].most == {"i": 512, "j": dim, "k": dim}


@pytest.mark.parametrize("name", DIMS)
@pytest.mark.parametrize(("m", "n", "k"), [(37, 21, 50), (3, 300, 17), (1, 5, 1)])
def test_products(name: str, m: int, n: int, k: int) -> None:
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, ["i8", "i8", "i32"])
    random = np.random.default_rng(m)
    a = random.choice(np.array([-128, -1, 0, 127], np.int8), (m, k))
    b = random.integers(-128, 128, (k, n), dtype=np.int8)
    result, (c,) = load(prepare(module, name)).simulate(a, b)
    np.testing.assert_array_equal(c, a.astype(np.int32) @ b.astype(np.int32))
    assert 0 < result.utilisation <= 1
