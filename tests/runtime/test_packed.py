"""Kernels with constant arguments: packed once, called many times, the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.build import MissingCompilerError
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import CompiledKernel, compile_native, prepare
from isa_mapper.runtime.reference import reference

SIZES = [(1, 1, 1), (16, 48, 7), (17, 35, 300), (5, 131, 64), (40, 100, 513)]
MACHINES = [
    (["f32"], "avx512"),
    (["i8", "i8", "i32"], "avx512_vnni"),
    (["bf16", "bf16", "f32"], "avx512_bf16"),
    (["f64"], "avx2"),
    (["f32"], "scalar"),
]
GRU = """
func.func @layer(%x: tensor<3x2x20xf32>, %h: tensor<2x20xf32>, %w: tensor<60x20xf32>,
    %r: tensor<60x20xf32>, %b: tensor<60xf32>) -> tensor<3x2x20xf32> {
  %y, %last = kernel.gru %x, %h, %w, %r bias %b
    : tensor<3x2x20xf32>, tensor<2x20xf32>, tensor<60x20xf32>, tensor<60x20xf32>, tensor<60xf32> -> tensor<3x2x20xf32>
  func.return %y : tensor<3x2x20xf32>
}
"""


def _native(source: object, target: str, constant: list[str], portable: bool) -> CompiledKernel:
    try:
        return compile_native(source, target, constant=constant, portable=portable)  # type: ignore[arg-type]
    except MissingCompilerError:
        pytest.skip("there is no C compiler")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("types", "target"), MACHINES)
def test_packed_products_are_right(
    size: tuple[int, int, int], types: list[str], target: str
) -> None:
    m, n, k = size
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, types)
    kernel = _native(module, target, ["b"], portable=True)
    a, b = random_arrays(kernel.signature, seed=3)
    packed = kernel.pack(b)
    for arrays in ([a, b], [a[::-1].copy(), b]):
        expected = reference(kernel.module, kernel.entry, arrays)[0]
        assert compare("packed", np.asarray(packed(arrays[0])), *expected).passed
        assert compare("whole", np.asarray(kernel(*arrays)), *expected).passed


def test_the_constants_are_packed_when_asked_and_not_by_a_call() -> None:
    module = einsum_module("mk,kn->mn", {"m": 16, "n": 96, "k": 64}, ["f32"])
    kernel = _native(module, "avx512", ["b"], portable=True)
    a, b = random_arrays(kernel.signature, seed=0)
    before, packed = np.array(kernel(a, b)), kernel.pack(b)
    b[...] = 0  # against the promise: a packed kernel must not look at it again
    assert np.array_equal(packed(a), before)
    assert not np.any(kernel(a, b))


def test_a_recurrent_layer_with_constant_weights() -> None:
    kernel = _native(GRU, "avx512", ["w", "r", "b"], portable=True)
    arrays = random_arrays(kernel.signature, seed=1)
    packed = kernel.pack(*arrays[2:])
    expected = reference(kernel.module, kernel.entry, arrays)[0]
    assert compare("y", np.asarray(packed(*arrays[:2])), *expected).passed


@pytest.mark.parametrize("size", SIZES)
def test_the_interpreter_calls_the_parts(size: tuple[int, int, int]) -> None:
    m, n, k = size
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, ["f32"])
    kernel = prepare(module, "avx512", constant=["b"])
    arrays = random_arrays(kernel.signature, seed=4)
    expected = reference(kernel.module, kernel.entry, arrays)[0]
    assert compare("result", np.asarray(kernel(*arrays)), *expected).passed


def test_errors_name_the_arguments() -> None:
    module = einsum_module("mk,kn->mn", {"m": 16, "n": 96, "k": 64}, ["f32"])
    with pytest.raises(UserError, match="no argument 'bb'"):
        prepare(module, "avx512", constant=["bb"])
    kernel = _native(module, "avx512", ["b"], portable=True)
    a, b = random_arrays(kernel.signature, seed=0)
    with pytest.raises(UserError, match="constant arguments of @kernel are b: 64x96xf32; 2"):
        kernel.pack(a, b)
    with pytest.raises(UserError, match="expected"):
        kernel.pack(a)
    with pytest.raises(UserError, match=r"takes 1 arrays \(a: 16x64xf32\), 2 are given"):
        kernel.pack(b)(a, b)


def test_a_bound_call_runs_as_often_as_it_is_told() -> None:
    text = """
func.func @count(%x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%a: f32, %old: f32):
    %s = arith.addf %old, %a : f32
    linalg.yield %s : f32
  }
  func.return
}
"""
    kernel = _native(text, "avx512", [], portable=True)
    x, y = np.arange(16, dtype=np.float32), np.empty(16, np.float32)
    kernel.bind([x, np.zeros_like(x)], [y], times=7)()
    assert np.array_equal(y, 7 * x)
