"""The body of a statement as terms: read from operations, built under rules, written back.

Equal terms are the same object, so that rules compare by `is`; and terms have an order, which
depends on nothing but their structure: elements of the output come first, then those of the inputs
in order, values from outside, operations by name, and last constants.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from xdsl.dialects import arith, linalg
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IntegerAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ..dialects.shapes import is_integer

_FREEDOMS = ("fastmath", "overflowFlags", "isExact")
"""Properties that allow other results than the operation's own; the normal form does without."""


@dataclass(frozen=True, eq=False)
class Term:
    """A scalar expression; `Terms` makes them such that equal ones are identical."""

    type_: Attribute
    order: tuple[Any, ...]
    """Compares like the terms."""
    op: type[IRDLOperation] | None = None
    """The operation, None for an argument, a constant or a value from outside the body."""
    args: tuple["Term", ...] = ()
    properties: tuple[tuple[str, Attribute], ...] = ()
    argument: int | None = None
    """The number of the body's argument."""
    is_output: bool = False
    """Whether that is an element of an output."""
    constant: IntegerAttr | FloatAttr | None = None
    outside: SSAValue | None = None

    @property
    def number(self) -> float | int | None:
        """The value of a constant, None for other terms."""
        return None if self.constant is None else self.constant.value.data

    def property_named(self, name: str) -> Attribute | None:
        """Return a property of the operation."""
        return dict(self.properties).get(name)


Rule: TypeAlias = Callable[["Terms", Term], Term | None]
"""What to build instead of a term, None if the rule has nothing to say about it."""


@dataclass
class Terms:
    """Makes terms; `rules` are applied to every operation as it is made."""

    rules: Mapping[type[IRDLOperation], Sequence[Rule]]
    known: dict[object, Term] = field(default_factory=dict[object, Term])

    def argument(self, number: int, type_: Attribute, *, is_output: bool) -> Term:
        """Return an argument of the body."""
        order = (0 if is_output else 1, number)
        return self._same(("arg", number), Term(type_, order, argument=number, is_output=is_output))

    def value(self, value: SSAValue) -> Term:
        """Return a value that is defined outside the body."""
        number = len(self.known)
        return self._same(("value", value), Term(value.type, (2, number), outside=value))

    def constant(self, value: IntegerAttr | FloatAttr) -> Term:
        """Return a constant."""
        key = ("constant", repr(value.value.data), value.type)
        order = (4, str(value.type), repr(value.value.data))
        return self._same(key, Term(value.type, order, constant=value))

    def number(self, value: float, like: Term) -> Term:
        """Return the constant of this value and of the type of `like`; integers wrap around."""
        if isinstance(like.type_, AnyFloat):
            return self.constant(FloatAttr(float(value), like.type_))
        assert is_integer(like.type_)
        return self.constant(IntegerAttr(int(value), like.type_, truncate_bits=True))

    def apply(
        self,
        op: type[IRDLOperation],
        args: Sequence[Term],
        type_: Attribute,
        properties: Mapping[str, Attribute] | None = None,
    ) -> Term:
        """Return an operation on terms, or what the rules make of it."""
        kept = tuple(sorted((properties or {}).items(), key=lambda item: item[0]))
        shown = ",".join(f"{name}={value}" for name, value in kept)
        order = (3, op.name, shown, str(type_), *(arg.order for arg in args))
        term = Term(type_, order, op, tuple(args), kept)
        for rule in self.rules.get(op, ()):
            if (better := rule(self, term)) is not None:
                return better
        return self._same((op, shown, type_, *map(id, args)), term)

    def _same(self, key: object, term: Term) -> Term:
        """Return the term that was first made under this key."""
        return self.known.setdefault(key, term)


def is_scalar(block: Block) -> bool:
    """Say whether a body is made only of operations that terms can stand for."""
    return all(
        isinstance(op, linalg.ops.YieldOp | linalg.ops.IndexOp)
        or (op.dialect_name() in ("arith", "math") and len(op.results) == 1)
        for op in block.ops
    )


def read_body(block: Block, inputs: int, terms: Terms) -> list[Term]:
    """Return what a body yields; its arguments from number `inputs` on are outputs."""
    found: dict[SSAValue, Term] = {
        arg: terms.argument(arg.index, arg.type, is_output=arg.index >= inputs)
        for arg in block.args
    }

    def term_of(value: SSAValue) -> Term:
        if value not in found:
            constant = _constant_of(value)
            found[value] = terms.value(value) if constant is None else terms.constant(constant)
        return found[value]

    for op in block.ops:
        if isinstance(op, linalg.ops.YieldOp):
            return [term_of(value) for value in op.operands]
        assert isinstance(op, IRDLOperation)
        if _constant_of(op.results[0]) is None:
            args = [term_of(value) for value in op.operands]
            kept = {name: value for name, value in op.properties.items() if name not in _FREEDOMS}
            found[op.results[0]] = terms.apply(type(op), args, op.results[0].type, kept)
    raise AssertionError("a body ends in linalg.yield")


def _constant_of(value: SSAValue) -> IntegerAttr | FloatAttr | None:
    """Return the scalar constant that a value is."""
    if isinstance(value.owner, arith.ConstantOp):
        attribute = value.owner.value
        return attribute if isinstance(attribute, IntegerAttr | FloatAttr) else None
    return None


def write_body(results: Sequence[Term], block: Block) -> None:
    """Append the operations that compute and yield `results` to a block with its arguments."""
    written: dict[Term, SSAValue] = {}

    def write(term: Term) -> SSAValue:
        if term.argument is not None:
            return block.args[term.argument]
        if term.outside is not None:
            return term.outside
        if term not in written:
            op = _operation(term, [write(arg) for arg in term.args])
            block.add_op(op)
            written[term] = op.results[0]
        return written[term]

    block.add_op(linalg.ops.YieldOp(*[write(term) for term in results]))


def _operation(term: Term, args: Sequence[SSAValue]) -> Operation:
    """Return the operation of a term."""
    if term.constant is not None:
        return arith.ConstantOp(term.constant)
    assert term.op is not None
    return term.op.build(operands=args, result_types=[term.type_], properties=dict(term.properties))
