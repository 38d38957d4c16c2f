"""The register tile: the instances of an instruction whose operands are in registers at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod

from ..dialects.isa import InstructionOp, MemoryKind
from .problem import Operand, Problem

MOVE_WEIGHT = 0.15
"""Cycles that a line moved costs besides its port: of two tiles with the same peak, the one with fewer
moves is faster.
"""

PANEL_WEIGHT = 0.1
"""Cycles that a line of different elements costs more than a repeated element: it is read from
a panel, which lies further away (measured, with the weight of a move: 8 x 3, 9 x 3 and 6 x 4 beat
5 x 5 and 13 x 2).
"""

OUTPUT_WEIGHT = 4.0
"""Cycles to bring a line of the output in and out again, from the second cache level."""

Sizes = tuple[int, ...]
"""How many of the instruction's tiles lie along each of some axes."""


class TileAxes:
    """At most two axes of a problem, and what the register tiles along them take and cost.

    Many tiles are weighed for each problem, so what they share is worked out once.
    """

    def __init__(self, problem: Problem, axes: tuple[str, ...]) -> None:
        """Prepare for tiles of a problem along these axes."""
        assert isinstance(problem.instruction, InstructionOp)
        self.problem, self.axes = problem, axes
        self.extents = tuple(problem.extents[axis] for axis in axes)
        operands = (*problem.inputs, problem.output)
        self._moved = [[axis in one.axes for axis in axes] for one in operands]
        self._lines = [one.lines for one in operands]
        self._varied = [one.is_varied for one in problem.inputs]
        self._latency = problem.instruction.latency if problem.reductions else 0
        self._steps = prod(problem.extents[axis] for axis in problem.reductions)
        self._others = prod(problem.extents[axis] for axis in problem.parallel if axis not in axes)
        self._files = list(_register_files(problem))
        self._counts: dict[Sizes, list[int]] = {}
        self._cycles: dict[Sizes, float] = {}

    def tiles(self, available: int) -> Iterator[RegisterTile]:
        """Every tile along the axes that fits the register files, of which the output's has so many.

        The largest input is streamed.
        """
        inputs = self.problem.inputs
        for sizes in _factors(self.extents, available):
            counts = self.counts(sizes)[:-1]
            streamed = counts.index(max(counts)) if inputs else -1
            if self._fits(sizes, streamed):
                yield RegisterTile(self, sizes, inputs[streamed] if inputs else None)

    def counts(self, sizes: Sizes) -> list[int]:
        """The registers that each operand's part of a tile takes: the inputs', then the output's."""
        found = self._counts.get(sizes)
        if found is None:
            found = self._counts[sizes] = [
                prod([size for size, moves in zip(sizes, moved, strict=True) if moves])
                for moved in self._moved
            ]
        return found

    def cycles(self, sizes: Sizes, pieces: int) -> float:
        """The cycles that the whole statement takes in the machine's units, tails included.

        `pieces` is how often the output passes through the registers because the reduction is cut.
        """
        parts: list[list[tuple[int, int]]] = []
        for extent, size in zip(self.extents, sizes, strict=True):
            full, rest = divmod(extent, size)
            parts.append([(full, size), (1, rest)] if rest else [(full, size)])
        total = 0.0
        for combination in product(*parts):
            trips, part = 1, tuple([size for _, size in combination])
            for count, _ in combination:
                trips *= count
            stored = OUTPUT_WEIGHT * pieces * self.counts(part)[-1] * self._lines[-1]
            total += trips * (self._steps * self._step_cycles(part) + stored)
        return total * self._others

    def _step_cycles(self, sizes: Sizes) -> float:
        """The cycles of one step of the reduction on one tile.

        It is bound by the instruction's unit, by the unit that moves inputs into registers, or by
        the latency of the accumulation, whichever is slowest.
        """
        found = self._cycles.get(sizes)
        if found is None:
            counts = self.counts(sizes)[:-1]
            moves = sum(counts)
            lines = [n * lines for n, lines in zip(counts, self._lines, strict=False)]
            panels = sum([n for n, varied in zip(lines, self._varied, strict=True) if varied])
            calls = prod(sizes) / self.problem.call_rate
            found = self._cycles[sizes] = (
                max(calls, moves / self.problem.move_rate, self._latency)
                + MOVE_WEIGHT * sum(lines)
                + PANEL_WEIGHT * panels
            )
        return found

    def _fits(self, sizes: Sizes, streamed: int) -> bool:
        """Whether registers suffice for the output, the held inputs and one of the streamed input."""
        counts = self.counts(sizes)
        for available, operands in self._files:
            needed = sum([1 if operand == streamed else counts[operand] for operand in operands])
            if needed > available:
                return False
        return True


def _register_files(problem: Problem) -> Iterator[tuple[int, list[int]]]:
    """How many registers of each file are left beside temporaries, and which operands are in it."""
    found, operands = problem.computation, (*problem.inputs, problem.output)
    for memory in problem.target.memories.values():
        if memory.kind == MemoryKind.REGISTER:
            inside = [i for i, one in enumerate(operands) if one.memory == memory.symbol]
            is_output = problem.output.memory == memory.symbol
            temporaries = found.temporaries if found is not None and is_output else 0
            yield (memory.count or 0) - temporaries, inside


@dataclass(frozen=True)
class RegisterTile:
    """So many tiles of the instruction along each of some axes; all other axes count once.

    `streamed` is the input that passes through a single register, one instance after another; the
    other inputs are held.
    """

    along: TileAxes
    sizes: Sizes
    streamed: Operand | None

    @cached_property
    def factors(self) -> Mapping[str, int]:
        """The sizes by axis."""
        return dict(zip(self.along.axes, self.sizes, strict=True))

    def cycles(self, pieces: int = 1) -> float:
        """The cycles that the whole statement takes in tiles such as this, see `TileAxes.cycles`."""
        return self.along.cycles(self.sizes, pieces)


def register_tiles(problem: Problem) -> Iterator[RegisterTile]:
    """Every register tile over at most two axes that fits the register files."""
    memory = problem.register_file()
    available = memory.count if memory is not None and memory.count is not None else 1
    axes = [axis for axis in problem.parallel if problem.extents[axis] > 1]
    for pair in list(combinations(axes, 2)) or [tuple(axes)]:
        yield from TileAxes(problem, pair).tiles(available)


def _factors(extents: Sequence[int], available: int) -> Iterator[Sizes]:
    """Every choice of a factor per axis whose product, the output's registers, is available."""
    if not extents:
        yield ()
        return
    for factor in range(1, min(extents[0], available) + 1):
        for rest in _factors(extents[1:], available // factor):
            yield (factor, *rest)
