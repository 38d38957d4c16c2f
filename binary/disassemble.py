"""From words to assembly text; `syntax.py` shows what it looks like."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xdsl.dialects.builtin import IntegerType

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.isa.forms import END_RECORD, FIRST_RECORD, parameter_type
from ..dialects.isa.number import Call, Name
from .decode import Decoded, decoder_of
from .digest import check_machine
from .instance import Location
from .numbers import bits_of_parameter, parameter_of_bits
from .program import Buffer, Dimension, Program, Relocation, Role
from .shape import shape_of
from .syntax import keys_of, quoted
from .writer import address_unit

_BYTES_A_LINE = 32


def disassemble(
    program: Program, target: TargetOp, *, words: bool = False, records: bool = False
) -> str:
    """The text of a program, from which `assemble` makes the same program.

    Args:
        program: What to print.
        target: Its machine.
        words: Also print the offset and the words of every instruction, as comments.
        records: Also print the records of every instruction, as comments.

    Raises:
        UserError: It is for another machine, or has words that are no instructions.
    """
    check_machine(program, target)
    lines = [f".machine {quoted(program.machine)}", f".digest {quoted(program.digest)}"]
    lines += [f".source {quoted(program.source)}"] if program.source else []
    lines += [f".entry {quoted(program.entry)}"]
    for buffer in program.buffers:
        lines += _buffer_lines(buffer)
    held = next((b.data for b in program.buffers if b.role is Role.RECORDS), b"")
    printer = _Printer(target, program.relocations, words, held if records else b"")
    decoded = decoder_of(target).decode(program.code)
    if program.locations and len(program.locations) != len(decoded):
        raise UserError(
            f"the program has {len(decoded)} instructions, but lines for {len(program.locations)}"
        )
    place: Location | None = None
    for index, instruction in enumerate(decoded):
        here = program.locations[index] if program.locations else None
        if here != place:
            lines.append(_location_line(here))
            place = here
        lines += printer.lines(instruction)
    printer.check_done()
    return "".join(f"{line}\n" for line in lines)


def instruction_texts(program: Program, target: TargetOp) -> list[tuple[Decoded, str]]:
    """The instructions of a program in order, each with its text.

    Raises:
        UserError: Some words are no instructions.
    """
    printer = _Printer(target, program.relocations, False, b"")
    decoded = decoder_of(target).decode(program.code)
    return [(each, next(printer.lines(each))) for each in decoded]


def disassemble_code(code: bytes, target: TargetOp, *, words: bool = False) -> str:
    """The text of bare code.

    Raises:
        UserError: Some words are no instructions.
    """
    printer = _Printer(target, (), words, b"")
    decoded = decoder_of(target).decode(code)
    return "".join(f"{line}\n" for each in decoded for line in printer.lines(each))


class _Printer:
    """Prints instructions.

    Args:
        target: The machine.
        relocations: The fields with addresses in buffers.
        words: Whether to print words as comments.
        records: Records to print as comments.
    """

    def __init__(
        self,
        target: TargetOp,
        relocations: tuple[Relocation, ...],
        words: bool,
        records: bytes,
    ) -> None:
        self.target, self.words, self.records = target, words, records
        self.relocations = {relocation.bit: relocation for relocation in relocations}
        if len(self.relocations) != len(relocations):
            raise UserError("two relocations are of one field")
        self.met = 0

    def lines(self, decoded: Decoded) -> Iterator[str]:
        """The line of an instruction, with comments as asked."""
        form = decoded.form
        parts = [quoted(decoded.name), decoded.engine]
        for (key, call), value in zip(
            keys_of(form.layout.calls).items(), decoded.numbers, strict=True
        ):
            parts.append(f"{key}={self._value(decoded, call, value)}")
        lists = {
            "keeping": form.encoding.kept,
            "wait": decoded.waits,
            "signal": decoded.signals,
        }
        parts += [f"{word}({', '.join(names)})" for word, names in lists.items() if names]
        text = " ".join(parts)
        if self.words:
            digits = decoded.size * 2
            text = f"{text:<90} // {decoded.offset:#06x}: {decoded.bits:0{digits}x}"
        yield text
        if form.record is not None and self.records:
            yield from self._record_lines(decoded)

    def check_done(self) -> None:
        """Check that every relocation was of an address."""
        if self.met != len(self.relocations):
            raise UserError("a relocation is not of a field with an address")

    def _value(self, decoded: Decoded, call: Call, value: int) -> str:
        """A number of words as text."""
        part = decoded.form.part
        if not isinstance(part, InstructionOp):
            return str(value)
        if call.function == "parameter":
            return _parameter_text(part, call, value)
        if call.function != "address":
            return str(value)
        operands = shape_of(part, self.target).operands
        operand = next(o for o in operands if Name(o.name) == call.args[0])
        symbol = self._symbol(decoded, call, operand.unit)
        return f"{f'@{operand.memory}' if symbol is None else quoted(symbol)}[{value}]"

    def _symbol(self, decoded: Decoded, call: Call, unit: int) -> str | None:
        """The buffer that an address is in, by the relocations of its fields."""
        found: set[str | None] = set()
        for slot in decoded.form.layout.slots:
            if slot.call != call:
                continue
            relocation = self.relocations.get(decoded.offset * 8 + slot.first)
            found.add(None if relocation is None else relocation.symbol)
            if relocation is not None:
                self.met += 1
                own = slot.width, address_unit(slot, unit)
                if (relocation.width, relocation.unit) != own:
                    raise UserError(
                        f"the relocation at bit {relocation.bit} does not fit its field"
                    )
        if len(found) > 1:
            raise UserError("the fields of one address are relocated to different buffers")
        return found.pop()

    def _record_lines(self, decoded: Decoded) -> Iterator[str]:
        """The records of an instruction as comments."""
        layout = decoded.form.record
        assert layout is not None
        numbers = dict(zip(decoded.form.layout.calls, decoded.numbers, strict=True))
        size = layout.bits // 8
        for index in range(numbers[FIRST_RECORD], numbers[END_RECORD]):
            data = self.records[index * size : (index + 1) * size]
            if len(data) < size:
                yield f"    // record {index} is not in the program"
                return
            bits = int.from_bytes(data, "little")
            values = {slot.call: slot.value(slot.read(bits)) for slot in layout.slots}
            text = " ".join(
                f"{key}=[{values[call]}]" for key, call in keys_of(layout.calls).items()
            )
            yield f"    // record {index}: {text}"


def _parameter_text(part: InstructionOp, call: Call, value: int) -> str:
    """The value of a parameter; a float that text does not give exactly as its bits."""
    kind = parameter_type(part, call)
    if isinstance(kind, IntegerType):
        return str(value)
    number = parameter_of_bits(value, kind)
    exact = number == number and bits_of_parameter(number, kind) == value
    return repr(float(number)) if exact else f"{value:#x}"


def _buffer_lines(buffer: Buffer) -> Iterator[str]:
    """The lines of a buffer."""
    layout = ", ".join(map(_dimension_text, buffer.layout))
    yield (
        f".buffer {quoted(buffer.name)} {buffer.role.value} {buffer.element} "
        f"{list(buffer.shape)} layout [{layout}] align {buffer.alignment}"
    )
    for first in range(0, len(buffer.data), _BYTES_A_LINE):
        yield f".bytes {buffer.data[first : first + _BYTES_A_LINE].hex()}"


def _dimension_text(dimension: Dimension) -> str:
    """One dimension of a layout: `of:extent*step+offset`."""
    step = f"*{dimension.step}" if dimension.step != 1 else ""
    return f"{dimension.of}:{dimension.extent}{step}" + (
        f"{dimension.offset:+}" if dimension.offset else ""
    )


def _location_line(location: Location | None) -> str:
    """The line that says where the next instructions come from."""
    if location is None:
        return ".loc none"
    file, line, column = location
    return f".loc {json.dumps(file)} {line} {column}"
