"""The `plan` dialect: attributes that say which instruction computes a statement, and how.

A `#plan.mapping` names an instruction and tells how the statement's axes and inputs correspond to
it. A `#plan.schedule` adds everything else that lowering needs: the loops, from the outermost
inwards, and the points among them at which an operand is brought into a memory. Lowering is a
deterministic function of statement, target and schedule, so a schedule can be printed, edited by
hand and given back.

Sizes are in elements of the axis. A step on an axis that the instruction also has must be a
multiple of the instruction's extent; the last tile of an axis is simply smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    IntAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    f64,
)
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

MAPPINGS = "plan.mappings"
"""Name of the attribute that lists a statement's candidate mappings, best first."""

SCHEDULE = "plan.schedule"
"""Name of the attribute that holds a statement's schedule."""

OUTPUT = "out"
"""The name of a statement's output among the operands of a schedule; the inputs are `in0`, `in1`,
...
"""


@irdl_attr_definition
class NodeAttr(ParametrizedAttribute):
    """One instruction of those that compute a statement's body together, lane by lane.

    Its arguments stand for the instruction's inputs in order, and then, if it accumulates, for the
    old value of its output: `in0`, `in1`, ... are the operands of the schedule, `t0`, `t1`, ... the
    results of earlier nodes, `out` the old value of the statement's output, and numbers are
    constants. `with` gives the values of the instruction's parameters.

    ```mlir
    "test.op"() {a = #plan.node<@maximum_ps(t0, 0.0 : f32)>,
      b = #plan.node<@shift(in0) with {bits = 3 : i32}>} : () -> ()
    ```
    """

    name = "plan.node"

    instruction: StringAttr
    arguments: ArrayAttr[Attribute]
    parameters_attr: DictionaryAttr

    @classmethod
    def get(
        cls,
        instruction: str,
        arguments: Sequence[str | Attribute],
        parameters: Mapping[str, Attribute] | None = None,
    ) -> NodeAttr:
        """The attribute from names (`in0`, `t0`, `out`) and constants, and parameters by name."""
        values = [StringAttr(arg) if isinstance(arg, str) else arg for arg in arguments]
        return cls(StringAttr(instruction), ArrayAttr(values), DictionaryAttr(parameters or {}))

    def text(self) -> str:
        """The node as it stands in a mapping."""
        arguments = [
            arg.data if isinstance(arg, StringAttr) else str(arg) for arg in self.arguments
        ]
        values = f" with {self.parameters_attr}" if self.parameters_attr.data else ""
        return f"@{self.instruction.data}({', '.join(arguments)}){values}"

    def verify(self) -> None:
        """An argument must be a name or a number."""
        for arg in self.arguments:
            if not isinstance(arg, StringAttr | IntegerAttr | FloatAttr):
                raise VerifyException(f"{arg} is neither the name of a value nor a number")

    @classmethod
    def parse_node(cls, parser: AttrParser) -> NodeAttr:
        """Parse one node without the angle brackets."""
        name = parser.parse_symbol_name().data
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN,
            lambda: parser.parse_optional_identifier() or parser.parse_attribute(),
        )
        given = parser.parse_optional_keyword("with") is not None
        return cls.get(name, arguments, _dictionary(parser) if given else None)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<@add_ps(in0, 1.0 : f32)>`."""
        with parser.in_angle_brackets():
            return cls.parse_node(parser).parameters

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        printer.print_string(f"<{self.text()}>")


@irdl_attr_definition
class MappingAttr(ParametrizedAttribute):
    """How one instruction computes a statement.

    `inputs[j]` is the statement's input that is bound to the instruction's input `j`; `axes[d]` are
    the statement's axes that make up the instruction's axis `d`, outer to inner; `delivery` says
    per instruction operand (inputs, then the output) how its elements get there; `utilisation` is
    the share of issued lanes that do useful work.

    `parameters` are the values of the instruction's parameters. `extents` says how much of each of
    its axes is done at a time, where the instruction leaves that open.

    Where several instructions compute the body together, `cover` lists them in order. The last one,
    which writes the output, is the mapping's instruction; the inputs are then those of the cover.

    ```mlir
    "test.op"() {a = #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]],
      delivery = ["broadcast", "direct", "direct"], utilisation = 1.0>,
      b = #plan.mapping<@avx512::@maximum_ps, inputs = [0, 1], axes = [["n"]],
        cover = [@add_ps(in0, in1), @maximum_ps(t0, 0.0 : f32)]>,
      c = #plan.mapping<@npu::@multiply_i8, inputs = [0, 1], axes = [["m"], ["n"], ["k"]],
        extents = [128, 16, 16]>} : () -> ()
    ```
    """

    name = "plan.mapping"

    instruction: SymbolRefAttr
    inputs: ArrayAttr[IntAttr]
    axes: ArrayAttr[ArrayAttr[StringAttr]]
    delivery: ArrayAttr[StringAttr]
    utilisation: FloatAttr
    cover: ArrayAttr[NodeAttr]
    parameters_attr: DictionaryAttr
    extents_attr: ArrayAttr[IntAttr]

    @classmethod
    def get(
        cls,
        instruction: SymbolRefAttr,
        inputs: Sequence[int],
        axes: Sequence[Sequence[str]],
        delivery: Sequence[str] = (),
        utilisation: float = 1.0,
        cover: Sequence[NodeAttr] = (),
        parameters: Mapping[str, Attribute] | None = None,
        extents: Sequence[int] = (),
    ) -> MappingAttr:
        """The attribute from plain Python values; `utilisation` lies in (0, 1]."""
        return cls(
            instruction,
            ArrayAttr([IntAttr(index) for index in inputs]),
            ArrayAttr([ArrayAttr([StringAttr(axis) for axis in group]) for group in axes]),
            ArrayAttr([StringAttr(word) for word in delivery]),
            FloatAttr(utilisation, f64),
            ArrayAttr(cover),
            DictionaryAttr(parameters or {}),
            ArrayAttr([IntAttr(extent) for extent in extents]),
        )

    def with_extents(self, extents: Sequence[int]) -> MappingAttr:
        """The same mapping when so much of the instruction's axes is done at a time."""
        *values, _ = self.parameters
        return type(self).new([*values, ArrayAttr([IntAttr(extent) for extent in extents])])

    def in_order(self) -> MappingAttr:
        """The same mapping of a statement whose inputs are those of the instruction, in its order."""
        instruction, _, *rest = self.parameters
        return type(self).new(
            [instruction, ArrayAttr(map(IntAttr, range(len(self.inputs)))), *rest]
        )

    @property
    def extents(self) -> tuple[int, ...]:
        """How much of each of the instruction's axes is done; none where it leaves nothing open."""
        return tuple(extent.data for extent in self.extents_attr)

    @property
    def input_indices(self) -> tuple[int, ...]:
        """Per input of the instruction, the index of the statement's input."""
        return tuple(index.data for index in self.inputs)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Per axis of the instruction, the names of the statement's axes, outer to inner."""
        return tuple(tuple(axis.data for axis in group) for group in self.axes)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<@target::@instruction, inputs = [..], axes = [[..]], ..>`."""
        with parser.in_angle_brackets():
            instruction = parser.parse_attribute()
            if not isinstance(instruction, SymbolRefAttr):
                parser.raise_error(
                    "expected the instruction as a symbol, such as @avx512::@fmadd_ps"
                )
            _keyword(parser, "inputs")
            inputs = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, parser.parse_integer
            )
            _keyword(parser, "axes")
            axes = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: _strings(parser)
            )
            delivery: list[str] = []
            utilisation = 1.0
            cover: list[NodeAttr] = []
            parameters: dict[str, Attribute] = {}
            extents: list[int] = []
            while parser.parse_optional_punctuation(",") is not None:
                if parser.parse_optional_keyword("extents") is not None:
                    parser.parse_punctuation("=")
                    extents = parser.parse_comma_separated_list(
                        parser.Delimiter.SQUARE, parser.parse_integer
                    )
                    continue
                if parser.parse_optional_keyword("parameters") is not None:
                    parser.parse_punctuation("=")
                    parameters = _dictionary(parser)
                    continue
                if parser.parse_optional_keyword("cover") is not None:
                    parser.parse_punctuation("=")
                    cover = parser.parse_comma_separated_list(
                        parser.Delimiter.SQUARE, lambda: NodeAttr.parse_node(parser)
                    )
                    continue
                parser.parse_keyword("delivery")
                parser.parse_punctuation("=")
                delivery = _strings(parser)
                _keyword(parser, "utilisation")
                utilisation = float(parser.parse_number())
        found = cls.get(
            instruction, inputs, axes, delivery, utilisation, cover, parameters, extents
        )
        return found.parameters

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        with printer.in_angle_brackets():
            printer.print_attribute(self.instruction)
            printer.print_string(f", inputs = {list(self.input_indices)}, axes = [")
            printer.print_string(", ".join(_quoted(group) for group in self.groups))
            printer.print_string("]")
            if self.delivery.data:
                words = _quoted([word.data for word in self.delivery])
                printer.print_string(
                    f", delivery = {words}, utilisation = {self.utilisation.value.data!r}"
                )
            if self.cover.data:
                nodes = ", ".join(node.text() for node in self.cover)
                printer.print_string(f", cover = [{nodes}]")
            if self.parameters_attr.data:
                printer.print_string(f", parameters = {self.parameters_attr}")
            if self.extents:
                printer.print_string(f", extents = {list(self.extents)}")


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
    output.

    ```mlir
    "test.op"() {s = [#plan.step<for n by 48>, #plan.step<place in1 in @mem>]} : () -> ()
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
    def place(cls, operand: str, memory: str) -> StepAttr:
        """The placement of an operand (`in0`, `in1`, ..., `out`) in a memory."""
        return cls(
            StringAttr(StepKind.PLACE.value), StringAttr(operand), IntAttr(0), StringAttr(memory)
        )

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
        return f"place {self.subject.data} in @{self.memory.data}"

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
            return cls.place(subject, parser.parse_symbol_name().data)
        parser.parse_keyword("by")
        size = parser.parse_integer(allow_negative=False, context_msg=", the size of a tile")
        if size < 1:
            parser.raise_error("the size of a tile must be at least 1")
        return cls.loop(subject, size, kind)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<for n by 48>` or `<place in1 in @mem>`."""
        with parser.in_angle_brackets():
            return cls.parse_step(parser).parameters

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        printer.print_string(f"<{self.text()}>")


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


def _keyword(parser: AttrParser, word: str) -> None:
    parser.parse_punctuation(",")
    parser.parse_keyword(word)
    parser.parse_punctuation("=")


def _strings(parser: AttrParser) -> list[str]:
    return parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_str_literal)


def _dictionary(parser: AttrParser) -> dict[str, Attribute]:
    """Parse `{name = value, ...}`."""
    found = parser.parse_attribute()
    if not isinstance(found, DictionaryAttr):
        parser.raise_error("expected the values of parameters, such as {shift = 5 : i32}")
    return dict(found.data)


def _quoted(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


Plan = Dialect("plan", [], [NodeAttr, MappingAttr, StepAttr, ScheduleAttr])
