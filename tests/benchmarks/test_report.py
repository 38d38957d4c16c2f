"""Ratios, verdicts, records and the page that is made of them."""

from dataclasses import replace
from pathlib import Path

import pytest
import report
from suite.groups import GROUPS
from suite.peers import PEERS, peer_class
from suite.race import Outcome
from suite.record import CaseRecord, Run
from suite.report import document
from suite.sampling import Times
from suite.summary import Verdict, verdicts
from suite.table import line, summary

SKINNY = next(group for group in GROUPS if group.name == "gemm-f32-skinny")
MACHINE = {
    **{"processor": "a CPU", "cores": 2, "caches": {"L1": 32768}, "compiler": "cc 1"},
    "versions": {"numpy": "2"},
}


def timed(seconds: float, **notes: object) -> Outcome:
    return Outcome(Times(seconds, seconds, 7, 7), "", notes)


def case(name: str, weight_bytes: int = 1 << 20, **seconds: float) -> CaseRecord:
    outcomes = {peer.replace("_", "-"): timed(time) for peer, time in seconds.items()}
    return CaseRecord(SKINNY.name, name, ("f32",) * 3, 10**9, weight_bytes, outcomes)


RECORDS = [
    case("16x64x64", ours=2.0, torch_best=2.0, torch=4.0, peak=1.0),
    case("32x64x64", ours=1.0, torch_best=4.0, torch=9.0, peak=0.9),
]


def of(peer: str, found: list[Verdict]) -> Verdict:
    return next(verdict for verdict in found if verdict.peer == peer)


def run_of(records: list[CaseRecord]) -> Run:
    configurations = {"ours": "a plan", "torch": "eager"}
    missing = {"onnxruntime": "no"}
    return Run("2026-01-01", "a command", 1, MACHINE, configurations, missing, records)


def test_bars_are_geometric_means():
    best = of("torch-best", verdicts(SKINNY, RECORDS))
    assert best.mean == pytest.approx(2.0)
    assert (best.worst, best.worst_case, best.cases) == (1.0, "16x64x64", 2)
    assert best.met
    assert of("torch", verdicts(SKINNY, RECORDS)).mean == pytest.approx(18**0.5)


def test_one_slow_case_breaks_a_bar():
    records = [*RECORDS, case("64x64x64", ours=1.0, torch_best=0.97)]
    best = of("torch-best", verdicts(SKINNY, records))
    assert best.mean > 1.25
    assert not best.met


def test_bars_for_some_cases_leave_out_the_others():
    records = [*RECORDS, case("64x4096x4096", 1 << 40, ours=1.0, peak=0.7)]
    peaks = [verdict for verdict in verdicts(SKINNY, records) if verdict.peer == "peak"]
    assert [verdict.cases for verdict in peaks] == [2, 1]
    assert [verdict.met for verdict in peaks] == [False, True]


def test_weights_packed_ahead_are_what_counts():
    records = [case("16x64x64", ours=2.0, ours_packed=1.0, torch_best=1.5)]
    found = verdicts(SKINNY, records)
    assert of("torch-best", found).mean == pytest.approx(1.5)
    assert of("ours", found).mean == pytest.approx(2.0)
    assert not [verdict for verdict in found if verdict.peer == "ours-packed"]


def test_what_the_limits_of_the_machine_allow():
    records = [
        case("16x64x64", ours=2.0, torch_best=3.0, peak=1.0, bandwidth=1.5),
        case("32x64x64", ours=1.0, torch_best=4.0, peak=0.5),
    ]
    found = verdicts(SKINNY, records)
    assert of("torch-best", found).limit == pytest.approx((3.0 / 1.5 * 4.0 / 0.5) ** 0.5)
    assert of("peak", found).limit is None


def test_a_case_that_we_cannot_compile_is_a_line_with_the_reason():
    failed = replace(RECORDS[0], outcomes={**RECORDS[0].outcomes, "ours": Outcome(None, "no plan")})
    assert failed.ours is None
    assert "    ours: no plan" in line(failed, ["ours", "torch"])
    assert of("torch", verdicts(SKINNY, [failed, RECORDS[1]])).cases == 1
    assert "* 16x64x64: ours: no plan" in document(run_of([failed]))


def test_a_record_is_read_as_it_was_written(tmp_path: Path):
    run = run_of([*RECORDS, replace(RECORDS[0], outcomes={"ours": Outcome(None, "no plan")})])
    run.write(tmp_path / "run.json")
    assert Run.read(tmp_path / "run.json") == run


def test_the_page_has_ratios_first_and_says_how():
    noted = {"to_c_seconds": 0.5, "compiler_seconds": 0.25}
    outcomes = {**RECORDS[0].outcomes, "ours": timed(2.0, **noted)}
    page = document(run_of([replace(RECORDS[0], outcomes=outcomes), RECORDS[1]]))
    assert (
        "| torch-best | 2 | **2.00** | >= 1.25, none under 0.98 | met | 2.98 | 1.00 at 16x" in page
    )
    assert "| onnxruntime | left out: no |" in page
    assert "| gemm-f32-skinny | 0.50 | 0.50 | 0.25 | 0.25 |" in page
    assert "| 32x64x64 | 1.0 | 0.2 | 0.1 | 1.1 |" in page
    assert page.index("## Ratios") < page.index("## Who is compared") < page.index("32x64x64 | 1.0")


def test_disturbed_times_are_marked():
    busy = Outcome(Times(2.0, 2.0, 1, 7), "")
    record = replace(RECORDS[0], outcomes={"ours": busy})
    assert "~0.5" in line(record, ["ours"])
    assert "| 16x64x64 | ~0.5 |" in document(run_of([record]))


def test_runs_of_groups_are_joined():
    one, other = run_of([RECORDS[0]]), run_of([replace(RECORDS[0], operations=5), RECORDS[1]])
    assert [case.operations for case in report.joined([one, other]).cases] == [5, 10**9]
    with pytest.raises(ValueError, match="other threads"):
        report.joined([one, replace(other, threads=2)])


def test_the_table_of_verdicts():
    text = summary(verdicts(SKINNY, RECORDS))
    words = " ".join(text.splitlines()[2].split())
    assert words == "gemm-f32-skinny torch-best 2 2.00 1.25 met 1.00 at 16x64x64"


def test_every_peer_of_the_table_is_there():
    for name in PEERS:
        assert peer_class(name).configuration
    named = {bar.peer for group in GROUPS for bar in group.bars}
    assert named <= {*PEERS}
