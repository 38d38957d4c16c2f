"""Reductions in lanes: executed at every level and in C, compared with NumPy."""

from __future__ import annotations

import shutil
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects import linalg

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.mapping.lane_reduction import Lanes, lane_reductions
from isa_mapper.mapping.statement import Statement, statement_of
from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

REDUCE = """func.func @f(%a: tensor<{m}x{k}x{t}>, %x: tensor<{k}x{t}>, %o: tensor<{m}x{t}>)
    -> tensor<{m}x{t}> {{
  %r = linalg.generic {{indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>,
      affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}}
      ins(%a, %x : tensor<{m}x{k}x{t}>, tensor<{k}x{t}>) outs(%o : tensor<{m}x{t}>)
      attrs = {{kernel.axes = ["m", "k"]}} {{
  ^bb0(%e: {t}, %f: {t}, %old: {t}):
    {body}
    linalg.yield %r : {t}
  }} -> tensor<{m}x{t}>
  func.return %r : tensor<{m}x{t}>
}}"""

BODIES = {
    "dot": "%p = arith.mulf %e, %f : {t}\n%r = arith.addf %old, %p : {t}",
    "sum": "%r = arith.addf %e, %old : {t}",
    "maximum": "%r = arith.maximumf %old, %e : {t}",
    "minimum": "%p = arith.subf %f, %e : {t}\n%r = arith.minimumf %old, %p : {t}",
}


def program(body: str, m: int, k: int, element: str = "f32") -> str:
    return REDUCE.format(m=m, k=k, t=element, body=BODIES[body].format(t=element))


def data(m: int, k: int, element: str = "f32") -> list[Array]:
    generator = np.random.default_rng(m * k)
    dtype = {"f32": np.float32, "f64": np.float64}[element]
    arrays = [generator.integers(-4, 5, shape).astype(dtype) for shape in ((m, k), (k,), (m,))]
    for value in (np.nan, np.inf, -np.inf, -0.0):
        arrays[0].flat[generator.integers(m * k)] = value
    return arrays


def expected(body: str, arrays: list[Array]) -> Array:
    """The results by NumPy; whole numbers, so they are exact."""
    a, x, o = arrays
    with np.errstate(all="ignore"):
        match body:
            case "dot":
                return o + np.sum(a * x, axis=1)
            case "sum":
                return o + np.sum(a, axis=1)
            case "maximum":
                return np.maximum(o, np.max(a, axis=1))
            case _:
                return np.minimum(o, np.min(x - a, axis=1))


def count(module: Any) -> int:
    return sum(isinstance(op, linalg.ops.GenericOp) for op in module.walk())


@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("body", BODIES)
def test_every_level(body: str, target: str):
    module, arrays, before = pipeline.parse(program(body, 5, 71)), data(5, 71), 0
    for stage in CompilePass(target=target).stages():
        pipeline.run(module, [stage])
        (result,) = interpret(module, None, arrays)
        np.testing.assert_array_equal(result, expected(body, arrays), f"after {stage.name}")
        if stage.name == "split-reductions":
            assert count(module) == before + 2  # what is left over, the lanes, and the total
        before = count(module)


@pytest.mark.parametrize("size", [(1, 64), (3, 33), (9, 70), (2, 31)], ids=str)
def test_sizes(size: tuple[int, int]):
    for element, body in (("f32", "dot"), ("f64", "maximum")):
        arrays = data(*size, element)
        module = pipeline.parse(program(body, *size, element))
        lowered = pipeline.lower(module, "avx512").module
        (result,) = interpret(lowered, None, arrays)
        np.testing.assert_array_equal(result, expected(body, arrays))


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("target", ["avx512", "avx2"])
def test_in_c(target: str):
    for body in ("dot", "minimum"):
        text, arrays = program(body, 21, 133), data(21, 133)
        needed = find_target(target, pipeline.parse(text)).features
        for portable in (True, False) if host_features().issuperset(needed) else (True,):
            kernel = compile_native(text, target, portable=portable)
            np.testing.assert_array_equal(kernel(*arrays), expected(body, arrays))


def statement(text: str) -> Statement:
    module = pipeline.parse(text)
    return next(statement_of(op) for op in module.walk() if isinstance(op, linalg.ops.GenericOp))


def test_preconditions():
    dot = statement(program("dot", 4, 70))
    (split,) = lane_reductions(dot, [Lanes(16)])
    assert [axis.extent for axis in split.lanes.axes] == [4, 4, 16]
    assert [[axis.extent for axis in rest.axes] for rest in split.rests] == [[4, 6]]
    (split,) = lane_reductions(dot, [Lanes(8, 4)])
    assert [axis.extent for axis in split.lanes.axes] == [4, 2, 4, 8]
    assert [[axis.extent for axis in rest.axes] for rest in split.rests] == [[4, 4, 1], [4, 2]]
    assert split.lanes.inputs[0].matrix == ((1, 0, 0, 0), (0, 32, 1, 4))
    assert split.rests[1].inputs[0].offset == (0, 68)
    assert not list(lane_reductions(dot, [Lanes(64)]))  # shorter than two rows of lanes
    exact = statement(program("sum", 4, 64))
    assert [one.rests for one in lane_reductions(exact, [Lanes(16)])] == [()]
    turned = program("dot", 4, 64).replace("(m, k) -> (m, k)>", "(m, k) -> (k, m)>")
    turned = turned.replace("4x64x", "64x4x")
    assert not list(lane_reductions(statement(turned), [Lanes(16)]))  # not contiguous along k
    assert list(lane_reductions(statement(turned), [Lanes(16)], packs=True))  # but %x is
    without = program("maximum", 4, 64).replace("maximumf", "maxnumf")
    assert not list(
        lane_reductions(statement(without), [Lanes(16)])
    )  # NaN is lost: no neutral element
