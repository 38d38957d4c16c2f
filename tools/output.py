"""Write output files so that a failure never leaves half of one."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def open_output(path: str | None) -> Generator[TextIO]:
    """Open standard output (no path, or `-`) or a file that appears only when it is complete."""
    if path in (None, "-"):
        yield sys.stdout
        sys.stdout.flush()
        return
    final = Path(path).resolve()
    if final.exists() and not final.is_file():  # a device or a pipe cannot be replaced
        with final.open("w", encoding="utf-8") as stream:
            yield stream
        return
    if final.exists() and not os.access(final, os.W_OK):
        raise PermissionError(13, "the output file cannot be written", path)
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    try:
        stream = temporary.open("x", encoding="utf-8")
    except OSError as error:
        raise type(error)(error.errno, f"cannot write here: {error.strerror}", path) from error
    try:
        with stream:
            yield stream
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: str | None, data: bytes) -> None:
    """Write bytes as `open_output` writes text."""
    with open_output(path) as stream:
        stream.buffer.write(data)
