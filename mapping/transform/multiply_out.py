"""Multiply out: a sum of products of sums, as one sum of products and sums of fewer factors.

    C[m,n] += (A[m,k] - x) * (B[k,n] - y)

is, with the numbers of steps along k counted by K,

    S[m] += A[m,k];  T[n] += B[k,n];  S[m] = K * x * y - y * S[m];  T[n] = -x * T[n]
    C[m,n] += S[m] + T[n];  C[m,n] += A[m,k] * B[k,n]

so that zero points of quantised numbers leave an instruction for plain products alone: they are
compensated by sums that each depend on one operand, and cost nothing where it is constant.

Integers wrap around in the type of the output, a ring, so the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product
from math import prod
from typing import TypeAlias

from ..expression import Apply, Constant, Expr, Operand, operands_in, with_operands
from ..normalize import normal_body
from ..statement import ASSIGN, Access, Statement
from .program import Compute, Program, projection, renumbered
from .rewrite import Hints, Outcome, Refusal, Rewrite

Term: TypeAlias = tuple[int, tuple[Expr, ...]]
"""A product of an integer and expressions."""

Sum: TypeAlias = Sequence[Term]
"""A factor of a product, as a sum."""

MOST = 8
"""The most products: each of them may cost a sum."""


def multiply_out(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Multiply the sums in an integer product out, if some factor is one."""
    del hints
    step = program.steps[at]
    assert isinstance(step, Compute)
    factors = integer_factors(step.statement)
    if isinstance(factors, Refusal):
        yield factors
        return
    sums = [terms_of(factor) for factor in factors]
    if not 1 < prod(map(len, sums)) <= MOST:
        yield Refusal("no factor is a sum of few terms")
        return
    names = [step.statement.inputs[i].name for factor in factors for i in operands_in(factor)]
    text = f"the product of {', '.join(dict.fromkeys(names))} is multiplied out"
    yield Rewrite(program.replaced(at, multiplied_out(program, step, sums)), text)


def integer_factors(statement: Statement) -> tuple[Expr, ...] | Refusal:
    """The factors of a sum of integer products, or why the statement is none."""
    output = statement.output
    if statement.combine != "arith.addi":
        return Refusal(f"{statement.combine} is no sum of integers")
    if statement.guarded:
        return Refusal("what lies outside an operand reads as zero, and would be shifted too")
    if statement.axes_over(output) is None:
        return Refusal(f"{output.name} is not written element by element")
    body = normal_body(statement.body)
    if isinstance(body, Apply) and body.op == "arith.muli" and body.type == output.element:
        return body.args
    return Refusal("the body is no product in the type of the sum")


def multiplied_out(program: Program, step: Compute, sums: Sequence[Sum]) -> list[Compute]:
    """The steps that compute a sum of products of sums: of each its first term is multiplied at last."""
    return _Expansion(program, step).steps(sums)


def terms_of(factor: Expr) -> list[Term]:
    """The terms of a sum in normal form, the one with the narrowest numbers first."""
    terms = factor.args if isinstance(factor, Apply) and factor.op == "arith.addi" else (factor,)
    found = [_term(term) for term in terms]
    return sorted(found, key=lambda term: (term[0] != 1, not _widens(term[1])))


def _term(term: Expr) -> Term:
    """An integer and what it multiplies."""
    parts = term.args if isinstance(term, Apply) and term.op == "arith.muli" else (term,)
    numbers = [part.value for part in parts if isinstance(part, Constant)]
    others = tuple(part for part in parts if not isinstance(part, Constant))
    return prod(int(number) for number in numbers), others


def _widens(factors: Sequence[Expr]) -> bool:
    """Whether all factors are narrower numbers made wider."""
    widening = ("arith.extsi", "arith.extui")
    return all(isinstance(factor, Apply) and factor.op in widening for factor in factors)


