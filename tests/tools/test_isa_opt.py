"""`isa-opt` as its users meet it; what it prints for bad input is in `lit_tests/tools/`."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from isa_mapper import __version__
from isa_mapper.dialects.errors import UserError
from isa_mapper.tools.isa_opt import main
from isa_mapper.tools.universe import UNIVERSE

KERNEL = """\
func.func @f(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  %c = arith.addi %b, %a : i32
  func.return %c : i32
}
"""


@dataclass(frozen=True)
class FailingPass(ModulePass):
    """Fails in the way that its option says."""

    name = "failing"
    how: str = "crash"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        first, second = (inner for inner in op.walk() if inner.name == "arith.addi")
        match self.how:
            case "crash":
                raise KeyError("lost")
            case "invalid":
                first.detach()
                Rewriter.insert_op(first, InsertPoint.after(second))
            case "emit":
                second.emit_error("not this one", PassFailedException("not this one"))
            case "user":
                raise UserError("not allowed here", second, "write something else")
            case _:
                raise PassFailedException("cannot be done")


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with a pass that fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(UNIVERSE.all_passes, "failing", lambda: FailingPass)
    (tmp_path / "in.mlir").write_text(KERNEL)
    return tmp_path


def run(*arguments: str) -> int:
    return main(arguments)


def test_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert run("--version") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"isa-mapper {__version__}"
    assert [line.split()[0] for line in lines[1:3]] == ["xDSL", "Python"]
    assert lines[3] == "C compiler: none"


def test_help(capsys: pytest.CaptureFixture[str]):
    assert run("--help") == 0
    assert "--print-ir-tree-dir" in capsys.readouterr().out


def test_list_passes(capsys: pytest.CaptureFixture[str]):
    assert run("--list-passes") == 0
    assert "passes of xDSL" in capsys.readouterr().out


def test_list_machines(capsys: pytest.CaptureFixture[str]):
    hardware = Path(__file__).parents[2] / "hardware"
    assert run("--list-machines") == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == sorted(file.stem for file in hardware.glob("*.mlir"))


def test_any_file_name(workplace: Path, capsys: pytest.CaptureFixture[str]):
    (workplace / "in.txt").write_text(KERNEL)
    assert run("in.txt") == 0
    assert "arith.addi" in capsys.readouterr().out


def test_crash(workplace: Path, capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "-p", "cse,failing,dce") == 1
    errors = capsys.readouterr().err
    assert errors.startswith("error: internal error: pass 'failing' failed with KeyError: 'lost'\n")
    assert "isa-reproducer.mlir" in errors
    assert "Traceback" not in errors
    written = (workplace / "isa-reproducer.mlir").read_text()
    assert written.startswith('// configuration: -p "failing"\n"builtin.module"')


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "-p", "failing", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_run_reproducer(workplace: Path, capsys: pytest.CaptureFixture[str]):
    run("in.mlir", "-p", 'failing{how="crash"}', "--reproducer", "my file.mlir")
    assert not (workplace / "isa-reproducer.mlir").exists()
    capsys.readouterr()
    assert run("--run-reproducer", "my file.mlir") == 1
    errors = capsys.readouterr().err
    assert "pass 'failing' failed with KeyError" in errors
    assert not (workplace / "isa-reproducer.mlir").exists()


def test_reproducer_keeps_options(workplace: Path, capsys: pytest.CaptureFixture[str]):
    run("in.mlir", "-p", 'failing{how="a b"}', "--reproducer", "r.mlir")
    assert (
        (workplace / "r.mlir")
        .read_text()
        .startswith('// configuration: -p "failing{how=\\"a b\\"}"\n')
    )
    capsys.readouterr()
    assert run("--run-reproducer", "r.mlir") == 1
    assert capsys.readouterr().err == "error: cannot be done\n"


def test_unwritable_reproducer(capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "-p", "failing", "--reproducer", "missing/r.mlir") == 1
    assert "no reproducer could be written to 'missing/r.mlir'" in capsys.readouterr().err


def test_invalid_ir_after_a_pass(workplace: Path, capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "-p", "failing{how=invalid}") == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0] == (
        "in.mlir:3:3: error: internal error: pass 'failing' made invalid IR: "
        "operand #0 (%b) of 'arith.addi' does not dominate this use"
    )
    assert errors[1:3] == ["    %c = arith.addi %b, %a : i32", "    ^"]
    assert (workplace / "isa-reproducer.mlir").exists()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("emit", ["in.mlir:3:3: error: not this one", "    %c = arith.addi %b, %a : i32", "    ^"]),
        (
            "user",
            [
                "in.mlir:3:3: error: not allowed here",
                "    %c = arith.addi %b, %a : i32",
                "    ^",
                "hint: write something else",
            ],
        ),
        ("other", ["error: cannot be done"]),
    ],
)
def test_users_fault(
    how: str, expected: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
):
    assert run("in.mlir", "-p", f"failing{{how={how}}}") == 1
    assert capsys.readouterr().err.splitlines() == expected
    assert not (workplace / "isa-reproducer.mlir").exists()


def test_tree_dir(workplace: Path):
    assert run("in.mlir", "-p", "cse,dce", "--print-ir-tree-dir", "tree", "-o", "out.mlir") == 0
    names = sorted(file.name for file in (workplace / "tree").iterdir())
    assert names == ["00-input.mlir", "01-cse.mlir", "02-dce.mlir"]
    dumped = (workplace / "tree" / "02-dce.mlir").read_text()
    assert dumped.startswith("// after dce\nbuiltin.module")
    assert (workplace / "out.mlir").read_text().strip() in dumped


def test_tree_dir_of_a_split_input(workplace: Path):
    (workplace / "two.mlir").write_text(KERNEL + "// -----\n" + KERNEL)
    assert run("two.mlir", "--split-input-file", "-p", "cse", "--print-ir-tree-dir", "tree") == 0
    names = sorted(str(file.relative_to(workplace)) for file in workplace.glob("tree/*/*"))
    assert names == [
        "tree/0/00-input.mlir",
        "tree/0/01-cse.mlir",
        "tree/1/00-input.mlir",
        "tree/1/01-cse.mlir",
    ]


def test_times_go_to_stderr(capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "-p", "cse", "--time-passes") == 0
    captured = capsys.readouterr()
    assert "seconds" not in captured.out
    assert captured.err.splitlines()[1].endswith("cse")


def test_failure_leaves_the_old_output(workplace: Path):
    (workplace / "out.mlir").write_text("old")
    (workplace / "two.mlir").write_text(KERNEL + "// -----\nnonsense")
    assert run("two.mlir", "--split-input-file", "-o", "out.mlir") == 1
    assert (workplace / "out.mlir").read_text() == "old"
    assert sorted(file.name for file in workplace.iterdir()) == ["in.mlir", "out.mlir", "two.mlir"]


def test_output_through_a_link_and_to_a_device(workplace: Path):
    (workplace / "real.mlir").write_text("old")
    (workplace / "link.mlir").symlink_to("real.mlir")
    assert run("in.mlir", "-o", "link.mlir") == 0
    assert (workplace / "link.mlir").is_symlink()
    assert "arith.addi" in (workplace / "real.mlir").read_text()
    assert run("in.mlir", "-o", os.devnull) == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\n \xc3\xb6\xff", "bad.mlir:2:3: error: not UTF-8 text: byte 0xff"),
        (b'"t.t"() ({' * 3000, "error: the input is nested too deeply"),
        (b"func.func @f(", "bad.mlir:1:14: error: "),
        (b'"t.t"() {x = "' + b"a" * 99, "bad.mlir:1:14: error: "),  # quickly
        (b"\x00", "bad.mlir:1:1: error: "),
        (b"", "bad.mlir:1:1: error: expected an operation, but nothing follows\n"),
        (b"func.func private @f()\n)", "bad.mlir:2:1: error: expected an operation\n"),
        (b"func.func @f() {\r\n  func.retur\r\n}", "bad.mlir:2:3: error: "),
    ],
)
def test_bad_bytes(data: bytes, expected: str, workplace: Path, capsys: pytest.CaptureFixture[str]):
    (workplace / "bad.mlir").write_bytes(data)
    assert run("bad.mlir", "--allow-unregistered-dialect") == 1
    errors = capsys.readouterr().err
    assert errors.startswith(expected)
    assert "Traceback" not in errors


def test_nothing_to_check(capsys: pytest.CaptureFixture[str]):
    assert run("in.mlir", "--check-target") == 1
    assert capsys.readouterr().err == "error: nothing to check: the input contains no isa.target\n"


def test_plain_xdsl_opt_knows_us():
    """The entry point works: a dialect of ours is known to xDSL's own driver."""
    program = "from xdsl.universe import Universe; print(*Universe.get_multiverse().all_dialects)"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"isa", "kernel", "plan"} <= set(found)
    opt = [sys.executable, "-m", "xdsl.tools.xdsl_opt", "in.mlir"]
    assert "arith.addi" in subprocess.run(opt, capture_output=True, text=True, check=True).stdout


