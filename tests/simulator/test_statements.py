"""Statements run as whole-array operations, against loops written out."""

from collections.abc import Callable
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse
from isa_mapper.simulator import statements

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

GENERIC = """
func.func @f({arguments}, %out: memref<{out}>) {{
  linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}
      ins({inputs}) outs(%out : memref<{out}>) {{
  ^bb0({scalars}, %o: {element}):
    {body}
    linalg.yield %r : {element}
  }}
  func.return
}}
"""


def generic(axes: str, maps: list[str], shapes: list[str], body: str, kinds: str) -> ModuleOp:
    """Return a function of one generic statement; the last map and shape are the output's."""
    *inputs, out = shapes
    element = out.rpartition("x")[2]
    names = [f"%i{number}" for number in range(len(inputs))]
    types = [f"memref<{shape}>" for shape in inputs]
    scalars = [f"%s{n}: {shape.rpartition('x')[2]}" for n, shape in enumerate(inputs)]
    words = {"p": '"parallel"', "r": '"reduction"'}
    return parse(
        GENERIC.format(
            arguments=", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True)),
            maps=", ".join(f"affine_map<({axes}) -> ({map_})>" for map_ in maps),
            kinds=", ".join(words[kind] for kind in kinds),
            inputs=f"{', '.join(names)} : {', '.join(types)}",
            scalars=", ".join(scalars),
            out=out,
            element=element,
            body=body,
        )
    )


MULTIPLY_ADD = "%m = arith.mulf %s0, %s1 : f32\n%r = arith.addf %o, %m : f32"


def numbers(*shape: int) -> Array:
    return np.random.default_rng(1).integers(-8, 8, shape).astype(np.float32)


@pytest.mark.parametrize("large", [False, True])
def test_convolution_with_stride(large: bool, monkeypatch: pytest.MonkeyPatch):
    if large:  # cut the domain in small boxes and use no matrix product
        monkeypatch.setattr(statements, "LARGEST_BOX", 7)
        monkeypatch.setattr(statements, "SMALLEST_CONTRACTION", 1 << 60)
    else:
        monkeypatch.setattr(statements, "SMALLEST_CONTRACTION", 1)
    maps = ["c, 2 * p + s", "o, c, s", "o, p"]
    module = generic("o, p, c, s", maps, ["3x11xf32", "4x3x3xf32", "4x5xf32"], MULTIPLY_ADD, "pprr")
    image, weights, out = numbers(3, 11), numbers(4, 3, 3), numbers(4, 5)
    expected = out.copy()
    for o, p, c, s in product(range(4), range(5), range(3), range(3)):
        expected[o, p] += image[c, 2 * p + s] * weights[o, c, s]
    (result,) = interpret(module, None, [image, weights, out])
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("smallest", [1, 1 << 60])
def test_contraction_with_batch_and_lone_axes(smallest: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statements, "SMALLEST_CONTRACTION", smallest)
    maps = ["b, m, k, x", "n, k, b", "n, b, m"]
    shapes = ["2x3x4x5xf32", "6x4x2xf32", "6x2x3xf32"]
    module = generic("b, m, n, k, x", maps, shapes, MULTIPLY_ADD, "ppprr")
    left, right, out = numbers(2, 3, 4, 5), numbers(6, 4, 2), numbers(6, 2, 3)
    (result,) = interpret(module, None, [left, right, out])
    np.testing.assert_array_equal(result, out + np.einsum("bmkx,nkb->nbm", left, right))


@pytest.mark.parametrize("smallest", [1, 1 << 60])
def test_integers_wrap(smallest: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statements, "SMALLEST_CONTRACTION", smallest)
    body = "%m = arith.muli %s0, %s1 : i8\n%r = arith.addi %o, %m : i8"
    module = generic("m, k", ["m, k", "k", "m"], ["2x300xi8", "300xi8", "2xi8"], body, "pr")
    left, right = np.full((2, 300), -128, np.int8), np.full(300, -128, np.int8)
    right[::2] = 3
    (result,) = interpret(module, None, [left, right, np.full(2, 100, np.int8)])
    expected = (100 + (left.astype(np.int64) * right).sum(1)).astype(np.int8)
    np.testing.assert_array_equal(result, expected)


def test_wide_integers_are_exact(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statements, "SMALLEST_CONTRACTION", 1)
    body = "%m = arith.muli %s0, %s1 : i64\n%r = arith.addi %o, %m : i64"
    module = generic("m, k", ["m, k", "k", "m"], ["1x2xi64", "2xi64", "1xi64"], body, "pr")
    (result,) = interpret(
        module, None, [np.array([[2**40 + 1, 1]]), np.array([2**20 + 1, 1]), np.array([0])]
    )
    assert result.tolist() == [(2**40 + 1) * (2**20 + 1) + 1]


