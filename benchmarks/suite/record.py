"""What a run leaves behind: one record per case, and everything that is needed to judge it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .cases import Case
from .race import Outcome
from .sampling import Times

OURS = ("ours-packed", "ours")
"""Our own entries: the first that has times is what the others are compared with."""


@dataclass(frozen=True)
class CaseRecord:
    """The outcomes of one case by peer; times are seconds per call."""

    group: str
    name: str
    types: tuple[str, ...]
    operations: int
    weight_bytes: int
    outcomes: dict[str, Outcome]

    @classmethod
    def of(cls, group: str, case: Case, outcomes: dict[str, Outcome]) -> CaseRecord:
        """Return the record of a case."""
        return cls(group, case.name, case.types, case.operations, case.weight_bytes, outcomes)

    @property
    def ours(self) -> str | None:
        """Our entry with which the others are compared, None without times."""
        return next((name for name in OURS if self.seconds(name) is not None), None)

    def seconds(self, peer: str) -> float | None:
        """Return the median time of a peer."""
        outcome = self.outcomes.get(peer)
        return None if outcome is None or outcome.times is None else outcome.times.median

    def ratio(self, peer: str, ours: str | None = None) -> float | None:
        """Return a peer's time divided by ours, None unless both were measured.

        `ours` names our entry that is compared where it was measured, instead of the usual one.
        """
        mine = ours if ours is not None and self.seconds(ours) is not None else self.ours
        theirs, own = self.seconds(peer), None if mine is None else self.seconds(mine)
        return None if theirs is None or own is None else theirs / own

    def rate(self, peer: str) -> float | None:
        """Return the operations per second of a peer."""
        seconds = self.seconds(peer)
        return None if seconds is None else self.operations / seconds


@dataclass(frozen=True)
class Run:
    """A whole run."""

    date: str
    command: str
    threads: int
    machine: dict[str, Any]
    configurations: dict[str, str]
    """How each peer is set up."""
    missing: dict[str, str]
    """The peers that are not available, with the reason."""
    cases: list[CaseRecord] = field(default_factory=list[CaseRecord])

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Run:
        """Read what `write` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        cases = [_case(entry) for entry in data.pop("cases")]
        return cls(**data, cases=cases)


def _case(data: Mapping[str, Any]) -> CaseRecord:
    outcomes = {
        name: Outcome(entry["times"] and Times(**entry["times"]), entry["failure"], entry["notes"])
        for name, entry in data["outcomes"].items()
    }
    return CaseRecord(**{**data, "types": tuple(data["types"]), "outcomes": outcomes})
