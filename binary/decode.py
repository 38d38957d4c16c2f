"""From words to instructions: one table per machine, from opcodes to the forms of instructions.

A word is read once; the instance that it stands for depends on the configurations of its engine and
on the records at the time it executes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from xdsl.ir import Operation

from ..dialects.errors import UserError
from ..dialects.isa import ConfigurationOp, ControlOp, TargetOp
from ..dialects.isa.form_rules import check_forms
from ..dialects.isa.forms import END_RECORD, FIRST_RECORD, VALUE, Form, Layout, forms_of
from .instance import Instance
from .reader import Reader
from .synchronisation import Engines, Synchronisation


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One instruction as its words say it.

    Attributes:
        reader: What the words mean; its form says which instruction on which engine.
        numbers: The values of the quantities in the words, in the order of the form's.
        waits: The engines that it waits for; one that is named twice, for two signals of it.
        signals: The engines that it signals.
        bits: All words as one number.
        offset: Where its first word is in the code, in bytes.
    """

    reader: Reader
    numbers: tuple[int, ...]
    waits: Engines
    signals: Engines
    bits: int
    offset: int

    @property
    def form(self) -> Form:
        """The form of its words."""
        return self.reader.form

    @property
    def name(self) -> str:
        """The name of the instruction, configuration or control instruction."""
        return self.reader.form.name

    @property
    def engine(self) -> str:
        """The engine that executes it."""
        return self.reader.form.engine

    @property
    def size(self) -> int:
        """The bytes of its words."""
        return self.reader.form.size

    @property
    def words(self) -> tuple[int, ...]:
        """Its words."""
        bits, found = self.bits, list[int]()
        for width in self.reader.form.word_bits:
            found.append(bits & ((1 << width) - 1))
            bits >>= width
        return tuple(found)

    @property
    def is_control(self) -> bool:
        """Whether it computes nothing and sets nothing."""
        return isinstance(self.reader.form.part, ControlOp)

    @property
    def is_last(self) -> bool:
        """Whether it ends the program."""
        return self.reader.form.is_last

    @property
    def configuration(self) -> str | None:
        """The configuration that it sets, or None."""
        form = self.reader.form
        return form.name if isinstance(form.part, ConfigurationOp) else None

    @property
    def value(self) -> int:
        """What it sets the configuration to."""
        form = self.reader.form
        return self.numbers[form.layout.calls.index(VALUE)] if VALUE in form.layout.calls else 0

    @property
    def records(self) -> range | None:
        """The bytes of the memory of its records that it refers to; None if it has no records."""
        form = self.reader.form
        if form.record is None:
            return None
        numbers = dict(zip(form.layout.calls, self.numbers, strict=True))
        size = form.record.bits // 8
        return range(size * numbers[FIRST_RECORD], size * numbers[END_RECORD])

    def instance(self, state: Mapping[str, int], records: bytes = b"") -> Instance:
        """What is executed.

        Args:
            state: The configurations of its engine.
            records: The contents of the memory of its records.

        Raises:
            UserError: A configuration is not set or says something impossible, or records do.
        """
        try:
            found = self.reader.instance(self.numbers, state, records)
        except UserError as error:
            raise _at(self.offset, self.bits, self.size, f"{self.name}: {error.message}") from None
        return Instance(
            self.name,
            self.engine,
            *found,
            kept=self.form.encoding.kept,
            value=self.value,
            waits=self.waits,
            signals=self.signals,
        )


class Decoder:
    """Reads the code of one machine; `decoder_of` makes one per machine."""

    def __init__(self, target: TargetOp) -> None:
        check_forms(target)
        forms = forms_of(target)
        if not forms:
            raise UserError(f"@{target.symbol} has no binary form", target)
        self.least = min(form.size for form in forms)
        self.most = max(form.size for form in forms)
        self._key = (1 << self.least * 8) - 1
        for form in forms:
            self._key &= form.layout.stated
        formats = target.formats
        synchronisation = {
            n: Synchronisation(target, f) for n, f in formats.items() if f.memory_name is None
        }
        self._table: dict[int, list[tuple[Reader, Synchronisation]]] = {}
        for form in forms:
            entry = Reader(form, target), synchronisation[form.encoding.words[0].format]
            self._table.setdefault(form.layout.ones & self._key, []).append(entry)

    def decode(self, code: bytes) -> list[Decoded]:
        """Read all of some code.

        Raises:
            UserError: Some word is no instruction; the message has its offset and its bits.
        """
        found: list[Decoded] = []
        offset, end = 0, len(code)
        while offset < end:
            decoded = self._next(code, offset)
            found.append(decoded)
            offset += decoded.reader.form.size
        return found

    def _next(self, code: bytes, offset: int) -> Decoded:
        """Read the instruction at an offset."""
        bits = int.from_bytes(code[offset : offset + self.most], "little")
        for reader, synchronisation in self._table.get(bits & self._key, ()):
            form = reader.form
            layout = form.layout
            if bits & layout.fixed != layout.ones or offset + form.size > len(code):
                continue
            own = bits & ((1 << layout.bits) - 1)
            numbers = reader.numbers(own)
            if numbers is None:
                continue
            try:
                waits, signals = synchronisation.read(form.engine, own)
            except UserError as error:
                raise _at(offset, own, form.size, f"{form.name}: {error.message}") from None
            return Decoded(reader, numbers, waits, signals, own, offset)
        raise self._unknown(code, offset, bits)

    def _unknown(self, code: bytes, offset: int, bits: int) -> UserError:
        """The error for a word that is no instruction: the best reason that there is."""
        rest = len(code) - offset
        near = [
            r for r, _ in self._table.get(bits & self._key, ()) if _is_like(r.form.layout, bits)
        ]
        for reader in near:
            form, layout = reader.form, reader.form.layout
            if form.size > rest:
                message = f"{form.name} has {form.size} bytes, {rest} are left"
                return _at(offset, bits, rest, message)
            wrong = (bits ^ layout.ones) & layout.fixed
            if not wrong:
                return _at(offset, bits, form.size, f"{form.name}: {reader.complaint(bits)}")
        for reader in near:
            layout = reader.form.layout
            wrong = (bits ^ layout.ones) & layout.fixed
            shown = ", ".join(str(bit) for bit in range(layout.bits) if wrong >> bit & 1)
            message = f"{reader.form.name}: reserved bits are not zero: {shown}"
            return _at(offset, bits, reader.form.size, message)
        if rest < self.least:
            return _at(
                offset, bits, rest, f"{rest} bytes are left, an instruction has {self.least}"
            )
        return _at(offset, bits, min(rest, self.least), "no instruction has these bits")


def decoder_of(target: TargetOp) -> Decoder:
    """The decoder of a machine, made once.

    Raises:
        UserError: The machine has no binary form, or its words cannot be told apart.
    """
    block = target.body.block
    return _decoder_of(target, block.first_op, block.last_op)


@lru_cache(maxsize=16)
def _decoder_of(target: TargetOp, first: Operation | None, last: Operation | None) -> Decoder:
    """Make a decoder once, as long as the description does not grow."""
    return Decoder(target)


def _is_like(layout: Layout, bits: int) -> bool:
    """Whether bits have all that the description states of a form."""
    return bits & layout.stated == layout.ones


def _at(offset: int, bits: int, size: int, message: str) -> UserError:
    """An error about the bytes at an offset."""
    own = bits & ((1 << size * 8) - 1)
    return UserError(f"at byte {offset:#x}, word {own:#0{2 * size + 2}x}: {message}")
