"""Programs of several statements, special operands, special numbers, and what must be refused."""

import shutil
from typing import Any

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import compile_native
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of
from isa_mapper.targets.c import emit_c

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="needs a C compiler"
)

LAYERS = """func.func @f(%x: tensor<5x16xf32>, %v: tensor<16x33xf32>, %b: tensor<33xf32>,
    %w: tensor<33x7xf32>) -> tensor<5x7xf32> {
  %h = kernel.matmul %x, %v bias %b {activation = "relu"}
    : tensor<5x16xf32>, tensor<16x33xf32>, tensor<33xf32> -> tensor<5x33xf32>
  %y = kernel.matmul %h, %w : tensor<5x33xf32>, tensor<33x7xf32> -> tensor<5x7xf32>
  func.return %y : tensor<5x7xf32>
}"""

SQUARE = """func.func @f(%a: tensor<19x33xf32>) -> tensor<19x19xf32> {
  %r = kernel.contract "mk,nk->mn"(%a, %a)
    : (tensor<19x33xf32>, tensor<19x33xf32>) -> tensor<19x19xf32>
  func.return %r : tensor<19x19xf32>
}"""

RESHAPED = """func.func @f(%a: tensor<24xf32>, %b: tensor<6x8xf32>) -> tensor<32xf32> {
  %c = tensor.expand_shape %a [[0, 1]] output_shape [4, 6] : tensor<24xf32> into tensor<4x6xf32>
  %d = kernel.contract "mk,kn->mn"(%c, %b)
    : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %e = tensor.collapse_shape %d [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
  func.return %e : tensor<32xf32>
}"""

CONSTANT = """func.func @f(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [-5.0, 6.5], [7.0, 8.0]]> : tensor<4x2xf32>
  %y = kernel.matmul %x, %w : tensor<3x4xf32>, tensor<4x2xf32> -> tensor<3x2xf32>
  func.return %y : tensor<3x2xf32>
}"""

COORDINATES = """func.func @f(%x: tensor<3x20xi32>) -> tensor<3x20xi32> {
  %e = tensor.empty() : tensor<3x20xi32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x : tensor<3x20xi32>)
      outs(%e : tensor<3x20xi32>) {
  ^bb0(%a: i32, %b: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %p = arith.muli %i, %j : index
    %s = arith.addi %p, %j : index
    %c = arith.index_cast %s : index to i32
    %r = arith.subi %a, %c : i32
    linalg.yield %r : i32
  } -> tensor<3x20xi32>
  func.return %y : tensor<3x20xi32>
}"""

SCALAR = """func.func @f(%x: tensor<3x40xf32>, %alpha: f32) -> (tensor<3x40xf32>, tensor<40xf32>) {
  %e = tensor.empty() : tensor<3x40xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %alpha : tensor<3x40xf32>, f32) outs(%e : tensor<3x40xf32>) {
  ^bb0(%a: f32, %s: f32, %b: f32):
    %r = arith.mulf %a, %s : f32
    linalg.yield %r : f32
  } -> tensor<3x40xf32>
  %g = tensor.empty() : tensor<40xf32>
  %z = linalg.fill ins(%alpha : f32) outs(%g : tensor<40xf32>) -> tensor<40xf32>
  func.return %y, %z : tensor<3x40xf32>, tensor<40xf32>
}"""

PARTS = """func.func @f(%a: memref<20x20xf32>, %b: memref<20x20xf32>, %c: memref<16x16xf32>) {
  %s = memref.subview %a[2, 3] [16, 8] [1, 2]
    : memref<20x20xf32> to memref<16x8xf32, strided<[20, 2], offset: 43>>
  %t = memref.subview %b[0, 0] [8, 16] [1, 1]
    : memref<20x20xf32> to memref<8x16xf32, strided<[20, 1]>>
  kernel.contract "mk,kn->mn"(%s, %t) add %c : (memref<16x8xf32, strided<[20, 2], offset: 43>>,
    memref<8x16xf32, strided<[20, 1]>>, memref<16x16xf32>)
  func.return
}"""

SCATTER = """func.func @f(%x: memref<40xf32>, %w: memref<3xf32>, %o: memref<42xf32>) {
  linalg.generic {indexing_maps = [affine_map<(p, r) -> (p)>, affine_map<(p, r) -> (r)>,
      affine_map<(p, r) -> (p + r)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : memref<40xf32>, memref<3xf32>) outs(%o : memref<42xf32>)
      attrs = {kernel.axes = ["p", "r"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %q = arith.mulf %a, %b : f32
    %s = arith.addf %c, %q : f32
    linalg.yield %s : f32
  }
  func.return
}"""

