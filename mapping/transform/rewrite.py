"""What a rule says about one statement of a program: a rewrite, or why it does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from xdsl.ir import Attribute

from ..statement import Statement
from .program import Program


@dataclass(frozen=True)
class Hints:
    """What a rule may know of the machine: extents of axes, types of inputs, what it computes."""

    lanes: tuple[int, ...] = ()
    elements: tuple[Attribute, ...] = ()
    instructions: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Rewrite:
    """A program that computes the same, and in words what was done."""

    program: Program
    text: str


@dataclass(frozen=True)
class Refusal:
    """Why a rule does not apply."""

    text: str


Outcome: TypeAlias = Rewrite | Refusal
Rule: TypeAlias = Callable[[Program, int, Hints], Iterator[Outcome]]
"""From a program, the position of a statement and hints to everything that the rule makes of it."""
