"""The reference: right where it can be computed by hand, and its bounds hold."""

from typing import Any, TypeAlias

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

KERNELS = {
    "gemm": """func.func @f(%a: tensor<9x70xf32>, %b: tensor<70x11xf32>) -> tensor<9x11xf32> {
      %r = kernel.matmul %a, %b : tensor<9x70xf32>, tensor<70x11xf32> -> tensor<9x11xf32>
      func.return %r : tensor<9x11xf32>
    }""",
    "integers": """func.func @f(%a: tensor<9x70xi8>, %b: tensor<70x11xi8>) -> tensor<9x11xi8> {
      %r = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<9x70xi8>, tensor<70x11xi8>)
        -> tensor<9x11xi8>
      func.return %r : tensor<9x11xi8>
    }""",
    "half": """func.func @f(%a: tensor<4x8xf16>, %b: tensor<8x5xf16>) -> tensor<4x5xf16> {
      %r = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<4x8xf16>, tensor<8x5xf16>)
        -> tensor<4x5xf16>
      func.return %r : tensor<4x5xf16>
    }""",
    "three": """func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<6x7xf32>)
        -> tensor<7x4xf32> {
      %r = kernel.contract "ij,jk,kl->li"(%a, %b, %c)
        : (tensor<4x5xf32>, tensor<5x6xf32>, tensor<6x7xf32>) -> tensor<7x4xf32>
      func.return %r : tensor<7x4xf32>
    }""",
    "layer": """func.func @f(%x: tensor<2x5x7xf32>, %w: tensor<9x7xf32>, %b: tensor<5x9xf32>)
        -> tensor<2x5x9xf32> {
      %y = kernel.matmul %x, %w bias %b {transpose_b, activation = "relu"}
        : tensor<2x5x7xf32>, tensor<9x7xf32>, tensor<5x9xf32> -> tensor<2x5x9xf32>
      func.return %y : tensor<2x5x9xf32>
    }""",
    "softmax": """func.func @f(%x: tensor<5x9xf32>) -> tensor<5x9xf32> {
      %low = arith.constant 0xFF800000 : f32
      %zero = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<5xf32>
      %m0 = linalg.fill ins(%low : f32) outs(%e : tensor<5xf32>) -> tensor<5xf32>
      %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<5xf32>) -> tensor<5xf32>
      %m = linalg.generic {
          indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
          iterator_types = ["parallel", "reduction"]}
          ins(%x : tensor<5x9xf32>) outs(%m0 : tensor<5xf32>) {
      ^bb0(%a: f32, %o: f32):
        %r = arith.maximumf %a, %o : f32
        linalg.yield %r : f32
      } -> tensor<5xf32>
      %p = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>,
            affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
          ins(%x, %m : tensor<5x9xf32>, tensor<5xf32>) outs(%x : tensor<5x9xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %d = arith.subf %a, %b : f32
        %r = math.exp %d : f32
        linalg.yield %r : f32
      } -> tensor<5x9xf32>
      %s = linalg.generic {
          indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
          iterator_types = ["parallel", "reduction"]}
          ins(%p : tensor<5x9xf32>) outs(%s0 : tensor<5xf32>) {
      ^bb0(%a: f32, %o: f32):
        %r = arith.addf %a, %o : f32
        linalg.yield %r : f32
      } -> tensor<5xf32>
      %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>,
            affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
          ins(%p, %s : tensor<5x9xf32>, tensor<5xf32>) outs(%x : tensor<5x9xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %r = arith.divf %a, %b : f32
        linalg.yield %r : f32
      } -> tensor<5x9xf32>
      func.return %y : tensor<5x9xf32>
    }""",
    "in order": """func.func @f(%x: memref<3x4xf32>, %o: memref<3xf32>) {
      linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
          iterator_types = ["parallel", "reduction"]}
          ins(%x : memref<3x4xf32>) outs(%o : memref<3xf32>) {
      ^bb0(%a: f32, %b: f32):
        %d = arith.addf %b, %b : f32
        %r = arith.addf %d, %a : f32
        linalg.yield %r : f32
      }
      func.return
    }""",
    "convolution": """func.func @f(%x: tensor<1x2x9x9xf32>, %w: tensor<3x2x3x3xf32>,
        %o: tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
      %r = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>,
          strides = dense<2> : tensor<2xi64>}
        ins(%x, %w : tensor<1x2x9x9xf32>, tensor<3x2x3x3xf32>)
        outs(%o : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
      func.return %r : tensor<1x3x4x4xf32>
    }""",
}


