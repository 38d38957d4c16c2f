"""`isa_mapper.compile`: kernels as Python functions."""

import re
import shutil
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

import isa_mapper
from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.module import CompiledKernel, prepare

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

GEMM = """func.func @gemm(%a: tensor<6x5xf32>, %b: tensor<5x7xf32>) -> tensor<6x7xf32> {
  %r = kernel.matmul %a, %b : tensor<6x5xf32>, tensor<5x7xf32> -> tensor<6x7xf32>
  func.return %r : tensor<6x7xf32>
}"""

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


def random(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


@pytest.fixture(scope="module")
def gemm() -> CompiledKernel:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    return isa_mapper.compile(GEMM, portable=True)


@pytest.fixture
def arrays() -> tuple[Array, Array]:
    return random(6, 5), random(5, 7)


def test_call(gemm: CompiledKernel, arrays: tuple[Array, Array]):
    a, b = arrays
    result = gemm(a, b)
    assert isinstance(result, np.ndarray)
    np.testing.assert_allclose(result, a @ b, rtol=1e-5, atol=1e-6)
    assert gemm.entry == "gemm"
    assert "void gemm(" in gemm.source
    assert "void gemm(" in gemm.header
    assert "#plan.schedule" in gemm.plan


def test_arrays_in_any_layout(gemm: CompiledKernel, arrays: tuple[Array, Array]):
    a, b = arrays
    wide = np.repeat(b, 2, axis=1)
    result = gemm(np.asfortranarray(a), wide[:, ::2])
    np.testing.assert_allclose(result, a @ b, rtol=1e-5, atol=1e-6)
    raw = np.zeros(6 * 5 * 4 + 1, np.uint8)
    unaligned = raw[1:].view(np.float32).reshape(6, 5)
    unaligned[...] = a
    np.testing.assert_allclose(gemm(unaligned, b), a @ b, rtol=1e-5, atol=1e-6)


def test_out(gemm: CompiledKernel, arrays: tuple[Array, Array]):
    a, b = arrays
    out = np.full((6, 7), np.nan, np.float32)
    assert gemm(a, b, out=out) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-5, atol=1e-6)
    strided = np.zeros((6, 14), np.float32)[:, ::2]
    assert gemm(a, b, out=[strided]) is strided
    np.testing.assert_array_equal(strided, out)


def test_out_may_be_an_input():
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    square = isa_mapper.compile(re.sub(r"\dx\dx", "5x5x", GEMM))
    a = random(5, 5)
    expected = square(a, a)
    assert square(a, a, out=a) is a
    np.testing.assert_array_equal(a, expected)


