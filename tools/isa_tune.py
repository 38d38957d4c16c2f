"""Search for better plans of kernels and record every plan that was tried.

    isa-tune gemm.mlir --target host --trials 100 --jobs 2 --records plans.jsonl
    isa-tune "mk,kn->mn" --sizes m=64,n=96,k=512 --sizes m=1,n=96,k=512 --strategy guided
    isa-run gemm.mlir --records plans.jsonl --check --bench

Plans are compiled, run beside the default plan, and checked; on a machine with engines they are
simulated. What is in the records already is not run again. An interrupt (Ctrl-C) ends the search
and loses nothing: the same command goes on where it was.
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from math import inf

from .diagnostics import ToolArgumentParser, run_tool
from .isa_run import limit_numpy_threads, natural, positive


def read_arguments(argv: Sequence[str]) -> Namespace:
    """Return the options of a command line.

    Raises:
        UserError: An option is wrong.
    """
    parser = ToolArgumentParser(
        prog="isa-tune", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("kernels", nargs="*", help='files of MLIR text, or einsums such as "mk,kn->mn"')
    add("--sizes", action="append", metavar="m=4,k=8", help="the extents of an einsum; repeatable")
    add("--types", metavar="T,...", help="element types of an einsum: one for all, or one each")
    add("--entry", metavar="NAME", help="the function to tune, if there are several")
    add("--target", default="host", help="the machine: host (default), a shipped one, or a file")
    add("--threads", type=positive, default=1, metavar="N", help="threads of the kernel")
    add("--constant", default="", metavar="NAME,...",
        help="arguments that are the same at every call, such as weights: they are packed ahead")  # fmt: skip
    add("--portable", action="store_true", help="plain C for any computer instead of intrinsics")
    add("--strategy", default="evolutionary", metavar="NAME", help="who asks for plans")
    add("--list-strategies", action="store_true", help="list the strategies and exit")
    add(
        "--cost",
        choices=("measured", "simulated", "analytical", "learned"),
        help="what says what a plan costs (default: measured; simulated for machines with engines)",
    )
    add("--guide", choices=("analytical", "learned"), default="analytical",
        help="the cheap model that strategies may ask")  # fmt: skip
    add("--trials", type=positive, default=100, metavar="N", help="plans per statement")
    add("--seconds", type=seconds, default=inf, metavar="S", help="time for all")
    add("--limit", type=limit, default=20.0, metavar="S", help="time for a plan (default 20)")
    add(
        "--seed",
        type=natural,
        default=0,
        metavar="N",
        help="seed of strategy and inputs (default 0)",
    )
    add("--jobs", type=positive, default=1, metavar="N", help="processes that compile at once")
    add("--dask", metavar="ADDRESS", help="run on the Dask cluster of this scheduler")
    add("--records", default="plans.jsonl", metavar="FILE",
        help="where trials are appended (default plans.jsonl)")  # fmt: skip
    add("--compare-models", action="store_true",
        help="say how well cost models order the plans that were tried")  # fmt: skip
    add("--report", metavar="FILE", help="write what was found as an HTML page (- for stdout)")
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser.parse_args(argv)


def seconds(text: str) -> float:
    """Return the seconds that an option gives, 0 or infinite at the ends; raises ValueError if none."""
    number = float(text)
    if not number >= 0:  # nor NaN
        raise ValueError(text)
    return number


def limit(text: str) -> float:
    """Return the seconds that an option gives, finite and above 0; raises ValueError if none."""
    number = seconds(text)
    if number in (0, inf):
        raise ValueError(text)
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-tune` and return its exit status."""
    given = sys.argv[1:] if argv is None else argv
    sources: dict[str, str] = {}

    def run() -> int:
        options = read_arguments(given)
        limit_numpy_threads(1)
        from .tune_run import TuneRun  # imports NumPy

        return TuneRun(options, sources).run()

    return run_tool(run, debug="--debug" in given, sources=sources)


if __name__ == "__main__":
    sys.exit(main())
