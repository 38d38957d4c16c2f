"""Streams: an operand that is read only once or so, row by row as it lies in memory.

A panel nest would read such an operand in narrow columns; here the reduction is cut into a few
rows, the other inputs of these rows are held in registers, and the output passes through them once
per cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from ..dialects.plan import StepAttr, StepKind
from .problem import Operand, Problem

SHARED_UPTO = 4
"""An operand that more tiles of the output share is better read in panels."""

ROWS = 8
"""How many rows are read at a time (measured: 8 to 16 are equal, 4 is slower)."""

COLUMNS = 2
"""How many of the instruction's tiles of the output are held at a time (measured: 1 to 4 are
equal).
"""


@dataclass(frozen=True)
class Stream:
    """The schedule that streams one operand.

    `along` is the axis that it is contiguous along, of which `columns` tiles of the output are held
    at a time; `cut` is the reduction that is cut into blocks of `rows`.
    """

    problem: Problem
    streamed: Operand
    along: str
    cut: str
    rows: int
    columns: int = COLUMNS

    @classmethod
    def of(cls, problem: Problem) -> Stream | None:
        """The stream for a problem, or None where panels are better."""
        streamed = max(
            problem.inputs, key=lambda operand: problem.footprint(operand, {}), default=None
        )
        lanes = [group[0] for group in problem.mapping.groups if group]
        if (
            streamed is None
            or not problem.reductions
            or len(lanes) != 1
            or streamed.lane_strides != (1,)
        ):
            return None
        shared = prod(
            problem.extents[axis] for axis in problem.parallel if axis not in streamed.axes
        )
        small = problem.footprint(streamed, {}) < problem.cache_bytes(1) // 4
        cut = max(problem.reductions, key=lambda axis: problem.extents[axis])
        if (
            small
            or shared * streamed.repeats > SHARED_UPTO
            or any(
                problem.extents[a] > 1
                for a in problem.parallel
                if a not in (*lanes, *_not_in(streamed, problem))
            )
        ):
            return None
        stream = cls(problem, streamed, lanes[0], cut, 1)
        rows = min(ROWS, stream.most_rows)
        return replace(stream, rows=rows) if rows > 1 else None

    @property
    def most_rows(self) -> int:
        """How many rows fit the registers beside output and streamed operand."""
        problem, streamed = self.problem, self.streamed
        shared = prod(problem.extents[axis] for axis in _not_in(streamed, problem))
        memory = problem.register_file()
        available = memory.count if memory is not None and memory.count is not None else 0
        others = sum(operand is not streamed for operand in problem.inputs)
        free = available - self.columns * shared - self.columns
        return free // max(1, others * shared)

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first."""
        problem = self.problem
        held = [operand for operand in problem.inputs if operand is not self.streamed]
        steps = [
            problem.loop(axis, 1)
            for axis in problem.reductions
            if axis != self.cut and problem.extents[axis] > 1
        ]
        steps.append(problem.loop(self.cut, self.rows))
        steps += [step for operand in held for step in problem.place(operand)]
        steps.append(problem.loop(self.along, min(self.columns, problem.extents[self.along])))
        steps += problem.place(problem.output)
        steps.append(problem.loop(self.cut, 1, StepKind.UNROLL))
        return steps + problem.place(self.streamed)


def _not_in(streamed: Operand, problem: Problem) -> list[str]:
    """The axes of the output that the streamed operand does not have."""
    return [axis for axis in problem.parallel if axis not in streamed.axes]
