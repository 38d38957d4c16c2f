"""What this compiler is, as a digest: the same plan gives the same code as long as it is equal."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .. import __version__

FOLDERS = ("binary", "dialects", "mapping", "passes", "planning", "simulator", "targets")
"""The folders whose code decides what becomes of a kernel with a plan; machines have digests of their own."""

DIGITS = 16
"""How many digits of the hash are kept."""


@cache
def compiler_digest() -> str:
    """The version of this package, and a hash of its code and of xDSL's version.

    The code is read once in a process, when the digest is first asked for: some hundreds of small
    files, which takes some milliseconds.
    """
    package = Path(__file__).parent.parent
    code = digest_of_code([package / name for name in FOLDERS], version("xdsl"))
    return f"{__version__}-{code}"


def digest_of_code(folders: list[Path], *others: str) -> str:
    """A hash of all Python files in folders, with their names, and of other texts."""
    hashed = sha256("\0".join(others).encode())
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            hashed.update(f"\0{folder.name}/{file.relative_to(folder).as_posix()}\0".encode())
            hashed.update(file.read_bytes())
    return hashed.hexdigest()[:DIGITS]
