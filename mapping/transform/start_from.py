"""T11: let a sum start from what is added to its result.

    t[m,n] += A[m,k] * B[k,n];  y[m,n] = f(t[m,n] + b[n])
    ->  s[m,n] = b[n];  t = s;  t[m,n] += A[m,k] * B[k,n];  y[m,n] = f(t[m,n])

Accelerators add nothing on the way from the accumulator to memory, but an accumulator may start
from a bias. Only integers: they wrap around, and so may be added in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expression import Apply, Constant, Expr, Operand, operands_in
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, renumbered
from .rewrite import Hints, Outcome, Refusal, Rewrite

_ADD = "arith.addi"


def start_from(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to take an addend out of a statement, into the sum that it is added to."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    pairs = dict.fromkeys(_additions(step.statement.body))
    if not pairs:
        yield Refusal("it adds no two integer operands")
    for total, addend in pairs:
        made = _sum(program, at, total, addend)
        access = step.statement.inputs[addend]
        if made is None:
            yield Refusal(f"{step.statement.inputs[total].name} is no sum of its own")
            continue
        moved = _along(access, step.statement, step.statement.inputs[total])
        if moved is None:
            yield Refusal(f"{access.name} differs along axes that the sum does not have")
            continue
        yield Rewrite(
            _rewritten(program, at, made, total, addend, moved),
            f"{made.name} starts from {access.name}",
        )


def _additions(expr: Expr) -> Iterator[tuple[int, int]]:
    """The pairs of different operands that are added, in both orders."""
    if not isinstance(expr, Apply):
        return
    for arg in expr.args:
        yield from _additions(arg)
    if expr.op == _ADD and all(isinstance(arg, Operand) for arg in expr.args):
        one, other = (arg.index for arg in expr.args if isinstance(arg, Operand))
        if one != other:
            yield one, other
            yield other, one


def _sum(program: Program, at: int, operand: int, addend: int) -> Compute | None:
    """The sum that an operand of a statement is, if nothing needs it but the addition."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    name = step.statement.inputs[operand].name
    made = program.producer(name)
    uses = list(operands_in(step.statement.body)).count(operand)
    added = list(_additions(step.statement.body)).count((operand, addend))
    names = [access.name for access in step.statement.inputs]
    if made is None or uses != added or names.count(name) != 1 or step.start == name:
        return None
    from_zero = made.statement.combine == _ADD and made.start == Constant(
        0, made.statement.output.element
    )
    alone = program.readers(name) == [at] and name not in program.results
    whole = made.statement.output.own_axes is not None
    return made if from_zero and alone and whole else None


def _along(access: Access, statement: Statement, total: Access) -> Access | None:
    """The addend in terms of the dimensions of the sum, or None if it has other axes."""
    axes = statement.axes_over(total)
    if axes is None:
        return None
    others = [axis for axis in range(len(statement.axes)) if axis not in axes]
    if any(access.touches(axis) for axis in others):
        return None
    return access.select(axes)


def _rewritten(
    program: Program, at: int, made: Compute, total: int, addend: int, moved: Access
) -> Program:
    """The program in which the sum starts from the addend."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement, shape = step.statement, made.statement.output.shape
    axes = tuple(Axis(f"i{dim}", extent, False) for dim, extent in enumerate(shape))
    rank = range(len(axes))
    rows = tuple(tuple(int(i == dim) for i in rank) for dim in rank)
    name = program.fresh("start")
    output = Access(name, made.statement.output.element, rows, (0,) * len(axes), shape)
    start = Compute(Statement(axes, (moved,), output, ASSIGN, Operand(0)))
    body = _without(statement.body, total, addend)
    kept = sorted({*operands_in(body)})
    inputs = tuple(statement.inputs[index] for index in kept)
    after = replace(statement, inputs=inputs, body=renumbered(body, kept))
    steps = [other for other in program.steps[:at] if other is not made]
    rest = program.steps[at + 1 :]
    new = (*steps, start, replace(made, start=name), replace(step, statement=after), *rest)
    return replace(program, steps=new).pruned()


def _without(expr: Expr, total: int, addend: int) -> Expr:
    """The expression without the addition of two operands: the first alone."""
    if not isinstance(expr, Apply):
        return expr
    if expr.op == _ADD and expr.args in (
        (Operand(total), Operand(addend)),
        (Operand(addend), Operand(total)),
    ):
        return Operand(total)
    args = tuple(_without(arg, total, addend) for arg in expr.args)
    return Apply(expr.op, args, expr.type)
