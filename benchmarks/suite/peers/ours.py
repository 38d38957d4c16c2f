"""This compiler, asked in two ways: the weights as an argument, and packed ahead of time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from time import process_time
from typing import Any

from isa_mapper.runtime.module import CompiledKernel, load, prepare

from ..cases import Case
from ..memory import empty
from ..peer import Array, Peer, Prepared, Settings, Unsupported


class Ours(Peer):
    """The kernel as any caller has it: nothing is known before the call."""

    configuration = "default plan, weights as an argument like the rest"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Never missing."""
        return ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Compile the kernel, without a cache, and bind it to the arrays."""
        kernel, notes = _compiled(case, self.settings)
        results = [empty(p.shape, p.dtype) for p in kernel.signature.outputs]
        return Prepared(kernel.bind(arrays, results), lambda: results, notes=notes)


class OursOneThread(Ours):
    """The same on one thread, to see what more threads are worth."""

    configuration = "as ours, on one thread"

    def __init__(self, settings: Settings) -> None:
        super().__init__(replace(settings, threads=1))

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether there is anything to compare."""
        return "" if settings.threads > 1 else "one thread is what is measured"


class OursPacked(Peer):
    """The kernel with the weights packed before it is called."""

    configuration = "default plan, weights packed ahead of time"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether kernels can be packed."""
        return "" if hasattr(CompiledKernel, "pack") else "kernels cannot be packed yet"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Compile the kernel and pack its weights."""
        raise Unsupported("kernels cannot be packed yet")


def _compiled(case: Case, settings: Settings) -> tuple[CompiledKernel, dict[str, object]]:
    """Compile a case, and note the seconds from text to C and those of the C compiler."""
    options: dict[str, Any] = {"threads": settings.threads}
    if settings.records is not None:
        options["records"] = settings.records
    text = str(case.build())
    begin = process_time()
    prepared = prepare(text, "host", **options)
    length = len(prepared.c.source)
    to_c = process_time() - begin
    with tempfile.TemporaryDirectory(prefix="isa-mapper-bench-") as folder:
        os.environ["ISA_MAPPER_CACHE"] = folder  # nothing is known from an earlier run
        begin = os.times()
        kernel = load(prepared)
        end = os.times()
        compiler = (end.children_user + end.children_system) - (
            begin.children_user + begin.children_system
        )
        del os.environ["ISA_MAPPER_CACHE"]
    return kernel, {
        "target": kernel.machine.symbol,
        "to_c_seconds": round(to_c, 3),
        "compiler_seconds": round(compiler, 3),
        "c_bytes": length,
    }
