"""From assembly text to programs; `syntax.py` shows what it looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects.builtin import IntegerType

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.isa.forms import Slot, parameter_type
from ..dialects.isa.number import Call, Name
from ..dialects.machines import load_machine
from .digest import digest_of
from .instance import Location
from .layout import bytes_of
from .numbers import bits_of_parameter
from .program import Buffer, Dimension, Program, Relocation, Role
from .scanner import Scanner
from .syntax import keys_of
from .writer import Writer, address_unit, bits_for, find_writer

_KEY = re.compile(r"[A-Za-z_][\w.$]*")
_CALL = re.compile(r"\([\w.,$]*\)")
_ENGINE = re.compile(r"[A-Za-z_][\w.$\-]*")
_ELEMENT = re.compile(r"[A-Za-z]\w*")
_FLOAT = re.compile(r"[-+]?(?:inf|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![\w.])")
_BYTES = re.compile(r"(?:[0-9a-fA-F]{2})+(?!\w)")
_MOST_DATA = 1 << 32


def assemble(text: str, target: TargetOp | None = None, file: str = "<assembly>") -> Program:
    """The program that a text means.

    Args:
        text: Directives and instructions.
        target: The machine, if the text does not name one.
        file: What messages call the text.

    Raises:
        UserError: The text is wrong; the error has line and column.
    """
    assembler = _Assembler(target, file)
    for number, line in enumerate(text.split("\n"), 1):
        scanner = Scanner(line, file, number)
        if not scanner.at_end:
            assembler.line(scanner)
    return assembler.program()


@dataclass(frozen=True)
class _Item:
    """A number of an instruction as it is written, and the column of its name.

    `base` is the memory or the buffer of an address, `at` where the number stands.
    """

    column: int
    at: int
    text: str
    base: str | None = None
    in_buffer: bool = False


class _Assembler:
    """What has been read so far."""

    def __init__(self, target: TargetOp | None, file: str) -> None:
        self.target, self.file = target, file
        self.texts = {"digest": "", "source": "", "entry": "main"}
        self.buffers: list[Buffer] = []
        self.data: dict[str, bytearray] = {}
        self.code = bytearray()
        self.relocations: list[Relocation] = []
        self.locations: list[Location | None] = []
        self.location: Location | None = None
        self.directives: dict[str, Callable[[Scanner], None]] = {
            ".machine": self._machine,
            ".digest": lambda scanner: self._text("digest", scanner),
            ".source": lambda scanner: self._text("source", scanner),
            ".entry": lambda scanner: self._text("entry", scanner),
            ".buffer": self._buffer,
            ".bytes": self._bytes,
            ".loc": self._loc,
        }

    def line(self, scanner: Scanner) -> None:
        """Read a line that is not empty."""
        begin = scanner.position
        if scanner.text[begin] == ".":
            name = scanner.take(re.compile(r"[.\w]+"), "a directive")
            if name not in self.directives:
                scanner.unknown("directive", name, self.directives, begin)
            self.directives[name](scanner)
        else:
            self._instruction(scanner)
        if not scanner.at_end:
            scanner.fail("expected the end of the line")

    def program(self) -> Program:
        """The program that has been read."""
        target = self._known_target(None)
        buffers = [replace(b, data=bytes(self.data.get(b.name, b""))) for b in self.buffers]
        for buffer in buffers:
            if buffer.data and len(buffer.data) != bytes_of(buffer):
                raise UserError(
                    f"{self.file}: buffer '{buffer.name}' has {bytes_of(buffer)} bytes, "
                    f"but {len(buffer.data)} are given"
                )
        known = any(location is not None for location in self.locations)
        return Program(
            target.symbol,
            self.texts["digest"] or digest_of(target),
            self.texts["entry"],
            bytes(self.code),
            tuple(buffers),
            tuple(sorted(self.relocations, key=lambda relocation: relocation.bit)),
            tuple(self.locations) if known else (),
            self.texts["source"],
        )

    def _known_target(self, scanner: Scanner | None) -> TargetOp:
        """The machine, which must be known by now."""
        if self.target is None:
            message, hint = "the machine is not known yet", "such as '.machine npu'"
            if scanner is not None:
                scanner.fail(message, hint, scanner.begin)
            raise UserError(message, hint=hint)
        return self.target

    def _machine(self, scanner: Scanner) -> None:
        """`.machine npu`: a shipped machine, unless the caller has given one of that name."""
        begin = scanner.position
        name = scanner.name("the name of a machine")
        if self.target is None:
            try:
                self.target = load_machine(name)
            except UserError as error:
                scanner.fail(error.message, error.hint, begin)
        if self.target.symbol != name:
            scanner.fail(f"this is for machine '{name}', not '{self.target.symbol}'", at=begin)

    def _text(self, what: str, scanner: Scanner) -> None:
        """`.entry main` and the like."""
        self.texts[what] = scanner.name(f"the {what}")

    def _loc(self, scanner: Scanner) -> None:
        """`.loc "x.mlir" 3 5`: where the next instructions come from; `.loc none`."""
        if scanner.accept_text("none"):
            self.location = None
            return
        file = scanner.name("the name of a file, or 'none'")
        self.location = file, scanner.integer("a line"), scanner.integer("a column")

    def _buffer(self, scanner: Scanner) -> None:
        """`.buffer a input i8 [16, 16] layout [0:16, 1:16] align 64`; the last two may be missing."""
        begin = scanner.position
        name = scanner.name("the name of a buffer")
        if any(buffer.name == name for buffer in self.buffers):
            scanner.fail(f"there is a buffer '{name}' already", at=begin)
        begin = scanner.position
        role = scanner.take(_ELEMENT, "the role of the buffer")
        roles = [known.value for known in Role]
        if role not in roles:
            scanner.unknown("role", role, roles, begin)
        element = scanner.take(_ELEMENT, "an element type")
        scanner.expect("[")
        shape = tuple(scanner.items("]", lambda: _natural(scanner, "an extent", 0)))
        layout = tuple(Dimension(of, extent) for of, extent in enumerate(shape))
        if scanner.accept_text("layout"):
            scanner.expect("[")
            layout = tuple(scanner.items("]", lambda: _dimension(scanner, len(shape))))
        alignment = _natural(scanner, "an alignment", 1) if scanner.accept_text("align") else 64
        buffer = Buffer(name, Role(role), element, shape, layout, alignment=alignment)
        try:
            bytes_of(buffer)
        except UserError as error:
            scanner.fail(error.message, error.hint, begin)
        self.buffers.append(buffer)

    def _bytes(self, scanner: Scanner) -> None:
        """`.bytes 00ff`: the next bytes of the last buffer."""
        if not self.buffers or self.buffers[-1].role not in (Role.CONSTANT, Role.RECORDS):
            scanner.fail("bytes must follow a buffer of constants or records", at=scanner.begin)
        data = self.data.setdefault(self.buffers[-1].name, bytearray())
        data += bytes.fromhex(scanner.take(_BYTES, "bytes as pairs of hexadecimal digits"))
        if len(data) > bytes_of(self.buffers[-1]):
            scanner.fail(
                f"these are more bytes than '{self.buffers[-1].name}' has", at=scanner.begin
            )

    def _instruction(self, scanner: Scanner) -> None:
        """`name engine key=number ... keeping(..) wait(..) signal(..)`."""
        target = self._known_target(scanner)
        begin = scanner.position
        name = scanner.name("an instruction or a directive")
        engine = scanner.take(_ENGINE, "the engine that executes it")
        items, lists = _read_items(scanner)
        try:
            writer = find_writer(name, engine, lists["keeping"], target)
            calls = keys_of(writer.form.layout.calls)
            bits = writer.form.layout.ones
            bits |= writer.synchronisation.bits(engine, lists["wait"], lists["signal"])
        except UserError as error:
            scanner.fail(error.message, error.hint, begin)
        for key, item in items.items():
            if key not in calls:
                scanner.unknown("number", key, calls, item.column)
        for key, call in calls.items():
            if key not in items:
                scanner.fail(f"'{name}' needs '{key}'", f"such as '{key}=1'", begin)
            value = self._value(scanner, writer, call, items[key])
            for slot in writer.form.layout.slots:
                if slot.call == call:
                    bits |= self._bits(scanner, writer, slot, value, items[key])
        self.code += bits.to_bytes(writer.form.size, "little")
        self.locations.append(self.location)

    def _bits(self, scanner: Scanner, writer: Writer, slot: Slot, value: int, item: _Item) -> int:
        """The bits of one field; an address in a buffer is noted."""
        try:
            if item.in_buffer and item.base is not None:
                operand = next(o for o in writer.operands if Name(o.name) == slot.call.args[0])
                first, unit = len(self.code) * 8 + slot.first, address_unit(slot, operand.unit)
                self.relocations.append(Relocation(first, slot.width, item.base, unit))
            return bits_for(slot, value)
        except UserError as error:
            scanner.fail(error.message, error.hint, item.at)

    def _value(self, scanner: Scanner, writer: Writer, call: Call, item: _Item) -> int:
        """The value of a quantity as it is written."""
        part = writer.form.part
        number = Scanner(item.text, scanner.file, scanner.line)
        if call.function == "address":
            self._check_base(scanner, writer, call, item)
        elif item.base is not None:
            scanner.fail("expected a number, this is no address", at=item.at)
        try:
            if call.function == "parameter" and isinstance(part, InstructionOp):
                return _parameter(number, part, call)
            return _whole(number, "a number")
        except UserError as error:
            scanner.fail(error.message, error.hint, item.at)

    def _check_base(self, scanner: Scanner, writer: Writer, call: Call, item: _Item) -> None:
        """Check that an address is in the operand's memory or in a buffer."""
        operand = next(o for o in writer.operands if Name(o.name) == call.args[0])
        if item.base is None:
            scanner.fail(f"expected an address, such as '@{operand.memory}[0]'", at=item.at)
        if not item.in_buffer and item.base != operand.memory:
            scanner.fail(
                f"%{operand.name} is in @{operand.memory}, not in @{item.base}", at=item.at
            )
        names = [buffer.name for buffer in self.buffers]
        if item.in_buffer and item.base not in names:
            scanner.unknown("buffer", item.base, names, item.at)


