"""What gcc is told about registers: only where results take them and windows overlap."""

import pytest

from isa_mapper.runtime import pipeline
from isa_mapper.targets.c import emit_c
from isa_mapper.targets.c_pressure import READ_AGAIN

WINDOWS = """func.func @f(%x: tensor<1x40x40x3xf32>, %w: tensor<7x7x3x64xf32>) -> tensor<1x20x20x64xf32> {
  %y = kernel.conv %x, %w {padding = [3, 3], strides = [2, 2], layout = "nhwc"}
      : tensor<1x40x40x3xf32>, tensor<7x7x3x64xf32> -> tensor<1x20x20x64xf32>
  func.return %y : tensor<1x20x20x64xf32>
}"""

FEW_RESULTS = """func.func @f(%x: tensor<1x28x28x32xf32>, %w: tensor<3x3x32xf32>) -> tensor<1x28x28x32xf32> {
  %y = kernel.depthwise_conv %x, %w {padding = [1, 1], layout = "nhwc"}
      : tensor<1x28x28x32xf32>, tensor<3x3x32xf32> -> tensor<1x28x28x32xf32>
  func.return %y : tensor<1x28x28x32xf32>
}"""

NO_WINDOWS = """func.func @f(%a: tensor<48x64xf32>, %b: tensor<64x64xf32>) -> tensor<48x64xf32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b)
      : (tensor<48x64xf32>, tensor<64x64xf32>) -> tensor<48x64xf32>
  func.return %c : tensor<48x64xf32>
}"""


@pytest.mark.parametrize(
    ("text", "is_told"),
    [(WINDOWS, True), (FEW_RESULTS, False), (NO_WINDOWS, False)],
    ids=["windows", "few results", "no windows"],
)
def test_who_keeps_what_is_read_again(text: str, is_told: bool) -> None:
    lowered = pipeline.lower(pipeline.parse(text), "avx512").module
    assert (READ_AGAIN in emit_c(lowered).source) == is_told
    assert READ_AGAIN not in emit_c(lowered, portable=True).source
