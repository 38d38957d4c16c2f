"""`-t c`: standalone C for CPUs, and for machines that a CPU hands their instructions.

Takes a module at the machine level (after `compile{target=...}`): functions on memrefs with loops,
windows and invocations. A function for engines is written word by word where the machine's formats
have C forms. Gives one source file without any run-time library, and a header that
documents the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.utils.target import Target

from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import TargetOp
from .c_constants import array_text
from .c_function import FunctionPrinter
from .c_header import header_text
from .c_names import MATH, identifier
from .c_pressure import READ_AGAIN, presses_results

_HEADERS = {
    "math.h": rf"\b({'|'.join(MATH)})f?\(|\bsignbit\b|\bINFINITY\b|\bNAN\b",
    "stdbool.h": r"\b(bool|true|false)\b",
    "stdint.h": r"\bu?int(\d+|ptr)_t\b|\bU?INT\d+_(C|MIN|MAX)\b",
}
"""The headers of the standard library and what needs them."""


@dataclass(frozen=True)
class CSource:
    """C text, the header that declares its functions, and the flags that it needs to compile."""

    source: str
    header: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class CTarget(Target):
    """Standalone C: one function per `func.func`, specialised to its shapes.

    With `portable`, every instruction is a plain C function made from its body, for any host; with
    `header`, the header is printed instead of the source.
    """

    name = "c"

    portable: bool = False
    header: bool = False

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Write the module as C."""
        text = emit_c(module, portable=self.portable)
        output.write(text.header if self.header else text.source)


def emit_c(module: ModuleOp, entry: str | None = None, portable: bool = False) -> CSource:
    """A lowered module as C.

    Args:
        module: Functions on memrefs, as `compile` leaves them.
        entry: The function to write, with those that it calls; all of them if None.
        portable: Write each instruction as a plain C function made from its body.

    Raises:
        UserError: Something in the module has no C form, or there is no such function.
    """
    functions = _functions(module, entry)
    arrays = _arrays(module, functions)
    taken = frozenset(identifier(op.sym_name.data) for op in (*functions, *arrays))
    printers = [FunctionPrinter(function, portable, taken) for function in functions]
    for printer in printers:
        if _has_words(printer) and not portable:
            from .c_words import print_words  # only machines with engines need the binary form

            print_words(printer)
        else:
            printer.print()
    helpers = {key: text for printer in printers for key, text in printer.helpers.items()}
    bodies = ["\n".join(printer.lines) + "\n" for printer in printers]
    text = "\n".join([*map(array_text, arrays), *helpers.values(), *bodies])
    includes = [name for name, use in _HEADERS.items() if re.search(use, text)]
    targets = {p.target.symbol: p.target for p in printers if p.target is not None}
    own = () if portable else targets.values()
    includes = [*(name for target in own for name in target.c_headers), *includes]
    flags = [flag for target in own for flag in target.c_flags]
    if any(printer.parallel_loops for printer in printers):
        flags.append("-fopenmp")
    is_pressed = not portable and any(
        p.target is not None and presses_results(p.function, p.target) for p in printers
    )
    said = READ_AGAIN if is_pressed else ""
    source = f"{_top(list(targets), said, includes)}{_prelude(own, printers)}\n{text}"
    return CSource(source, header_text(printers), tuple(dict.fromkeys(flags)))


def _has_words(printer: FunctionPrinter) -> bool:
    """Whether a function is for a machine with words, and whose instructions have no C forms."""
    target = printer.target
    return target is not None and bool(target.formats) and not target.is_complete


def _functions(module: ModuleOp, entry: str | None) -> list[func.FuncOp]:
    """The functions to write."""
    functions = [op for op in _symbols(module) if isinstance(op, func.FuncOp) and op.body.blocks]
    known = [function.sym_name.data for function in functions]
    if entry is not None and entry not in known:
        raise UserError(f"there is no function '{entry}'", module, did_you_mean(entry, known))
    wanted = {*known} if entry is None else _called(functions, entry)
    chosen = [function for function in functions if function.sym_name.data in wanted]
    names: dict[str, str] = {}
    for function in chosen:
        name = function.sym_name.data
        first = names.setdefault(identifier(name), name)
        if first != name:
            raise UserError(f"@{first} and @{name} have the same name in C", function)
    return chosen


def _called(functions: Sequence[func.FuncOp], entry: str) -> set[str]:
    """The names of a function and of those that it calls."""
    by_name = {function.sym_name.data: function for function in functions}
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found and name in by_name:
            found.add(name)
            calls = (op for op in by_name[name].walk() if isinstance(op, func.CallOp))
            waiting += [op.callee.string_value() for op in calls]
    return found


def _arrays(module: ModuleOp, functions: Sequence[func.FuncOp]) -> list[memref.GlobalOp]:
    """The constant arrays that functions use."""
    walks = (op for function in functions for op in function.walk())
    used = {op.name_.root_reference.data for op in walks if isinstance(op, memref.GetGlobalOp)}
    arrays = (op for op in _symbols(module) if isinstance(op, memref.GlobalOp))
    return [op for op in arrays if op.sym_name.data in used]


def _symbols(module: ModuleOp) -> Iterator[Operation]:
    """The operations of a module and of the modules in it, without what is in them."""
    for op in module.body.ops:
        yield op
        if isinstance(op, ModuleOp):
            yield from _symbols(op)


def _prelude(targets: Iterable[TargetOp], printers: Sequence[FunctionPrinter]) -> str:
    """What machines, and their registers that go by number, need before the functions."""
    memories = dict.fromkeys(memory for p in printers for memory in p.numbered_memories())
    blocks = [part.c_prelude for part in (*targets, *memories)]
    return "".join(f"{line}\n" for lines in blocks if lines for line in ["", *lines])


def _top(targets: Sequence[str], pragma: str, includes: Sequence[str]) -> str:
    """The first lines of the file; a pragma concerns what is included as well."""
    machines = ", ".join(f"@{name}" for name in targets) or "any machine"
    said = f"/* Generated by ISA Mapper for {machines}.\n   Buffers are static, one set per thread."
    return (
        f"{said} */\n{pragma}"
        + "".join(f"\n#include <{name}>" for name in dict.fromkeys(includes))
        + "\n"
    )
