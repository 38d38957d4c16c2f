"""The quantities of an instance, as the fields of an encoding ask for them, in the units of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..dialects.errors import UserError
from ..dialects.isa.encoding import QUANTITIES
from ..dialects.isa.number import Call, Name, text_of
from .instance import Instance, Place
from .numbers import bits_of_parameter
from .shape import Shape

Read: TypeAlias = "Callable[[Invocation], int]"


class Invocation:
    """One execution of an instruction: extents and loops made uniform, quantities by name.

    Args:
        shape: The instruction.
        depth: How many hardware loops the encoding has.
        spare_records: Whether to leave the innermost loop, which goes through records, to none
            rather than the outermost one where there are fewer loops.
        instance: What is executed.

    Raises:
        UserError: The instance does not fit the instruction.
    """

    def __init__(self, shape: Shape, depth: int, spare_records: bool, instance: Instance) -> None:
        self.shape, self.instance = shape, instance
        self.first_record, self.end_record = 0, 0
        operands, extents = shape.operands, instance.extents
        if len(instance.places) != len(operands):
            raise UserError(f"takes {len(operands)} operands, got {len(instance.places)}")
        shape.check_extents(extents)
        self.shapes = [operand.extents(extents) for operand in operands]
        self.counts, self.steps = self._loops(depth, spare_records)
        for operand, place, sizes in zip(operands, instance.places, self.shapes, strict=True):
            if operand.name not in instance.kept:
                _check_dimensions(operand.name, place, len(sizes))

    def address(self, operand: int, _: int) -> int:
        """Where an operand begins."""
        return self._in_units(operand, self.instance.places[operand].address, "the address")

    def stride(self, operand: int, dim: int) -> int:
        """How far neighbours along a dimension are apart; anything will do along an extent of 1."""
        stride = self.instance.places[operand].strides[dim]
        if self.shapes[operand][dim] <= 1:
            return stride // self.shape.operands[operand].unit
        return self._in_units(operand, stride, f"stride {dim}")

    def low(self, operand: int, dim: int) -> int:
        """How many elements are absent in front."""
        low = self.instance.places[operand].low
        return low[dim] if low else 0

    def high(self, operand: int, dim: int) -> int:
        """How many elements are absent at the end."""
        high = self.instance.places[operand].high
        return high[dim] if high else 0

    def present(self, operand: int, dim: int) -> int:
        """How many elements are there."""
        absent = self.low(operand, dim) + self.high(operand, dim)
        return self.shapes[operand][dim] - absent

    def extent(self, axis: int, _: int) -> int:
        """How much of an axis is done."""
        return self.instance.extents[axis]

    def parameter(self, index: int, _: int) -> int:
        """The value of a parameter, of a float its bits."""
        name = [*self.shape.parameters][index]
        if name not in self.instance.parameters:
            raise UserError(f"parameter %{name} has no value")
        return bits_of_parameter(self.instance.parameters[name], self.shape.parameters[name])

    def count(self, loop: int, _: int) -> int:
        """How often a hardware loop runs."""
        return self.counts[loop]

    def step(self, operand: int, loop: int) -> int:
        """By how much a hardware loop moves an operand."""
        if self.counts[loop] == 1:
            return 0
        return self._in_units(operand, self.steps[operand][loop], f"the step of loop {loop}")

    def _in_units(self, operand: int, number: int, what: str) -> int:
        """A number of bytes in address units."""
        kind = self.shape.operands[operand]
        if number % kind.unit:
            raise UserError(
                f"{what} of %{kind.name}, {number} bytes, is no multiple of "
                f"the {kind.unit} bytes of a row of @{kind.memory}"
            )
        return number // kind.unit

    def _loops(self, depth: int, spare_records: bool) -> tuple[list[int], list[list[int]]]:
        """The counts of so many loops and the steps per operand.

        Those that are not given run once: the outermost, or first the one through records, so that
        there is one record.
        """
        counts = list(self.instance.counts)
        steps = [list(place.steps) or [0] * len(counts) for place in self.instance.places]
        for operand, own in zip(self.shape.operands, steps, strict=True):
            if len(own) != len(counts):
                raise UserError(f"%{operand.name} has {len(own)} steps in {len(counts)} loops")
        if any(count < 1 for count in counts):
            raise UserError(f"loops run at least once, got {counts}")
        while len(counts) > depth and 1 in counts:
            once = counts.index(1)
            for own in (counts, *steps):
                del own[once]
        if len(counts) > depth:
            raise UserError(f"has {depth} hardware loops, got {len(counts)}: {counts}")
        last = int(spare_records and len(counts) < depth)
        missing = depth - len(counts) - last
        return (
            [1] * missing + counts + [1] * last,
            [[0] * missing + own + [0] * last for own in steps],
        )


def reader_of(shape: Shape, call: Call) -> Read:
    """What reads a quantity from an invocation: its function is that of the same name."""
    operands = [operand.name for operand in shape.operands]
    known = {"operand": operands, "axis": [*shape.axes], "parameter": [*shape.parameters]}
    if call.function in ("first_record", "end_record"):
        return lambda invocation: getattr(invocation, call.function)
    function: Callable[[Invocation, int, int], int] = getattr(Invocation, call.function)
    positions = [
        known[kind].index(arg.name) if isinstance(arg, Name) else arg
        for kind, arg in zip(QUANTITIES[call.function], call.args, strict=True)
    ]
    first, second = (*positions, 0, 0)[:2]
    assert isinstance(first, int), text_of(call)
    assert isinstance(second, int), text_of(call)
    return lambda invocation: function(invocation, first, second)


def _check_dimensions(name: str, place: Place, rank: int) -> None:
    """Check that a place says something of every dimension."""
    if len(place.strides) != rank:
        raise UserError(f"%{name} has {rank} dimensions, not {len(place.strides)} strides")
    for absent in (place.low, place.high):
        if absent and len(absent) != rank:
            raise UserError(f"%{name} has {rank} dimensions, elements of {len(absent)} are absent")
