"""Scalar expressions: the bodies of statements, as plain immutable trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias
from weakref import WeakValueDictionary

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, MemRefType
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp

COMBINERS = frozenset(
    "arith." + name
    for name in (
        *("addf", "addi", "mulf", "muli", "andi", "ori", "xori"),
        *("maximumf", "minimumf", "maxnumf", "minnumf", "maxsi", "minsi", "maxui", "minui"),
    )
)
"""The operators that a statement may accumulate by: all are associative and commutative."""

_SUBTRACTIONS = {"arith.subf": "arith.addf", "arith.subi": "arith.addi"}


@dataclass(frozen=True)
class Operand:
    """A leaf of a body: the element of input `index` (`len(inputs)` is the output's old value)."""

    index: int


@dataclass(frozen=True, eq=False)
class Constant:
    """A leaf of a body: a number of a scalar type; 0.0 is not -0.0, and NaN is NaN."""

    value: float | int
    type: Attribute

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, Attribute]:
        return repr(self.value), self.type


@dataclass(frozen=True)
class Parameter:
    """A leaf of an instruction's body: a number that every invocation chooses."""

    name: str
    type: Attribute


@dataclass(frozen=True)
class Coordinate:
    """A leaf of a body: the coordinate of the point on an axis (`linalg.index`)."""

    axis: int


@dataclass(frozen=True, eq=False)
class Apply:
    """An operator applied to expressions.

    `op` is the name of an `arith` or `math` operation, followed by its predicate if it compares, as
    in `"arith.cmpi slt"`. Fast-math and overflow flags are left out: they only license.

    Equal applications are one object. So comparing them costs nothing, and a value that a body uses
    many times is looked at once by whoever remembers what it has seen.
    """

    op: str
    args: tuple[Expr, ...]
    type: Attribute

    def __new__(cls, op: str, args: tuple[Expr, ...], type: Attribute) -> Apply:
        """Return the one application of an operator to these arguments."""
        key = (op, args, type)
        found = _APPLICATIONS.get(key)
        if found is None:
            found = _APPLICATIONS[key] = super().__new__(cls)
        return found

    def __reduce__(self) -> tuple[Callable[..., Apply], tuple[str, tuple[Expr, ...], Attribute]]:
        return Apply, (self.op, self.args, self.type)


_APPLICATIONS: WeakValueDictionary[tuple[str, tuple[Expr, ...], Attribute], Apply] = (
    WeakValueDictionary()
)
"""Every application that is in use."""


Expr: TypeAlias = Operand | Constant | Parameter | Coordinate | Apply


def operands_in(expr: Expr) -> Iterator[int]:
    """The indices of the operands that an expression reads, each as often, from left to right."""
    if isinstance(expr, Operand):
        yield expr.index
    elif isinstance(expr, Apply):
        for arg in expr.args:
            yield from operands_in(arg)


def parts_of(expr: Expr) -> dict[Expr, None]:
    """The different expressions that an expression is made of, each before what uses it."""
    found: dict[Expr, None] = {}

    def visit(part: Expr) -> None:
        if part not in found:
            for arg in part.args if isinstance(part, Apply) else ():
                visit(arg)
            found[part] = None

    visit(expr)
    return found


def rewritten(expr: Expr, leaf: Callable[[Expr], Expr]) -> Expr:
    """The expression in which `leaf(x)` stands in the place of every leaf `x`."""
    known: dict[Expr, Expr] = {}

    def new(part: Expr) -> Expr:
        if part not in known:
            if isinstance(part, Apply):
                known[part] = replace(part, args=tuple(map(new, part.args)))
            else:
                known[part] = leaf(part)
        return known[part]

    return new(expr)


@lru_cache(maxsize=4096)
def reads(expr: Expr, operand: int) -> bool:
    """Whether an expression reads an operand."""
    return Operand(operand) in parts_of(expr)


def reads_coordinates(expr: Expr) -> bool:
    """Whether an expression depends on where in the domain the point is."""
    return any(isinstance(part, Coordinate) for part in parts_of(expr))


