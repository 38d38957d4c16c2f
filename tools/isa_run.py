"""Compile a kernel, run it, check it against a reference and time it.

    isa-run gemm.mlir --target host --check --bench
    isa-run "mk,kn->mn" --sizes m=613,n=29,k=1211 --types f32 --check
    isa-run "mk,kn->mn" --sizes m=128,n=128,k=128 --types i8,i8,i32 --target npu --check --bench

Inputs are random unless given as `.npy` files. The exit status is 0 only if all went well and, with
`--check`, every element is right.
"""

import os
import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from .diagnostics import ToolArgumentParser, run_tool


def read_arguments(argv: Sequence[str]) -> Namespace:
    """Return the options of a command line.

    Raises:
        UserError: An option is wrong.
    """
    parser = ToolArgumentParser(
        prog="isa-run", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "kernel", help='a file of MLIR text, - for standard input, or an einsum such as "mk,kn->mn"'
    )
    add("--sizes", metavar="m=4,k=8", help="the extents of an einsum's axes")
    add(
        "--types",
        metavar="T,...",
        help="element types of an einsum: one for all (default f32), or one each",
    )
    add("--entry", metavar="NAME", help="the function to run, if there are several")
    add("--target", default="host", help="the machine: host (default), a shipped one, or a file")
    add("--host", metavar="NAME", help="the machine for what the target cannot compute")
    add("--threads", type=positive, default=1, metavar="N", help="threads to use (default 1)")
    add(
        "--constant",
        metavar="NAME,...",
        default="",
        help="arguments that are the same at every call, such as weights: they are packed ahead",
    )
    add("--plan", metavar="FILE", help="follow this plan instead of the default one")
    add("--records", metavar="FILE", help="follow the best plans that isa-tune recorded in FILE")
    add("--print-plan", action="store_true", help="print the plan, as a file for --plan")
    add("--explain", action="store_true", help="say why each instruction fits or does not")
    add("--portable", action="store_true", help="plain C for any computer instead of intrinsics")
    add("--interpret", action="store_true", help="run in the interpreter instead of as C")
    add("--dump-c", metavar="FILE", help="write the C text to FILE (- for standard output)")
    add(
        "--input",
        action="append",
        default=[],
        metavar="FILE",
        help="an input as .npy; repeat in order",
    )
    add("--seed", type=natural, default=0, metavar="N", help="seed of random inputs (default 0)")
    add("--output", metavar="FILE", help="save the result as FILE.npy, several as FILE-name.npy")
    add("--check", action="store_true", help="compare with a reference computed from the kernel")
    add(
        "--bench",
        action="store_true",
        help="time the kernel beside NumPy and the machine's peak; on an accelerator, "
        "say how every engine spent its cycles",
    )
    add("--trace", metavar="FILE", help="write what every engine did when, as a Perfetto trace")
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Return the number from 1 that an option gives; raises ValueError if it is none."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def natural(text: str) -> int:
    """Return the number from 0 that an option gives; raises ValueError if it is none."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def limit_numpy_threads(threads: int) -> None:
    """Let NumPy's BLAS use as many threads as the kernel; of use only before NumPy is imported."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-run` and return its exit status."""
    given = sys.argv[1:] if argv is None else argv
    sources: dict[str, str] = {}

    def run() -> int:
        options = read_arguments(given)
        limit_numpy_threads(options.threads)
        from .kernel_run import KernelRun  # imports NumPy

        return KernelRun(options, sources).run()

    return run_tool(run, debug="--debug" in given, sources=sources)


if __name__ == "__main__":
    sys.exit(main())