@pytest.mark.parametrize("name", KERNELS)
def test_interpreter_lies_within_the_bound(name: str):
    module = parse(KERNELS[name])
    arrays = random_arrays(signature_of(entry_function(module)), 5)
    results = interpret(module, None, arrays)
    for result, (value, tolerance) in zip(results, reference(module, None, arrays), strict=True):
        comparison = compare(name, result, value, tolerance)
        assert comparison.passed, comparison
        assert np.isfinite(tolerance).all()


def test_bound_of_an_inner_product_is_highams():
    module = parse(KERNELS["gemm"])
    arrays = random_arrays(signature_of(entry_function(module)), 1)
    ((value, tolerance),) = reference(module, None, arrays)
    a, b = (array.astype(np.float64) for array in arrays)
    np.testing.assert_allclose(value, a @ b, rtol=1e-14)
    n, u = 70, 2.0**-24
    gamma = n * u / (1 - n * u)
    assert (tolerance >= gamma * (np.abs(a) @ np.abs(b))).all()
    assert (tolerance <= 1.1 * gamma * (np.abs(a) @ np.abs(b))).all()


def test_bound_notices_a_missing_term():
    module = parse(KERNELS["gemm"])
    a, b = random_arrays(signature_of(entry_function(module)), 1)
    ((value, tolerance),) = reference(module, None, [a, b])
    short = a[:, :-1] @ b[:-1]
    assert not compare("short", short, value, tolerance).passed
    assert compare("full", a @ b, value, tolerance).passed


def test_integers_wrap_exactly():
    module = parse(KERNELS["integers"])
    a, b = np.full((9, 70), -128, np.int8), np.full((70, 11), -127, np.int8)
    ((value, tolerance),) = reference(module, None, [a, b])
    assert (value == np.int8((70 * 128 * 127 + 128) % 256 - 128)).all()
    assert not tolerance.any()


def test_nan_and_infinity_are_classes():
    module = parse(KERNELS["gemm"])
    a, b = np.ones((9, 70), np.float32), np.ones((70, 11), np.float32)
    a[0, 3], a[1, 0], a[2, 0], b[0, 4] = np.nan, np.inf, -np.inf, 0
    results = interpret(module, None, [a, b])
    ((value, tolerance),) = reference(module, None, [a, b])
    assert np.isnan(value[0]).all()
    assert np.isnan(value[1, 4])
    assert (value[2, :4] == -np.inf).all()
    assert compare("special", results[0], value, tolerance).passed
    wrong = results[0].copy()
    wrong[0, 0] = 1
    assert compare("special", wrong, value, tolerance).wrong == 1
    wrong[1, 0] = -np.inf
    assert compare("special", wrong, value, tolerance).wrong == 2


def test_overflow_of_the_kernels_type():
    module = parse(KERNELS["gemm"])
    a, b = np.full((9, 70), 1e20, np.float32), np.full((70, 11), 1e20, np.float32)
    with np.errstate(over="ignore"):
        results = interpret(module, None, [a, b])
    ((value, tolerance),) = reference(module, None, [a, b])
    assert (value == np.inf).all()
    assert compare("overflow", results[0], value, tolerance).passed


def test_inputs_stay_as_they_were():
    module = parse(KERNELS["in order"])
    arrays = random_arrays(signature_of(entry_function(module)), 2)
    before = [array.copy() for array in arrays]
    reference(module, None, arrays)
    np.testing.assert_array_equal(arrays[1], before[1])


def test_loops_are_not_the_kernel_level():
    module = parse("""func.func @f(%x: memref<4xf32>, %i: index) {
      scf.for %j = %i to %i step %i { scf.yield }
      func.return
    }""")
    with pytest.raises(UserError, match=r"the reference does not know 'scf\.for'"):
        reference(module, None, [np.zeros(4, np.float32), np.array(1)])
