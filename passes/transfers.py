"""Copies and fills of boxes by instructions that move blocks of rows, in loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, MemRefType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError
from ..dialects.isa import InvokeOp, TargetOp
from ..dialects.isa.statement import memory_name
from ..mapping.expression import Constant
from ..mapping.moves import Tile, movers
from ..mapping.parameters import attributes_of
from ..mapping.statement import Access, instruction_statement
from ..mapping.transfer import Border, Transfer, find_transfer
from .allocations import as_row
from .globals import dense, global_for
from .hops import Ends, Hops
from .linear_form import Linear
from .loops import counted_loop
from .pieces import is_absent, pieces
from .presence import absent_ends
from .window import Window


class Transfers:
    """Writes copies and fills for a machine with memories of rows."""

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        host = target.host_memory
        self._host = host.symbol if host is not None else ""
        self._rows: dict[SSAValue, SSAValue] = {}
        self._hops = Hops(target, self._find, self._write)

    def copy(self, source: Window, destination: Window, op: Operation) -> list[Operation]:
        """The copy of one window to another of the same shape.

        Absent elements of the source are written as zero, those of the destination are not written.

        Raises:
            UserError: The machine has no way from the one memory to the other; `op` is what wants it.
        """
        if is_absent(destination) or 0 in destination.shape:
            return []
        if is_absent(source):
            zero = Constant(0, source.type.element_type)
            return self._split((None, destination.simplified()), 0, zero, op)
        moving = [dim for dim, extent in enumerate(source.shape) if extent > 1]
        return self._split((source.select(moving), destination.select(moving)), 0, None, op)

    def fill(self, destination: Window, constant: SSAValue, op: Operation) -> list[Operation]:
        """Every element of a window set to a constant.

        Raises:
            UserError: The machine has no instruction for it; `op` is what wants it.
        """
        number = constant.owner
        if not isinstance(number, ConstantOp) or not isinstance(
            number.value, IntegerAttr | FloatAttr
        ):
            raise UserError(f"@{self._target.symbol} fills with constants only", op)
        value = Constant(number.value.value.data, destination.type.element_type)
        return self._split((None, destination), 0, value, op)

    def _split(
        self, ends: Ends, dim: int, value: Constant | None, op: Operation
    ) -> list[Operation]:
        """The transfer in boxes in which all elements are present, or none."""
        source, destination = ends
        if is_absent(destination):
            return []
        if source is not None and is_absent(source):
            zero = Constant(0, source.type.element_type)
            return self._split((None, destination), dim, zero, op)
        windows = [window for window in ends if window is not None and window.guards]
        if not windows:
            return self._whole(ends, value, op)
        padded = self._padded(source, destination)
        if padded is not None:
            return self._write(padded, source, destination)
        if dim == len(destination.shape):
            message = "has no move whose elements are present in some iterations of a loop only"
            raise UserError(f"@{self._target.symbol} {message}", op)
        ops: list[Operation] = []
        moving = [(window, dim) for window in windows]
        clears = source is not None and self._clears(source, destination, dim)
        if clears:  # part of a row cannot be filled by itself
            zero = Constant(0, destination.type.element_type)
            ops += self._split((None, destination), dim, zero, op)
        for first, count in pieces(moving, destination.shape[dim], 1):
            part = (
                source.tile(dim, count, first) if source is not None else None,
                destination.tile(dim, count, first),
            )
            if not clears or part[0] is None or not is_absent(part[0]):
                ops += self._split(part, dim + 1, value, op)
        return ops

    def _clears(self, source: Window, destination: Window, dim: int) -> bool:
        """Whether zeros come into a part of a row only.

        What the destination does not need either is left as it is.
        """
        zeros = [guard for guard in source.guards if guard not in destination.guards]
        moving = any(form.dims[dim] for form, _ in zeros)
        return moving and self._is_within_rows(destination, dim)

    def _is_within_rows(self, window: Window, dim: int) -> bool:
        """Whether a dimension of a window lies within rows of its memory."""
        memory = self._target.memories.get(self._memory(window))
        return memory is not None and memory.row > 1 and bool(window.index[-1].dims[dim])

    def _whole(self, ends: Ends, value: Constant | None, op: Operation) -> list[Operation]:
        """The transfer of a box of which every element is present."""
        found = self._find(ends, value)
        if found is not None:
            return self._write(found, *ends)
        hop = self._hops.transfer(ends, value)
        source, destination = ends
        if hop is None and value is not None and source is None:
            return self._whole((self._row_of(value, destination, op), destination), None, op)
        if hop is None:
            assert source is not None
            raise self._no_way(source, destination, op)
        return hop

    def _no_way(self, source: Window, destination: Window, op: Operation) -> UserError:
        """The error that says that a window cannot be copied, and why the moves that there are do not."""
        element = destination.type.element_type
        places = self._memory(source), self._memory(destination)
        message = (
            f"@{self._target.symbol} has no move of {element} from @{places[0]} to @{places[1]}"
        )
        known = movers(self._target).get((*places, element), ())
        if not known:
            return UserError(message, op, hint="nor is there a way through another memory")
        names = ", ".join(f"@{instruction.symbol}" for instruction, _ in known)
        steps = zip(source.strides(), destination.strides(), source.shape, strict=True)
        apart = " and ".join(f"{n} elements {a} apart to {b} apart" for a, b, n in steps if n > 1)
        return UserError(f"{message} that takes {apart}", op, hint=f"it has {names}")

    def _row_of(self, value: Constant, like: Window, op: Operation) -> Window:
        """A constant array in the memory of arguments that reads as a number all over a window.

        It has a row of the window; all rows read the same.
        """
        rank, element = len(like.shape), like.type.element_type
        strides = like.strides()
        along = next((dim for dim in range(rank) if strides[dim] == 1), None)
        extent = 1 if along is None else like.shape[along]
        row = np.full(extent, value.value, dtype_of(element))
        array = global_for(dense(row, element), MemRefType(element, [extent]), op, "row")
        index = Linear(tuple(int(dim == along) for dim in range(rank)))
        return Window(array.memref, like.shape, (index,))

    def _find(
        self, ends: Ends, value: Constant | None, border: Border | None = None
    ) -> Transfer | None:
        """The instruction for a box."""
        source, destination = ends
        extents, strides = destination.shape, destination.strides()
        tile = Tile(
            destination.type.element_type,
            extents,
            self._memory(source or destination),
            self._memory(destination),
            source.strides() if source is not None else (0,) * len(extents),
            strides,
            extents,
        )
        return find_transfer(self._target, tile, value, border)

    def _padded(self, source: Window | None, destination: Window) -> Transfer | None:
        """The instruction that writes zeros for the absent ends of a source itself."""
        if source is None or not source.guards or destination.guards:
            return None
        border = _border(source)
        if border is None:
            return None
        return self._find((source, destination), None, border)

    def _write(
        self, transfer: Transfer, source: Window | None, destination: Window
    ) -> list[Operation]:
        """The loops around the instruction."""
        inside = {dim for axis in transfer.axes for dim in axis}
        loops = [dim for dim in range(len(destination.shape)) if dim not in inside]
        loops.sort(key=lambda dim: destination.shape[dim])
        ops: list[Operation] = []
        windows: list[Window | None] = []
        for window in (source, destination):
            if window is None:
                windows.append(None)
                continue
            flat = any(not _joins(window, axis) for axis in transfer.axes)
            windows.append(_along(self._flat(window) if flat else window, loops, transfer.axes))
        assert windows[1] is not None
        return ops + self._nest(transfer, windows[0], windows[1], 0, len(loops))

    def _nest(
        self, transfer: Transfer, source: Window | None, to: Window, dim: int, loops: int
    ) -> list[Operation]:
        """The loops from one on, and the instruction inside."""
        if dim == len(to.shape):
            return self._invoke(transfer, source, to)
        size = 1 if dim < loops else transfer.sizes[dim - loops]
        full, rest = divmod(to.shape[dim], size)

        def part(at: SSAValue | int, extent: int = size) -> list[Operation]:
            left = source.tile(dim, extent, at) if source is not None else None
            return self._nest(transfer, left, to.tile(dim, extent, at), dim + 1, loops)

        ops = counted_loop(full, size, "i", part) if full > 1 else part(0) if full else []
        return ops + (part(full * size, rest) if rest else [])

    def _invoke(self, transfer: Transfer, source: Window | None, to: Window) -> list[Operation]:
        """The instruction on what is left in the loops."""
        instruction = transfer.instruction
        needle, output = instruction_statement(instruction), instruction.output_index
        outer = len(to.shape) - len(transfer.axes)
        operands = {output: _operand(to, needle.output, outer)}
        if source is not None:
            operands[1 - output] = _operand(source, needle.inputs[0], outer)
        ops: list[Operation] = []
        values: list[SSAValue] = []
        for _, window in sorted(operands.items()):
            view, value = window.view()
            ops += view
            values.append(value)
        symbol = (self._target.symbol, instruction.symbol)
        return [*ops, InvokeOp(symbol, values, attributes_of(transfer.parameters))]

    def _flat(self, window: Window) -> Window:
        """The window on its base as one row of elements."""
        base, shape = window.base, window.type.get_shape()
        index = Linear(window.base_strides).within(window.index, len(window.shape))
        if len(shape) == 1:
            return window
        if base not in self._rows:
            self._rows[base] = _row_of(base)
        return Window(self._rows[base], window.shape, (index,), window.guards)

    def _memory(self, window: Window) -> str:
        return memory_name(window.type) or self._host


def _border(window: Window) -> Border | None:
    """The absent ends of a window, if it is along one dimension only that elements are absent."""
    dims = {dim for form, _ in window.guards for dim, factor in enumerate(form.dims) if factor}
    if len(dims) != 1 or any(form.terms for form, _ in window.guards):
        return None
    (dim,) = dims
    low, high = absent_ends(window)
    some = low[dim] + high[dim] < window.shape[dim]
    return Border(dim, low[dim], high[dim]) if some else None


def _operand(window: Window, access: Access, outer: int) -> Window:
    """The window as an operand, whose dimensions are axes of the instruction in its own order."""
    return window.select([outer + lanes[0] for lanes in access.axes])


def _joins(window: Window, dims: Sequence[int]) -> bool:
    """Whether dimensions of a window, one inside the other, are one dimension of it."""
    return all(
        form.dims[outer] == form.dims[inner] * window.shape[inner]
        for outer, inner in pairwise(dims)
        if window.shape[outer] > 1
        for form in window.index
    )


def _along(window: Window, loops: Sequence[int], axes: Sequence[Sequence[int]]) -> Window:
    """The window with a dimension per loop, then one per axis; several along an axis are joined."""
    groups = [*((dim,) for dim in loops), *axes]
    shape = tuple(prod(window.shape[dim] for dim in group) for group in groups)
    reads = [Linear((0,) * len(groups)) for _ in window.shape]
    for place, group in enumerate(groups):
        # All steps along the group are as long as those of its last dimension with several elements.
        moving = [dim for dim in group if window.shape[dim] > 1]
        if moving:
            reads[moving[-1]] = Linear(tuple(int(i == place) for i in range(len(groups))))
    return window.through(reads, shape)


def _row_of(base: SSAValue) -> SSAValue:
    """A buffer as one row of elements, for use by all that comes after the buffer."""
    row, owner = as_row(base), base.owner
    place = InsertPoint.at_start(owner) if isinstance(owner, Block) else InsertPoint.after(owner)
    Rewriter.insert_op(row, place)
    return row.result
