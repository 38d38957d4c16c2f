"""How the engines of a machine can wait for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...dialects.errors import UserError
from ...dialects.isa import ControlKind, ControlOp, TargetOp


@dataclass(frozen=True)
class Channels:
    """The ways of signals between engines, which are numbers here.

    Attributes:
        engines: The names of the engines.
        units: Per engine, the name of its unit.
        direct: The pairs of engines of which the first can signal the second.
        slots: How many engines one instruction can wait for, and signal; None for any number.
        most: How many signals may be on their way from one engine to another; None for any number.
    """

    target: TargetOp
    engines: tuple[str, ...]
    units: tuple[str, ...]
    direct: frozenset[tuple[int, int]]
    slots: int | None
    most: int | None

    @classmethod
    def of(cls, target: TargetOp) -> Channels:
        """The channels of a machine; none where its hardware keeps the order."""
        units = [(unit.symbol, name) for unit in target.units.values() for name in unit.engines]
        number = {name: index for index, (_, name) in enumerate(units)}
        pairs = {(a, b) for a in number.values() for b in number.values() if a != b}
        if target.semaphores is None:
            given = {tokens.engines for tokens in target.tokens}
            pairs = {(a, b) for a, b in pairs if (units[a][0], units[b][0]) in given}
        semaphores = target.semaphores
        return cls(
            target,
            tuple(name for _, name in units),
            tuple(unit for unit, _ in units),
            frozenset(pairs),
            None if semaphores is None else 1,
            None if semaphores is None else semaphores.most,
        )

    def control(self, engine: int, kind: ControlKind) -> ControlOp | None:
        """The instruction of a kind that an engine has."""
        found = self.target.controls.values()
        return next(
            (c for c in found if c.kind is kind and c.unit_name == self.units[engine]), None
        )

    def synchronising(self, engine: int) -> ControlOp:
        """The instruction of an engine that does nothing but wait and signal.

        Raises:
            UserError: It has none.
        """
        found = self.control(engine, ControlKind.SYNCHRONISES)
        if found is None:
            raise UserError(
                f"engine '{self.engines[engine]}' of @{self.target.symbol} has no instruction that only "
                "waits and signals",
                hint=f"describe one: isa.control @name on @{self.units[engine]} synchronises ..",
            )
        return found

    def route(self, first: int, last: int) -> Sequence[int]:
        """The engines between two that a signal passes; none if it can go directly.

        Raises:
            UserError: There is no way.
        """
        found = _route(self.direct, first, last)
        if found is None:
            raise UserError(
                f"@{self.target.symbol} has no way to signal from engine '{self.engines[first]}' to "
                f"'{self.engines[last]}'"
            )
        return found


@lru_cache(maxsize=1024)
def _route(direct: frozenset[tuple[int, int]], first: int, last: int) -> tuple[int, ...] | None:
    """The shortest way, without its ends."""
    ways: dict[int, tuple[int, ...]] = {first: ()}
    pending = [first]
    while pending and last not in ways:
        here = pending.pop(0)
        for a, b in sorted(direct):
            if a == here and b not in ways:
                ways[b] = (*ways[here], b)
                pending.append(b)
    return ways[last][:-1] if last in ways else None
