"""`#plan.node`: one of several instructions that compute a body together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, FloatAttr, IntegerAttr, StringAttr
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .syntax import dictionary


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
        return cls.get(name, arguments, dictionary(parser) if given else None)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse `<@add_ps(in0, 1.0 : f32)>`."""
        with parser.in_angle_brackets():
            return cls.parse_node(parser).parameters

    def print_parameters(self, printer: Printer) -> None:
        """Print what `parse_parameters` reads."""
        printer.print_string(f"<{self.text()}>")
