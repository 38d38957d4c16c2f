"""`isa-tune` from its command line: what it prints, what it keeps, what it refuses."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.planning.records import append, read
from isa_mapper.runtime.module import prepare
from isa_mapper.tools import isa_opt, isa_run, isa_tune

NPU = ["mk,kn->mn", "--sizes", "m=8,n=8,k=8", "--types", "i8,i8,i32", "--target", "npu4"]


def tune(*words: str) -> int:
    return isa_tune.main([*words])


def test_it_keeps_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert tune(*NPU, "--trials", "8", "--seed", "1") == 0
    first = capsys.readouterr()
    assert "8 plans tried, 8 of them run now" in first.out
    assert "times as fast as the default plan" in first.out
    assert "1/8 plans, best" in first.err  # plain lines: this is no terminal
    assert "\r" not in first.err
    assert len(list(read(Path("plans.jsonl")))) == 8
    assert tune(*NPU, "--trials", "8", "--seed", "1") == 0
    assert "8 plans tried, 0 of them run now" in capsys.readouterr().out
    assert len(list(read(Path("plans.jsonl")))) == 8
    assert isa_run.main([*NPU, "--records", "plans.jsonl", "--check"]) == 0


def test_several_sizes_and_the_models_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "plans.jsonl")
    words = [*NPU, "--sizes", "m=4,n=8,k=12", "--strategy", "random", "--trials", "6"]
    assert tune(*words, "--records", file, "--compare-models") == 0
    output = capsys.readouterr().out
    assert "mk,kn->mn m=4,n=8,k=12[0]: " in output
    table = output[output.index("kernel ") :].splitlines()
    assert "analytical" in table[0]
    assert len(table) == 4


def test_files_and_einsums(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kernel = tmp_path / "gemm.mlir"
    kernel.write_text(str(einsum_module("mk,kn->mn", {"m": 9, "n": 4, "k": 2}, ["f32"])))
    words = ["mk,kn->mn", str(kernel), "--sizes", "m=3,n=4,k=5", "--types", "i8,i8,i32"]
    words += ["--target", "scalar", "--cost", "analytical", "--trials", "2"]
    assert tune(*words, "--records", str(tmp_path / "p")) == 0
    output = capsys.readouterr().out
    assert "mk,kn->mn m=3,n=4,k=5[0]: " in output
    assert f"{kernel}[0]: " in output
    assert tune(str(kernel), *words[2:], "--records", str(tmp_path / "p")) == 1
    assert "--sizes is for an einsum" in capsys.readouterr().err


def test_every_tool_takes_the_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`compile{records=...}` gives the C that the Python API gives, which is not the default's."""
    kernel, file = tmp_path / "gemm.mlir", tmp_path / "plans.jsonl"
    kernel.write_text(str(einsum_module("mk,kn->mn", {"m": 9, "n": 40, "k": 20}, ["f32"])))
    words = [str(kernel), "--target", "avx512", "--cost", "analytical", "--trials", "30"]
    assert tune(*words, "--records", str(file), "--strategy", "random") == 0
    marked = [replace(one, model="measured", ratio=1 / (one.ratio or 1)) for one in read(file)]
    file.unlink()
    append(file, marked)  # as if the worst estimate had been the best time
    capsys.readouterr()
    pipeline = f'compile{{target=avx512 records="{file}"}}'
    assert isa_opt.main([str(kernel), "-p", pipeline, "-t", "c"]) == 0
    text = capsys.readouterr().out
    assert text == prepare(kernel, "avx512", records=file).source
    assert text != prepare(kernel, "avx512").source


