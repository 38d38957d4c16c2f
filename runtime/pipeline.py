"""Lower a module by the passes of this package, without a command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from .. import dialects
from ..dialects.isa import TargetOp
from ..dialects.machines import find_target
from ..dialects.plan import SCHEDULE, ScheduleAttr
from ..dialects.source import read_module, verify_module
from ..dialects.tables import factories
from ..passes.compile import CompilePass
from ..passes.lower_kernel import LowerKernelPass
from ..passes.normalize_statements import NormalizeStatementsPass
from ..passes.plan_schedule import PlanSchedulePass
from .garbage import seldom_collected


def new_context() -> Context:
    """Return a context that knows xDSL's dialects and this package's."""
    context = Context()
    ours = factories({**dialects.DIALECTS, **dialects.EXTENDED}, dialects.__name__)
    for name, factory in (get_all_dialects() | ours).items():
        context.register_dialect(name, factory)
    return context


def parse(text: str, name: str = "<text>") -> ModuleOp:
    """Parse and verify MLIR text.

    Raises:
        ParseError: The text is not MLIR.
        UserError: The operations do not verify.
    """
    return read_module(new_context(), text, name)


def run(module: ModuleOp, pipeline: Sequence[ModulePass]) -> None:
    """Run passes on a module in place, verifying after each."""
    context = new_context()
    for pass_ in pipeline:
        pass_.apply(context, module)
        verify_module(module)


@dataclass(frozen=True)
class Lowered:
    """A module at the level where only emission is left, and the plan that led to it."""

    module: ModuleOp
    schedules: tuple[ScheduleAttr, ...]
    machine: TargetOp


def to_statements(module: ModuleOp) -> ModuleOp:
    """Return a copy of a module at the statement level, on tensors or memrefs as it was."""
    copy = module.clone()
    run(copy, [LowerKernelPass(), NormalizeStatementsPass()])
    return copy


@seldom_collected()
def lower(
    module: ModuleOp,
    target: str,
    plan: str | None = None,
    threads: int = 1,
    explain: bool = False,
    records: str | None = None,
) -> Lowered:
    """Return a module compiled for a machine, by what `compile{target=...}` does.

    Args:
        module: A module at the kernel or statement level; it is not changed.
        target: The machine, as for the option of the passes.
        plan: The path of a plan to follow instead of the default one.
        threads: How many threads the plan may use.
        explain: Print to stderr why each instruction fits or does not.
        records: The path of records of which the best plans are followed.
    """
    copy = module.clone()
    schedules: tuple[ScheduleAttr, ...] = ()
    context = new_context()
    compile_ = CompilePass(
        target=target, plan=plan, threads=threads, explain=explain, records=records
    )
    for stage in compile_.stages():
        compile_.run_stage(stage, context, copy)
        if stage.name == PlanSchedulePass.name:
            found = (op.attributes.get(SCHEDULE) for op in copy.walk())
            schedules = tuple(schedule for schedule in found if isinstance(schedule, ScheduleAttr))
    return Lowered(copy, schedules, find_target(target, copy))
