"""What an operand costs that is brought into a memory of rows: how many rows, and how long that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from ..dialects.isa import InstructionOp, MemoryOp, TargetOp
from ..dialects.plan import OUTPUT
from ..mapping.access import Access
from ..mapping.moves import Tile
from ..mapping.transfer import find_transfer
from .problem import Operand, Problem

SAMPLE = 64
"""The rows of a block by which moves are compared."""


@dataclass(frozen=True)
class RowOperand:
    """An operand that lies in rows while it is used.

    Attributes:
        name: How schedules call it.
        memory: Where it lies.
        spans: Per dimension of the operand, the statement's axes along it with their factors.
        lanes: The axes along rows and how much of each is in one; none if a row has one element.
        bytes: The size of an element.
        row_cycles: The cycles that it takes to move one of its rows in, or out.
        start: The cycles until the first row has arrived.
        unit: The unit that moves it. engines: How many there are of it.
    """

    name: str
    memory: MemoryOp
    spans: tuple[tuple[tuple[str, int], ...], ...]
    lanes: Mapping[str, int]
    bytes: int
    row_cycles: float
    start: int
    unit: str
    engines: int

    @property
    def axes(self) -> frozenset[str]:
        """The statement's axes that move it."""
        return frozenset(axis for span in self.spans for axis, _ in span)

    def rows(self, sizes: Mapping[str, int]) -> int:
        """How many rows a box of so many elements per axis takes."""
        rows = 1
        for span in self.spans:
            if len(span) == 1 and span[0][0] in self.lanes:
                axis = span[0][0]
                rows *= -(-sizes[axis] // self.lanes[axis])
            else:
                rows *= _span(span, sizes)
        return rows

    def elements(self, sizes: Mapping[str, int]) -> int:
        """How many elements a box touches."""
        return prod(_span(span, sizes) for span in self.spans)


def _span(span: tuple[tuple[str, int], ...], sizes: Mapping[str, int]) -> int:
    return 1 + sum(factor * (sizes[axis] - 1) for axis, factor in span)


def row_operand(problem: Problem, operand: Operand) -> RowOperand | None:
    """An operand as it lies in rows; None where it does not, or must not be moved there."""
    if must_be_computed(problem, operand):
        return None
    memory = problem.target.memories.get(operand.memory or "")
    if memory is None or memory.row <= 1 or problem.host is None:
        return None
    needle = problem.needle
    assert needle is not None
    names = [axis.name for axis in problem.statement.axes]
    width = memory.row // operand.bytes
    lanes = {
        axis: extent
        for axis, stride, extent in _lanes(problem, operand)
        if axis is not None and stride is not None and stride < width
    }
    extents = problem.statement.extents
    repeats = any(extents[axis] > 1 and axis not in operand.axes for axis in lanes)
    found = _mover(problem.target, operand, memory, problem.host, repeats)
    if found is None and problem.around.taken and operand.name == OUTPUT:
        found = 0.0, 0, problem.instruction.unit_name, 1  # what follows moves them
    if found is None or not operand.lanes:
        return None
    return RowOperand(
        operand.name,
        memory,
        _spans(operand.access, names),
        lanes,
        operand.bytes,
        *found,
    )


def must_be_computed(problem: Problem, operand: Operand) -> bool:
    """Whether the one instruction that reads an operand takes only what was computed in its place."""
    instruction = problem.instruction
    if (
        operand.name == OUTPUT
        or problem.mapping.cover.data
        or not isinstance(instruction, InstructionOp)
    ):
        return False
    own = instruction.input_indices[problem.inputs.index(operand)]
    return instruction.operand_names[own] in instruction.computed_operands


def _lanes(problem: Problem, operand: Operand) -> list[tuple[str | None, int | None, int]]:
    """Per lane of an operand: the statement's axis, the stride that is wanted, how much there is."""
    needle = problem.needle
    assert needle is not None
    index = None if operand.name == OUTPUT else problem.inputs.index(operand)
    own = needle.output if index is None else needle.inputs[index]
    touched = [group for d, group in enumerate(problem.mapping.groups) if own.touches(d)]
    axes = [group[0] if group else None for group in touched]
    return list(zip(axes, operand.wanted, operand.lanes, strict=True))


def _spans(access: Access, names: list[str]) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Per dimension of an operand the axes along it, with how far one step on each goes."""
    return tuple(
        tuple((name, abs(factor)) for name, factor in zip(names, row, strict=True) if factor)
        for row in access.matrix
    )


def _mover(
    target: TargetOp, operand: Operand, memory: MemoryOp, host: MemoryOp, repeats: bool
) -> tuple[float, int, str, int] | None:
    """Cycles per row, cycles until the first has arrived, unit and engines of the fastest move.

    With `repeats`, all of a row is the same element.
    """
    width = memory.row // operand.bytes
    pairs = list(zip(operand.wanted, operand.lanes, operand.lane_strides, strict=True))
    within = sorted(
        (
            (wanted, extent, stride)
            for wanted, extent, stride in pairs
            if wanted is not None and 0 < wanted < width
        ),
        reverse=True,
    )
    outer = [(extent, stride) for wanted, extent, stride in pairs if (wanted or width) >= width]
    row = prod(extent for _, extent, _ in within)
    across = outer[0] if outer else (1, row)
    extents = (min(SAMPLE, max(across[0], 1)), *(extent for _, extent, _ in within))
    far = (across[1] or row, *(0 if repeats else stride or wanted for wanted, _, stride in within))
    near = (width, *(wanted for wanted, _, _ in within))
    if not within:
        extents, far, near = (*extents, 1), (*far, 1), (*near, 1)
    way = (memory.symbol, host.symbol, near, far)
    if operand.name != OUTPUT:
        way = (host.symbol, memory.symbol, far, near)
    found = find_transfer(target, Tile(operand.access.element, extents, *way, extents))
    if found is None:
        return None
    sizes = dict(zip(found.instruction.axes, found.sizes, strict=True))
    latency = found.instruction.cycles(sizes).latency
    unit = target.units[found.instruction.unit_name]
    return found.cycles / extents[0], latency, unit.symbol, unit.count
