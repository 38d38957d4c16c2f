"""Every element type from a kernel to native C: exact integers, floats within a stated bound."""

from __future__ import annotations

import shutil
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import CompiledKernel, compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

DTYPES: dict[str, Any] = {
    **{"i8": np.int8, "u8": np.uint8, "i16": np.int16, "i32": np.int32},
    **{"f32": np.float32, "bf16": ml_dtypes.bfloat16},
}
SIZES = {"m": 5, "n": 35, "k": 67}

INTEGERS = [
    ("scalar", "i8,i8,i32"),
    ("scalar", "u8,i8,i32"),
    ("scalar", "i16,i16,i32"),
    ("avx512_vnni", "u8,i8,i32"),
    ("avx512_vnni", "i8,u8,i32"),
    ("avx512_vnni", "i8,i8,i32"),
    ("avx512_vnni", "u8,u8,i32"),
    ("avx512_vnni", "i16,i16,i32"),
    ("avx_vnni", "u8,i8,i32"),
    ("avx_vnni", "i16,i16,i32"),
    ("avx512", "i32"),
    ("matrix16", "i8,i8,i32"),
]
EXPECTED = {
    ("avx512_vnni", "u8,i8,i32"): "dpbusd",
    ("avx512_vnni", "i8,u8,i32"): "dpbusd",
    ("avx512_vnni", "i8,i8,i32"): "dpbusd",
    ("avx512_vnni", "u8,u8,i32"): "dpbusd",
    ("avx512_vnni", "i16,i16,i32"): "dpwssd",
    ("avx_vnni", "u8,i8,i32"): "dpbusd",
    ("avx_vnni", "i16,i16,i32"): "dpwssd",
    ("matrix16", "i8,i8,i32"): "multiply_i8",
    ("avx512_bf16", "bf16,bf16,f32"): "dpbf16_ps",
}


def compiled(machine: str, spec: str, types: str, sizes: dict[str, int]) -> CompiledKernel:
    """An einsum for a machine, natively where its instructions have a C form."""
    if shutil.which("gcc") is None and shutil.which("clang") is None:
        pytest.skip("there is no C compiler")
    target = find_target(machine, ModuleOp([]))
    if target.is_complete and (missing := set(target.features) - host_features()):
        pytest.skip(f"this CPU lacks {', '.join(sorted(missing))}")
    module = einsum_module(spec, sizes, types.split(","))
    return compile_native(module, machine, portable=not target.is_complete)


