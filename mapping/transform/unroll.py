"""T9: unroll a tiny reduction axis.

    O[p] max= I[2*p+r], r of 2   ->   t[p] = max(start[p], I[2*p]);   O[p] = max(t[p], I[2*p+1])

Every point of the axis becomes a statement of its own, which reads the result so far. So an
instruction that overwrites its result (a vector maximum) does a reduction. The order is that of the
axis: results are the same, bit for bit, NaNs included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expression import Apply, Constant, Operand, operands_in
from ..statement import ASSIGN, Statement
from .program import Compute, Program
from .rewrite import Hints, Outcome, Refusal, Rewrite
from .split_reduction import shifted

TINY = 8
"""The longest axis that is unrolled."""


def unroll(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Unroll every reduction axis of a few points."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    if statement.combine == ASSIGN or statement.guarded or step.start is None:
        yield Refusal("it is no plain reduction")
        return
    if statement.output.own_axes is None:
        yield Refusal("its elements are not all written, each at its own place")
        return
    found = False
    for axis, loop in enumerate(statement.axes):
        if 1 < loop.extent <= TINY and not statement.output.touches(axis):
            found = True
            steps = _unrolled(program, step, axis)
            text = f"the {loop.extent} points of {loop.name} are statements of their own"
            yield Rewrite(program.replaced(at, steps), text)
    if not found:
        yield Refusal(f"no reduction axis has {TINY} points or fewer")


def _unrolled(program: Program, step: Compute, axis: int) -> list[Compute]:
    """One statement per point of the axis."""
    statement, count = step.statement, step.statement.axes[axis].extent
    names = [program.fresh(f"{step.name}_{at}") for at in range(count - 1)] + [step.name]
    alone = sum(not loop.reduction or loop.extent == 1 for loop in statement.axes)
    is_last = alone == len(statement.axes) - 1  # the only reduction: what is left overwrites
    steps: list[Compute] = []
    start = step.start
    for at, name in enumerate(names):
        part = _without(shifted(statement, axis, at, 1), axis)
        part = replace(part, output=replace(part.output, name=name))
        steps.append(_overwriting(part, start) if is_last else Compute(part, start))
        start = name
    return steps


def _without(statement: Statement, axis: int) -> Statement:
    """The statement without an axis of one point."""
    kept = [other for other in range(len(statement.axes)) if other != axis]
    return replace(
        statement,
        axes=tuple(statement.axes[other] for other in kept),
        inputs=tuple(access.select(kept) for access in statement.inputs),
        output=statement.output.select(kept),
    )


def _overwriting(statement: Statement, start: Constant | str | None) -> Compute:
    """`out = combine(start, body)` instead of `out combine= body` on what it starts from.

    Only where the body is a single element; a product is for instructions that accumulate.
    """
    if len(list(operands_in(statement.body))) != 1:
        return Compute(statement, start)
    old = start if isinstance(start, Constant) else Operand(len(statement.inputs))
    inputs = list(statement.inputs)
    if isinstance(start, str):
        inputs.append(replace(statement.output, name=start))
    body = Apply(statement.combine, (old, statement.body), statement.output.element)
    new = replace(statement, inputs=tuple(inputs), combine=ASSIGN, body=body)
    return Compute(new)
