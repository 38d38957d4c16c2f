"""Detours: the same value by way of a wider type, for machines that compute only there.

Integers of 8 and 16 bits are computed with in 16 or 32 bits and cut off again, floats of 16 bits in
f32 and rounded again: an f32 has more than twice their digits, so that one operation is rounded as
if it had been computed in the narrow type. Conversions take two steps instead of one. Every result
is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    Float16Type,
    Float64Type,
    IntegerType,
    f32,
    i32,
)
from xdsl.ir import Attribute

from .expression import Apply, Constant, Expr
from .parameters import calculated

TypeOf = Callable[[Expr], Attribute | None]
"""The type of an expression; None for a coordinate."""

_WIDTHS = (8, 16, 32, 64)

_SIGNED = frozenset(
    f"arith.{name}"
    for name in ("addi", "subi", "muli", "andi", "ori", "xori", "maxsi", "minsi", "divsi", "remsi")
) | {"arith.shrsi", "arith.shli", "math.absi"}
"""Operators whose result in a wider type, of operands with their sign, has the same lower bits."""

_UNSIGNED = frozenset(f"arith.{name}" for name in ("maxui", "minui", "divui", "remui", "shrui"))
"""The same of operands without a sign."""

_FLOATS = frozenset(
    f"arith.{name}"
    for name in ("addf", "subf", "mulf", "divf", "negf", "maximumf", "minimumf", "maxnumf")
) | {"arith.minnumf"}


def through_wider(expr: Apply, type_of: TypeOf) -> Iterator[Expr]:
    """The ways to compute an operator's result by way of a wider type."""
    yield from _conversions(expr, type_of)
    operands = expr.args[1:] if expr.op == "arith.select" else expr.args
    narrow = type_of(operands[-1]) if operands else None
    if isinstance(narrow, BFloat16Type | Float16Type):
        yield from _floats(expr)
    elif isinstance(narrow, IntegerType) and narrow.bitwidth in (8, 16):
        wider = [IntegerType(width) for width in (16, 32) if width > narrow.bitwidth]
        for type_ in wider:
            yield from _integers(expr, type_)


def _conversions(expr: Apply, type_of: TypeOf) -> Iterator[Expr]:
    """A conversion in two steps."""
    source, target = type_of(expr.args[0]), expr.type
    match expr.op:
        case "arith.extsi" | "arith.extui" | "arith.trunci":
            for type_ in _between(source, target):
                yield _to(expr.op, _to(expr.op, expr.args[0], type_), target)
        case "arith.sitofp" | "arith.uitofp" if _is_below(source, 32):
            exact = not _is_narrow(target) or _is_below(source, 17)
            widened = _to(_EXTENSION[expr.op], expr.args[0], i32)
            if exact and not _is_narrow(target):
                yield _to("arith.sitofp", widened, target)
            elif exact:
                yield _to("arith.truncf", _to("arith.sitofp", widened, f32), target)
        case "arith.fptosi" | "arith.fptoui" if _is_below(target, 32):
            yield _to("arith.trunci", _to("arith.fptosi", expr.args[0], i32), target)
        case "arith.extf" if _is_narrow(source) and isinstance(target, Float64Type):
            yield _to("arith.extf", _to("arith.extf", expr.args[0], f32), target)
        case _:
            pass


_EXTENSION = {"arith.sitofp": "arith.extsi", "arith.uitofp": "arith.extui"}


def _between(one: Attribute | None, other: Attribute) -> Iterator[IntegerType]:
    """The integer types between two, in width."""
    if isinstance(one, IntegerType) and isinstance(other, IntegerType):
        low, high = sorted((one.bitwidth, other.bitwidth))
        yield from (IntegerType(width) for width in _WIDTHS if low < width < high)


def _floats(expr: Apply) -> Iterator[Expr]:
    """An operator on floats of 16 bits, in f32."""
    if expr.op == "arith.select":
        condition, *chosen = expr.args
        args = (condition, *(_to("arith.extf", arg, f32) for arg in chosen))
    else:
        args = tuple(_to("arith.extf", arg, f32) for arg in expr.args)
    if expr.op.startswith("arith.cmpf") or expr.op in ("arith.fptosi", "arith.fptoui"):
        yield Apply(expr.op, args, expr.type)
    elif expr.op in _FLOATS or expr.op == "arith.select" or expr.op.startswith("math."):
        yield _to("arith.truncf", Apply(expr.op, args, f32), expr.type)


def _integers(expr: Apply, wider: IntegerType) -> Iterator[Expr]:
    """An operator on narrow integers, in a wider type."""

    def widened(arg: Expr) -> Expr:
        return _to("arith.extui" if unsigned else "arith.extsi", arg, wider)

    unsigned = expr.op in _UNSIGNED or expr.op.startswith("arith.cmpi u")
    if expr.op == "arith.select":
        condition, *chosen = expr.args
        whole = Apply(expr.op, (condition, *map(widened, chosen)), wider)
        yield _to("arith.trunci", whole, expr.type)
    elif expr.op.startswith("arith.cmpi"):
        yield Apply(expr.op, tuple(map(widened, expr.args)), expr.type)
    elif expr.op in _SIGNED or expr.op in _UNSIGNED:
        whole = Apply(expr.op, tuple(map(widened, expr.args)), wider)
        yield _to("arith.trunci", whole, expr.type)


def _to(conversion: str, value: Expr, type_: Attribute) -> Expr:
    """A value converted; a constant at once."""
    converted = Apply(conversion, (value,), type_)
    constant = calculated(converted) if isinstance(value, Constant) else None
    return converted if constant is None else constant


def _is_below(type_: Attribute | None, width: int) -> bool:
    """Whether a type is an integer of fewer bits, a truth not among them."""
    return isinstance(type_, IntegerType) and 1 < type_.bitwidth < width


def _is_narrow(type_: Attribute | None) -> bool:
    """Whether a type is a float of fewer than 32 bits."""
    return isinstance(type_, AnyFloat) and type_.bitwidth < 32
