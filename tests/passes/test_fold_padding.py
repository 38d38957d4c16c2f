"""The pass `fold-padding`: padding read through guards gives what a padded copy gives."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.passes.compile import CompilePass
from isa_mapper.passes.fold_padding import FoldPaddingPass
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse, run

Array = NDArray[Any]

ALWAYS = 1 << 30


def convolution(
    size: int, window: int, low: int, high: int, stride: int, dilation: int, depthwise: bool
) -> str:
    """A 1-d convolution (batch 1, 3 channels to 5, or depthwise) of a zero-padded image."""
    padded = size + low + high
    points = (padded - dilation * (window - 1) - 1) // stride + 1
    weights = f"tensor<{window}x3xf32>" if depthwise else f"tensor<5x3x{window}xf32>"
    result = f"tensor<{points}x{3 if depthwise else 5}xf32>"
    axes, at = ("(p, c, r)", "(r, c)") if depthwise else ("(p, o, c, r)", "(o, c, r)")
    out = "(p, c)" if depthwise else "(p, o)"
    kinds = ["parallel", "parallel", *(["reduction"] * (1 if depthwise else 2))]
    iterators = ", ".join(f'"{kind}"' for kind in kinds)
    return f"""
func.func @conv(%image: tensor<{size}x3xf32>, %weights: {weights}) -> {result} {{
  %zero = arith.constant 0.0 : f32
  %padded = tensor.pad %image low[{low}, 0] high[{high}, 0] {{
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  }} : tensor<{size}x3xf32> to tensor<{padded}x3xf32>
  %empty = tensor.empty() : {result}
  %start = linalg.fill ins(%zero : f32) outs(%empty : {result}) -> {result}
  %out = linalg.generic {{indexing_maps = [
      affine_map<{axes} -> (p * {stride} + r * {dilation}, c)>, affine_map<{axes} -> {at}>,
      affine_map<{axes} -> {out}>], iterator_types = [{iterators}]}}
      ins(%padded, %weights : tensor<{padded}x3xf32>, {weights}) outs(%start : {result}) {{
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %0 = arith.mulf %x, %w : f32
    %1 = arith.addf %sum, %0 : f32
    linalg.yield %1 : f32
  }} -> {result}
  func.return %out : {result}
}}
"""


def lowered(text: str, target: str, reads: int = ALWAYS) -> ModuleOp:
    module = parse(text)
    for stage in CompilePass(target=target).stages():
        run(module, [FoldPaddingPass(reads=reads) if stage.name == "fold-padding" else stage])
    return module


CASES = [
    (9, 3, 1, 1, 1, 1),
    (9, 3, 1, 2, 2, 1),
    (9, 3, 2, 2, 1, 2),
    (3, 3, 2, 0, 1, 1),
    (1, 3, 1, 1, 1, 1),
    (20, 5, 0, 4, 3, 1),
    (20, 3, 1, 1, 1, 1),
    (5, 2, 5, 5, 1, 1),
]
"""Size, window, padding before and after, stride, dilation."""


WAYS = [
    *((case, "avx2", depthwise) for case in CASES for depthwise in (True, False)),
    *((case, "scalar", True) for case in CASES[:3]),
    *((case, "matrix16", False) for case in CASES[:3]),
]


@pytest.mark.parametrize(("case", "target", "depthwise"), WAYS, ids=str)
def test_padding_by_guards(
    case: tuple[int, int, int, int, int, int], target: str, depthwise: bool
) -> None:
    text = convolution(*case, depthwise)
    random = np.random.default_rng(0)
    shape = (case[1], 3) if depthwise else (5, 3, case[1])
    arrays: list[Array] = [
        random.integers(-3, 4, shape).astype(np.float32) for shape in ((case[0], 3), shape)
    ]
    expected = interpret(parse(text), None, arrays)[0]
    assert np.array_equal(interpret(lowered(text, target), None, arrays)[-1], expected)


def views(module: ModuleOp) -> list[str]:
    return [str(op) for op in module.walk() if op.name == "isa.view" and "guard_map" in str(op)]


def bufferized(text: str, reads: int) -> ModuleOp:
    module = parse(text)
    for stage in CompilePass(target="scalar").stages():
        run(module, [FoldPaddingPass(reads=reads) if stage.name == "fold-padding" else stage])
        if stage.name == "fold-padding":
            break
    return module


def test_folding_is_a_choice() -> None:
    text = convolution(9, 3, 1, 1, 1, 1, depthwise=True)
    assert len(views(bufferized(text, 32))) == 1
    assert not views(bufferized(text, 0)), "a copy that is read often stays"


@pytest.mark.parametrize("number", ["1.0", "-0.0", "0xFF800000"])
def test_only_zeros_fold(number: str) -> None:
    text = convolution(9, 3, 1, 1, 1, 1, depthwise=True).replace(
        "%padded = tensor.pad", f"%other = arith.constant {number} : f32\n  %padded = tensor.pad"
    )
    text = text.replace("tensor.yield %zero", "tensor.yield %other")
    module = bufferized(text, ALWAYS)
    assert not views(module)
    fills = [op for op in module.walk() if isinstance(op, linalg.ops.FillOp)]
    assert len(fills) == 2