def test_learned_costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("lightgbm", reason="needs the package lightgbm")
    file = str(tmp_path / "plans.jsonl")
    words = [*NPU, "--records", file, "--strategy", "random", "--trials"]
    assert tune(*words, "5", "--cost", "learned") == 1
    assert "too few records to learn from" in capsys.readouterr().err
    assert tune(*words, "16") == 0
    assert tune(*words, "30", "--cost", "learned") == 0
    assert {one.model for one in read(Path(file))} == {"simulated", "learned"}


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_jobs_in_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["mk,kn->mn", "--sizes", "m=9,n=17,k=8", "--target", "scalar", "--trials", "3"]
    file = tmp_path / "plans.jsonl"
    assert tune(*words, "--jobs", "2", "--records", str(file), "--strategy", "exhaustive") == 0
    assert "3 plans tried, 3 of them run now" in capsys.readouterr().out
    assert {one.model for one in read(file)} == {"measured"}


def test_an_interrupt_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plans.jsonl"
    script = (  # what runs in the background, as these tests may, starts with interrupts ignored
        "import signal, sys; from isa_mapper.tools.isa_tune import main;"
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main())"
    )
    command = [sys.executable, "-c", script, *NPU, "--trials", "2000"]
    started = subprocess.Popen(
        [*command, "--records", str(file), "--strategy", "random"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip
    end = time.monotonic() + 60
    while len(list(read(file))) < 4 and time.monotonic() < end:
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    output, errors = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "Traceback" not in errors
    count = len(list(read(file)))
    assert count >= 4
    assert f"{count} plans tried, {count} of them run now" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "isa-tune needs a kernel"),
        ([*NPU, "--strategy", "evolutionry"], "did you mean 'evolutionary'?"),
        ([*NPU, "--cost", "guessed"], "invalid choice: 'guessed'"),
        ([*NPU, "--target", "nonsense"], "unknown machine 'nonsense'"),
        ([*NPU, "--strategy", "Random"], "did you mean 'random'?"),
        ([*NPU, "--strategy", "genetic"], "known: default, exhaustive, random"),
        ([*NPU, "--trials", "0"], "--trials"),
        ([*NPU, "--seconds", "-1"], "invalid seconds value: '-1'"),
        ([*NPU, "--seconds", "nan"], "invalid seconds value: 'nan'"),
        ([*NPU, "--limit", "0"], "invalid limit value: '0'"),
        ([*NPU, "--limit", "inf"], "invalid limit value: 'inf'"),
        ([*NPU, "--seed", "-1"], "invalid natural value: '-1'"),
        (["nowhere.mlir"], "nowhere.mlir"),
        ([*NPU, "--constant", "q"], "there is no argument 'q' to be constant"),
        (["mk,kn->mn", "--sizes", "m=4,n=4,k=4", "--cost", "simulated", "--target", "scalar"],
         "has no engines to simulate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(*words, "--records", str(tmp_path / "plans.jsonl")) == 1
    output = capsys.readouterr()
    assert message in output.err + output.out


def test_records_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That is said before anything is tried."""
    for file, message in (
        (tmp_path, "is no file of records"),
        (tmp_path / "no" / "p", "No such file"),
    ):
        assert tune(*NPU, "--records", str(file)) == 1
        output = capsys.readouterr()
        assert message in output.err
        assert "plans" not in output.out


def test_no_time_is_the_default_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(*NPU, "--seconds", "0", "--records", str(tmp_path / "p")) == 0
    assert "1 plans tried, 1 of them run now" in capsys.readouterr().out


def test_there_may_be_one_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["mk,kn->mn", "--sizes", "m=1,n=1,k=1", "--target", "scalar", "--cost", "analytical"]
    for strategy in ("random", "evolutionary", "guided", "exhaustive"):
        file = str(tmp_path / strategy)
        assert tune(*words, "--strategy", strategy, "--records", file) == 0
        assert "1 plans tried, 1 of them run now" in capsys.readouterr().out


def test_strategies_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert tune("--list-strategies") == 0
    assert {"default", "exhaustive", "random", "evolutionary", "optuna", "guided"} <= set(
        capsys.readouterr().out.split()
    )


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert tune(*NPU, "--trials", "3", "--records", str(tmp_path / "p")) == 0
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.count("\r\x1b[K[") == 3
    assert "[########################] mk,kn->mn m=8,n=8,k=8[0]: 3/3 plans" in text
