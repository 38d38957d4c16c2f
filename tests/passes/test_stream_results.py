"""Results past the caches: the same numbers, wherever the array begins, and visible to all threads."""

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import isa_mapper
from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.passes.stream_results import streaming_forms
from isa_mapper.runtime.module import CompiledKernel, prepare

SIZES = dict(m=2100, n=2048, k=5)
"""A result that is larger than half of the last cache level."""


def kernel(threads: int = 1, **sizes: int) -> CompiledKernel:
    if set(find_target("avx512", ModuleOp([])).features) - host_features():
        pytest.skip("this CPU lacks AVX-512")
    module = einsum_module("mk,kn->mn", {**SIZES, **sizes}, ["f32"])
    return isa_mapper.compile(module, target="avx512", threads=threads)


def test_the_instructions_store_the_same() -> None:
    found = streaming_forms(find_target("avx512", ModuleOp([])))
    pairs = {name: op.symbol for name, op in found.items()}
    assert pairs == {f"storeu_{t}": f"stream_{t}" for t in ("ps", "pd", "epi32")}


@pytest.mark.parametrize("first", [0, 1, 16])
def test_arrays_may_begin_anywhere(first: int) -> None:
    product = kernel()
    assert "_mm512_stream_ps(" in product.source
    random = np.random.default_rng(0)
    a = random.integers(-9, 9, (2100, 5)).astype(np.float32)
    b = random.integers(-9, 9, (5, 2048)).astype(np.float32)
    memory = np.full(2100 * 2048 + 32, 77, np.float32)
    out = memory[first : first + 2100 * 2048].reshape(2100, 2048)
    product(a, b, out=out)
    assert np.array_equal(out, a @ b)
    assert (memory[:first] == 77).all()
    assert (memory[first + 2100 * 2048 :] == 77).all()


def test_every_thread_lets_others_see_what_it_stored() -> None:
    source = kernel(threads=2).source
    assert source.count("_mm_sfence();") >= source.count("#pragma omp parallel for") > 0
    loop = source.split("#pragma omp parallel for")[1]
    assert loop.split("\n  }")[0].rstrip().endswith("_mm_sfence();")


def test_a_small_result_stays_near() -> None:
    module = einsum_module("mk,kn->mn", dict(m=64, n=64, k=5), ["f32"])
    assert "stream" not in prepare(module, target="avx512").source
