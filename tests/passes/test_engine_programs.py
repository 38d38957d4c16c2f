"""Programs for engines, pass by pass: what is executed stays the same, and buffers get their places."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InvokeOp
from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
PASSES = ("double-buffer", "collapse-loops", "unroll-loops", "allocate-addresses")


def product(m: int, n: int, k: int, rows: int, depth: int, dim: int = 16) -> str:
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
isa.import @npu from "npu"
func.func @product(%a: memref<{m}x{k}xi8, @dram>, %b: memref<{k}x{n}xi8, @dram>, %c: memref<{m}x{n}xi32, @dram>) {{
{constants}
  scf.for %i = %zero to %m step %rows {{
    %acc = memref.alloc() : {acc}
    scf.for %j = %zero to %blocks step %one {{
      %z = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
      isa.invoke @npu::@fill_i32(%z) with {{value = 0 : i32}} : {acc_tile}
    }}
    scf.for %l = %zero to %k step %depth {{
      %as = memref.alloc() : {a}
      %bs = memref.alloc() : {b}
      scf.for %d = %zero to %deep step %one {{
        %to = isa.view %as(%d) {{map = {one}}} : {a} -> {a_tile}
        %from = isa.view %a(%i, %l, %d) {{
          map = affine_map<(d0, d1)[s0, s1, s2] -> (s0 + d0, s1 + s2 * {dim} + d1)>}}
          : memref<{m}x{k}xi8, @dram> -> {from_a}
        isa.invoke @npu::@load_i8(%to, %from) : {a_tile}, {from_a}
      }}
      scf.for %d = %zero to %deep step %one {{
        scf.for %j = %zero to %blocks step %one {{
          %to = isa.view %bs(%d, %j) {{map = {two}}} : {b} -> {b_tile}
          %from = isa.view %b(%l, %d, %j) {{
            map = affine_map<(d0, d1)[s0, s1, s2] -> (s0 + s1 * {dim} + d0, s2 * {dim} + d1)>}}
            : memref<{k}x{n}xi8, @dram> -> {from_b}
          isa.invoke @npu::@load_i8(%to, %from) : {b_tile}, {from_b}
        }}
      }}
      scf.for %j = %zero to %blocks step %one {{
        scf.for %d = %zero to %deep step %one {{
          %u = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
          %v = isa.view %as(%d) {{map = {one}}} : {a} -> {a_tile}
          %w = isa.view %bs(%d, %j) {{map = {two}}} : {b} -> {b_tile}
          isa.invoke @npu::@multiply_i8(%u, %v, %w) : {acc_tile}, {a_tile}, {b_tile}
        }}
      }}
    }}
    scf.for %j = %zero to %blocks step %one {{
      %s = isa.view %acc(%j) {{map = {one}}} : {acc} -> {acc_tile}
      %t = isa.view %c(%i, %j) {{
        map = affine_map<(d0, d1)[s0, s1] -> (s0 + d0, s1 * {dim} + d1)>}} : memref<{m}x{n}xi32, @dram> -> {to_c}
      isa.invoke @npu::@store_i32(%t, %s) : {to_c}, {acc_tile}
    }}
  }}
  func.return
}}
"""


def matrices(m: int, n: int, k: int) -> list[Array]:
    """Bytes at random, with the extremes among them."""
    random = np.random.default_rng(m + n + k)
    a = random.integers(-128, 128, (m, k), dtype=np.int8)
    b = random.integers(-128, 128, (k, n), dtype=np.int8)
    a[0], b[:, 0] = -128, -128
    return [a, b, np.full((m, n), 77, dtype=np.int32)]


@pytest.mark.parametrize("count", range(1, len(PASSES) + 1))
@pytest.mark.parametrize(
    "sizes",
    [(16, 16, 16, 16, 16), (64, 32, 96, 16, 32), (96, 48, 80, 32, 16), (32, 64, 48, 32, 48)],
)
def test_product(sizes: tuple[int, ...], count: int, run_passes: RunPasses) -> None:
    m, n, k, rows, depth = sizes
    arrays = matrices(m, n, k)
    module = run_passes(product(m, n, k, rows, depth), *PASSES[:count])
    (got,) = interpret(module, None, arrays)
    np.testing.assert_array_equal(got, arrays[0].astype(np.int32) @ arrays[1].astype(np.int32))


def invocations(module: ModuleOp) -> list[InvokeOp]:
    """The invocations of a module in order."""
    return [op for op in module.walk() if isinstance(op, InvokeOp)]


