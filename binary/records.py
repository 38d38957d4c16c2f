"""Records that instructions refer to, such as micro-operations: gathered, and brought to their memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, TargetOp
from .instance import Instance, Place
from .invocation import Invocation
from .shape import Operand, shape_of
from .writer import Writer, writer_of


class Records:
    """The records of a program; a sequence that is there already, also within another, is used again."""

    def __init__(self, target: TargetOp) -> None:
        self.target = target
        self.memory: str | None = None
        self.data = bytearray()
        self._firsts: dict[tuple[int, ...], int] = {}

    def add(self, writer: Writer, invocation: Invocation) -> None:
        """Add the records of an instance and tell it where they are.

        Raises:
            UserError: They do not fit into their memory any more.
        """
        layout, memory = writer.form.record, writer.form.record_memory
        assert layout is not None
        assert memory is not None
        if self.memory not in (None, memory):
            raise UserError(f"has records in @{memory}, others in @{self.memory}")
        self.memory = memory
        records, size = writer.records(invocation), layout.bits // 8
        if (first := self._firsts.get(records)) is None:
            data = b"".join(record.to_bytes(size, "little") for record in records)
            first = self._firsts[records] = self._find(data, size)
            if first * size == len(self.data):
                self.data += data
        capacity = self.target.memories[memory].bytes
        if capacity is not None and len(self.data) > capacity:
            raise UserError(
                f"the records do not fit into the {capacity} bytes of @{memory}",
                hint="use longer hardware loops around fewer records",
            )
        invocation.first_record, invocation.end_record = first, first + len(records)

    def _find(self, data: bytes, size: int) -> int:
        """Which record a sequence of records of some size begins at; the next one if it is new."""
        place = self.data.find(data)
        while place > 0 and place % size:
            place = self.data.find(data, place + 1)
        return (place if place >= 0 else len(self.data)) // size


def load_records(
    instances: Sequence[Instance], target: TargetOp, symbol: str = "records"
) -> tuple[Instance, ...]:
    """The instructions that bring the records of instances into their memory.

    They copy what `encode` returns as records from the buffer `symbol`; they stand in front of the
    instances, on the engine that reads the records.

    Raises:
        UserError: No instruction of that engine copies to that memory.
    """
    records, engines = Records(target), dict[str, None]()
    for instance in instances:
        writer = writer_of(instance, target)
        invocation = writer.invocation(instance) if writer.form.record is not None else None
        if invocation is not None:
            records.add(writer, invocation)
            engines[instance.engine] = None
    if records.memory is None:
        return ()
    if len(engines) > 1:
        raise UserError(f"records are read by several engines: {', '.join(engines)}")
    (engine,) = engines
    return _copies(target, engine, records.memory, symbol, len(records.data))


def _copies(
    target: TargetOp, engine: str, memory: str, symbol: str, size: int
) -> tuple[Instance, ...]:
    """The instructions of an engine that fill the beginning of a memory from a buffer."""
    host = target.host_memory
    places = (memory, "" if host is None else host.symbol)
    for op in target.instructions.values():
        runs = engine in target.units[op.unit_name].engines
        if op.is_move and op.encodings and op.operand_memories == places and runs:
            return _pieces(op, shape_of(op, target).operands, engine, symbol, size)
    raise UserError(f"no instruction of {engine} copies records from memory to @{memory}")


def _pieces(
    op: InstructionOp, operands: tuple[Operand, ...], engine: str, symbol: str, size: int
) -> tuple[Instance, ...]:
    """One kind of copy as often as it takes: rows along the last axis of which it also does less."""
    axes = [axis for axis in operands[0].axes if axis is not None]
    if not axes:
        raise UserError(f"@{op.symbol} copies a fixed number of records")
    axis, row = axes[-1], operands[0].unit
    longest, count = op.extents[axis], size // row
    ones = [1 if name in op.most else e for name, e in zip(op.axes, op.extents, strict=True)]
    found: list[Instance] = []
    for first in range(0, count, longest):
        extents = (*ones[:axis], min(longest, count - first), *ones[axis + 1 :])
        places = tuple(
            Place(first * row, _gapless(operand, extents), symbol=own)
            for operand, own in zip(operands, (None, symbol), strict=True)
        )
        found.append(Instance(op.symbol, engine, places, extents))
    return tuple(found)


def _gapless(operand: Operand, extents: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of an operand whose elements lie one after the other."""
    gapless = replace(operand, strides=None)
    return tuple(stride or 0 for stride in gapless.default_strides(operand.extents(extents)))
