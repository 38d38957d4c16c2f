"""The rules of the normal form of a statement's body.

Each rule keeps the result exactly: integers to the bit, floats including infinities, the sign of
zero, and whether a value is a NaN (not which NaN).
"""

import math
from collections.abc import Mapping, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import IRDLOperation

from ..dialects.shapes import is_integer
from .body import Rule, Term, Terms


def order_operands(terms: Terms, term: Term) -> Term | None:
    """Commutative operations take the smaller term first: `e + C` becomes `C + e`."""
    assert term.op is not None
    one, other = term.args
    if other.order < one.order:
        return terms.apply(term.op, (other, one), term.type_)
    return None


def drop_identity(terms: Terms, term: Term) -> Term | None:
    """`x * 1`, `x + 0` on integers and `x + -0.0` on floats are `x`; `x + 0.0` is not."""
    del terms
    for one, other in (term.args, term.args[::-1]):
        number = other.number
        if number is None:
            continue
        match term.op:
            case arith.MulfOp | arith.MuliOp:
                neutral = number == (_bit(term.type_) if term.op is arith.MuliOp else 1)
            case arith.AddfOp:
                neutral = number == 0 and math.copysign(1, number) < 0
            case _:
                neutral = number == 0
        if neutral:
            return one
    return None


def add_of_subtraction(terms: Terms, term: Term) -> Term | None:
    """`x - c` is `x + -c` for a constant, and `C - e` is `C + -e` for the old output `C`."""
    one, other = term.args
    is_float = term.op is arith.SubfOp
    add = arith.AddfOp if is_float else arith.AddiOp
    if (number := other.number) is not None and not math.isnan(number):
        return terms.apply(add, (one, terms.number(-number, other)), term.type_)
    if not one.is_output:
        return None
    if is_float:
        negated = terms.apply(arith.NegfOp, (other,), term.type_)
    else:
        negated = terms.apply(arith.SubiOp, (terms.number(0, other), other), term.type_)
    return terms.apply(add, (one, negated), term.type_)


def accumulate_last(terms: Terms, term: Term) -> Term | None:
    """`(C + x) + y` is `C + (x + y)` on integers, for the old output `C`."""
    for inner, other in (term.args, term.args[::-1]):
        if inner.op is arith.AddiOp and inner.args[0].is_output:
            rest = terms.apply(arith.AddiOp, (inner.args[1], other), term.type_)
            return terms.apply(arith.AddiOp, (inner.args[0], rest), term.type_)
    return None


def merge_casts(terms: Terms, term: Term) -> Term | None:
    """A widening of a widening is one, and so is a narrowing; narrowing undoes a widening."""
    inner = term.args[0]
    if term.type_ == inner.type_:
        return inner
    if inner.op is None or len(inner.args) != 1:
        return None
    value = inner.args[0]
    match term.op, inner.op:
        case (
            (arith.ExtFOp, arith.ExtFOp)
            | (arith.ExtSIOp, arith.ExtSIOp | arith.ExtUIOp)
            | (arith.ExtUIOp, arith.ExtUIOp)
            | (arith.TruncIOp, arith.TruncIOp)
            | (arith.BitcastOp, arith.BitcastOp)
        ):
            return terms.apply(inner.op, (value,), term.type_)
        case (arith.TruncFOp, arith.ExtFOp) if value.type_ == term.type_:
            return value
        case (arith.TruncIOp, arith.ExtSIOp | arith.ExtUIOp):
            return _resized(terms, value, term.type_, inner.op)
        case _:
            return None


def _resized(terms: Terms, value: Term, to: Attribute, widen: type[IRDLOperation]) -> Term:
    """Return an integer narrowed or widened to a type."""
    if value.type_ == to:
        return value
    assert is_integer(value.type_)
    assert is_integer(to)
    narrows = value.type_.width.data > to.width.data
    return terms.apply(arith.TruncIOp if narrows else widen, (value,), to)


_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_NEGATED = {
    **{"ult": "oge", "ule": "ogt", "ugt": "ole", "uge": "olt", "une": "oeq", "ueq": "one"},
    **{"uno": "ord"},
}
"""The ordered float predicate that holds iff the unordered one does not."""
_NEGATED_INTEGER = {"ne": "eq", "sle": "sgt", "sge": "slt", "ule": "ugt", "uge": "ult"}


def order_comparison(terms: Terms, term: Term) -> Term | None:
    """Comparisons take the smaller term first, so a constant comes second."""
    assert term.op is not None
    one, other = term.args
    if other.order < one.order:
        name = _predicate(term)
        mirrored = name[:-2] + _MIRRORED.get(name[-2:], name[-2:])
        return _compare(terms, term.op, mirrored, (other, one))
    return None


