"""Time kernels of this compiler beside what one would use instead, and the limits of this computer.

    python benchmarks/bench.py [--quick | --all] [--group gemm-f32-skinny,...] [--peers torch,...]
                               [--threads 2] [--records FILE] [--json FILE]

Every peer has a process of its own; they are asked in turn for short samples, and noisy ones are
taken again. Every result is checked before it is timed. A ratio is another's median time divided
by ours: above 1 we are faster. Without `--all`, each list is sampled (`suite.lists.sample`); with
`--quick`, three sizes of each, and only the peers that a bar speaks of. Peers that search for
minutes before a case is ready (`tvm`) take part only where `--peers` names them.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

from suite import lists, table
from suite.cases import Case
from suite.groups import GROUPS, Group
from suite.machine import available_memory, describe
from suite.peer import Settings
from suite.peers import LIMITS, ON_REQUEST, PEERS, peer_class
from suite.race import Effort, race
from suite.record import OURS, CaseRecord, Run
from suite.summary import all_verdicts
from suite.worker import Worker

QUICK, USUAL = 3, 8
"""How many cases of a group are measured."""

QUICK_EFFORT, EFFORT = Effort(7, 1.5), Effort(15, 8.0)

COPIES = 16
"""How often all arrays of a case must fit into memory at once, with `--all`."""


def chosen(group: Group, options: argparse.Namespace) -> Sequence[Case]:
    """Return the cases of a group that are measured."""
    cases = group.cases()
    if options.all:
        memory = available_memory()
        return [case for case in cases if COPIES * case.bytes < memory]
    return lists.sample(lists.moderate(cases), QUICK if options.quick else USUAL)


def _names(text: str, known: Sequence[str], what: str) -> list[str]:
    """Return the names in a list with commas; all that are known if it is empty."""
    names = text.split(",") if text else list(known)
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"unknown {what} '{unknown[0]}'; known: {', '.join(known)}")
    return names


def _with_bars() -> list[str]:
    """Return the peers that a bar speaks of, and our own."""
    named = {name for group in GROUPS for bar in group.bars for name in (bar.peer, bar.ours)}
    return [name for name in PEERS if name in named or name in OURS]


def _command(arguments: Sequence[str]) -> str:
    """Return the command that measures the same again: all but where the record goes."""
    kept = [text for text in arguments if not text.startswith("--json=")]
    if "--json" in kept:
        at = kept.index("--json")
        del kept[at : at + 2]
    return shlex.join(["python", "benchmarks/bench.py", *kept])


def measure(
    run: Run, groups: Sequence[Group], settings: Settings, options: argparse.Namespace
) -> None:
    """Measure all cases of some groups; print and record them as they come in."""
    workers = {name: Worker(peer_class(name), settings) for name in run.configurations}
    effort = QUICK_EFFORT if options.quick else EFFORT
    try:
        for group in groups:
            print(table.heading(group, list(workers)), flush=True)
            for case in chosen(group, options):
                record = CaseRecord.of(group.name, case, race(case, workers, effort))
                run.cases.append(record)
                print(table.line(record, list(workers)), flush=True)
                if options.json is not None:
                    run.write(options.json)
            for name in LIMITS & {
                *workers
            }:  # a process may be unlucky, so that it is slow throughout
                workers[name].close()
    except KeyboardInterrupt:
        print("interrupted; this is what was measured so far")
    finally:
        for worker in workers.values():
            worker.close()


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="three sizes a group, fewer peers")
    size.add_argument("--all", action="store_true", help="every size that fits into memory")
    groups, peers = ", ".join(group.name for group in GROUPS), ", ".join(PEERS)
    parser.add_argument("--group", default="", metavar="NAME,...", help=f"some of {groups}")
    parser.add_argument("--peers", default="", metavar="NAME,...", help=f"some of {peers}")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--records", type=Path, metavar="FILE", help="tuned plans for our kernels")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to record everything")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write the record if asked to."""
    options = _options()
    wanted = _names(options.group, [group.name for group in GROUPS], "group")
    asked = _with_bars() if options.quick else PEERS
    usual = ",".join(name for name in asked if name not in ON_REQUEST)
    names = _names(options.peers or usual, list(PEERS), "peer")
    peers = {name: peer_class(name) for name in names}
    settings = Settings(options.threads, options.records)
    missing = {name: why for name, peer in peers.items() if (why := peer.missing(settings))}
    run = Run(
        datetime.now(UTC).isoformat(timespec="seconds"),
        _command(sys.argv[1:]),
        options.threads,
        describe(),
        {name: peer.configuration for name, peer in peers.items() if name not in missing},
        missing,
    )
    for name, reason in missing.items():
        print(f"{name}: left out, {reason}")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
    measure(run, [group for group in GROUPS if group.name in wanted], settings, options)
    print(table.summary(all_verdicts(run.cases)))


if __name__ == "__main__":
    main()
