"""The protocol of cost models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from math import inf
from typing import Any, ClassVar, Literal, Protocol

from ...dialects.errors import UserError, did_you_mean
from ...planning.compiler_digest import compiler_digest
from ...planning.records import OK
from ..workload import Proposal
from . import COSTS
from . import __name__ as _PACKAGE


class Status(StrEnum):
    """What became of a plan."""

    OK = OK
    REFUSED = "refused"
    """A pass or the C compiler does not take it."""
    FAILED = "failed"
    """The compiler has a fault, or a worker was lost."""
    WRONG = "wrong"
    """Results are not those of the reference."""
    CRASHED = "crashed"
    """The process that ran it died."""
    TIMEOUT = "timeout"
    """It ran for too long."""


@dataclass(frozen=True)
class Cost:
    """What a plan costs.

    Attributes:
        value: Seconds or cycles of the whole kernel, as `unit` says; infinite if it failed.
        reason: What bounds it, or what went wrong, in words.
        status: What became of it.
        ratio: The value over that of the default plan.
        bytes: What goes to and comes from each memory, where that is known.
        cpu: The computer that it was measured on.
        compiler: What compiled it: what runs here, or on the computer of a cluster.
    """

    value: float
    unit: Literal["seconds", "cycles"]
    reason: str = ""
    status: Status = Status.OK
    ratio: float | None = None
    bytes: Mapping[str, float] = field(default_factory=dict[str, float])
    cpu: str = ""
    compiler: str = field(default_factory=compiler_digest)

    @property
    def text(self) -> str:
        """The value in words."""
        if self.unit == "cycles":
            return f"{self.value:.0f} cycles"
        return f"{self.value * 1e3:.4g} ms"

    @property
    def is_right(self) -> bool:
        """Whether the plan may be chosen."""
        return self.status == Status.OK

    @property
    def order(self) -> tuple[bool, float]:
        """The rank, after those of all costs with a ratio where there is none."""
        return self.ratio is None, self.rank

    @property
    def rank(self) -> float:
        """By what plans are compared: the ratio to the default plan where it is known."""
        if self.status != Status.OK:
            return inf
        return self.value if self.ratio is None else self.ratio


def failure(status: Status, reason: str, cpu: str = "") -> Cost:
    """The cost of a plan that must not be chosen."""
    return Cost(inf, "seconds", " ".join(reason.split()), status, cpu=cpu)


class CostModel(Protocol):
    """Says what a plan costs; an object of it can be sent to other processes."""

    name: ClassVar[str]

    def estimate(self, proposal: Proposal) -> Cost:
        """The cost of a proposal; what goes wrong with it is a cost too, never an error."""
        ...


def cost_model(name: str, **options: Any) -> CostModel:
    """The cost model of a name, with options.

    Raises:
        UserError: There is none.
    """
    if name not in COSTS:
        raise UserError(f"unknown cost model '{name}'", hint=did_you_mean(name, COSTS))
    module, _, attribute = COSTS[name].partition(":")
    return getattr(import_module(module, _PACKAGE), attribute)(**options)
