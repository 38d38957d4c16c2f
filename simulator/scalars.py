"""What every `arith` and `math` operation computes, on NumPy scalars and on whole arrays alike.

Integers wrap, floats round to their own type after every operation, comparisons and shifts know
signed from unsigned. `evaluate` is the one entry; the tables below are the definition.
"""

import math as python_math
import operator
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ContainerType, IndexType, IntegerType
from xdsl.ir import Attribute, Operation

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError
from .elements import constant

Function = Callable[..., Any]


def _unsigned(value: Any) -> Any:
    """Reinterpret a signed integer as an unsigned one of the same width."""
    value = np.asarray(value)
    return value if value.dtype.kind in "ub" else value.view(f"u{value.dtype.itemsize}")


def _maximumf(a: Any, b: Any) -> Any:
    """IEEE 754's maximum: +0 is more than -0, which NumPy takes for equal."""
    return np.where((a == 0) & (b == 0), np.add(a, b), np.maximum(a, b))


def _minimumf(a: Any, b: Any) -> Any:
    """IEEE 754's minimum: -0 is less than +0, which NumPy takes for equal."""
    return np.where((a == 0) & (b == 0), -np.add(-a, -b), np.minimum(a, b))


def _on_unsigned(function: Function) -> Callable[[Any, Any], Any]:
    """Return an operation that reads its operands as unsigned."""

    def on_unsigned(a: Any, b: Any) -> Any:
        return function(_unsigned(a), _unsigned(b))

    return on_unsigned


def _divide(a: Any, b: Any) -> Any:
    """Divide integers, rounding towards zero; by zero gives zero, as the result is undefined."""
    quotient = np.floor_divide(a, b)
    inexact = quotient * b != a
    return quotient + (inexact & ((np.asarray(a) < 0) != (np.asarray(b) < 0)))


def _ceil_divide(a: Any, b: Any) -> Any:
    """Divide integers, rounding up."""
    quotient = np.floor_divide(a, b)
    return quotient + (quotient * b != a)


def _bits(value: Any) -> int:
    """Return the width of an array's elements in bits."""
    return np.asarray(value).dtype.itemsize * 8


def _shift(function: Function, *, unsigned: bool) -> Function:
    """Return a shift by any amount: beyond the width all bits are gone (or copies of the sign)."""

    def shifted(a: Any, b: Any) -> Any:
        read = _unsigned(a) if unsigned else np.asarray(a)
        amount, bits = _unsigned(b).astype(np.int64), _bits(a)
        inside = function(read, np.minimum(amount, bits - 1).astype(read.dtype))
        if function is np.right_shift and not unsigned:
            return inside
        zero: Any = read.dtype.type(0)
        return cast(Any, np.where(amount < bits, inside, zero))

    return shifted


def _round_away(a: Any) -> Any:
    """Round to the nearest integer, halves away from zero."""
    return np.copysign(np.floor(np.abs(a) + a.dtype.type(0.5)), a)


def _fma(a: Any, b: Any, c: Any) -> Any:
    """Multiply and add with one rounding (through the next wider type)."""
    wide = np.longdouble if a.dtype.itemsize == 8 else np.float64
    return np.asarray(a, wide) * np.asarray(b, wide) + np.asarray(c, wide)


def _erf(a: Any) -> Any:
    """Apply the error function, which NumPy lacks, element by element."""
    return np.vectorize(python_math.erf, otypes=[np.float64])(np.asarray(a, np.float64))


