"""A report of searches as one HTML file, which needs nothing else: their progress, the best plans, a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import inf, isfinite, log2

from .cost.model import Cost, Status
from .tuner import Search

WIDTH, HEIGHT, MARGIN = 640, 220, 44
"""Pixels of a chart, and of the space around it."""

MOST = 8.0
"""Ratios above are drawn at the top."""

STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #888; --line: #ddd; --dot: #7aa6d8; --best: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --soft: #999; --line: #444; --best: #fb923c; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; border-bottom: 1px solid var(--line); }
td + td, th + th { text-align: right; } pre { overflow-x: auto; font-size: 13px; }
svg { max-width: 100%; height: auto; } text { fill: var(--soft); font-size: 11px; }
circle { fill: var(--dot); } .failed { fill: none; stroke: var(--soft); } .grid { stroke: var(--line); }
.best { fill: none; stroke: var(--best); stroke-width: 2; }
"""


def report(searches: Sequence[Search]) -> str:
    """The report as the text of an HTML file."""
    sections = "\n".join(_section(search) for search in searches)
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Search for plans</title>\n'
        f"<style>{STYLE}</style>\n<h1>Search for plans</h1>\n{_table(searches)}\n{sections}\n</html>\n"
    )


def _table(searches: Sequence[Search]) -> str:
    """A row for every statement."""
    head = "".join(
        f"<th>{word}</th>" for word in ("kernel", "best", "x default", "plans", "failed")
    )
    rows: list[str] = []
    for search in searches:
        best = search.best
        cells = [search.name, "-", "-"]
        if best is not None:
            cells = [search.name, best[1].text, _speed(best[1])]
        cells += [str(len(search.costs)), str(sum(search.failures.values()))]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><tr>{head}</tr>\n" + "\n".join(rows) + "\n</table>"


def _section(search: Search) -> str:
    """What there is to say of one statement."""
    parts = [f"<h2>{escape(search.name)}</h2>", _chart(list(search.costs.values()))]
    if search.best is not None:
        point, cost = search.best
        steps = ",\n  ".join(s.text() for s in search.tunable.space.schedule(point).steps)
        counted = search.tunable.space.estimate(point).reason
        parts.append(f"<p>{escape(str(point))}</p><p>By counting it is {escape(counted)}.</p>")
        parts.append(f"<pre>{escape(f'[{steps}]')}</pre>")
        parts.append(f"<p>{escape(cost.reason)}</p>" if cost.reason else "")
    reasons = dict.fromkeys(c.reason for c in search.costs.values() if c.status != Status.OK)
    failures = ", ".join(f"{count} {status}" for status, count in search.failures.items())
    if failures:
        such = escape("; ".join(list(reasons)[:3]))
        parts.append(f"<p>Failed: {escape(failures)}, such as: {such}.</p>")
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Chart:
    """Where costs are drawn: ratios between `low` and `high`, `count` of them from left to right."""

    low: float
    high: float
    count: int

    @classmethod
    def of(cls, ratios: Sequence[float | None]) -> Chart:
        """The chart that has room for some ratios."""
        known = [ratio for ratio in ratios if ratio is not None] or [1.0]
        return cls(min(0.5, *known, 1.0), min(MOST, max(2.0, *known, 2.0)), len(ratios))

    def x(self, index: int) -> float:
        """Where a trial is drawn."""
        return round(MARGIN + index / max(1, self.count - 1) * (WIDTH - 2 * MARGIN), 1)

    def y(self, ratio: float) -> float:
        """Where a ratio is drawn; the scale is logarithmic."""
        share = log2(min(ratio, self.high) / self.low) / log2(self.high / self.low)
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    def grid(self) -> Iterator[str]:
        """Lines at powers of two."""
        for tick in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
            if self.low <= tick <= self.high:
                y, end = self.y(tick), WIDTH - MARGIN
                yield f'<line class="grid" x1="{MARGIN}" x2="{end}" y1="{y}" y2="{y}"/>'
                yield f'<text x="{MARGIN - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>'

    def dots(self, ratios: Sequence[float | None]) -> Iterator[str]:
        """A dot for every trial, a ring for what failed."""
        for index, ratio in enumerate(ratios):
            y = self.y(self.high if ratio is None else ratio)
            kind = ' class="failed"' if ratio is None else ""
            yield f'<circle cx="{self.x(index)}" cy="{y}" r="3"{kind}/>'

    def best(self, ratios: Sequence[float | None]) -> str:
        """The best so far, as a line."""
        path: list[str] = []
        best = inf
        for index, ratio in enumerate(ratios):
            path += [f"H{self.x(index)}"] if path else []
            if ratio is not None and ratio < best:
                best = ratio
                path.append(f"V{self.y(best)}" if path else f"M{self.x(index)} {self.y(best)}")
        return f'<path class="best" d="{" ".join(path)}"/>'


def _chart(costs: Sequence[Cost]) -> str:
    """The costs in the order of trials, over that of the first, and the best so far, as SVG."""
    first = next((cost.rank for cost in costs if isfinite(cost.rank)), 1.0)
    ratios = [cost.rank / first if isfinite(cost.rank) else None for cost in costs]
    chart = Chart.of(ratios)
    label = "trials in order; cost over that of the first, the default plan; rings failed"
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="costs of the plans">',
        *chart.grid(),
        *chart.dots(ratios),
        chart.best(ratios),
        f'<text x="{WIDTH // 2}" y="{HEIGHT - 12}" text-anchor="middle">{label}</text></svg>',
    ]
    return "\n".join(lines)


def _speed(cost: Cost) -> str:
    return f"{1 / cost.ratio:.2f}" if cost.ratio else "-"
