"""The operations that describe a machine's binary beside instructions: formats, configurations, control."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    IntAttr,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
)
from xdsl.irdl import irdl_op_definition, opt_prop_def, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface
from xdsl.utils.str_enum import StrEnum

from . import encoding_rules
from .encoding import Encoding, EncodingAttr, Field, FieldsAttr, Setting, parse_optional_encoding
from .named import NamedOp, OnUnitOp
from .number import Call, Name


@irdl_op_definition
class FormatOp(NamedOp):
    """A kind of word: how many bits it has, and the fields that every such word has.

    A field is `name[first bit:number of bits]`; with a number it always holds that, without one
    instructions may say what. All other bits are zero. Words are little endian. With `in`, such
    words are no instructions but records that instructions refer to, in a memory of their own.

    `c` is the C statement that has the machine execute such a word, for machines that a CPU hands
    their instructions. In it, `{first:width}` stands for bits of the word, as an unsigned number.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64, number = 1 : i64}
      isa.format @word bits 64 [opcode[0:8], engine[8:3] = engine()]
      isa.format @command bits 128 [function[0:7], from[64:64]] c "command({0:7}, {64:64});"
    }
    ```
    """

    name = "isa.format"

    bits_attr = prop_def(IntAttr, prop_name="bits")
    memory = opt_prop_def(SymbolRefAttr)
    fields_attr = prop_def(FieldsAttr, prop_name="fields")
    c = opt_prop_def(StringAttr)

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        name: str,
        bits: int,
        fields: tuple[Field, ...],
        memory: str | None = None,
        c: str | None = None,
    ) -> None:
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "bits": IntAttr(bits),
                "memory": None if memory is None else SymbolRefAttr(memory),
                "fields": FieldsAttr(fields),
                "c": None if c is None else StringAttr(c),
            }
        )

    @property
    def bits(self) -> int:
        """How many bits a word has."""
        return self.bits_attr.data

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that all words have."""
        return self.fields_attr.data

    @property
    def memory_name(self) -> str | None:
        """The memory of records of this format; None if its words are instructions."""
        return None if self.memory is None else self.memory.root_reference.data

    @property
    def c_template(self) -> str | None:
        """The C statement of a word, or None."""
        return None if self.c is None else self.c.data

    @classmethod
    def parse(cls, parser: Parser) -> FormatOp:
        """Parse `@name bits 128 in @memory [field, ...] c "..."`."""
        name = parser.parse_symbol_name().data
        parser.parse_keyword("bits")
        bits = parser.parse_integer(allow_negative=False)
        memory = None
        if parser.parse_optional_keyword("in") is not None:
            memory = parser.parse_symbol_name().data
        fields = FieldsAttr.parse_parameter(parser)
        c = None
        if parser.parse_optional_keyword("c") is not None:
            c = parser.parse_str_literal(", the C form")
        return cls(name, bits, fields, memory, c)

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        place = "" if self.memory_name is None else f" in @{self.memory_name}"
        printer.print_string(f" @{self.symbol} bits {self.bits}{place} ")
        self.fields_attr.print_parameter(printer)
        if self.c is not None:
            printer.print_string(" c ")
            printer.print_string_literal(self.c.data)

    def verify_(self) -> None:
        """Check the fields against each other and against the size of the word."""
        encoding_rules.check_format(self)


class _EncodedOp(NamedOp, OnUnitOp, ABC):
    """A part of a machine beside the instructions that compute: the engines of a unit execute it."""

    encoding_attr = prop_def(EncodingAttr, prop_name="encoding")

    traits = traits_def(SymbolOpInterface())

    @property
    def encoding(self) -> Encoding:
        """How it is written."""
        return self.encoding_attr.data


@irdl_op_definition
class ConfigurationOp(_EncodedOp):
    """A number that an engine keeps until it is set again, and how it is set.

    Instructions whose encoding says `@name = number` need that the number is set before. Where no
    number matters, such as the stride of one row, they do without, but not if it is `required`:
    then setting it does more, or hardware needs it.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64, number = 1 : i64}
      isa.format @word bits 64 [opcode[0:8], engine[8:3] = engine()]
      isa.configuration @pitch on @load encoded<@word, opcode = 2, to[32:32] = value()>
    }
    ```
    """

    name = "isa.configuration"

    required = opt_prop_def(UnitAttr)

    def __init__(
        self, name: str, unit: str, encoding: Encoding, required: UnitAttr | None = None
    ) -> None:
        super().__init__(
            properties={
                "required": required,
                "sym_name": StringAttr(name),
                "unit": SymbolRefAttr(unit),
                "encoding": EncodingAttr(encoding),
            }
        )

    @classmethod
    def parse(cls, parser: Parser) -> ConfigurationOp:
        """Parse `@name on @unit required encoded<...>`, where `required` may be absent."""
        name = parser.parse_symbol_name().data
        parser.parse_keyword("on")
        unit = parser.parse_symbol_name().data
        is_required = parser.parse_optional_keyword("required") is not None
        return cls(name, unit, _parse_encoding(parser), UnitAttr() if is_required else None)

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        required = "" if self.required is None else "required "
        unit = self.unit_name
        printer.print_string(f" @{self.symbol} on @{unit} {required}{self.encoding.text()}")

    def verify_(self) -> None:
        """Check the unit and the encoding."""
        encoding_rules.check_configuration(self)


@irdl_op_definition
class LoopsOp(OnUnitOp):
    """The hardware loops of all instructions of a unit, in configurations.

    `counts` say how often each loop runs, the outermost first; `steps` by how much each operand
    moves, in the order of an instruction's operands.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64, number = 1 : i64}
      isa.format @set bits 64 [opcode[0:8] = 2, engine[8:3] = engine(), number[16:4], to[32:32] = value()]
      isa.configuration @count on @load encoded<@set, number = 0>
      isa.configuration @to_step on @load encoded<@set, number = 1>
      isa.configuration @from_step on @load encoded<@set, number = 2>
      isa.loops on @load counts [@count] steps [[@to_step], [@from_step]]
    }
    ```
    """

    name = "isa.loops"

    counts_attr = prop_def(ArrayAttr[SymbolRefAttr], prop_name="counts")
    steps_attr = prop_def(ArrayAttr[ArrayAttr[SymbolRefAttr]], prop_name="steps")

    def __init__(
        self, unit: str, counts: Sequence[SymbolRefAttr], steps: Sequence[Sequence[SymbolRefAttr]]
    ) -> None:
        super().__init__(
            properties={
                "unit": SymbolRefAttr(unit),
                "counts": ArrayAttr(counts),
                "steps": ArrayAttr([ArrayAttr(names) for names in steps]),
            }
        )

    @property
    def counts(self) -> tuple[str, ...]:
        """Per loop, the configuration of its count."""
        return tuple(name.root_reference.data for name in self.counts_attr)

    @property
    def steps(self) -> tuple[tuple[str, ...], ...]:
        """Per operand and loop, the configuration of its step."""
        return tuple(tuple(name.root_reference.data for name in names) for names in self.steps_attr)

    def settings(self, operands: Sequence[str]) -> tuple[Setting, ...]:
        """What an instruction with these operands needs set."""
        loops = range(len(self.counts))
        counts = [Setting(self.counts[loop], Call("count", (loop,))) for loop in loops]
        steps = [
            Setting(names[loop], Call("step", (Name(operand), loop)))
            for operand, names in zip(operands, self.steps, strict=False)
            for loop in loops
        ]
        return (*counts, *steps)

    @classmethod
    def parse(cls, parser: Parser) -> LoopsOp:
        """Parse `on @unit counts [@name, ...] steps [[@name, ...], ...]`."""

        def names() -> list[SymbolRefAttr]:
            return parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: SymbolRefAttr(parser.parse_symbol_name())
            )

        parser.parse_keyword("on")
        unit = parser.parse_symbol_name().data
        parser.parse_keyword("counts")
        counts = names()
        parser.parse_keyword("steps")
        return cls(unit, counts, parser.parse_comma_separated_list(parser.Delimiter.SQUARE, names))

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""

        def text(names: Sequence[str]) -> str:
            return f"[{', '.join(f'@{name}' for name in names)}]"

        steps = ", ".join(map(text, self.steps))
        printer.print_string(f" on @{self.unit_name} counts {text(self.counts)} steps [{steps}]")

    def verify_(self) -> None:
        """Check the configurations."""
        encoding_rules.check_loops(self)


class ControlKind(StrEnum):
    """What an instruction that computes nothing is for."""

    SYNCHRONISES = "synchronises"
    """It waits and signals, and does nothing else."""

    FINISHES = "finishes"
    """It ends the program."""


@irdl_op_definition
class ControlOp(_EncodedOp):
    """An instruction that computes nothing: it `synchronises` or `finishes`.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64, number = 1 : i64}
      isa.format @word bits 64 [opcode[0:8], engine[8:3] = engine()]
      isa.control @idle on @load synchronises encoded<@word, opcode = 1>
      isa.control @halt on @load finishes encoded<@word, opcode = 0>
    }
    ```
    """

    name = "isa.control"

    kind_attr = prop_def(StringAttr, prop_name="kind")

    def __init__(self, name: str, unit: str, kind: ControlKind, encoding: Encoding) -> None:
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "unit": SymbolRefAttr(unit),
                "kind": StringAttr(kind.value),
                "encoding": EncodingAttr(encoding),
            }
        )

    @property
    def kind(self) -> ControlKind:
        """What it is for."""
        return ControlKind(self.kind_attr.data)

    @classmethod
    def parse(cls, parser: Parser) -> ControlOp:
        """Parse `@name on @unit synchronises encoded<...>`."""
        name = parser.parse_symbol_name().data
        parser.parse_keyword("on")
        unit = parser.parse_symbol_name().data
        kind = parser.parse_str_enum(ControlKind)
        return cls(name, unit, kind, _parse_encoding(parser))

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(
            f" @{self.symbol} on @{self.unit_name} {self.kind} {self.encoding.text()}"
        )

    def verify_(self) -> None:
        """Check the unit and the encoding."""
        encoding_rules.check_control(self)


def _parse_encoding(parser: Parser) -> Encoding:
    """Parse an encoding that must be there."""
    found = parse_optional_encoding(parser)
    if found is None:
        parser.raise_error("expected 'encoded<@format, ...>'")
    return found
