"""The pass `transform-statements`: what it rewrites maps afterwards, and computes the same."""

from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.mapping.statement import Statement, statement_of
from isa_mapper.passes.lower_kernel import LowerKernelPass
from isa_mapper.passes.normalize_statements import NormalizeStatementsPass
from isa_mapper.passes.transform_statements import TransformStatementsPass
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile as compile_kernel
from isa_mapper.runtime.pipeline import new_context, parse, run

EXAMPLE = Path(__file__).parents[2] / "examples" / "depthwise_separable.mlir"

MACHINES = ["avx512", "avx2", "avx512_vnni", "matrix16"]


def transformed(text: str, target: str) -> ModuleOp:
    module = parse(text)
    passes = [LowerKernelPass(), NormalizeStatementsPass(), TransformStatementsPass(target=target)]
    run(module, passes)
    return module


def statements(module: ModuleOp) -> list[Statement]:
    return [
        statement_of(op)
        for op in module.walk()
        if isinstance(op, linalg.ops.GenericOp) and op.results
    ]


@pytest.mark.parametrize("target", MACHINES)
def test_a_separable_convolution_yields_a_matrix_multiplication(target: str) -> None:
    """The demonstration of the paper: one statement of three operands, on any machine."""
    first, second = statements(transformed(EXAMPLE.read_text(), target))
    assert {access.name for access in first.inputs} == {"image", "depth"}
    assert {axis.name for axis in first.axes if axis.reduction} == {"r", "s"}
    assert {axis.name for axis in second.axes if axis.reduction} == {"c"}
    assert {access.name for access in second.inputs} == {"partial", "point"}


@pytest.mark.parametrize("target", MACHINES)
def test_the_demonstration_computes_the_same(target: str) -> None:
    text = EXAMPLE.read_text()
    random = np.random.default_rng(0)
    shapes = [(1, 8, 10, 20), (3, 3, 20), (20, 24)]
    arrays = [random.integers(-3, 4, shape).astype(np.float32) for shape in shapes]
    windows = np.lib.stride_tricks.sliding_window_view(arrays[0], (3, 3), axis=(1, 2))
    expected = np.einsum("npqcrs,rsc,co->npqo", windows, arrays[1], arrays[2])
    kernel = compile_kernel(text, target=target, portable=True)
    instructions = [str(s.mapping.instruction) for s in kernel.lowered.schedules]
    assert len(instructions) == 2
    assert not any("expression" in name for name in instructions)
    assert np.array_equal(kernel(*arrays), expected)


X, W, Y = "tensor<2x40xf32>", "tensor<40x20xf32>", "tensor<2x20xf32>"

GATES = f"""
func.func @gates(%x: {X}, %r: {W}, %z: {W}, %n: {W}) -> ({Y}, {Y}) {{
  %a = kernel.contract "nk,ki->ni"(%x, %r) : ({X}, {W}) -> {Y}
  %b = kernel.contract "nk,ki->ni"(%x, %z) : ({X}, {W}) -> {Y}
  %c = kernel.contract "nk,ki->ni"(%x, %n) : ({X}, {W}) -> {Y}
  %d = kernel.contract "ni,ni->ni"(%a, %b) : ({Y}, {Y}) -> {Y}
  func.return %c, %d : {Y}, {Y}
}}
"""


def test_gates_that_share_an_operand_are_merged(capfd: pytest.CaptureFixture[str]) -> None:
    """On a matrix engine 2 rows and 20 columns leave most lanes idle."""
    before = parse(GATES)
    run(before, [LowerKernelPass(), NormalizeStatementsPass()])
    after = before.clone()
    run(after, [TransformStatementsPass(target="matrix16", explain=True, log=True)])
    random = np.random.default_rng(0)
    shapes = [(2, 40), (40, 20), (40, 20), (40, 20)]
    arrays = [random.integers(-3, 4, shape).astype(np.float32) for shape in shapes]
    for got, expected in zip(
        interpret(after, None, arrays), interpret(before, None, arrays), strict=True
    ):
        assert np.array_equal(got, expected)
    assert "merge on" in capfd.readouterr().err


DOT = """
func.func @dot(%a: tensor<5003xf32>, %b: tensor<5003xf32>) -> tensor<f32> {
  %c = kernel.contract "k,k->"(%a, %b) : (tensor<5003xf32>, tensor<5003xf32>) -> tensor<f32>
  func.return %c : tensor<f32>
}
"""


def test_a_long_sum_runs_along_lanes() -> None:
    """What the lanes leave over is added afterwards; every step lowers and runs."""
    found = statements(transformed(DOT, "avx512"))
    assert [len(s.axes) for s in found] == [2, 1, 1]
    random = np.random.default_rng(0)
    a, b = (random.integers(-3, 4, 5003).astype(np.float32) for _ in "ab")
    kernel = compile_kernel(DOT, target="avx512", portable=True)
    assert kernel(a, b) == a @ b


WELL = """
func.func @gemm(%a: tensor<64x32xf32>, %b: tensor<32x48xf32>) -> tensor<64x48xf32> {
  %c = kernel.matmul %a, %b : tensor<64x32xf32>, tensor<32x48xf32> -> tensor<64x48xf32>
  func.return %c : tensor<64x48xf32>
}
"""


def test_what_maps_well_stays_as_it_is() -> None:
    module = parse(WELL)
    run(module, [LowerKernelPass(), NormalizeStatementsPass()])
    before = [str(op) for op in module.walk() if isinstance(op, linalg.ops.GenericOp)]
    TransformStatementsPass(target="avx512").apply(new_context(), module)
    after = [str(op) for op in module.walk() if isinstance(op, linalg.ops.GenericOp)]
    assert before == after


@pytest.mark.parametrize(
    ("target", "instruction"), [("avx512_vnni", "dpbusd_shifted"), ("matrix16", "multiply_i8")]
)
def test_zero_points_leave_products_of_bytes_alone(target: str, instruction: str) -> None:
    text = """
    func.func @quantised(%a: tensor<33x64xi8>, %b: tensor<64x40xi8>, %x: i32, %y: i32,
        %c: tensor<33x40xi32>) -> tensor<33x40xi32> {
      %0 = linalg.quantized_matmul ins(%a, %b, %x, %y : tensor<33x64xi8>, tensor<64x40xi8>, i32, i32)
        outs(%c : tensor<33x40xi32>) -> tensor<33x40xi32>
      func.return %0 : tensor<33x40xi32>
    }"""
    kernel = compile_kernel(text, target=target, portable=True)
    used = [str(schedule.mapping.instruction) for schedule in kernel.lowered.schedules]
    assert any(name.endswith(instruction) for name in used), used
    generator = np.random.default_rng(0)
    a, b = (
        generator.choice([-128, -1, 0, 5, 127], s).astype(np.int8) for s in ((33, 64), (64, 40))
    )
    c = generator.integers(-(2**31), 2**31, (33, 40)).astype(np.int32)
    for x, y in ((3, -128), (-(2**31), 2**31 - 1), (0, 0)):
        zeros = np.int32(x), np.int32(y)
        with np.errstate(over="ignore"):
            left, right = a.astype(np.int32) - zeros[0], b.astype(np.int32) - zeros[1]
            expected = c + left @ right
        np.testing.assert_array_equal(kernel(a, b, *zeros, c), expected)
