"""The passes for engines on machines of other kinds: token queues and micro-operations, interlocked hardware.

The programs are made of loops around single instructions, as `lower-moves` leaves them.
"""

import re
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.binary.decode import decoder_of
from isa_mapper.dialects.isa import InvokeOp, IssueOp, SetOp
from isa_mapper.passes.engines.engine_programs import engine_functions
from isa_mapper.simulator.accelerator import Options, Simulation
from isa_mapper.simulator.elements import Array
from isa_mapper.targets.engine_program import listing_of, program_of

RunPasses = Callable[..., ModuleOp]

MACHINES = {
    "vta": 'isa.import @vta from "vta"',
    # Without the moves of several blocks: of one block, they are the same bits as plain moves.
    "gemmini16": re.sub(
        r"  isa.instruction @mvin_blocks.*?\n  }\n",
        "",
        files("isa_mapper.hardware").joinpath("gemmini16.mlir").read_text(encoding="utf-8"),
        flags=re.DOTALL,
    ),
}

LOOPS = ("double-buffer", "collapse-loops")
REST = ("allocate-addresses", "unroll-loops", "configure", "synchronise")


def loop(variable: str, count: int, step: int, *body: str) -> str:
    """A loop around some lines; the constants are declared by `function`."""
    lines = "\n".join(body)
    return f"scf.for %{variable} = %n0 to %n{count} step %n{step} {{\n{lines}\n}}"


def function(machine: str, arguments: str, *body: str) -> str:
    """A module with one function, and the constants that its loops need."""
    text = "\n".join(body)
    numbers = sorted({int(n) for n in re.findall(r"%n(\d+)\b", text)})
    constants = "\n".join(f"%n{n} = arith.constant {n} : index" for n in numbers)
    return f"""
{MACHINES[machine]}
func.func @program({arguments}) {{
{constants}
{text}
func.return
}}
"""


def view(name: str, of: str, base: str, map: str, result: str, *indices: str) -> str:
    """One window."""
    own = f"({', '.join('%' + index for index in indices)})" if indices else ""
    return f"%{name} = isa.view %{of}{own} {{map = affine_map<{map}>}} : {base} -> {result}"


def vta_product(m: int, n: int, k: int, rows: int) -> str:
    """Y = low bits of A W^T: m rows of A, `rows` at a time, n and k in blocks of 16."""
    a, w, y = (
        f"memref<{m}x{k}x16xi8, @dram>",
        f"memref<{n}x{k}x16x16xi8, @dram>",
        f"memref<{m}x{n}x16xi8, @dram>",
    )
    inp, wgt, acc = (
        f"memref<{rows}x{k}x16xi8, @inp>",
        f"memref<{n}x{k}x16x16xi8, @wgt>",
        f"memref<{rows}x{n}x16xi32, @acc>",
    )
    block = f"memref<{rows}x{k}x16xi8, strided<[{16 * k}, 16, 1], offset: ?>, @dram>"
    out = f"memref<{rows}x{n}x16xi8, strided<[{16 * n}, 16, 1], offset: ?>, @dram>"
    element = "strided<[?, 1], offset: ?>"
    row, weight, sum_ = (
        f"memref<1x16xi8, {element}, @inp>",
        "memref<16x16xi8, strided<[16, 1], offset: ?>, @wgt>",
        f"memref<1x16xi32, {element}, @acc>",
    )
    tile = "(d0, d1, d2)[s0] -> (d0 + s0, d1, d2)"
    pick = "(d0, d1)[s0, s1] -> (s0 + d0, s1, d1)"
    return function(
        "vta",
        f"%a: {a}, %w: {w}, %y: {y}",
        f"%ws = memref.alloc() : {wgt}",
        f"isa.invoke @vta::@load_weights(%ws, %w) : {wgt}, {w}",
        loop(
            "i",
            m,
            rows,
            f"%as = memref.alloc() : {inp}",
            f"%ys = memref.alloc() : {acc}",
            view("p", "a", a, tile, block, "i"),
            f"isa.invoke @vta::@load_inputs(%as, %p) : {inp}, {block}",
            loop(
                "r",
                rows,
                1,
                loop(
                    "j",
                    n,
                    1,
                    view("z", "ys", acc, pick, sum_, "r", "j"),
                    f"isa.invoke @vta::@reset(%z) : {sum_}",
                ),
            ),
            loop(
                "r",
                rows,
                1,
                loop(
                    "j",
                    n,
                    1,
                    loop(
                        "l",
                        k,
                        1,
                        view("z", "ys", acc, pick, sum_, "r", "j"),
                        view("x", "as", inp, pick, row, "r", "l"),
                        view(
                            "v", "ws", wgt, "(d0, d1)[s0, s1] -> (s0, s1, d0, d1)", weight, "j", "l"
                        ),
                        f"isa.invoke @vta::@multiply(%z, %x, %v) : {sum_}, {row}, {weight}",
                    ),
                ),
            ),
            view("q", "y", y, tile, out, "i"),
            f"isa.invoke @vta::@store_low_bits(%q, %ys) : {out}, {acc}",
        ),
    )


