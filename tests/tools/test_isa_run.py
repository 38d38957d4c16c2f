"""`isa-run` as its users meet it; more of its messages are in `lit_tests/tools/`."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from isa_mapper.tools.demo import SIZES
from isa_mapper.tools.isa_run import main

GEMM = """func.func @gemm(%a: tensor<6x5xf32>, %b: tensor<5x7xf32>) -> tensor<6x7xf32> {
  %r = kernel.matmul %a, %b : tensor<6x5xf32>, tensor<5x7xf32> -> tensor<6x7xf32>
  func.return %r : tensor<6x7xf32>
}
"""

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture
def gemm(tmp_path: Path) -> str:
    file = tmp_path / "gemm.mlir"
    file.write_text(GEMM, encoding="utf-8")
    return str(file)


@needs_cc
def test_file_with_inputs_and_output(gemm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    a = np.arange(30, dtype=np.float32).reshape(6, 5)
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", np.ones((5, 7), np.float32))
    inputs = ["--input", str(tmp_path / "a.npy"), "--input", str(tmp_path / "b.npy")]
    output = str(tmp_path / "y.npy")
    assert main([gemm, *inputs, "--portable", "--check", "--output", output]) == 0
    np.testing.assert_array_equal(np.load(output), a @ np.ones((5, 7)))
    assert "all 42 elements correct" in capsys.readouterr().out


@needs_cc
def test_plan_and_c_are_files(gemm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = str(tmp_path / "gemm.c")
    assert main([gemm, "--target", "avx512", "--portable", "--print-plan", "--dump-c", text]) == 0
    printed = capsys.readouterr().out
    plan = tmp_path / "plan"
    plan.write_text(printed[printed.index("[#plan") :].rpartition("]")[0] + "]", encoding="utf-8")
    first = Path(text).read_text(encoding="utf-8")
    arguments = [gemm, "--target", "avx512", "--portable", "--plan", str(plan), "--dump-c", text]
    assert main(arguments) == 0
    assert Path(text).read_text(encoding="utf-8") == first


def test_interpreter_and_bench(gemm: str, capsys: pytest.CaptureFixture[str]):
    assert main([gemm, "--target", "avx2", "--interpret", "--check", "--bench"]) == 0
    printed = capsys.readouterr().out
    assert "@avx2, interpreted" in printed
    assert "times as fast" in printed


def test_without_a_compiler(
    gemm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert main([gemm, "--check"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "no-such-compiler" in captured.err
    assert "all 42 elements correct" in captured.out


def test_a_wrong_result_fails(
    gemm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def wrong(*_: object) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(np.full((6, 7), 100.0), np.zeros((6, 7)))]

    monkeypatch.setattr("isa_mapper.tools.kernel_run.reference", wrong)
    output = tmp_path / "y.npy"
    assert main([gemm, "--interpret", "--check", "--output", str(output)]) == 1
    assert "42 of 42 elements wrong, such as [" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mk,kn->mn", "--sizes", "m=2,n=3"], "no size is given for axis 'k'"),
        (["mk,kn->mn", "--sizes", "m=2;n=3"], "in --sizes is not of the form axis=extent"),
        (["mk,kn->mn", "--sizes", "m=2,n=3,k=0"], "'k=0' in --sizes"),
        (["mk,kn->mn", "--sizes", "m=2,n=3,k=4", "--types", "f33"], "f33"),
        (["missing.mlir"], "missing.mlir: error: No such file"),
        (["GEMM", "--sizes", "m=2"], "--sizes is for an einsum"),
        (["GEMM", "--entry", "gem"], "did you mean 'gemm'?"),
        (["GEMM", "--target", "avx51"], "did you mean 'avx512'?"),
        (["GEMM", "--input", "none.npy"], "none.npy: No such file"),
        (["GEMM", "--plan", "none"], "No such file"),
        (["GEMM", "--interpret", "--output", "none/y"], "cannot write 'none/y-result.npy'"),
        (["GEMM", "--dump-c", "none/y.c"], "cannot write here"),
        (["GEMM", "--threads", "0"], "argument --threads: invalid"),
        (["GEMM", "--threds", "2"], "unrecognized arguments: --threds"),
    ],
)
def test_errors(
    arguments: list[str],
    message: str,
    gemm: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main([gemm if word == "GEMM" else word for word in arguments]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["gemm.mlir"]


def test_demo_is_deepbenchs():
    assert SIZES == {"n": 128, "k": 1760, "m": 1760}
