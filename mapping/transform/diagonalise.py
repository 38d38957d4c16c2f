"""T6: (block-)diagonalise depthwise weights.

    O[p,c] += I[p+r,c] * W[r,c]
    ->  D[r,c,d] = W[r,c] where c = d, else 0;   O[p,d] += I[p+r,c] * D[r,c,d]

An axis that all operands of a product have is in the way of a matrix engine. One operand is spread
over the diagonal of a matrix, and the axis becomes two: one that is summed and one that is kept. It
multiplies the work by the extent of the axis, so it is for machines on which nothing else is fast.

Only for integers: there 0 * x is 0, and the added zeros change nothing. Of floats, an infinity or
a NaN in another channel would become a NaN here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xdsl.dialects.builtin import IntegerType

from ..expression import Apply, Constant, Expr, Operand, operands_in
from ..normalize import normal_body
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, fresh_axis, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite

_WIDENING = ("arith.extsi", "arith.extui")


def diagonalise(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Spread an operand over a diagonal, for every axis that everything has."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    why = _obstacle(statement)
    if why is not None:
        yield Refusal(why)
        return
    found = False
    for axis, loop in enumerate(statement.axes):
        common = all(access.touches(axis) for access in statement.operands())
        if loop.extent == 1 or not common:
            continue
        for index, access in enumerate(statement.inputs):
            if _is_projection(access):
                found = True
                steps = _spread(program, step, axis, index)
                text = f"{access.name} is spread over a diagonal along {loop.name}"
                yield Rewrite(program.replaced(at, steps), text)
    if not found:
        yield Refusal("no axis indexes all operands and the result")


def _obstacle(statement: Statement) -> str | None:
    """Why a statement cannot be diagonalised."""
    if statement.combine != "arith.addi" or statement.guarded:
        return "it is no plain sum of integers"
    body = normal_body(statement.body)
    if not isinstance(body, Apply) or body.op != "arith.muli":
        return "it is no sum of products"
    reads = list(operands_in(body))
    if len(set(reads)) != len(statement.inputs) or not all(map(_is_factor, body.args)):
        return "a factor of the product is no operand"
    return None


def _is_factor(expr: Expr) -> bool:
    """Whether an expression is an operand, widened at most: zero where the operand is zero."""
    if isinstance(expr, Apply):
        return expr.op in _WIDENING and _is_factor(expr.args[0])
    return isinstance(expr, Operand)


def _is_projection(access: Access) -> bool:
    return all(sum(map(bool, row)) == 1 and max(row) == 1 for row in access.matrix)


def _spread(program: Program, step: Compute, axis: int, index: int) -> list[Compute]:
    """The diagonal matrix, and the statement with the two axes."""
    statement, have = step.statement, step.statement.inputs[index]
    count = len(statement.axes)
    touched = [a for a in range(count) if have.touches(a)]
    name = program.fresh(f"{have.name}_diagonal")
    assert isinstance(have.element, IntegerType)
    # The matrix has one more dimension, the last, for the axis that is kept.
    whole = projection(name, have, statement.axes, [*touched, axis])
    loops = tuple(replace(statement.axes[a], reduction=False) for a in touched)
    fill = Statement(loops, (have.select(touched),), whole.select(touched), ASSIGN, Operand(0))
    zero = Constant(0, have.element)
    loop = statement.axes[axis]
    kept = Axis(fresh_axis(statement.axes, f"{loop.name}k"), loop.extent, False)

    def summed(access: Access) -> Access:
        return replace(access, matrix=tuple((*row, 0) for row in access.matrix))

    def along(access: Access) -> Access:
        rows = ((*row[:axis], 0, *row[axis + 1 :], row[axis]) for row in access.matrix)
        return replace(access, matrix=tuple(rows))

    inputs = [summed(access) for access in statement.inputs]
    last = tuple(int(a == count) for a in range(count + 1))
    inputs[index] = replace(whole, matrix=(*((*row, 0) for row in whole.matrix[:-1]), last))
    axes = [*statement.axes, kept]
    axes[axis] = replace(axes[axis], reduction=True)
    new = replace(statement, axes=tuple(axes), inputs=tuple(inputs), output=along(statement.output))
    return [Compute(fill, zero), replace(step, statement=new)]
