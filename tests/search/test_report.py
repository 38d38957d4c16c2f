"""The report is one well-formed page with what was found, and nothing from elsewhere."""

import re
from xml.etree import ElementTree

import pytest

from isa_mapper.search.report import Chart, report
from isa_mapper.search.strategies.strategy import find_strategy
from isa_mapper.search.tuner import Budget, Search, Tuner
from isa_mapper.search.workers import Workers

from .conftest import Counted, product


def searches(bad: int) -> list[Search]:
    model = Counted(bad)
    workers, budget = Workers(model), Budget(30)
    tuner = Tuner(find_strategy("random"), "random", model, workers, budget=budget)
    return tuner.tune([product(8, 8, 8), product(16, 8, 12)])


@pytest.mark.parametrize("bad", [0, 7])
def test_a_page(bad: int) -> None:
    found = searches(bad)
    text = report(found)
    assert not re.search(r"(src|href)=|https?:|@import|<script", text)
    charts = re.findall(r"<svg.*?</svg>", text, re.S)
    assert len(charts) == len(found) == 2
    for search, chart in zip(found, charts, strict=True):
        root = ElementTree.fromstring(chart)
        circles = root.findall("circle")
        failed = [one for one in circles if one.get("class") == "failed"]
        assert len(circles) == len(search.costs) == 30
        assert len(failed) == sum(search.failures.values())
        assert bool(failed) == bool(bad)
        (path,) = root.findall("path")
        heights = re.findall(r"(?:M\S+ |V)([\d.]+)", path.get("d") or "")
        assert heights == sorted(heights, key=float)  # better is further down
        assert search.best is not None
        assert str(search.best[0]) in text
        assert search.best[1].text in text
    table = ElementTree.fromstring(text[text.index("<table>") : text.index("</table>") + 8])
    assert [row[0].text for row in table[1:]] == [search.name for search in found]
    assert ("Failed: " in text) == bool(bad)


def test_a_chart_has_room_for_everything() -> None:
    chart = Chart.of([1.0, 0.3, None, 50.0])
    assert chart.x(0) < chart.x(3)
    assert chart.y(0.3) > chart.y(1.0) > chart.y(8.0) == chart.y(50.0)
    assert Chart.of([]).count == 0
    assert Chart.of([None]).best([None]) == '<path class="best" d=""/>'