def test_maximum_propagates_nan():
    body = "%r = arith.maximumf %o, %s0 : f32"
    module = generic("m, k", ["m, k", "m"], ["2x3xf32", "2xf32"], body, "pr")
    values = np.array([[1, np.nan, 3], [-1, -2, -np.inf]], np.float32)
    (result,) = interpret(module, None, [values, np.full(2, -np.inf, np.float32)])
    np.testing.assert_array_equal(result, [np.nan, -1])


def test_body_that_uses_its_result_twice_runs_in_order():
    body = "%t = arith.addf %o, %o : f32\n%r = arith.addf %t, %s0 : f32"  # Horner's rule at 2
    module = generic("m, k", ["m, k", "m"], ["2x4xf32", "2xf32"], body, "pr")
    values, out = numbers(2, 4), numbers(2)
    (result,) = interpret(module, None, [values, out])
    expected = [np.polyval([out[m], *values[m]], 2) for m in range(2)]
    np.testing.assert_array_equal(result, expected)


def test_histogram_like_output_adds_up():
    body = "%r = arith.addf %o, %s0 : f32"
    module = generic("i, j", ["i, j", "i, j", "i + j"], ["3x4xf32", "3x4xf32", "6xf32"], body, "rr")
    values = numbers(3, 4)
    (result,) = interpret(module, None, [values, values, np.zeros(6, np.float32)])
    expected = [sum(values[i, s - i] for i in range(3) if 0 <= s - i < 4) for s in range(6)]
    np.testing.assert_array_equal(result, expected)


def test_indices_and_captured_values():
    module = parse("""
      func.func @f(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
        %two = arith.constant 2 : index
        %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 3 - j)>,
              affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
            iterator_types = ["parallel", "parallel"]}
            ins(%x, %x : tensor<3x4xf32>, tensor<3x4xf32>) outs(%x : tensor<3x4xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %i = linalg.index 1 : index
          %n = arith.muli %i, %two : index
          %k = arith.index_cast %n : index to i32
          %f = arith.sitofp %k : i32 to f32
          %s = arith.addf %a, %f : f32
          linalg.yield %s : f32
        } -> tensor<3x4xf32>
        func.return %r : tensor<3x4xf32>
      }""")
    x = numbers(3, 4)
    (result,) = interpret(module, None, [x])
    np.testing.assert_array_equal(result, x[:, ::-1] + 2 * np.arange(4, dtype=np.float32))


NAMED: list[tuple[str, Callable[[Array], Any]]] = [
    ("linalg.add ins(%x, %x : T, T) outs(%x : T) -> T", lambda x: x + x),
    ("linalg.max ins(%x, %x : T, T) outs(%x : T) -> T", lambda x: x),
    ("linalg.matmul ins(%x, %x : T, T) outs(%x : T) -> T", lambda x: x + x @ x),
    ("linalg.transpose ins(%x:T) outs(%x:T) permutation = [1, 0]", lambda x: x.T),
    ('kernel.contract "ij,jk->ki"(%x, %x) : (T, T) -> T', lambda x: (x @ x).T),
    ('kernel.contract "ij,jk->ik"(%x, %x) add %x : (T, T, T) -> T', lambda x: x @ x + x),
    ('kernel.contract "ij->ji"(%x) : (T) -> T', lambda x: x.T),
    (
        'kernel.matmul %x, %x init %x {activation = "relu"} : T, T -> T',
        lambda x: np.maximum(x @ x + x, 0),
    ),
    (
        "kernel.matmul %x, %x bias %x {transpose_a, transpose_b} : T, T, T -> T",
        lambda x: x.T @ x.T + x,
    ),
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_named_operations(text: str, expected: Any):
    tensor = "tensor<4x4xf32>"
    module = parse(
        f"func.func @f(%x: {tensor}) -> {tensor} {{\n"
        f"  %r = {text.replace('T', tensor)}\n  func.return %r : {tensor}\n}}"
    )
    x = numbers(4, 4)
    (result,) = interpret(module, None, [x])
    np.testing.assert_array_equal(result, expected(x))


def test_unsigned_contraction():
    module = parse("""
      func.func @f(%x: tensor<4xi8>, %y: tensor<4xi8>) -> tensor<i32> {
        %r = kernel.contract "i,i->"(%x, %y) {unsigned = array<i64: 0>}
          : (tensor<4xi8>, tensor<4xi8>) -> tensor<i32>
        func.return %r : tensor<i32>
      }""")
    x, y = np.full(4, -1, np.int8), np.full(4, -128, np.int8)
    assert interpret(module, None, [x, y])[0] == 4 * 255 * -128