def _integer_power(a: Any, b: Any) -> Any:
    """Raise to an integer power; negative powers of integers are zero unless of 1 or -1."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "f":
        return np.power(a, b.astype(a.dtype))
    positive = np.power(a, np.maximum(b, 0))
    inverse = np.where(a == 1, 1, np.where(a == -1, np.where(b % 2 == 0, 1, -1), 0))
    return np.where(b >= 0, positive, inverse)


def _inverse_root(a: Any) -> Any:
    """Return one over the square root."""
    return np.divide(a.dtype.type(1), np.sqrt(a))


def _set_bits(a: Any) -> Any:
    """Count the bits that are set."""
    return np.bitwise_count(_unsigned(a))


def _leading_zeros(a: Any) -> Any:
    """Count the zero bits above the highest set bit."""
    value, bits = _unsigned(a).astype(np.uint64), _bits(a)
    count = np.full(value.shape, bits, np.int64)
    for bit in range(bits):
        count = np.where((value >> np.uint64(bit)) & np.uint64(1), bits - 1 - bit, count)
    return count


def _trailing_zeros(a: Any) -> Any:
    """Count the zero bits below the lowest set bit."""
    value, bits = _unsigned(a).astype(np.uint64), _bits(a)
    lowest = value & (~value + np.uint64(1))
    return np.where(value == 0, bits, 63 - _leading_zeros(lowest))


_BOOLEAN: dict[type[Operation], Function] = {
    arith.AddiOp: np.logical_xor,
    arith.SubiOp: np.logical_xor,
    arith.MuliOp: np.logical_and,
    arith.MaxSIOp: np.logical_and,
    arith.MinSIOp: np.logical_or,
    arith.MaxUIOp: np.logical_or,
    arith.MinUIOp: np.logical_and,
    arith.AndIOp: np.logical_and,
    arith.OrIOp: np.logical_or,
    arith.XOrIOp: np.logical_xor,
}
"""Arithmetic of `i1`, whose values are 0 and -1 when signed."""

_ARITHMETIC: dict[type[Operation], Function] = {
    arith.AddiOp: np.add,
    arith.SubiOp: np.subtract,
    arith.MuliOp: np.multiply,
    arith.DivSIOp: _divide,
    arith.DivUIOp: _on_unsigned(np.floor_divide),
    arith.FloorDivSIOp: np.floor_divide,
    arith.CeilDivSIOp: _ceil_divide,
    arith.CeilDivUIOp: _on_unsigned(_ceil_divide),
    arith.RemSIOp: np.fmod,
    arith.RemUIOp: _on_unsigned(np.remainder),
    arith.MinSIOp: np.minimum,
    arith.MaxSIOp: np.maximum,
    arith.MinUIOp: _on_unsigned(np.minimum),
    arith.MaxUIOp: _on_unsigned(np.maximum),
    arith.AndIOp: np.bitwise_and,
    arith.OrIOp: np.bitwise_or,
    arith.XOrIOp: np.bitwise_xor,
    arith.ShLIOp: _shift(np.left_shift, unsigned=True),
    arith.ShRUIOp: _shift(np.right_shift, unsigned=True),
    arith.ShRSIOp: _shift(np.right_shift, unsigned=False),
    arith.AddfOp: np.add,
    arith.SubfOp: np.subtract,
    arith.MulfOp: np.multiply,
    arith.DivfOp: np.divide,
    arith.NegfOp: np.negative,
    arith.MaximumfOp: _maximumf,
    arith.MinimumfOp: _minimumf,
    arith.MaxnumfOp: np.fmax,
    arith.MinnumfOp: np.fmin,
    math.AbsFOp: np.abs,
    math.AbsIOp: np.abs,
    math.AcosOp: np.arccos,
    math.AcoshOp: np.arccosh,
    math.AsinOp: np.arcsin,
    math.AsinhOp: np.arcsinh,
    math.AtanOp: np.arctan,
    math.AtanhOp: np.arctanh,
    math.Atan2Op: np.arctan2,
    math.CbrtOp: np.cbrt,
    math.CeilOp: np.ceil,
    math.CopySignOp: np.copysign,
    math.CosOp: np.cos,
    math.CoshOp: np.cosh,
    math.CountLeadingZerosOp: _leading_zeros,
    math.CountTrailingZerosOp: _trailing_zeros,
    math.CtPopOp: _set_bits,
    math.ErfOp: _erf,
    math.ExpOp: np.exp,
    math.Exp2Op: np.exp2,
    math.ExpM1Op: np.expm1,
    math.FloorOp: np.floor,
    math.FmaOp: _fma,
    math.FPowIOp: _integer_power,
    math.IPowIOp: _integer_power,
    math.LogOp: np.log,
    math.Log10Op: np.log10,
    math.Log1pOp: np.log1p,
    math.Log2Op: np.log2,
    math.PowFOp: np.power,
    math.RoundOp: _round_away,
    math.RoundEvenOp: np.rint,
    math.RsqrtOp: _inverse_root,
    math.SinOp: np.sin,
    math.SinhOp: np.sinh,
    math.SqrtOp: np.sqrt,
    math.TanOp: np.tan,
    math.TanhOp: np.tanh,
    math.TruncOp: np.trunc,
}
"""Operations whose result has the type of their operands."""

_INDEX: dict[type[Operation], Function] = {
    arith.AddiOp: operator.add,
    arith.SubiOp: operator.sub,
    arith.MuliOp: operator.mul,
}
"""The arithmetic of loop indices, on Python's integers because that is ten times faster."""

_INTEGER_COMPARISONS: tuple[Callable[[Any, Any], Any], ...] = (
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    _on_unsigned(np.less),
    _on_unsigned(np.less_equal),
    _on_unsigned(np.greater),
    _on_unsigned(np.greater_equal),
)
"""By the number of the predicate: eq ne slt sle sgt sge ult ule ugt uge."""


def _either_nan(a: Any, b: Any) -> Any:
    """Say where the operands are unordered."""
    return np.isnan(a) | np.isnan(b)


_FLOAT_COMPARISONS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: np.zeros(np.broadcast(a, b).shape, np.bool_),
    np.equal,
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
    lambda a, b: np.not_equal(a, b) & ~_either_nan(a, b),
    lambda a, b: ~_either_nan(a, b),
    lambda a, b: np.equal(a, b) | _either_nan(a, b),
    lambda a, b: ~np.less_equal(a, b),
    lambda a, b: ~np.less(a, b),
    lambda a, b: ~np.greater_equal(a, b),
    lambda a, b: ~np.greater(a, b),
    np.not_equal,
    _either_nan,
    lambda a, b: np.ones(np.broadcast(a, b).shape, np.bool_),
)
"""By the predicate's number: false oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno true."""


