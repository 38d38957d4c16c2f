"""Moves of one register's worth: a single instruction, or a hop through a small buffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects import linalg, memref
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import FixedBitwidthType, FloatAttr, IntegerAttr
from xdsl.ir import Attribute, Operation, SSAValue

from ..dialects.constants import number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, MemoryKind, MemoryOp, TargetOp, memory_name
from ..mapping.moves import Fill, Move, Tile, find_fill, find_move
from ..mapping.parameters import attributes_of
from ..mapping.statement import Access, instruction_statement
from .allocations import new_buffer
from .copy_nests import nest
from .elements import copy_element
from .globals import constant_of_global, splat_of
from .pieces import is_absent
from .presence import counts_if_first
from .window import Window


class RegisterMoves:
    """Writes moves into and out of registers for one machine."""

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        host = target.host_memory
        self._host = host.symbol if host is not None else ""
        self._fills: dict[tuple[str, Attribute, int, str], Fill | None] = {}

    def move(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """The copy of one register's worth, of which one side is in a register.

        Absent elements of the source read as zero, absent elements of the destination are not written.

        Raises:
            UserError: The machine has no way from the one memory to the other; `op` is what wants it.
        """
        if is_absent(source) or is_absent(destination):
            return [] if destination.guards else self._fill_zero(destination, op)
        read, written = counts_if_first(source), counts_if_first(destination)
        if read is None or written is None:
            return self._hop(source, destination, op)
        present = tuple(map(min, read, written))
        if 0 in present:
            return [] if destination.guards else self._fill_zero(destination, op)
        found = self._constant(source, destination) if present == source.shape else None
        found = found or self._single(source, destination, present)
        return found if found is not None else self._hop(source, destination, op)

    def fill(self, window: Window, op: linalg.ops.FillOp) -> list[Operation]:
        """Set one register to the value of a fill."""
        constant = op.inputs[0].owner
        if isinstance(constant, ConstantOp) and isinstance(constant.value, IntegerAttr | FloatAttr):
            return self._fill_with(window, constant.value.value.data, op.inputs[0], op)
        return self._repeat(window, op.inputs[0], op)

    def lane_dims(self, window: Window) -> int | None:
        """How many of a window's last dimensions lie within one register; None if it is not in registers."""
        memory = self._target.memories.get(memory_name(window.type) or "")
        if memory is None or memory.kind != MemoryKind.REGISTER:
            return None
        lanes, dims = lanes_of(memory, window.type.element_type), 0
        while dims < len(window.shape) and prod(window.shape[len(window.shape) - dims :]) < lanes:
            dims += 1
        return dims

    def memory(self, window: Window) -> str:
        """The name of the memory that a window is in."""
        return memory_name(window.type) or self._host

    def _constant(self, source: Window, destination: Window) -> list[Operation] | None:
        """The copy of elements that are all the same number, if one instruction sets them to it."""
        array = constant_of_global(source.base)
        number = splat_of(array.initial_value) if array is not None else None
        if number is None:
            return None
        return self._filled(destination, number.value.data)

    def _single(
        self, source: Window, destination: Window, present: tuple[int, ...]
    ) -> list[Operation] | None:
        """The copy by a single instruction, if the machine has one."""
        places = self.memory(source), self.memory(destination)
        strides = source.strides(), destination.strides()
        tile = Tile(source.type.element_type, source.shape, *places, *strides, present)
        found = find_move(self._target, tile)
        if found is None:
            return None
        needle, output = instruction_statement(found.instruction), found.instruction.output_index
        ends = {1 - output: (source, needle.inputs[0]), output: (destination, needle.output)}
        ops: list[Operation] = []
        values: list[SSAValue] = []
        for position in (0, 1):
            view, value = _operand(*ends[position], found, present).view()
            ops += view
            values.append(value)
        return [*ops, self._invoke(found.instruction, values)]

    def _hop(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """A copy through a small contiguous buffer in host memory, which is read or written element by element."""
        element = source.type.element_type
        buffer = new_buffer(element, source.shape, "hop")
        whole = Window.of(buffer.memref)
        into_register = self.lane_dims(destination) is not None
        if into_register:
            inner = self._single(whole, destination.without_guards(), whole.shape)
        else:
            inner = self._single(source.without_guards(), whole, whole.shape)
        if inner is None:
            places = f"@{self.memory(source)} to @{self.memory(destination)}"
            raise UserError(f"@{self._target.symbol} has no move of {element} from {places}", op)
        ends = (source, whole) if into_register else (whole, destination)
        elements = nest(*ends, range(len(source.shape)), copy_element)
        return [buffer, *elements, *inner] if into_register else [buffer, *inner, *elements]

    def _fill_zero(self, window: Window, op: Operation) -> list[Operation]:
        zero = number_constant(0, window.type.element_type)
        return [zero, *self._fill_with(window, 0, zero.result, op)]

    def _fill_with(
        self, window: Window, number: float | int, value: SSAValue, op: Operation
    ) -> list[Operation]:
        """Set one register to a number: by the instruction for it, or by repeating one element."""
        return self._filled(window, number) or self._repeat(window, value, op)

    def _filled(self, window: Window, number: float | int) -> list[Operation] | None:
        """Set one register to a number by the instruction for it, if the machine has one."""
        element = window.type.element_type
        key = (self.memory(window), element, prod(window.shape), str(number))
        if key not in self._fills:
            self._fills[key] = find_fill(self._target, *key[:3], number)
        fill = self._fills[key]
        if fill is None:
            return None
        view, place = window.view()
        return [*view, self._invoke(fill.instruction, [place], attributes_of(fill.parameters))]

    def _repeat(self, window: Window, value: SSAValue, op: Operation) -> list[Operation]:
        """Set every element of a register to a value, by way of one element in host memory."""
        cell = new_buffer(window.type.element_type, (), "value")
        dims = [None] * len(window.shape)
        repeated = Window.of(cell.memref).select(dims, dict(enumerate(window.shape)))
        store = memref.StoreOp.get(value, cell.memref, [])
        return [cell, store, *self.move(repeated, window, op)]

    def _invoke(
        self,
        instruction: InstructionOp,
        values: Sequence[SSAValue],
        parameters: Mapping[str, Attribute] | None = None,
    ) -> InvokeOp:
        return InvokeOp((self._target.symbol, instruction.symbol), values, parameters)


def lanes_of(memory: MemoryOp, element: Attribute) -> int:
    """How many elements a register of a memory holds."""
    assert isinstance(element, FixedBitwidthType)
    assert memory.bytes is not None
    return memory.bytes // element.size


def _operand(window: Window, access: Access, move: Move, present: Sequence[int]) -> Window:
    """The window as an instruction's operand: in its order, cut where it is bounded."""
    lanes = [
        (position, lane)
        for position, row in enumerate(access.matrix)
        for lane, factor in enumerate(row)
        if factor
    ]
    dims = [(position, dim) for position, lane in lanes for dim in move.axes[lane]]
    operand = window.without_guards().select([dim for _, dim in dims])
    for place, (position, dim) in enumerate(dims):
        if position in access.bounded:
            operand = operand.tile(place, present[dim], 0)
    return operand
