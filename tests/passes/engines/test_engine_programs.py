"""Programs for engines, pass by pass: what is executed stays the same, and buffers get their places."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InvokeOp
from isa_mapper.passes.engines.engine_programs import ADDRESS
from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
Product = Callable[..., str]
Matrices = Callable[[int, int, int], list[Array]]
PASSES = ("double-buffer", "collapse-loops", "allocate-addresses", "unroll-loops")


@pytest.mark.parametrize("count", range(1, len(PASSES) + 1))
@pytest.mark.parametrize(
    "sizes",
    [(16, 16, 16, 16, 16), (64, 32, 96, 16, 32), (96, 48, 80, 32, 16), (32, 64, 48, 32, 48)],
)
def test_product(
    sizes: tuple[int, ...],
    count: int,
    run_passes: RunPasses,
    engine_product: Product,
    engine_matrices: Matrices,
) -> None:
    m, n, k, rows, depth = sizes
    arrays = engine_matrices(m, n, k)
    module = run_passes(engine_product(m, n, k, rows, depth), *PASSES[:count])
    (got,) = interpret(module, None, arrays)
    np.testing.assert_array_equal(got, arrays[0].astype(np.int32) @ arrays[1].astype(np.int32))


def invocations(module: ModuleOp) -> list[InvokeOp]:
    """The invocations of a module in order."""
    return [op for op in module.walk() if isinstance(op, InvokeOp)]


def test_moves_run_ahead(run_passes: RunPasses, engine_product: Product) -> None:
    """The loads of an iteration come before the work of the iteration in front of it."""
    module = run_passes(
        engine_product(32, 32, 128, 32, 16), "double-buffer", "collapse-loops", "unroll-loops"
    )
    names = [op.instruction.string_value().rsplit(".")[-1] for op in invocations(module)]
    assert names[:4] == ["fill_i32", "load_i8", "load_i8", "load_i8"]
    order = "".join(name[0] for name in names[1:])
    assert order == "ll" + "llm" * 7 + "m" + "ss"


def test_loops_are_hardware_loops(run_passes: RunPasses, engine_product: Product) -> None:
    module = run_passes(engine_product(64, 64, 64, 32, 32), "collapse-loops")
    # All else waits for moves at first: what would take more than 128 cycles stays a loop.
    assert [op.counts for op in invocations(module)] == [(4,), (2,), (2, 4), (4, 2), ()]
    assert sum(isinstance(op, scf.ForOp) for op in module.walk()) == 3


def test_addresses_do_not_overlap(run_passes: RunPasses, engine_product: Product) -> None:
    module = run_passes(engine_product(64, 64, 64, 32, 32), *PASSES)
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


def test_operands_lie_in_different_banks(run_passes: RunPasses, engine_product: Product) -> None:
    module = run_passes(engine_product(64, 64, 64, 32, 32), "allocate-addresses", "unroll-loops")
    allocs = [op for op in module.walk() if isinstance(op, memref.AllocOp)]
    banks = {
        op.memref.name_hint: address.value.data // 4096
        for op in allocs
        if isinstance(address := op.attributes["isa.address"], IntegerAttr)
    }
    assert banks["as"] != banks["bs"]


def test_too_large(run_passes: RunPasses, engine_product: Product) -> None:
    with pytest.raises(
        UserError, match=r"@acc has 262144 bytes, but 1 buffer .*%acc of 294912 bytes"
    ):
        run_passes(engine_product(512, 144, 16, 512, 16), "allocate-addresses", "unroll-loops")


def test_single_where_there_is_no_room(run_passes: RunPasses, engine_product: Product) -> None:
    module = run_passes(engine_product(1024, 64, 32, 512, 16), "double-buffer")
    remarks = {
        op.memref.name_hint: "isa.remark" in op.attributes
        for op in module.walk()
        if isinstance(op, memref.AllocOp)
    }
    assert remarks == {"acc": False, "as": False, "bs": False}
    module = run_passes(engine_product(1024, 80, 32, 512, 16), "double-buffer")
    remarks = [
        str(op.attributes["isa.remark"])
        for op in module.walk()
        if isinstance(op, memref.AllocOp) and "isa.remark" in op.attributes
    ]
    assert remarks == ['"one buffer: 2 would need 327680 of the 262144 bytes of @acc"']


def test_single_inside_of_double(run_passes: RunPasses, engine_product: Product) -> None:
    """What there is no room for twice is there once at a time, also where the loop around it is doubled."""
    module = run_passes(engine_product(64, 16, 2 * 8192, 16, 8192), *PASSES)
    allocs = [op for op in module.walk() if isinstance(op, memref.AllocOp)]
    assert [op.memref.name_hint for op in allocs].count("acc") == 2
    for name in ("as", "bs"):
        alike = [op for op in allocs if op.memref.name_hint == name]
        assert len(alike) > 1, "one for every time that the loop is written"
        assert len({op.attributes[ADDRESS] for op in alike}) == 1, "there is no other place"


def test_too_long(run_passes: RunPasses, engine_product: Product) -> None:
    from isa_mapper.passes.engines.unroll_loops import UnrollLoopsPass

    module = run_passes(engine_product(64, 64, 64, 32, 32))
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