def _read_items(scanner: Scanner) -> tuple[Mapping[str, _Item], Mapping[str, Sequence[str]]]:
    """The numbers of an instruction, and its lists: what it keeps, waits for and signals."""
    items: dict[str, _Item] = {}
    lists: dict[str, Sequence[str]] = {"keeping": (), "wait": (), "signal": ()}
    while not scanner.at_end:
        column = scanner.position
        key = scanner.take(_KEY, "a number such as 'i=4', or 'wait(...)'")
        if key in lists and scanner.accept_text("("):
            if lists[key]:
                scanner.fail(f"'{key}' stands there twice", at=column)
            lists[key] = scanner.items(")", lambda: scanner.take(_ENGINE, "a name"))
            continue
        key += scanner.accept(_CALL) or ""
        if key in items:
            scanner.fail(f"'{key}' stands there twice", at=column)
        scanner.expect("=")
        items[key] = _read_value(scanner, column)
    return items, lists


def _read_value(scanner: Scanner, column: int) -> _Item:
    """`@memory[4]`, `buffer[4]` or a number."""
    at = scanner.position
    number = re.compile(r"[-+]?[\w.]+(?:[eE][-+][0-9]+)?(?![\w$.+\-])(?!\s*\[)")
    if (text := scanner.accept(number)) is not None:
        return _Item(column, at, text)
    in_buffer = not scanner.accept_text("@")
    base = scanner.name("a number, or an address such as '@memory[0]' or 'buffer[0]'")
    scanner.expect("[")
    text = scanner.take(re.compile(r"[-+\w]+"), "an address")
    scanner.expect("]")
    return _Item(column, at, text, base, in_buffer)


