"""T2: inline a producer that only moves or casts.

    t[j,i] = f(A[i,j]);  C[m,n] += t[m,k] * B[k,n]   ->   C[m,n] += f(A[k,m]) * B[k,n]

The consumer reads through the producer: a transpose, a broadcast, a reshape-free copy or a cast
of a value needs no buffer, and instructions see where the data comes from. The only consumer of
what no instruction does reads through that, too: both together may be what one does. Where the
producer calculates (a bias, a scale), it is only inlined if every element of it is read once, so that
nothing is calculated twice. Nothing about the numbers changes, NaNs included.

(Zero padding is inlined later, on buffers: `fold-padding`.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expression import (
    Apply,
    Constant,
    Expr,
    Operand,
    reads_coordinates,
    with_operands,
)
from ..linear import null_space
from ..statement import ASSIGN, Access, Statement
from .program import Compute, Program
from .rewrite import Hints, Outcome, Refusal, Rewrite

_CASTS = frozenset(
    "arith." + name
    for name in ("extf", "truncf", "extsi", "extui", "trunci", "sitofp", "uitofp", "bitcast")
)


def inline(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to let a statement read through one that it reads from, or its reader through it."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    yield from _read_by(program, step)
    for name in dict.fromkeys(access.name for access in step.statement.inputs):
        producer = program.producer(name)
        if producer is None:
            continue
        why = _obstacle(step, producer)
        if why is not None:
            yield Refusal(f"{name} cannot be read through: {why}")
            continue
        statement = read_through(step.statement, producer.statement)
        new = program.replaced(at, [replace(step, statement=statement)])
        yield Rewrite(new, f"{name} is read through where it comes from")


def _read_by(program: Program, step: Compute) -> Iterator[Outcome]:
    """Let the only statement that reads the results of one read through it."""
    readers = program.readers(step.name)
    reader = program.steps[readers[0]] if len(readers) == 1 else None
    if not isinstance(reader, Compute) or step.name in program.results:
        return
    if _obstacle(reader, step) is None:
        statement = read_through(reader.statement, step.statement)
        new = program.replaced(readers[0], [replace(reader, statement=statement)])
        yield Rewrite(new, f"{reader.name} reads through it")


def _obstacle(consumer: Compute, producer: Compute) -> str | None:
    """Why a producer cannot be inlined."""
    made = producer.statement
    if producer.name == consumer.start:
        return "it is also what the result starts from"
    if made.combine != ASSIGN:
        return "it is a sum"
    if made.guarded or consumer.statement.guarded:
        return "it is read where it has no elements"
    if made.output.own_axes is None:
        return "its elements are not all written, each at its own place"
    if reads_coordinates(made.body):
        return "it depends on its coordinates"
    if not _moves_only(made.body):
        for access in consumer.statement.inputs:
            if access.name == producer.name and not _reads_once(consumer.statement, access):
                return "it calculates, and its elements are read more than once"
    return None


def _moves_only(expr: Expr) -> bool:
    if isinstance(expr, Apply):
        return expr.op in _CASTS and all(map(_moves_only, expr.args))
    return isinstance(expr, Operand | Constant)


def _reads_once(statement: Statement, access: Access) -> bool:
    """Whether different points of a statement read different elements."""
    axes = [i for i, axis in enumerate(statement.axes) if axis.extent > 1]
    return not null_space(access.select(axes).matrix, len(axes))


def read_through(statement: Statement, made: Statement) -> Statement:
    """The statement that computes the elements of a value itself instead of reading them.

    `made` writes every element of its output at its own place.
    """
    for index in reversed(range(len(statement.inputs))):
        if statement.inputs[index].name == made.output.name:
            statement = _through(statement, index, made)
    return statement


def _through(statement: Statement, index: int, made: Statement) -> Statement:
    """The statement whose input `index` is what its producer makes it of."""
    have, dims = statement.inputs[index], made.output.own_axes
    assert dims is not None
    count = len(statement.axes)
    # The producer's axes as functions of the statement's; those that it does not write are 0.
    rows = {axis: have.matrix[dim] for dim, axis in enumerate(dims)}
    firsts = {axis: have.offset[dim] for dim, axis in enumerate(dims)}

    def composed(access: Access) -> Access:
        matrix: list[tuple[int, ...]] = []
        offset: list[int] = []
        for row, axes, first in zip(access.matrix, access.axes, access.offset, strict=True):
            used = [axis for axis in axes if axis in rows]
            matrix.append(tuple(sum(row[a] * rows[a][i] for a in used) for i in range(count)))
            offset.append(first + sum(row[a] * firsts[a] for a in used))
        return replace(access, matrix=tuple(matrix), offset=tuple(offset))

    inputs = [*statement.inputs[:index], *statement.inputs[index + 1 :]]
    value = with_operands(made.body, lambda i: Operand(len(inputs) + i))
    body = with_operands(
        statement.body, lambda i: value if i == index else Operand(i - (i > index))
    )
    new = [*inputs, *map(composed, made.inputs)]
    return replace(statement, inputs=tuple(new), body=body)
