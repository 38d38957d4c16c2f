"""How a kernel and an instruction combine results, and whether one can do the other's work."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .expression import Apply, Operand
from .normalize import normal_body
from .rejection import Rejection
from .statement import ASSIGN, Statement


@dataclass(frozen=True)
class Form:
    """A kernel in the form in which it is matched with an instruction.

    `clear`: the accumulator of every result starts from the identity. `whole`: every result must be
    finished by one instance of the instruction.
    """

    kernel: Statement
    clear: bool = False
    whole: bool = False


def form_for(kernel: Statement, instruction: Statement, through_output: bool) -> Form | Rejection:
    """Bring the kernel's way of combining to the instruction's, or say why that is impossible.

    Both statements are in normal form. With `through_output` an instruction that overwrites may
    accumulate: it reads the kernel's output as one more input.
    """
    if kernel.output.element != instruction.output.element:
        return _output_type(kernel, instruction)
    if kernel.combine == instruction.combine == ASSIGN:
        return Form(kernel)
    if kernel.combine == ASSIGN and not instruction.overwrites:
        if instruction.combine in ("arith.maxnumf", "arith.minnumf"):
            return _combine_differs(kernel, instruction)  # they have no identity: NaN is lost
        return Form(kernel, clear=True)
    if kernel.combine == ASSIGN:
        return Form(kernel)
    if kernel.combine == instruction.combine:
        if kernel.overwrites == instruction.overwrites:
            return Form(kernel, whole=kernel.overwrites)
        if kernel.overwrites:
            return Form(kernel, clear=True)
    if kernel.accumulates and instruction.combine == ASSIGN and through_output:
        old = Operand(len(kernel.inputs))
        body = normal_body(Apply(kernel.combine, (old, kernel.body), kernel.output.element))
        inputs = (*kernel.inputs, kernel.output)
        return Form(replace(kernel, inputs=inputs, body=body, combine=ASSIGN))
    return _combine_differs(kernel, instruction)


def _combine_differs(kernel: Statement, instruction: Statement) -> Rejection:
    def said(statement: Statement, output: str) -> str:
        if statement.combine == ASSIGN:
            return f"overwrites {output}"
        start = "sums into a fresh" if statement.overwrites else "accumulates into"
        return f"{start} {output} by {statement.combine}"

    mine, own = kernel.output.name, instruction.output.name
    text = f"the kernel {said(kernel, mine)}, the instruction {said(instruction, own)}"
    shared = f"the kernel {said(kernel, mine)}, each {said(instruction, 'its result')}"
    return Rejection("combine", text, operand=mine, shared=shared)


def _output_type(kernel: Statement, instruction: Statement) -> Rejection:
    have, want = kernel.output, instruction.output
    text = (
        f"{have.name} has element type {have.element}, "
        f"the instruction's {want.name} has {want.element}"
    )
    shared = f"{have.name} has element type {have.element}, their results have {want.element}"
    return Rejection("element type", text, operand=have.name, shared=shared)
