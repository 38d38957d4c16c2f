"""`#plan.schedule`: a mapping and the steps that carry it out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from xdsl.dialects.builtin import ArrayAttr, IntAttr, StringAttr
from xdsl.ir import ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .mapping import MappingAttr


class StepKind(StrEnum):
    """What one step of a schedule does."""

    FOR = "for"
    PARALLEL = "parallel"
    UNROLL = "unroll"
    PLACE = "place"


@irdl_attr_definition
class StepAttr(ParametrizedAttribute):
    """One step of a schedule: a loop over an axis, or the placement of an operand.

    `for n by 48` cuts the axis into tiles of 48 elements and walks them; `parallel` says that the
    tiles may run at the same time, `unroll` that they are written out. `place in1 in @mem` copies
    what the steps below need of an operand into a buffer in that memory, and back if it is the
    output. `buffers` says how many there are of it where engines run beside each other: so many
    iterations overlap; without it that is left to the pass `double-buffer`.

    ```mlir
    "test.op"() {s = [#plan.step<for n by 48>, #plan.step<place in1 in @mem>,
      #plan.step<place in0 in @spad buffers 3>]} : () -> ()
    ```
    """

    name = "plan.step"

    kind: StringAttr
    subject: StringAttr
    size: IntAttr
    memory: StringAttr

    @classmethod
    def loop(cls, axis: str, size: int, kind: StepKind = StepKind.FOR) -> StepAttr:
        """A loop over `axis` in tiles of `size` elements."""
        return cls(StringAttr(kind.value), StringAttr(axis), IntAttr(size), StringAttr(""))

    @classmethod
    def place(cls, operand: str, memory: str, buffers: int = 0) -> StepAttr:
        """The placement of an operand (`in0`, `in1`, ..., `out`) in a memory; 0 buffers say nothing."""
        kind = StringAttr(StepKind.PLACE.value)
        return cls(kind, StringAttr(operand), IntAttr(buffers), StringAttr(memory))

    @property
    def buffers(self) -> int:
        """How many buffers a placement has; 0 if it does not say."""
        return 0 if self.is_loop else self.size.data

    @property
    def is_loop(self) -> bool:
        """Whether the step is a loop rather than a placement."""
        return self.kind.data != StepKind.PLACE

    def verify(self) -> None:
        """A loop's size must be positive."""
        if self.is_loop and self.size.data < 1:
            raise VerifyException(
                f"loop over {self.subject.data} by {self.size.data}: the size must be at least 1"
            )

    def text(self) -> str:
        """The step as it stands in a schedule."""
        if self.is_loop:
            return f"{self.kind.data} {self.subject.data} by {self.size.data}"
        count = f" buffers {self.buffers}" if self.buffers else ""
        return f"place {self.subject.data} in @{self.memory.data}{count}"

    @classmethod
    def parse_step(cls, parser: AttrParser) -> StepAttr:
        """Parse one step without the angle brackets."""
        word = parser.parse_identifier("'for', 'parallel', 'unroll' or 'place'")
        if word not in tuple(StepKind):
            parser.raise_error(
                f"unknown step '{word}': expected 'for', 'parallel', 'unroll' or 'place'"
            )
        kind = StepKind(word)
        subject = parser.parse_identifier(
            "the name of an operand" if kind == StepKind.PLACE else "the name of an axis"
        )
        if kind == StepKind.PLACE:
            parser.parse_keyword("in")
            memory = parser.parse_symbol_name().data
            several = parser.parse_optional_keyword("buffers") is not None
            return cls.place(subject, memory, _count(parser, "number of buffers") if several else 0)
        parser.parse_keyword("by")
        return cls.loop(subject, _count(parser, "size of a tile"), kind)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<for n by 48>` or `<place in1 in @mem>`."""
        with parser.in_angle_brackets():
            return cls.parse_step(parser).parameters

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        printer.print_string(f"<{self.text()}>")


def _count(parser: AttrParser, what: str) -> int:
    """Parse a number that is at least 1."""
    count = parser.parse_integer(allow_negative=False, context_msg=f", the {what}")
    if count < 1:
        parser.raise_error(f"the {what} must be at least 1")
    return count


@irdl_attr_definition
class ScheduleAttr(ParametrizedAttribute):
    """The mapping of a statement and the steps that carry it out, outermost first.

    ```mlir
    "test.op"() {s = #plan.schedule<
      #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>, [
      for n by 48, place in1 in @mem, for m by 8, place out in @zmm, for k by 1, place in1 in @zmm,
      unroll m by 1, place in0 in @zmm]>} : () -> ()
    ```
    """

    name = "plan.schedule"

    mapping: MappingAttr
    steps: ArrayAttr[StepAttr]

    @classmethod
    def get(cls, mapping: MappingAttr, steps: Sequence[StepAttr]) -> ScheduleAttr:
        """The attribute from a list of steps."""
        return cls(mapping, ArrayAttr(steps))

    def rest(self) -> ScheduleAttr:
        """The schedule that remains when the first step has been carried out."""
        return ScheduleAttr(self.mapping, ArrayAttr(self.steps.data[1:]))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<#plan.mapping<..>, [step, ...]>`."""
        with parser.in_angle_brackets():
            mapping = parser.parse_attribute()
            if not isinstance(mapping, MappingAttr):
                parser.raise_error("expected a #plan.mapping<...> as the first part of a schedule")
            parser.parse_punctuation(",")
            steps = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: StepAttr.parse_step(parser)
            )
        return (mapping, ArrayAttr(steps))

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        with printer.in_angle_brackets():
            printer.print_attribute(self.mapping)
            printer.print_string(f", [{', '.join(step.text() for step in self.steps)}]")
