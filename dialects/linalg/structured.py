"""Operations of linalg that compute each element by a formula: text, body and verification."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseIntElementsAttr,
    DenseIntOrFPElementsAttr,
    ShapedType,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation, NamedOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Region, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import AttrSizedOperandSegments, irdl_op_definition, opt_prop_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..shapes import counted, element_type, is_tensor, named
from .attributes import ElementwiseKindAttr, TypeFn, TypeFnAttr
from .body import body_block, verify_types
from .extents import verify_extents
from .notation import Computation
from .text import (
    parse_operands,
    parse_optional_property,
    parse_results,
    print_operands,
    print_property,
    print_results,
)

_MEMOIZED = "linalg.memoized_indexing_maps"
"""An attribute of upstream's generic text that repeats what an operation's name says."""


@irdl_op_definition
class FormulaOp(NamedOperation, ABC):
    """An operation that computes each element by a formula.

    All of them have one definition in IRDL; `PROPERTIES` says which of its properties one has.
    A subclass may also be one of xDSL's operation of the same name, of which it uses nothing.
    """

    name = "linalg.formula"  # the subclasses have their own

    PROPERTIES: ClassVar[tuple[str, ...]]
    CONVERTS: ClassVar[bool]
    """Whether operands are converted to the element type of the output."""
    IN_FRONT: ClassVar[tuple[str, ...]] = ("kind", "indexing_maps")
    """Those properties that are written `name = value`, in front of the others."""

    strides = opt_prop_def(DenseIntElementsAttr)
    dilations = opt_prop_def(DenseIntElementsAttr)
    cast = opt_prop_def(TypeFnAttr)
    kind = opt_prop_def(ElementwiseKindAttr)
    indexing_maps = opt_prop_def(ArrayAttr[AffineMapAttr])

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        properties: Mapping[str, Attribute | None] | None = None,
        attributes: Mapping[str, Attribute | None] | None = None,
        result_types: Sequence[Attribute] | None = None,
    ) -> None:
        """Build the operation with its body; on tensors the result has the output's type.

        Raises:
            VerifyException: The number or the element types of the operands are wrong.
        """
        if result_types is None:
            result_types = [value.type for value in outputs if is_tensor(value.type)]
        NamedOperation.__init__(
            self, inputs, outputs, [result_types], properties, attributes, Region()
        )
        self._verify_operands()
        unsigned = self.cast == TypeFnAttr(TypeFn.CAST_UNSIGNED) or self.computation.unsigned
        block = body_block(self.computation, self._types, converts=self.CONVERTS, unsigned=unsigned)
        self.body.add_block(block)

    @property
    @abstractmethod
    def computation(self) -> Computation:
        """What is computed."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many inputs there are."""

    @property
    @abstractmethod
    def axes(self) -> Sequence[str]:
        """The names of the loops, outermost first; none where they have no names."""

    @abstractmethod
    def verify_properties(self) -> None:
        """Check the properties, which have the right types already."""

    @classmethod
    def get_hidden_region(cls, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> Region:
        """Return the body of such an operation on these operands."""
        op = cls(inputs, outputs)
        region = op.detach_region(op.body)
        op.erase()
        return region

    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        """Return the access of every operand, from the loops to its dimensions."""
        return ArrayAttr(map(AffineMapAttr, self.get_default_indexing_maps()))

    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        """Return the kinds of the loops: those that do not move along the output reduce."""
        written = self.get_default_indexing_maps()[-1]
        kept = written.used_dims()
        return ArrayAttr(
            IteratorTypeAttr.parallel() if axis in kept else IteratorTypeAttr.reduction()
            for axis in range(written.num_dims)
        )

    @property
    def maps(self) -> list[AffineMap] | None:
        """The accesses that `indexing_maps` gives, if it does."""
        if self.indexing_maps is None:
            return None
        return [attribute.data for attribute in self.indexing_maps]

    @property
    def _rank(self) -> int:
        """The number of dimensions of the output."""
        type_ = self.outputs[0].type
        assert isinstance(type_, ShapedType)
        return type_.get_num_dims()

    @property
    def _types(self) -> list[Attribute]:
        """The element types of the operands."""
        return [element_type(value.type) for value in self.operands]

    @property
    def _names(self) -> list[str]:
        """What messages call the operands."""
        inputs = [named(value, f"input {number}") for number, value in enumerate(self.inputs)]
        return [*inputs, *(named(value, "the output") for value in self.outputs)]

    def verify_(self) -> None:
        """Check operands, properties, shapes and results."""
        self._verify_operands()
        self._verify_form()
        self.verify_properties()
        maps = self.get_default_indexing_maps()
        axes = self.axes or [f"d{axis}" for axis in range(maps[-1].num_dims)]
        verify_extents(self.operands, self._names, maps, axes)
        LinalgStructuredOperation.verify_(self)

    def _verify_operands(self) -> None:
        """Check what the body depends on: number and element types of the operands."""
        for name in self.properties:
            if name != AttrSizedOperandSegments.attribute_name and name not in self.PROPERTIES:
                raise VerifyException(f"there is no '{name}' here")
        for name in ("strides", "dilations"):
            value = self.properties.get(name)
            if value is not None and not isinstance(value, DenseIntOrFPElementsAttr):
                raise VerifyException(
                    f"'{name}' must be like dense<2> : tensor<2xi64>, not {value}"
                )
        if len(self.inputs) != self.count:
            raise VerifyException(
                f"expected {counted(self.count, 'input')}, but {len(self.inputs)} given"
            )
        if len(self.outputs) != 1:
            raise VerifyException(f"expected 1 output, but {len(self.outputs)} given")
        verify_types(self.computation, self._types, self._names, converts=self.CONVERTS)

    def _verify_form(self) -> None:
        """Check that all is tensors with a result, or all memrefs without."""
        kinds = {is_tensor(v.type) for v in self.operands if isinstance(v.type, ShapedType)}
        if len(kinds) > 1:
            raise VerifyException("expected either tensors or memrefs, got both")
        (output,) = self.outputs
        wanted = [output.type] if is_tensor(output.type) else []
        given = [result.type for result in self.res]
        if len(given) != len(wanted):
            what = "on tensors there is one result" if wanted else "on memrefs there is no result"
            raise VerifyException(f"{what}, but {len(given)} given")
        if given != wanted:
            raise VerifyException(
                f"the result is of {given[0]}, but {self._names[-1]} of {wanted[0]}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        """Parse what follows the operation's name."""
        front = {
            name: parse_optional_property(parser, name)
            for name in cls.IN_FRONT
            if name in cls.PROPERTIES
        }
        attributes = parser.parse_optional_attr_dict()
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if parser.parse_optional_keyword("attrs"):  # as xDSL writes attributes
            parser.parse_punctuation("=")
            attributes |= parser.parse_optional_attr_dict()
        results = parse_results(parser)
        known = cls.get_irdl_definition().properties
        properties = front | {name: attributes.pop(name) for name in known if name in attributes}
        try:
            return cls(inputs, outputs, properties, attributes, results)
        except VerifyException as error:
            raise VerifyException(f"'{cls.name}': {error}") from error

    def print(self, printer: Printer) -> None:
        """Print what follows the operation's name."""
        for name in self.IN_FRONT:
            if name in self.properties:
                print_property(printer, name, self.properties[name])
        hidden = (*self.IN_FRONT, AttrSizedOperandSegments.attribute_name, _MEMOIZED)
        shown = self.properties | self.attributes
        shown = {name: value for name, value in shown.items() if name not in hidden}
        printer.print_op_attributes(shown)
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        print_results(printer, self.res)
