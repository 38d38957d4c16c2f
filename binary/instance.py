"""One instruction of a program with every number worked out: what a word says.

Addresses, strides and steps are in bytes here; words have them in the address unit of the operand's
memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr

Location: TypeAlias = tuple[str, int, int]
"""File, line and column of the source that an instruction comes from."""


@dataclass(frozen=True)
class Place:
    """Where an operand lies.

    Attributes:
        address: Where its first element that is present begins: from the beginning of its memory,
            or of the buffer `symbol` in the memory of arguments.
        strides: Per dimension, the distance between neighbours.
        steps: Per hardware loop, the outermost first, how far it moves.
        low: Per dimension, how many elements are absent in front. high: The same at the end.
        symbol: The buffer that the address is relative to.
    """

    address: int
    strides: tuple[int, ...]
    steps: tuple[int, ...] = ()
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    symbol: str | None = None


@dataclass(frozen=True)
class Instance:
    """An instruction of a machine, a configuration that is set, or an instruction that only waits.

    Attributes:
        name: The part of the machine: an instruction, a configuration or a control instruction.
        engine: The engine that executes it.
        places: Where its operands are, in the order of the instruction's.
        extents: How much of each axis of its statement is done.
        parameters: The values of its parameters.
        counts: How often each hardware loop runs, the outermost first.
        kept: The operands that are those of the engine's last execution of this instruction.
        value: What a configuration is set to.
        waits: The engines that it waits for. signals: Those that it signals.
        location: What it comes from.
    """

    name: str
    engine: str
    places: tuple[Place, ...] = ()
    extents: tuple[int, ...] = ()
    parameters: Mapping[str, int | float] = field(default_factory=dict[str, "int | float"])
    counts: tuple[int, ...] = ()
    kept: tuple[str, ...] = ()
    value: int = 0
    waits: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    location: Location | None = None


def source_of(location: Location | None) -> FileLineColLoc | None:
    """A location as messages have it."""
    if location is None:
        return None
    file, line, column = location
    return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(column))
