"""This compiler, asked in two ways: the weights as an argument, and packed ahead of time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import signature
from time import process_time
from typing import Any

from isa_mapper.runtime.module import CompiledKernel, load, prepare

from ..cases import Case
from ..memory import empty
from ..peer import SMALL, TIMES, Array, Peer, Prepared, Settings, Unsupported


class Ours(Peer):
    """The kernel as any caller has it: nothing is known before the call."""

    configuration = "default plan, weights as an argument like the rest"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether tuned plans can be used, if some are given."""
        known = signature(prepare).parameters
        return "" if settings.records is None or "records" in known else "records are not read yet"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Compile the kernel, without a cache, and bind it to the arrays."""
        kernel, notes = _compiled(case, self.settings, ())
        results = [empty(p.shape, p.dtype) for p in kernel.signature.outputs]
        return Prepared(kernel.bind(arrays, results), lambda: results, notes=notes)


class OursPacked(Ours):
    """The kernel with its weights packed before it is called."""

    configuration = "default plan, weights packed ahead of time (CompiledKernel.pack)"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Prepare single calls."""
        return self.packed(case, arrays, 1)

    def packed(self, case: Case, arrays: Sequence[Array], times: int) -> Prepared:
        """Compile the kernel, pack its weights and bind it to the other arrays."""
        weights = [case.signature.inputs[index].name for index in case.WEIGHTS]
        kernel, notes = _compiled(case, self.settings, weights)
        begin = process_time()
        packed = kernel.pack(*(arrays[index] for index in case.WEIGHTS))
        notes = {**notes, "pack_seconds": round(process_time() - begin, 4)}
        others = [array for index, array in enumerate(arrays) if index not in case.WEIGHTS]
        results = [empty(p.shape, p.dtype) for p in kernel.signature.outputs]
        call = packed.bind(others, results, times)
        return Prepared(call, lambda: results, scale=1 / times, notes=notes)


class OursFromC(OursPacked):
    """The same in a loop in C, as a C program calls it: without what a call from Python costs."""

    configuration = f"as ours-packed, {TIMES} calls in a loop in C; small kernels only"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Compile, pack, and bind for many calls."""
        if case.operations > SMALL:
            raise Unsupported("calling it costs nothing beside its work")
        return self.packed(case, arrays, TIMES)


class OursOneThread(OursPacked):
    """The same on one thread, to see what more threads are worth."""

    configuration = "as ours-packed, on one thread"

    def __init__(self, settings: Settings) -> None:
        super().__init__(replace(settings, threads=1))

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether there is anything to compare."""
        return "" if settings.threads > 1 else "one thread is what is measured"


def _compiled(
    case: Case, settings: Settings, constant: Sequence[str]
) -> tuple[CompiledKernel, Mapping[str, object]]:
    """Compile a case, and note the seconds from text to C and those of the C compiler."""
    options: dict[str, Any] = {"threads": settings.threads, "constant": constant}
    if settings.records is not None:
        options["records"] = settings.records
    text = str(case.build())
    begin = process_time()
    prepared = prepare(text, "host", **options)
    length = len(prepared.c.source)
    to_c = process_time() - begin
    kernel, compiler = _loaded(prepared)
    return kernel, {
        "target": kernel.machine.symbol,
        "to_c_seconds": round(to_c, 3),
        "compiler_seconds": round(compiler, 3),
        "c_bytes": length,
    }


def _loaded(prepared: CompiledKernel) -> tuple[CompiledKernel, float]:
    """Have the C compiled, without a cache; returns the processor seconds that it took, too."""
    with tempfile.TemporaryDirectory(prefix="isa-mapper-bench-") as folder:
        os.environ["ISA_MAPPER_CACHE"] = folder
        begin = os.times()
        kernel = load(prepared)
        end = os.times()
        del os.environ["ISA_MAPPER_CACHE"]
    user, system = (
        end.children_user - begin.children_user,
        end.children_system - begin.children_system,
    )
    return kernel, user + system
