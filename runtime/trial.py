"""Plans on trial: what the cost model estimates beside the cycles that the simulated machine takes.

For kernels of one statement on machines with scratchpads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp
from ..mapping.statement import statement_of
from ..planning.problem import Problem
from ..planning.scratchpad import ScratchpadPlan, ScratchpadSpace
from ..simulator.elements import Array
from ..simulator.signature import entry_function
from .simulated import simulate
from .staged import Staged


@dataclass(frozen=True)
class Trial:
    """A plan, its estimate, and how long it took."""

    plan: ScratchpadPlan
    estimate: float
    cycles: int


class Trials:
    """The plans of a kernel, all with the mapping that is ranked first of those that have any.

    Args:
        module: One function with one statement, at the kernel level; it is not changed.
        target: The machine.

    Raises:
        UserError: There are several statements, or none of the plans here is for them.
    """

    def __init__(self, module: ModuleOp, target: str) -> None:
        self._entry = entry_function(module, None).sym_name.data
        self._staged = Staged(module, target)
        self.space = self._space()

    def _space(self) -> ScratchpadSpace:
        """The space of the first mapping that has one."""
        found, machine = self._staged.statements, self._staged.machine
        if len(found) != 1:
            message = f"plans are tried on one statement, here are {len(found)}"
            raise UserError(message, self._staged.module)
        for mapping in self._staged.mappings(0):
            name = mapping.instruction.nested_references.data[-1].data
            instruction = machine.lookup(name)
            if not isinstance(instruction, InstructionOp):
                continue
            problem = Problem(statement_of(found[0]), mapping, instruction, machine)
            space = ScratchpadSpace.of(problem) if problem.is_in_rows else None
            if space is not None and any(True for _ in space.plans()):
                return space
        message = f"no plan for scratchpads of @{machine.symbol} does this statement"
        raise UserError(message, found[0])

    def sample(self, count: int, seed: int = 0) -> list[ScratchpadPlan]:
        """So many plans at random, or all that there are."""
        plans = list(self.space.plans())
        chosen = np.random.default_rng(seed).permutation(len(plans))[:count]
        return [plans[index] for index in chosen]

    def run(self, plan: ScratchpadPlan, arrays: Sequence[Array]) -> tuple[Trial, list[Array]]:
        """Carry out a plan on the simulated machine; returns the results too.

        Raises:
            UserError: The plan cannot be carried out.
        """
        lowered = self._staged.lowered({0: plan.schedule()})
        result, outputs = simulate(lowered, self._entry, arrays)
        return Trial(plan, plan.cycles(), result.cycles), outputs


def rank_agreement(trials: Sequence[Trial]) -> float:
    """The rank correlation between estimates and cycles."""
    return rank_correlation([t.estimate for t in trials], [t.cycles for t in trials])


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's correlation between the ranks of two lists: 1 if they order alike.

    Ranks of equals are their mean; 0 where all of one list are equal.
    """
    ranks = np.array([_ranks(first), _ranks(second)])
    if not np.ptp(ranks, axis=1).all():
        return 0.0
    return float(np.corrcoef(ranks)[0, 1])


def _ranks(values: Sequence[float]) -> Array:
    """The rank of every value; the mean of them for equal ones."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
