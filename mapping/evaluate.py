"""Scalar expressions on NumPy arrays, element by element, in the types that they are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError
from .expression import COMBINERS, Constant, Coordinate, Expr, Operand, Parameter, parts_of

Array: TypeAlias = NDArray[Any]


def evaluate(expr: Expr, operands: Sequence[Array]) -> Array:
    """The value of an expression, given the values of its operands (of one shape).

    Raises:
        UserError: There is an operator that is not known here, or a coordinate.
    """
    known: dict[Expr, Array] = {}
    with np.errstate(all="ignore"):
        for part in parts_of(expr):  # the arguments of an operator come before it
            known[part] = _value(part, known, operands)
    return known[expr]


def _value(expr: Expr, known: Mapping[Expr, Array], operands: Sequence[Array]) -> Array:
    """The value of an expression whose arguments are known."""
    match expr:
        case Operand(index):
            return operands[index]
        case Constant(value, type_):
            return np.array(value).astype(dtype_of(type_))
        case Coordinate():
            raise UserError("a body that reads coordinates cannot be evaluated on its own")
        case Parameter(name, _):
            raise UserError(f"parameter '{name}' of an instruction has no value")
        case _:
            args = [known[arg] for arg in expr.args]
            if expr.op == "arith.bitcast":
                return args[0].view(dtype_of(expr.type))
            return combine(expr.op, *args).astype(dtype_of(expr.type), copy=False)


def combine(op: str, *args: Array) -> Array:
    """One operator applied to arrays; the result may still need casting to its type."""
    name = op.partition(".")[2]
    if op in COMBINERS and len(args) > 2:  # of any number of terms in a normal form
        first, last = combine(op, *args[:-1]), args[-1]
        return combine(op, first.astype(last.dtype, copy=False), last)
    if name in _OPERATORS:
        return np.asarray(_OPERATORS[name](*args))
    kind, _, predicate = name.partition(" ")
    if kind == "cmpi" and predicate[0] == "u":
        return _COMPARISONS[predicate[1:]](*map(_unsigned, args))
    if kind == "cmpi":
        return _COMPARISONS[predicate.removeprefix("s")](*args)
    if kind == "cmpf" and predicate not in ("true", "false"):
        unordered = np.logical_or(*map(np.isnan, args))
        if predicate in ("ord", "uno"):
            return unordered if predicate == "uno" else ~unordered
        holds = _COMPARISONS[predicate[1:]](*args)
        return holds | unordered if predicate[0] == "u" else holds & ~unordered
    raise UserError(f"operator {op} has no meaning here yet")


def _unsigned(array: Array) -> Array:
    """The same bits as an unsigned number."""
    return array if array.dtype == np.bool_ else array.view(f"u{array.dtype.itemsize}")


def _signed(array: Array) -> Array:
    """A bool as the signed number it is: true is -1."""
    return -array.astype(np.int8) if array.dtype == np.bool_ else array


def _add(a: Array, b: Array) -> Array:
    return a ^ b if a.dtype == np.bool_ else a + b


def _subtract(a: Array, b: Array) -> Array:
    return a ^ b if a.dtype == np.bool_ else a - b


def _quotient(a: Array, b: Array) -> Array:
    """Integer division that rounds towards zero."""
    whole = np.abs(a) // np.where(b == 0, 1, np.abs(b))
    return np.where((a < 0) != (b < 0), -whole, whole)


def _on_unsigned(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda a, b: function(_unsigned(a), _unsigned(b)).astype(a.dtype)


def _fma(a: Array, b: Array, c: Array) -> Array:
    return a * b + c


def _rsqrt(a: Array) -> Array:
    return 1 / np.sqrt(a)


def _same(a: Array) -> Array:
    return a


_COMPARISONS: dict[str, Callable[..., Array]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}

_OPERATORS: dict[str, Callable[..., Any]] = {
    **{"addf": np.add, "subf": np.subtract, "mulf": np.multiply, "divf": np.divide},
    **{"negf": np.negative, "maximumf": np.maximum, "minimumf": np.minimum},
    **{"maxnumf": np.fmax, "minnumf": np.fmin, "remf": np.fmod},
    **{"addi": _add, "subi": _subtract, "muli": np.multiply},
    **{"andi": np.bitwise_and, "ori": np.bitwise_or, "xori": np.bitwise_xor},
    **{"maxsi": np.maximum, "minsi": np.minimum, "divsi": _quotient, "shli": np.left_shift},
    **{"maxui": _on_unsigned(np.maximum), "minui": _on_unsigned(np.minimum)},
    **{"divui": _on_unsigned(np.floor_divide), "remui": _on_unsigned(np.remainder)},
    **{"shrsi": np.right_shift, "shrui": _on_unsigned(np.right_shift)},
    **{"select": np.where, "extf": _same, "truncf": _same, "trunci": _same},
    **{"extsi": _signed, "extui": _unsigned, "sitofp": _signed, "uitofp": _unsigned},
    **{"fptosi": np.trunc, "fptoui": np.trunc, "index_cast": _same},
    "fma": _fma,
    **{"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "absf": np.abs},
    **{"absi": np.abs, "sin": np.sin, "cos": np.cos, "floor": np.floor, "ceil": np.ceil},
    **{"exp2": np.exp2, "trunc": np.trunc, "roundeven": np.rint, "rsqrt": _rsqrt},
}
"""Operators of `arith` and `math` by name, without the dialect."""
