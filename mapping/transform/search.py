"""The search: which rules to apply, in which order, until a machine's instructions are used well.

One statement after the other, the most costly first, is looked at together with what the rules make
of it: best first by the estimate of the whole program, and in every program the most costly part is
rewritten first. Only statements that are not mapped well enough are rewritten. The budget is a
number of programs made and of statements assessed, so the outcome does not depend on the computer's
speed. Everything that was tried is in the log.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..explain import statement_text
from .assess import STATEMENT_CYCLES, Machine
from .program import Compute, Program, Step
from .rewrite import Refusal, Rule

BUDGET = 24
"""How many programs are made for a statement."""

ASSESSED = 3
"""How many different statements are assessed per program of the budget."""

POOR = 0.25
"""The share of lanes below which all rules are tried; above it only those that need few steps."""

DIRECT = ("distribute", "inline", "split-axis", "merge")
"""These rules: they do not trade one kind of work for another."""

DELIVERING = ("split-axis",)
"""These rules are also tried where only operands do not lie as an instruction wants them."""

GAIN = 0.8
"""By which factor the estimate for a statement must fall for a rewritten program to be taken."""


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


Origins: TypeAlias = Mapping[Step, tuple[Event, ...]]
"""The events that led to steps."""


_Positions: TypeAlias = Callable[[Program], list[int]]
"""The positions of statements that should be rewritten, the most costly first."""


@dataclass(frozen=True)
class Found:
    """The program to go on with, the chain of rules that leads to it, and the log.

    `origins` tells for every new step which of these rules made it, in order.
    """

    program: Program
    chain: tuple[Event, ...]
    log: tuple[Event, ...]
    before: float
    after: float
    origins: Origins


@dataclass(order=True)
class _State:
    """A program in the queue; `focus` are the steps that a statement has become, from `origins`."""

    cycles: float
    number: int
    program: Program = field(compare=False)
    focus: frozenset[Step] = field(compare=False)
    chain: tuple[Event, ...] = field(compare=False)
    origins: Origins = field(compare=False)


def search(
    program: Program, machine: Machine, rules: dict[str, Rule], budget: int = BUDGET
) -> Found:
    """Look for a program that computes the same and uses the machine better.

    Returns the given program and an empty chain where all is well or nothing better was found.
    """
    before = machine.cycles(program)
    log, chain, settled = list[Event](), list[Event](), set[Step]()
    origins: Origins = {}
    phases: list[tuple[_Positions, dict[str, Rule]]] = [
        (machine.insufficient, rules),
        (machine.undelivered, {name: rules[name] for name in DELIVERING if name in rules}),
    ]
    for wanted, usable in phases:
        while waiting := [
            step for at in wanted(program) if (step := program.steps[at]) not in settled
        ]:
            first = _State(machine.cycles(program), 0, program, frozenset(waiting[:1]), (), origins)
            best = _best(first, machine, wanted, usable, budget, log, settled)
            best = best if best is first or _pays(first, best, machine) else first
            program, origins = best.program, best.origins
            chain += best.chain
    after = machine.cycles(program)
    return Found(program, tuple(chain), tuple(log), before, after, origins)


def _pays(first: _State, best: _State, machine: Machine) -> bool:
    """Whether a planner finds a rewritten program better too, if instructions did without it."""
    (step,) = first.focus
    assert isinstance(step, Compute)
    planned = machine.planned
    if planned is None or machine.assess(step.statement).instruction is None:
        return True
    old, new = ([step for _, step in one.program.variable()] for one in (first, best))
    known = first.program.known(), best.program.known()
    lost = [planned(step.statement, known[0]) for step in old if step not in new]
    made = [planned(step.statement, known[1]) for step in new if step not in old]
    return sum(made) + STATEMENT_CYCLES * len(made) <= GAIN * (
        sum(lost) + STATEMENT_CYCLES * len(lost)
    )


def _best(
    first: _State,
    machine: Machine,
    wanted: _Positions,
    rules: dict[str, Rule],
    budget: int,
    log: list[Event],
    settled: set[Step],
) -> _State:
    """The best that can be made of one statement; the first state if nothing is much better.

    The most costly of the `wanted` statements in focus is rewritten first. What was rewritten on the way is `settled`.
    """
    (step,) = first.focus
    assert isinstance(step, Compute)
    enough = first.cycles - (1 - GAIN) * (machine.assess(step.statement).cycles + STATEMENT_CYCLES)
    best, queue, seen = first, [first], {first.program.steps}
    limit = machine.assessed + ASSESSED * budget
    while queue and machine.assessed < limit and len(seen) <= budget:
        state = heapq.heappop(queue)
        if state.cycles < best.cycles:
            best = state
        at = next(
            (at for at in wanted(state.program) if state.program.steps[at] in state.focus), None
        )
        if at is None:
            break
        settled.add(state.program.steps[at])
        for event, following in _neighbours(state.program, at, machine, rules):
            log.append(event)
            if machine.assessed >= limit or len(seen) > budget:
                break
            if following is None or following.steps in seen:
                continue
            seen.add(following.steps)
            assert event.cycles is not None
            heapq.heappush(queue, _after(state, at, event, following, len(seen)))
    best = min([best, *queue])
    return best if best.cycles <= enough else first


def _after(state: _State, at: int, event: Event, program: Program, number: int) -> _State:
    """The state after a rule has made another program of the statement at a position."""
    old, new = frozenset(state.program.steps), frozenset(program.steps)
    assert event.cycles is not None
    origin = (*state.origins.get(state.program.steps[at], ()), event)
    return _State(
        event.cycles,
        number,
        program,
        new - (old - state.focus),
        (*state.chain, event),
        {**state.origins, **dict.fromkeys(new - old, origin)},
    )


def _neighbours(
    program: Program, at: int, machine: Machine, rules: dict[str, Rule]
) -> Iterator[tuple[Event, Program | None]]:
    """Everything that the rules make of a statement."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    is_poor = machine.assess(step.statement).utilisation < POOR
    subject = statement_text(step.statement)
    for name, rule in rules.items():
        if not is_poor and name not in DIRECT:
            continue
        for outcome in rule(program, at, machine.hints):
            if isinstance(outcome, Refusal):
                yield Event(name, subject, outcome.text), None
                continue
            cycles = machine.cycles(outcome.program)
            yield Event(name, subject, outcome.text, cycles), outcome.program
