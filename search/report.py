"""A report of searches as one HTML file: a table, the roofline, and per search its course and the best plan."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .charts import progress_chart, roofline_chart
from .cost.model import Cost, Status
from .roofline import Roofline
from .tuner import Search

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; border-bottom: 1px solid #8888; }
td + td, th + th { text-align: right; } pre { overflow-x: auto; font-size: 13px; } img { max-width: 100%; }
"""


def report(searches: Sequence[Search], compared: str = "") -> str:
    """The report as the text of an HTML file, which needs nothing else.

    Args:
        searches: What is reported.
        compared: How well models order plans, as text, if that is known.

    Raises:
        UserError: Matplotlib is not installed.
    """
    models = f"<h2>Cost models</h2>\n<pre>{escape(compared)}</pre>" if compared else ""
    parts = [_table(searches), _roofline(searches), models, *map(_section, searches)]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Search for plans</title>\n'
        f"<style>{STYLE}</style>\n<h1>Search for plans</h1>\n{body}\n</html>\n"
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


def _roofline(searches: Sequence[Search]) -> str:
    """The kernels under the roof of their machine, where there is something to show."""
    found = Roofline.of(searches)
    if not found.places:
        return ""
    source = (
        f"Ceilings: {found.source}."
        if found.peaks or found.bandwidths
        else "The ceilings are not known."
    )
    words = "From the default plans (rings) to the best (dots); every byte of the arguments counts once."
    return f"<h2>Roofline</h2>\n{roofline_chart(found)}\n<p>{words} {escape(source)}</p>"


def _section(search: Search) -> str:
    """What there is to say of one statement."""
    parts = [f"<h2>{escape(search.name)}</h2>", progress_chart(list(search.costs.values()))]
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


def _speed(cost: Cost) -> str:
    return f"{1 / cost.ratio:.2f}" if cost.ratio else "-"
