"""TVM's results are right with its weights reordered; a schedule is searched for once."""

from pathlib import Path

import pytest
from suite import peers
from suite.cases import Case, Convolution, Depthwise, Gemm, Recurrent
from suite.lists import F32
from suite.memory import placed
from suite.peer import Settings, Unsupported
from suite.peers import tvm_search
from suite.peers.tvm_expressions import expression
from suite.peers.tvm_tuned import PINNED, TvmTuned
from suite.race import wrong
from suite.worker import Ready

from isa_mapper.runtime.reference import reference

CASES = [
    Gemm(F32, 5, 48, 6),
    Convolution(F32, 1, (9, 10), 4, 16, (3, 3), (2, 1), (1, 1)),
    Depthwise(F32, 2, (7, 6), 16, 16, (3, 3), (1, 1), (1, 0)),
]

needs_tvm = pytest.mark.skipif(TvmTuned.missing(Settings()) != "", reason="TVM is not installed")


def test_it_takes_part_only_where_it_is_named():
    assert "tvm" in peers.ON_REQUEST
    assert peers.peer_class("tvm") is TvmTuned


def test_what_is_missing_is_named_with_the_versions_that_work(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(PINNED, "apache-tvm-ffi", "0.0.0")
    assert "pip install" in TvmTuned.missing(Settings())
    assert "apache-tvm-ffi==0.0.0" in TvmTuned.missing(Settings())


def test_recurrent_layers_are_refused():
    with pytest.raises(Unsupported, match="no expression for Recurrent"):
        expression(Recurrent(F32, "gru", 8, 1, 2))


@needs_tvm
@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case).__name__)
def test_results_are_right_and_the_second_time_needs_no_search(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ISA_MAPPER_CACHE", str(tmp_path))
    monkeypatch.setattr(tvm_search, "TRIALS", 2)
    expected = reference(case.build(), None, case.arrays())
    for _ in range(2):
        prepared = TvmTuned(Settings()).prepare(case, [placed(array) for array in case.arrays()])
        prepared.call()
        assert prepared.results is not None
        assert wrong(Ready(prepared.results(), 0.0), expected) == ""
        monkeypatch.setattr(tvm_search, "_search", None)
