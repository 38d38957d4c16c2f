"""From instances to words: every field is checked against its range, configurations are followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..dialects.errors import UserError
from ..dialects.isa import ConfigurationOp, InstructionOp, TargetOp
from ..dialects.isa.forms import parameter_type
from ..dialects.isa.number import Call
from ..dialects.shapes import bits_of
from .instance import Instance, Location, Place, source_of
from .invocation import Invocation
from .program import Relocation
from .records import Records
from .writer import Writer, writer_of

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Encoded:
    """Words, and what a program says beside them.

    Attributes:
        code: The words, one after the other.
        records: The records that instructions refer to, from the beginning of their memory.
        relocations: The fields that depend on where buffers lie.
        locations: Per instruction the source that it comes from.
    """

    code: bytes
    records: bytes
    relocations: tuple[Relocation, ...]
    locations: tuple[Location | None, ...]


def encode(instances: Sequence[Instance], target: TargetOp) -> Encoded:
    """Write instances as words of a machine.

    Configurations must have been set by instances before: nothing is inserted.

    Raises:
        UserError: An instance has no such words; the error has its location.
    """
    encoder = _Encoder(target)
    for instance in instances:
        located(instance, encoder.add)
    return Encoded(
        bytes(encoder.code),
        bytes(encoder.records.data),
        tuple(sorted(encoder.relocations, key=lambda relocation: relocation.bit)),
        tuple(instance.location for instance in instances),
    )


def needed_settings(
    instance: Instance, target: TargetOp, state: Callable[[str], int] = lambda _: 0
) -> dict[str, int]:
    """The configurations that must hold before an instance executes, and their numbers.

    What does not matter is left out: strides of extents of 1, steps of loops that run once. Bits of
    a configuration that do not matter are those of the number that `state` gives for its name.

    Raises:
        UserError: The instance does not fit the instruction.
    """

    def settings(instance: Instance) -> dict[str, int]:
        writer = writer_of(instance, target)
        found: dict[str, int] = {}
        for setting, number in writer.settings(writer.invocation(instance)):
            name = setting.configuration
            rest = 0 if setting.width is None else found.get(name, state(name)) & ~setting.mask
            found[name] = rest | setting.held(number)
        return found

    return located(instance, settings)


def required_settings(instance: Instance, target: TargetOp) -> Iterator[str]:
    """The configurations that must be set before an instance executes even if no number matters."""
    for setting in writer_of(instance, target).form.encoding.settings:
        if target.configurations[setting.configuration].required is not None:
            yield setting.configuration


def located(instance: Instance, work: Callable[[Instance], _Result]) -> _Result:
    """Do some work for an instance; its errors get its name and location."""
    try:
        return work(instance)
    except UserError as error:
        message = f"{instance.name} on {instance.engine}: {error.message}"
        location = source_of(instance.location) or error.location
        raise UserError(message, location, error.hint) from None


class _Encoder:
    """What has been written so far, and what the engines know then."""

    def __init__(self, target: TargetOp) -> None:
        self.target = target
        self.code = bytearray()
        self.records = Records(target)
        self.relocations: list[Relocation] = []
        self.state: dict[tuple[str, str], int] = {}
        self.places: dict[tuple[str, str], dict[str, Place]] = {}

    def add(self, instance: Instance) -> None:
        """Write one more instance."""
        writer = writer_of(instance, self.target)
        invocation = writer.invocation(instance)
        if invocation is not None:
            self._check_settings(writer, invocation)
            self._check_kept(writer, instance)
            if writer.form.record is not None:
                self.records.add(writer, invocation)
        elif isinstance(writer.form.part, ConfigurationOp):
            self.state[instance.engine, instance.name] = instance.value
        words = writer.words(instance, invocation)
        self.relocations += writer.relocations(instance, len(self.code) * 8)
        self.code += words.to_bytes(writer.form.size, "little")

    def _check_settings(self, writer: Writer, invocation: Invocation) -> None:
        """Check that all configurations that an instance needs hold."""
        for setting, number in writer.settings(invocation):
            held = self.state.get((writer.form.engine, setting.configuration))
            what = setting.text().partition(" ")[0]
            if held is None:
                raise UserError(f"configuration {what} must be {number}, but is never set")
            held = setting.number(held)
            bits = 0
            if isinstance(setting.value, Call) and setting.value.function == "parameter":
                assert isinstance(writer.form.part, InstructionOp)
                bits = bits_of(parameter_type(writer.form.part, setting.value))
            if held != number and not (bits and (held - number) % (1 << bits) == 0):
                raise UserError(f"configuration {what} must be {number}, but is {held}")

    def _check_kept(self, writer: Writer, instance: Instance) -> None:
        """Check that kept operands are those of the last time."""
        last = self.places.setdefault((instance.engine, instance.name), {})
        for operand, place in zip(writer.operands, instance.places, strict=True):
            if operand.name not in instance.kept:
                last[operand.name] = place
            elif operand.name not in last:
                raise UserError(f"keeps %{operand.name}, but it is the first on this engine")
            elif place not in (KEPT, last[operand.name]):
                raise UserError(f"keeps %{operand.name}, but that was another one last time")


KEPT = Place(0, ())
"""Where a kept operand is, as far as a word says."""
