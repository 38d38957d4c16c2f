"""What is computed at the border of an image: all of it among floats, nothing among integers."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import lower, parse

Array = NDArray[Any]


def depthwise(
    rows: int, columns: int, channels: int, window: int, stride: int, element: str
) -> str:
    """A padded depthwise convolution, channels last."""
    pad = window // 2
    result = [(size + 2 * pad - window) // stride + 1 for size in (rows, columns)]
    total = "i32" if element == "i8" else element
    x = f"tensor<1x{rows}x{columns}x{channels}x{element}>"
    w = f"tensor<{window}x{window}x{channels}x{element}>"
    y = f"tensor<1x{result[0]}x{result[1]}x{channels}x{total}>"
    attributes = f'layout = "nhwc", strides = [{stride}, {stride}], padding = [{pad}, {pad}]'
    return f"""
func.func @layer(%x: {x}, %w: {w}) -> {y} {{
  %y = kernel.depthwise_conv %x, %w {{{attributes}}} : {x}, {w} -> {y}
  func.return %y : {y}
}}
"""


def expected(x: Array, w: Array, stride: int, kind: type) -> Array:
    """The sums over an image that is padded with zeros, tap by tap."""
    window = w.shape[0]
    padded = np.pad(x[0].astype(kind), [(window // 2,) * 2, (window // 2,) * 2, (0, 0)])
    rows, columns = ((n - window) // stride + 1 for n in padded.shape[:2])
    total = np.zeros((1, rows, columns, x.shape[-1]), kind)
    with np.errstate(invalid="ignore"):
        for r in range(window):
            for s in range(window):
                part = padded[r : r + rows * stride : stride, s : s + columns * stride : stride]
                total[0] += part[:rows, :columns] * w[r, s].astype(kind)
    return total


CASES = [(5, 4, 20, 3, 1), (9, 9, 16, 5, 1), (2, 1, 5, 5, 1), (8, 11, 33, 3, 2)]
"""Rows, columns, channels, window, stride."""


@pytest.mark.parametrize("target", ["avx512", "avx2", "matrix16", "scalar"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_zeros_of_the_padding_are_multiplied(
    case: tuple[int, int, int, int, int], target: str
) -> None:
    random = np.random.default_rng(0)
    x = random.integers(-3, 4, (1, *case[:3])).astype(np.float32)
    w = random.integers(-3, 4, (case[3], case[3], case[2])).astype(np.float32)
    w[0, 0, 0], w[-1, 0, 1], w[0, -1, 2], w[1, 1, 3] = np.inf, np.nan, -np.inf, np.inf
    lowered = lower(parse(depthwise(*case, "f32")), target).module
    got = interpret(lowered, None, [x, w])[-1]
    assert np.array_equal(got, expected(x, w, case[4], np.float32), equal_nan=True)


@pytest.mark.parametrize("target", ["avx512", "avx512_vnni", "matrix16", "scalar"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_integers_are_exact_at_the_border(
    case: tuple[int, int, int, int, int], target: str
) -> None:
    random = np.random.default_rng(1)
    x = random.choice(np.array([-128, -127, 127, 3], np.int8), (1, *case[:3]))
    w = random.choice(np.array([-128, 127, -1, 0], np.int8), (case[3], case[3], case[2]))
    lowered = lower(parse(depthwise(*case, "i8")), target).module
    got = interpret(lowered, None, [x, w])[-1]
    assert np.array_equal(got, expected(x, w, case[4], np.int32))


def zeros(module: ModuleOp, element: str) -> int:
    """How many zeros of a type a program has."""
    text = [str(op) for op in module.walk() if op.name == "arith.constant"]
    return sum(f"0 : {element}" in line or f"0.000000e+00 : {element}" in line for line in text)


def test_only_integers_skip_the_padding() -> None:
    case = (7, 7, 4, 3, 1)
    assert zeros(lower(parse(depthwise(*case, "i8")), "scalar").module, "i8") == 0
    assert zeros(lower(parse(depthwise(*case, "f32")), "scalar").module, "f32") > 1
