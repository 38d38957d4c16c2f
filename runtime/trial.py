"""Plans on trial: what the cost model estimates beside the cycles that the simulated machine takes.

For kernels of one statement on machines with scratchpads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, ModuleOp
from xdsl.dialects.linalg.ops import GenericOp

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp
from ..dialects.machines import find_target
from ..dialects.plan import MAPPINGS, SCHEDULE, MappingAttr
from ..mapping.statement import statement_of
from ..passes.compile import CompilePass
from ..passes.plan_schedule import PlanSchedulePass
from ..planning.problem import Problem
from ..planning.scratchpad import ScratchpadPlan, ScratchpadSpace
from ..simulator.elements import Array
from ..simulator.signature import entry_function
from .pipeline import Lowered, new_context
from .simulated import simulate


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
        self._target = target
        self._context = new_context()
        self._entry = entry_function(module, None).sym_name.data
        self._module = module.clone()
        stages = CompilePass(target=target).stages()
        planned = [stage.name for stage in stages].index(PlanSchedulePass.name)
        self._rest = stages[planned:]
        for stage in stages[:planned]:
            stage.apply(self._context, self._module)
        self.space = self._space()

    def _space(self) -> ScratchpadSpace:
        """The space of the first mapping that has one."""
        op, machine = _statement(self._module), find_target(self._target, self._module)
        for mapping in cast(ArrayAttr[MappingAttr], op.attributes[MAPPINGS]):
            name = mapping.instruction.nested_references.data[-1].data
            instruction = machine.lookup(name)
            if not isinstance(instruction, InstructionOp):
                continue
            problem = Problem(statement_of(op), mapping, instruction, machine)
            space = ScratchpadSpace.of(problem) if problem.is_in_rows else None
            if space is not None and any(True for _ in space.plans()):
                return space
        raise UserError(f"no plan for scratchpads of @{machine.symbol} does this statement", op)

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
        module = self._module.clone()
        _statement(module).attributes[SCHEDULE] = plan.schedule()
        for stage in self._rest:
            stage.apply(self._context, module)
        machine = find_target(self._target, module)
        lowered = Lowered(module, (plan.schedule(),), machine)
        result, outputs = simulate(lowered, self._entry, arrays)
        return Trial(plan, plan.cycles(), result.cycles), outputs


def _statement(module: ModuleOp) -> GenericOp:
    """The one statement of a module that has mappings.

    Raises:
        UserError: There is not exactly one.
    """
    found = [op for op in module.walk() if isinstance(op, GenericOp) and MAPPINGS in op.attributes]
    if len(found) != 1:
        raise UserError(f"plans are tried on one statement, here are {len(found)}", module)
    return found[0]


def rank_agreement(trials: Sequence[Trial]) -> float:
    """Spearman's correlation between the ranks of estimates and cycles: 1 if they order alike.

    Ranks of equals are their mean.
    """
    ranks = np.array([_ranks([t.estimate for t in trials]), _ranks([t.cycles for t in trials])])
    return float(np.corrcoef(ranks)[0, 1])


def _ranks(values: Sequence[float]) -> Array:
    """The rank of every value; the mean of them for equal ones."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
