"""The report is one page with what was found, and nothing from elsewhere; its charts show all of it."""

import re
import sys
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isa_mapper.search import charts
from isa_mapper.search.cost.model import Cost, Status, failure
from isa_mapper.search.report import report
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Search, Tuner
from isa_mapper.search.workers import Workers
from isa_mapper.tools import isa_tune

from .conftest import Counted, product

NEEDS_CHARTS = "needs the package matplotlib"
SVG = "{http://www.w3.org/2000/svg}"


def searches(bad: int) -> list[Search]:
    model = Counted(bad)
    workers, budget = Workers(model), Budget(30)
    tuner = Tuner(find_strategy("random"), "random", model, workers, budget=budget)
    return tuner.tune([product(8, 8, 8), product(16, 8, 12)])


def pictures(page: str) -> list[ElementTree.Element]:
    """The charts of a page."""
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page)
    return [ElementTree.fromstring(b64decode(data)) for data in found]


def marks(chart: ElementTree.Element, name: str) -> int:
    """How many marks a chart has in the groups of a name."""
    groups = chart.iterfind(f".//{SVG}g[@id='{name}']")
    # one alone is drawn as it is, several are copies of one that is defined before
    return sum(len([*group.iter(f"{SVG}use")] or [*group.iter(f"{SVG}path")]) for group in groups)


@pytest.mark.parametrize("bad", [0, 7])
def test_a_page(bad: int) -> None:
    pytest.importorskip("matplotlib", reason=NEEDS_CHARTS)
    found = searches(bad)
    text = report(found)
    assert not re.search(r'src="(?!data:)|href=|https?:|@import|<script', text)
    roofline, *courses = pictures(text)
    assert marks(roofline, "kernel") == len(courses) == len(found) == 2
    for search, chart in zip(found, courses, strict=True):
        failed = sum(search.failures.values())
        assert marks(chart, "tried") == len(search.costs) - failed == 30 - failed
        assert marks(chart, "failed") == failed
        assert bool(failed) == bool(bad)
        assert search.best is not None
        assert str(search.best[0]) in text
        assert search.best[1].text in text
    table = ElementTree.fromstring(text[text.index("<table>") : text.index("</table>") + 8])
    assert [row[0].text for row in table[1:]] == [search.name for search in found]
    assert ("Failed: " in text) == bool(bad)
    assert report(found) == text
    assert "Cost models" not in text
    assert "<pre>rank &lt; 1</pre>" in report(found, "rank < 1")


def test_the_best_so_far_only_goes_down() -> None:
    pytest.importorskip("matplotlib", reason=NEEDS_CHARTS)
    wrong = failure(Status.WRONG, "it is wrong")
    costs = [wrong, *(Cost(value, "cycles") for value in (1.0, 0.3, 50.0, 0.7, 0.2))]
    (chart,) = pictures(charts.progress_chart(costs))
    path = chart.find(f".//{SVG}g[@id='best']/{SVG}path")
    assert path is not None
    points = [tuple(map(float, p)) for p in re.findall(r"[ML] (\S+) (\S+)", path.get("d") or "")]
    assert points == sorted(points)  # an SVG's heights grow downwards
    assert len({height for _, height in points}) == 3


@pytest.mark.parametrize("costs", [[], [failure(Status.WRONG, "it is wrong")]])
def test_a_chart_of_nothing(costs: list[Cost]) -> None:
    pytest.importorskip("matplotlib", reason=NEEDS_CHARTS)
    (chart,) = pictures(charts.progress_chart(costs))
    assert marks(chart, "failed") == len(costs)


def test_what_is_missing_is_said_before_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    words = ["mk,kn->mn", "--sizes", "m=8,n=8,k=8", "--types", "i8,i8,i32", "--target", "npu4"]
    file = tmp_path / "plans.jsonl"
    assert isa_tune.main([*words, "--records", str(file), "--report", "-"]) == 1
    assert "pip install 'isa-mapper[viz]'" in capsys.readouterr().err
    assert not file.exists()
