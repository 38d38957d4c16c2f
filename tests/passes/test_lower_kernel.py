"""`lower-kernel` keeps what kernels compute; `np.einsum` says what that is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
Same = Callable[[list[Array], list[Array]], None]

CONTRACTION = """
func.func @kernel({arguments}) -> {result} {{
  %r = kernel.contract "{spec}"({inputs}) {extra} : ({types}) -> {result}
  func.return %r : {result}
}}
"""


def contraction(spec: str, shapes: list[list[int]], types: list[str], extra: str = "") -> str:
    """Return a function with one contraction; the last shape and type are the result's."""
    *tensors, result = [
        "tensor<" + "".join(f"{size}x" for size in shape) + f"{type_}>"
        for shape, type_ in zip(shapes, types, strict=True)
    ]
    names = [f"%{name}" for name in "abc"[: len(tensors)]]
    return CONTRACTION.format(
        spec=spec,
        extra=extra,
        inputs=", ".join(names),
        types=", ".join(tensors),
        result=result,
        arguments=", ".join(f"{n}: {t}" for n, t in zip(names, tensors, strict=True)),
    )


def integers(shape: list[int], dtype: str, seed: int) -> Array:
    """Return numbers that products and sums of floats keep exactly, or all that a type has."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.integers(-8, 9, shape).astype(dtype)
    info = np.iinfo(dtype)
    return random.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize(
    ("spec", "shapes"),
    [
        ("mk,kn->mn", [[4, 5], [5, 6], [4, 6]]),
        ("km,nk->nm", [[5, 4], [6, 5], [6, 4]]),
        ("bmk,bkn->bmn", [[2, 3, 4], [2, 4, 5], [2, 3, 5]]),
        ("i,j->ij", [[3], [4], [3, 4]]),
        ("i,i->", [[7], [7], []]),
        ("abc,cd,db->a", [[2, 3, 4], [4, 5], [5, 3], [2]]),
        ("ij->ji", [[3, 4], [4, 3]]),
        ("ii->i", [[5, 5], [5]]),
        ("ii->", [[5, 5], []]),
        ("iji,jk->ik", [[3, 2, 3], [2, 4], [3, 4]]),
        ("ij->i", [[3, 4], [3]]),
    ],
)
@pytest.mark.parametrize(("narrow", "wide"), [("f32", "f32"), ("f16", "f32"), ("i8", "i32")])
def test_contract(
    spec: str, shapes: list[list[int]], narrow: str, wide: str, run_passes: RunPasses
):
    dtypes = {"f32": "float32", "f16": "float16", "i8": "int8", "i32": "int32"}
    inputs = [integers(shape, dtypes[narrow], seed) for seed, shape in enumerate(shapes[:-1])]
    text = contraction(spec, shapes, [narrow] * len(inputs) + [wide])
    (got,) = interpret(run_passes(text, "lower-kernel"), None, inputs)
    expected: Any = np.einsum(spec, *(array.astype(dtypes[wide]) for array in inputs))
    assert got.dtype == np.dtype(dtypes[wide])
    np.testing.assert_array_equal(got, expected)


def test_unsigned_inputs_are_widened_by_zeros(run_passes: RunPasses):
    text = contraction(
        "mk,kn->mn", [[3, 4], [4, 5], [3, 5]], ["i8", "i8", "i32"], "{unsigned = array<i64: 0>}"
    )
    a, b = integers([3, 4], "int8", 1), integers([4, 5], "int8", 2)
    (got,) = interpret(run_passes(text, "lower-kernel"), None, [a, b])
    np.testing.assert_array_equal(got, a.view("uint8").astype("int32") @ b.astype("int32"))


def test_repetition(run_passes: RunPasses):
    (got,) = interpret(
        run_passes(contraction("->i", [[], [4]], ["f32", "f32"]), "lower-kernel"),
        None,
        [np.array(2.5, "float32")],
    )
    np.testing.assert_array_equal(got, np.full(4, 2.5, "float32"))


LAYER = """
func.func @layer(%x: tensor<2x5x3xf32>, %w: tensor<{w}xf32>, %bias: tensor<{bias}xf32>,
                 %c: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {{
  %y = kernel.matmul %x, %w bias %bias init %c {{transpose_a{flags}, activation = "relu"}}
    : tensor<2x5x3xf32>, tensor<{w}xf32>, tensor<{bias}xf32> -> tensor<2x3x4xf32>
  func.return %y : tensor<2x3x4xf32>
}}
"""


@pytest.mark.parametrize(("w", "flags"), [("5x4", ""), ("4x5", ", transpose_b"), ("2x5x4", "")])
@pytest.mark.parametrize("bias", ["4", "3x4", "2x3x4"])
def test_matmul(w: str, flags: str, bias: str, run_passes: RunPasses):
    shapes = [
        [2, 5, 3],
        [int(d) for d in w.split("x")],
        [int(d) for d in bias.split("x")],
        [2, 3, 4],
    ]
    x, weights, offset, c = (integers(shape, "float32", seed) for seed, shape in enumerate(shapes))
    module = run_passes(LAYER.format(w=w, flags=flags, bias=bias), "lower-kernel")
    (got,) = interpret(module, None, [x, weights, offset, c])
    product = x.swapaxes(-1, -2) @ (weights.T if flags else weights)
    np.testing.assert_array_equal(got, np.maximum(c + product + offset, 0))


def test_relu_keeps_a_nan(run_passes: RunPasses):
    text = """
      func.func @f(%a: tensor<1x1xf32>, %b: tensor<1x1xf32>) -> tensor<1x1xf32> {
        %y = kernel.matmul %a, %b {activation = "relu"}
          : tensor<1x1xf32>, tensor<1x1xf32> -> tensor<1x1xf32>
        func.return %y : tensor<1x1xf32>
      }"""
    nan, one = np.array([[np.nan]], "float32"), np.ones([1, 1], "float32")
    (got,) = interpret(run_passes(text, "lower-kernel"), None, [nan, one])
    assert np.isnan(got[0, 0])


def test_memrefs(run_passes: RunPasses):
    text = """
      func.func @f(%a: memref<3x4xi32>, %add: memref<3xi32>, %into: memref<3xi32>) {
        kernel.contract "ij->i"(%a) add %add : (memref<3x4xi32>, memref<3xi32>)
        kernel.contract "ij->i"(%a) into %into : (memref<3x4xi32>, memref<3xi32>)
        func.return
      }"""
    a, start = integers([3, 4], "int32", 1), np.arange(3, dtype="int32")
    added, written = interpret(run_passes(text, "lower-kernel"), None, [a, start, start])
    sums = a.sum(axis=1, dtype="int32")
    np.testing.assert_array_equal(added, start + sums)
    np.testing.assert_array_equal(written, sums)
