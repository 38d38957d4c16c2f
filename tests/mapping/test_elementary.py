"""Elementary functions by arithmetic: all exponents, millions of mantissas, every special value.

The references are computed in double precision, whose own errors are below 1e-8 of an ulp of f32.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from math import erf
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import f32

import isa_mapper
from isa_mapper.dialects.machines import host_features, load_machine
from isa_mapper.mapping.cover import find_covers
from isa_mapper.mapping.elementary import FUNCTIONS, SCALINGS, ULPS, expanded
from isa_mapper.mapping.elementary.scaling import Scaling, at_once, in_two_steps
from isa_mapper.mapping.evaluate import evaluate
from isa_mapper.mapping.expression import Apply, Expr, Operand
from isa_mapper.mapping.lanewise import lanewise_instructions
from isa_mapper.mapping.statement import ASSIGN, Access, Axis, Statement

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MANTISSAS = 1 << 12
"""Random mantissas per sign and exponent."""
DENSE = 1 << 20
"""Points where the function is neither constant nor linear."""
CHUNK = 1 << 16
"""Points per call of a kernel."""

REFERENCES: dict[str, tuple[Callable[[Array], Array], float, float]] = {
    "math.erf": (np.vectorize(erf, otypes=[np.float64]), -4.5, 4.5),
    "math.exp": (np.exp, -105, 90),
    "math.exp2": (np.exp2, -151, 129),
    "math.log": (np.log, 0.3, 3),
    "math.rsqrt": (lambda x: 1 / np.sqrt(x), 0.5, 5),
    "math.tanh": (np.tanh, -11, 11),
}
"""The functions in double precision, and where to look closest."""

INF, NAN = np.inf, np.nan
SPECIAL: dict[str, list[tuple[float, float]]] = {
    "math.erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN), (4, 1), (-1e38, -1)],
    "math.exp": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (NAN, NAN), (88.73, INF), (-104, 0)],
    "math.exp2": [(-0.0, 1), (INF, INF), (-INF, 0), (NAN, NAN), (128, INF), (-149, 2.0**-149)],
    "math.log": [(0.0, -INF), (-0.0, -INF), (INF, INF), (NAN, NAN), (1, 0.0), (-1e-45, NAN)],
    "math.rsqrt": [(0.0, INF), (-0.0, -INF), (INF, 0), (-1, NAN), (NAN, NAN), (4, 0.5)],
    "math.tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN), (1e-45, 1e-45)],
}
"""Arguments and their results, which must be exact, with their sign."""

TEXT = """func.func @f(%a: tensor<COUNTxf32>) -> tensor<COUNTxf32> {
  %e = tensor.empty() : tensor<COUNTxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a : tensor<COUNTxf32>) outs(%e : tensor<COUNTxf32>) {
  ^bb0(%x: f32, %old: f32):
    %y = FUNCTION %x : f32
    linalg.yield %y : f32
  } -> tensor<COUNTxf32>
  func.return %r : tensor<COUNTxf32>
}"""


@cache
def points(name: str) -> Array:
    """Numbers of every sign and exponent, denormal ones too, and many where it matters."""
    generator = np.random.default_rng(len(name))
    heads = np.arange(512, dtype=np.uint32)[:, np.newaxis] << 23
    mantissas = generator.integers(0, 1 << 23, (512, MANTISSAS), dtype=np.uint32)
    mantissas[:, :2] = 0, (1 << 23) - 1
    _, low, high = REFERENCES[name]
    dense = generator.uniform(low, high, DENSE).astype(np.float32)
    return np.concatenate([(heads | mantissas).view(np.float32).ravel(), dense])


@cache
def exactly(name: str) -> Array:
    """The function of these points in double precision."""
    with np.errstate(all="ignore"):
        return REFERENCES[name][0](points(name).astype(np.float64))


def ulps(got: Array, exact: Array) -> Array:
    """Errors in units of the last place of the exact result; infinite where classes differ."""
    with np.errstate(all="ignore"):
        nearest = exact.astype(np.float32)
        unit = np.spacing(np.maximum(np.abs(nearest), np.float32(2.0**-126))).astype(np.float64)
        error = np.abs(got.astype(np.float64) - exact) / unit
        same = (np.isnan(got) & np.isnan(exact)) | (got == nearest)
        at_the_end = np.isinf(got) & (np.abs(exact) > 3.4028234e38) & (got * exact > 0)
        return np.where(same | at_the_end, 0.0, np.where(np.isfinite(error), error, INF))


def check(name: str, got: Array, step: int = 1) -> None:
    """Compare the results of every `step`-th point with the function in double precision."""
    error = ulps(got, exactly(name)[::step])
    worst = int(np.argmax(error))
    where = points(name)[::step][worst]
    assert error[worst] <= ULPS[name], f"{error[worst]} ulp at {where!r}: {got[worst]!r}"


@pytest.mark.parametrize("scaled", SCALINGS, ids=lambda scaled: scaled.__name__)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_bounded_if_products_are_rounded(name: str, scaled: Scaling):
    step = 1 if scaled is in_two_steps else 16
    body = expanded(Apply(name, (Operand(0),), f32), scaled)
    check(name, evaluate(body, [points(name)[::step]]), step)
    special, results = np.array(SPECIAL[name], np.float32).T.copy()
    same(evaluate(body, [special]), results)


@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_bounded_on_this_computer(name: str, target: str):
    if shutil.which("cc") is None or not host_features().issuperset(load_machine(target).features):
        pytest.skip("needs a C compiler and the machine")
    x = points(name)
    special, results = np.array(SPECIAL[name], np.float32).T
    both = np.concatenate([x, special])
    text = TEXT.replace("FUNCTION", name).replace("COUNT", str(CHUNK))
    kernel = isa_mapper.compile(text, target=target)
    assert "@expression" not in str(kernel.plan), "it is computed by vectors"
    parts = np.append(both, np.zeros(-both.size % CHUNK, np.float32)).reshape(-1, CHUNK)
    got = np.concatenate([kernel(part) for part in parts])[: both.size]
    check(name, got[: x.size])
    same(got[x.size :], results)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_bounded_in_portable_c(name: str):
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    text = TEXT.replace("FUNCTION", name).replace("COUNT", str(CHUNK))
    kernel = isa_mapper.compile(text, target="avx2", portable=True)
    step = len(points(name)) // CHUNK + 1
    x = points(name)[::step]
    special, results = np.array(SPECIAL[name], np.float32).T
    both = np.concatenate([x, special])
    got = kernel(np.append(both, np.zeros(CHUNK - both.size, np.float32)))
    assert isinstance(got, np.ndarray)
    check(name, got[: x.size], step)
    same(got[x.size : both.size], results)


def same(got: Array, wanted: Array) -> None:
    """Compare to the bit, but for NaNs."""
    np.testing.assert_array_equal(got, wanted)
    known = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(wanted[known]))


@pytest.mark.parametrize(
    ("target", "has", "lacks"),
    [("avx512", [at_once, in_two_steps], []), ("avx2", [in_two_steps], [at_once])],
)
def test_a_power_of_two_is_multiplied_as_the_machine_can(
    target: str, has: list[Scaling], lacks: list[Scaling]
):
    instructions = tuple(lanewise_instructions(load_machine(target)).values())
    x, y = (Access(name, f32, ((1,),), (0,), (64,)) for name in "xy")
    exp = Apply("math.exp", (Operand(0),), f32)

    def has_cover(body: Expr) -> bool:
        statement = Statement((Axis("n", 64, False),), (x,), y, ASSIGN, body)
        return bool(find_covers(statement, instructions))

    assert not has_cover(exp)
    assert all(has_cover(expanded(exp, scaled)) for scaled in has)
    assert not any(has_cover(expanded(exp, scaled)) for scaled in lacks)
