"""Compile C text to a shared library, once: results are kept on disk by content.

The key is a hash of source, flags, compiler and this package's version. Any number of processes may
build the same text at once: each writes a file of its own and renames it into place. Every file
ends in the hash of what is before it, so that a damaged one is noticed and built again.
"""

import ctypes
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .. import __version__
from ..dialects.cache import cache_directory
from ..dialects.errors import UserError

COMPILERS = ("cc", "gcc", "clang")
"""What is looked for, in this order, when the environment variable CC is not set."""

FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-w")
"""Flags for every library."""

CRASH = "internal compiler error"
"""What a compiler says that fails by a fault of its own."""

CAUTIOUS = "-fno-tree-vectorize"
"""The flag with which it is tried again (gcc 12 fails on vectors of signs of zeros)."""

_DIGEST = hashlib.sha256().digest_size


class MissingCompilerError(UserError):
    """There is no C compiler."""


class SlowCompilerError(UserError):
    """The C compiler takes longer than it may."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler: the command line that it starts with, and its version in words."""

    command: tuple[str, ...]
    version: str


def find_compiler() -> Compiler:
    """Return the C compiler to use: `CC` of the environment, else the first of `COMPILERS`.

    Raises:
        MissingCompilerError: There is none that runs.
    """
    chosen = os.environ.get("CC", "").strip()
    candidates = [tuple(shlex.split(chosen))] if chosen else [(name,) for name in COMPILERS]
    for command in candidates:
        path = shutil.which(command[0])
        if path is not None and (version := _version((path, *command[1:]))) is not None:
            return Compiler(command, version)
    if chosen:
        raise MissingCompilerError(f"the C compiler '{chosen}', which CC names, does not run")
    raise MissingCompilerError(
        f"there is no C compiler: none of {', '.join(COMPILERS)} runs",
        hint="install one, or name it in the environment variable CC",
    )


@lru_cache
def _version(command: tuple[str, ...]) -> str | None:
    """Return the first line of what a compiler says of itself, None when it does not run."""
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.partition("\n")[0]


def build(source: str, flags: tuple[str, ...] = ()) -> ctypes.CDLL:
    """Return the loaded library of a C text; arguments and errors as for `library`."""
    path = library(source, flags)
    try:
        return ctypes.CDLL(str(path))
    except OSError:  # sound, but not for this computer: a cache that moved between machines
        _compile(source, flags, find_compiler(), path, None)
        return ctypes.CDLL(str(path))


def library(source: str, flags: tuple[str, ...] = (), limit: float | None = None) -> Path:
    """Return the path of the library of a C text, compiling it unless the cache has it.

    Args:
        source: A complete C file.
        flags: Flags beside `FLAGS`, such as those that a machine's description gives.
        limit: For how many seconds the compiler may run.

    Raises:
        MissingCompilerError: There is no C compiler.
        SlowCompilerError: It takes longer.
        UserError: The compiler rejects the text.
    """
    compiler = find_compiler()
    path = cache_directory() / f"{_key(source, flags, compiler)}.so"
    if not _is_sound(path):
        _compile(source, flags, compiler, path, limit)
    return path


def _key(source: str, flags: tuple[str, ...], compiler: Compiler) -> str:
    """Return the name of a library: a hash of everything that it depends on."""
    parts = (__version__, compiler.version, *compiler.command, *FLAGS, *flags, source)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_sound(path: Path) -> bool:
    """Say whether a file of the cache is whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(data[:-_DIGEST]).digest() == data[-_DIGEST:]


def _compile(
    source: str, flags: tuple[str, ...], compiler: Compiler, path: Path, limit: float | None
) -> None:
    """Compile a text and put the library into the cache, all at once."""
    with tempfile.TemporaryDirectory(prefix=".build-", dir=path.parent) as folder:
        text, built = Path(folder) / "kernel.c", Path(folder) / "kernel.so"
        text.write_text(source, encoding="utf-8")
        command = [*compiler.command, *FLAGS, *flags, str(text), "-o", str(built), "-lm"]
        done = _run(command, limit)
        if done.returncode != 0 and CRASH in done.stderr:
            done = _run([*command, CAUTIOUS], limit)
        if done.returncode != 0 or not built.exists():
            raise UserError(_failure(done.stderr, source, compiler))
        data = built.read_bytes()
        with built.open("ab") as stream:  # a loader ignores what follows the last section
            stream.write(hashlib.sha256(data).digest())
        os.replace(built, path)


def _run(command: list[str], limit: float | None) -> "subprocess.CompletedProcess[str]":
    """Run a compiler for at most so many seconds."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        raise SlowCompilerError(f"{command[0]} takes longer than {limit:g} s") from None


def _failure(output: str, source: str, compiler: Compiler) -> str:
    """Return the message for a text that the compiler rejects; the text is kept."""
    lines = [line for line in output.splitlines() if "error" in line] or output.splitlines()
    reason = lines[0].partition("error:")[2].strip() or lines[0] if lines else "no reason given"
    handle, kept = tempfile.mkstemp(prefix="isa-mapper-rejected-", suffix=".c")
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(source)
    return f"{compiler.command[0]} rejects the C of this kernel: {reason} (the text is in {kept})"
