"""Run kernels on simulated accelerators: cycles beside what limits them, and what the engines wait for.

    python benchmarks/accelerators.py [--only TEXT] [--rank [PLANS]] [--json FILE]

Every result is compared with NumPy. `peak` is the share of the products that the machine could have
summed in these cycles; `bound` is the limit that is nearest, with the share of the time that it takes at
least. `stalls` are the causes that held the busiest engine back the longest. Seconds of compiler and
simulator are processor time. With `--rank`, random plans of products are carried out too: Spearman's
correlation between the cycles that are estimated and those that are simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median
from time import process_time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

from kernels import convolution, depthwise, product, recurrent, requantised

from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import load, prepare
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.reference import reference
from isa_mapper.runtime.trial import Trials, rank_agreement
from isa_mapper.simulator.accelerator import EngineReport, Result
from isa_mapper.simulator.signature import entry_function, signature_of


@dataclass(frozen=True)
class Case:
    """A kernel for a machine.

    `library` is what the library of the machine's makers takes, in cycles, warm, on its
    register-transfer model.
    """

    kernel: str
    machine: str
    text: str
    library: int | None = None


CASES = [
    Case("128x128x128 i8", "npu", product(128, 128, 128, "i8")),
    Case("512x512x512 i8", "npu", product(512, 512, 512, "i8")),
    Case("DeepBench 128x1760x1760 i8", "npu", product(128, 1760, 1760, "i8")),
    Case("ResNet-50 3x3 64->64 56x56 i8", "npu", convolution(64, 56, 64, 3, element="i8")),
    Case("256x256x256 i8, requantised", "npu", requantised(256, 256, 256)),
    Case("depthwise 3x3 32 28x28 f32", "npu", depthwise(32, 28)),
    Case("GRU step 64, batch 16 f32", "npu", recurrent("gru", 64, 16, 1)),
    Case("128x128x128 i8", "npu4", product(128, 128, 128, "i8")),
    Case("1024x1024x1024 i8", "npu256", product(1024, 1024, 1024, "i8")),
    Case("64x64x64 i8", "gemmini16", product(64, 64, 64, "i8"), 3385),
    Case("128x128x128 i8", "gemmini16", product(128, 128, 128, "i8"), 10257),
]
"""What the lines of the table are."""

RANKED = [
    Case("128x128x128 i8", "npu", product(128, 128, 128, "i8")),
    Case("100x200x70 i8", "npu", product(100, 200, 70, "i8")),
    Case("96x96x96 i8", "gemmini16", product(96, 96, 96, "i8")),
]
"""Products whose plans are ranked."""

COLUMNS = (
    "kernel",
    "machine",
    "cycles",
    "library",
    "peak",
    "bound",
    "compile",
    "simulate",
    "stalls",
)


@dataclass(frozen=True)
class Row:
    """One line of the table: cycles, shares of all cycles, processor seconds."""

    kernel: str
    machine: str
    cycles: int
    library: int | None
    peak: float
    bound: str
    bound_share: float
    engine: str
    stalls: dict[str, float]
    compile_seconds: float
    simulate_seconds: float

    def cells(self) -> tuple[str, ...]:
        """The line in words."""
        causes = [f"{cause} {share:.1%}" for cause, share in list(self.stalls.items())[:3]]
        return (
            self.kernel,
            self.machine,
            str(self.cycles),
            str(self.library or "-"),
            f"{self.peak:.1%}",
            f"{self.bound} {self.bound_share:.1%}",
            f"{self.compile_seconds:.1f} s",
            f"{self.simulate_seconds:.1f} s",
            f"{self.engine}: {', '.join(causes) or 'none'}",
        )


def measure(case: Case) -> Row:
    """Compile, simulate and check one kernel."""
    begin = process_time()
    kernel = load(prepare(case.text, case.machine))
    assert kernel.program.code
    compiled = process_time()
    arrays = random_arrays(kernel.signature, seed=0)
    result, outputs = kernel.simulate(*arrays)
    end = process_time()
    expected = reference(kernel.module, kernel.entry, arrays)
    for parameter, output, (value, tolerance) in zip(
        kernel.signature.outputs, outputs, expected, strict=True
    ):
        comparison = compare(parameter.name, output, value, tolerance)
        if not comparison.passed:
            sys.exit(f"{case.kernel} on @{case.machine}: {comparison}")
    assert result.bound is not None
    engine = busiest(result)
    causes = sorted(engine.stalls.items(), key=lambda stall: -stall[1])
    stalls = {cause: cycles / result.cycles for cause, cycles in causes}
    share = result.bound.cycles / result.cycles
    cost = compiled - begin, end - compiled
    return Row(
        *(case.kernel, case.machine, result.cycles, case.library, result.utilisation),
        *(result.bound.name, share, engine.name, stalls, *cost),
    )


def busiest(result: Result) -> EngineReport:
    """The engine that worked the longest."""
    return max(result.engines, key=lambda engine: engine.busy)


def rank(case: Case, count: int) -> dict[str, object]:
    """Carry out random plans of a kernel, and print how well the estimates order them."""
    module = parse(case.text)
    trials = Trials(module, case.machine)
    arrays = random_arrays(signature_of(entry_function(module, None)), seed=0)
    ((value, tolerance),) = reference(module, None, arrays)
    chosen = trials.space.best(inf)
    assert chosen is not None
    tried = []
    for plan in (chosen[1], *trials.sample(count)):
        trial, (output,) = trials.run(plan, arrays)
        comparison = compare("result", output, value, tolerance)
        if not comparison.passed:
            sys.exit(f"{case.kernel} on @{case.machine}, {plan.schedule()}: {comparison}")
        tried.append(trial)
    best, *others = tried
    cycles, agreement = [trial.cycles for trial in others], rank_agreement(others)
    print(
        f"{case.kernel} on {case.machine}: rank agreement {agreement:.3f} over {len(others)} plans; the chosen "
        f"one takes {best.cycles} cycles, the best of these {min(cycles)}, their median {median(cycles):.0f}",
        flush=True,
    )
    return {
        **{"kernel": case.kernel, "machine": case.machine, "agreement": agreement},
        **{"chosen": best.cycles, "cycles": cycles, "estimates": [t.estimate for t in others]},
    }


def print_table(rows: list[Row]) -> None:
    """Print lines in columns: numbers to the right."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, second, *numbers, last in lines:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[2:-1], strict=True))
        print("  ".join([first.ljust(widths[0]), second.ljust(widths[1]), *cells, last]))


def main() -> None:
    """Print the table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of kernel and machine")
    parser.add_argument("--rank", type=int, nargs="?", const=50, default=0, metavar="PLANS")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [measure(case) for case in CASES if options.only in f"{case.kernel} {case.machine}"]
    if rows:
        print_table(rows)
    ranked = [case for case in RANKED if options.only in f"{case.kernel} {case.machine}"]
    ranks = [rank(case, options.rank) for case in ranked] if options.rank else []
    if options.json is not None:
        found = {"kernels": [asdict(row) for row in rows], "ranks": ranks}
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
