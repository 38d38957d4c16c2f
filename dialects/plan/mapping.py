"""`#plan.mapping`: how one instruction computes a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    IntAttr,
    StringAttr,
    SymbolRefAttr,
    f64,
)
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from .node import NodeAttr
from .syntax import dictionary, keyword, quoted, strings


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
            keyword(parser, "inputs")
            inputs = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, parser.parse_integer
            )
            keyword(parser, "axes")
            axes = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: strings(parser)
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
                    parameters = dictionary(parser)
                    continue
                if parser.parse_optional_keyword("cover") is not None:
                    parser.parse_punctuation("=")
                    cover = parser.parse_comma_separated_list(
                        parser.Delimiter.SQUARE, lambda: NodeAttr.parse_node(parser)
                    )
                    continue
                parser.parse_keyword("delivery")
                parser.parse_punctuation("=")
                delivery = strings(parser)
                keyword(parser, "utilisation")
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
            printer.print_string(", ".join(quoted(group) for group in self.groups))
            printer.print_string("]")
            if self.delivery.data:
                words = quoted([word.data for word in self.delivery])
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
