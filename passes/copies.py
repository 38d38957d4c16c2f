"""Copies and fills, written out in a machine's move instructions."""

from __future__ import annotations

from itertools import product
from math import prod

from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import FixedBitwidthType
from xdsl.ir import Attribute, Operation

from ..dialects.isa import MemoryKind, MemoryOp, TargetOp
from ..mapping.moves import Tile, find_move
from .allocations import new_buffer
from .copy_nests import nest, row
from .elements import copy_element, store_element
from .joined_dims import joined
from .register_moves import RegisterMoves, lanes_of
from .window import Window


class Copier:
    """Writes copies and fills for one machine."""

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        self._registers = RegisterMoves(target)
        self._carriers: dict[Attribute, MemoryOp | None] = {}

    def copy(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """The operations that copy one window to another of the same shape.

        Absent elements of the source read as zero, absent elements of the destination are not written.

        Raises:
            UserError: The machine has no way from the one memory to the other; `op` is what wants it.
        """
        if 0 in source.shape:
            return []
        lanes = self._registers.lane_dims(destination) or self._registers.lane_dims(source)
        if lanes is None:
            ops, (source, destination) = joined([source, destination])
            return [*ops, *self._through_registers(source, destination, op)]
        outer = source.shape[: len(source.shape) - lanes]
        ops: list[Operation] = []
        for point in product(*map(range, outer)):
            ops += self._registers.move(_at(source, point), _at(destination, point), op)
        return ops

    def fill(self, window: Window, op: linalg.ops.FillOp) -> list[Operation]:
        """The operations that set every element of a window to the constant that `op` fills with."""
        if 0 in window.shape:
            return []
        lanes = self._registers.lane_dims(window)
        if lanes is not None:
            outer = window.shape[: len(window.shape) - lanes]
            return [
                new
                for point in product(*map(range, outer))
                for new in self._registers.fill(_at(window, point), op)
            ]
        ops, (window,) = joined([window])
        source = window.select([None] * len(window.shape), dict(enumerate(window.shape)))
        carrier = self._carrier(window.type.element_type)
        if carrier is None or not any(stride == 1 for stride in window.strides()):
            dims = range(len(window.shape))
            return [
                *ops,
                *nest(source, window, dims, lambda _, to: store_element(op.inputs[0], to)),
            ]
        register = self._register(carrier, window.type.element_type)
        value = Window.of(register.memref)
        # A register repeated along every dimension of the window stands for the constant.
        ops += [register, *self._registers.fill(value, op)]
        return ops + self._vectors(window, window, value, op)

    def _through_registers(
        self, source: Window, destination: Window, op: Operation
    ) -> list[Operation]:
        """A copy from memory to memory: in vectors, in tiles, or element by element."""
        carrier = self._carrier(source.type.element_type)
        if carrier is None:
            return nest(source, destination, range(len(source.shape)), copy_element)
        strides = zip(source.strides(), destination.strides(), strict=True)
        rows = [n for pair, n in zip(strides, source.shape, strict=True) if pair == (1, 1)]
        is_row = max(rows, default=0) >= lanes_of(carrier, source.type.element_type)
        tile = None if is_row else self._tile_of(source, destination, carrier)
        if tile is not None:
            return self._tiles(source, destination, tile, carrier, op)
        if not rows:
            return nest(source, destination, range(len(source.shape)), copy_element)
        return self._vectors(source, destination, None, op)

    def _tile_of(
        self, source: Window, destination: Window, carrier: MemoryOp
    ) -> tuple[int, ...] | None:
        """The extents of the last dimensions that one instruction each moves into a register and out."""
        element, host = destination.type.element_type, self._registers.memory(destination)
        lanes = lanes_of(carrier, element)
        for rank in range(1, len(source.shape) + 1):
            extents = source.shape[-rank:]
            if prod(extents) != lanes:
                continue
            inside = tuple(prod(extents[dim + 1 :]) for dim in range(rank))
            ways = (
                (host, carrier.symbol, source.strides()[-rank:], inside),
                (carrier.symbol, host, inside, destination.strides()[-rank:]),
            )
            tiles = [Tile(element, extents, *way, extents) for way in ways]
            if all(find_move(self._target, tile) is not None for tile in tiles):
                return extents
        return None

    def _tiles(
        self,
        source: Window,
        destination: Window,
        extents: tuple[int, ...],
        carrier: MemoryOp,
        op: Operation,
    ) -> list[Operation]:
        """A copy in tiles of the last dimensions, each through a register."""
        outer = len(source.shape) - len(extents)

        def leaf(from_: Window, to: Window) -> list[Operation]:
            buffer = new_buffer(from_.type.element_type, extents, "v", carrier.symbol)
            value, last = Window.of(buffer.memref), range(outer, len(source.shape))
            into = self._registers.move(from_.select(last), value, op)
            return [buffer, *into, *self._registers.move(value, to.select(last), op)]

        order = sorted(range(outer), key=lambda dim: -source.strides()[dim])
        return nest(source, destination, order, leaf)

    def _vectors(
        self, source: Window, destination: Window, register: Window | None, op: Operation
    ) -> list[Operation]:
        """A copy (or, from a given register, a fill) in vectors along a dimension that is contiguous on both sides."""
        element = destination.type.element_type
        carrier = self._carrier(element)
        assert carrier is not None
        strides = list(zip(source.strides(), destination.strides(), strict=True))
        along = max(
            (d for d, pair in enumerate(strides) if pair == (1, 1)), key=lambda d: source.shape[d]
        )
        width = lanes_of(carrier, element)

        def vector(from_: Window, to: Window) -> list[Operation]:
            if register is not None:
                return self._registers.move(register, to, op)
            buffer = self._register(carrier, element)
            value = Window.of(buffer.memref)
            into = self._registers.move(from_, value, op)
            return [buffer, *into, *self._registers.move(value, to, op)]

        def line(from_: Window, to: Window) -> list[Operation]:
            return row(from_.select([along]), to.select([along]), width, vector)

        # Reads in the order of memory: rows of a page together are what prefetching needs.
        others = sorted(
            (d for d in range(len(strides)) if d != along), key=lambda d: -strides[d][0]
        )
        return nest(source, destination, others, line)

    def _carrier(self, element: Attribute) -> MemoryOp | None:
        """The widest registers that host memory is moved into and out of by whole vectors."""
        if element not in self._carriers:
            found = [
                memory
                for memory in self._target.memories.values()
                if memory.kind == MemoryKind.REGISTER and self._carries(memory, element)
            ]
            best = max(found, key=lambda memory: memory.bytes or 0, default=None)
            self._carriers[element] = best
        return self._carriers[element]

    def _carries(self, memory: MemoryOp, element: Attribute) -> bool:
        """Whether single instructions move a vector of elements from host memory to a register and back."""
        host = self._target.host_memory
        if host is None or not isinstance(element, FixedBitwidthType):
            return False
        extents = (lanes_of(memory, element),)
        ways = [(host.symbol, memory.symbol), (memory.symbol, host.symbol)]
        tiles = [Tile(element, extents, *way, (1,), (1,), extents) for way in ways]
        return all(find_move(self._target, tile) is not None for tile in tiles)

    def _register(self, memory: MemoryOp, element: Attribute) -> memref.AllocOp:
        """A buffer of one register."""
        return new_buffer(element, (lanes_of(memory, element),), "v", memory.symbol)


def _at(window: Window, point: tuple[int, ...]) -> Window:
    """The window that lies at a point of the first dimensions."""
    return window.at(dict(enumerate(point)))
