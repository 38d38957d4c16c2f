"""Offset and compensation: an operand of the other signedness, by a shift of its numbers.

For an integer x of N bits, with h = 2^(N-1) and x' = x xor h, which flips its highest bit,

    signed(x) = unsigned(x') - h        unsigned(x) = signed(x') + h

so a sum of products with a signed factor is one with an unsigned factor, and a correction that
this factor takes no part in. A product of signed bytes runs on an instruction that wants one of
them unsigned:

    C[m,n] += extsi(A[m,k]) * extsi(B[k,n])

becomes

    A'[m,k] = A[m,k] xor -128
    S[n] += extsi(B[k,n])
    C[m,n] += -128 * S[n]
    C[m,n] += extui(A'[m,k]) * extsi(B[k,n])

or, where an instruction shifts the numbers itself,

    S[n] += extsi(B[k,n])
    C[m,n] += -128 * S[n]
    C[m,n] += (extsi(A[m,k]) + 128) * extsi(B[k,n])

Integers wrap around in the type of the output, a ring, so the result is the same, -128 * -128
included. The sum S depends on one operand only: it is computed once, and not at all where that
operand is constant and folded. Where a factor has more terms than x, a zero point for instance, that
is multiplied out too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from math import prod

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ..expression import Apply, Constant, Expr, Operand
from ..statement import ASSIGN, Access, Axis, Statement
from .multiply_out import MOST, Term, integer_factors, multiplied_out, terms_of
from .program import Compute, Program, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite

_OTHER = {"arith.extsi": "arith.extui", "arith.extui": "arith.extsi"}
"""The widening of the other signedness."""


def offset_compensation(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to give one factor of an integer sum of products the other signedness."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    factors = integer_factors(step.statement)
    if isinstance(factors, Refusal):
        yield factors
        return
    sums = [terms_of(factor) for factor in factors]
    found = False
    for index, terms in enumerate(sums):
        operand = _widened(terms[0], step.statement)
        if operand is not None and prod(map(len, sums)) <= MOST:
            found = True
            yield _shifted(program, at, sums, index, operand)
            if _shifts(hints.instructions, sums[index][0][1][0]):
                yield _shifting(program, at, sums, index, operand)
    if not found:
        yield Refusal("no factor is a widened integer")


def _shifts(instructions: Sequence[Statement], factor: Expr) -> bool:
    """Whether some instruction multiplies what a factor is after shifting it."""
    assert isinstance(factor, Apply)
    for instruction in instructions:
        for one in _factors(instruction):
            if not isinstance(one, Apply) or one.op != "arith.addi":
                continue
            widened = [arg for arg in one.args if isinstance(arg, Apply) and arg.op == factor.op]
            numbers = [arg.value for arg in one.args if isinstance(arg, Constant)]
            elements = [
                instruction.inputs[leaf.index].element
                for arg in widened
                for leaf in arg.args
                if isinstance(leaf, Operand)
            ]
            if [-_half(element, factor.op) for element in elements] == numbers:
                return True
    return False


@lru_cache(maxsize=1024)
def _factors(instruction: Statement) -> tuple[Expr, ...]:
    """The factors of an instruction that adds up integer products; none if it is no such."""
    found = integer_factors(instruction)
    return () if isinstance(found, Refusal) else found


def _widened(term: Term, statement: Statement) -> int | None:
    """The input that a term widens, if that is all it does."""
    number, factors = term
    if number != 1 or len(factors) != 1:
        return None
    (factor,) = factors
    if not isinstance(factor, Apply) or factor.op not in _OTHER:
        return None
    inner = factor.args[0]
    if not isinstance(inner, Operand) or inner.index >= len(statement.inputs):
        return None
    return inner.index


def _shifted(
    program: Program, at: int, sums: Sequence[Sequence[Term]], index: int, operand: int
) -> Rewrite:
    """The program in which one factor's first term is a shifted number and what that differs by."""
    step, ((_, (factor,)), *others) = program.steps[at], sums[index]
    assert isinstance(step, Compute)
    assert isinstance(factor, Apply)
    statement, have = step.statement, step.statement.inputs[operand]
    shifted = replace(have, name=program.fresh(f"{have.name}_shifted"), memory=None, strides=None)
    inputs = (*statement.inputs, shifted)
    new = Apply(_OTHER[factor.op], (Operand(len(statement.inputs)),), factor.type)
    first: list[Term] = [(1, (new,)), (_half(have.element, factor.op), ())]
    sums = [[*first, *others] if i == index else terms for i, terms in enumerate(sums)]
    step = replace(step, statement=replace(statement, inputs=inputs))
    steps = [Compute(_flip(have, shifted.name)), *multiplied_out(program, step, sums)]
    kind = "unsigned" if factor.op == "arith.extsi" else "signed"
    text = f"{have.name} becomes {kind} by an offset; a sum of the other factors compensates it"
    return Rewrite(program.replaced(at, steps), text)


def _shifting(
    program: Program, at: int, sums: Sequence[Sequence[Term]], index: int, operand: int
) -> Rewrite:
    """The program in which one factor's first term is shifted by the product itself."""
    step, ((_, (factor,)), *others) = program.steps[at], sums[index]
    assert isinstance(step, Compute)
    assert isinstance(factor, Apply)
    have = step.statement.inputs[operand]
    half = _half(have.element, factor.op)
    sum_ = Apply("arith.addi", (factor, Constant(-half, factor.type)), factor.type)
    first: list[Term] = [(1, (sum_,)), (half, ())]
    sums = [[*first, *others] if i == index else terms for i, terms in enumerate(sums)]
    text = f"{have.name} is shifted where it is used; a sum of the other factors compensates it"
    return Rewrite(program.replaced(at, multiplied_out(program, step, sums)), text)


def _flip(have: Access, name: str) -> Statement:
    """The statement that flips the highest bit of every element of an operand."""
    axes = tuple(Axis(f"x{dim}", size, False) for dim, size in enumerate(have.shape))
    dims = range(len(axes))
    source = replace(projection(have.name, have, axes, dims), strides=have.strides)
    highest = Constant(_sign(have.element), have.element)
    value = Apply("arith.xori", (Operand(0), highest), have.element)
    return Statement(axes, (source,), projection(name, have, axes, dims), ASSIGN, value)


def _sign(element: Attribute) -> int:
    """The number whose only bit is the highest."""
    assert isinstance(element, IntegerType)
    return -(1 << (element.bitwidth - 1))


def _half(element: Attribute, widening: str) -> int:
    """What a shifted number differs by."""
    return _sign(element) if widening == "arith.extsi" else -_sign(element)
