"""Write `docs/performance.md` from the record of a run.

    python benchmarks/bench.py --json run.json
    python benchmarks/report.py run.json [more.json ...] [-o docs/performance.md]

Ratios first, then how each peer is set up, what compiling takes, and the absolute numbers. Runs of
single groups can be given together, if they are of the same machine and as many threads.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from suite.record import Run
from suite.report import document

TARGET = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def joined(runs: Sequence[Run]) -> Run:
    """Return several runs as one; of a case that was measured twice, the last counts.

    Raises:
        ValueError: They are of different machines or threads.
    """
    first, *rest = runs
    for run in rest:
        if (run.machine, run.threads) != (first.machine, first.threads):
            raise ValueError(f"{run.command}: another machine, or other threads")
    cases = {(case.group, case.name): case for run in runs for case in run.cases}
    configurations = {name: how for run in runs for name, how in run.configurations.items()}
    missing = {name: why for run in runs for name, why in run.missing.items()}
    return replace(
        first,
        date=max(run.date for run in runs),
        command="\n".join(dict.fromkeys(run.command for run in runs)),
        configurations=configurations,
        missing={name: why for name, why in missing.items() if name not in configurations},
        cases=list(cases.values()),
    )


def main() -> None:
    """Read the records, write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    try:
        run = joined([Run.read(path) for path in options.records])
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"cannot read these records: {error}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(document(run), encoding="utf-8")
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
