"""What `arith` and `math` operations do to numbers with error bounds (see `bounded.py`)."""

import math as python_math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ContainerType, IndexType
from xdsl.ir import Attribute, Operation

from ..dialects.errors import UserError
from .bounded import Array, Bounded, rounded, width_of, wrapped


def evaluate(op: Operation, operands: Sequence[Bounded]) -> Bounded:
    """Return the result of an `arith` or `math` operation.

    Raises:
        UserError: The operation is not known.
    """
    element = _element(op)
    if (rule := _RULES.get(type(op))) is not None:
        value, error = rule(*operands)
        return rounded(value, error, element, 0.0 if type(op) in _NO_ROUNDING else 1.0)
    if (convert := _CONVERSIONS.get(type(op))) is not None:
        return convert(op, operands[0], element)
    if isinstance(op, arith.CmpiOp | arith.CmpfOp):
        return _compared(op, *operands)
    if isinstance(op, arith.SelectOp):
        return _selected(*operands)
    if (function := _FUNCTIONS.get(type(op))) is not None:
        return applied(function, operands, element, ULPS.get(type(op), _LIBRARY_ULPS))
    if (integer := _INTEGERS.get(type(op))) is not None:
        return _integers(integer, operands, element)
    raise UserError(f"the reference does not know '{op.name}'", op)


def _element(op: Operation) -> Attribute:
    """Return the type of one element of an operation's result."""
    type_ = op.results[0].type
    return cast(Attribute, type_.get_element_type() if isinstance(type_, ContainerType) else type_)


