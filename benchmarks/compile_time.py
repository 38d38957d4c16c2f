"""Time the compiler itself: from MLIR text to C, pass by pass, and the C compiler.

    python benchmarks/compile_time.py [--targets avx512_server,...] [--only TEXT] [--runs 3] [--cc]

Every run is a process of its own, forked after the imports: nothing is known from the run before,
not even the machine. Times are medians in milliseconds of processor time; `ops` and `bytes` are the
operations of the program and the length of the C text. Passes that take less than a hundredth of
the whole everywhere are not listed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from kernels import kernels

from isa_mapper.dialects.errors import UserError
from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime.build import FLAGS, find_compiler
from isa_mapper.runtime.pipeline import new_context, parse
from isa_mapper.targets.c import emit_c

TARGETS = "avx512_server,avx512,avx2,avx_vnni,matrix16,scalar"
SHOWN = 0.01
"""The share of a whole from which on a pass is listed."""


@dataclass
class Measurement:
    """One run: seconds by pass (`parse` and `emit` among them), and what came out."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    operations: int = 0
    source: str = ""
    flags: tuple[str, ...] = ()
    error: str = ""

    @property
    def total(self) -> float:
        """The seconds from text to C."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Row:
    """One line of the table: a kernel on a machine."""

    kernel: str
    target: str
    seconds: dict[str, float]
    operations: int
    bytes: int
    compiler_seconds: float | None


def compile_once(text: str, target: str) -> Measurement:
    """Compile a kernel in this process."""
    found = Measurement()
    compile_, context = CompilePass(target=target), new_context()
    try:
        start = process_time()
        module = parse(text)
        found.seconds["parse"] = process_time() - start
        for stage in compile_.stages():
            start = process_time()
            compile_.run_stage(stage, context, module)
            found.seconds[stage.name] = process_time() - start
        start = process_time()
        made = emit_c(module, portable=target == "matrix16")
        found.seconds["emit"] = process_time() - start
    except UserError as error:
        found.error = error.message
        return found
    found.operations = sum(1 for _ in module.walk())
    found.source, found.flags = made.source, made.flags
    return found


def compiler_seconds(source: str, flags: tuple[str, ...]) -> float:
    """Run the C compiler on a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.c"
        path.write_text(source, encoding="utf-8")
        command = [*find_compiler().command, *FLAGS, *flags, str(path), "-o", f"{path}.so", "-lm"]
        start = perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return perf_counter() - start


def measure(kernel: str, text: str, target: str, runs: int, *, with_compiler: bool) -> Row | None:
    """The medians of some runs; None, with a note, where the kernel cannot be compiled."""
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(method).Pool(1, maxtasksperchild=1) as pool:
        found = [pool.apply(compile_once, (text, target)) for _ in range(runs)]
    if found[0].error:
        print(f"{kernel} @{target}: {found[0].error}", file=sys.stderr)
        return None
    seconds = {name: median(run.seconds[name] for run in found) for name in found[0].seconds}
    seconds["total"] = median(run.total for run in found)
    source, flags = found[0].source, found[0].flags
    built = compiler_seconds(source, flags) if with_compiler else None
    return Row(kernel, target, seconds, found[0].operations, len(source.encode()), built)


def table(rows: list[Row]) -> str:
    """The measurements in columns."""
    names = [
        name
        for name in rows[0].seconds
        if name == "total" or any(row.seconds[name] > SHOWN * row.seconds["total"] for row in rows)
    ]
    lines = [["kernel", "target", *names, "ops", "bytes", "cc"]]
    for row in rows:
        times = [f"{row.seconds[name] * 1e3:.0f}" for name in names]
        built = "-" if row.compiler_seconds is None else f"{row.compiler_seconds:.2f} s"
        lines.append([row.kernel, row.target, *times, str(row.operations), str(row.bytes), built])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            entry.ljust(width) if column < 2 else entry.rjust(width)
            for column, (entry, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def main() -> None:
    """Print the table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", default=TARGETS)
    parser.add_argument("--only", default="", help="a part of the names of the kernels to compile")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cc", action="store_true", help="run the C compiler too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [
        row
        for kernel, text in kernels().items()
        if options.only in kernel
        for target in options.targets.split(",")
        if (row := measure(kernel, text, target, options.runs, with_compiler=options.cc))
    ]
    if not rows:
        sys.exit("nothing was compiled")
    print(table(sorted(rows, key=lambda row: -row.seconds["total"])))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
