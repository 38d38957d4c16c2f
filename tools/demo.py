"""The main job in one command: a matrix multiplication of DeepBench, compiled for this computer.

`make demo` runs it. Y[128, 1760] = X[128, 1760] W[1760, 1760] in single precision is what DeepBench
lists as 1760 x 128 x 1760 in the column-major order of BLAS.
"""

import sys

from .isa_run import main as isa_run

SIZES = {"n": 128, "k": 1760, "m": 1760}


def main() -> int:
    """Run the demo and return its exit status."""
    sizes = ",".join(f"{axis}={extent}" for axis, extent in SIZES.items())
    command = ["nk,km->nm", "--sizes", sizes, "--types", "f32"]
    command += ["--target", "host", "--check", "--bench"]
    print(f'isa-run "{command[0]}" {" ".join(command[1:])}', flush=True)
    return isa_run(command)


if __name__ == "__main__":
    sys.exit(main())
