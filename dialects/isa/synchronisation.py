"""The operations that describe how engines wait for each other: `isa.tokens` and `isa.semaphores`."""

from __future__ import annotations

from typing import TypeAlias

from xdsl.dialects.builtin import IntAttr, StringAttr, SymbolRefAttr
from xdsl.irdl import IRDLOperation, irdl_op_definition, prop_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from . import encoding_rules

_Fields: TypeAlias = tuple[str, str, str]


@irdl_op_definition
class TokensOp(IRDLOperation):
    """A queue of tokens from one engine to another, given and taken by one bit of an instruction.

    `signal` is the field of the word with which an instruction of the first engine gives a token
    when it is done; `wait` the one with which an instruction of the second takes one before it
    begins.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64}
      isa.unit @execute {queue = 4 : i64}
      isa.format @word bits 64 [opcode[0:8], pop[8:1], push[9:1]]
      isa.tokens @load to @execute signal push wait pop
    }
    ```
    """

    name = "isa.tokens"

    source = prop_def(SymbolRefAttr, prop_name="from")
    destination = prop_def(SymbolRefAttr, prop_name="to")
    signal_attr = prop_def(StringAttr, prop_name="signal")
    wait_attr = prop_def(StringAttr, prop_name="wait")

    def __init__(self, source: str, destination: str, signal: str, wait: str) -> None:
        super().__init__(
            properties={
                "from": SymbolRefAttr(source),
                "to": SymbolRefAttr(destination),
                "signal": StringAttr(signal),
                "wait": StringAttr(wait),
            }
        )

    @property
    def engines(self) -> tuple[str, str]:
        """The unit that gives the tokens and the one that takes them."""
        return self.source.root_reference.data, self.destination.root_reference.data

    @property
    def signal(self) -> str:
        """The field that gives one."""
        return self.signal_attr.data

    @property
    def wait(self) -> str:
        """The field that takes one."""
        return self.wait_attr.data

    @classmethod
    def parse(cls, parser: Parser) -> TokensOp:
        """Parse `@from to @to signal field wait field`."""
        source = parser.parse_symbol_name().data
        parser.parse_keyword("to")
        destination = parser.parse_symbol_name().data
        fields: list[str] = []
        for word in ("signal", "wait"):
            parser.parse_keyword(word)
            fields.append(parser.parse_identifier(" of a field"))
        return cls(source, destination, *fields)

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        source, destination = self.engines
        printer.print_string(f" @{source} to @{destination} signal {self.signal} wait {self.wait}")

    def verify_(self) -> None:
        """Check that the engines and the fields are there."""
        encoding_rules.check_tokens(self)


@irdl_op_definition
class SemaphoresOp(IRDLOperation):
    """Counting semaphores, of which an instruction can name one to wait for and one to signal.

    The three fields of `wait` and of `signal` are: whether it does, the number of the semaphore,
    and the count. An instruction begins when its semaphore holds the count, which it takes, and
    adds to the other one when it is done. `most` is the highest value of a semaphore.

    ```mlir
    isa.target @small {
      isa.unit @load {queue = 4 : i64}
      isa.format @word bits 64 [opcode[0:8], waits[8:1], of[9:5], amount[14:3], signals[17:1],
        to[18:5], by[23:3]]
      isa.semaphores 32 most 255 wait (waits, of, amount) signal (signals, to, by)
    }
    ```
    """

    name = "isa.semaphores"

    count_attr = prop_def(IntAttr, prop_name="count")
    most_attr = prop_def(IntAttr, prop_name="most")
    wait_attr = prop_def(StringAttr, prop_name="wait")
    signal_attr = prop_def(StringAttr, prop_name="signal")

    def __init__(self, count: int, most: int, wait: _Fields, signal: _Fields) -> None:
        super().__init__(
            properties={
                "count": IntAttr(count),
                "most": IntAttr(most),
                "wait": StringAttr(", ".join(wait)),
                "signal": StringAttr(", ".join(signal)),
            }
        )

    @property
    def count(self) -> int:
        """How many there are."""
        return self.count_attr.data

    @property
    def most(self) -> int:
        """The highest value of one."""
        return self.most_attr.data

    @property
    def wait(self) -> tuple[str, ...]:
        """The fields: whether an instruction waits, for which semaphore, for how much."""
        return tuple(self.wait_attr.data.split(", "))

    @property
    def signal(self) -> tuple[str, ...]:
        """The fields: whether an instruction signals, which semaphore, by how much."""
        return tuple(self.signal_attr.data.split(", "))

    @classmethod
    def parse(cls, parser: Parser) -> SemaphoresOp:
        """Parse `32 most 255 wait (field, field, field) signal (field, field, field)`."""
        count = parser.parse_integer(allow_negative=False)
        parser.parse_keyword("most")
        most = parser.parse_integer(allow_negative=False)
        parser.parse_keyword("wait")
        wait = _parse_fields(parser)
        parser.parse_keyword("signal")
        return cls(count, most, wait, _parse_fields(parser))

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        wait, signal = self.wait_attr.data, self.signal_attr.data
        printer.print_string(f" {self.count} most {self.most} wait ({wait}) signal ({signal})")

    def verify_(self) -> None:
        """Check that the fields are there."""
        encoding_rules.check_semaphores(self)


def _parse_fields(parser: Parser) -> _Fields:
    """Parse `(whether, number, count)`."""
    names = parser.parse_comma_separated_list(
        parser.Delimiter.PAREN, lambda: parser.parse_identifier(" of a field")
    )
    if len(names) != 3:
        parser.raise_error("expected three fields: whether, which semaphore, how much")
    return names[0], names[1], names[2]
