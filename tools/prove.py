"""`isa-prove`: execute every mapping of random kernels on random instructions, print the score.

    isa-prove --count 1000
    isa-prove --seconds 30 --seed 7

Four checks per case: each mapping is executed lane by lane and compared with NumPy; where the space
is small the matcher must agree with brute force; everything that the enabling transformations make of
the kernel is executed; and a sample of mappings goes through the whole lowering, in the interpreter
and in portable C, on the drawn instruction or on a shipped machine. A rejection must come with a
reason. The exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from .proof_cases import draw_instruction, draw_kernel
from .proof_checks import Case, Wrong

MACHINES = ("drawn", "avx512", "avx2")
"""What samples are lowered for: the machine of the drawn instruction, and shipped ones."""


@dataclass
class Score:
    """How many checks of each kind were done, and what was wrong."""

    cases: int = 0
    executed: int = 0
    rejected: int = 0
    enumerated: int = 0
    rewritten: int = 0
    interpreted: int = 0
    compiled: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        lines = [
            f"{self.cases} cases: {self.executed} mappings executed, {len(self.wrong)} wrong; "
            f"{self.rejected} rejected, all with a reason",
            f"{self.enumerated} spaces enumerated; {self.rewritten} rewritten programs executed; "
            f"lowered and run: {self.interpreted} in the interpreter, {self.compiled} in portable C",
        ]
        return "\n".join([*self.wrong, *lines])


def prove(
    seed: int, count: int, seconds: float | None = None, every: int = 10, in_c: bool = True
) -> Score:
    """Check `count` random cases, or as many as `seconds` allow; lower one in `every`."""
    score, start = Score(), time.monotonic()
    for number in range(count):
        if seconds is not None and time.monotonic() - start > seconds:
            break
        random = Random(seed * 1_000_003 + number)
        kernel = draw_kernel(random)
        case = Case(kernel, draw_instruction(random, kernel), number)
        score.cases += 1
        try:
            with np.errstate(all="ignore"):  # infinities and NaNs are meant
                _check(case, random, score, every, in_c)
        except Wrong as wrong:
            score.wrong.append(str(wrong))
    return score


def _check(case: Case, random: Random, score: Score, every: int, in_c: bool) -> None:
    """All checks of one case."""
    score.executed += case.check_mappings()
    score.rejected += case.check_reason()
    score.enumerated += case.check_brute_force()
    score.rewritten += case.check_rewrites(random)
    if every and random.randrange(every) == 0:
        machine = random.choice(MACHINES)
        compiled = in_c and random.random() < 0.5
        if case.check_lowering(machine, random.random(), compiled):
            score.compiled += compiled
            score.interpreted += not compiled


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="isa-prove", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=0, help="where the random cases start")
    parser.add_argument("--count", type=int, default=500, help="how many cases")
    parser.add_argument("--seconds", type=float, default=None, help="stop after so much time")
    parser.add_argument(
        "--every",
        type=int,
        default=10,
        metavar="N",
        help="lower and run a mapping of one case in N",
    )
    options = parser.parse_args(arguments)
    start = time.monotonic()
    score = prove(options.seed, options.count, options.seconds, options.every)
    print(f"{score}\nin {time.monotonic() - start:.0f} s")
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