def _sum(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    if a.value.dtype == np.bool_:
        return a.value ^ b.value, a.error + b.error
    return a.value + b.value, a.error + b.error


def _difference(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    if a.value.dtype == np.bool_:
        return a.value ^ b.value, a.error + b.error
    return a.value - b.value, a.error + b.error


def _product(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    error = _times(np.abs(a.value), b.error) + _times(np.abs(b.value), a.error)
    return a.value * b.value, error + _times(a.error, b.error)


def _times(a: Any, b: Any) -> Any:
    """Multiply with 0 * inf = 0: no error times anything is none."""
    return np.where((a == 0) | (b == 0), 0.0, a * b)


def _quotient(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    value = a.value / b.value
    room = np.abs(b.value) - b.error
    error = (a.error + _times(np.abs(value), b.error)) / np.where(room > 0, room, np.nan)
    none = (a.error == 0) & (b.error == 0)
    return value, np.where(none, 0.0, np.where(room > 0, error, np.inf))


def _fused(a: Bounded, b: Bounded, c: Bounded) -> tuple[Any, Any]:
    value, error = _product(a, b)
    return value + c.value, error + c.error


def _largest(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    return np.maximum(a.value, b.value), np.maximum(a.error, b.error)


def _smallest(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    return np.minimum(a.value, b.value), np.maximum(a.error, b.error)


def _largest_number(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    return np.fmax(a.value, b.value), np.maximum(a.error, b.error)


def _smallest_number(a: Bounded, b: Bounded) -> tuple[Any, Any]:
    return np.fmin(a.value, b.value), np.maximum(a.error, b.error)


def _negation(a: Bounded) -> tuple[Any, Any]:
    return -a.value, a.error


def _size(a: Bounded) -> tuple[Any, Any]:
    return np.abs(a.value), a.error


_RULES: dict[type[Operation], Callable[..., tuple[Any, Any]]] = {
    arith.AddfOp: _sum,
    arith.AddiOp: _sum,
    arith.SubfOp: _difference,
    arith.SubiOp: _difference,
    arith.MulfOp: _product,
    arith.MuliOp: _product,
    arith.DivfOp: _quotient,
    arith.NegfOp: _negation,
    math.AbsFOp: _size,
    math.AbsIOp: _size,
    math.FmaOp: _fused,
    arith.MaximumfOp: _largest,
    arith.MinimumfOp: _smallest,
    arith.MaxnumfOp: _largest_number,
    arith.MinnumfOp: _smallest_number,
    arith.MaxSIOp: _largest,
    arith.MinSIOp: _smallest,
}
"""Value and inherited error of the operations whose errors are known exactly."""

_NO_ROUNDING = frozenset(
    {arith.NegfOp, math.AbsFOp, arith.MaximumfOp, arith.MinimumfOp, arith.MaxnumfOp}
    | {arith.MinnumfOp}
)


def _round_away(a: Any) -> Any:
    return np.copysign(np.floor(np.abs(a) + 0.5), a)


def _inverse_root(a: Any) -> Any:
    return 1 / np.sqrt(a)


_FUNCTIONS: dict[type[Operation], Callable[..., Any]] = {
    math.AcosOp: np.arccos,
    math.AsinOp: np.arcsin,
    math.AtanOp: np.arctan,
    math.Atan2Op: np.arctan2,
    math.CbrtOp: np.cbrt,
    math.CeilOp: np.ceil,
    math.CopySignOp: np.copysign,
    math.CosOp: np.cos,
    math.CoshOp: np.cosh,
    math.ErfOp: np.vectorize(python_math.erf, otypes=[np.float64]),
    math.ExpOp: np.exp,
    math.Exp2Op: np.exp2,
    math.ExpM1Op: np.expm1,
    math.FloorOp: np.floor,
    math.LogOp: np.log,
    math.Log10Op: np.log10,
    math.Log1pOp: np.log1p,
    math.Log2Op: np.log2,
    math.PowFOp: np.power,
    math.RoundEvenOp: np.rint,
    math.RoundOp: _round_away,
    math.RsqrtOp: _inverse_root,
    math.SinOp: np.sin,
    math.SinhOp: np.sinh,
    math.SqrtOp: np.sqrt,
    math.TanOp: np.tan,
    math.TanhOp: np.tanh,
    math.TruncOp: np.trunc,
}
"""Functions whose errors are found by trying the ends of their operands' intervals."""

_LIBRARY_ULPS = 4.0
"""Roundings granted to elementary functions: two units of the last place at least."""

ULPS: Mapping[type[Operation], float] = {math.TanhOp: 8.0, math.ErfOp: 8.0}
"""Roundings granted to the functions that need more of them."""


def applied(
    function: Callable[..., Any],
    operands: Sequence[Bounded],
    element: Attribute,
    ulps: float = _LIBRARY_ULPS,
) -> Bounded:
    """Apply a function of few operands; each operand's error moves it in turn."""
    values = [operand.value for operand in operands]
    value = function(*values)
    error = np.zeros(np.shape(value))
    for index, operand in enumerate(operands):
        for end in (operand.value - operand.error, operand.value + operand.error):
            moved = np.abs(function(*values[:index], end, *values[index + 1 :]) - value)
            error = np.maximum(
                error, np.where(operand.error > 0, np.nan_to_num(moved, nan=np.inf), 0)
            )
    return rounded(value, error, element, ulps)


def _unsigned(value: Array, bits: int) -> Array:
    """Return integers of a width read as unsigned."""
    return value.astype(np.uint64) & np.uint64(2**bits - 1)


def _truncated(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any, int], Any]:
    """Return an operation on unsigned integers."""
    return lambda a, b, bits: function(_unsigned(a, bits), _unsigned(b, bits)).astype(np.int64)


def _divide(a: Any, b: Any, bits: int) -> Any:
    safe = np.where(b == 0, 1, b)
    return np.sign(a) * np.sign(safe) * (np.abs(a) // np.abs(safe)) * (b != 0)


_INTEGERS: dict[type[Operation], Callable[[Any, Any, int], Any]] = {
    arith.DivSIOp: _divide,
    arith.RemSIOp: lambda a, b, bits: a - _divide(a, b, bits) * b,
    arith.FloorDivSIOp: lambda a, b, bits: np.floor_divide(a, b),
    arith.CeilDivSIOp: lambda a, b, bits: -np.floor_divide(-a, b),
    arith.DivUIOp: _truncated(np.floor_divide),
    arith.RemUIOp: _truncated(np.remainder),
    arith.MaxUIOp: _truncated(np.maximum),
    arith.MinUIOp: _truncated(np.minimum),
    arith.AndIOp: lambda a, b, bits: a & b,
    arith.OrIOp: lambda a, b, bits: a | b,
    arith.XOrIOp: lambda a, b, bits: a ^ b,
    arith.ShLIOp: lambda a, b, bits: a << b,
    arith.ShRSIOp: lambda a, b, bits: a >> b,
    arith.ShRUIOp: _truncated(np.right_shift),
}


def _integers(
    function: Callable[[Any, Any, int], Any], operands: Sequence[Bounded], element: Attribute
) -> Bounded:
    """Apply an integer operation; integers that may be off make the result anything."""
    left, right = operands
    bits = width_of(element)
    value = wrapped(np.asarray(function(left.value, right.value, bits)), element)
    return Bounded(value, np.where((left.error > 0) | (right.error > 0), np.inf, 0.0))


def _compared(op: arith.CmpiOp | arith.CmpfOp, left: Bounded, right: Bounded) -> Bounded:
    """Compare; where the errors could change the answer, its own error is 1."""
    predicate = op.predicate.value.data
    a, b = left.value, right.value
    less, equal = a < b, a == b
    if isinstance(op, arith.CmpiOp):
        if predicate >= 6:
            unsigned = [_unsigned(np.asarray(value, np.int64), 64) for value in (a, b)]
            less = unsigned[0] < unsigned[1]
        kind = predicate if predicate < 6 else predicate - 4
        value = (equal, ~equal, less, less | equal, ~(less | equal), ~less)[kind]
    else:
        nan = np.isnan(a) | np.isnan(b)
        greater = a > b
        ordered = (nan & False, equal, greater, greater | equal, less, less | equal)
        ordered = (*ordered, less | greater, ~nan)
        value = ordered[predicate] if predicate < 8 else _unordered(ordered, predicate, nan)
    slack = left.error + right.error
    unsure = (slack > 0) & ~(np.abs(a * 1.0 - b) > slack)
    return Bounded(np.asarray(value), unsure.astype(np.float64))


def _unordered(ordered: Sequence[Any], predicate: int, nan: Any) -> Any:
    """Return one of ueq ugt uge ult ule une uno true: an ordered one, or unordered."""
    if predicate >= 14:
        return nan if predicate == 14 else nan | True
    return ordered[predicate - 7] | nan


def _selected(condition: Bounded, true: Bounded, false: Bounded) -> Bounded:
    """Select; where the condition is unsure, the other value is as good."""
    value = np.where(condition.value, true.value, false.value)
    error = np.where(condition.value, true.error, false.error)
    either = np.maximum(true.error, false.error) + np.abs(true.value * 1.0 - false.value)
    return Bounded(value, np.where(condition.error > 0, either, error))


def _extended(op: Operation, operand: Bounded, element: Attribute, *, zeros: bool) -> Bounded:
    """Widen or narrow an integer."""
    value = operand.value
    if value.dtype == np.bool_:
        value = value.astype(np.int64) * (1 if zeros else -1)
    elif zeros:
        value = _unsigned(value, width_of(op.operands[0].type)).astype(np.int64)
    if width_of(element) == 1:
        return Bounded((value & 1).astype(np.bool_), operand.error)
    return Bounded(wrapped(value, element), operand.error)


def _to_float(op: Operation, operand: Bounded, element: Attribute, *, zeros: bool) -> Bounded:
    """Convert an integer to a float."""
    wide = _extended(op, operand, IndexType(), zeros=zeros)
    return rounded(wide.value.astype(np.float64), wide.error, element)


def _to_integer(op: Operation, operand: Bounded, element: Attribute) -> Bounded:
    """Convert a float to an integer, towards zero."""
    ends = [np.trunc(operand.value + sign * operand.error) for sign in (-1, 1)]
    value = np.trunc(operand.value)
    error = np.maximum(np.abs(ends[0] - value), np.abs(ends[1] - value))
    return Bounded(wrapped(value.astype(np.int64), element), error)


_CONVERSIONS: dict[type[Operation], Callable[[Operation, Bounded, Attribute], Bounded]] = {
    arith.ExtFOp: lambda op, a, to: a,
    arith.TruncFOp: lambda op, a, to: rounded(a.value, a.error, to),
    arith.ExtSIOp: lambda op, a, to: _extended(op, a, to, zeros=False),
    arith.ExtUIOp: lambda op, a, to: _extended(op, a, to, zeros=True),
    arith.TruncIOp: lambda op, a, to: _extended(op, a, to, zeros=False),
    arith.IndexCastOp: lambda op, a, to: _extended(op, a, to, zeros=False),
    arith.SIToFPOp: lambda op, a, to: _to_float(op, a, to, zeros=False),
    arith.UIToFPOp: lambda op, a, to: _to_float(op, a, to, zeros=True),
    arith.FPToSIOp: _to_integer,
    arith.FPToUIOp: _to_integer,
}
