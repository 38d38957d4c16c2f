"""The cycles of a simulated machine with engines; results are checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from ...dialects.errors import UserError
from ...runtime.simulated import simulate
from ..workload import Proposal, prepared
from .model import Cost, Status, failure
from .reference import inputs_and_results, wrong


@dataclass(frozen=True)
class Simulated:
    """Runs the program in binary on the simulated machine; `seed` is that of the inputs."""

    name: ClassVar[str] = "simulated"

    seed: int = 0

    def estimate(self, proposal: Proposal) -> Cost:
        """The cycles of the whole kernel."""
        default = _default(self, proposal.default)
        cost = default if proposal == proposal.default else self.attempt(proposal)
        if not cost.is_right or not default.is_right:
            return cost
        return replace(cost, ratio=cost.value / default.value)

    def attempt(self, proposal: Proposal) -> Cost:
        """The cost without the ratio."""
        try:
            return self._run(proposal)
        except UserError as error:
            return failure(Status.REFUSED, error.message)
        except Exception as error:
            return failure(Status.FAILED, f"{type(error).__name__}: {error}")

    def _run(self, proposal: Proposal) -> Cost:
        workload = proposal.workload
        ready = prepared(workload)
        if not ready.staged.machine.engines:
            raise UserError(f"@{ready.staged.machine.symbol} has no engines to simulate")
        arrays, _ = inputs_and_results(workload, self.seed)
        result, outputs = simulate(ready.lowered(proposal), workload.entry, arrays)
        mistake = wrong(workload, outputs, self.seed)
        if mistake is not None:
            return failure(Status.WRONG, mistake)
        limit = result.bound
        reason = f"the {limit.name} take {limit.cycles:.0f} cycles" if limit is not None else ""
        return Cost(result.cycles, "cycles", reason)


@lru_cache(maxsize=16)
def _default(model: Simulated, proposal: Proposal) -> Cost:
    """The cost of a default plan, which many others are compared with."""
    return model.attempt(proposal)
