"""How good the default plans are: tune a fixed sample of kernels and compare the plans with the best found.

    python benchmarks/tune.py [--sample 2] [--trials 32] [--strategy guided] [--group NAME,...]
                                [--operations 3e8] [--records FILE] [--json FILE]

Every plan runs beside the default plan, in turn, and the best once more (see `isa-tune`). `default` is
the share of the searched plan's speed that the default plan reaches; a kernel of several statements has
the product of theirs. Weights are packed ahead of time. The second table is how well models order the
plans of a statement: by counting, and learned from the plans of all other statements.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from math import prod
from pathlib import Path
from statistics import mean, median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

from suite import lists
from suite.cases import Case
from suite.groups import GROUPS, Group
from suite.machine import describe
from suite.sampling import geometric_mean

from isa_mapper.passes.constant_arguments import mark_constant
from isa_mapper.search.compare import Comparison, compare_models, table
from isa_mapper.search.cost.measured import Measured
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Search, Tuner
from isa_mapper.search.workers import Workers
from isa_mapper.search.workload import Workload
from isa_mapper.simulator.signature import entry_function
from isa_mapper.tools.progress import Progress

BAR = 0.9
"""What the geometric mean of the shares should be at least."""


@dataclass(frozen=True)
class Tuned:
    """A kernel after the search: `default` is the share of the best speed that the default plans reach."""

    name: str
    default: float
    seconds: float
    plans: int
    failed: int

    @classmethod
    def of(cls, searches: list[Search]) -> Tuned | None:
        """What the searches for all statements of a kernel found; None if no plan is right."""
        best = [search.best[1] for search in searches if search.best is not None]
        if len(best) < len(searches):
            return None
        return cls(
            searches[0].workload.name,
            prod(cost.ratio or 1.0 for cost in best),
            best[-1].value,
            sum(len(search.costs) for search in searches),
            sum(sum(search.failures.values()) for search in searches),
        )


def workload(group: Group, case: Case) -> Workload:
    """The case as a kernel for this computer, with its weights constant."""
    module = case.build()
    function = entry_function(module)
    mark_constant(function, [case.signature.inputs[index].name for index in case.WEIGHTS])
    return Workload(str(module), f"{group.name} {case.name}", function.sym_name.data)


def sample(groups: list[Group], count: int, operations: float) -> list[Workload]:
    """So many cases of every group at equal steps of those that are not larger, else the smallest."""
    found: list[Workload] = []
    for group in groups:
        cases = sorted(group.cases(), key=lambda case: case.operations)
        able = [case for case in cases if case.operations <= operations] or cases[:count]
        found += [workload(group, case) for case in lists.sample(able, count)]
    return found


def models_text(comparisons: list[Comparison]) -> str:
    """The table of the models, and their means over all statements."""
    lines = [table(comparisons)]
    for name in ("analytical", "learned"):
        found = [one.models[name] for one in comparisons if name in one.models]
        if found:
            rank, regrets = mean(one.correlation for one in found), [one.regret for one in found]
            lines.append(
                f"{name}: rank correlation {rank:.2f} on average, regret {mean(regrets):.1%} "
                f"(median {median(regrets):.1%}), over {len(found)} statements"
            )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(group.name for group in GROUPS)
    parser.add_argument("--group", default="", metavar="NAME,...", help=f"some of {names}")
    parser.add_argument("--sample", type=int, default=2, metavar="N", help="kernels of a group")
    parser.add_argument("--operations", type=float, default=3e8, help="of the largest kernel")
    parser.add_argument("--trials", type=int, default=32, metavar="N", help="plans per statement")
    parser.add_argument("--strategy", default="guided", metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--records", type=Path, metavar="FILE", help="where trials are kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to record everything")
    return parser.parse_args()


def main() -> None:
    """Tune, compare, print, and write the record if asked to."""
    options = _options()
    wanted = options.group.split(",") if options.group else [group.name for group in GROUPS]
    groups = [group for group in GROUPS if group.name in wanted]
    workloads = sample(groups, options.sample, options.operations)
    model, progress = Measured(seed=options.seed), Progress()
    tuner = Tuner(
        find_strategy(options.strategy),
        options.strategy,
        model,
        Workers(model),
        options.records,
        Budget(options.trials),
        options.seed,
        watch=progress,
    )
    try:
        tuner.tune(workloads)
    except KeyboardInterrupt:
        print("interrupted; this is what was found so far")
    finally:
        progress.close()
    by_kernel = groupby(tuner.searches, key=lambda search: search.workload)
    kernels = [one for _, found in by_kernel if (one := Tuned.of(list(found))) is not None]
    for one in kernels:
        print(
            f"{one.name:48} default {one.default:5.2f}  {one.seconds * 1e3:9.4g} ms  "
            f"{one.plans} plans, {one.failed} failed"
        )
    comparisons = compare_models(tuner.searches, tuner.records)
    share = geometric_mean([one.default for one in kernels]) if kernels else float("nan")
    says = "met" if share >= BAR else "NOT MET"
    print(f"default plans reach {share:.3f} of the searched ones (bar {BAR}: {says})")
    print(models_text(comparisons))
    if options.json is not None:
        _write(options, kernels, share, comparisons)


def _write(
    options: argparse.Namespace, kernels: list[Tuned], share: float, comparisons: list[Comparison]
) -> None:
    """Write everything as JSON."""
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe(),
        "strategy": options.strategy,
        "trials": options.trials,
        "seed": options.seed,
        "default": share,
        "kernels": [asdict(one) for one in kernels],
        "models": [asdict(one) for one in comparisons],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
