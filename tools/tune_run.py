"""What `isa-tune` does with its options."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from ..dialects.errors import UserError
from ..passes.constant_arguments import mark_constant
from ..planning.records import of_machine, read
from ..search.charts import require_charts
from ..search.compare import compare_models, table
from ..search.cost.learned import Learned
from ..search.cost.model import CostModel, cost_model
from ..search.report import report
from ..search.strategies.strategy import find_strategy, strategy_names
from ..search.tuner import Budget, Search, Tuner
from ..search.workers import Workers, cluster, processes
from ..search.workload import Workload, prepared
from ..simulator.signature import entry_function
from .kernel_source import kernel_module
from .output import open_output
from .progress import Progress, best_text


class TuneRun:
    """One run of `isa-tune`.

    Args:
        options: The command line.
        sources: Takes the texts of the kernels, for error messages.
    """

    def __init__(self, options: Namespace, sources: dict[str, str]) -> None:
        self.options, self.sources = options, sources

    def run(self) -> int:
        """Do everything that the options ask for and return the exit status."""
        options = self.options
        if options.list_strategies:
            print("\n".join(strategy_names()))
            return 0
        if not options.kernels:
            raise UserError("isa-tune needs a kernel", hint="isa-tune --help lists the options")
        if options.report is not None:
            require_charts()
        records = Path(options.records)
        if records.exists() and not records.is_file():
            raise UserError(f"'{records}' is no file of records")
        strategy = find_strategy(options.strategy)
        workloads = list(self._workloads())
        progress = Progress()
        with self._workers(self._model(workloads)) as (model, workers, at_once):
            tuner = Tuner(
                strategy,
                options.strategy,
                model,
                workers,
                records,
                Budget(options.trials, options.seconds),
                options.seed,
                at_once,
                options.guide == "learned",
                progress,
            )
            try:
                tuner.tune(workloads)
            finally:
                progress.close()
                for search in tuner.searches:
                    print(summary(search))
        compared = ""
        if options.compare_models:
            compared = table(compare_models(tuner.searches, tuner.records))
            print(compared)
        if options.report is not None:
            with open_output(options.report) as stream:
                stream.write(report(tuner.searches, compared))
        return 0 if all(search.best is not None for search in tuner.searches) else 1

    def _workloads(self) -> Iterator[Workload]:
        """The kernels that the command line names; beside einsums, sizes and types are not for files."""
        options = self.options
        has_einsums = any("->" in kernel for kernel in options.kernels)
        for kernel in options.kernels:
            is_file = has_einsums and "->" not in kernel
            types = None if is_file else options.types
            for sizes in [None] if is_file else options.sizes or [None]:
                module = kernel_module(kernel, sizes, types, self.sources)
                function = entry_function(module, options.entry)
                mark_constant(function, [name for name in options.constant.split(",") if name])
                entry = function.sym_name.data
                name = f"{kernel} {sizes}" if sizes is not None else kernel
                target, threads = options.target, options.threads
                yield Workload(str(module), name, entry, target, threads, options.portable)

    def _model(self, workloads: list[Workload]) -> CostModel:
        """The model that the options name, or the one for the machine."""
        options = self.options
        has_engines = bool(prepared(workloads[0]).staged.machine.engines)
        name = options.cost or ("simulated" if has_engines else "measured")
        if name == "learned":
            return self._learned(workloads[0])
        settings = {
            "measured": {"limit": options.limit, "seed": options.seed},
            "simulated": {"seed": options.seed},
        }
        return cost_model(name, **settings.get(name, {}))

    def _learned(self, workload: Workload) -> CostModel:
        """The model that is learned from the records of the machine."""
        records = list(read(Path(self.options.records)))
        keys = [one.key for one in prepared(workload).statements.values()]
        model = Learned.fit(of_machine(records, keys[0]) if keys else [])
        if model is None:
            message = f"'{self.options.records}' has too few records to learn from"
            raise UserError(message, hint="tune with --cost measured first")
        return model

    @contextmanager
    def _workers(self, model: CostModel) -> Generator[tuple[CostModel, Workers, int]]:
        """Who runs plans, and how many at once."""
        options = self.options
        make: Callable[[], Executor] | None = None
        at_once = options.jobs
        if options.dask is not None:
            client = cluster(options.dask)
            at_once = max(options.jobs, sum(client.nthreads().values()))
            make = client.get_executor
        elif options.jobs > 1:
            make = lambda: processes(options.jobs)  # noqa: E731
        with Workers(model, make) as workers:
            yield model, workers, at_once


def summary(search: Search) -> str:
    """What was found for a statement, in lines."""
    if not search.costs:
        return f"{search.name}: no plan was tried"
    failures = "".join(f", {count} {status}" for status, count in search.failures.items())
    tried = f"{len(search.costs)} plans tried, {search.ran} of them run now{failures}"
    if search.best is None:
        reasons = {cost.reason for cost in search.costs.values()}
        return f"{search.name}: no plan is right; {tried}: {'; '.join(sorted(reasons)[:3])}"
    return f"{search.name}: {best_text(search)}; {tried}\n  {search.best[0]}"
