"""Judge a run: per group and bar the geometric mean of the ratios, the worst one, met or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .groups import GROUPS, Bar, Group
from .peers import LIMITS
from .record import CaseRecord
from .sampling import geometric_mean


@dataclass(frozen=True)
class Verdict:
    """How the cases of a group stand against one bar, or against a peer without a bar.

    `limit` is what the mean would be if ours took only as long as the machine's limits, computing
    or reading, whichever takes longer; None where these were not measured.
    """

    group: str
    peer: str
    note: str
    wanted: float | None
    wanted_worst: float | None
    mean: float
    worst: float
    worst_case: str
    cases: int
    limit: float | None = None

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
        _at_the_limit(bar.peer, [record for record in records if record.name in ratios]),
    )


def _at_the_limit(peer: str, records: Sequence[CaseRecord]) -> float | None:
    """The mean ratio of a peer's time to what the machine's limits allow."""
    ratios: list[float] = []
    for record in records:
        found = [record.seconds(name) for name in LIMITS]
        limits = [seconds for seconds in found if seconds is not None]
        theirs = record.seconds(peer)
        if peer in LIMITS or not limits or theirs is None:
            return None
        ratios.append(theirs / max(limits))
    return geometric_mean(ratios)


def all_verdicts(records: Sequence[CaseRecord]) -> list[Verdict]:
    """Return the verdicts of all groups."""
    return [verdict for group in GROUPS for verdict in verdicts(group, records)]