def acting(module: ModuleOp) -> list[InvokeOp | SetOp | IssueOp]:
    """What engines execute, in order."""
    return [op for op in module.walk() if isinstance(op, InvokeOp | SetOp | IssueOp)]


def outputs(module: ModuleOp, seed: int | None = None, **arguments: Array) -> Array:
    """What the program of a module computes."""
    ((code, target),) = engine_functions(module)
    instances, buffers = listing_of(code, target)
    result = Simulation(target).execute(instances, buffers, arguments, Options(seed=seed))
    (output,) = result.outputs.values()
    return output


@pytest.mark.parametrize("loops", [LOOPS, ("double-buffer",), ("collapse-loops",), ()])
@pytest.mark.parametrize(("m", "n", "k", "rows"), [(8, 2, 3, 2), (6, 1, 2, 2), (5, 3, 1, 5)])
def test_vta(
    m: int, n: int, k: int, rows: int, loops: tuple[str, ...], run_passes: RunPasses
) -> None:
    module = run_passes(vta_product(m, n, k, rows), *loops, *REST)
    random = np.random.default_rng(m * n)
    a = random.integers(-128, 128, (m, k, 16), dtype=np.int8)
    w = random.integers(-128, 128, (n, k, 16, 16), dtype=np.int8)
    exact = np.einsum("mki,nkoi->mno", a.astype(np.int64), w.astype(np.int64))
    for seed in (None, 1, 2):
        np.testing.assert_array_equal(outputs(module, seed, a=a, w=w), exact.astype(np.int8))


def test_vta_in_words(run_passes: RunPasses) -> None:
    """Micro-operations are records; stores and loads order each other by way of the engine between them."""
    module = run_passes(vta_product(8, 2, 3, 2), *LOOPS, *REST)
    program = program_of(module)
    decoded = decoder_of(next(target for _, target in engine_functions(module))).decode(
        program.code
    )
    names = [word.name for word in decoded]
    assert names[0] == "load_records"
    assert names.count("multiply") == 4
    assert names[-1] == "finish"
    records = next(buffer for buffer in program.buffers if buffer.name == "records")
    assert len(records.data) == 4 * len(
        set(range(2 + 3 + 3))
    )  # two buffers of each, one with the other
    assert {buffer.name: buffer.alignment for buffer in program.buffers}["w"] == 256


