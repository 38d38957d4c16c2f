"""The register tile: the instances of an instruction whose operands are in registers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from ..dialects.isa import InstructionOp, MemoryKind
from .problem import Operand, Problem

MOVE_WEIGHT = 0.15
"""Cycles that a move costs besides its port: of two tiles with the same peak, the one with fewer
moves is faster.
"""

PANEL_WEIGHT = 0.1
"""Cycles that a register of different elements costs more than a repeated element: it is read from
a panel, which lies further away (measured, with the weight of a move: 8 x 3, 9 x 3 and 6 x 4 beat
5 x 5 and 13 x 2).
"""

OUTPUT_WEIGHT = 4.0
"""Cycles to bring a register of the output in and out again, from the second cache level."""


@dataclass(frozen=True)
class RegisterTile:
    """So many tiles of the instruction along each axis; axes that are not named count once.

    `streamed` is the input that passes through a single register, one instance after another; the
    other inputs are held.
    """

    factors: Mapping[str, int]
    streamed: Operand | None

    def count(self, operand: Operand) -> int:
        """The registers that an operand's part of the tile takes."""
        return prod(factor for axis, factor in self.factors.items() if axis in operand.axes)


def register_tiles(problem: Problem) -> Iterator[RegisterTile]:
    """Every register tile over at most two axes that fits the register files."""
    memory = problem.register_file()
    available = memory.count if memory is not None and memory.count is not None else 1
    axes = [axis for axis in problem.parallel if problem.extents[axis] > 1]
    pairs = list(combinations(axes, 2)) or [tuple(axes)]
    for pair in pairs:
        for factors in _factors([problem.extents[axis] for axis in pair], available):
            tile = _with_streamed(problem, dict(zip(pair, factors, strict=True)))
            if fits(problem, tile):
                yield tile


def _factors(extents: Sequence[int], available: int) -> Iterator[tuple[int, ...]]:
    """Every choice of a factor per axis whose product, the output's registers, is available."""
    if not extents:
        yield ()
        return
    for factor in range(1, min(extents[0], available) + 1):
        for rest in _factors(extents[1:], available // factor):
            yield (factor, *rest)


def fits(problem: Problem, tile: RegisterTile) -> bool:
    """Whether registers suffice for the output, the held inputs and one streamed input."""
    needed: Counter[str] = Counter()
    for operand in (*problem.inputs, problem.output):
        needed[operand.memory or ""] += 1 if operand is tile.streamed else tile.count(operand)
    if problem.computation is not None:
        needed[problem.output.memory or ""] += problem.computation.temporaries
    files = ((problem.target.memories.get(name), count) for name, count in needed.items())
    return all(
        memory is None or memory.kind != MemoryKind.REGISTER or count <= (memory.count or 0)
        for memory, count in files
    )


def cycles(problem: Problem, tile: RegisterTile, pieces: int = 1) -> float:
    """The cycles that the whole statement takes in the machine's units, tails included.

    `pieces` is how often the output passes through the registers because the reduction is cut.

    A tile is bound by the instruction's unit, by the unit that moves inputs into registers, or by
    the latency of the accumulation, whichever is slowest.
    """
    extents = problem.extents
    steps = prod(extents[axis] for axis in problem.reductions)
    others = prod(extents[axis] for axis in problem.parallel if axis not in tile.factors)
    parts: list[list[tuple[str, int, int]]] = []
    for axis, factor in tile.factors.items():
        full, rest = divmod(extents[axis], factor)
        parts.append(
            [(axis, count, size) for count, size in ((full, factor), (1, rest)) if count and size]
        )
    total = 0.0
    for combination in product(*parts):
        trips = prod(count for _, count, _ in combination)
        part = RegisterTile({axis: size for axis, _, size in combination}, tile.streamed)
        stored = OUTPUT_WEIGHT * pieces * part.count(problem.output)
        total += trips * (steps * step_cycles(problem, part) + stored)
    return total * others


def step_cycles(problem: Problem, tile: RegisterTile) -> float:
    """The cycles of one step of the reduction on one tile."""
    instruction = problem.instruction
    assert isinstance(instruction, InstructionOp)
    calls = prod(tile.factors.values())
    moves = sum(tile.count(operand) for operand in problem.inputs)
    panels = sum(tile.count(operand) for operand in problem.inputs if any(operand.lane_strides))
    latency = instruction.latency if problem.reductions else 0
    return (
        max(calls / problem.call_rate, moves / problem.move_rate, latency)
        + MOVE_WEIGHT * moves
        + PANEL_WEIGHT * panels
    )


def _with_streamed(problem: Problem, factors: dict[str, int]) -> RegisterTile:
    """The tile whose largest input is streamed."""
    tile = RegisterTile(factors, None)
    largest = max(problem.inputs, key=tile.count, default=None)
    return RegisterTile(factors, largest)
