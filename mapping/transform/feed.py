"""Feed an operand that an instruction has and the statement lacks with a neutral element.

    s[m] += x[m,k]   ->   one = 1;   s[m] += x[m,k] * one

A machine that only multiplies matrices adds, too: the other matrix is full of ones. The neutral
element keeps every rounding, NaN and signed zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..expression import Constant, Expr, Operand, with_operands
from ..normalize import normal_body, normal_form
from ..parameters import settings, substituted
from ..statement import ASSIGN, Access, Statement, type_of
from ..unify import Binding, Unifier
from .program import Compute, Program
from .rewrite import Hints, Outcome, Refusal, Rewrite


def feed(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Every way to have more operands, as many as instructions have that combine in the same way."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    if step.statement.guarded:
        yield Refusal("it reads outside its operands")
        return
    seen: set[Statement] = set()
    for instruction in hints.instructions:
        for binding, body in _bindings(step.statement, instruction):
            made = _fed(program, step, binding, body)
            new = normal_form(made[-1].statement).statement
            if new not in seen:
                seen.add(new)
                numbers = ", ".join(str(number.value) for number in _numbers(binding).values())
                yield Rewrite(
                    program.replaced(at, made), f"another operand is {numbers} everywhere"
                )
    if not seen:
        yield Refusal("no instruction computes it with more operands")


def _bindings(statement: Statement, instruction: Statement) -> Iterator[tuple[Binding, Expr]]:
    """How an instruction computes a body if some of its operands, not all, are constants."""
    alike = statement.combine == instruction.combine
    if not alike or statement.output.element != instruction.output.element:
        return

    unifier = Unifier(
        [access.element for access in instruction.inputs],
        lambda expr: type_of(expr, statement.inputs),
        lambda expr: isinstance(expr, Operand | Constant),
        feeds=True,
    )
    body = normal_body(statement.body)
    for flags in settings(instruction.body):
        pattern = normal_body(substituted(instruction.body, flags))
        for binding in unifier.bindings(body, pattern):
            if 0 < len(_numbers(binding)) < len(binding.operands):
                yield binding, substituted(pattern, binding.parameters)


def _numbers(binding: Binding) -> Mapping[int, Constant]:
    """The operands of the instruction that are constants."""
    operands = binding.operands.items()
    return {index: expr for index, expr in operands if isinstance(expr, Constant)}


def _fed(program: Program, step: Compute, binding: Binding, body: Expr) -> list[Compute]:
    """The constants as values of their own, and the statement that reads them."""
    statement, made = step.statement, list[Compute]()
    inputs, leaves = list(statement.inputs), dict(binding.operands)
    for index, number in _numbers(binding).items():
        name = program.fresh(f"number{len(made) or ''}")
        access = Access(name, number.type, (), (), ())
        made.append(Compute(Statement((), (), access, ASSIGN, number)))
        leaves[index] = Operand(len(inputs))
        inputs.append(access)
    new = replace(statement, inputs=tuple(inputs), body=with_operands(body, leaves.__getitem__))
    return [*made, replace(step, statement=new)]
