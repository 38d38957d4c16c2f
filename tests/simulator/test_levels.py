"""The module computes the same at every level: it is run after every pass of `compile`."""

import numpy as np
import pytest

from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

GEMM = """func.func @f(%a: tensor<{m}x{k}x{t}>, %b: tensor<{k}x{n}x{t}>) -> tensor<{m}x{n}x{u}> {{
  %r = kernel.contract "mk,kn->mn"(%a, %b)
    : (tensor<{m}x{k}x{t}>, tensor<{k}x{n}x{t}>) -> tensor<{m}x{n}x{u}>
  func.return %r : tensor<{m}x{n}x{u}>
}}"""

LAYER = """func.func @f(%x: tensor<5x7xf32>, %w: tensor<19x7xf32>, %b: tensor<19xf32>)
    -> tensor<5x19xf32> {
  %y = kernel.matmul %x, %w bias %b {transpose_b, activation = "relu"}
    : tensor<5x7xf32>, tensor<19x7xf32>, tensor<19xf32> -> tensor<5x19xf32>
  func.return %y : tensor<5x19xf32>
}"""

ACCUMULATE = """func.func @f(%a: memref<3x5xf64>, %b: memref<5x9xf64>, %c: memref<3x9xf64>) {
  linalg.matmul ins(%a, %b : memref<3x5xf64>, memref<5x9xf64>) outs(%c : memref<3x9xf64>)
  func.return
}"""

CONVOLUTION = """func.func @f(%x: tensor<1x3x9x9xf32>, %w: tensor<4x3x3x3xf32>,
    %o: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %r = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>,
      strides = dense<2> : tensor<2xi64>}
    ins(%x, %w : tensor<1x3x9x9xf32>, tensor<4x3x3x3xf32>)
    outs(%o : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  func.return %r : tensor<1x4x4x4xf32>
}"""

KERNELS = {
    "gemm": GEMM.format(m=5, n=33, k=6, t="f32", u="f32"),
    "one": GEMM.format(m=1, n=1, k=1, t="f32", u="f32"),
    "integers": GEMM.format(m=3, n=17, k=4, t="i8", u="i32"),
    "layer": LAYER,
    "accumulate": ACCUMULATE,
    "convolution": CONVOLUTION,
}


@pytest.mark.parametrize("target", ["avx512", "avx2", "scalar"])
@pytest.mark.parametrize("name", KERNELS)
def test_every_level(name: str, target: str):
    module = pipeline.parse(KERNELS[name])
    signature = signature_of(entry_function(module))
    arrays = random_arrays(signature, 3)
    expected = reference(module, None, arrays)
    levels = module.clone()
    for stage in [None, *CompilePass(target=target).stages()]:
        if stage is not None:
            pipeline.run(levels, [stage])
        results = interpret(levels, None, arrays)
        for result, (value, tolerance) in zip(results, expected, strict=True):
            comparison = compare("result", result, value, tolerance)
            assert comparison.passed, f"after {stage}: {comparison}"
            assert np.shape(result) == signature.outputs[0].shape
