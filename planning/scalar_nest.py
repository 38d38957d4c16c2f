"""Nests of single elements: statements that the machine evaluates without any instruction for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..dialects.plan import StepAttr
from ..mapping.scalar import scalar_cycles
from .problem import Problem


@dataclass(frozen=True)
class ScalarNest:
    """The loops around a single element; `order` are their axes, the outermost first."""

    problem: Problem
    order: tuple[str, ...]

    @classmethod
    def of(cls, problem: Problem) -> ScalarNest:
        """The axis along which most operands are contiguous runs innermost; the output counts twice."""
        statement = problem.statement
        names = [axis.name for axis in statement.axes if axis.extent > 1]

        def contiguous(name: str) -> int:
            axis = statement.axis_index(name)
            accesses = (*statement.inputs, statement.output, statement.output)
            return sum(
                _distance(access.column(axis), access.storage_strides()) == 1 for access in accesses
            )

        return cls.around(problem, max(reversed(names), key=contiguous, default=None))

    @classmethod
    def around(cls, problem: Problem, innermost: str | None) -> ScalarNest:
        """The nest with an axis innermost, around it those of the reduction, then the others."""
        extents = problem.statement.extents
        ordered = [*problem.parallel, *problem.reductions]
        outer = [name for name in ordered if extents[name] > 1 and name != innermost]
        return cls(problem, (*outer, *([innermost] if innermost else [])))

    def cycles(self) -> float:
        """The estimate for the whole statement."""
        return scalar_cycles(self.problem.statement, self.problem.instruction.latency)

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        return [StepAttr.loop(name, 1) for name in self.order]


def _distance(column: Sequence[int], strides: Sequence[int | None]) -> int:
    return sum(c * (s or 1) for c, s in zip(column, strides, strict=True))
