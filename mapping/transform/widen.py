"""T8: introduce a buffer to change an operand's element type.

    C[m,n] += ext32(A[m,k]) * ext32(B[k,n])
    ->  a[m,k] = ext16(A[m,k]);   C[m,n] += ext32(a[m,k]) * ext32(B[k,n])

A machine may multiply 16-bit numbers but not 8-bit ones: a value that the statement widens anyway
is widened part of the way beforehand, or all of it. Widening in two steps of one kind gives the same
number, exactly. (Changing the memory of an operand needs no rule: placing operands is the schedule's.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from xdsl.dialects.builtin import FixedBitwidthType
from xdsl.ir import Attribute

from ..expression import Apply, Expr, Operand, operands_in
from ..statement import ASSIGN, Axis, Statement
from .program import Compute, Program, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite

_WIDENING = ("arith.extsi", "arith.extui", "arith.extf")


def widen(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Widen operands that the statement widens, to types between that instructions take."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    if statement.guarded:
        yield Refusal("it reads outside its operands")
        return
    able: dict[Attribute, list[int]] = {}
    for index, access in enumerate(statement.inputs):
        cast = _cast_of(statement.body, index)
        if cast is None:
            continue
        for middle in hints.elements:
            is_between = _width(access.element) < _width(middle) <= _width(cast.type)
            if is_between and type(middle) is type(cast.type):
                able.setdefault(middle, []).append(index)
    for index, access in enumerate(statement.inputs):
        for middle in [type_ for type_, indices in able.items() if index in indices]:
            steps = _all_widened(program, step, [index], middle)
            yield Rewrite(
                program.replaced(at, steps), f"{access.name} is widened to {middle} before"
            )
    for middle, indices in able.items():
        narrow = {statement.inputs[index].element for index in indices}
        is_direct = any(_takes(one, type_, step) for one in hints.instructions for type_ in narrow)
        helps = any(_takes(one, middle, step) for one in hints.instructions)
        if len(indices) > 1 and helps and not is_direct:  # one by one, neither would help
            names = " and ".join(statement.inputs[index].name for index in indices)
            steps = _all_widened(program, step, indices, middle)
            yield Rewrite(program.replaced(at, steps), f"{names} are widened to {middle} before")
    if not able:
        yield Refusal("no operand is widened past a type that an instruction takes")


def _takes(instruction: Statement, middle: Attribute, step: Compute) -> bool:
    """Whether an instruction combines operands of a type into results such as the statement's."""
    kept = instruction.combine == step.statement.combine
    inputs = {access.element for access in instruction.inputs}
    result = instruction.output.element == step.statement.output.element != middle
    return kept and result and inputs == {middle}


def _width(type_: Attribute) -> int:
    return type_.bitwidth if isinstance(type_, FixedBitwidthType) else 0


def _cast_of(expr: Expr, index: int) -> Apply | None:
    """The widening in which alone the body reads an operand; None if it reads it otherwise."""
    found: list[Apply] = []

    def visit(part: Expr) -> None:
        if isinstance(part, Apply):
            if part.op in _WIDENING and part.args[0] == Operand(index):
                found.append(part)
            else:
                for arg in part.args:
                    visit(arg)

    visit(expr)
    reads = [i for i in operands_in(expr) if i == index]
    return found[0] if found and len(set(found)) == 1 and len(found) == len(reads) else None


def _all_widened(
    program: Program, step: Compute, indices: Sequence[int], middle: Attribute
) -> list[Compute]:
    """Copies of some operands in a wider type, and the statement that reads them."""
    copies: list[Compute] = []
    for index in indices:
        cast = _cast_of(step.statement.body, index)
        assert cast is not None
        copy, step = _widened(program, step, index, cast, middle)
        copies.append(copy)
    return [*copies, step]


def _widened(
    program: Program, step: Compute, index: int, cast: Apply, middle: Attribute
) -> tuple[Compute, Compute]:
    """The copy in a wider type, and the statement that reads it."""
    statement, have = step.statement, step.statement.inputs[index]
    rank = range(len(have.shape))
    axes = tuple(Axis(f"i{dim}", have.shape[dim], False) for dim in rank)
    source = projection(have.name, have, axes, list(rank))
    wide = replace(have, element=middle)
    name = program.fresh(f"{have.name}_wide")
    copy = Statement(
        axes,
        (source,),
        projection(name, wide, axes, list(rank)),
        ASSIGN,
        Apply(cast.op, (Operand(0),), middle),
    )
    inputs = list(statement.inputs)
    inputs[index] = replace(wide, name=name)
    body = statement.body if middle != cast.type else _without_cast(statement.body, cast)
    new = replace(statement, inputs=tuple(inputs), body=body)
    return Compute(copy), replace(step, statement=new)


def _without_cast(expr: Expr, cast: Apply) -> Expr:
    """The expression in which a widened operand is already wide."""
    if expr == cast:
        return cast.args[0]
    if isinstance(expr, Apply):
        return replace(expr, args=tuple(_without_cast(arg, cast) for arg in expr.args))
    return expr
