"""Memories whose bandwidth engines share: what moves at once moves at an equal share each.

An instruction moves no faster than its own interval lets it; what it leaves of its share the
others get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from .steps import Step

_NEARLY = 1e-6
"""Bytes that are none: what sums of shares are off by."""


@dataclass
class _Transfer:
    """What an instruction has yet to move, and how much per cycle it could."""

    left: float
    most: float


class Channels:
    """The transfers that are under way, per memory.

    Args:
        rates: The bytes per cycle of the memories that engines share.
    """

    def __init__(self, rates: Mapping[str, int]) -> None:
        self._rates = rates
        self._time = 0.0
        self._moving: dict[str, dict[Step, _Transfer]] = {name: {} for name in rates}
        self._least: dict[Step, float] = {}

    def begin(self, step: Step, sizes: Mapping[str, int], start: int, cycles: int) -> None:
        """An instruction begins to move so many bytes per memory, in no fewer cycles than these."""
        self._advance(start)
        for name, size in sizes.items():
            if size > 0:
                self._moving[name][step] = _Transfer(size, size / max(cycles, 1))
        self._least[step] = start + cycles

    def next_end(self) -> tuple[int, Step] | None:
        """Which instruction is the next to have moved everything if no other begins, and when."""
        ends = {step: max(self._time, least) for step, least in self._least.items()}
        for name, moving in self._moving.items():
            shares = _shares([transfer.most for transfer in moving.values()], self._rates[name])
            for (step, transfer), share in zip(moving.items(), shares, strict=True):
                ends[step] = max(ends[step], self._time + transfer.left / share)
        if not ends:
            return None
        step = min(ends, key=lambda step: (ends[step], step.index))
        return ceil(ends[step] - _NEARLY), step

    def end(self, step: Step, time: int) -> None:
        """An instruction has moved everything."""
        self._advance(time)
        for moving in self._moving.values():
            moving.pop(step, None)
        del self._least[step]

    def _advance(self, time: float) -> None:
        """Move on to a time, up to which nothing begins or ends."""
        for name, moving in self._moving.items():
            shares = _shares([transfer.most for transfer in moving.values()], self._rates[name])
            for transfer, share in zip(moving.values(), shares, strict=True):
                transfer.left = max(0.0, transfer.left - share * max(0.0, time - self._time))
            for step in [step for step, transfer in moving.items() if transfer.left < _NEARLY]:
                del moving[step]
        self._time = max(self._time, time)


def _shares(most: list[float], rate: float) -> list[float]:
    """Equal shares of a rate; who can use less leaves the rest to the others."""
    shares = [0.0] * len(most)
    waiting = sorted(range(len(most)), key=lambda index: most[index])
    for place, index in enumerate(waiting):
        shares[index] = min(most[index], rate / (len(waiting) - place))
        rate -= shares[index]
    return shares
