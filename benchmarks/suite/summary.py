"""Judge a run: per group and bar the geometric mean of the ratios, the worst one, met or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .groups import GROUPS, Bar, Group
from .record import CaseRecord
from .sampling import geometric_mean


@dataclass(frozen=True)
class Verdict:
    """How the cases of a group stand against one bar, or against a peer without a bar."""

    group: str
    peer: str
    note: str
    wanted: float | None
    wanted_worst: float | None
    mean: float
    worst: float
    worst_case: str
    cases: int

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        if self.wanted is None:
            return None
        return self.mean >= self.wanted and self.worst >= (self.wanted_worst or 0.0)

    @property
    def says(self) -> str:
        """The verdict in a word."""
        return {None: "-", True: "met", False: "NOT MET"}[self.met]


def verdicts(group: Group, records: Sequence[CaseRecord]) -> list[Verdict]:
    """Return what comes of a group: first its bars, then all other peers."""
    mine = [record for record in records if record.group == group.name]
    peers = list(dict.fromkeys(name for record in mine for name in record.outcomes))
    with_bars = {bar.peer for bar in group.bars}
    bars = [*group.bars, *(Bar(name, 0.0) for name in peers if name not in with_bars)]
    found = [_verdict(group, bar, mine) for bar in bars if bar.peer in peers]
    return [verdict for verdict in found if verdict is not None]


def _verdict(group: Group, bar: Bar, records: Sequence[CaseRecord]) -> Verdict | None:
    """Judge one bar; None where nothing was measured for it."""
    ratios = {
        record.name: ratio
        for record in records
        if bar.only(record)
        and bar.peer != record.ours
        and (ratio := record.ratio(bar.peer, bar.ours))
    }
    if not ratios:
        return None
    worst = min(ratios, key=lambda name: ratios[name])
    return Verdict(
        group.name,
        bar.peer,
        bar.note,
        bar.mean or None,
        bar.worst,
        geometric_mean(list(ratios.values())),
        ratios[worst],
        worst,
        len(ratios),
    )


def all_verdicts(records: Sequence[CaseRecord]) -> list[Verdict]:
    """Return the verdicts of all groups."""
    return [verdict for group in GROUPS for verdict in verdicts(group, records)]
