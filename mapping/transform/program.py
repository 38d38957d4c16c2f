"""Programs: a straight line of statements on immutable values, the states of the search.

A value is a tensor and has a name; every step defines one value or several, reads others, and no
value is written twice. So a rewrite is a matter of replacing steps, and nothing can alias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..expression import Constant, Expr, Operand, with_operands
from ..statement import Access, Axis, Statement


@dataclass(frozen=True)
class Compute:
    """A statement that defines the value `statement.output.name`.

    `start` is what the elements of the result are before: a constant, the elements of another value
    (by its name), or None where the statement overwrites all of them.
    """

    statement: Statement
    start: Constant | str | None = None

    @property
    def name(self) -> str:
        """The value that the step defines."""
        return self.statement.output.name

    @property
    def reads(self) -> tuple[str, ...]:
        """The values that the step reads, each once."""
        names = [access.name for access in self.statement.inputs]
        names += [self.start] if isinstance(self.start, str) else []
        return tuple(dict.fromkeys(names))

    @property
    def writes(self) -> tuple[str, ...]:
        """The one value that the step defines."""
        return (self.name,)


@dataclass(frozen=True)
class Opaque:
    """A step that no rule looks into; `key` tells it from others."""

    key: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]


Step: TypeAlias = Compute | Opaque


@dataclass(frozen=True)
class Program:
    """Steps, every value defined before it is read; the values `results` must remain.

    `constants` are the values that are known when the program is compiled.
    """

    steps: tuple[Step, ...]
    results: frozenset[str]
    constants: frozenset[str] = frozenset()

    def computes(self) -> Iterator[tuple[int, Compute]]:
        """The statements and their positions."""
        for index, step in enumerate(self.steps):
            if isinstance(step, Compute):
                yield index, step

    def known(self) -> frozenset[str]:
        """The values that depend on constants only."""
        known = set(self.constants)
        for _, step in self.computes():
            if known.issuperset(step.reads):
                known.add(step.name)
        return frozenset(known)

    def variable(self) -> Iterator[tuple[int, Compute]]:
        """The statements that depend on what is only known when the program runs."""
        known = self.known()
        return ((index, step) for index, step in self.computes() if step.name not in known)

    def producer(self, name: str) -> Compute | None:
        """The statement that defines a value; None for an input and what an opaque step defines."""
        for _, step in self.computes():
            if step.name == name:
                return step
        return None

    def readers(self, name: str) -> list[int]:
        """The positions of the steps that read a value."""
        return [index for index, step in enumerate(self.steps) if name in step.reads]

    def replaced(self, at: int, steps: Sequence[Step]) -> Program:
        """The program with other steps in the place of one, without what nobody reads any more."""
        return replace(self, steps=(*self.steps[:at], *steps, *self.steps[at + 1 :])).pruned()

    def pruned(self) -> Program:
        """The program without the statements whose values nobody reads."""
        kept: list[Step] = []
        wanted = set(self.results)
        for step in reversed(self.steps):
            if isinstance(step, Opaque) or step.name in wanted:
                kept.append(step)
                wanted |= set(step.reads)
        return replace(self, steps=tuple(reversed(kept)))

    def fresh(self, hint: str) -> str:
        """A name that no value has."""
        taken = {name for step in self.steps for name in (*step.reads, *step.writes)}
        number = 0
        while (name := f"{hint}_{number}" if number else hint) in taken:
            number += 1
        return name


def projection(name: str, like: Access, axes: Sequence[Axis], dims: Sequence[int]) -> Access:
    """The access of a fresh value that has one dimension for each of the axes `dims`."""
    rows = tuple(tuple(int(axis == dim) for axis in range(len(axes))) for dim in dims)
    shape = tuple(axes[dim].extent for dim in dims)
    return Access(name, like.element, rows, (0,) * len(dims), shape)


def fresh_axis(axes: Sequence[Axis], hint: str) -> str:
    """A name that no axis has."""
    name = hint
    while any(axis.name == name for axis in axes):
        name += hint[-1]
    return name


def renumbered(expr: Expr, operands: Sequence[int]) -> Expr:
    """The expression whose operand `operands[i]` is now operand `i`."""
    return with_operands(expr, lambda index: Operand(operands.index(index)))