BAD = [
    ((), "@gemm takes 2 arrays .a: 6x5xf32, b: 5x7xf32., 0 are given"),
    (
        (random(5, 6), random(5, 7)),
        "'a' is float32 of shape 5x6, expected float32 of shape 6x5",
    ),
    ((np.zeros((6, 5)), random(5, 7)), "'a' is float64 of shape 6x5"),
    (([[1.0]], random(5, 7)), "'a' is float64 of shape 1x1"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_arrays_that_do_not_fit(gemm: CompiledKernel, arguments: tuple[Any, ...], message: str):
    with pytest.raises(UserError, match=message):
        gemm(*arguments)


def test_out_that_does_not_fit(gemm: CompiledKernel, arrays: tuple[Array, Array]):
    with pytest.raises(UserError, match="'result' is float64"):
        gemm(*arrays, out=np.zeros((6, 7)))
    frozen = np.zeros((6, 7), np.float32)
    frozen.flags.writeable = False
    with pytest.raises(UserError, match="writable"):
        gemm(*arrays, out=frozen)
    with pytest.raises(UserError, match="has 1 results, out has 0"):
        gemm(*arrays, out=[])


@needs_cc
def test_memref_kernel_that_accumulates():
    kernel = isa_mapper.compile("""
      func.func @f(%a: memref<3x4xf32>, %b: memref<4x5xf32>, %c: memref<3x5xf32>) {
        linalg.matmul ins(%a, %b : memref<3x4xf32>, memref<4x5xf32>) outs(%c : memref<3x5xf32>)
        func.return
      }""")
    a, b, c = (np.ones(shape, np.float32) for shape in ((3, 4), (4, 5), (3, 5)))
    result = kernel(a, b, c)
    assert isinstance(result, np.ndarray)
    assert (result == 5).all()
    assert (c == 1).all()
    assert kernel(a, b, c, out=c) is c
    assert (c == 5).all()


@needs_cc
def test_column_major_operands():
    kernel = isa_mapper.compile("""
      func.func @f(%a: memref<3x4xf32, strided<[1, 3]>>, %b: memref<4x5xf32, strided<[1, 4]>>,
          %c: memref<3x5xf32>) {
        kernel.contract "mk,kn->mn"(%a, %b) into %c : (memref<3x4xf32, strided<[1, 3]>>,
          memref<4x5xf32, strided<[1, 4]>>, memref<3x5xf32>)
        func.return
      }""")
    a, b = random(3, 4), random(4, 5)
    np.testing.assert_allclose(kernel(a, b), a @ b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(kernel(np.asfortranarray(a), b), a @ b, rtol=1e-5, atol=1e-6)


@needs_cc
def test_threads():
    kernel = isa_mapper.compile(re.sub(r"\dx\dx", "64x64x", GEMM), portable=True, threads=2)
    a, b = random(64, 64), random(64, 64)
    np.testing.assert_allclose(kernel(a, b), a @ b, rtol=1e-4, atol=1e-5)


@needs_cc
def test_several_results_and_integers():
    kernel = isa_mapper.compile("""
      func.func @f(%x: tensor<40xi8>) -> (tensor<i32>, tensor<40xi8>) {
        %s = kernel.contract "i->"(%x) : (tensor<40xi8>) -> tensor<i32>
        %p = kernel.contract "i,i->i"(%x, %x) : (tensor<40xi8>, tensor<40xi8>) -> tensor<40xi8>
        func.return %s, %p : tensor<i32>, tensor<40xi8>
      }""")
    x = np.full(40, -128, np.int8)
    total, squares = kernel(x)
    assert total == 40 * -128
    assert not squares.any()
    assert kernel(x.view(np.uint8))[0] == 40 * -128  # MLIR's integers have no sign


def test_without_a_compiler_the_interpreter_works(
    arrays: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.warns(UserWarning, match="'no-such-compiler', .*: the interpreter does the work"):
        kernel = isa_mapper.compile(GEMM)
    assert not kernel.is_native
    a, b = arrays
    np.testing.assert_allclose(kernel(a, b), a @ b, rtol=1e-5, atol=1e-6)
    with pytest.raises(UserError, match="not compiled"):
        kernel.bind([a, b], [np.zeros((6, 7), np.float32)])


def test_file_plan_and_entry(tmp_path: Path, arrays: tuple[Array, Array]):
    file = tmp_path / "kernels.mlir"
    file.write_text(GEMM + "\nfunc.func @other() { func.return }\n", encoding="utf-8")
    with pytest.raises(UserError, match="several functions"):
        prepare(file)
    kernel = prepare(file, entry="gemm", target="avx512")
    plan = tmp_path / "plan"
    plan.write_text(kernel.plan, encoding="utf-8")
    assert prepare(file, entry="gemm", target="avx512", plan=plan).source == kernel.source


@needs_cc
def test_a_machine_that_this_cpu_is_not():
    text = (
        GEMM
        + """
      isa.target @alien attributes {features = ["warp-drive"]} {
        isa.memory @mem cached
        isa.unit @alu {count = 1 : i64}
        isa.scalar @expression in @mem on @alu cost<latency = 1, interval = 1>
      }"""
    )
    with pytest.raises(UserError, match="this CPU is no @alien: it lacks warp-drive"):
        isa_mapper.compile(text, target="alien")
    assert isa_mapper.compile(text, target="alien", portable=True).is_native
