"""Parameters of instructions: numbers that every invocation chooses.

    y = select(relu, max(x >> shift, 0), x >> shift)

A parameter of type `i1` is a flag: the instruction is matched once for every setting of its flags,
each an instruction of its own. Every other parameter stands for a constant of the kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IntegerAttr, IntegerType, i1
from xdsl.ir import Attribute

from ..dialects.dtypes import dtype_of
from .evaluate import evaluate
from .expression import Apply, Constant, Expr, Parameter
from .statement import Statement

Values = Mapping[str, Constant]
"""The values of parameters by name."""

FALSE, TRUE = Constant(0, i1), Constant(IntegerAttr(1, i1, truncate_bits=True).value.data, i1)
"""The settings of a flag."""

_SHIFTS = ("arith.shli", "arith.shrsi", "arith.shrui")


def parameters_in(expr: Expr) -> dict[str, Attribute]:
    """The types of the parameters of an expression by name."""
    if isinstance(expr, Parameter):
        return {expr.name: expr.type}
    found: dict[str, Attribute] = {}
    for arg in expr.args if isinstance(expr, Apply) else ():
        found |= parameters_in(arg)
    return found


def settings(body: Expr) -> Iterator[Values]:
    """Every setting of the flags of an instruction's body; the first has all of them off."""
    flags = [name for name, type_ in parameters_in(body).items() if type_ == i1]
    for values in product((FALSE, TRUE), repeat=len(flags)):
        yield dict(zip(flags, values, strict=True))


def with_parameters(statement: Statement, values: Values) -> Statement:
    """The statement of an instruction some or all of whose parameters are set."""
    if not values:
        return statement
    return replace(statement, body=substituted(statement.body, values))


def with_samples(statement: Statement) -> Statement:
    """The statement of an instruction whose parameters have some numbers, and all flags on."""
    types = parameters_in(statement.body).items()
    values = {name: TRUE if type_ == i1 else _constant(3, type_) for name, type_ in types}
    return with_parameters(statement, values)


def substituted(expr: Expr, values: Values) -> Expr:
    """The expression with parameters set; what is constant then is calculated."""
    if isinstance(expr, Parameter):
        return values.get(expr.name, expr)
    if not isinstance(expr, Apply):
        return expr
    args = tuple(substituted(arg, values) for arg in expr.args)
    if expr.op == "arith.select" and isinstance(args[0], Constant):
        return args[1 if args[0].value else 2]
    if args != expr.args and all(isinstance(arg, Constant) for arg in args):
        return calculated(replace(expr, args=args)) or replace(expr, args=args)
    return replace(expr, args=args)


def calculated(expr: Expr) -> Constant | None:
    """The value of an expression of constants; None where it has none, such as a shift too far."""
    if isinstance(expr, Constant):
        return expr
    if not isinstance(expr, Apply):
        return None
    args = [calculated(arg) for arg in expr.args]
    constants = tuple(arg for arg in args if arg is not None)
    if len(constants) < len(args) or not _is_defined(expr.op, constants):
        return None
    operands = [np.array(arg.value).astype(dtype_of(arg.type)) for arg in constants]
    return _constant(evaluate(replace(expr, args=constants), operands).item(), expr.type)


def narrowed(expr: Apply, constant: Constant, type_: Attribute | None) -> Constant | None:
    """The number of a type that a widening may have made a constant of; None if it is no widening.

    It need not be that: a narrow type may not have the number.
    """
    is_widening = expr.op in ("arith.extsi", "arith.extui")
    return _constant(constant.value, type_) if is_widening and type_ is not None else None


def _is_defined(op: str, args: tuple[Constant, ...]) -> bool:
    """Whether an operator has a value for these arguments."""
    if op in _SHIFTS and isinstance(args[1].type, IntegerType):
        return 0 <= args[1].value < args[1].type.bitwidth
    return not op.startswith(("arith.div", "arith.rem")) or args[1].value != 0


def _constant(value: float | int | bool, type_: Attribute) -> Constant:
    """A constant as expressions have it."""
    if isinstance(type_, IntegerType):
        return Constant(IntegerAttr(int(value), type_, truncate_bits=True).value.data, type_)
    return Constant(float(value), type_)


def number_attribute(constant: Constant) -> IntegerAttr | FloatAttr:
    """A constant as an attribute."""
    if isinstance(constant.type, AnyFloat):
        return FloatAttr(float(constant.value), constant.type)
    assert isinstance(constant.type, IntegerType)
    return IntegerAttr(int(constant.value), constant.type)


def attributes_of(values: Iterable[tuple[str, Constant]]) -> dict[str, Attribute]:
    """The values of parameters as attributes, as a mapping or an invocation gives them."""
    return {name: number_attribute(value) for name, value in values}


def values_of(attributes: Mapping[str, Attribute]) -> dict[str, Constant]:
    """The values of parameters that a mapping or an invocation gives as attributes."""
    return {
        name: Constant(attribute.value.data, attribute.type)
        for name, attribute in attributes.items()
        if isinstance(attribute, IntegerAttr | FloatAttr)
    }
