"""Which operands an engine still has from its last execution of an instruction."""

from __future__ import annotations

from dataclasses import dataclass

from ...binary.instance import Instance, Place
from ...dialects.isa import InvokeOp, TargetOp
from ...dialects.shapes import shape_of
from .conflicts import Use
from .engine_programs import instruction_of
from .footprint import Footprints


@dataclass(frozen=True)
class _Held:
    """An operand as an engine has it: where it lies, how much of it, and these bytes."""

    place: Place
    shape: tuple[int, ...]
    use: Use


class KeptOperands:
    """Follows what engines hold, instruction by instruction.

    What is written over in memory is not what is held any more.
    """

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        self._is_offered = any(
            encoding.kept for op in target.instructions.values() for encoding in op.encodings
        )
        self._footprints = Footprints(target)
        self._held: dict[tuple[str, str, str], _Held] = {}

    def step(self, op: InvokeOp, instance: Instance) -> tuple[str, ...]:
        """The most operands that an invocation need not read again; it is executed then."""
        if not self._is_offered:
            return ()
        instruction = instruction_of(op, self._target)
        uses = self._footprints.of(op)
        now = self._operands(op, instance, uses)
        same = {name for name, held in now.items() if self._held.get(_key(instance, name)) == held}
        offers = (encoding.kept for encoding in instruction.encodings if set(encoding.kept) <= same)
        kept = max(offers, key=len, default=())
        for name in instruction.operand_names:
            self._held.pop(_key(instance, name), None)
        self._held.update({_key(instance, name): held for name, held in now.items()})
        for use in uses:
            if use.writes:
                self._forget(use)
        return kept

    def _operands(self, op: InvokeOp, instance: Instance, uses: list[Use]) -> dict[str, _Held]:
        """The operands that are read and the same in all iterations of hardware loops."""
        names = instruction_of(op, self._target).operand_names
        if len(uses) != len(names):
            return {}
        return {
            name: _Held(place, shape_of(value)[len(op.counts) :], use)
            for name, place, value, use in zip(
                names, instance.places, op.arguments, uses, strict=True
            )
            if not use.writes
            and not any(s and n > 1 for s, n in zip(place.steps, instance.counts, strict=True))
        }

    def _forget(self, written: Use) -> None:
        """Forget what comes from bytes that are written now."""
        gone = [
            key
            for key, held in self._held.items()
            if held.use.place == written.place and held.use.region.meets(written.region)
        ]
        for key in gone:
            del self._held[key]


def _key(instance: Instance, name: str) -> tuple[str, str, str]:
    """What holds an operand: an engine, for one of its instructions."""
    return instance.engine, instance.name, name
