"""Time matrix multiplications of DeepBench beside NumPy and the peak of this computer, in one run.

    python benchmarks/gemm.py [--types f32,f64] [--sizes 128x1760x1760,...] [--json FILE]

A size is rows x columns x depth of the row-major product. DeepBench's m x n x k are column-major:
its 1760 x 128 x 1760 is the row-major 128 x 1760 x 1760. Every kernel is checked before it is timed.
Kernel, NumPy and peak are called in turn; each time is a median, and ratios are medians of the
ratios of single rounds, because the computer's clock may drift. One thread.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np

from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import compile_native
from isa_mapper.runtime.peak import peak_call
from isa_mapper.runtime.reference import reference
from isa_mapper.runtime.timing import rounds_of

SIZES = "700x5124x2048,128x1760x1760,700x35x2048,1x3072x1024,16x512x512,127x127x127,1024x1024x1024"
COLUMNS = ("size", "type", "ms", "GFLOP/s", "of peak", "x NumPy")


@dataclass(frozen=True)
class Row:
    """One line of the table: times in seconds, the share of the peak, the ratio to NumPy's time."""

    size: str
    type: str
    seconds: float
    rate: float
    share: float | None
    ratio: float


def measure(size: str, element: str, target: str) -> Row:
    """Compile, check and time one size."""
    m, n, k = (int(extent) for extent in size.split("x"))
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, [element])
    kernel = compile_native(module, target=target)
    a, b = random_arrays(kernel.signature, seed=0)
    result = kernel(a, b)
    expected = reference(kernel.module, kernel.entry, [a, b])[0]
    comparison = compare("result", result, *expected)
    if not comparison.passed:
        sys.exit(f"{size} {element}: {comparison}")
    peak = peak_call(kernel.machine, kernel.signature.outputs[0].element)
    calls = [kernel.bind([a, b], [result]), lambda: np.matmul(a, b, out=result)]
    times = np.array(rounds_of([*calls, *([peak.call] if peak is not None else [])]))
    work = 2 * m * n * k
    share = float(np.median(times[2] / peak.operations * work / times[0])) if peak else None
    seconds = float(np.median(times[0]))
    return Row(size, element, seconds, work / seconds, share, float(np.median(times[1] / times[0])))


def main() -> None:
    """Print the table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--types", default="f32,f64")
    parser.add_argument("--target", default="host")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("{:>16} {:>5} {:>9} {:>8} {:>8} {:>8}".format(*COLUMNS))
    rows: list[Row] = []
    for element in options.types.split(","):
        for size in options.sizes.split(","):
            row = measure(size, element, options.target)
            rows.append(row)
            share = f"{row.share:.2f}" if row.share is not None else "-"
            print(
                f"{size:>16} {element:>5} {row.seconds * 1e3:>9.3f} {row.rate / 1e9:>8.1f}"
                f" {share:>8} {row.ratio:>8.2f}",
                flush=True,
            )
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
