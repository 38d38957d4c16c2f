"""Scalar expressions of the mapper, written back as the operations of a body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ..mapping.expression import COMBINERS, Apply, Constant, Expr, Operand


def write_expression(
    expr: Expr, operands: Sequence[SSAValue], emit: Callable[[Operation], None]
) -> SSAValue:
    """Emit the operations that compute an expression and return its value.

    `operands[i]` is the element of `Operand(i)`.
    """
    written: dict[Expr, SSAValue] = {}

    def write(part: Expr) -> SSAValue:
        if isinstance(part, Operand):
            return operands[part.index]
        if part not in written:
            written[part] = _emit(part)
        return written[part]

    def _emit(part: Expr) -> SSAValue:
        assert isinstance(part, Constant | Apply), "only what programs read is written back"
        if isinstance(part, Constant):
            op: Operation = arith.ConstantOp(number(part.value, part.type))
            emit(op)
            return op.results[0]
        values = [write(arg) for arg in part.args]
        if part.op in COMBINERS:  # written for any number of terms
            while len(values) > 2:
                values[:2] = [_apply(part.op, values[:2], part.type, emit)]
        return _apply(part.op, values, part.type, emit)

    return write(expr)


def number(value: float, type_: Attribute) -> IntegerAttr | FloatAttr:
    """The attribute of a number of a scalar type."""
    if isinstance(type_, AnyFloat):
        return FloatAttr(float(value), type_)
    assert isinstance(type_, IntegerType | IndexType)
    return IntegerAttr(int(value), type_)


def _apply(
    name: str, values: Sequence[SSAValue], type_: Attribute, emit: Callable[[Operation], None]
) -> SSAValue:
    """Emit one operation."""
    operator, _, predicate = name.partition(" ")
    if operator == "arith.cmpi":
        op: Operation = arith.CmpiOp(values[0], values[1], predicate)
    elif operator == "arith.cmpf":
        op = arith.CmpfOp(values[0], values[1], predicate)
    else:
        op = _operations()[operator].build(operands=list(values), result_types=[type_])
    emit(op)
    return op.results[0]


@cache
def _operations() -> dict[str, type[IRDLOperation]]:
    """The operations of the scalar dialects by name."""
    ops = [*arith.Arith.operations, *math.Math.operations]
    return {op.name: op for op in ops if issubclass(op, IRDLOperation)}