def _to_integer(value: Any, target: Attribute, *, signed: bool) -> Any:
    """Convert an integer to another width, or to an index."""
    value = np.asarray(value)
    dtype = dtype_of(target)
    if dtype == np.bool_:
        return (value & 1).astype(np.bool_)
    if signed and value.dtype == np.bool_:
        return -value.astype(dtype)
    return (value if signed else _unsigned(value)).astype(dtype)


def _to_float(value: Any, target: Attribute, *, signed: bool) -> Any:
    """Convert an integer to a float."""
    value = np.asarray(value)
    if signed and value.dtype == np.bool_:
        value = -value.astype(np.int8)
    return (value if signed else _unsigned(value)).astype(dtype_of(target))


def _float_to_integer(value: Any, target: Attribute, *, signed: bool) -> Any:
    """Convert a float to an integer, rounding towards zero; out of range is undefined."""
    dtype = dtype_of(target)
    if dtype == np.bool_:
        return (np.asarray(value).astype(np.int64) & 1).astype(np.bool_)
    value = np.asarray(value)
    return value.astype(dtype) if signed else value.astype(np.uint64).astype(dtype)


_CONVERSIONS: dict[type[Operation], Callable[[Any, Attribute], Any]] = {
    arith.ExtFOp: lambda value, to: np.asarray(value).astype(dtype_of(to)),
    arith.TruncFOp: lambda value, to: np.asarray(value).astype(dtype_of(to)),
    arith.ExtSIOp: lambda value, to: _to_integer(value, to, signed=True),
    arith.ExtUIOp: lambda value, to: _to_integer(value, to, signed=False),
    arith.TruncIOp: lambda value, to: _to_integer(value, to, signed=True),
    arith.IndexCastOp: lambda value, to: _to_integer(value, to, signed=True),
    arith.SIToFPOp: lambda value, to: _to_float(value, to, signed=True),
    arith.UIToFPOp: lambda value, to: _to_float(value, to, signed=False),
    arith.FPToSIOp: lambda value, to: _float_to_integer(value, to, signed=True),
    arith.FPToUIOp: lambda value, to: _float_to_integer(value, to, signed=False),
    arith.BitcastOp: lambda value, to: np.asarray(value).view(dtype_of(to)),
}
"""Operations that change the type, given the type to change to."""

SUPPORTED: tuple[type[Operation], ...] = (
    arith.ConstantOp,
    arith.CmpiOp,
    arith.CmpfOp,
    arith.SelectOp,
    *_ARITHMETIC,
    *_CONVERSIONS,
)
"""Every operation that `evaluate` knows."""


def evaluate(op: Operation, operands: Sequence[Any]) -> Any:
    """Compute the result of a scalar operation, element by element where operands are arrays.

    Raises:
        UserError: The operation is not one of `SUPPORTED`.
    """
    kind = type(op)
    value: Any
    if kind is arith.ConstantOp:
        return constant(cast(arith.ConstantOp, op).value)
    element = _element(op)
    if kind is arith.CmpiOp:
        value = _INTEGER_COMPARISONS[cast(arith.CmpiOp, op).predicate.value.data](*operands)
    elif kind is arith.CmpfOp:
        value = _FLOAT_COMPARISONS[cast(arith.CmpfOp, op).predicate.value.data](*operands)
    elif kind is arith.SelectOp:
        condition, true, false = operands
        if np.ndim(condition) == 0:
            return true if condition else false
        value = cast(Any, np.where(condition, true, false))
    elif (convert := _CONVERSIONS.get(kind)) is not None and element is not None:
        value = convert(operands[0], element)
    elif element is not None:
        value = _arithmetic(op, element, operands)
    else:
        raise UserError(f"'{op.name}' cannot be executed: it computes nothing", op)
    return _finish(value, element)


def _element(op: Operation) -> Attribute | None:
    """Return the type of one element of an operation's result, None when it has no result."""
    if not op.results:
        return None
    type_ = op.results[0].type
    if not isinstance(type_, ContainerType):
        return type_
    return cast("ContainerType[Attribute]", type_).get_element_type()


def _arithmetic(op: Operation, element: Attribute, operands: Sequence[Any]) -> Any:
    """Compute an operation whose result has the type of its operands."""
    boolean = isinstance(element, IntegerType) and element.width.data == 1
    function = (_BOOLEAN if boolean else _ARITHMETIC).get(type(op))
    if function is None:
        raise UserError(f"'{op.name}' on {element} cannot be executed", op)
    if isinstance(element, IndexType):
        if (exact := _INDEX.get(type(op))) is not None and type(operands[0]) is type(
            operands[1]
        ) is int:
            return exact(*operands)
        operands = [np.asarray(operand, np.int64) for operand in operands]
    return function(*operands)


def _finish(value: Any, element: Attribute | None) -> Any:
    """Give a result the data type of its element type; one index becomes a Python integer."""
    if element is None or type(value) is int:
        return value
    value = np.asarray(value)
    if isinstance(element, IndexType) and value.ndim == 0:
        return int(value)
    dtype = dtype_of(element)
    if value.dtype != dtype:
        value = value.astype(dtype)
    return value[()]
