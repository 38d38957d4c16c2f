"""The tools for binaries: what one prints the other reads, and errors are one message."""

import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pytest

from isa_mapper.binary import elf
from isa_mapper.tools import isa_as, isa_objdump, isa_pack

TEXT = """.machine npu
.buffer a input i8 [16, 16]
.buffer w constant i8 [4]
.bytes 01020304
.loc "x.mlir" 3 4
load_i8 load.0 dst=@spad[0] src=a[16] src.present0=15 j=16 src.low0=1 src.high0=0
halt control wait(load.0)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "x.s").write_text(TEXT)
    assert isa_as.main([str(tmp_path / "x.s"), "-o", str(tmp_path / "x.elf")]) == 0
    return tmp_path / "x.elf"


def test_elf_to_text_and_back(program: Path, tmp_path: Path):
    text, again = tmp_path / "y.s", tmp_path / "y.elf"
    assert isa_objdump.main([str(program), "--words", "--records", "-o", str(text)]) == 0
    assert "load_i8 load.0 dst=@spad[0] src=a[16]" in text.read_text()
    assert isa_as.main([str(text), "-o", str(again)]) == 0
    assert again.read_bytes() == program.read_bytes()


def test_pipes(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
):
    assert isa_objdump.main([str(program)]) == 0
    text = capsysbinary.readouterr().out
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text)))
    assert isa_as.main([]) == 0
    assert capsysbinary.readouterr().out == program.read_bytes()


def test_bare_code(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = tmp_path / "code.bin"
    code.write_bytes(elf.read(program.read_bytes()).code)
    assert isa_objdump.main([str(code), "--target", "npu"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines() == [
        TEXT.splitlines()[5].replace("src=a", "src=@dram"),
        TEXT.splitlines()[6],
    ]
    (tmp_path / "code.s").write_text(text)
    out = str(tmp_path / "out.bin")
    options = ["--target", "npu", "--format", "code", "-o", out]
    assert isa_as.main([str(tmp_path / "code.s"), *options]) == 0
    assert Path(out).read_bytes() == code.read_bytes()
    assert isa_objdump.main([str(code)]) == 1
    assert "bare code needs --target" in capsys.readouterr().err


def test_images_and_arguments(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    image, text = tmp_path / "x.img", str(program.with_suffix(".s"))
    assert isa_as.main([text, "--format", "image", "-o", str(image)]) == 0
    about = json.loads(Path(f"{image}.json").read_text())
    assert [entry["name"] for entry in about["buffers"]] == ["a", "w"]
    array, out, back = (str(tmp_path / name) for name in ("a.npy", "b.img", "c.npy"))
    np.save(array, np.arange(256, dtype=np.uint8).astype(np.int8).reshape(16, 16))
    paths = [f"{image}.json", "a"]
    assert isa_pack.main([*paths, array, "--whole", "-i", str(image), "-o", out]) == 0
    assert len(Path(out).read_bytes()) == len(image.read_bytes())
    assert isa_pack.main([*paths, out, "--whole", "--unpack", "-o", back]) == 0
    np.testing.assert_array_equal(np.load(back), np.load(array))
    assert isa_pack.main([*paths, array, "-o", out]) == 0
    assert isa_pack.main([*paths, out, "--unpack", "-o", back]) == 0
    np.testing.assert_array_equal(np.load(back), np.load(array))
    assert isa_pack.main([f"{image}.json", "b", array]) == 1
    assert "no buffer 'b'" in capsys.readouterr().err
    assert isa_pack.main([*paths, text]) == 1
    assert "internal" not in capsys.readouterr().err
    assert isa_pack.main([*paths, array, "--whole"]) == 1
    assert "which image?" in capsys.readouterr().err
    assert isa_as.main([text, "--format", "image"]) == 1
    assert "-o FILE" in capsys.readouterr().err


def test_errors_show_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "x.s"
    file.write_text(TEXT.replace("src=a", "src=b"))
    assert isa_as.main([str(file)]) == 1
    assert capsys.readouterr().err == (
        f"{file}:6:33: error: unknown buffer 'b'\n"
        "  load_i8 load.0 dst=@spad[0] src=b[16] src.present0=15 j=16 src.low0=1 src.high0=0\n"
        "                                  ^\n"
        "hint: known: a, w\n"
    )


@pytest.mark.parametrize("main", [isa_as.main, isa_objdump.main, isa_pack.main])
def test_command_lines(
    main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert main(["--help"]) == 0
    assert "--debug" in capsys.readouterr().out
    assert main(["--nothing"]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    missing = str(tmp_path / "missing")
    assert main([missing, *([missing, missing] if main is isa_pack.main else [])]) == 1
    assert "No such file" in capsys.readouterr().err


def test_damaged_files(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, damaged = program.read_bytes(), tmp_path / "z.elf"
    for hostile in (data[:100], data[:-1], data.replace(b'"npu"', b'"nbu"'), b"\x7fELF", b""):
        damaged.write_bytes(hostile)
        assert isa_objdump.main([str(damaged)]) == 1
        message = capsys.readouterr().err
        assert message.startswith(f"{damaged}: error: ")
        assert "internal" not in message


def test_help_is_quick():
    """Help does not import the encoder or NumPy."""
    script = "import sys; from isa_mapper.tools import isa_objdump, isa_as, isa_pack; print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
