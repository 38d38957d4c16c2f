"""T3: split a reduction (rfactor, split-K).

    c += a[k] * b[k], k of 64   ->   t[l] += a[16*j+l] * b[16*j+l];   c += t[l]     (16 lanes l)

The sums of every 16th element are kept apart and added at the end, so that a reduction can run
along the lanes of an instruction that does not reduce. What the lanes leave over is added
afterwards:

    c += a[64+l] * b[64+l]

The combining operator is associative and commutative. Floats are reassociated, which only sums and
maxima in contractions allow; NaNs and infinities give the same class of result, the signs of zeros
may differ. A maximum starts from the identity -inf, which a NaN still beats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expression import Constant, Operand
from ..padding import identity
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, Step, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite

_WITHOUT_IDENTITY = ("arith.maxnumf", "arith.minnumf")


def split_reduction(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every reduction axis that is long enough for the lanes of some instruction, split by them."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    if statement.combine == ASSIGN or statement.guarded:
        yield Refusal("it is no plain reduction")
        return
    neutral = identity(statement.combine, statement.output.element)
    if neutral is None or statement.combine in _WITHOUT_IDENTITY:
        yield Refusal(f"{statement.combine} has no identity to start from")
        return
    start = Constant(neutral, statement.output.element)
    found = False
    for axis, loop in enumerate(statement.axes):
        for lanes in hints.lanes:
            if not statement.output.touches(axis) and loop.extent >= 2 * lanes:
                found = True
                steps = _split(program, step, axis, lanes, start)
                text = f"every {lanes}th element along {loop.name} is combined by itself first"
                yield Rewrite(program.replaced(at, steps), text)
    if not found:
        yield Refusal("no reduction axis is twice as long as an instruction's axis")


def _split(program: Program, step: Compute, axis: int, lanes: int, start: Constant) -> list[Step]:
    """The partial results, their combination, and what the lanes leave over."""
    statement = step.statement
    full = statement.axes[axis].extent // lanes
    parts = cut(statement, axis, lanes, full)
    kept = [i for i in range(len(parts.axes)) if parts.output.touches(i)]
    name = program.fresh("partial")
    partial = projection(name, statement.output, parts.axes, [*kept, axis + 1])
    loops = [replace(loop, reduction=not partial.touches(i)) for i, loop in enumerate(parts.axes)]
    first = replace(parts, axes=tuple(loops), output=partial)
    whole = [*kept, axis + 1]
    total = Statement(
        tuple(replace(parts.axes[i], reduction=i == axis + 1) for i in whole),
        (partial.select(whole),),
        parts.output.select(whole),
        statement.combine,
        Operand(0),
    )
    rest = statement.axes[axis].extent - full * lanes
    if not rest:
        return [Compute(first, start), Compute(total, step.start)]
    middle = program.fresh(f"{step.name}_full")
    total = replace(total, output=replace(total.output, name=middle))
    tail = shifted(statement, axis, full * lanes, rest)
    return [Compute(first, start), Compute(total, step.start), Compute(tail, middle)]


def cut(statement: Statement, axis: int, size: int, count: int) -> Statement:
    """The statement on the first `count * size` points of an axis, as two: outer, inner."""
    loop = statement.axes[axis]
    outer, inner = Axis(f"{loop.name}o", count, loop.reduction), replace(loop, extent=size)

    def split(access: Access) -> Access:
        rows = (
            (*row[:axis], row[axis] * size, row[axis], *row[axis + 1 :]) for row in access.matrix
        )
        return replace(access, matrix=tuple(rows))

    return replace(
        statement,
        axes=(*statement.axes[:axis], outer, inner, *statement.axes[axis + 1 :]),
        inputs=tuple(map(split, statement.inputs)),
        output=split(statement.output),
    )


def shifted(statement: Statement, axis: int, first: int, extent: int) -> Statement:
    """The statement on `extent` points of an axis, from the point `first` on."""

    def moved(access: Access) -> Access:
        rows = zip(access.matrix, access.offset, strict=True)
        return replace(access, offset=tuple(at + row[axis] * first for row, at in rows))

    loop = replace(statement.axes[axis], extent=extent)
    return replace(
        statement,
        axes=(*statement.axes[:axis], loop, *statement.axes[axis + 1 :]),
        inputs=tuple(map(moved, statement.inputs)),
        output=moved(statement.output),
    )
