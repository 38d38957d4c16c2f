"""Modules on their way to the machine level that wait for plans: the same program under many plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from xdsl.dialects.builtin import ArrayAttr, ModuleOp
from xdsl.dialects.linalg.ops import GenericOp

from ..dialects.isa import TargetOp
from ..dialects.machines import find_target
from ..dialects.plan import MAPPINGS, SCHEDULE, MappingAttr, ScheduleAttr
from ..passes.compile import CompilePass
from ..passes.plan_schedule import PlanSchedulePass
from .pipeline import Lowered, new_context


class Staged:
    """A module after all passes that come before plans.

    Args:
        module: A module at the kernel or statement level; it is not changed.
        target: The machine, as for the option of the passes.
        threads: How many threads plans may use.

    Raises:
        UserError: The module cannot be compiled for the machine.
    """

    def __init__(self, module: ModuleOp, target: str, threads: int = 1) -> None:
        self.context = new_context()
        self.module = module.clone()
        compile_ = CompilePass(target=target, threads=threads)
        stages = compile_.stages()
        planned = [stage.name for stage in stages].index(PlanSchedulePass.name)
        self._compile, self._rest = compile_, stages[planned:]
        for stage in stages[:planned]:
            compile_.run_stage(stage, self.context, self.module)
        self.machine: TargetOp = find_target(target, self.module)
        self._target = target

    @property
    def statements(self) -> list[GenericOp]:
        """The statements that need a plan, in order."""
        return _statements(self.module)

    def mappings(self, index: int) -> tuple[MappingAttr, ...]:
        """The candidate mappings of a statement, best first."""
        found = cast(ArrayAttr[MappingAttr], self.statements[index].attributes[MAPPINGS])
        return tuple(found.data)

    def lowered(self, schedules: Mapping[int, ScheduleAttr]) -> Lowered:
        """The module compiled with plans for some statements, and default plans for the others.

        Raises:
            UserError: A plan cannot be carried out.
        """
        module = self.module.clone()
        statements = _statements(module)
        for index, schedule in schedules.items():
            statements[index].attributes[SCHEDULE] = schedule
        first, *rest = self._rest
        self._compile.run_stage(first, self.context, module)
        found = [op.attributes[SCHEDULE] for op in _with(module, SCHEDULE)]
        for stage in rest:
            self._compile.run_stage(stage, self.context, module)
        machine = find_target(self._target, module)
        return Lowered(module, tuple(cast(Iterable[ScheduleAttr], found)), machine)


def _statements(module: ModuleOp) -> list[GenericOp]:
    return _with(module, MAPPINGS)


def _with(module: ModuleOp, attribute: str) -> list[GenericOp]:
    """The statements that have an attribute."""
    return [op for op in module.walk() if isinstance(op, GenericOp) and attribute in op.attributes]