def gemmini_product(m: int, n: int, k: int, rows: int) -> str:
    """C += A B in tiles of 16: `rows` rows of A at a time, so that weights stay where they are."""
    a, b, c = (
        f"memref<{m}x{k}xi8, @dram>",
        f"memref<{k}x{n}xi8, @dram>",
        f"memref<{m}x{n}xi32, @dram>",
    )
    deep, blocks = k // 16, n // 16
    near_a, near_b, near_c = (
        f"memref<{deep}x{rows}x16xi8, @spad>",
        f"memref<{deep}x{blocks}x16x16xi8, @spad>",
        f"memref<{blocks}x{rows}x16xi32, @acc>",
    )

    def tile(element: str, memory: str, pitch: int = 16) -> str:
        return f"memref<16x16x{element}, strided<[{pitch}, 1], offset: ?>, @{memory}>"

    far_a, far_b, far_c = tile("i8", "dram", k), tile("i8", "dram", n), tile("i32", "dram", n)
    own_a, own_b, own_c = tile("i8", "spad"), tile("i8", "spad"), tile("i32", "acc")
    near = "(d0, d1)[s0, s1] -> (s0, s1 + d0, d1)"
    in_rows = "(d0, d1)[s0, s1, s2] -> (s0 + s1 + d0, 16 * s2 + d1)"
    sums = (
        view("u", "cs", near_c, near, own_c, "j", "r"),
        view("v", "c", c, in_rows, far_c, "i", "r", "j"),
    )
    return function(
        "gemmini16",
        f"%a: {a}, %b: {b}, %c: {c}",
        f"%bs = memref.alloc() : {near_b}",
        loop(
            "l",
            deep,
            1,
            loop(
                "j",
                blocks,
                1,
                view("u", "bs", near_b, "(d0, d1)[s0, s1] -> (s0, s1, d0, d1)", own_b, "l", "j"),
                view(
                    "v", "b", b, "(d0, d1)[s0, s1] -> (16 * s0 + d0, 16 * s1 + d1)", far_b, "l", "j"
                ),
                f"isa.invoke @gemmini16::@mvin(%u, %v) : {own_b}, {far_b}",
            ),
        ),
        loop(
            "i",
            m,
            rows,
            f"%as = memref.alloc() : {near_a}",
            f"%cs = memref.alloc() : {near_c}",
            loop(
                "r",
                rows,
                16,
                loop(
                    "l",
                    deep,
                    1,
                    view("u", "as", near_a, near, own_a, "l", "r"),
                    view("v", "a", a, in_rows, far_a, "i", "r", "l"),
                    f"isa.invoke @gemmini16::@mvin2(%u, %v) : {own_a}, {far_a}",
                ),
                loop(
                    "j",
                    blocks,
                    1,
                    *sums,
                    f"isa.invoke @gemmini16::@mvin_i32(%u, %v) : {own_c}, {far_c}",
                ),
            ),
            loop(
                "j",
                blocks,
                1,
                loop(
                    "l",
                    deep,
                    1,
                    loop(
                        "r",
                        rows,
                        16,
                        sums[0],
                        view("x", "as", near_a, near, own_a, "l", "r"),
                        view(
                            "y",
                            "bs",
                            near_b,
                            "(d0, d1)[s0, s1] -> (s0, s1, d0, d1)",
                            own_b,
                            "l",
                            "j",
                        ),
                        f"isa.invoke @gemmini16::@multiply_add(%u, %x, %y) : {own_c}, {own_a}, {own_b}",
                    ),
                ),
            ),
            loop(
                "r",
                rows,
                16,
                loop(
                    "j",
                    blocks,
                    1,
                    *sums,
                    f"isa.invoke @gemmini16::@mvout_i32(%v, %u) : {far_c}, {own_c}",
                ),
            ),
        ),
    )


@pytest.mark.parametrize("loops", [LOOPS, ()])
@pytest.mark.parametrize(("m", "n", "k", "rows"), [(96, 32, 48, 32), (48, 16, 16, 48)])
def test_gemmini(
    m: int, n: int, k: int, rows: int, loops: tuple[str, ...], run_passes: RunPasses
) -> None:
    module = run_passes(gemmini_product(m, n, k, rows), *loops, *REST)
    random = np.random.default_rng(m * n)
    a = random.integers(-128, 128, (m, k), dtype=np.int8)
    b = random.integers(-128, 128, (k, n), dtype=np.int8)
    c = random.integers(-(2**31), 2**31, (m, n), dtype=np.int64).astype(np.int32)
    with np.errstate(over="ignore"):
        expected = c + a.astype(np.int32) @ b.astype(np.int32)
    for seed in (None, 1):
        np.testing.assert_array_equal(outputs(module, seed, a=a, b=b, c=c), expected)


def test_gemmini_keeps_weights(run_passes: RunPasses) -> None:
    """Of the products with the same weights only the first reads them; hardware needs no waits."""
    module = run_passes(gemmini_product(96, 32, 48, 32), *LOOPS, *REST)
    ops = acting(module)
    products = [op for op in ops if isinstance(op, InvokeOp) and "multiply" in str(op.instruction)]
    assert [op.kept for op in products] == [(), ("b",)] * 18
    assert not any(op.waits or op.signals for op in ops)
    assert sum(isinstance(op, SetOp) for op in ops) == 5, (
        "two pitches of loads, one of stores, ways to multiply"
    )
    assert isinstance(ops[-1], IssueOp)
    assert program_of(module).code
