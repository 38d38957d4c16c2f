"""What an instruction computes in the lanes that a kernel does not fill.

A tile at the end of an axis, or an instruction axis without a kernel axis, leaves lanes over,
whose operands read as zero. Along an axis that the result keeps, such lanes are dropped. Along one
that the instruction reduces over they take part, so the body must then give the identity of the
combining operator: zero times any integer does for a sum, zero times zero for one of floats, but
nothing does for `sum exp(x)`.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from .expression import Apply, Constant, Expr, Operand
from .statement import Access, Statement

_PRODUCTS = ("arith.muli", "arith.andi")
"""They are zero where one operand is."""

_ZERO_PRESERVING = (
    "arith.mulf",  # of floats, zero times infinity is no zero
    *("arith.addf", "arith.addi", "arith.ori", "arith.xori", "arith.subf", "arith.subi"),
    *("arith.negf", "arith.extf", "arith.truncf", "arith.extsi", "arith.extui", "arith.trunci"),
    *("arith.sitofp", "arith.uitofp", "arith.fptosi", "arith.fptoui", "math.absf", "math.absi"),
    *("arith.maximumf", "arith.minimumf", "arith.maxnumf", "arith.minnumf"),
    *("arith.maxsi", "arith.minsi", "arith.maxui", "arith.minui", "math.sqrt", "math.tanh"),
)


@lru_cache(maxsize=1024)
def exact_axes(instruction: Statement) -> tuple[int, ...]:
    """The axes of an instruction whose lanes must all be filled by the kernel."""
    return tuple(
        axis
        for axis in range(len(instruction.axes))
        if axis not in instruction.sized_axes
        and not is_private(instruction.output, axis)
        and not _absorbs(instruction, axis)
    )


def is_private(access: Access, axis: int) -> bool:
    """Whether different lanes of the axis are different elements, whatever the other axes do."""
    return any(
        row[axis] and not any(factor for other, factor in enumerate(row) if other != axis)
        for row in access.matrix
    )


def identity(combine: str, type_: Attribute) -> float | int | None:
    """The number that leaves everything as it is under a combining operator; None for assign."""
    name = combine.removeprefix("arith.")
    if name in ("addf", "addi", "ori", "xori", "maxui"):
        return 0.0 if name == "addf" else 0
    if name in ("mulf", "muli"):
        return 1.0 if name == "mulf" else 1
    if name in ("maximumf", "minimumf", "maxnumf", "minnumf"):
        return float("-inf") if name.startswith("max") else float("inf")
    if name in ("andi", "minui"):
        return -1
    if isinstance(type_, IntegerType) and name in ("maxsi", "minsi"):
        half = 1 << (type_.bitwidth - 1)
        return -half if name == "maxsi" else half - 1
    return None


def _absorbs(instruction: Statement, axis: int) -> bool:
    """Whether zeros in the operands that the axis indexes make the body the identity."""
    zeros = {k for k, access in enumerate(instruction.inputs) if is_private(access, axis)}
    value = _value(instruction.body, zeros)
    return value is not None and value == identity(instruction.combine, instruction.output.element)


def absorbs_zeros(statement: Statement) -> bool:
    """Whether points at which all inputs are zero leave the output as it is, signs of zeros apart."""
    value = _value(statement.body, set(range(len(statement.inputs))))
    return value is not None and value == identity(statement.combine, statement.output.element)


def adds_nothing(statement: Statement, zeros: Set[int]) -> bool:
    """Whether points at which these inputs are zero leave the output as it is.

    Only among integers: a zero times infinity or NaN is no zero, and one of two zeros has a sign.
    """
    types = [statement.output.element, *(access.element for access in statement.inputs)]
    if not all(isinstance(type_, IntegerType) for type_ in [*types, *_types(statement.body)]):
        return False
    value = _value(statement.body, zeros)
    return value is not None and value == identity(statement.combine, statement.output.element)


def _types(expr: Expr) -> list[Attribute]:
    """The types of what an expression calculates."""
    if not isinstance(expr, Apply):
        return []
    return [expr.type, *(type_ for arg in expr.args for type_ in _types(arg))]


def _value(expr: Expr, zeros: Set[int]) -> float | int | None:
    """The value of a body when some operands are zero and the others are anything."""
    match expr:
        case Operand(index):
            return 0 if index in zeros else None
        case Constant(value, _):
            return value
        case Apply(op, args, _):
            values = [_value(arg, zeros) for arg in args]
            if op in _PRODUCTS and 0 in values:
                return 0
            return 0 if op in _ZERO_PRESERVING and all(value == 0 for value in values) else None
        case _:
            return None
