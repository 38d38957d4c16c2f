"""Workers may die: every proposal still gets a cost, and every trial a record."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.planning.records import OK, read
from isa_mapper.search.cost.model import Cost, Status
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Tuner
from isa_mapper.search.workers import ATTEMPTS, Workers, cluster, processes
from isa_mapper.search.workload import Proposal, Workload, prepared


@dataclass(frozen=True)
class Deadly:
    """Kills its process where a file tells it to, once or always; else takes a moment."""

    name: ClassVar[str] = "simulated"

    folder: str
    always: bool = False
    seconds: float = 0.0

    def estimate(self, proposal: Proposal) -> Cost:
        """A cost made up from the proposal."""
        time.sleep(self.seconds)
        order = Path(self.folder) / f"kill {hash_of(proposal)}"
        if order.exists():
            if not self.always:
                order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return Cost(hash_of(proposal), "cycles", f"by {os.getpid()}", ratio=1.0)


def hash_of(proposal: Proposal) -> int:
    return sum(i * ord(c) for i, c in enumerate(str(proposal.point)))


def proposals(workload: Workload, count: int) -> list[Proposal]:
    space = prepared(workload).statements[0].space
    return [Proposal(workload, 0, point) for point in space.sample(count)]


def costs(workers: Workers, asked: Sequence[Proposal]) -> dict[Proposal, Cost]:
    found = list(workers.run(asked))
    assert len(found) == len(asked) == len(dict(found))
    return dict(found)


def test_what_a_dead_process_was_doing_is_done_again(tmp_path: Path, workload: Workload) -> None:
    asked = proposals(workload, 12)
    for proposal in asked[3:5]:
        (tmp_path / f"kill {hash_of(proposal)}").touch()
    with Workers(Deadly(str(tmp_path)), lambda: processes(2)) as workers:
        found = costs(workers, asked)
    assert all(cost.value == hash_of(proposal) for proposal, cost in found.items())
    assert all(cost.status == Status.OK for cost in found.values())
    assert str(os.getpid()) not in {cost.reason.split()[1] for cost in found.values()}
    assert not list(tmp_path.iterdir())


def test_what_kills_every_worker_fails(tmp_path: Path, workload: Workload) -> None:
    asked = proposals(workload, 4)
    (tmp_path / f"kill {hash_of(asked[0])}").touch()
    with Workers(Deadly(str(tmp_path), always=True), lambda: processes(1)) as workers:
        found = costs(workers, asked)
    assert found[asked[0]].status == Status.FAILED
    assert found[asked[0]].reason == f"its worker died {ATTEMPTS} times"
    assert all(found[one].status == Status.OK for one in asked[1:])


@dataclass(frozen=True)
class Signals:
    """Says which process it is in, and whether it leaves interrupts to others."""

    name: ClassVar[str] = "simulated"

    def estimate(self, proposal: Proposal) -> Cost:
        time.sleep(0.1)
        is_blocked = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
        return Cost(float(is_blocked), "cycles", f"by {os.getpid()}")


def test_processes_leave_interrupts_to_who_asked(workload: Workload) -> None:
    """From their first moment: nothing but the mask that they start with is looked at."""
    with Workers(Signals(), lambda: processes(2)) as workers:
        found = costs(workers, proposals(workload, 6))
    assert all(cost.value for cost in found.values())
    assert str(os.getpid()) not in {cost.reason.split()[1] for cost in found.values()}
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


class Careless(Executor):
    """Loses the first of what it is given, in the way in which Dask says so."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2)
        self._lost = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run it, or lose it."""
        self._lost += 1
        if self._lost == 1:
            future: Future[Any] = Future()
            future.set_exception(RuntimeError("KilledWorker"))
            return future
        return self._pool.submit(fn, *args, **kwargs)


def test_any_executor_will_do(tmp_path: Path, workload: Workload) -> None:
    asked = proposals(workload, 6)
    with Workers(Deadly(str(tmp_path)), Careless) as workers:
        found = costs(workers, asked)
    assert all(cost.status == Status.OK for cost in found.values())


@pytest.fixture
def local_cluster() -> Iterator[Any]:
    """A Dask cluster of two processes on this computer."""
    distributed = pytest.importorskip("distributed", reason="needs the package distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_cluster_whose_worker_is_killed(
    local_cluster: Any, tmp_path: Path, workload: Workload
) -> None:
    """A plan kills the worker that runs it: all trials are accounted for, the records complete."""
    file, orders = tmp_path / "plans.jsonl", tmp_path / "orders"
    orders.mkdir()
    trials = 16
    order = find_strategy("random")(prepared(workload).statements[0].space, 0, lambda _: 0.0)
    victim = Proposal(workload, 0, order.ask(trials)[5])
    (orders / f"kill {hash_of(victim)}").touch()
    client = cluster(local_cluster.scheduler_address)
    try:
        model = Deadly(str(orders), seconds=0.05)
        with Workers(model, client.get_executor) as workers:
            tuner = Tuner(
                find_strategy("random"), "random", model, workers, file, Budget(trials), at_once=4
            )
            (search,) = tuner.tune([workload])
    finally:
        client.close()
    assert not list(orders.iterdir()), "no worker was killed"
    assert len(search.costs) == trials
    assert search.failures == {}
    records = list(read(file))
    assert len(records) == len({str(one.point) for one in records}) == trials
    assert all(one.status == OK for one in records)
    assert {one.cost for one in records} == {float(c.value) for c in search.costs.values()}
    pids = {one.reason for one in records}
    assert len(pids) >= 2, "one worker did everything"
    assert f"by {os.getpid()}" not in pids


def test_nobody_at_the_address() -> None:
    pytest.importorskip("distributed", reason="needs the package distributed")
    with pytest.raises(UserError, match="no Dask scheduler"):
        cluster("tcp://127.0.0.1:1")
