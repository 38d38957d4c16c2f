"""Workers answer, whatever a peer does; a race checks all results and times the right ones."""

from pathlib import Path

import numpy as np
import pytest
from suite.cases import Gemm
from suite.lists import F32
from suite.peer import Peer, Settings
from suite.race import Effort, race, wrong
from suite.sampling import Sample
from suite.worker import Failed, Prepare, Ready, Take, Worker

CASE = Gemm(F32, 5, 8, 6)
QUICKLY = Effort(rounds=3, seconds=0.1)


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, type[Peer]]:
    """The fakes, importable in other processes."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import fake_peers

    return {name: cls for name, cls in vars(fake_peers).items() if isinstance(cls, type)}


def prepared(worker: Worker, case: Gemm = CASE) -> Ready | Failed:
    worker.send(Prepare(case))
    return worker.receive(Ready)


def test_a_worker_prepares_and_takes_samples(
    peers: dict[str, type[Peer]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    worker = Worker(peers["Right"], Settings(threads=2))
    try:
        assert worker.ask(Take()) == Failed("nothing is prepared")
        ready = prepared(worker)
        assert isinstance(ready, Ready)
        assert ready.notes == {"variable": "set", "threads": "2", "core": None}
        assert ready.results is not None
        np.testing.assert_array_equal(ready.results[0], np.matmul(*CASE.arrays()))
        sample = worker.ask(Take())
        assert isinstance(sample, Sample)
        assert 0 < sample.wall < 1
        assert 0 < sample.clock <= 1
    finally:
        worker.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Refuses", "never heard of it"), ("Raises", "ValueError: a fault")],
)
def test_a_peer_that_fails_says_why(peers: dict[str, type[Peer]], name: str, reason: str):
    worker = Worker(peers[name], Settings())
    try:
        assert prepared(worker) == Failed(reason)
    finally:
        worker.close()


def test_a_process_that_crashes_is_started_again(peers: dict[str, type[Peer]]):
    worker = Worker(peers["Crashes"], Settings())
    try:
        assert prepared(worker, Gemm(F32, 7, 8, 6)) == Failed("its process ended with 3")
        assert isinstance(prepared(worker), Ready)
    finally:
        worker.close()


def test_a_process_that_hangs_is_ended(peers: dict[str, type[Peer]]):
    worker = Worker(peers["Hangs"], Settings(), patience=1)
    assert prepared(worker) == Failed("no answer within 1 s")


def test_only_right_results_are_timed(peers: dict[str, type[Peer]]):
    workers = {name: Worker(peers[name], Settings()) for name in ("Right", "Wrong", "Refuses")}
    try:
        outcomes = race(CASE, workers, QUICKLY)
    finally:
        for worker in workers.values():
            worker.close()
    times = outcomes["Right"].times
    assert times is not None
    assert times.taken == 3
    assert 0 < times.best <= times.median
    assert outcomes["Wrong"].times is None
    assert "1 of 40 elements wrong, such as [1, 2]" in outcomes["Wrong"].failure
    assert outcomes["Refuses"].failure == "never heard of it"


def test_results_are_checked_in_the_type_of_the_peer():
    expected = [(np.full((2, 2), 1000.0), np.full((2, 2), 1e-3))]
    near, far = np.full((2, 2), 1000.5), np.full((2, 2), 1008.0)
    assert "4 of 4 elements wrong" in wrong(Ready([near], 0.0), expected)
    assert wrong(Ready([near], 2**-8), expected) == ""
    assert "4 of 4 elements wrong" in wrong(Ready([far], 2**-8), expected)
    assert wrong(Ready([near[0]], 1.0), expected).startswith("wrong: a result of shape (2,)")
    assert wrong(Ready(None, 0.0), expected) == ""