def test_moves_run_ahead(run_passes: RunPasses) -> None:
    """The loads of an iteration come before the work of the iteration in front of it."""
    module = run_passes(
        product(32, 32, 128, 32, 16), "double-buffer", "collapse-loops", "unroll-loops"
    )
    names = [op.instruction.string_value().rsplit(".")[-1] for op in invocations(module)]
    assert names[:4] == ["fill_i32", "load_i8", "load_i8", "load_i8"]
    order = "".join(name[0] for name in names[1:-1])
    assert order == "ll" + "llm" * 7 + "m"


def test_loops_are_hardware_loops(run_passes: RunPasses) -> None:
    module = run_passes(product(64, 64, 64, 32, 32), "collapse-loops")
    assert [op.counts for op in invocations(module)] == [(4,), (2,), (2, 4), (4, 2), (4,)]
    assert sum(isinstance(op, scf.ForOp) for op in module.walk()) == 2


def test_addresses_do_not_overlap(run_passes: RunPasses) -> None:
    module = run_passes(product(64, 64, 64, 32, 32), *PASSES)
    allocs = [op for op in module.walk() if isinstance(op, memref.AllocOp)]
    spans: dict[object, list[tuple[int, int]]] = {}
    for op in allocs:
        address = op.attributes["isa.address"]
        assert isinstance(address, IntegerAttr)
        elements = op.memref.type.element_count()
        spans.setdefault(op.memref.type.memory_space, []).append(
            (address.value.data, address.value.data + elements // 16)
        )
    assert sorted(len(rows) for rows in spans.values()) == [2, 4]
    for rows in spans.values():  # all of them live as long as the program
        ordered = sorted(rows)
        assert all(end <= begin for (_, end), (begin, _) in pairwise(ordered))


def test_operands_lie_in_different_banks(run_passes: RunPasses) -> None:
    module = run_passes(product(64, 64, 64, 32, 32), "unroll-loops", "allocate-addresses")
    allocs = [op for op in module.walk() if isinstance(op, memref.AllocOp)]
    banks = {
        op.memref.name_hint: address.value.data // 4096
        for op in allocs
        if isinstance(address := op.attributes["isa.address"], IntegerAttr)
    }
    assert banks["as"] != banks["bs"]


def test_too_large(run_passes: RunPasses) -> None:
    with pytest.raises(
        UserError, match=r"@acc has 262144 bytes, but 1 buffer .*%acc of 294912 bytes"
    ):
        run_passes(product(512, 144, 16, 512, 16), "unroll-loops", "allocate-addresses")


def test_single_where_there_is_no_room(run_passes: RunPasses) -> None:
    module = run_passes(product(1024, 64, 32, 512, 16), "double-buffer")
    remarks = {
        op.memref.name_hint: "isa.remark" in op.attributes
        for op in module.walk()
        if isinstance(op, memref.AllocOp)
    }
    assert remarks == {"acc": False, "as": False, "bs": False}
    module = run_passes(product(1024, 80, 32, 512, 16), "double-buffer")
    remarks = [
        str(op.attributes["isa.remark"])
        for op in module.walk()
        if isinstance(op, memref.AllocOp) and "isa.remark" in op.attributes
    ]
    assert remarks == ['"one buffer: 2 would need 327680 of the 262144 bytes of @acc"']


def test_too_long(run_passes: RunPasses) -> None:
    from isa_mapper.passes.unroll_loops import UnrollLoopsPass

    module = run_passes(product(64, 64, 64, 32, 32))
    with pytest.raises(
        UserError, match=r"@product has 88 instructions, at most 50 .* most are in i of l of d of j"
    ):
        UnrollLoopsPass(limit=50).apply(None, module)  # pyright: ignore[reportArgumentType]


def test_machines_without_engines_pass_through(run_passes: RunPasses) -> None:
    text = """
isa.import @avx512 from "avx512"
func.func @f(%a: memref<32xf32>) {
  %0 = arith.constant 0 : index
  %16 = arith.constant 16 : index
  %32 = arith.constant 32 : index
  scf.for %i = %0 to %32 step %16 {
    %r = memref.alloc() : memref<16xf32, @zmm>
    %v = isa.view %a(%i) {map = affine_map<(d0)[s0] -> (s0 + d0)>}
      : memref<32xf32> -> memref<16xf32, strided<[1], offset: ?>>
    isa.invoke @avx512::@loadu_ps(%r, %v) : memref<16xf32, @zmm>, memref<16xf32, strided<[1], offset: ?>>
  }
  func.return
}
"""
    assert str(run_passes(text, *PASSES)) == str(run_passes(text))
