"""What a planner looks at: one statement on one instruction of one machine, in tiles of that instruction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from xdsl.dialects.builtin import FixedBitwidthType

from ..dialects.isa import InstructionOp, MemoryKind, MemoryOp, ScalarOp, TargetOp
from ..dialects.plan import OUTPUT, MappingAttr, StepAttr, StepKind
from ..mapping.access import Access
from ..mapping.statement import ASSIGN, Statement, statement_of


@dataclass(frozen=True)
class Operand:
    """An operand of the instruction and what it is bound to.

    Attributes:
        name: How schedules call it: `in0`, `in1`, ..., `out`.
        access: The statement's access.
        memory: Where the instruction wants it; None if any place will do.
        lane_strides: Per instruction axis that the operand has, the distance in elements along it (0: repeated).
        axes: The statement's axes that move it.
        bytes: The size of an element.
        strides: Per axis that moves it, the distance in elements between neighbours.
    """

    name: str
    access: Access
    memory: str | None
    lane_strides: tuple[int, ...]
    axes: frozenset[str]
    bytes: int
    strides: Mapping[str, int]

    def stride(self, axis: str) -> int:
        """The distance in elements between neighbours along an axis of the statement."""
        return self.strides.get(axis, 0)


@dataclass(frozen=True)
class Problem:
    """A statement, the instruction that computes it, and how the axes correspond."""

    statement: Statement
    mapping: MappingAttr
    instruction: InstructionOp | ScalarOp
    target: TargetOp

    @cached_property
    def needle(self) -> Statement | None:
        """The instruction's own statement; None for `isa.scalar`."""
        return (
            statement_of(self.instruction.statement)
            if isinstance(self.instruction, InstructionOp)
            else None
        )

    @cached_property
    def units(self) -> Mapping[str, int]:
        """Per axis, how many of its elements the instruction takes at a time."""
        widths = [axis.extent for axis in self.needle.axes] if self.needle is not None else []
        lanes = {
            group[0]: width
            for group, width in zip(self.mapping.groups, widths, strict=True)
            if group
        }
        return {axis.name: lanes.get(axis.name, 1) for axis in self.statement.axes}

    @cached_property
    def extents(self) -> Mapping[str, int]:
        """Per axis, how many tiles of the instruction it has."""
        return {axis.name: -(-axis.extent // self.units[axis.name]) for axis in self.statement.axes}

    @cached_property
    def parallel(self) -> tuple[str, ...]:
        """The axes that index the output."""
        return tuple(axis.name for axis in self.statement.axes if not axis.reduction)

    @cached_property
    def reductions(self) -> tuple[str, ...]:
        """The axes that do not."""
        return tuple(axis.name for axis in self.statement.axes if axis.reduction)

    @cached_property
    def inputs(self) -> tuple[Operand, ...]:
        """The instruction's inputs."""
        accesses = [self.statement.inputs[index] for index in self.mapping.input_indices]
        return tuple(self._operand(f"in{i}", access, i) for i, access in enumerate(accesses))

    @cached_property
    def output(self) -> Operand:
        """The instruction's output."""
        return self._operand(OUTPUT, self.statement.output, None)

    @property
    def reads_output(self) -> bool:
        """Whether the output's old value takes part in the statement."""
        return self.statement.combine != ASSIGN

    @property
    def is_scalar(self) -> bool:
        """Whether the machine evaluates the statement element by element."""
        return isinstance(self.instruction, ScalarOp)

    @cached_property
    def call_rate(self) -> float:
        """How often per cycle the instruction can be issued."""
        return self.target.units[self.instruction.unit_name].count / self.instruction.interval

    @cached_property
    def move_rate(self) -> float:
        """How many inputs per cycle reach the registers: the fastest move into the register file."""
        rates = [
            self.target.units[move.unit_name].count / move.interval
            for move in self.target.instructions.values()
            if move.is_move and len(move.operand_names) > 1 and self._moves_to_output_memory(move)
        ]
        return max(rates, default=1.0)

    def _moves_to_output_memory(self, move: InstructionOp) -> bool:
        return move.operand_memories[move.output_index] == self.output.memory

    def register_file(self) -> MemoryOp | None:
        """The register file that the instruction's output lives in, if it does."""
        memory = self.target.memories.get(self.output.memory or "")
        return memory if memory is not None and memory.kind == MemoryKind.REGISTER else None

    def is_host(self, memory: str | None) -> bool:
        """Whether a memory is where arguments live."""
        host = self.target.host_memory
        return memory is None or (host is not None and host.symbol == memory)

    def footprint(self, operand: Operand, tiles: Mapping[str, int]) -> int:
        """The bytes of an operand that a box of so many instruction tiles per axis touches."""
        return operand.bytes * prod(
            min(tiles.get(axis, extent), extent) * self.units[axis]
            for axis, extent in self.extents.items()
            if axis in operand.axes
        )

    def cache_bytes(self, level: int) -> int:
        """The capacity of a cache level (0 is the nearest), or of the last one if there are fewer."""
        host = self.target.host_memory
        levels = host.levels if host is not None else ()
        defaults = (32 << 10, 512 << 10, 8 << 20)
        return levels[min(level, len(levels) - 1)].bytes.data if levels else defaults[level]

    def loop(self, axis: str, tiles: int, kind: StepKind = StepKind.FOR) -> StepAttr:
        """The step that walks an axis by so many of the instruction's tiles."""
        return StepAttr.loop(axis, tiles * self.units[axis], kind)

    def place(self, operand: Operand) -> list[StepAttr]:
        """The placement of an operand where the instruction wants it; none if it is there anyway."""
        if operand.memory is None or (
            self.is_host(operand.memory) and all(s == 1 for s in operand.lane_strides)
        ):
            return []
        return [StepAttr.place(operand.name, operand.memory)]

    def _operand(self, name: str, access: Access, index: int | None) -> Operand:
        instruction, needle = self.instruction, self.needle
        names = [axis.name for axis in self.statement.axes]
        axes = frozenset(axis for i, axis in enumerate(names) if access.touches(i))
        memory: str | None = None
        strides: list[int] = []
        if isinstance(instruction, InstructionOp) and needle is not None:
            position = (
                instruction.output_index if index is None else instruction.input_indices[index]
            )
            memory = instruction.operand_memories[position]
            own = needle.output if index is None else needle.inputs[index]
            for lane, group in enumerate(self.mapping.groups):
                if own.touches(lane):
                    strides.append(self._stride(access, names.index(group[0])) if group else 0)
        element = access.element
        size = max(1, element.bitwidth // 8) if isinstance(element, FixedBitwidthType) else 8
        along = {axis: self._stride(access, names.index(axis)) for axis in axes}
        return Operand(name, access, memory, tuple(strides), axes, size, along)

    def _stride(self, access: Access, axis: int) -> int:
        """The distance in elements between neighbours along an axis of the statement."""
        column = access.column(axis)
        return sum(c * (s or 1) for c, s in zip(column, access.storage_strides(), strict=True))
