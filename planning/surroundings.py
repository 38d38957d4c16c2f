"""What surrounds a statement and matters for its plan."""

from __future__ import annotations

from dataclasses import dataclass

from .borders import Guard


@dataclass(frozen=True)
class Surroundings:
    """What a planner knows beside the statement itself.

    `repeats` says per input how often the statement is executed while the input stays the same;
    `guards` say which elements of its operands exist: others read as zero. Its results are `taken`
    if a statement follows that finishes them where they are.
    """

    repeats: tuple[int, ...] = ()
    guards: tuple[Guard, ...] = ()
    taken: bool = False


ALWAYS = 1 << 40
"""How often a constant stays the same: packing it costs nothing at run time."""

ALONE = Surroundings()
"""Nothing around: executed once, and every element exists."""
