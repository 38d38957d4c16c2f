"""The operations of `table.py`, one class each, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from xdsl.dialects import linalg
from xdsl.dialects.builtin import DenseIntElementsAttr
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation, Region
from xdsl.ir.affine import AffineMap
from xdsl.utils.exceptions import VerifyException

from ..shapes import counted, element_type
from .body import body_block
from .extents import verify_projections
from .notation import Computation, Row, row
from .structured import FormulaOp
from .table import CASTING, NAMED, REMAPPED


class TableOp(FormulaOp):
    """An operation of the table; the subclasses have its name and its row.

    ```mlir
    func.func @product(%a: tensor<4x8xi8>, %x: tensor<8xi8>, %y: tensor<4xi32>) -> tensor<4xi32> {
      %0 = linalg.matvec ins(%a, %x : tensor<4x8xi8>, tensor<8xi8>) outs(%y : tensor<4xi32>)
        -> tensor<4xi32>
      func.return %0 : tensor<4xi32>
    }
    ```
    """

    name = "linalg.named"

    ROW: ClassVar[str]

    @property
    def row(self) -> Row:
        """What the table says of the operation."""
        return row(self.ROW)

    @property
    def computation(self) -> Computation:
        """What is computed."""
        return self.row.computation

    @property
    def count(self) -> int:
        """How many inputs there are."""
        return self.row.count

    @property
    def axes(self) -> Sequence[str]:
        """The names of the loops, outermost first; none where there may be any number."""
        return self.row.axes

    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        """Return the access of every operand."""
        if self.maps is not None:
            return self.maps
        steps = [self._numbers(value) for value in (self.strides, self.dilations)]
        return self.row.maps(self._rank, *steps)

    def _numbers(self, attribute: DenseIntElementsAttr | None) -> Sequence[int]:
        """Return strides or dilations."""
        if attribute is None:
            return (1,) * self.row.strides
        numbers = attribute.get_values()
        return numbers if len(numbers) != 1 else tuple(numbers) * self.row.strides

    def verify_properties(self) -> None:
        """Check strides, dilations and accesses."""
        for name, value in (("strides", self.strides), ("dilations", self.dilations)):
            if value is None:
                continue
            numbers = value.get_values()
            if value.get_shape() != (self.row.strides,):
                raise VerifyException(
                    f"'{name}' must be {counted(self.row.strides, 'number')}, not a {value.type}"
                )
            if min(numbers) < 1:
                raise VerifyException(f"'{name}' must be at least 1, not {min(numbers)}")
        if self.maps is not None:
            verify_projections(self.maps, len(self.operands), len(self.row.axes))


_KNOWN: dict[str, type[Operation]] = {op.name: op for op in linalg.Linalg.operations}


@cache
def named_op(name: str) -> type[TableOp]:
    """Return the class of an operation of the table, which is also xDSL's if it has one."""
    text = NAMED[name]
    properties: list[str] = []
    if ":" in text:
        properties += ["strides", "dilations"]
    if name in CASTING:
        properties.append("cast")
    if name in REMAPPED:
        properties.append("indexing_maps")
    full = f"linalg.{name}"
    bases = (TableOp, *([_KNOWN[full]] if full in _KNOWN else []))
    described = {
        "name": full,
        "ROW": text,
        "PROPERTIES": tuple(properties),
        "CONVERTS": " = " not in text or name in CASTING,
        "__doc__": f"`{text}`, in the notation of `notation.py`.",
        "__module__": __name__,
    }
    return type("".join(map(str.capitalize, name.split("_"))) + "Op", bases, described)


def body_of(op: LinalgStructuredOperation) -> Region:
    """Return the body of a statement; for xDSL's own named operations, one that is right.

    xDSL 0.74 converts no operands, and its pooling combines the image with the window instead of
    with the output.
    """
    name = op.name.removeprefix("linalg.")
    if isinstance(op, FormulaOp) or name not in NAMED:
        return op.body
    types = [element_type(value.type) for value in op.operands]
    known = named_op(name)
    computation = row(known.ROW).computation
    block = body_block(computation, types, converts=known.CONVERTS, unsigned=computation.unsigned)
    return Region(block)


def axes_of(op: LinalgStructuredOperation) -> Sequence[str]:
    """Return the names of the loops of a named operation, none for others."""
    text = NAMED.get(op.name.removeprefix("linalg."))
    return row(text).axes if text is not None else ()
