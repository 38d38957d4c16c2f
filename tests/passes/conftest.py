"""What the tests of passes share: text through a pipeline, and results compared to the bit."""

from collections.abc import Callable

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.source import read_module, verify_module
from isa_mapper.simulator.elements import Array
from isa_mapper.tools.universe import multiverse

RunPasses = Callable[..., ModuleOp]


@pytest.fixture(scope="session")
def run_passes() -> RunPasses:
    """Return a function from MLIR text and names of passes to the verified module."""
    universe = multiverse()
    context = Context()
    for dialect, factory in universe.all_dialects.items():
        context.register_dialect(dialect, factory)

    def run(text: str, *names: str) -> ModuleOp:
        module = read_module(context, text, "test.mlir")
        for name in names:
            universe.all_passes[name]()().apply(context, module)
            verify_module(module)
        return module

    return run


@pytest.fixture(scope="session")
def assert_same() -> Callable[[list[Array], list[Array]], None]:
    """Return a check that arrays are equal to the bit, but that any NaN equals any other."""

    def check(got: list[Array], expected: list[Array]) -> None:
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            np.testing.assert_array_equal(one, other)
            if one.dtype.kind == "f":
                known = ~np.isnan(one)
                np.testing.assert_array_equal(np.signbit(one[known]), np.signbit(other[known]))

    return check


def machine_text(machine: str, dim: int) -> str:
    """The npu, or one like it with another size of its array."""
    if machine == "npu":
        return 'isa.import @npu from "npu"'
    return f"""isa.target @{machine} attributes {{dim = {dim} : i64, bus = 16 : i64}} {{
  isa.include "npu"
}}"""


def _product(
    m: int, n: int, k: int, rows: int, depth: int, dim: int = 16, machine: str = "npu"
) -> str:
    """C = A B for whole tiles: `rows` of A and all of B's columns at a time, `depth` of k at a time."""
    blocks, deep = n // dim, depth // dim
    a, b = (
        f"memref<{deep}x{rows}x{dim}xi8, @spad>",
        f"memref<{deep}x{blocks}x{dim}x{dim}xi8, @spad>",
    )
    acc = f"memref<{blocks}x{rows}x{dim}xi32, @acc>"

    def tile(height: int, element: str, memory: str, pitch: int = dim) -> str:
        return f"memref<{height}x{dim}x{element}, strided<[{pitch}, 1], offset: ?>, @{memory}>"

    a_tile, b_tile, acc_tile = (
        tile(rows, "i8", "spad"),
        tile(dim, "i8", "spad"),
        tile(rows, "i32", "acc"),
    )
    from_a, from_b, to_c = (
        tile(rows, "i8", "dram", k),
        tile(dim, "i8", "dram", n),
        tile(rows, "i32", "dram", n),
    )
    one, two = (
        "affine_map<(d0, d1)[s0] -> (s0, d0, d1)>",
        "affine_map<(d0, d1)[s0, s1] -> (s0, s1, d0, d1)>",
    )
    constants = "".join(
        f"  %{name} = arith.constant {value} : index\n"
        for name, value in (
            *(("zero", 0), ("one", 1), ("m", m), ("rows", rows), ("k", k), ("depth", depth)),
            *(("blocks", blocks), ("deep", deep)),
        )
    )
    return f"""
{machine_text(machine, dim)}
func.func @product(%a: memref<{m}x{k}xi8, @dram>, %b: memref<{k}x{n}xi8, @dram>, %c: memref<{m}x{n}xi32, @dram>) {{
{constants}
  scf.for %i = %zero to %m step %rows {{
    %acc = memref.alloc() : {acc}
    scf.for %j = %zero to %blocks step %one {{
      %z = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
      isa.invoke @{machine}::@fill_i32(%z) with {{value = 0 : i32}} : {acc_tile}
    }}
    scf.for %l = %zero to %k step %depth {{
      %as = memref.alloc() : {a}
      %bs = memref.alloc() : {b}
      scf.for %d = %zero to %deep step %one {{
        %to = isa.view %as(%d) {{map = {one}}} : {a} -> {a_tile}
        %from = isa.view %a(%i, %l, %d) {{
          map = affine_map<(d0, d1)[s0, s1, s2] -> (s0 + d0, s1 + s2 * {dim} + d1)>}}
          : memref<{m}x{k}xi8, @dram> -> {from_a}
        isa.invoke @{machine}::@load_i8(%to, %from) : {a_tile}, {from_a}
      }}
      scf.for %d = %zero to %deep step %one {{
        scf.for %j = %zero to %blocks step %one {{
          %to = isa.view %bs(%d, %j) {{map = {two}}} : {b} -> {b_tile}
          %from = isa.view %b(%l, %d, %j) {{
            map = affine_map<(d0, d1)[s0, s1, s2] -> (s0 + s1 * {dim} + d0, s2 * {dim} + d1)>}}
            : memref<{k}x{n}xi8, @dram> -> {from_b}
          isa.invoke @{machine}::@load_i8(%to, %from) : {b_tile}, {from_b}
        }}
      }}
      scf.for %j = %zero to %blocks step %one {{
        scf.for %d = %zero to %deep step %one {{
          %u = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
          %v = isa.view %as(%d) {{map = {one}}} : {a} -> {a_tile}
          %w = isa.view %bs(%d, %j) {{map = {two}}} : {b} -> {b_tile}
          isa.invoke @{machine}::@multiply_i8(%u, %v, %w) : {acc_tile}, {a_tile}, {b_tile}
        }}
      }}
    }}
    scf.for %j = %zero to %blocks step %one {{
      %s = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
      %t = isa.view %c(%i, %j) {{
        map = affine_map<(d0, d1)[s0, s1] -> (s0 + d0, s1 * {dim} + d1)>}} : memref<{m}x{n}xi32, @dram> -> {to_c}
      isa.invoke @{machine}::@store_i32(%t, %s) : {to_c}, {acc_tile}
    }}
  }}
  func.return
}}
"""


def _matrices(m: int, n: int, k: int) -> list[Array]:
    """Bytes at random, with the extremes among them."""
    random = np.random.default_rng(m + n + k)
    a = random.integers(-128, 128, (m, k), dtype=np.int8)
    b = random.integers(-128, 128, (k, n), dtype=np.int8)
    a[0], b[:, 0] = -128, -128
    return [a, b, np.full((m, n), 77, dtype=np.int32)]


@pytest.fixture(scope="session")
def engine_product() -> Callable[..., str]:
    """Return a function that writes a product of matrices for engines, with given tiles."""
    return _product


@pytest.fixture(scope="session")
def engine_matrices() -> Callable[[int, int, int], list[Array]]:
    """Return a function that makes arguments of such a product."""
    return _matrices
