"""T5: unfold an access p + r into a copy with a dimension for each axis (im2col).

    O[o,p] += I[c,p+r] * W[o,c,r]   ->   u[c,p,r] = I[c,p+r];   O[o,p] += u[c,p,r] * W[o,c,r]

Afterwards every operand is a projection, so the axes fuse and pack like those of a matrix
multiplication. It only copies; the numbers stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expression import Operand
from ..statement import ASSIGN, Access, Statement
from .program import Compute, Program, projection
from .rewrite import Hints, Outcome, Refusal, Rewrite


def unfold(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Unfold every input that several axes index in one dimension."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    if statement.guarded or statement.is_copy:
        yield Refusal("it only copies" if statement.is_copy else "it reads outside its operands")
        return
    found = False
    for index, access in enumerate(statement.inputs):
        if not any(sum(map(bool, row)) > 1 for row in access.matrix):
            continue
        found = True
        name = program.fresh(f"{access.name}_unfolded")
        copy, read = _unfolded(statement, access, name)
        inputs = (*statement.inputs[:index], read, *statement.inputs[index + 1 :])
        new = replace(step, statement=replace(statement, inputs=inputs))
        yield Rewrite(program.replaced(at, [copy, new]), f"{access.name} is unfolded")
    if not found:
        yield Refusal("no input is indexed by several axes in one dimension")


def _unfolded(statement: Statement, access: Access, name: str) -> tuple[Compute, Access]:
    """The copy, and its access by the statement."""
    axes = range(len(statement.axes))
    touched = [a for a in axes if access.touches(a) and statement.axes[a].extent > 1]
    read = projection(name, access, statement.axes, touched)
    loops = tuple(replace(statement.axes[axis], reduction=False) for axis in touched)
    copy = Statement(loops, (access.select(touched),), read.select(touched), ASSIGN, Operand(0))
    return Compute(copy), read
