"""Compiling C and the cache of libraries."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.build import MissingCompilerError, build, find_compiler

SOURCE = "int answer(void) { return 42; }\n"

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISA_MAPPER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


@needs_cc
def test_builds_once(cache: Path):
    assert build(SOURCE).answer() == 42
    (library,) = files(cache)
    written = library.stat().st_mtime_ns
    assert build(SOURCE).answer() == 42
    assert library.stat().st_mtime_ns == written
    build(SOURCE, ("-DX",))
    assert len(files(cache)) == 2


@needs_cc
@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None])
def test_damaged_entry_is_built_again(cache: Path, damage: bytes | None):
    build(SOURCE)
    (library,) = files(cache)
    whole = library.read_bytes()
    broken = library.with_name("broken")  # another file: the loaded one must not change
    broken.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    broken.replace(library)
    assert build(SOURCE).answer() == 42
    assert library.read_bytes()[-32:] == whole[-32:]


@needs_cc
def test_many_processes_at_once(cache: Path):
    program = f"from isa_mapper.runtime.build import build; assert build({SOURCE!r}).answer() == 42"
    environment = {**os.environ, "ISA_MAPPER_CACHE": str(cache)}
    running = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert len(files(cache)) == 1


@needs_cc
def test_rejected_text_leaves_nothing_in_the_cache(cache: Path):
    with pytest.raises(UserError, match="rejects the C of this kernel") as caught:
        build("int broken(\n")
    assert files(cache) == []
    kept = Path(str(caught.value).rpartition("is in ")[2].rstrip(")"))
    assert kept.read_text(encoding="utf-8") == "int broken(\n"
    kept.unlink()


def test_missing_compiler(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CC", "no-such-compiler -m64")
    with pytest.raises(MissingCompilerError, match="'no-such-compiler -m64', which CC names"):
        find_compiler()
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingCompilerError, match="none of cc, gcc, clang runs"):
        find_compiler()


@needs_cc
def test_compiler_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    path = shutil.which("cc")
    monkeypatch.setenv("CC", f"{path} -O1")
    assert find_compiler().command == (path, "-O1")


@needs_cc
def test_unwritable_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("ISA_MAPPER_CACHE", str(blocked))
    with pytest.raises(UserError, match="cannot write to"):
        build(SOURCE)
    monkeypatch.delenv("ISA_MAPPER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert isinstance(build(SOURCE), ctypes.CDLL)  # a default that fails is no error
