"""How words say for which engines an instruction waits and which it signals: tokens, semaphores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..dialects.errors import UserError
from ..dialects.isa import FormatOp, TargetOp

Engines: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class _Bits:
    """Where a field is."""

    first: int
    width: int

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.first

    def read(self, word: int) -> int:
        return (word & self.mask) >> self.first


class Synchronisation:
    """The fields of one format with which its instructions wait and signal.

    A queue of tokens has one bit at each end. Semaphores are one for every ordered pair of engines,
    numbered by the engines' places in the machine; an engine that is named twice counts twice.
    """

    def __init__(self, target: TargetOp, format: FormatOp) -> None:
        self.engines = target.engines
        self.queues = target.tokens
        self.semaphores = target.semaphores
        self._fields = {f.name: _Bits(f.first or 0, f.width or 0) for f in format.fields}
        self._known: dict[tuple[str, int], tuple[Engines, Engines]] = {}
        names = [name for queue in self.queues for name in (queue.wait, queue.signal)]
        if self.semaphores is not None:
            names += [*self.semaphores.wait, *self.semaphores.signal]
        self.mask = 0
        for name in names:
            self.mask |= self._fields[name].mask

    def bits(self, engine: str, waits: Sequence[str], signals: Sequence[str]) -> int:
        """The bits of an instruction that waits for some engines and signals others.

        Raises:
            UserError: An instruction cannot say so.
        """
        if self.semaphores is not None:
            found = self._semaphore(self.semaphores.wait, [(e, engine) for e in waits], "wait for")
            return found | self._semaphore(
                self.semaphores.signal, [(engine, e) for e in signals], "signal"
            )
        found = 0
        for other in waits:
            found |= self._token(other, engine, found, waits=True)
        for other in signals:
            found |= self._token(engine, other, found, waits=False)
        return found

    def read(self, engine: str, word: int) -> tuple[Engines, Engines]:
        """For which engines an instruction waits, and which it signals.

        Raises:
            UserError: The fields mean nothing.
        """
        key = engine, word & self.mask
        if key not in self._known:
            self._known[key] = self._read(engine, word)
        return self._known[key]

    def _read(self, engine: str, word: int) -> tuple[Engines, Engines]:
        """What `read` says, worked out."""
        if self.semaphores is not None:
            waits = self._pairs(self.semaphores.wait, word)
            signals = self._pairs(self.semaphores.signal, word)
            for pair, own, what in ((waits, 1, "waits for"), (signals, 0, "signals")):
                if pair and pair[0][own] != engine:
                    raise UserError(
                        f"{engine} {what} the semaphore from {pair[0][0]} to {pair[0][1]}"
                    )
            return tuple(pair[0] for pair in waits), tuple(pair[1] for pair in signals)
        rest = word & self.mask
        found: tuple[list[str], list[str]] = ([], [])
        for queue in self.queues:
            source, destination = queue.engines
            for name, own, other, kind in (
                (queue.wait, destination, source, 0),
                (queue.signal, source, destination, 1),
            ):
                if own == engine and word & self._fields[name].mask:
                    found[kind].append(other)
                    rest &= ~self._fields[name].mask
        if rest:
            names = [name for name, bits in self._fields.items() if bits.mask & rest]
            raise UserError(f"{engine} has no queue of tokens for {', '.join(names)}")
        return tuple(found[0]), tuple(found[1])

    def _token(self, source: str, destination: str, set_already: int, *, waits: bool) -> int:
        """The bit for the queue between two engines."""
        engines, ends = source, destination
        for queue in self.queues:
            if queue.engines == (source, destination):
                bit = self._fields[queue.wait if waits else queue.signal].mask
                if set_already & bit:
                    raise UserError(f"one instruction handles one token from {engines} to {ends}")
                return bit
        raise UserError(
            f"there is no queue of tokens from {engines} to {ends}",
            hint=None if self.queues else "the machine describes no tokens and no semaphores",
        )

    def _semaphore(self, fields: Sequence[str], pairs: Sequence[tuple[str, str]], what: str) -> int:
        """The bits for a semaphore; each pair stands for one of its count."""
        if not pairs:
            return 0
        if len(set(pairs)) > 1:
            names = ", ".join(sorted({name for pair in pairs for name in pair}))
            raise UserError(f"one instruction can {what} one engine, this is between {names}")
        whether, number, amount = (self._fields[name] for name in fields)
        if len(pairs) >= 1 << amount.width:
            raise UserError(
                f"field '{fields[2]}' of {amount.width} bits cannot hold the count {len(pairs)}"
            )
        count = len(pairs) << amount.first
        return 1 << whether.first | self._number_of(*pairs[0]) << number.first | count

    def _number_of(self, source: str, destination: str) -> int:
        """The number of the semaphore from one engine to another."""
        for name in (source, destination):
            if name not in self.engines:
                raise UserError(f"there is no engine {name}")
        first, second = self.engines.index(source), self.engines.index(destination)
        if first == second:
            raise UserError(f"{source} cannot wait for itself")
        return first * (len(self.engines) - 1) + second - (second > first)

    def _pairs(self, fields: Sequence[str], word: int) -> list[tuple[str, str]]:
        """The pair of engines of the semaphore in a word, as often as is its count."""
        whether, number, amount = (self._fields[name].read(word) for name in fields)
        if not whether:
            if number or amount:
                raise UserError(
                    f"'{fields[1]}' and '{fields[2]}' must be zero without '{fields[0]}'"
                )
            return []
        if not amount:
            raise UserError(f"'{fields[2]}' is zero")
        others = len(self.engines) - 1
        first, second = divmod(number, others) if others else (1, 0)
        if first >= len(self.engines):
            raise UserError(f"semaphore {number} belongs to no two engines")
        return [(self.engines[first], self.engines[second + (second >= first)])] * amount
