"""The normal form in which statements are matched.

Axes of extent 1 are dropped and remembered. Bodies are rewritten by equalities that hold for the
operators' types: differences become sums with negated terms, `fma(a, b, c)` is `a * b + c`,
comparisons point one way, integer minima, maxima and clamps have one form, associative operators
are flattened and the children of commutative ones ordered. Casts stay typed nodes. As in
reductions, sums and products of floats may be regrouped; nothing else about floats changes, so
`maximumf` is not `maxnumf` and a float `select` stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from math import isfinite

from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerType
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from .evaluate import evaluate
from .expression import (
    COMBINERS,
    Apply,
    Constant,
    Coordinate,
    Expr,
    Operand,
    Parameter,
    rewritten,
)
from .statement import Statement

COMMUTATIVE = COMBINERS | frozenset(
    "arith." + name
    for name in (
        *("cmpi eq", "cmpi ne", "cmpf oeq", "cmpf one", "cmpf ord"),
        *("cmpf ueq", "cmpf une", "cmpf uno"),
    )
)
"""The operators whose arguments may change places."""

_MIRRORED = {
    f"arith.{kind} {flags}{greater}": f"arith.{kind} {flags}{less}"
    for kind, variants in (("cmpi", "su"), ("cmpf", "ou"))
    for flags in variants
    for greater, less in (("gt", "lt"), ("ge", "le"))
}
"""Each comparison by "greater", and the one by "less" that it is with its arguments swapped."""

_SELECTING = {
    "arith.cmpi s": ("arith.minsi", "arith.maxsi"),
    "arith.cmpi u": ("arith.minui", "arith.maxui"),
}
_CLAMPS = {
    "arith.maxsi": "arith.minsi",
    "arith.maximumf": "arith.minimumf",
}
_WIDENING = ("arith.extsi", "arith.extui", "arith.extf")


@dataclass(frozen=True)
class NormalForm:
    """A statement without unit axes and with its body in normal form.

    `kept[i]` is the position, among the original statement's axes, of axis `i` of `statement`.
    """

    statement: Statement
    kept: tuple[int, ...]


@lru_cache(maxsize=1024)
def normal_form(statement: Statement) -> NormalForm:
    """Bring a statement into normal form."""
    kept = tuple(i for i, axis in enumerate(statement.axes) if axis.extent != 1)
    return NormalForm(
        replace(
            statement,
            axes=tuple(statement.axes[i] for i in kept),
            inputs=tuple(access.select(kept) for access in statement.inputs),
            output=statement.output.select(kept),
            body=normal_body(_renumbered(statement.body, kept)),
        ),
        kept,
    )


@lru_cache(maxsize=16384)
def normal_body(expr: Expr, exact: bool = False) -> Expr:
    """Bring an expression into normal form; when `exact`, by the rules that keep every rounding."""
    if not isinstance(expr, Apply):
        return expr
    expr = replace(expr, args=tuple(normal_body(arg, exact) for arg in expr.args))
    for rule in _RULES:
        changed = None if exact and rule in (_fma, _flattened) else rule(expr)
        if changed is not None:
            return normal_body(changed, exact)
    if expr.op in COMMUTATIVE and not exact:
        expr = replace(expr, args=tuple(sorted(expr.args, key=order_key)))
    return expr


_LONGEST_KEY = 256
"""A key that would be longer is a digest: where a value is used often, keys would double."""


@lru_cache(maxsize=16384)
def order_key(expr: Expr) -> str:
    """A total order of expressions, the same in every process."""
    match expr:
        case Operand(index):
            return f"0 {index:06}"
        case Coordinate(axis):
            return f"1 {axis:06}"
        case Constant(value, type_):
            return f"2 {value!r}:{type_}"
        case Parameter(name, type_):
            return f"2 {name}:{type_}"
        case Apply(op, args, type_):
            key = f"3 {op}({', '.join(map(order_key, args))}):{type_}"
            short = len(key) <= _LONGEST_KEY
            return key if short else f"3 {op} {sha256(key.encode()).hexdigest()}"


def _renumbered(expr: Expr, kept: tuple[int, ...]) -> Expr:
    """The body when only some axes are left; the coordinate on a unit axis is 0."""

    def leaf(part: Expr) -> Expr:
        if not isinstance(part, Coordinate):
            return part
        return Coordinate(kept.index(part.axis)) if part.axis in kept else Constant(0, IndexType())

    return rewritten(expr, leaf)


def _fma(expr: Apply) -> Expr | None:
    """`fma(a, b, c)` is `a * b + c`, up to the rounding of the product."""
    if expr.op != "math.fma":
        return None
    product = Apply("arith.mulf", expr.args[:2], expr.type)
    return Apply("arith.addf", (product, expr.args[2]), expr.type)


def _difference(expr: Apply) -> Expr | None:
    """`a - b` is `a + (-b)`; for integers `-b` is `-1 * b`, and a zero `a` falls away."""
    if expr.op == "arith.subf":
        return Apply("arith.addf", (expr.args[0], _negated(expr.args[1], expr.type)), expr.type)
    if expr.op != "arith.subi":
        return None
    minus = Apply("arith.muli", (expr.args[1], Constant(-1, expr.type)), expr.type)
    if expr.args[0] == Constant(0, expr.type):
        return minus
    return Apply("arith.addi", (expr.args[0], minus), expr.type)


def _negated(expr: Expr, type_: Attribute) -> Expr:
    return Apply("arith.negf", (expr,), type_)


def _negation(expr: Apply) -> Expr | None:
    """`-(-a)` is `a`; a sign in a product or a quotient goes in front of it."""
    if expr.op == "arith.negf":
        inner = expr.args[0]
        if isinstance(inner, Constant):
            return replace(inner, value=-inner.value)
        return inner.args[0] if isinstance(inner, Apply) and inner.op == "arith.negf" else None
    if expr.op not in ("arith.mulf", "arith.divf"):
        return None
    for place, arg in enumerate(expr.args):
        if isinstance(arg, Apply) and arg.op == "arith.negf":
            args = (*expr.args[:place], arg.args[0], *expr.args[place + 1 :])
            return _negated(replace(expr, args=args), expr.type)
    return None


def _integer_constants(expr: Apply) -> Expr | None:
    """`a << k` is `a * 2^k`; the constants of an integer sum or product are one."""
    if expr.op == "arith.shli" and isinstance(expr.args[1], Constant):
        width = _width(expr.type)
        shift = int(expr.args[1].value)
        if width is None or not 0 <= shift < width:
            return None
        return Apply("arith.muli", (expr.args[0], _wrapped(1 << shift, expr.type)), expr.type)
    if expr.op not in ("arith.addi", "arith.muli"):
        return None
    numbers = [arg for arg in expr.args if isinstance(arg, Constant)]
    if len(numbers) < 2:
        return None
    others = tuple(arg for arg in expr.args if not isinstance(arg, Constant))
    total = 0 if expr.op == "arith.addi" else 1
    for number in numbers:
        total = total + int(number.value) if expr.op == "arith.addi" else total * int(number.value)
    folded = _wrapped(total, expr.type)
    return replace(expr, args=(*others, folded)) if others else folded


def _float_constants(expr: Apply) -> Expr | None:
    """An argument that an operator makes of constants is a constant; it is rounded as ever.

    A body that is nothing else stays what it is, which instructions can compute.
    """
    args = tuple(_float_constant(arg) for arg in expr.args)
    return replace(expr, args=args) if args != expr.args else None


def _float_constant(expr: Expr) -> Expr:
    """The float that an operator gives on constants, if it is finite and NumPy has its type."""
    if not isinstance(expr, Apply) or not isinstance(expr.type, AnyFloat):
        return expr
    if not all(isinstance(arg, Constant) for arg in expr.args):
        return expr
    try:
        value = float(evaluate(expr, ()))
    except UserError:
        return expr
    return Constant(value, expr.type) if isfinite(value) else expr


def _width(type_: Attribute) -> int | None:
    return type_.bitwidth if isinstance(type_, IntegerType) else None


def _wrapped(value: int, type_: Attribute) -> Constant:
    """An integer constant as a signed number of its width."""
    width = _width(type_)
    if width is not None:
        half = 1 << (width - 1)
        value = (value + half) % (1 << width) - half
    return Constant(value, type_)


def _comparison(expr: Apply) -> Expr | None:
    """`a > b` is `b < a`."""
    if expr.op not in _MIRRORED:
        return None
    return replace(expr, op=_MIRRORED[expr.op], args=expr.args[::-1])


def _selection(expr: Apply) -> Expr | None:
    """An integer `select(a < b, a, b)` is a minimum, `select(a < b, b, a)` a maximum."""
    if expr.op != "arith.select" or not isinstance(expr.args[0], Apply):
        return None
    condition, chosen = expr.args[0], expr.args[1:]
    operators = _SELECTING.get(condition.op[:12])
    if operators is None or condition.op[12:] not in ("lt", "le"):
        return None
    if chosen == condition.args:
        return Apply(operators[0], chosen, expr.type)
    return Apply(operators[1], chosen, expr.type) if chosen == condition.args[::-1] else None


def _sign_bit(expr: Apply) -> Expr | None:
    """`select(a < 0, 1, 0)` is the sign of an integer, moved to the lowest bit; `-1` times it, to all."""
    width = _width(expr.type)
    if width is None or expr.op not in ("arith.select", "arith.muli") or len(expr.args) < 2:
        return None
    zero, one, places = (Constant(number, expr.type) for number in (0, 1, width - 1))
    first = expr.args[0]
    if expr.op == "arith.select" and expr.args[1:] == (one, zero) and isinstance(first, Apply):
        is_sign = first.op == "arith.cmpi slt" and first.args[1] == zero
        return Apply("arith.shrui", (first.args[0], places), expr.type) if is_sign else None
    if expr.op == "arith.muli" and expr.args[1:] == (Constant(-1, expr.type),):
        is_bit = isinstance(first, Apply) and first.op == "arith.shrui" and first.args[1] == places
        if is_bit and isinstance(first, Apply):
            return Apply("arith.shrsi", first.args, expr.type)
    return None


def _clamp(expr: Apply) -> Expr | None:
    """`max(min(x, high), low)` is `min(max(x, low), high)` when `low < high`."""
    inner_op = _CLAMPS.get(expr.op)
    if inner_op is None or len(expr.args) != 2:
        return None
    for inner, low in (expr.args, expr.args[::-1]):
        if not isinstance(low, Constant) or not isinstance(inner, Apply) or inner.op != inner_op:
            continue
        highs = [arg for arg in inner.args if isinstance(arg, Constant)]
        rest = tuple(arg for arg in inner.args if not isinstance(arg, Constant))
        if len(highs) == 1 and len(rest) == 1 and low.value < highs[0].value:
            lower = Apply(expr.op, (rest[0], low), expr.type)
            return Apply(inner_op, (lower, highs[0]), expr.type)
    return None


def _cast(expr: Apply) -> Expr | None:
    """Two widenings of one kind are one."""
    inner = expr.args[0]
    if expr.op in _WIDENING and isinstance(inner, Apply) and inner.op == expr.op:
        return replace(expr, args=inner.args)
    return None


def _flattened(expr: Apply) -> Expr | None:
    """Nested applications of one associative operator are one application."""
    if expr.op not in COMBINERS:
        return None
    args: list[Expr] = []
    for arg in expr.args:
        nested = isinstance(arg, Apply) and arg.op == expr.op and arg.type == expr.type
        args.extend(arg.args if nested and isinstance(arg, Apply) else [arg])
    return replace(expr, args=tuple(args)) if len(args) > len(expr.args) else None


_RULES: tuple[Callable[[Apply], Expr | None], ...] = (
    _fma,
    _difference,
    _negation,
    _integer_constants,
    _float_constants,
    _comparison,
    _selection,
    _sign_bit,
    _clamp,
    _cast,
    _flattened,
)
"""Each rule rewrites the root of an expression whose arguments are normal, or declines."""
