"""What is tuned: a kernel for a machine, with the statements whose plans are open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from xdsl.dialects.builtin import ModuleOp

from ..mapping.statement import statement_of
from ..passes.epilogues import EPILOGUE
from ..passes.plan_schedule import parse_plan, surroundings_of, threads_of
from ..planning.records import digest, key_of
from ..planning.space.plan_space import PlanSpace
from ..planning.space.walk import Point
from ..runtime.module import CompiledKernel
from ..runtime.pipeline import Lowered, parse
from ..runtime.staged import Staged


@dataclass(frozen=True)
class Workload:
    """A kernel for a machine, as text: it is sent to other processes and computers.

    Attributes:
        text: A module. name: What it is called in messages.
        entry: The function. target: The machine.
        threads: How many threads the kernel may use. portable: Whether its C is for any computer.
    """

    text: str
    name: str
    entry: str
    target: str = "host"
    threads: int = 1
    portable: bool = False

    @property
    def digest(self) -> str:
        """What tells kernels apart whose statements may be the same."""
        return digest(f"{self.entry}\n{self.portable}\n{self.text}")


@dataclass(frozen=True)
class Proposal:
    """A plan for one statement of a workload, beside plans for others, as text."""

    workload: Workload
    statement: int
    point: Point
    others: tuple[tuple[int, str], ...] = ()

    @property
    def default(self) -> Proposal:
        """The same with the default plan for the statement."""
        space = prepared(self.workload).statements[self.statement].space
        return Proposal(self.workload, self.statement, space.default, self.others)


@dataclass(frozen=True)
class Tunable:
    """A statement whose plan is open.

    Attributes:
        index: Its place among the statements with plans.
        key: What its records are for.
        space: All its plans.
    """

    index: int
    key: str
    space: PlanSpace

    @cached_property
    def cycles(self) -> float:
        """The estimate for its default plan."""
        return self.space.estimate(self.space.default).cycles


class Prepared:
    """A workload before its plans are chosen, in this process.

    Raises:
        UserError: The kernel cannot be compiled for the machine.
    """

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.module: ModuleOp = parse(workload.text, workload.name)
        self.staged = Staged(self.module, workload.target, workload.threads)
        self.statements = {one.index: one for one in self._tunable()}

    def _tunable(self) -> list[Tunable]:
        """The statements to plan; what follows another in registers has a plan that follows its."""
        machine = self.staged.machine
        found: list[Tunable] = []
        for index, op in enumerate(self.staged.statements):
            if EPILOGUE in op.attributes:
                continue
            kernel = statement_of(op)
            around, threads = surroundings_of(op, kernel), threads_of(op, self.workload.threads)
            space = PlanSpace(kernel, self.staged.mappings(index), machine, threads, around)
            found.append(Tunable(index, key_of(kernel, around, machine, threads), space))
        return found

    def lowered(self, proposal: Proposal) -> Lowered:
        """The program with the plans of a proposal.

        Raises:
            UserError: A plan cannot be carried out.
        """
        context = self.staged.context
        plans = {i: parse_plan(context, text, "plan")[0] for i, text in proposal.others}
        plans[proposal.statement] = self.statements[proposal.statement].space.schedule(
            proposal.point
        )
        return self.staged.lowered(plans)

    def kernel(self, proposal: Proposal) -> CompiledKernel:
        """The kernel with the plans of a proposal, not compiled to a library yet; errors as above."""
        lowered, workload = self.lowered(proposal), self.workload
        return CompiledKernel(
            self.module, lowered, workload.entry, workload.portable, workload.threads, None
        )


@lru_cache(maxsize=8)
def prepared(workload: Workload) -> Prepared:
    """A workload before its plans are chosen; kept, because many proposals are for the same."""
    return Prepared(workload)