def _whole(scanner: Scanner, what: str) -> int:
    """An integer that is all of a text."""
    found = scanner.integer(what)
    if not scanner.at_end:
        scanner.fail(f"expected {what}")
    return found


def _parameter(scanner: Scanner, part: InstructionOp, call: Call) -> int:
    """The value of a parameter: of a float also its bits, as a hexadecimal number."""
    kind = parameter_type(part, call)
    if isinstance(kind, IntegerType):
        return bits_of_parameter(_whole(scanner, "an integer"), kind)
    if scanner.text.lower().startswith("0x"):
        return _whole(scanner, "the bits of a number")
    text = scanner.take(_FLOAT, "a number")
    if not scanner.at_end:
        scanner.fail("expected a number")
    return bits_of_parameter(float(text), kind)


def _natural(scanner: Scanner, what: str, least: int) -> int:
    """An integer that is not below a least one, and not absurd."""
    begin = scanner.position
    found = scanner.integer(what)
    if not least <= found <= _MOST_DATA:
        scanner.fail(f"{what} must be {least} to {_MOST_DATA}, not {found}", at=begin)
    return found


def _dimension(scanner: Scanner, rank: int) -> Dimension:
    """`of:extent*step+offset`; step and offset may be missing."""
    begin = scanner.position
    of = _natural(scanner, "a dimension", 0)
    if of >= rank:
        scanner.fail(f"the array has {rank} dimensions, there is no dimension {of}", at=begin)
    scanner.expect(":")
    extent = _natural(scanner, "an extent", 0)
    step = scanner.integer("a step") if scanner.accept_text("*") else 1
    signed = scanner.text[scanner.position : scanner.position + 1] in ("+", "-")
    return Dimension(of, extent, step, scanner.integer("an offset") if signed else 0)
