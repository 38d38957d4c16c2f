"""The search: which rules to apply, in which order, until a machine's instructions are used well.

Best first by the estimate of the whole program; only statements that are not mapped well enough
are rewritten. The budget is a number of statements assessed, so the outcome does not depend on the
computer's speed. Everything that was tried is in the log.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..explain import statement_text
from .assess import Machine
from .program import Compute, Opaque, Program
from .rewrite import Hints, Refusal, Rule

BUDGET = 24
"""How many programs are made, and how many different statements assessed."""

POOR = 0.25
"""The share of lanes below which all rules are tried; above it only those that need few steps."""

DIRECT = ("distribute", "inline", "merge")
"""These rules: they do not trade one kind of work for another."""

GAIN = 0.8
"""By which factor the estimate must fall for a rewritten program to be taken."""


@dataclass(frozen=True)
class Event:
    """One line of the log: a program that was made (`state`), or a rule that did not apply.

    `cycles` is the estimate of a program, None for a refusal.
    """

    rule: str
    statement: str
    text: str
    cycles: float | None = None

    def __str__(self) -> str:
        outcome = "refused" if self.cycles is None else f"{self.cycles:.3g} cycles"
        return f"{self.rule} on {self.statement}: {self.text} ({outcome})"


@dataclass(frozen=True)
class Found:
    """The program to go on with, the chain of rules that leads to it, and the log."""

    program: Program
    chain: tuple[Event, ...]
    log: tuple[Event, ...]
    before: float
    after: float


@dataclass(order=True)
class _State:
    """A program in the queue."""

    cycles: float
    number: int
    program: Program = field(compare=False)
    chain: tuple[Event, ...] = field(compare=False)


def search(
    program: Program, machine: Machine, rules: dict[str, Rule], budget: int = BUDGET
) -> Found:
    """Look for a program that computes the same and uses the machine better.

    Returns the given program and an empty chain where all is well or nothing better was found.
    """
    before = machine.cycles(program)
    best = _State(before, 0, program, ())
    queue, log, seen = [best], list[Event](), {_key(program)}
    limit = machine.assessed + budget
    while queue and machine.assessed < limit and len(seen) <= budget:
        state = heapq.heappop(queue)
        if state.cycles < best.cycles:
            best = state
        if not machine.insufficient(state.program):
            break
        for event, following in _neighbours(state.program, machine, rules):
            log.append(event)
            if machine.assessed >= limit or len(seen) > budget:
                break
            if following is None or _key(following) in seen:
                continue
            seen.add(_key(following))
            assert event.cycles is not None
            chain = (*state.chain, event)
            heapq.heappush(queue, _State(event.cycles, len(seen), following, chain))
    best = min([best, *queue])
    if best.cycles > GAIN * before:
        best = _State(before, 0, program, ())
    return Found(best.program, best.chain, tuple(log), before, best.cycles)


def _neighbours(
    program: Program, machine: Machine, rules: dict[str, Rule]
) -> Iterator[tuple[Event, Program | None]]:
    """Everything that the rules make of the statements that are not mapped well enough."""
    hints = Hints(machine.lanes(), machine.elements(), tuple(machine.statements.values()))
    for at in machine.insufficient(program):
        step = program.steps[at]
        assert isinstance(step, Compute)
        is_poor = machine.assess(step.statement).utilisation < POOR
        subject = statement_text(step.statement)
        for name, rule in rules.items():
            if not is_poor and name not in DIRECT:
                continue
            for outcome in rule(program, at, hints):
                if isinstance(outcome, Refusal):
                    yield Event(name, subject, outcome.text), None
                    continue
                cycles = machine.cycles(outcome.program)
                yield Event(name, subject, outcome.text, cycles), outcome.program


def _key(program: Program) -> tuple[object, ...]:
    """What makes two programs the same."""
    return tuple(
        (step.key,) if isinstance(step, Opaque) else (step.statement, step.start)
        for step in program.steps
    )
