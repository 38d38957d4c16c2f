"""`kernel.contract`: an einsum with types."""

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    MemRefType,
    StringAttr,
    TensorType,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import (
    AtLeast,
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    RangeOf,
    base,
    irdl_op_definition,
    opt_operand_def,
    opt_prop_def,
    opt_result_def,
    prop_def,
    var_operand_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..shapes import (
    counted,
    element_type_of,
    is_tensor,
    named,
    shape_of,
    verify_number,
    verify_widens,
)
from ..subscripts import Subscripts
from .signs import SignsOp

_SHAPED = base(TensorType) | base(MemRefType)


@irdl_op_definition
class ContractOp(SignsOp):
    """Multiply the inputs element by element and sum over the axes that the output lacks.

    The string gives the axes of the inputs and of the output, one letter per dimension, as in
    NumPy's `einsum`. On tensors the result is fresh, or the sum with what `add` names:

    ```mlir
    func.func @kernel(%a: tensor<4x8xbf16>, %b: tensor<8x16xbf16>, %c: tensor<4x16xf32>)
        -> tensor<4x16xf32> {
      %0 = kernel.contract "mk,kn->mn"(%a, %b) add %c
        : (tensor<4x8xbf16>, tensor<8x16xbf16>, tensor<4x16xf32>) -> tensor<4x16xf32>
      func.return %0 : tensor<4x16xf32>
    }
    ```

    On memrefs `add` accumulates in place and `into` overwrites:

    ```mlir
    func.func @kernel(%a: memref<8x4xf32>, %t: memref<4x8xf32>, %sum: memref<f32>) {
      kernel.contract "ij->ji"(%a) into %t : (memref<8x4xf32>, memref<4x8xf32>)
      kernel.contract "ij->"(%t) add %sum : (memref<4x8xf32>, memref<f32>)
      func.return
    }
    ```

    * A letter that occurs twice in one input reads its diagonal (`"ii->i"`).
    * A letter of the output that no input has repeats the value (`"->i"`).
    * Inputs have the element type of the output, or a smaller one of its kind that is widened
      before the multiplication; integers by their sign, but those listed in `unsigned` by zeros.
      Products and sums have the output's type; integers wrap around, and sums of floats may be
      taken in any order.
    * `guarded`, on memrefs only: operands may be smaller than the axes, which are then as long as
      the longest operand. Reads outside an operand give zero, writes outside are dropped.
    """

    name = "kernel.contract"

    OPTIONS: ClassVar[tuple[str, ...]] = ("guarded", "unsigned")
    subscripts = prop_def(StringAttr)
    guarded = opt_prop_def(UnitAttr)
    inputs = var_operand_def(RangeOf(_SHAPED).of_length(AtLeast(1)))
    accumulator = opt_operand_def(_SHAPED)
    destination = opt_operand_def(base(MemRefType))
    result = opt_result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    def __init__(
        self,
        subscripts: str | StringAttr,
        inputs: Sequence[SSAValue],
        *,
        add: SSAValue | None = None,
        into: SSAValue | None = None,
        result_type: Attribute | None = None,
        guarded: bool = False,
        unsigned: Sequence[int] = (),
    ) -> None:
        """Build the operation; see the class for what `add`, `into` and the rest mean."""
        super().__init__(
            operands=[inputs, add, into],
            result_types=[result_type],
            properties={
                "subscripts": StringAttr(subscripts) if isinstance(subscripts, str) else subscripts,
                "guarded": UnitAttr() if guarded else None,
                "unsigned": DenseArrayBase.from_list(i64, unsigned) if unsigned else None,
            },
        )

    @property
    def spec(self) -> Subscripts:
        """The axes of the operands."""
        return Subscripts.parse(self.subscripts.data)

    @property
    def output(self) -> SSAValue:
        """What is written: the accumulator, the destination, or (on tensors) the result."""
        for value in (self.result, self.accumulator, self.destination):
            if value is not None:
                return value
        raise VerifyException("expected a result, 'add' or 'into'")

    @property
    def extents(self) -> dict[str, int]:
        """The extent of every axis in loop order, `DYNAMIC_INDEX` where no operand tells."""
        spec, extents = self.spec, dict.fromkeys(self.spec.axes, DYNAMIC_INDEX)
        for value, letters in zip(self._shaped(), self._letters(spec), strict=True):
            for axis, size in zip(letters, shape_of(value), strict=True):
                extents[axis] = max(extents[axis], size)
        return extents

    @property
    def indexing_maps(self) -> tuple[AffineMap, ...]:
        """The access of every input and, last, of the output, from the axes in loop order."""
        spec = self.spec
        return tuple(spec.map_of(letters) for letters in (*spec.inputs, spec.output))

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """All inputs."""
        return [(f"input {number}", value) for number, value in enumerate(self.inputs)]

    def verify_(self) -> None:
        """Check the operands against the axes."""
        try:
            spec = self.spec
        except ValueError as error:
            raise VerifyException(f'"{self.subscripts.data}": {error}') from error
        if len(spec.inputs) != len(self.inputs):
            raise VerifyException(
                f'"{spec}" has {counted(len(spec.inputs), "input")}, '
                f"but {counted(len(self.inputs), 'operand')} given"
            )
        self._verify_form()
        self._verify_extents(spec)
        self._verify_types()

    def _shaped(self) -> tuple[SSAValue, ...]:
        """Return every value that has axes; a tensor accumulator has its result's."""
        extra = (self.accumulator,) if self.result is not None and self.accumulator else ()
        return (*self.inputs, self.output, *extra)

    def _letters(self, spec: Subscripts) -> tuple[str, ...]:
        """Return the letters of each of `_shaped()`."""
        return (*spec.inputs, *(spec.output for _ in self._shaped()[len(spec.inputs) :]))

    def _verify_form(self) -> None:
        """Check that either all is tensors with a result, or all is memrefs without."""
        if self.accumulator is not None and self.destination is not None:
            raise VerifyException("'add' accumulates and 'into' overwrites: give only one of them")
        kinds = {is_tensor(value.type) for value in self.operands}
        if len(kinds) > 1:
            raise VerifyException("expected either tensors or memrefs, got both")
        on_tensors = kinds.pop()
        if on_tensors and self.result is None:
            raise VerifyException("on tensors a result type is needed: '-> tensor<...>'")
        if not on_tensors and self.result is not None:
            raise VerifyException("on memrefs there is no result; write 'add' or 'into' a memref")
        if not on_tensors and self.accumulator is None and self.destination is None:
            raise VerifyException("on memrefs the output is named: 'add %out' or 'into %out'")
        if on_tensors and self.guarded is not None:
            raise VerifyException("'guarded' is for memrefs; pad a tensor instead")
        self.verify_unsigned()

    def _verify_extents(self, spec: Subscripts) -> None:
        """Check that every axis has one extent, or with `guarded` a static one."""
        known: dict[str, tuple[int, str]] = {}
        shaped = self._shaped()
        for number, (value, letters) in enumerate(zip(shaped, self._letters(spec), strict=True)):
            is_input = number < len(self.inputs)
            name = named(value, f"input {number}" if is_input else "the output")
            shape = shape_of(value)
            if len(shape) != len(letters):
                raise VerifyException(
                    f"{name} has rank {len(shape)}, "
                    f"but '{letters}' names {counted(len(letters), 'axis')}"
                )
            for axis, size in zip(letters, shape, strict=True):
                if size == DYNAMIC_INDEX:
                    continue
                first, where = known.setdefault(axis, (size, name))
                if size != first and self.guarded is None:
                    raise VerifyException(
                        f"extents of axis '{axis}' differ: {first} in {where}, {size} in {name}"
                    )
        if self.guarded is not None and (missing := set(spec.axes) - known.keys()):
            raise VerifyException(
                f"axis '{min(missing)}' has no static extent in any operand; "
                "a guarded contraction needs one"
            )

    def _verify_types(self) -> None:
        """Check that every input has the output's element type or widens to it."""
        to = element_type_of(self.output)
        verify_number(to, named(self.output, "the output"))
        if self.accumulator is not None and element_type_of(self.accumulator) != to:
            raise VerifyException(
                f"'add' is of {element_type_of(self.accumulator)}, but the result of {to}"
            )
        for number, value in enumerate(self.inputs):
            name = named(value, f"input {number}")
            verify_widens(element_type_of(value), to, name)

    @classmethod
    def parse(cls, parser: Parser) -> "ContractOp":
        """Parse what follows the operation's name."""
        subscripts = parser.parse_str_literal()
        inputs = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        add: UnresolvedOperand | None = None
        into: UnresolvedOperand | None = None
        if parser.parse_optional_keyword("add"):
            add = parser.parse_unresolved_operand()
        elif parser.parse_optional_keyword("into"):
            into = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        unresolved = [*inputs, *(value for value in (add, into) if value is not None)]
        if len(types) != len(unresolved):
            parser.raise_error(
                f"expected {counted(len(unresolved), 'type')}, one per operand, got {len(types)}",
                position,
            )
        operands = parser.resolve_operands(unresolved, types, position)
        result = parser.parse_type() if parser.parse_optional_punctuation("->") else None
        properties: dict[str, Attribute] = {"subscripts": StringAttr(subscripts)}
        properties |= {name: attributes.pop(name) for name in cls.OPTIONS if name in attributes}
        output = operands[len(inputs)] if len(operands) > len(inputs) else None
        return cls.build(
            operands=[
                operands[: len(inputs)],
                None if add is None else output,
                None if into is None else output,
            ],
            result_types=[result],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        printer.print_string(" ")
        printer.print_string_literal(self.subscripts.data)
        with printer.in_parens():
            printer.print_list(self.inputs, printer.print_operand)
        for keyword, value in (("add", self.accumulator), ("into", self.destination)):
            if value is not None:
                printer.print_string(f" {keyword} ")
                printer.print_operand(value)
        shown = {name: self.properties[name] for name in self.OPTIONS if name in self.properties}
        printer.print_op_attributes({**shown, **self.attributes})
        printer.print_string(" : ")
        with printer.in_parens():
            printer.print_list(self.operand_types, printer.print_attribute)
        if self.result is not None:
            printer.print_string(" -> ")
            printer.print_attribute(self.result.type)
