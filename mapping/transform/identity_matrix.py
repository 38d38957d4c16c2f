"""Multiply by an identity matrix: what only moves and widens numbers, as a sum of products.

    y[n,m] = ext(x[m,n])   ->   D[k,l] = 1 where k = l, else 0
                                y[L*j+l,m] += ext(x[m,L*j+k]) * ext(D[k,l])   (k and l of L)

So a machine transposes that has nothing but an engine for matrices. L is the extent of an axis of
some instruction; what it leaves over is a smaller product of the same kind.

Only for integers: there 0 * x is 0. Of floats, an infinity or a NaN elsewhere in a row would become
a NaN here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ..expression import Apply, Constant, Operand
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, fresh_axis, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite
from .split_reduction import cut, shifted

_WIDENING = ("arith.extsi", "arith.extui")


def identity_matrix(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Along every axis, and with every extent that an instruction has."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    why = _obstacle(step.statement)
    if why is not None:
        yield Refusal(why)
        return
    found = False
    for axis, loop in enumerate(step.statement.axes):
        for lanes in hints.lanes if step.statement.inputs[0].touches(axis) else ():
            if loop.extent >= lanes:
                found = True
                text = f"it is multiplied by an identity matrix along {loop.name}"
                yield Rewrite(program.replaced(at, _products(program, step, axis, lanes)), text)
    if not found:
        yield Refusal("no axis is as long as an instruction's")


def _obstacle(statement: Statement) -> str | None:
    """Why a statement is nothing that moves and widens integers."""
    if statement.guarded or statement.combine != ASSIGN or len(statement.inputs) != 1:
        return "it does more than to move numbers"
    body = statement.body
    if not isinstance(body, Apply) or body.op not in _WIDENING or body.args != (Operand(0),):
        return "it widens no integers"
    if statement.output.own_axes is None:
        return "its elements are not all written, each at its own place"
    reads = [axis for axis, _ in enumerate(statement.axes) if statement.inputs[0].touches(axis)]
    return None if len(reads) > 1 else "it has no rows to change for columns"


def _products(program: Program, step: Compute, axis: int, lanes: int) -> list[Compute]:
    """The products of the whole tiles along an axis and of what is left over."""
    statement = step.statement
    full, rest = divmod(statement.axes[axis].extent, lanes)
    made: list[Compute] = []
    start: Constant | str = Constant(0, statement.output.element)
    if rest:
        tail = shifted(statement, axis, full * lanes, rest)
        name = program.fresh(f"{step.name}_rest")
        tail = replace(tail, output=replace(tail.output, name=name))
        made += _product(program, tail, axis, start)
        start = name
    parts = cut(statement, axis, lanes, full)
    return made + _product(program, parts, axis + 1, start)


def _product(
    program: Program, statement: Statement, axis: int, start: Constant | str
) -> list[Compute]:
    """An identity matrix, and the statement as a product with it along an axis."""
    have, body, loop = statement.inputs[0], statement.body, statement.axes[axis]
    assert isinstance(body, Apply)
    count = len(statement.axes)
    kept = Axis(fresh_axis(statement.axes, f"{loop.name}d"), loop.extent, False)
    axes = (*statement.axes, kept)
    axes = tuple(replace(a, reduction=i == axis) for i, a in enumerate(axes))
    name = program.fresh(f"identity{loop.extent}")
    matrix = projection(name, have, axes, [axis, count])

    def kept_apart(access: Access) -> Access:
        rows = ((*row[:axis], 0, *row[axis + 1 :], row[axis]) for row in access.matrix)
        return replace(access, matrix=tuple(rows))

    factors = tuple(Apply(body.op, (Operand(index),), body.type) for index in (0, 1))
    new = Statement(
        axes,
        (replace(have, matrix=tuple((*row, 0) for row in have.matrix)), matrix),
        kept_apart(statement.output),
        "arith.addi",
        Apply("arith.muli", factors, body.type),
    )
    return [_diagonal(matrix, loop, have.element), Compute(new, start)]


def _diagonal(matrix: Access, loop: Axis, element: Attribute) -> Compute:
    """The statement that writes ones on the diagonal of a matrix of zeros."""
    assert isinstance(element, IntegerType)
    along = replace(matrix, matrix=((1,), (1,)))
    one, zero = Constant(1, element), Constant(0, element)
    axis = replace(loop, reduction=False)
    return Compute(Statement((axis,), (), along, ASSIGN, one), zero)