def whole_range(dtype: Any, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Integers of a type, half of them at its limits."""
    limits = np.iinfo(dtype)
    usual = generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    extreme = generator.choice([limits.min, limits.max], shape).astype(dtype)
    return np.where(generator.random(shape) < 0.5, usual, extreme)


def product(spec: str, a: Array, b: Array) -> Array:
    """The exact sum of products, wrapped around to 32 bits."""
    return np.einsum(spec, a.astype(np.int64), b.astype(np.int64)).astype(np.int32)


def signless(array: Array) -> Array:
    """The same bits as a signed integer."""
    return array.view(f"i{array.itemsize}")


@pytest.mark.parametrize(("machine", "types"), INTEGERS)
def test_integers_are_exact(machine: str, types: str):
    kernel = compiled(machine, "mk,kn->mn", types, SIZES)
    if (machine, types) in EXPECTED:
        assert f"@{EXPECTED[machine, types]}" in kernel.plan
    names = types.split(",") * (3 if "," not in types else 1)
    generator = np.random.default_rng(7)
    shapes = (SIZES["m"], SIZES["k"]), (SIZES["k"], SIZES["n"])
    random = [whole_range(DTYPES[n], s, generator) for n, s in zip(names, shapes, strict=False)]
    limits = [np.iinfo(DTYPES[name]) for name in names[:2]]
    cases = [random]
    for first in (limits[0].min, limits[0].max):
        for second in (limits[1].min, limits[1].max):
            cases.append(
                [
                    np.full(shapes[0], first, DTYPES[names[0]]),
                    np.full(shapes[1], second, DTYPES[names[1]]),
                ]
            )
    for a, b in cases:
        result = kernel(signless(a), signless(b))
        np.testing.assert_array_equal(result, product("mk,kn->mn", a, b))


@pytest.mark.parametrize("spec", ["km,nk->nm", "mk,nk->mn", "k,kn->n", "bmk,bkn->bmn"])
def test_layouts_on_dot_products_of_bytes(spec: str):
    sizes = {"m": 3, "n": 18, "k": 21, "b": 2}
    sizes = {axis: size for axis, size in sizes.items() if axis in spec}
    kernel = compiled("avx512_vnni", spec, "u8,i8,i32", sizes)
    generator = np.random.default_rng(1)
    left, right = spec.partition("->")[0].split(",")
    a = whole_range(np.uint8, tuple(sizes[x] for x in left), generator)
    b = whole_range(np.int8, tuple(sizes[x] for x in right), generator)
    np.testing.assert_array_equal(kernel(signless(a), b), product(spec, a, b))


@pytest.mark.parametrize(
    ("m", "n", "k"), [(1, 1, 1), (1, 16, 4), (2, 17, 3), (3, 5, 8), (2, 31, 6)]
)
def test_odd_sizes_of_dot_products_of_bytes(m: int, n: int, k: int):
    kernel = compiled("avx512_vnni", "mk,kn->mn", "u8,i8,i32", {"m": m, "n": n, "k": k})
    generator = np.random.default_rng(m + n + k)
    a = whole_range(np.uint8, (m, k), generator)
    b = whole_range(np.int8, (k, n), generator)
    np.testing.assert_array_equal(kernel(signless(a), b), product("mk,kn->mn", a, b))


@pytest.mark.parametrize("machine", ["avx512_vnni", "matrix16"])
def test_the_interpreter_runs_the_program_of_instructions(machine: str):
    sizes = {"m": 3, "n": 19, "k": 10}
    module = einsum_module("mk,kn->mn", sizes, ["i8", "i8", "i32"])
    lowered = pipeline.lower(module, machine).module
    generator = np.random.default_rng(2)
    a, b = (whole_range(np.int8, shape, generator) for shape in ((3, 10), (10, 19)))
    (result,) = interpret(lowered, None, [a, b])
    np.testing.assert_array_equal(result, product("mk,kn->mn", a, b))


def test_sums_wrap_around():
    """Products of the least words are 2^30: two of them are beyond the largest integer."""
    kernel = compiled("avx512_vnni", "mk,kn->mn", "i16,i16,i32", {"m": 2, "n": 16, "k": 5})
    least = np.full((2, 5), -32768, np.int16)
    result = np.asarray(kernel(least, np.full((5, 16), -32768, np.int16)))
    assert (result == (5 << 30) - (1 << 32)).all()


@pytest.mark.parametrize("machine", ["scalar", "avx512_bf16"])
@pytest.mark.parametrize("spec", ["mk,kn->mn", "mk,nk->mn"])
def test_bf16_is_summed_in_f32(machine: str, spec: str):
    kernel = compiled(machine, spec, "bf16,bf16,f32", SIZES)
    if (machine, "bf16,bf16,f32") in EXPECTED:
        assert "@dpbf16_ps" in kernel.plan
    generator = np.random.default_rng(3)
    left, right = spec.partition("->")[0].split(",")
    shapes = [tuple(SIZES[x] for x in letters) for letters in (left, right)]
    a, b = (generator.standard_normal(shape).astype(DTYPES["bf16"]) for shape in shapes)
    wide = [array.astype(np.float64) for array in (a, b)]
    exact, size = np.einsum(spec, *wide), np.einsum(spec, *map(np.abs, wide))
    # Higham 3.1: any order of n roundings of products and sums, as vdpbf16ps does them
    bound = 2 * SIZES["k"] * 2.0**-24 * size + SIZES["k"] * 2.0**-126
    assert (np.abs(kernel(a, b) - exact) <= bound).all()


@pytest.mark.parametrize("machine", ["scalar", "avx512_bf16"])
def test_bf16_keeps_infinities_and_nans(machine: str):
    kernel = compiled(machine, "mk,kn->mn", "bf16,bf16,f32", {"m": 4, "n": 17, "k": 3})
    bf16 = DTYPES["bf16"]
    a, b = np.ones((4, 3), bf16), np.ones((3, 17), bf16)
    a[0, 1], a[1, 0], a[2, 2] = np.inf, -np.inf, np.nan
    b[0, 5], b[:, 6] = np.inf, -0.0
    with np.errstate(invalid="ignore"):
        expected = np.einsum("mk,kn->mn", a.astype(np.float64), b.astype(np.float64))
    result = np.asarray(kernel(a, b), np.float64)
    np.testing.assert_array_equal(result, expected)


def test_results_in_bf16_are_rounded_to_nearest_even():
    """A copy through f32 and back: every value of bf16 and every way to round between two."""
    text = """
    #id = affine_map<(i) -> (i)>
    func.func @round(%x: tensor<COUNTxFROM>) -> tensor<COUNTxbf16> {
      %empty = tensor.empty() : tensor<COUNTxbf16>
      %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<COUNTxFROM>) outs(%empty : tensor<COUNTxbf16>) {
      ^bb0(%a: FROM, %old: bf16):
        %r = arith.truncf %a : FROM to bf16
        linalg.yield %r : bf16
      } -> tensor<COUNTxbf16>
      func.return %y : tensor<COUNTxbf16>
    }"""
    every = np.arange(1 << 16, dtype=np.uint32) << 16
    bits = np.concatenate([every, every + 1, every + 0x7FFF, every + 0x8000, every + 0x8001])
    values = bits.astype(np.uint32).view(np.float32)
    wanted = values.astype(DTYPES["bf16"])
    for name, array in (("f32", values), ("f64", values.astype(np.float64))):
        source = text.replace("COUNT", str(len(values))).replace("FROM", name)
        result = compile_native(source, "scalar")(array)
        assert isinstance(result, np.ndarray)
        np.testing.assert_array_equal(result.astype(np.float32), wanted.astype(np.float32))
        zeros = wanted == 0
        np.testing.assert_array_equal(np.signbit(result[zeros]), np.signbit(wanted[zeros]))


def test_rounding_from_f64_happens_once():
    """Through f32 this number would be a tie, and go to even."""
    text = """
    #id = affine_map<(i) -> (i)>
    func.func @round(%x: tensor<2xf64>) -> tensor<2xbf16> {
      %empty = tensor.empty() : tensor<2xbf16>
      %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<2xf64>) outs(%empty : tensor<2xbf16>) {
      ^bb0(%a: f64, %old: bf16):
        %r = arith.truncf %a : f64 to bf16
        linalg.yield %r : bf16
      } -> tensor<2xbf16>
      func.return %y : tensor<2xbf16>
    }"""
    above = 1 + 2.0**-8 + 2.0**-40
    result = compile_native(text, "scalar")(np.array([above, -above]))
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result.astype(np.float64), [1 + 2.0**-7, -1 - 2.0**-7])
