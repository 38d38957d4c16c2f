"""Sweeps: statements without a reduction, in the order of memory.

Their operands lie as the instruction takes them. There is nothing to keep in registers from one
tile to the next but what repeats; a row is walked a few registers at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from ..dialects.plan import StepAttr
from .problem import LINE, Operand, Problem

TILES = 4
"""How many of the instruction's tiles are in flight."""

STORE_CYCLES = 1.0
"""Cycles to bring a register of the output out again, in the first cache level."""

LINE_CYCLES = 6.0
"""Cycles per cache line of an operand that does not stay in the second cache level."""


@dataclass(frozen=True)
class Sweep:
    """The schedule that walks the output in the order of memory.

    `order` are its axes, the outermost first and the instruction's last; of the last, `tiles` tiles
    of the instruction are taken at a time.
    """

    problem: Problem
    order: tuple[str, ...]
    tiles: int = 1

    @classmethod
    def of(cls, problem: Problem) -> Sweep | None:
        """The sweep for a problem, or None where there is something to reuse or to rearrange."""
        lanes = [group[0] for group in problem.mapping.groups if group]
        if problem.reductions or len(lanes) != 1 or len(problem.mapping.groups) != 1:
            return None
        operands = (*problem.inputs, problem.output)
        if any(stride not in (0, 1) for operand in operands for stride in operand.lane_strides):
            return None
        around = [a for a in problem.parallel if a != lanes[0] and problem.extents[a] > 1]
        around.sort(key=lambda axis: -abs(problem.output.stride(axis)))
        sweep = cls(problem, (*around, lanes[0]))
        return replace(sweep, tiles=min(TILES, sweep.most))

    @property
    def most(self) -> int:
        """How many tiles of the instruction there are registers for, or elements."""
        problem = self.problem
        memory, found = problem.register_file(), problem.computation
        count = memory.count if memory is not None and memory.count is not None else 1
        free = count - (found.temporaries if found is not None else 0)
        moving = 1 + sum(self.order[-1] in operand.axes for operand in problem.inputs)
        free -= len(problem.inputs) + 1 - moving
        return max(1, min(problem.extents[self.order[-1]], free // moving))

    def cycles(self) -> float:
        """The estimate for the whole statement."""
        problem = self.problem
        calls = prod(problem.extents[axis] for axis in self.order)
        moves = sum(self.order[-1] in operand.axes for operand in problem.inputs)
        far = problem.cache_bytes(1) // 2
        sizes = [problem.footprint(operand, {}) for operand in (*problem.inputs, problem.output)]
        lines = sum(size / LINE for size in sizes if size > far)
        busy = max(1 / problem.call_rate, moves / problem.move_rate)
        return calls * (busy + STORE_CYCLES) + LINE_CYCLES * lines

    def steps(self) -> list[StepAttr]:
        """The schedule's steps, outermost first.

        What repeats is placed outside of the loops that do not move it.
        """
        problem, last = self.problem, self.order[-1]
        waiting = list(problem.inputs)
        steps: list[StepAttr] = []
        for depth, axis in enumerate(self.order[:-1]):
            steps.append(problem.loop(axis, 1))
            ready = [o for o in waiting if not o.axes & {*self.order[depth + 1 :]}]
            steps += self._place(ready)
            waiting = [operand for operand in waiting if operand not in ready]
        if len(self.order) == 1:
            ready = [operand for operand in waiting if not operand.axes]
            steps += self._place(ready)
            waiting = [operand for operand in waiting if operand not in ready]
        steps.append(problem.loop(last, self.tiles))
        return [*steps, *problem.place(problem.output), *self._place(waiting)]

    def _place(self, operands: list[Operand]) -> list[StepAttr]:
        return [step for operand in operands for step in self.problem.place(operand)]
