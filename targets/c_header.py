"""The C header of a lowered module: declarations, and what every argument is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdsl.dialects.builtin import MemRefType, NoneAttr
from xdsl.ir import BlockArgument

from .c_expression import c_type
from .c_function import FunctionPrinter
from .c_storage import memref_type


def header_text(printers: Sequence[FunctionPrinter]) -> str:
    """The header for functions that have been printed."""
    body: list[str] = []
    for printer in printers:
        arguments = printer.function.body.block.args
        named = zip(arguments, printer.arguments, strict=True)
        described = [_description(value, name, printer) for value, name in named]
        body += ["/**", " * Arrays are row-major and must not overlap.", *described, " */"]
        body += [f"{printer.signature(restrict='')};", ""]
    names = {"stdbool.h": r"\bbool\b", "stdint.h": r"\bint\d+_t\b"}
    includes = [f"#include <{n}>" for n, use in names.items() if re.search(use, "\n".join(body))]
    start = ["#pragma once", "", *includes, *([""] if includes else [])]
    start += ["#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
    return "\n".join([*start, *body, "#ifdef __cplusplus", "}", "#endif", ""])


def _description(argument: BlockArgument, name: str, printer: FunctionPrinter) -> str:
    """What an argument is: read or written, its element type, extents and, if special, layout."""
    if not isinstance(argument.type, MemRefType):
        return f" * @param {name} read: {c_type(argument.type)}"
    kind = memref_type(argument)
    shape = "".join(f"[{extent}]" for extent in kind.get_shape())
    layout = "" if isinstance(kind.layout, NoneAttr) else f", layout {kind.layout}"
    role = "written" if argument in printer.written else "read"
    return f" * @param {name} {role}: {c_type(kind.element_type)}{shape}{layout}"
