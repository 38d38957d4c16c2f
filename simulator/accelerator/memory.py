"""Memories of bytes that know which bytes have been written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...binary.image import place
from ...binary.layout import bytes_of, pack, unpack
from ...binary.program import Buffer, Program, Role
from ...dialects.errors import UserError
from ...dialects.isa import MemoryOp
from ..elements import Array

GUARD = 64
"""Bytes between the buffers of the memory of arguments that belong to none."""

POISON = 0xA5
"""What bytes hold that nobody wrote."""

LARGEST = 1 << 30
"""Bytes of a memory that is simulated."""


class Memory:
    """A memory of a machine.

    Attributes:
        name: Its name. row: Its unit of addresses in bytes.
        banks: In how many banks its rows lie, None where they are no limit.
        bandwidth: What all engines together move per cycle in bytes, or None.
        bytes: The contents. defined: Per byte whether it was written.
        computed: Per byte whether what wrote it last computed it; None where that does not matter.
    """

    computed: Array | None = None

    def __init__(self, op: MemoryOp, size: int) -> None:
        if size > LARGEST:
            raise UserError(f"@{op.symbol} has {size} bytes, too many to simulate", op)
        self.name = op.symbol
        self.row, self.bandwidth = op.row, op.bandwidth
        self.banks = op.banks if op.banks_attr is not None else None
        self.bytes: Array = np.full(size, POISON, np.uint8)
        self.defined: Array = np.zeros(size, np.bool_)

    @property
    def rows_per_bank(self) -> int:
        """How many rows a bank has."""
        return max(1, len(self.bytes) // (self.row * (self.banks or 1)))

    def check(self, first: int, end: int, *, written: bool) -> str | None:
        """What is wrong with an access of the bytes from `first` to `end`, or None."""
        if first >= 0 and end <= len(self.bytes):
            return None
        return (
            f"{self.place(first)} to {self.place(end - 1)} of @{self.name}, which has {self._size}"
        )

    @property
    def _size(self) -> str:
        """How large it is, in words."""
        if self.row == 1:
            return f"{len(self.bytes)} bytes"
        return f"{len(self.bytes) // self.row} rows"

    def place(self, byte: int) -> str:
        """A byte in words: its row where there are rows."""
        return f"byte {byte}" if self.row == 1 else f"row {byte // self.row}"


@dataclass(frozen=True)
class Placed:
    """A buffer, where it begins and how many bytes it has."""

    buffer: Buffer
    start: int
    size: int


class ArgumentMemory(Memory):
    """The memory in which the buffers of a program lie, with nothing between them.

    Args:
        op: Its description.
        program: The program.
    """

    def __init__(self, op: MemoryOp, program: Program) -> None:
        self.offsets = place(program, GUARD, GUARD)
        self.placed = {
            buffer.name: Placed(buffer, self.offsets[buffer.name], bytes_of(buffer))
            for buffer in program.buffers
        }
        end = max((p.start + p.size for p in self.placed.values()), default=0) + GUARD
        super().__init__(op, end)
        self._in_order = list(self.placed.values())
        self._starts = [placed.start for placed in self._in_order]

    def fill(self, arguments: Mapping[str, Array]) -> None:
        """Put the arguments and the constants into their buffers.

        Raises:
            UserError: An input is missing, or an argument is none or has another shape.
        """
        for name in arguments:
            if name not in self.placed or self.placed[name].buffer.role not in _ARGUMENTS:
                raise UserError(f"the program has no argument '{name}'", hint=self._known())
        for name, placed in self.placed.items():
            buffer, start = placed.buffer, placed.start
            data = buffer.data
            if name in arguments:
                data = pack(arguments[name], buffer)
            elif buffer.role is Role.INPUT:
                raise UserError(f"argument '{name}' is missing")
            if len(data) > placed.size:
                raise UserError(f"'{name}' has {placed.size} bytes, but its data {len(data)}")
            self.bytes[start : start + len(data)] = np.frombuffer(data, np.uint8)
            self.defined[start : start + len(data)] = True

    def _known(self) -> str:
        """The names of the arguments."""
        names = [n for n, p in self.placed.items() if p.buffer.role in _ARGUMENTS]
        return f"known: {', '.join(names)}"

    def outputs(self) -> dict[str, Array]:
        """The arrays in the output buffers.

        Raises:
            UserError: Some element of one was never written.
        """
        found: dict[str, Array] = {}
        for name, placed in self.placed.items():
            if placed.buffer.role is not Role.OUTPUT:
                continue
            inside = slice(placed.start, placed.start + placed.size)
            found[name] = unpack(self.bytes[inside].tobytes(), placed.buffer)
            self._check_written(name, placed.buffer, self.defined[inside])
        return found

    def _check_written(self, name: str, buffer: Buffer, defined: Array) -> None:
        """Check that every element of an output was written; what pads it need not be."""
        if defined.all():
            return
        size = bytes_of(buffer) // max(1, int(np.prod([d.extent for d in buffer.layout])))
        missing = ~defined.reshape(-1, size).all(axis=1)
        bytes_ = unpack(missing.astype(np.uint8).tobytes(), _of_bytes(buffer))
        where = np.argwhere(bytes_)
        if len(where):
            element = ", ".join(map(str, where[0]))
            raise UserError(f"the program never writes element [{element}] of output '{name}'")

    def check(self, first: int, end: int, *, written: bool) -> str | None:
        """What is wrong with an access of the bytes from `first` to `end`, or None."""
        number = bisect_right(self._starts, first) - 1
        if number < 0 or first >= self._in_order[number].start + self._in_order[number].size:
            return f"{self.place(first)} of @{self.name}, where no buffer is"
        placed = self._in_order[number]
        role = placed.buffer.role
        if end > placed.start + placed.size:
            return (
                f"bytes {first - placed.start} to {end - 1 - placed.start} of "
                f"'{placed.buffer.name}', which has {placed.size}"
            )
        if written and role not in _WRITABLE:
            return f"'{placed.buffer.name}', which is read only ({role.value})"
        return None

    def place(self, byte: int) -> str:
        """A byte in words: that of a buffer."""
        number = bisect_right(self._starts, byte) - 1
        if number < 0:
            return f"byte {byte}"
        placed = self._in_order[number]
        return f"byte {byte - placed.start} of '{placed.buffer.name}'"


_ARGUMENTS = (Role.INPUT, Role.OUTPUT)
_WRITABLE = (Role.OUTPUT, Role.SCRATCH)


def _of_bytes(buffer: Buffer) -> Buffer:
    """The same buffer with a byte for every element."""
    return Buffer(buffer.name, buffer.role, "i8", buffer.shape, buffer.layout)
