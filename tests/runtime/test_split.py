"""Kernels split between an accelerator and a host: what the one cannot compute the other does."""

from math import erf

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.split import compile_split

GELU = """
func.func @f(%x: tensor<9x5xf32>, %w: tensor<5x7xf32>) -> (tensor<9x7xf32>, tensor<9x7xf32>) {
  %t = kernel.contract "mk,kn->mn"(%x, %w) : (tensor<9x5xf32>, tensor<5x7xf32>) -> tensor<9x7xf32>
  %g = kernel.elementwise "gelu(a)" (%t) : (tensor<9x7xf32>) -> tensor<9x7xf32>
  %y = kernel.elementwise "a + b" (%g, %t) : (tensor<9x7xf32>, tensor<9x7xf32>) -> tensor<9x7xf32>
  func.return %y, %t : tensor<9x7xf32>, tensor<9x7xf32>
}
"""


def test_parts_alternate_and_pass_arrays_on() -> None:
    kernel = compile_split(GELU, "npu", "scalar")
    assert [part.kernel.machine.symbol for part in kernel.parts] == ["npu", "scalar", "npu"]
    generator = np.random.default_rng(0)
    x, w = (generator.normal(size=shape).astype(np.float32) for shape in ((9, 5), (5, 7)))
    y, t = kernel(x, w)
    expected = x @ w
    gelu = 0.5 * expected * (1 + np.vectorize(erf)(expected / np.sqrt(2)))
    assert np.allclose(t, expected, rtol=1e-5, atol=1e-5)
    assert np.allclose(y, gelu + expected, rtol=1e-5, atol=1e-5)


def test_a_kernel_that_fits_stays_in_one_part() -> None:
    text = GELU.replace('"gelu(a)"', '"relu(a)"')
    kernel = compile_split(text, "npu", "scalar")
    assert len(kernel.parts) == 1


def test_what_neither_computes_is_refused() -> None:
    with pytest.raises(UserError, match="@npu"):
        compile_split(GELU, "npu", "npu")


def test_a_result_may_be_a_constant() -> None:
    text = """
func.func @f(%x: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %y = kernel.elementwise "relu(a)" (%x) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %two = arith.constant 2.0 : f32
  %e = tensor.empty() : tensor<3x4xf32>
  %z = linalg.fill ins(%two : f32) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
  func.return %y, %z : tensor<3x4xf32>, tensor<3x4xf32>
}
"""
    y, z = compile_split(text, "npu", "scalar")(np.full((3, 4), -1, np.float32))
    assert np.array_equal(y, np.zeros((3, 4)))
    assert np.array_equal(z, np.full((3, 4), 2))
