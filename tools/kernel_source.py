"""The kernels that a command line names: a file, standard input, or an einsum."""

from __future__ import annotations

import sys
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError
from ..dialects.source import decode_text
from ..frontends.einsum import einsum_module
from ..runtime.pipeline import parse


def kernel_module(
    kernel: str, sizes: str | None, types: str | None, sources: dict[str, str]
) -> ModuleOp:
    """Return the module of a kernel.

    Args:
        kernel: A file of MLIR text, `-` for standard input, or an einsum such as `mk,kn->mn`.
        sizes: The extents of an einsum's axes, such as `m=4,k=8`.
        types: The element types of an einsum: one for all, or one each.
        sources: Takes the text of the kernel, for error messages.

    Raises:
        UserError: The options do not fit the kernel.
        OSError: There is no such file.
    """
    is_einsum = "->" in kernel or sizes is not None
    if is_einsum and not Path(kernel).is_file():
        return einsum_module(kernel, parse_sizes(sizes or ""), (types or "f32").split(","))
    for name, value in (("sizes", sizes), ("types", types)):
        if value is not None:
            raise UserError(f"--{name} is for an einsum, but '{kernel}' is a file")
    name = "<stdin>" if kernel == "-" else kernel
    data = sys.stdin.buffer.read() if kernel == "-" else Path(kernel).read_bytes()
    text = decode_text(data, name)
    sources[name] = text
    return parse(text, name)


def parse_sizes(text: str) -> dict[str, int]:
    """Return the extents in a text such as `m=4,k=8`.

    Raises:
        UserError: The text is not of this form.
    """
    sizes: dict[str, int] = {}
    for part in text.split(","):
        axis, equals, size = (piece.strip() for piece in part.partition("="))
        if not equals or not size.isdecimal() or int(size) < 1:
            raise UserError(
                f"'{part}' in --sizes is not of the form axis=extent", hint="such as m=64,k=128"
            )
        sizes[axis] = int(size)
    return sizes