def order_selection(terms: Terms, term: Term) -> Term | None:
    """A selection has a strict or an equal integer predicate, or an ordered float predicate."""
    condition, one, other = term.args
    if one is other:
        return one
    if condition.op in (arith.CmpfOp, arith.CmpiOp):
        negations = _NEGATED if condition.op is arith.CmpfOp else _NEGATED_INTEGER
        if (name := negations.get(_predicate(condition))) is not None:
            negated = _compare(terms, condition.op, name, condition.args)
            return terms.apply(arith.SelectOp, (negated, other, one), term.type_)
    return None


_INTEGER_EXTREMES: dict[str, tuple[type[IRDLOperation], type[IRDLOperation]]] = {
    "sgt": (arith.MaxSIOp, arith.MinSIOp),
    "slt": (arith.MinSIOp, arith.MaxSIOp),
    "ugt": (arith.MaxUIOp, arith.MinUIOp),
    "ult": (arith.MinUIOp, arith.MaxUIOp),
}
"""What selecting the first (or else the second) of the compared integers computes."""

_FLOAT_EXTREMES: dict[str, tuple[type[IRDLOperation], float]] = {
    "ole": (arith.MaximumfOp, -0.0),
    "olt": (arith.MaximumfOp, 0.0),
    "oge": (arith.MinimumfOp, 0.0),
    "ogt": (arith.MinimumfOp, -0.0),
}
"""What `x <predicate> c ? c : x` computes for a constant `c`, other than that zero and NaN."""


def extreme_of_selection(terms: Terms, term: Term) -> Term | None:
    """A selection of one of the compared values is their maximum or minimum.

    On floats only where it is: `x > 0 ? x : 0` turns a NaN into 0, which no maximum does
    for sure with the right sign of zero, so it stays; `!(x <= 0) ? x : 0` is `maximumf(x, 0)`.
    """
    condition, one, other = term.args
    if condition.op is arith.CmpiOp and {one, other} == set(condition.args):
        extremes = _INTEGER_EXTREMES.get(_predicate(condition))
        if extremes is not None:
            return terms.apply(extremes[one is not condition.args[0]], (one, other), term.type_)
    if condition.op is arith.CmpfOp and condition.args == (other, one):
        number = one.number
        extreme = _FLOAT_EXTREMES.get(_predicate(condition))
        if number is not None and extreme is not None and not math.isnan(number):
            op, wrong = extreme
            if number != 0 or math.copysign(1, number) != math.copysign(1, wrong):
                return terms.apply(op, (other, one), term.type_)
    return None


def _bit(type_: Attribute) -> int:
    """Return the number 1 of an integer type as constants store it: -1 for i1."""
    assert is_integer(type_)
    return IntegerAttr(1, type_, truncate_bits=True).value.data


def _predicate(comparison: Term) -> str:
    """Return the name of the predicate of a comparison."""
    attribute = comparison.property_named("predicate")
    assert isinstance(attribute, IntegerAttr)
    return _predicates(comparison.op)[attribute.value.data]


def _compare(terms: Terms, op: type[IRDLOperation], name: str, args: Sequence[Term]) -> Term:
    """Return a comparison."""
    number = IntegerAttr(_predicates(op).index(name), i64)
    return terms.apply(op, args, IntegerAttr.from_bool(True).type, {"predicate": number})


def _predicates(op: type[IRDLOperation] | None) -> Sequence[str]:
    """Return the names of an operation's predicates by their numbers."""
    is_float = op is arith.CmpfOp
    return arith.CMPF_COMPARISON_OPERATIONS if is_float else arith.CMPI_COMPARISON_OPERATIONS


_COMMUTATIVE = (
    arith.MaximumfOp,
    arith.MinimumfOp,
    arith.MaxSIOp,
    arith.MinSIOp,
    arith.MaxUIOp,
    arith.MinUIOp,
    arith.AndIOp,
    arith.OrIOp,
    arith.XOrIOp,
)
"""Not maxnumf and minnumf: of 0.0 and -0.0 either may be taken, so their order may matter."""

_CASTS = (
    arith.ExtFOp,
    arith.ExtSIOp,
    arith.ExtUIOp,
    arith.TruncFOp,
    arith.TruncIOp,
    arith.BitcastOp,
)

RULES: Mapping[type[IRDLOperation], Sequence[Rule]] = {
    arith.AddfOp: (drop_identity, order_operands),
    arith.AddiOp: (drop_identity, order_operands, accumulate_last),
    arith.MulfOp: (drop_identity, order_operands),
    arith.MuliOp: (drop_identity, order_operands),
    **dict.fromkeys(_COMMUTATIVE, (order_operands,)),
    arith.SubfOp: (add_of_subtraction,),
    arith.SubiOp: (add_of_subtraction,),
    **dict.fromkeys(_CASTS, (merge_casts,)),
    arith.CmpfOp: (order_comparison,),
    arith.CmpiOp: (order_comparison,),
    arith.SelectOp: (order_selection, extreme_of_selection),
}
"""Which rules apply to which operation, in order."""