def test_start_up():
    """Nothing heavy is imported for a small input; the time is only printed."""
    program = (
        "import sys; from isa_mapper.tools.isa_opt import main; main(['in.mlir']);"
        "print([m for m in sys.modules if m == 'numpy' or m.startswith('isa_mapper.dialects.')])"
    )
    start = time.perf_counter()
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    print(f"isa-opt in.mlir: {time.perf_counter() - start:.2f} s")
    loaded = out.splitlines()[-1]
    assert "numpy" not in loaded
    assert "isa_mapper.dialects.isa" not in loaded
    assert "isa_mapper.dialects.kernel" not in loaded


def test_reader_that_leaves():
    """A closed pipe ends the program quietly."""
    line = f"{sys.executable} -m isa_mapper.tools.isa_opt in.mlir | true"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_findings(
    workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """A lint that finds something prints a line for it and fails."""

    def check_target(target: Operation) -> list[str]:
        return [f"something is odd about {target.name}"]

    monkeypatch.setattr(
        import_module("isa_mapper.mapping.check_target"), "check_target", check_target
    )
    text = files("isa_mapper.hardware").joinpath("scalar.mlir").read_text(encoding="utf-8")
    (workplace / "machine.mlir").write_text(text)
    assert run("machine.mlir", "--check-target") == 1
    line = capsys.readouterr().out
    assert line.startswith("machine.mlir:")
    assert line.endswith("warning: something is odd about isa.target\n")
