"""Where the operands of an executed instruction lie, checked against their memories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from xdsl.dialects.builtin import DYNAMIC_INDEX

from ...binary.instance import Instance, Location, Place, source_of
from ...dialects.errors import UserError
from ...dialects.isa import TargetOp
from ..elements import Array
from .memory import ArgumentMemory, Memory
from .region import Region
from .semantics import OperandForm, Semantics, Shape, semantics_of


@dataclass(frozen=True)
class Access:
    """An operand of an executed instruction.

    Attributes:
        form: The operand. memory: Its memory. address: Where its first element that is there begins.
        moving: The hardware loops that it moves with. counts: How often these run.
        steps: By how much it moves in each.
        shape: Its extents, absent elements among them. strides: In bytes.
        low: How many elements are absent in front. present: How many are there.
        reads: Whether its old values matter. writes: Whether it is written.
    """

    form: OperandForm
    memory: Memory
    address: int
    moving: tuple[int, ...]
    counts: Shape
    steps: tuple[int, ...]
    shape: Shape
    strides: tuple[int, ...]
    low: Shape
    present: Shape
    reads: bool
    writes: bool

    @property
    def is_whole(self) -> bool:
        """Whether no element is absent."""
        return self.present == self.shape

    @property
    def is_empty(self) -> bool:
        """Whether all elements are absent."""
        return 0 in self.present

    @cached_property
    def region(self) -> Region:
        """The bytes of all iterations."""
        dims = (
            *zip(self.counts, self.steps, strict=True),
            *zip(self.present, self.strides, strict=True),
        )
        return Region.of(self.address, dims, self.form.dtype.itemsize)

    @cached_property
    def rows(self) -> Region:
        """The rows of the memory that have such bytes."""
        return self.region.in_units(self.memory.row)

    @property
    def transferred(self) -> int:
        """How many bytes one iteration reads or writes; both count if it does both."""
        each = prod(self.present) * self.form.dtype.itemsize
        return each * (int(self.reads) + int(self.writes))

    def view(self) -> Array:
        """The elements that are there, behind dimensions for the loops that it moves with."""
        return np.ndarray(
            (*self.counts, *self.present),
            self.form.dtype,
            self.memory.bytes.data,
            self.address,
            (*self.steps, *self.strides),
        )

    def at(self, point: tuple[int, ...]) -> Access:
        """The operand in one iteration of the hardware loops."""
        moved = sum(step * point[loop] for loop, step in zip(self.moving, self.steps, strict=True))
        return Access(
            *(self.form, self.memory, self.address + moved, (), (), ()),
            *(self.shape, self.strides, self.low, self.present, self.reads, self.writes),
        )


class Accesses:
    """Finds where operands lie.

    Args:
        target: The machine.
        memories: Its memories by name.
    """

    def __init__(self, target: TargetOp, memories: Mapping[str, Memory]) -> None:
        self._instructions = target.instructions
        self._memories = memories

    def of(self, instance: Instance) -> tuple[Access | None, ...]:
        """The operands of an executed instruction, None for those that it keeps.

        Raises:
            UserError: Something that it says cannot be: an extent, a place outside of a memory.
        """
        semantics = semantics_of(self._instructions[instance.name])
        _check_shape(semantics, instance)
        reads = semantics.reads(instance.parameters)
        found: list[Access | None] = []
        for number, (place, form) in enumerate(
            zip(instance.places, semantics.operands, strict=True)
        ):
            if form.name in instance.kept:
                found.append(None)
                continue
            access = self._access(semantics, instance, number, place, number in reads)
            found.append(access)
        return tuple(found)

    def _access(
        self, semantics: Semantics, instance: Instance, number: int, place: Place, reads: bool
    ) -> Access:
        """One operand."""
        form = semantics.operands[number]
        memory = self._memories.get(form.memory)
        if memory is None:
            raise failure(instance, f"@{form.memory} is no memory that can be simulated")
        shape = semantics.shapes(instance.extents)[number]
        low = place.low or (0,) * len(shape)
        high = place.high or (0,) * len(shape)
        sizes = (
            n if size == DYNAMIC_INDEX else min(n, size)
            for n, size in zip(shape, form.shape, strict=True)
        )
        present = tuple(max(0, n - a - b) for n, a, b in zip(sizes, low, high, strict=True))
        moving = tuple(loop for loop, step in enumerate(place.steps) if step)
        access = Access(
            form,
            memory,
            place.address + _base(memory, place, instance),
            moving,
            tuple(instance.counts[loop] for loop in moving),
            tuple(place.steps[loop] for loop in moving),
            shape,
            place.strides,
            low,
            present,
            reads,
            number == semantics.output,
        )
        if not access.is_empty:
            _check_inside(access, instance)
        return access


def _base(memory: Memory, place: Place, instance: Instance) -> int:
    """Where the buffer begins that an address is relative to."""
    if place.symbol is None:
        return 0
    if not isinstance(memory, ArgumentMemory) or place.symbol not in memory.placed:
        raise failure(instance, f"@{memory.name} has no buffer '{place.symbol}'")
    return memory.placed[place.symbol].start


def _check_shape(semantics: Semantics, instance: Instance) -> None:
    """Check that no more is done than the instruction can do."""
    axes, places = semantics.axes, instance.places
    if len(instance.extents) != len(axes) or len(places) != len(semantics.operands):
        raise failure(instance, "it has not the operands and axes of its description")
    for (axis, least, most), extent in zip(axes, instance.extents, strict=True):
        if not least <= extent <= most:
            raise failure(instance, f"does {extent} of axis '{axis}', of which there are {most}")
    for count in instance.counts:
        if count < 1:
            raise failure(instance, f"a hardware loop runs {count} times")
    for place, form in zip(places, semantics.operands, strict=True):
        kept = form.name in instance.kept
        if len(place.steps) > len(instance.counts):
            raise failure(instance, f"operand %{form.name} has more steps than there are loops")
        if not kept and len(place.strides) != len(form.shape):
            raise failure(instance, f"operand %{form.name} has {len(form.shape)} strides")
        for absent in (place.low, place.high):
            if len(absent) not in (0, len(form.shape)) or any(n < 0 for n in absent):
                raise failure(instance, f"operand %{form.name} lacks {absent} elements")
    for name in semantics.parameters:
        if name not in instance.parameters:
            raise failure(instance, f"parameter '{name}' has no value")


def _check_inside(access: Access, instance: Instance) -> None:
    """Check that an operand lies within its memory, or within one buffer."""
    region, memory = access.region, access.memory
    wrong = memory.check(region.first, region.end, written=access.writes)
    if wrong is not None:
        verb = "writes" if access.writes else "reads"
        raise failure(instance, f"{verb} {wrong} (operand %{access.form.name})")


def failure(instance: Instance, message: str, hint: str | None = None) -> UserError:
    """The error that an instruction causes, at the source that it comes from."""
    text = f"'{instance.name}' on @{instance.engine}: {message}"
    return UserError(text, source_of(instance.location), hint)


def location_text(location: Location | None) -> str:
    """A location in words."""
    return "" if location is None else ":".join(map(str, location))