def with_operands(expr: Expr, leaf: Callable[[int], Expr]) -> Expr:
    """The expression in which `leaf(i)` stands in the place of operand `i`."""
    return rewritten(expr, lambda part: leaf(part.index) if isinstance(part, Operand) else part)


def split_accumulation(expr: Expr, out: int) -> tuple[str, Expr] | None:
    """Read `expr` as `combine(Operand(out), body)`; None when it is not of that form.

    `C + e`, `e + C`, `fma(a, b, C)`, `C - e` and `(C + e) + f` are all accumulations.
    """
    if not isinstance(expr, Apply):
        return None
    if expr.op == "math.fma":
        product, addend = Apply("arith.mulf", expr.args[:2], expr.type), expr.args[2]
        return split_accumulation(Apply("arith.addf", (addend, product), expr.type), out)
    if expr.op in _SUBTRACTIONS:
        left, right = expr.args
        if reads(right, out) or not reads(left, out):
            return None
        zero = Constant(0 if expr.op == "arith.subi" else -0.0, expr.type)
        negated = Apply(expr.op, (zero, right), expr.type)
        if expr.op == "arith.subf":
            negated = Apply("arith.negf", (right,), expr.type)
        return split_accumulation(Apply(_SUBTRACTIONS[expr.op], (left, negated), expr.type), out)
    if expr.op not in COMBINERS:
        return None
    for kept, rest in (expr.args, expr.args[::-1]):
        if reads(rest, out):
            continue
        if kept == Operand(out):
            return expr.op, rest
        inner = split_accumulation(kept, out)
        if inner is not None and inner[0] == expr.op:
            return expr.op, Apply(expr.op, (inner[1], rest), expr.type)
    return None


def is_parameter(value: SSAValue) -> bool:
    """Whether a value is a parameter of an instruction."""
    owner = value.owner
    is_argument = isinstance(owner, Block) and isinstance(owner.parent_op(), InstructionOp)
    return is_argument and not isinstance(value.type, MemRefType)


class BodyReader:
    """Turns the values of a body into expressions."""

    def __init__(self, block: Block, op: Operation) -> None:
        self._op = op
        self._known: dict[SSAValue, Expr] = {arg: Operand(arg.index) for arg in block.args}

    def read(self, value: SSAValue) -> Expr:
        """The expression that computes a value of the body."""
        if value not in self._known:
            self._known[value] = self._make(value)
        return self._known[value]

    def _make(self, value: SSAValue) -> Expr:
        if isinstance(value, BlockArgument):
            if is_parameter(value):
                return Parameter(value.name_hint or "", value.type)
            name = f"%{value.name_hint}" if value.name_hint else "a value"
            raise UserError(f"the body reads {name} from outside; pass it as an input", self._op)
        op = value.owner
        assert isinstance(op, Operation)
        if isinstance(op, arith.ConstantOp):
            return constant_of(op, self._op)
        if isinstance(op, IndexOp):
            return Coordinate(op.dim.value.data)
        is_scalar = op.name.startswith(("arith.", "math.")) and len(op.results) == 1
        if not is_scalar or op.regions:
            raise UserError(f"'{op.name}' cannot stand in the body of a statement", self._op)
        args = tuple(self.read(operand) for operand in op.operands)
        return Apply(operator_name(op), args, value.type)


def operator_name(op: Operation) -> str:
    """The operation's name, with its predicate if it is a comparison: `"arith.cmpi slt"`."""
    if isinstance(op, arith.CmpiOp):
        return f"{op.name} {arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]}"
    if isinstance(op, arith.CmpfOp):
        return f"{op.name} {arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]}"
    return op.name


def constant_of(op: arith.ConstantOp, statement: Operation) -> Constant:
    """Read a scalar constant."""
    if not isinstance(op.value, IntegerAttr | FloatAttr):
        raise UserError("a constant in the body of a statement must be a number", statement)
    return Constant(op.value.value.data, op.result.type)
