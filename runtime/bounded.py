"""Numbers with a bound on how far a correct implementation may be from them.

A `Bounded` holds values in double precision (integers in `int64`, exactly) and, per element, the
largest distance from them that rounding in the program's own types can cause. Every operation adds
its own rounding error to the errors of its operands: the running error analysis of N. J. Higham,
Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3; for sums see `summed`.
"""

import math as python_math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ContainerType, IndexType, IntegerType
from xdsl.ir import Attribute, Operation

from ..dialects.errors import UserError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
"""Largest relative error of rounding to a type, u = eps / 2."""

_LARGEST = {
    "f64": float(np.finfo(np.float64).max),
    "f32": float(np.finfo(np.float32).max),
    "f16": float(np.finfo(np.float16).max),
    "bf16": 3.3895313892515355e38,
}
_SMALLEST = {"f64": 5e-324, "f32": 2.0**-149, "f16": 2.0**-24, "bf16": 2.0**-133}
"""Least positive numbers: the absolute error of a result that underflows."""

_REFERENCE_ROUNDOFF = 2.0**-53
"""The roundoff of this computation itself, which counts when the kernel is in f64 too."""


@dataclass(frozen=True)
class Bounded:
    """Values of one element type, and per element the largest error (zero where exact)."""

    value: Array
    error: Array


def exact(value: Any) -> Bounded:
    """Return numbers without error, floats as `float64` and integers as `int64`."""
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        array = array.astype(np.int64)
    elif array.dtype.kind != "b":
        array = array.astype(np.float64)
    return Bounded(array, np.zeros(array.shape))


def is_integer(element: Attribute) -> bool:
    """Say whether an element type is an integer or an index."""
    return isinstance(element, IntegerType | IndexType)


def width_of(element: Attribute) -> int:
    """Return how many bits an integer type has; an index has 64."""
    text = str(element)
    return 64 if text == "index" else int(text.lstrip("sui"))


def wrapped(value: Array, element: Attribute) -> Array:
    """Reduce integers to the width of their type."""
    bits = width_of(element)
    return value.astype(f"int{bits}").astype(np.int64) if bits > 1 else value


def roundoff(element: Attribute) -> float:
    """Return the unit roundoff of a float type, plus that of the reference.

    Raises:
        UserError: The type is not known.
    """
    if (unit := _ROUNDOFF.get(str(element))) is None:
        raise UserError(f"the reference does not know the type {element}")
    return unit + _REFERENCE_ROUNDOFF


def rounded(value: Any, error: Any, element: Attribute, ulps: float = 1.0) -> Bounded:
    """Return the result of an operation in `element`, whose rounding adds to `error`.

    Beyond the largest number of the type the result is infinite; so near to it that the error
    decides, it may be anything.
    """
    if is_integer(element):
        return Bounded(wrapped(np.asarray(value), element), np.asarray(error, np.float64))
    value, name = np.asarray(value, np.float64), str(element)
    size = np.abs(value)
    error = error + ulps * (roundoff(element) * (size + error) + _SMALLEST[name])
    return settled(value, error, element)


def settled(value: Array, error: Array, element: Attribute) -> Bounded:
    """Return numbers of a float type, infinite where they overflow."""
    size, largest = np.abs(value), _LARGEST[str(element)]
    error = np.where(np.isfinite(value) & (size + error > largest), np.inf, error)
    overflows = np.isfinite(value) & (size - np.where(np.isfinite(error), error, 0) > largest)
    return Bounded(np.where(overflows, np.copysign(np.inf, value), value), error)


def summed(value: Array, error: Array, magnitude: Array, count: int, element: Attribute) -> Bounded:
    """Return a sum of `count` terms.

    However the terms are ordered, and with or without fused multiply-adds,
    `|computed - exact| <= gamma_n * sum |term|` with `gamma_n = n u / (1 - n u)`; Higham, section
    3.1 (inner products) and 4.2 (any order of summation).

    Args:
        value: The sum in double precision, or exactly for integers.
        error: The sum of the errors of the terms.
        magnitude: The sum of the absolute values of the terms.
        count: The number of roundings on the way from any term to the sum.
        element: The type of the sum.
    """
    if is_integer(element):
        return Bounded(wrapped(value, element), error)
    growth = count * roundoff(element)
    gamma = growth / (1 - growth) if growth < 1 else np.inf
    error = error + gamma * (magnitude + error) + count * _SMALLEST[str(element)]
    overflow = magnitude + error > _LARGEST[str(element)]  # a partial sum may be infinite
    return settled(value, np.where(np.isfinite(value) & overflow, np.inf, error), element)


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
        return _applied(function, operands, element)
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
"""Roundings granted to a C library's elementary functions."""


def _applied(
    function: Callable[..., Any], operands: Sequence[Bounded], element: Attribute
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
    return rounded(value, error, element, _LIBRARY_ULPS)


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