NO_TERMS = """func.func @f(%a: tensor<3x0xf32>, %b: tensor<0x8xf32>) -> tensor<3x8xf32> {
  %d = kernel.contract "mk,kn->mn"(%a, %b)
    : (tensor<3x0xf32>, tensor<0x8xf32>) -> tensor<3x8xf32>
  func.return %d : tensor<3x8xf32>
}"""

IN_PLACE = """func.func @f(%a: memref<3x40xf32>, %b: memref<40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%a : memref<3x40xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %r = arith.addf %x, %y : f32
    linalg.yield %r : f32
  }
  func.return
}"""

PROGRAMS = {
    "layers": LAYERS,
    "square": SQUARE,
    "reshaped": RESHAPED,
    "constant": CONSTANT,
    "coordinates": COORDINATES,
    "scalar": SCALAR,
    "parts": PARTS,
    "scatter": SCATTER,
    "no terms": NO_TERMS,
    "in place": IN_PLACE,
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("target", ["avx512", "scalar"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, target: str, threads: int):
    module = pipeline.parse(PROGRAMS[name])
    arrays = random_arrays(signature_of(entry_function(module)), 1)
    compiled = compile_native(PROGRAMS[name], target, threads=threads, portable=True)
    result = compiled(*arrays)
    results = result if isinstance(result, tuple) else (result,)
    for actual, (expected, bound) in zip(results, reference(module, None, arrays), strict=True):
        comparison = compare(name, actual, expected, bound)
        assert comparison.passed, str(comparison)


def run(text: str, *arrays: Any) -> Any:
    """The result of a kernel in portable C for AVX-512."""
    return compile_native(text, "avx512", portable=True)(*arrays)


def test_padding_is_not_contaminated():
    # An infinity or NaN at the edge of a tile stays in its own row and column.
    text = """func.func @f(%a: tensor<5x7xf32>, %b: tensor<7x19xf32>) -> tensor<5x19xf32> {
      %c = kernel.contract "mk,kn->mn"(%a, %b)
        : (tensor<5x7xf32>, tensor<7x19xf32>) -> tensor<5x19xf32>
      func.return %c : tensor<5x19xf32>
    }"""
    a, b = np.ones((5, 7), np.float32), np.ones((7, 19), np.float32)
    a[4, 6], b[6, 18] = np.inf, np.nan
    result = run(text, a, b)
    assert np.isnan(result[:, 18]).all()
    assert np.isposinf(result[4, :18]).all()
    assert (result[:4, :18] == 7).all()


def test_signs_of_zeros_and_nans():
    text = """func.func @f(%a: tensor<20xf32>, %b: tensor<20xf32>) -> tensor<20xf32> {
      %c = kernel.contract "i,i->i"(%a, %b) : (tensor<20xf32>, tensor<20xf32>) -> tensor<20xf32>
      func.return %c : tensor<20xf32>
    }"""
    a, b = np.zeros(20, np.float32), np.full(20, -1, np.float32)
    a[3] = np.nan
    result = run(text, a, b)
    assert np.isnan(result[3])
    assert np.signbit(np.delete(result, 3)).all()


REFUSED = {
    "reads .* while it writes": """func.func @f(%a: memref<8x8xf32>) {
      kernel.contract "mn->nm"(%a) into %a : (memref<8x8xf32>, memref<8x8xf32>)
      func.return
    }""",
    "elements of type i4": """func.func @f(%a: memref<8xi4>, %b: memref<8xi4>) {
      kernel.contract "n->n"(%a) add %b : (memref<8xi4>, memref<8xi4>)
      func.return
    }""",
    "dynamic extents are not supported": """func.func @f(%a: memref<?xf32>, %b: memref<?xf32>) {
      kernel.contract "n->n"(%a) add %b : (memref<?xf32>, memref<?xf32>)
      func.return
    }""",
    "no fixed strides": """func.func @f(%a: memref<8xf32, strided<[?]>>, %b: memref<8xf32>) {
      kernel.contract "n->n"(%a) add %b : (memref<8xf32, strided<[?]>>, memref<8xf32>)
      func.return
    }""",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str):

    with pytest.raises(UserError, match=reason):
        emit_c(pipeline.lower(pipeline.parse(REFUSED[reason]), "scalar").module)