@dataclass
class _Expansion:
    """The steps in the place of one: sums, what the result starts from, and the product of it all.

    The start adds `addends` up, which read `inputs`; `totals` are the sums by their factors.
    """

    program: Program
    step: Compute
    sums: list[Compute] = field(default_factory=list[Compute])
    totals: dict[tuple[Expr, ...], Access] = field(default_factory=dict[tuple[Expr, ...], Access])
    inputs: list[Access] = field(default_factory=list[Access])
    addends: list[Expr] = field(default_factory=list[Expr])

    @property
    def statement(self) -> Statement:
        """The statement."""
        return self.step.statement

    def steps(self, sums: Sequence[Sum]) -> list[Compute]:
        """All steps, in order."""
        last, *others = (_multiplied(terms) for terms in product(*sums))
        given = self.step.start
        if isinstance(given, str):
            self.addends.append(self._read(replace(self.statement.output, name=given)))
        elif given is not None and given.value:
            self.addends.append(given)
        for number, factors in others:
            self._add(number, factors)
        start = self._start()
        number, factors = last
        if number != 1 or not factors:
            factors = (*factors, self._number(number))
        axes = range(len(self.statement.axes))
        whole = self._product(factors, axes, self.statement.output)
        return [*self.sums, start, Compute(whole, start.name)]

    def _add(self, number: int, factors: Sequence[Expr]) -> None:
        """Add a product to the start: factors that move along reductions are summed before."""
        reduced = [axis for axis, loop in enumerate(self.statement.axes) if loop.reduction]
        inside = [one for one in factors if any(self._moves(one, axis) for axis in reduced)]
        lost = [axis for axis in reduced if not any(self._moves(one, axis) for one in inside)]
        number *= prod(self.statement.axes[axis].extent for axis in lost)
        parts: list[Expr] = [self._read(self._total(inside))] if inside else []
        parts += [
            with_operands(one, lambda index: self._read(self.statement.inputs[index]))
            for one in factors
            if one not in inside
        ]
        if number != 1 or not parts:
            parts.append(self._number(number))
        self.addends.append(self._joined("arith.muli", parts))

    def _start(self) -> Compute:
        """The step that adds up what the result starts from.

        What only some axes of the result move is added up before, on these: where nothing else is
        left, the result starts from a copy.
        """
        axes = self._written()
        groups = self._groups()
        self.addends = groups.pop(frozenset(axes), [])
        for moved, addends in groups.items():
            is_simple = not moved or (len(addends) == 1 and isinstance(addends[0], Operand))
            self.addends += (
                addends if is_simple else [self._read(self._part(sorted(moved), addends))]
            )
        start = replace(self.statement.output, name=self.program.fresh("compensated"))
        return Compute(self._added(self.addends or [self._number(0)], axes, start))

    def _groups(self) -> dict[frozenset[int], list[Expr]]:
        """The addends by the axes that they move along; numbers go with the fewest of these."""
        groups: dict[frozenset[int], list[Expr]] = {}
        for addend in self.addends:
            reads = [self.inputs[index] for index in operands_in(addend)]
            axes = [a for a in self._written() if any(access.touches(a) for access in reads)]
            groups.setdefault(frozenset(axes), []).append(addend)
        numbers = groups.pop(frozenset[int](), [])
        least = min(groups, key=len, default=frozenset[int]())
        groups[least] = [*groups.get(least, []), *numbers]
        return groups

    def _part(self, axes: Sequence[int], addends: Sequence[Expr]) -> Access:
        """A value that holds the sum of some addends, on the axes that they have."""
        part = projection(self._fresh("offset"), self.statement.output, self.statement.axes, axes)
        self.sums.append(Compute(self._added(addends, axes, part)))
        return part

    def _added(self, addends: Sequence[Expr], axes: Sequence[int], output: Access) -> Statement:
        """The sum of some addends, element by element."""
        value = self._joined("arith.addi", addends)
        reads = list(dict.fromkeys(operands_in(value)))
        loops = tuple(self.statement.axes[axis] for axis in axes)
        inputs = tuple(self.inputs[index].select(axes) for index in reads)
        return Statement(loops, inputs, output.select(axes), ASSIGN, renumbered(value, reads))

    def _total(self, factors: Sequence[Expr]) -> Access:
        """The sum of the product of some factors, on the axes of the result that they have."""
        statement, output, factors = self.statement, self.statement.output, tuple(factors)
        if factors in self.totals:
            return self.totals[factors]
        axes = range(len(statement.axes))
        moved = [axis for axis in axes if any(self._moves(one, axis) for one in factors)]
        kept = [axis for axis in moved if output.touches(axis)]
        total = projection(self._fresh("sum"), output, statement.axes, kept)
        self.sums.append(Compute(self._product(factors, moved, total), self._number(0)))
        self.totals[factors] = total
        return total

    def _product(self, factors: Sequence[Expr], axes: Sequence[int], output: Access) -> Statement:
        """The sum of the product of some factors along those axes that the output lacks."""
        body = self._joined("arith.muli", factors)
        reads = list(dict.fromkeys(operands_in(body)))
        return replace(
            self.statement,
            axes=tuple(self.statement.axes[axis] for axis in axes),
            inputs=tuple(self.statement.inputs[index].select(axes) for index in reads),
            output=output.select(axes),
            body=renumbered(body, reads),
            overwrites=False,
        )

    def _read(self, access: Access) -> Operand:
        """An operand of the start."""
        if access not in self.inputs:
            self.inputs.append(access)
        return Operand(self.inputs.index(access))

    def _joined(self, op: str, parts: Sequence[Expr]) -> Expr:
        """Some expressions combined by an operator, one after the other."""
        element = self.statement.output.element
        return reduce(lambda sofar, part: Apply(op, (sofar, part), element), parts)

    def _fresh(self, hint: str) -> str:
        """A name that no value has."""
        return replace(self.program, steps=(*self.program.steps, *self.sums)).fresh(hint)

    def _written(self) -> list[int]:
        """The axes of the result."""
        output = self.statement.output
        return [axis for axis, _ in enumerate(self.statement.axes) if output.touches(axis)]

    def _number(self, number: int) -> Constant:
        return Constant(number, self.statement.output.element)

    def _moves(self, factor: Expr, axis: int) -> bool:
        """Whether a factor moves along an axis."""
        return any(self.statement.inputs[index].touches(axis) for index in operands_in(factor))


def _multiplied(terms: Sequence[Term]) -> Term:
    """The product of some terms."""
    factors = tuple(factor for _, factors in terms for factor in factors)
    return prod(number for number, _ in terms), factors
