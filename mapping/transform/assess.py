"""What a statement costs on a machine, for the search: an estimate, and whether it is good enough.

The estimate is that of the mapper: the best mapping's calls, weighted by delivery, in cycles. A
statement is mapped well enough when one instruction of the machine does it with most of its lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

from xdsl.ir import Attribute

from ..deliver import fewest_calls, rank
from ..match import by_result, find_mappings, may_match
from ..scalar import scalar_cycles
from ..statement import Access, Statement
from .program import Program
from .rewrite import Hints

ENOUGH = 0.5
"""The share of lanes in use above which a mapping is left as it is."""

COPY_CYCLES = 0.25
"""Cycles per element of a copy whose rows are contiguous on both sides."""

GATHER_CYCLES = 2.0
"""Cycles per element of any other copy."""

RANKED = 16
"""How many mappings on an instruction (those with the fewest calls) are ranked."""

UNMAPPED_CYCLES = 1e3
"""Cycles per point of what nothing on the machine computes, besides `UNMAPPED_STATEMENT`."""

UNMAPPED_STATEMENT = 1e7
"""Cycles of a statement that nothing on the machine computes: as good as forbidden."""

STATEMENT_CYCLES = 100.0
"""Cycles that one more statement costs, whatever it does."""


@dataclass(frozen=True)
class Assessment:
    """An estimate in cycles, the instruction that it is of (if any), its share of lanes.

    Where several instructions do it together, the share is divided by their number. `delivered` is the
    share of the cycles that is not spent on bringing operands where the instruction wants them.
    """

    cycles: float
    instruction: str | None
    utilisation: float
    delivered: float = 1.0

    @property
    def is_enough(self) -> bool:
        """Whether there is no need to transform the statement."""
        return self.utilisation > ENOUGH

    @property
    def is_delivered(self) -> bool:
        """Whether bringing operands where they are wanted leaves enough of that."""
        return self.utilisation * self.delivered > ENOUGH

    def __str__(self) -> str:
        name = f"@{self.instruction}" if self.instruction else "no instruction"
        return f"{name}, utilisation {self.utilisation:.0%}, {self.cycles:.3g} cycles"


@dataclass
class Machine:
    """The instructions of a machine, as the search sees them.

    `intervals` are the cycles between two issues of each instruction; `latency` that of evaluating
    one point element by element, None if the machine cannot; `covers` gives what several
    instructions do together; `planned` gives a planner's estimate in cycles of a statement of whose
    operands some are constant, which takes longer than that of the mapper and knows every load.
    """

    statements: dict[str, Statement]
    intervals: dict[str, float]
    latency: int | None
    host: str | None = None
    covers: Callable[[Statement], Iterable[Assessment]] = lambda _: ()
    planned: Callable[[Statement, Set[str]], float] | None = None
    _known: dict[Statement, Assessment] = field(default_factory=dict[Statement, Assessment])

    @cached_property
    def hints(self) -> Hints:
        """What the rules may look at: the instructions, the extents and element types of all of them."""
        instructions = tuple(self.statements.values())
        extents = {axis.extent for statement in instructions for axis in statement.axes}
        inputs = (access for statement in instructions for access in statement.inputs)
        elements = tuple(dict.fromkeys(access.element for access in inputs))
        return Hints(tuple(sorted(extents - {1}, reverse=True)), elements, instructions)

    @cached_property
    def _by_result(self) -> dict[Attribute, dict[str, Statement]]:
        return by_result(self.statements)

    def assess(self, statement: Statement) -> Assessment:
        """The best that the machine does for one statement."""
        key = _without_names(statement)
        if key not in self._known:
            self._known[key] = self._assess(statement)
        return self._known[key]

    @property
    def assessed(self) -> int:
        """How many different statements were assessed."""
        return len(self._known)

    def cycles(self, program: Program) -> float:
        """The estimate for all statements of a program.

        What is constant takes no time, nor does a copy that a statement starts from: it is made
        where the sums are.
        """
        starts = {step.start for _, step in program.computes()}
        each = [
            self.assess(step.statement).cycles
            for _, step in program.variable()
            if not (step.statement.is_copy and step.name in starts)
        ]
        return sum(each) + STATEMENT_CYCLES * len(each)

    def insufficient(self, program: Program) -> list[int]:
        """The positions of the statements not mapped well enough, the most costly first."""
        return self._costly(program, lambda one: not one.is_enough)

    def undelivered(self, program: Program) -> list[int]:
        """The positions of those mapped well enough, but whose operands take long to be brought."""
        return self._costly(program, lambda one: one.is_enough and not one.is_delivered)

    def _costly(self, program: Program, wanted: Callable[[Assessment], bool]) -> list[int]:
        """The positions of some statements, the most costly first."""
        found = [(self.assess(step.statement), at) for at, step in program.variable()]
        chosen = [(one.cycles, at) for one, at in found if wanted(one)]
        return [at for _, at in sorted(chosen, key=lambda entry: (-entry[0], entry[1]))]

    def _assess(self, statement: Statement) -> Assessment:
        points = prod(axis.extent for axis in statement.axes)
        if statement.is_copy:
            return Assessment(points * _copy_cycles(statement), None, 1.0)
        cycles = UNMAPPED_STATEMENT + points * UNMAPPED_CYCLES
        if self.latency is not None:
            cycles = scalar_cycles(statement, self.latency)
        best = Assessment(cycles, None, 1.0 if not self.statements else 0.0)
        for name, instruction in self._by_result.get(statement.output.element, {}).items():
            bound = best.cycles / self.intervals[name]  # calls from which on it is no better
            if points >= bound * prod(axis.extent for axis in instruction.axes):
                continue
            if not may_match(statement, instruction):
                continue
            found = find_mappings(statement, instruction, name).mappings
            usable = [m for m in found if all(i < len(statement.inputs) for i in m.operands)]
            few = fewest_calls(statement, instruction, usable, RANKED, bound)
            for _, delivery in rank(statement, instruction, few, self.host)[:1]:
                cycles = delivery.cost * self.intervals[name]
                if cycles < best.cycles:
                    share = delivery.calls / delivery.cost
                    best = Assessment(cycles, name, delivery.utilisation, share)
        return min([best, *self.covers(statement)], key=lambda one: one.cycles)


def _without_names(statement: Statement) -> Statement:
    """What the assessment of a statement depends on: not on names, nor on where accesses begin."""

    def bare(access: Access) -> Access:
        return replace(access, name="", offset=(0,) * len(access.offset))

    return replace(
        statement,
        axes=tuple(replace(axis, name=str(i)) for i, axis in enumerate(statement.axes)),
        inputs=tuple(map(bare, statement.inputs)),
        output=bare(statement.output),
    )


def _copy_cycles(statement: Statement) -> float:
    """Cycles per element of a copy or a fill."""
    accesses = (*statement.inputs, statement.output)
    axes = range(len(statement.axes))
    unit = [{a for a in axes if access.storage_stride(a) == 1} for access in accesses]
    return COPY_CYCLES if set.intersection(*unit) else GATHER_CYCLES
