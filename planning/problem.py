"""What a planner looks at: one statement on one instruction, in tiles of that instruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, MemoryKind, MemoryOp, ScalarOp, TargetOp
from ..dialects.plan import OUTPUT, MappingAttr, StepAttr, StepKind
from ..dialects.shapes import element_bytes
from ..mapping.access import Access
from ..mapping.computation import Computation, computation_of
from ..mapping.moves import Tile, find_move
from ..mapping.padding import is_private
from ..mapping.statement import ASSIGN, Statement
from .borders import Borders
from .surroundings import ALONE, Surroundings

LINE = 64
"""Bytes of a cache line."""


@dataclass(frozen=True)
class Operand:
    """An operand of the instruction and what it is bound to.

    Attributes:
        name: How schedules call it: `in0`, `in1`, ..., `out`.
        access: The statement's access.
        memory: Where the instruction wants it; None if any place will do.
        lane_strides: Per instruction axis that the operand has, the distance in elements along it
            (0: repeated). wanted: The same as the instruction wants it; None where it takes any.
            lanes: The extents of these axes. axes: The statement's axes that move it. bytes: The
            size of an element. strides: Per axis that moves it, the distance in elements between
            neighbours. in_place: Whether the instruction finds it where it lies, without a move.
            repeats: How often the statement is executed while the operand stays the same.
    """

    name: str
    access: Access
    memory: str | None
    lane_strides: tuple[int, ...]
    wanted: tuple[int | None, ...]
    lanes: tuple[int, ...]
    axes: frozenset[str]
    bytes: int
    strides: Mapping[str, int]
    in_place: bool
    repeats: int = 1

    @property
    def is_in_order(self) -> bool:
        """Whether the elements that the instruction takes lie as it wants them, or are repeated."""
        pairs = zip(self.lane_strides, self.wanted, strict=True)
        return all(stride in (0, wanted) or wanted is None for stride, wanted in pairs)

    @property
    def lines(self) -> int:
        """How many cache lines a register of it fills."""
        return max(1, prod(self.lanes) * self.bytes // LINE)

    @property
    def far_lines(self) -> int:
        """How many of these do not lie one after the other."""
        is_far = any(stride * self.bytes > LINE for stride in self.lane_strides)
        return self.lines if self.lines > 1 and is_far else 0

    @property
    def is_varied(self) -> bool:
        """Whether a register holds different elements throughout, rather than a few repeated ones."""
        return any(self.lane_strides) and 0 not in self.lane_strides

    @property
    def weighed(self) -> tuple[object, ...]:
        """What estimates look at."""
        layout = self.lane_strides, self.wanted, self.lanes, tuple(sorted(self.strides.items()))
        return (self.memory, *layout, self.bytes, self.in_place, self.repeats)

    def stride(self, axis: str) -> int:
        """The distance in elements between neighbours along an axis of the statement."""
        return self.strides.get(axis, 0)


@dataclass(frozen=True)
class Problem:
    """A statement, the instruction that computes it, and how the axes correspond.

    `around` is what surrounds the statement.
    """

    statement: Statement
    mapping: MappingAttr
    instruction: InstructionOp | ScalarOp
    target: TargetOp
    around: Surroundings = ALONE

    @cached_property
    def computation(self) -> Computation | None:
        """What the instruction, or those of the mapping's cover, compute; None for `isa.scalar`."""
        return computation_of(self.target, self.mapping, self.statement)

    @property
    def needle(self) -> Statement | None:
        """The instruction's own statement; None for `isa.scalar`."""
        return self.computation.statement if self.computation is not None else None

    @cached_property
    def host(self) -> MemoryOp | None:
        """The memory where arguments live."""
        return self.target.host_memory

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
    def borders(self) -> Borders:
        """What the guards add to the code."""
        return Borders(self.around.guards, self.statement.extents, self.units)

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
    def is_in_rows(self) -> bool:
        """Whether the instruction takes some operand from a memory of rows."""
        memories = [self.target.memories.get(o.memory or "") for o in (*self.inputs, self.output)]
        return any(memory is not None and memory.row > 1 for memory in memories)

    @cached_property
    def call_rate(self) -> float:
        """How often per cycle the instruction can be issued."""
        if self.computation is not None:
            return 1 / self.computation.interval
        return self.target.units[self.instruction.unit_name].count / self.instruction.interval

    @property
    def move_rate(self) -> float:
        """How many inputs per cycle reach the registers by the fastest move into them."""
        return _move_rates(self.target).get(self.output.memory or "", 1.0)

    @cached_property
    def writes_apart(self) -> bool:
        """Whether different points of the axes that index the output are different elements."""
        output = self.statement.output
        moving = [i for i, axis in enumerate(self.statement.axes) if axis.extent > 1]
        return all(is_private(output, i) for i in moving if output.touches(i))

    @cached_property
    def weighed(self) -> tuple[object, ...]:
        """What estimates look at: problems for which this is equal cost the same, step by step.

        So it is if an instruction takes two operands in either order, for instance.
        """
        inputs = [operand.weighed for operand in self.inputs]
        if len({operand.memory for operand in self.inputs}) == 1:
            inputs.sort(key=repr)
        temporaries = 0 if self.computation is None else self.computation.temporaries
        rates = self.call_rate, self.move_rate, self.instruction.latency, temporaries
        axes = tuple(self.extents.items()), tuple(self.units.values()), self.reductions
        return (
            tuple(inputs),
            self.output.weighed,
            rates,
            axes,
            self.writes_apart,
            bool(self.around.guards),
        )

    def register_file(self) -> MemoryOp | None:
        """The register file that the instruction's output lives in, if it does."""
        memory = self.target.memories.get(self.output.memory or "")
        return memory if memory is not None and memory.kind == MemoryKind.REGISTER else None

    def is_host(self, memory: str | None) -> bool:
        """Whether a memory is where arguments live."""
        host = self.host
        return memory is None or (host is not None and host.symbol == memory)

    def footprint(self, operand: Operand, tiles: Mapping[str, int]) -> int:
        """The bytes of an operand that a box of so many instruction tiles per axis touches."""
        return operand.bytes * prod(
            min(tiles.get(axis, extent), extent) * self.units[axis]
            for axis, extent in self.extents.items()
            if axis in operand.axes
        )

    def cache_bytes(self, level: int) -> int:
        """The capacity of a cache level: 0 is the nearest, the last stands for further ones."""
        return self.target.cache_bytes(level)

    def loop(self, axis: str, tiles: int, kind: StepKind = StepKind.FOR) -> StepAttr:
        """The step that walks an axis by so many of the instruction's tiles."""
        return StepAttr.loop(axis, tiles * self.units[axis], kind)

    def place(self, operand: Operand) -> list[StepAttr]:
        """The placement of an operand where the instruction wants it, if it is not there."""
        if operand.memory is None or operand.in_place:
            return []
        return [StepAttr.place(operand.name, operand.memory)]

    def is_reachable(self, operand: Operand) -> bool:
        """Whether the elements lie as the instruction wants them, or one move puts them so."""
        return operand.is_in_order or self.move_cycles(operand) is not None

    def move_cycles(self, operand: Operand) -> float | None:
        """Cycles between two moves of a tile of an operand, over all instances of their unit.

        A move brings an input where the instruction wants it, and the output back, and there first
        if it is read. None if one move alone does not do that.
        """
        if operand.name not in self._moves:
            self._moves[operand.name] = self._move_cycles(operand)
        return self._moves[operand.name]

    def copy_cycles(self, operand: Operand) -> float | None:
        """Cycles per element to put an operand in the instruction's order, through some register.

        None if no register file takes its elements as they lie and gives them back in order.
        """
        if operand.name not in self._copies:
            self._copies[operand.name] = self._copy_cycles(operand)
        return self._copies[operand.name]

    @cached_property
    def _copies(self) -> dict[str, float | None]:
        """What is known of copies of the operands, like `_moves`."""
        return {}

    def _copy_cycles(self, operand: Operand) -> float | None:
        host, element = self.host, operand.access.element
        if host is None or not operand.lanes or None in operand.wanted:
            return None
        found: list[float] = []
        rows = _rows(operand)
        for memory in self.target.memories.values():
            if memory.kind != MemoryKind.REGISTER:
                continue
            for first in range(len(rows)):
                lanes = prod(row.extent for row in rows[first:])
                if lanes * operand.bytes == memory.bytes:
                    cycles = self._through(memory.symbol, element, rows[first:])
                    found += [] if cycles is None else [cycles / lanes]
        return min(found, default=None)

    def _through(self, register: str, element: Attribute, rows: Sequence[_Row]) -> float | None:
        """Cycles to copy a box through a register: strided before, contiguous after."""
        assert self.host is not None
        host, extents = self.host.symbol, tuple(row.extent for row in rows)
        strides = tuple(row.stride for row in rows)
        inside = tuple(prod(extents[dim + 1 :]) for dim in range(len(extents)))
        there = Tile(element, extents, host, register, strides, inside, extents)
        back = Tile(element, extents, register, host, inside, inside, extents)
        return self._cycles_of([there, back])

    @cached_property
    def _moves(self) -> dict[str, float | None]:
        """What is known of the operands: many nests ask."""
        return {}

    def _move_cycles(self, operand: Operand) -> float | None:
        host, memory = self.host, operand.memory
        if host is None or memory is None or not operand.lanes or None in operand.wanted:
            return None
        rows = _rows(operand)
        extents, strides = tuple(row.extent for row in rows), tuple(row.stride for row in rows)
        inside = tuple(row.wanted for row in rows)
        element = operand.access.element
        tiles = [Tile(element, extents, host.symbol, memory, strides, inside, extents)]
        if operand.name == OUTPUT:
            strides = tuple(
                row.stride or row.wanted for row in rows
            )  # along idle lanes there is one
            back = Tile(element, extents, memory, host.symbol, inside, strides, extents)
            tiles = [back, replace(tiles[0], source_strides=strides)][: 1 + self.reads_output]
        return self._cycles_of(tiles)

    def _cycles_of(self, tiles: Sequence[Tile]) -> float | None:
        """Cycles between two copies of tiles, over all instances of their units; None if one has no move."""
        moves = [find_move(self.target, tile) for tile in tiles]
        found = [move.instruction for move in moves if move is not None]
        if len(found) < len(tiles):
            return None
        return sum(op.interval / self.target.units[op.unit_name].count for op in found)

    def _operand(self, name: str, access: Access, index: int | None) -> Operand:
        found, needle = self.computation, self.needle
        names = [axis.name for axis in self.statement.axes]
        axes = frozenset(axis for i, axis in enumerate(names) if access.touches(i))
        memory: str | None = None
        strides: list[int] = []
        wanted: list[int | None] = []
        lanes: list[int] = []
        in_place = True
        if found is not None and needle is not None:
            memory = found.output_memory if index is None else found.memories[index]
            own = needle.output if index is None else needle.inputs[index]
            for lane, group in enumerate(self.mapping.groups):
                if own.touches(lane):
                    wanted.append(own.storage_stride(lane))
                    lanes.append(needle.axes[lane].extent)
                    strides.append(self._stride(access, names.index(group[0])) if group else 0)
            in_place = self.is_host(memory) and self._lies_as(access, own)
        along = {axis: self._stride(access, names.index(axis)) for axis in axes}
        layout = tuple(strides), tuple(wanted), tuple(lanes)
        size = element_bytes(access.element)
        repeats = self._repeats(index)
        return Operand(name, access, memory, *layout, axes, size, along, in_place, repeats)

    def _repeats(self, index: int | None) -> int:
        """How often the statement is executed while an input of the instruction stays the same."""
        if index is None or not self.around.repeats:
            return 1
        return self.around.repeats[self.mapping.input_indices[index]]

    def _lies_as(self, access: Access, own: Access) -> bool:
        """Whether every instance of the instruction finds all elements where it wants them."""
        assert self.needle is not None
        groups, axes = self.mapping.groups, self.needle.axes
        rows = zip(own.matrix, own.axes, own.storage_strides(), strict=True)
        for dim, (row, moving, wanted) in enumerate(rows):
            lanes = [lane for lane in moving if axes[lane].extent > 1]
            if not lanes:
                continue
            if len(lanes) > 1 or not groups[lanes[0]]:
                return False
            axis = self.statement.axis_index(groups[lanes[0]][0])
            is_whole = self.statement.axes[axis].extent % axes[lanes[0]].extent == 0
            fits = wanted is None or wanted * row[lanes[0]] == self._stride(access, axis)
            if not fits or not (is_whole or dim in own.bounded):
                return False
        return True

    def _stride(self, access: Access, axis: int) -> int:
        """The distance in elements between neighbours along an axis of the statement."""
        column = access.column(axis)
        return sum(c * (s or 1) for c, s in zip(column, access.storage_strides(), strict=True))


@dataclass(frozen=True)
class _Row:
    """A lane axis of an operand: elements, and their distances where they lie and where they should."""

    extent: int
    stride: int
    wanted: int


def _rows(operand: Operand) -> list[_Row]:
    """The lane axes of an operand, outermost first."""
    lanes = zip(operand.lanes, operand.lane_strides, operand.wanted, strict=True)
    rows = [_Row(extent, stride, wanted or 0) for extent, stride, wanted in lanes]
    return sorted(rows, key=lambda row: -row.wanted)


@lru_cache(maxsize=16)
def _move_rates(target: TargetOp) -> Mapping[str, float]:
    """Per memory how many registers per cycle the fastest move into it brings."""
    rates: dict[str, float] = {}
    units = target.units
    for move in target.instructions.values():
        if move.is_move and len(move.operand_names) > 1:
            memory = move.operand_memories[move.output_index]
            rate = units[move.unit_name].count / move.interval
            rates[memory] = max(rates.get(memory, 0.0), rate)
    return rates
