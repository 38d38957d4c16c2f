"""Copies and fills, written out in a machine's move instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod

from xdsl.dialects import linalg, memref
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import (
    FixedBitwidthType,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ..dialects.constants import number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, MemoryKind, MemoryOp, TargetOp
from ..mapping.access import memory_of
from ..mapping.moves import Fill, Tile, find_fill, find_move
from ..mapping.parameters import attributes_of
from ..mapping.statement import Access, statement_of
from .elements import copy_element, store_element
from .loops import counted_loop
from .pieces import is_absent, pieces
from .presence import counts_if_first
from .window import Linear, Window

_Leaf = Callable[[Window, Window], list[Operation]]


class Copier:
    """Writes copies and fills for one machine."""

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        self._fills: dict[tuple[str, Attribute, int, str], Fill | None] = {}

    def copy(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """The operations that copy one window to another of the same shape.

        Absent elements of the source read as zero, absent elements of the destination are not written.

        Raises:
            UserError: The machine has no way from the one memory to the other; `op` is what wants it.
        """
        if 0 in source.shape:
            return []
        lanes = self._lane_dims(destination) or self._lane_dims(source)
        if lanes is None:
            return self._through_registers(source, destination, op)
        outer = source.shape[: len(source.shape) - lanes]
        ops: list[Operation] = []
        for point in product(*map(range, outer)):
            ops += self._tile(_at(source, point), _at(destination, point), op)
        return ops

    def fill(self, window: Window, op: linalg.ops.FillOp) -> list[Operation]:
        """The operations that set every element of a window to the constant that `op` fills with."""
        if 0 in window.shape:
            return []
        lanes = self._lane_dims(window)
        if lanes is not None:
            outer = window.shape[: len(window.shape) - lanes]
            return [
                new
                for point in product(*map(range, outer))
                for new in self._fill_register(_at(window, point), op)
            ]
        source = window.select([None] * len(window.shape), dict(enumerate(window.shape)))
        carrier = self._carrier(window.type.element_type)
        if carrier is None or not any(stride == 1 for stride in window.strides()):
            return self._nest(
                source,
                window,
                range(len(window.shape)),
                lambda _, to: store_element(op.inputs[0], to),
            )
        register = self._register(carrier, window.type.element_type)
        value = Window.of(register.memref)
        # A register repeated along every dimension of the window stands for the constant.
        ops: list[Operation] = [register, *self._fill_register(value, op)]
        return ops + self._vectors(window, window, value, op)

    # Between a register and something else.

    def _tile(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """One register's worth: a single instruction, or a hop through a small buffer."""
        if is_absent(source) or is_absent(destination):
            return [] if destination.guards else self._fill_zero(destination, op)
        read, written = counts_if_first(source), counts_if_first(destination)
        if read is None or written is None:
            return self._bounce(source, destination, op)
        present = tuple(map(min, read, written))
        if 0 in present:
            return [] if destination.guards else self._fill_zero(destination, op)
        found = self._move(source, destination, present)
        return found if found is not None else self._bounce(source, destination, op)

    def _move(
        self, source: Window, destination: Window, present: tuple[int, ...]
    ) -> list[Operation] | None:
        """The copy by a single instruction, if the machine has one."""
        places = self._memory(source), self._memory(destination)
        element = source.type.element_type
        tile = Tile(
            element, source.shape, *places, source.strides(), destination.strides(), present
        )
        move = find_move(self._target, tile)
        if move is None:
            return None
        needle = statement_of(move.instruction.statement)
        arguments = {1 - move.instruction.output_index: (source, needle.inputs[0])}
        arguments[move.instruction.output_index] = (destination, needle.output)
        ops: list[Operation] = []
        values: list[SSAValue] = []
        for position in (0, 1):
            window, access = arguments[position]
            view, value = _operand(window, access, move.axes, present).view()
            ops += view
            values.append(value)
        return [*ops, self._invoke(move.instruction, values)]

    def _bounce(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """A copy through a small contiguous buffer in host memory, which is read or written element by element."""
        buffer = memref.AllocOp([], [], MemRefType(source.type.element_type, source.shape))
        buffer.memref.name_hint = "hop"
        whole = Window.of(buffer.memref)
        into_register = self._lane_dims(destination) is not None
        inner = self._move(whole, destination.without_guards(), whole.shape)
        if not into_register:
            inner = self._move(source.without_guards(), whole, whole.shape)
        if inner is None:
            places = f"@{self._memory(source)} to @{self._memory(destination)}"
            raise UserError(
                f"@{self._target.symbol} has no move of {source.type.element_type} from {places}",
                op,
            )
        ends = (source, whole) if into_register else (whole, destination)
        elements = self._nest(*ends, range(len(source.shape)), copy_element)
        return [buffer, *elements, *inner] if into_register else [buffer, *inner, *elements]

    def _fill_zero(self, window: Window, op: Operation) -> list[Operation]:
        zero = number_constant(0, window.type.element_type)
        return [zero, *self._fill_with(window, 0, zero.result, op)]

    def _fill_register(self, window: Window, op: linalg.ops.FillOp) -> list[Operation]:
        """Set one register to the value of a fill."""
        constant = op.inputs[0].owner
        if isinstance(constant, ConstantOp) and isinstance(constant.value, IntegerAttr | FloatAttr):
            return self._fill_with(window, constant.value.value.data, op.inputs[0], op)
        return self._repeat(window, op.inputs[0], op)

    def _fill_with(
        self, window: Window, number: float | int, value: SSAValue, op: Operation
    ) -> list[Operation]:
        """Set one register to a number: by the instruction for it, or by repeating one element."""
        element = window.type.element_type
        key = (self._memory(window), element, prod(window.shape), str(number))
        if key not in self._fills:
            self._fills[key] = find_fill(self._target, *key[:3], number)
        fill = self._fills[key]
        if fill is None:
            return self._repeat(window, value, op)
        view, place = window.view()
        return [*view, self._invoke(fill.instruction, [place], attributes_of(fill.parameters))]

    def _repeat(self, window: Window, value: SSAValue, op: Operation) -> list[Operation]:
        """Set every element of a register to a value, by way of one element in host memory."""
        cell = memref.AllocOp([], [], MemRefType(window.type.element_type, []))
        cell.memref.name_hint = "value"
        dims = [None] * len(window.shape)
        repeated = Window.of(cell.memref).select(dims, dict(enumerate(window.shape)))
        store = memref.StoreOp.get(value, cell.memref, [])
        return [cell, store, *self._tile(repeated, window, op)]

    # Between two places in host memory.

    def _through_registers(
        self, source: Window, destination: Window, op: Operation
    ) -> list[Operation]:
        """A copy from memory to memory: in vectors, in tiles, or element by element."""
        carrier = self._carrier(source.type.element_type)
        if carrier is None:
            return self._nest(source, destination, range(len(source.shape)), copy_element)
        strides = zip(source.strides(), destination.strides(), strict=True)
        rows = [n for pair, n in zip(strides, source.shape, strict=True) if pair == (1, 1)]
        is_row = max(rows, default=0) >= self._lanes(carrier, source.type.element_type)
        tile = None if is_row else self._tile_of(source, destination, carrier)
        if tile is not None:
            return self._tiles(source, destination, tile, op)
        if not rows:
            return self._nest(source, destination, range(len(source.shape)), copy_element)
        return self._vectors(source, destination, None, op)

    def _tile_of(
        self, source: Window, destination: Window, carrier: MemoryOp
    ) -> MemRefType[Attribute] | None:
        """The register tile of the last dimensions that one instruction each moves in and out."""
        element, host = destination.type.element_type, self._memory(destination)
        lanes = self._lanes(carrier, element)
        for rank in range(1, len(source.shape) + 1):
            extents = source.shape[-rank:]
            if prod(extents) != lanes:
                continue
            inside = tuple(prod(extents[dim + 1 :]) for dim in range(rank))
            ways = (
                (host, carrier.symbol, source.strides()[-rank:], inside),
                (carrier.symbol, host, inside, destination.strides()[-rank:]),
            )
            if all(
                find_move(self._target, Tile(element, extents, *way, extents)) is not None
                for way in ways
            ):
                return MemRefType(element, extents, memory_space=SymbolRefAttr(carrier.symbol))
        return None

    def _tiles(
        self, source: Window, destination: Window, tile: MemRefType[Attribute], op: Operation
    ) -> list[Operation]:
        """A copy in tiles of the last dimensions, each through a register."""

        def leaf(from_: Window, to: Window) -> list[Operation]:
            buffer = memref.AllocOp([], [], tile)
            buffer.memref.name_hint = "v"
            value = Window.of(buffer.memref)
            last = range(len(source.shape) - len(tile.get_shape()), len(source.shape))
            ends = from_.select(last), to.select(last)
            return [buffer, *self._tile(ends[0], value, op), *self._tile(value, ends[1], op)]

        outer = range(len(source.shape) - len(tile.get_shape()))
        order = sorted(outer, key=lambda dim: -source.strides()[dim])
        return self._nest(source, destination, order, leaf)

    def _vectors(
        self, source: Window, destination: Window, register: Window | None, op: Operation
    ) -> list[Operation]:
        """A copy (or, from a given register, a fill) in vectors along a dimension that is contiguous on both sides."""
        carrier = self._carrier(destination.type.element_type)
        assert carrier is not None
        strides = list(zip(source.strides(), destination.strides(), strict=True))
        along = max(
            (d for d, pair in enumerate(strides) if pair == (1, 1)), key=lambda d: source.shape[d]
        )
        width = self._lanes(carrier, destination.type.element_type)

        def vector(from_: Window, to: Window) -> list[Operation]:
            if register is not None:
                return self._tile(register, to, op)
            buffer = self._register(carrier, to.type.element_type)
            value = Window.of(buffer.memref)
            return [buffer, *self._tile(from_, value, op), *self._tile(value, to, op)]

        def row(from_: Window, to: Window) -> list[Operation]:
            return self._row(_line(from_, along), _line(to, along), width, vector)

        # Reads in the order of memory: rows of a page together are what prefetching needs.
        others = sorted(
            (d for d in range(len(strides)) if d != along), key=lambda d: -strides[d][0]
        )
        return self._nest(source, destination, others, row)

    def _row(
        self, source: Window, destination: Window, width: int, vector: _Leaf
    ) -> list[Operation]:
        """A copy of a contiguous row: full vectors, then what is left over."""
        length = source.shape[0]
        full = length // width
        ops: list[Operation] = []

        def part(at: SSAValue | int) -> list[Operation]:
            return vector(source.tile(0, width, at), destination.tile(0, width, at))

        for first, count in pieces([(source, 0), (destination, 0)], full, width):
            ops += (
                counted_loop(count, width, "i", part, first) if count > 1 else part(first * width)
            )
        if length % width:
            ops += vector(*(_tail(window, full * width, width) for window in (source, destination)))
        return ops

    def _nest(
        self, source: Window, destination: Window, dims: Sequence[int], leaf: _Leaf
    ) -> list[Operation]:
        """Loops over dimensions; positions at which elements may be absent are written out."""
        if is_absent(destination):
            return []
        if is_absent(source):
            return self._clear(destination)
        if not dims:
            return leaf(source, destination)
        dim, rest = dims[0], dims[1:]

        def inner(at: SSAValue | int) -> list[Operation]:
            return self._nest(source.tile(dim, 1, at), destination.tile(dim, 1, at), rest, leaf)

        ops: list[Operation] = []
        for first, count in pieces([(source, dim), (destination, dim)], source.shape[dim], 1):
            ops += counted_loop(count, 1, "i", inner, first) if count > 1 else inner(first)
        return ops

    def _clear(self, window: Window) -> list[Operation]:
        """Zeros for every element of a window in host memory that is present."""
        dims = [dim for dim, extent in enumerate(window.shape) if extent > 1]
        zero = number_constant(0, window.type.element_type)
        nest = self._nest(
            window.without_guards(), window, dims, lambda _, to: store_element(zero.result, to)
        )
        return [zero, *nest]

    # What the machine has.

    def _carrier(self, element: Attribute) -> MemoryOp | None:
        """The widest registers that host memory is moved into and out of by whole vectors."""
        host = self._target.host_memory
        best: MemoryOp | None = None
        for memory in self._target.memories.values():
            if (
                memory.kind != MemoryKind.REGISTER
                or host is None
                or not isinstance(element, FixedBitwidthType)
            ):
                continue
            extents = (self._lanes(memory, element),)
            ways = [(host.symbol, memory.symbol), (memory.symbol, host.symbol)]
            tiles = [Tile(element, extents, *way, (1,), (1,), extents) for way in ways]
            if all(find_move(self._target, tile) is not None for tile in tiles):
                best = max(best, memory, key=lambda m: m.bytes or 0) if best is not None else memory
        return best

    def _register(self, memory: MemoryOp, element: Attribute) -> memref.AllocOp:
        """A buffer of one register."""
        kind = MemRefType(
            element, [self._lanes(memory, element)], memory_space=SymbolRefAttr(memory.symbol)
        )
        buffer = memref.AllocOp([], [], kind)
        buffer.memref.name_hint = "v"
        return buffer

    def _lanes(self, memory: MemoryOp, element: Attribute) -> int:
        assert isinstance(element, FixedBitwidthType)
        assert memory.bytes is not None
        return memory.bytes // element.size

    def _lane_dims(self, window: Window) -> int | None:
        """How many of a window's last dimensions lie within one register; None if it is not in registers."""
        memory = self._target.memories.get(memory_of(window.type) or "")
        if memory is None or memory.kind != MemoryKind.REGISTER:
            return None
        lanes, dims = self._lanes(memory, window.type.element_type), 0
        while dims < len(window.shape) and prod(window.shape[len(window.shape) - dims :]) < lanes:
            dims += 1
        return dims

    def _memory(self, window: Window) -> str:
        host = self._target.host_memory
        return memory_of(window.type) or (host.symbol if host is not None else "")

    def _invoke(
        self,
        instruction: InstructionOp,
        values: Sequence[SSAValue],
        parameters: Mapping[str, Attribute] | None = None,
    ) -> InvokeOp:
        return InvokeOp((self._target.symbol, instruction.symbol), values, parameters)


def _operand(
    window: Window, access: Access, axes: Sequence[Sequence[int]], present: Sequence[int]
) -> Window:
    """The window as an instruction's operand: in its order, cut where it is bounded."""
    lanes = [
        (position, lane)
        for position, row in enumerate(access.matrix)
        for lane, factor in enumerate(row)
        if factor
    ]
    dims = [(position, dim) for position, lane in lanes for dim in axes[lane]]
    operand = window.without_guards().select([dim for _, dim in dims])
    for place, (position, dim) in enumerate(dims):
        if position in access.bounded:
            operand = operand.tile(place, present[dim], 0)
    return operand


def _at(window: Window, point: Sequence[int]) -> Window:
    """The window that lies at a point of the first dimensions."""
    for position in point:
        window = window.element(0, position)
    return window.simplified()


def _line(window: Window, dim: int) -> Window:
    """The window along one dimension; the others have one element."""
    return window.select([dim])


def _tail(window: Window, at: int, width: int) -> Window:
    """A vector of `width` elements from `at` on, of which those past the end of the window are absent."""
    end = (Linear((1,), (), at), window.shape[0])
    guards = (*window.tile(0, width, at).guards, end)
    part = window.tile(0, width, at)
    return Window(part.base, part.shape, part.index, guards)
