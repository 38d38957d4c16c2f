"""The planner's own estimate: memory levels, ports and start-up, by counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..workload import Proposal, prepared
from .model import Cost


@dataclass(frozen=True)
class Analytical:
    """Estimates one statement, in cycles, and says what bounds it."""

    name: ClassVar[str] = "analytical"

    def estimate(self, proposal: Proposal) -> Cost:
        """The estimate for the statement that the proposal plans."""
        tunable = prepared(proposal.workload).statements[proposal.statement]
        found = tunable.space.estimate(proposal.point)
        ratio = found.cycles / tunable.cycles
        return Cost(found.cycles, "cycles", found.reason, ratio=ratio, bytes=found.bytes)
