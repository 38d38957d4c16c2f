"""What tests of the search share: a small space, small workloads, and costs that need no run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.planning.space.walk import Choice, Point, Space, Value
from isa_mapper.search.cost.model import Cost, Status, failure
from isa_mapper.search.workload import Proposal, Workload, prepared


class Bowl(Space):
    """A grid of 40 x 40 points whose cost is least at (31, 9), and 9 for what is of another way."""

    side = 40

    @property
    def default(self) -> Point:
        return Point.of({"way": "grid", "x": 5, "y": 35})

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        if "way" not in chosen:
            return Choice("way", ("grid", "line"))
        if "x" not in chosen:
            return Choice("x", tuple(range(self.side)))
        if "y" not in chosen and chosen["way"] == "grid":
            return Choice("y", tuple(range(self.side)), is_last=True)
        return None


def bowl_cost(point: Mapping[str, Value]) -> float:
    """The cost of a point."""
    if point["way"] == "line":
        return 9.0
    return 0.1 + ((int(point["x"]) - 31) ** 2 + (int(point["y"]) - 9) ** 2) / 1000


def product(m: int, n: int, k: int, target: str = "npu4", types: str = "i8,i8,i32") -> Workload:
    """A matrix product for a machine."""
    module = einsum_module("mk,kn->mn", {"m": m, "n": n, "k": k}, types.split(","))
    return Workload(str(module), f"{m}x{n}x{k}", "kernel", target)


@dataclass(frozen=True)
class Counted:
    """The planner's estimate as if it were measured, with failures: no plan is run.

    `bad` is how many of ten plans fail, each in one of the ways in which plans fail.
    """

    name: ClassVar[str] = "simulated"

    bad: int = 0

    def estimate(self, proposal: Proposal) -> Cost:
        """The cost of a proposal."""
        tunable = prepared(proposal.workload).statements[proposal.statement]
        lot = sum(map(ord, str(proposal.point))) % 10
        if lot < self.bad and proposal.point != tunable.space.default:
            status = list(Status)[1 + lot % (len(Status) - 1)]
            return failure(status, f"as lot {lot} says")
        cycles = tunable.space.estimate(proposal.point).cycles
        return Cost(cycles, "cycles", ratio=cycles / tunable.cycles)


@pytest.fixture
def workload() -> Workload:
    """A small workload for a machine with engines."""
    return product(8, 8, 8)
