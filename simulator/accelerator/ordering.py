"""Happens-before: whether a program orders the accesses that conflict, in whatever order it ran.

Every instruction has a vector clock: per engine, how many of its instructions have been done
before. A signal carries the clock of the instruction that gave it. Every row of a memory knows, per
engine, the last instruction that read and that wrote it; one of another engine that is not in the
clock of who accesses the row now is not ordered with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...binary.instance import Instance
from ...dialects.errors import UserError
from ..elements import Array
from .access import Access, failure, location_text
from .memory import Memory


class Ordering:
    """Checks one run of a program.

    Args:
        engines: The names of the engines.
    """

    def __init__(self, engines: Sequence[str]) -> None:
        self._number = {name: number for number, name in enumerate(engines)}
        self._clocks = [np.zeros(len(engines), np.int32) for _ in engines]
        self._done: list[list[Instance]] = [[] for _ in engines]
        self._rows: dict[str, _Rows] = {}

    def begin(self, instance: Instance, signals: Sequence[Array]) -> Array:
        """An instruction begins that has taken these signals; returns its clock."""
        number = self._number[instance.engine]
        clock = self._clocks[number].copy()
        for signal in signals:
            np.maximum(clock, signal, out=clock)
        self._done[number].append(instance)
        clock[number] = len(self._done[number])
        self._clocks[number] = clock
        return clock

    def access(self, instance: Instance, accesses: Sequence[Access | None], clock: Array) -> None:
        """Check and record what an instruction reads and writes.

        Raises:
            UserError: Another engine's access of the same row is not ordered with it.
        """
        number = self._number[instance.engine]
        found = [access for access in accesses if access is not None and not access.is_empty]
        for access in found:
            rows = self._rows_of(access.memory)
            kinds = ("written", "read") if access.writes else ("written",)
            for kind in kinds:
                other = rows.latest(kind, access, number, clock)
                if other is not None:
                    before = self._done[other[0]][other[1] - 1]
                    raise _race(instance, access, before, kind, other[2])
        for access in found:
            rows = self._rows_of(access.memory)
            if access.writes:
                rows.record("written", access, number, clock)
            if access.reads:
                rows.record("read", access, number, clock)

    def finish(self, instance: Instance, clock: Array, issued: Sequence[int]) -> None:
        """Check that all instructions are done when the program ends.

        Args:
            instance: The one that ends it.
            clock: Its clock.
            issued: Per engine, how many instructions stand before it.
        """
        for number, count in enumerate(issued):
            if number != self._number[instance.engine] and clock[number] < count:
                done = self._done[number]
                last = done[-1] if len(done) == count else None
                what = "its instructions" if last is None else _name(last)
                engine = next(name for name, n in self._number.items() if n == number)
                raise failure(
                    instance,
                    f"ends the program, but does not wait for {what} on @{engine}",
                    hint=f"the last instruction of @{engine} must signal, and this one wait for it",
                )

    def _rows_of(self, memory: Memory) -> _Rows:
        """What is known of the rows of a memory."""
        if memory.name not in self._rows:
            size = -(-len(memory.bytes) // memory.row)
            self._rows[memory.name] = _Rows(size)
        return self._rows[memory.name]


class _Rows:
    """Per engine and row of a memory, the last instructions that read and that wrote it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._last: dict[str, dict[int, Array]] = {"read": {}, "written": {}}

    def latest(
        self, kind: str, access: Access, engine: int, clock: Array
    ) -> tuple[int, int, int] | None:
        """An access that does not come before: its engine, its instruction's number, the row."""
        for other, rows in self._last[kind].items():
            if other == engine:
                continue
            view = access.rows.view(rows)
            latest = int(view.max())
            if latest > clock[other]:
                strides = (*access.rows.strides, 1)
                index = np.unravel_index(int(view.argmax()), view.shape)
                offset = sum(int(i) * s for i, s in zip(index, strides, strict=True))
                return other, latest, access.rows.first + offset
        return None

    def record(self, kind: str, access: Access, engine: int, clock: Array) -> None:
        """Remember an access."""
        last = self._last[kind]
        if engine not in last:
            last[engine] = np.zeros(self._size, np.int32)
        access.rows.view(last[engine])[...] = clock[engine]


def _race(instance: Instance, access: Access, before: Instance, kind: str, row: int) -> UserError:
    """The error that two accesses are not ordered."""
    verb = "writes" if access.writes else "reads"
    where = access.memory.place(row * access.memory.row)
    return failure(
        instance,
        f"race: {verb} {where} of @{access.memory.name} (operand %{access.form.name}), "
        f"{kind} by {_name(before)} on @{before.engine}, and nothing orders the two",
    )


def _name(instance: Instance) -> str:
    """An instruction with its place."""
    place = location_text(instance.location)
    return f"'{instance.name}'" + (f" ({place})" if place else "")
