"""Print times while they come in, and the verdicts at the end."""

from __future__ import annotations

from collections.abc import Sequence

from .groups import Group
from .record import OURS, CaseRecord
from .summary import Verdict


def heading(group: Group, peers: Sequence[str]) -> str:
    """Return the first lines of a group's table."""
    cells = [f"{name:>15}" for name in peers]
    return f"\n{group.name}: {group.title}\n{'G operations/s':34}{''.join(cells)}"


def line(record: CaseRecord, peers: Sequence[str]) -> str:
    """Return a case's rates, and what is wrong with it."""
    cells = [_cell(record, name) for name in peers]
    problems = [
        f"    {name}: {outcome.failure}"
        for name, outcome in record.outcomes.items()
        if outcome.failure and (outcome.failure.startswith("wrong") or name in OURS)
    ]
    return "\n".join([f"{record.name:34}{''.join(cells)}", *problems])


def _cell(record: CaseRecord, peer: str) -> str:
    """Return a rate; marked `~` if most of its samples were disturbed."""
    rate, outcome = record.rate(peer), record.outcomes.get(peer)
    if rate is None or outcome is None or outcome.times is None:
        return f"{'-':>15}"
    noisy = "~" if outcome.times.disturbed else ""
    return f"{noisy + format(rate / 1e9, '.1f'):>15}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return the ratios of all groups."""
    head = (
        f"\n{'group':20}{'time of / ours':16}{'cases':>6}{'mean':>8}{'bar':>6}  {'':8}{'worst':>7}"
    )
    return "\n".join([head, *map(_summary_line, verdicts)])


def _summary_line(v: Verdict) -> str:
    wanted = "" if v.wanted is None else f"{v.wanted:.2f}"
    note = f"  [{v.note}]" if v.note else ""
    return (
        f"{v.group:20}{v.peer:16}{v.cases:>6}{v.mean:>8.2f}{wanted:>6}  {v.says:8}"
        f"{v.worst:>7.2f} at {v.worst_case}{note}"
    )
