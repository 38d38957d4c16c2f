"""How an instruction looks in binary: words of a format, fields of bits, and where they come from.

The numbers of fields may use these quantities of an invocation; addresses, strides and steps are in
the address unit of the operand's memory (its `row`, else a byte).

* `address(x)`: where operand x begins, `stride(x, d)`: from one element of its dimension d to the next;
* `low(x, d)`, `high(x, d)`: how many elements of its dimension d are absent at the ends and read as zero,
  `present(x, d)`: how many are there, at least one; the address is that of the first that is there;
* `extent(i)`: how much of axis i is done, `parameter(p)`: the value of parameter p;
* `count(l)`, `step(x, l)`: how often hardware loop l runs (0 is the outermost) and by how much x moves;
* `engine()`: the number of the engine that executes it, `value()`: what a configuration is set to;
* `first_record()`, `end_record()`: where its records begin, and where they have ended.

`@name = number` is held in a configuration, `@name[first:width] = number` in some of its bits.

A field that is not `signed` holds no negative numbers, but for parameters: of an integer it holds the
two's complement in the bits of its type, of a float its bits. The records of an instruction hold
addresses alone, one record for every iteration of the innermost loop: the loops of `count` are around
it. Words must differ in what they hold always, or in numbers that may not be (an extent of zero).

A stride that is `?` in the type of an operand and that the encoding does not give is one row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.ir import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from .number import Call, Number, calls_in, parse_number, text_of

QUANTITIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("address",), ("operand",)),
    **dict.fromkeys(("stride", "low", "high", "present"), ("operand", "dimension")),
    **{"extent": ("axis",), "parameter": ("parameter",)},
    **{"count": ("loop",), "step": ("operand", "loop")},
    **dict.fromkeys(("engine", "value", "first_record", "end_record"), ()),
}
"""The quantities of an invocation, and what each takes."""


@dataclass(frozen=True)
class Field:
    """Some bits of a word.

    `first` is the lowest bit and `width` how many there are; both None in an instruction's field
    that its format places. Without a `value`, instructions give one, or it is zero.
    """

    name: str
    first: int | None = None
    width: int | None = None
    signed: bool = False
    value: Number | None = None

    def text(self) -> str:
        """The field as it is written."""
        place = "" if self.first is None else f"[{self.first}:{self.width}]"
        value = "" if self.value is None else f" = {text_of(self.value)}"
        return f"{'signed ' if self.signed else ''}{self.name}{place}{value}"


@dataclass(frozen=True)
class Word:
    """A word of a format, with the fields that an instruction adds or gives a value."""

    format: str
    fields: tuple[Field, ...]

    def text(self) -> str:
        """The word as it is written."""
        return ", ".join([f"@{self.format}", *(field.text() for field in self.fields)])


@dataclass(frozen=True)
class Setting:
    """A number that is not in the word but in a configuration, which keeps it.

    With a `width`, it is held in that many bits of the configuration from `first` on, as they are in
    a register that several quantities share; the other bits may be anything.
    """

    configuration: str
    value: Number
    first: int = 0
    width: int | None = None

    @property
    def mask(self) -> int:
        """The bits of the configuration that hold it; all of them (-1) where it is the whole."""
        return -1 if self.width is None else (1 << self.width) - 1 << self.first

    def held(self, number: int) -> int:
        """What the configuration has in its bits where this is its number."""
        return number if self.width is None else number << self.first & self.mask

    def number(self, held: int) -> int:
        """The number where the configuration is this."""
        return held if self.width is None else (held & self.mask) >> self.first

    def text(self) -> str:
        """The setting as it is written."""
        place = "" if self.width is None else f"[{self.first}:{self.width}]"
        return f"@{self.configuration}{place} = {text_of(self.value)}"


@dataclass(frozen=True)
class Encoding:
    """One way to write an instruction: words, in order, and settings that must hold before.

    With `kept`, these operands must be the same as in the unit's last instruction of this name, and
    are not read again. `record` is a word of its own for every iteration of the innermost hardware
    loop, in the memory of its format.
    """

    words: tuple[Word, ...]
    settings: tuple[Setting, ...] = ()
    kept: tuple[str, ...] = ()
    record: Word | None = None

    def numbers(self) -> Iterator[Number]:
        """Every number of words, record and settings."""
        words = (*self.words, *([self.record] if self.record is not None else []))
        yield from (f.value for word in words for f in word.fields if f.value is not None)
        yield from (setting.value for setting in self.settings)

    def quantities(self) -> Iterator[Call]:
        """Every quantity that some number depends on."""
        for number in self.numbers():
            yield from calls_in(number)

    def text(self) -> str:
        """The encoding as it is written."""
        kept = f"keeping {', '.join(self.kept)} " if self.kept else ""
        parts = " then ".join(word.text() for word in self.words)
        settings = "".join(f", {setting.text()}" for setting in self.settings)
        record = f" records {self.record.text()}" if self.record is not None else ""
        return f"{kept}encoded<{parts}{settings}{record}>"


@irdl_attr_definition
class FieldsAttr(Data[tuple[Field, ...]]):
    """The fields that all words of a format have; see `isa.format`.

    ```mlir
    "test.op"() {fields = #isa.fields[opcode[0:8], engine[8:3] = engine()]} : () -> ()
    ```
    """

    name = "isa.fields"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> tuple[Field, ...]:
        """Parse `[name[first:width] = number, ...]`."""
        return tuple(
            parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: _parse_field(parser))
        )

    def print_parameter(self, printer: Printer) -> None:
        """Print what `parse_parameter` reads."""
        printer.print_string(f"[{', '.join(field.text() for field in self.data)}]")


@irdl_attr_definition
class EncodingAttr(Data[Encoding]):
    """How an instruction is written in binary; see `isa.instruction`.

    ```mlir
    "test.op"() {e = #isa.encoding encoded<@word, opcode = 4, c[32:20] = address(c),
      rows[52:9] = extent(i) - 1, @stride = stride(c, 0)>} : () -> ()
    ```
    """

    name = "isa.encoding"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Encoding:
        """Parse `keeping b encoded<@word, field = number, ...>`."""
        found = parse_optional_encoding(parser)
        if found is None:
            parser.raise_error("expected 'encoded<...>'")
        return found

    def print_parameter(self, printer: Printer) -> None:
        """Print what `parse_parameter` reads."""
        printer.print_string(f" {self.data.text()}")


def parse_optional_encoding(parser: AttrParser) -> Encoding | None:
    """Parse `keeping b encoded<...>`, or nothing."""
    kept: list[str] = []
    if parser.parse_optional_keyword("keeping") is not None:
        kept = parser.parse_comma_separated_list(
            parser.Delimiter.NONE, lambda: parser.parse_identifier(" of an operand")
        )
        parser.parse_keyword("encoded")
    elif parser.parse_optional_keyword("encoded") is None:
        return None
    with parser.in_angle_brackets():
        settings: list[Setting] = []
        words = [_parse_word(parser, settings)]
        while parser.parse_optional_keyword("then") is not None:
            words.append(_parse_word(parser, settings))
        record = None
        if parser.parse_optional_keyword("records") is not None:
            record = _parse_word(parser, settings)
    return Encoding(tuple(words), tuple(settings), tuple(kept), record)


def _parse_word(parser: AttrParser, settings: list[Setting]) -> Word:
    """Parse `@format, field = number, ...`; what is set in a configuration goes to `settings`."""
    format = parser.parse_symbol_name().data
    fields: list[Field] = []
    while parser.parse_optional_punctuation(",") is not None:
        configuration = parser.parse_optional_symbol_name()
        if configuration is None:
            fields.append(_parse_field(parser))
            continue
        place = _parse_place(parser)
        parser.parse_punctuation("=")
        settings.append(Setting(configuration.data, parse_number(parser), place[0] or 0, place[1]))
    return Word(format, tuple(fields))


def _parse_field(parser: AttrParser) -> Field:
    """Parse `signed name[first:width] = number`; the place and the number may be missing."""
    name = parser.parse_identifier(" of a field")
    other = parser.parse_optional_identifier() if name == "signed" else None
    signed = other is not None
    name = other or name
    first, width = _parse_place(parser)
    value = None
    if parser.parse_optional_punctuation("=") is not None:
        value = parse_number(parser)
    return Field(name, first, width, signed, value)


def _parse_place(parser: AttrParser) -> tuple[int, int] | tuple[None, None]:
    """Parse `[first:width]`, or nothing."""
    if parser.parse_optional_punctuation("[") is None:
        return None, None
    first = parser.parse_integer(allow_negative=False)
    parser.parse_punctuation(":")
    width = parser.parse_integer(allow_negative=False)
    parser.parse_punctuation("]")
    return first, width
