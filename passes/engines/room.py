"""What is left of memories that a program divides up, before buffers have addresses in them."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation, SSAValue

from ...dialects.isa import MemoryOp, TargetOp
from .engine_programs import is_explicit, memory_of, rows_of
from .lifetimes import lifetimes, moments_of

REMARK = "isa.remark"
"""The attribute of an allocation that says why there is only one of a buffer."""


class Room:
    """What is left of the memories while buffers of a function are in use."""

    def __init__(self, function: func.FuncOp, target: TargetOp) -> None:
        self._target = target
        self._moments = moments_of(function)
        lives = lifetimes(self._moments).items()
        self._lives = {value: life for value, life in lives if is_explicit(value, target)}
        self._rows = {value: rows_of(value, target) for value in self._lives}

    def take(self, buffer: SSAValue, more: int, loop: scf.ForOp) -> bool:
        """Take room for a buffer and so many more of it while a loop runs.

        Where there is not enough for more, the allocation gets a remark.
        """
        memory, owner = memory_of(buffer, self._target), buffer.owner
        assert memory is not None
        assert isinstance(owner, Operation)
        if buffer not in self._rows:  # nothing uses it
            return False
        life, self._lives[buffer] = self._lives[buffer], self._moments[loop]
        needed = self._needed({buffer: more}, memory)
        if needed > (memory.bytes or 0):
            self._lives[buffer] = life
            if more:
                owner.attributes[REMARK] = StringAttr(
                    f"one buffer: {1 + more} would need {needed} of the {memory.bytes} bytes of @{memory.symbol}"
                )
            return False
        self._rows[buffer] *= 1 + more
        return True

    def take_all(self, more: Mapping[SSAValue, int]) -> bool:
        """Take room for so many more of some buffers, all at once, if there is enough."""
        known = {value: count for value, count in more.items() if value in self._rows}
        places = (memory_of(value, self._target) for value in known)
        for memory in {memory for memory in places if memory is not None}:
            if self._needed(known, memory) > (memory.bytes or 0):
                return False
        for value, count in known.items():
            self._rows[value] *= 1 + count
        return True

    def _needed(self, more: Mapping[SSAValue, int], memory: MemoryOp) -> int:
        """The most bytes of a memory in use at a moment of some buffers, with so many more of these."""
        lives = {
            value: life
            for value, life in self._lives.items()
            if memory_of(value, self._target) is memory
        }
        rows = {value: self._rows[value] * (1 + more.get(value, 0)) for value in lives}
        spans = [lives[value] for value in more if value in lives]
        begins = {first for first, _ in lives.values()}
        moments = {m for m in begins if any(first <= m <= last for first, last in spans)}
        return memory.row * max(
            sum(rows[value] for value, (first, last) in lives.items() if first <= moment <= last)
            for moment in moments
        )
