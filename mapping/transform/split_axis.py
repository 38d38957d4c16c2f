"""T4: split a reduction axis for an instruction that has several where the statement has one.

    C[m,n] += A[m,k] * B[k,n]   ->   C[m,n] += A[m,4*ko+k] * B[4*ko+k,n]      k of 4

An instruction on tiles may sum up what lies side by side in a word, and words beside that. The sums
are the same, of floats in the same order. What the split leaves over is added afterwards:

    C[m,n] += A[m,4*K+k] * B[4*K+k,n]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from ..match import may_match
from ..statement import ASSIGN, Statement
from .program import Compute, Program, Step
from .rewrite import Hints, Outcome, Refusal, Rewrite
from .split_reduction import cut, shifted


def split_axis(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every reduction axis along which an input is contiguous, split by the words of instructions."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    statement = step.statement
    if statement.guarded or statement.combine == ASSIGN:
        yield Refusal("it is no plain reduction")
        return
    words = {
        size
        for instruction in hints.instructions
        for size in _words(instruction)
        if may_match(statement, instruction)
    }
    names = {axis.name for axis in statement.axes}
    found = False
    for axis, loop in enumerate(statement.axes):
        contiguous = any(access.storage_stride(axis) == 1 for access in statement.inputs)
        if not loop.reduction or not contiguous or f"{loop.name}o" in names:
            continue
        for size in sorted(words):
            if loop.extent >= 2 * size:
                found = True
                steps = _split(program, step, axis, size)
                yield Rewrite(program.replaced(at, steps), f"{loop.name} is split by {size}")
    if not found:
        yield Refusal("no instruction has two reduction axes where it has one")


def _words(instruction: Statement) -> Iterator[int]:
    """The extents of reduction axes that lie within another one of the same operands."""

    def operands(axis: int) -> tuple[bool, ...]:
        return tuple(access.touches(axis) for access in instruction.inputs)

    reductions = [axis for axis, loop in enumerate(instruction.axes) if loop.reduction]
    for _, group in groupby(sorted(reductions, key=operands), operands):
        axes = list(group)
        for axis in axes if len(axes) > 1 else ():
            if any(access.storage_stride(axis) == 1 for access in instruction.inputs):
                yield instruction.axes[axis].extent


def _split(program: Program, step: Compute, axis: int, size: int) -> list[Step]:
    """The statement on whole words, and on what they leave over."""
    extent = step.statement.axes[axis].extent
    full = extent // size
    words = cut(step.statement, axis, size, full)
    rest = extent - full * size
    if not rest:
        return [replace(step, statement=words)]
    name = program.fresh(f"{step.name}_words")
    words = replace(words, output=replace(words.output, name=name))
    tail = shifted(step.statement, axis, full * size, rest)
    return [Compute(words, step.start), Compute(tail, name)]
