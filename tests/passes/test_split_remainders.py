"""Columns left over, computed apart: executed at every level and in C, compared with NumPy."""

from __future__ import annotations

import shutil
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects import linalg

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.passes import split_remainders
from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

FLOATS = """func.func @f(%a: tensor<{m}x{k}xf32>, %b: tensor<{k}x{n}xf32>, %c: tensor<{m}x{n}xf32>)
    -> tensor<{m}x{n}xf32> {{
  %t = kernel.contract "mk,kn->mn"(%a, %b) {into}
      : (tensor<{m}x{k}xf32>, tensor<{k}x{n}xf32>{type}) -> tensor<{m}x{n}xf32>
  {after}
  func.return %r : tensor<{m}x{n}xf32>
}}"""

AFTER = """%r = linalg.generic {{indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}}
      ins(%t, %c : tensor<{m}x{n}xf32>, tensor<{m}x{n}xf32>) outs(%t : tensor<{m}x{n}xf32>) {{
  ^bb0(%x: f32, %y: f32, %old: f32):
    %s = arith.{op} %x, %y : f32
    linalg.yield %s : f32
  }} -> tensor<{m}x{n}xf32>"""

KERNELS = {"plain": "", "scaled": "mulf", "bounded": "maximumf"}

INTEGERS = """func.func @f(%a: tensor<{m}x{k}xi8>, %b: tensor<{k}x{n}xi8>) -> tensor<{m}x{n}xi32> {{
  %t = kernel.contract "mk,kn->mn"(%a, %b)
      : (tensor<{m}x{k}xi8>, tensor<{k}x{n}xi8>) -> tensor<{m}x{n}xi32>
  func.return %t : tensor<{m}x{n}xi32>
}}"""


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch):
    """Divide whatever can be divided, so that small kernels are."""
    monkeypatch.setattr(split_remainders, "GAIN", 100.0)


def program(kind: str, m: int, n: int, k: int) -> str:
    sizes = {"m": m, "n": n, "k": k}
    text = FLOATS.replace("{into}", "").replace("{type}", "")
    if kind == "plain":
        return text.replace("{after}", "").replace("%r ", "%t ").format(**sizes)
    return text.replace("{after}", AFTER).format(**sizes, op=KERNELS[kind])


def data(m: int, n: int, k: int) -> list[Array]:
    """Whole numbers, so that sums are exact in any order; some of them no numbers."""
    generator = np.random.default_rng(m * n * k)
    arrays = [generator.integers(-4, 5, s).astype(np.float32) for s in ((m, k), (k, n), (m, n))]
    arrays[0][0, 0], arrays[1][k - 1, n - 1] = np.inf, np.nan
    return arrays


def expected(kind: str, arrays: list[Array]) -> Array:
    a, b, c = arrays
    with np.errstate(all="ignore"):
        t = np.sum(a[:, :, None] * b[None], axis=1)
        return {"plain": lambda: t, "scaled": lambda: t * c, "bounded": lambda: np.maximum(t, c)}[
            kind
        ]()


def count(module: Any) -> int:
    return sum(isinstance(op, linalg.ops.GenericOp) for op in module.walk())


@pytest.mark.parametrize("kind", KERNELS)
def test_every_level(kind: str):
    sizes = (5, 18, 70)
    module, arrays, before = pipeline.parse(program(kind, *sizes)), data(*sizes), 0
    for stage in CompilePass(target="avx512").stages():
        pipeline.run(module, [stage])
        (result,) = interpret(module, None, arrays)
        np.testing.assert_array_equal(result, expected(kind, arrays), f"after {stage.name}")
        if stage.name == "split-remainders":
            assert count(module) == before * 2
        before = count(module)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("sizes", [(1, 35, 64), (7, 20, 133), (33, 17, 70)], ids=str)
def test_in_c(sizes: tuple[int, int, int], target: str):
    for kind in KERNELS:
        text, arrays = program(kind, *sizes), data(*sizes)
        needed = find_target(target, pipeline.parse(text)).features
        portable = not host_features().issuperset(needed)
        kernel = compile_native(text, target, portable=portable)
        np.testing.assert_array_equal(kernel(*arrays), expected(kind, arrays))


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("sizes", [(5, 35, 128), (6, 18, 331), (4, 33, 206)], ids=str)
def test_dot_products(sizes: tuple[int, int, int]):
    m, n, k = sizes
    text = INTEGERS.format(m=m, n=n, k=k)
    generator = np.random.default_rng(k)
    a, b = (generator.integers(-128, 128, s, np.int8) for s in ((m, k), (k, n)))
    a[:, :2], b[:2] = -128, -128
    wanted = a.astype(np.int32) @ b.astype(np.int32)
    module = pipeline.parse(text)
    lowered = pipeline.lower(module, "avx512_vnni").module
    np.testing.assert_array_equal(interpret(lowered, None, [a, b])[0], wanted)
    needed = find_target("avx512_vnni", module).features
    portable = not host_features().issuperset(needed)
    kernel = compile_native(text, "avx512_vnni", portable=portable)
    np.testing.assert_array_equal(kernel(a, b), wanted)
