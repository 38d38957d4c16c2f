"""T4: split, fuse or interchange axes.

    C[m] += A[m]      m of 64        ->   C[16*mo+m] += A[16*mo+m]      mo of 4, m of 16
    c += A[16*j+l]    j of 4, l of 16 ->  c += A[jl]                    jl of 64
    C[m,n], m before n               ->   C[m,n], n before m

The points of the domain are the same, in another order: sums of floats are reassociated, which
contractions allow; everything else is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

from ..fuse import fuse
from ..statement import Statement
from .program import Compute, Program
from .rewrite import Hints, Outcome, Refusal, Rewrite
from .split_reduction import cut


def change_axes(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Split axes by the extents of instructions, fuse even pairs, interchange neighbours."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    if step.statement.guarded:
        yield Refusal("it reads outside its operands")
        return
    for statement, text in _changed(step.statement, hints):
        yield Rewrite(program.replaced(at, [replace(step, statement=statement)]), text)


def _changed(statement: Statement, hints: Hints) -> Iterator[tuple[Statement, str]]:
    """Every statement that is one change away, and the change in words."""
    names = {axis.name for axis in statement.axes}
    for axis, loop in enumerate(statement.axes):
        for size in hints.lanes:
            if loop.extent > size and loop.extent % size == 0 and f"{loop.name}o" not in names:
                parts = cut(statement, axis, size, loop.extent // size)
                yield parts, f"{loop.name} is split by {size}"
    flat = [False] * (
        len(statement.inputs) + 1
    )  # no dimension may collapse: values keep their shapes
    for pair in combinations(statement.axes, 2):
        for outer, inner in permutations(pair):
            if outer.reduction != inner.reduction:
                continue
            fused = fuse(statement, ((outer.name, inner.name),), flat)
            if all(operand.is_same for operand in fused.operands):
                yield fused.statement, f"{outer.name} and {inner.name} are one axis"
    for first in range(len(statement.axes) - 1):
        order = list(range(len(statement.axes)))
        order[first : first + 2] = [first + 1, first]
        swapped = replace(
            statement,
            axes=tuple(statement.axes[axis] for axis in order),
            inputs=tuple(access.select(order) for access in statement.inputs),
            output=statement.output.select(order),
        )
        a, b = (statement.axes[axis].name for axis in (first, first + 1))
        yield swapped, f"{a} and {b} change places"
