"""Reads the words of one form, and makes an instance of what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, Setting, TargetOp
from ..dialects.isa.forms import (
    END_RECORD,
    FIRST_RECORD,
    VALUE,
    Form,
    Layout,
    evaluated,
    from_bits,
    is_signed,
)
from ..dialects.isa.number import Call, Name, calls_in, offset_from, solve, text_of
from ..dialects.shapes import bits_of
from .instance import Place
from .numbers import parameter_of_bits
from .shape import Operand, Shape, shape_of

Meaning: TypeAlias = tuple[
    tuple[Place, ...], tuple[int, ...], Mapping[str, "int | float"], tuple[int, ...]
]
"""Places, extents, parameters and counts of an instance."""

_Numbers: TypeAlias = list[int | None]


class Reader:
    """Reads the words of one form."""

    def __init__(self, form: Form, target: TargetOp) -> None:
        self.form = form
        self._slots = tuple(
            (
                slot,
                slot.first,
                (1 << slot.width) - 1,
                None if slot.signed or slot.pattern else slot.offset,
                place,
            )
            for slot, place in zip(form.layout.slots, form.layout.places, strict=True)
        )
        part = form.part
        self._plan = (
            _Plan(form, shape_of(part, target)) if isinstance(part, InstructionOp) else None
        )

    def numbers(self, words: int) -> tuple[int, ...] | None:
        """The values of the quantities in words; None where some field says none."""
        found: list[int] = []
        for slot, first, mask, offset, place in self._slots:
            held = (words >> first) & mask if offset is not None else slot.read(words)
            if not slot.least <= held <= slot.greatest:
                return None
            value = held - offset if offset is not None else slot.value(held)
            if value is None:
                return None
            if place == len(found):
                found.append(value)
            elif found[place] != value:
                return None
        return tuple(found)

    def complaint(self, words: int) -> str:
        """Why `numbers` gives nothing for words."""
        seen: dict[Call, int] = {}
        for slot in self.form.layout.slots:
            held = slot.read(words)
            if not slot.least <= held <= slot.greatest:
                bounds = f"{slot.least} to {slot.greatest}"
                return f"field '{slot.name}' may hold {bounds}, not {held}"
            value = slot.value(held)
            if value is None or seen.setdefault(slot.call, value) != value:
                return f"field '{slot.name}' holds {held}, which no '{text_of(slot.number)}' is"
        return "the fields are right"

    def instance(
        self, values: tuple[int, ...], state: Mapping[str, int], records: bytes
    ) -> Meaning:
        """What an instance has besides its name: places, extents, parameters and counts.

        Raises:
            UserError: The configurations or the records say nothing possible.
        """
        return (
            ((), (), {}, ()) if self._plan is None else self._plan.meaning(values, state, records)
        )


@dataclass(frozen=True)
class _Sources:
    """Where the numbers of an operand are among all; -1 where nothing says them."""

    operand: Operand
    kept: bool
    address: int
    strides: tuple[int, ...]
    steps: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    padded: bool


class _Held:
    """A quantity that a configuration holds.

    Args:
        setting: What the configuration is to be.
        index: Where the quantity is among all numbers.
        pattern: The bits of a parameter, negative if it is signed, else 0.
    """

    def __init__(self, setting: Setting, index: int, pattern: int) -> None:
        self.configuration, self.number = setting.configuration, setting.value
        self.index, self.pattern, self.setting = index, pattern, setting
        self.plain = not pattern and setting.width is None and offset_from(setting.value) == 0

    def value(self, held: int) -> int:
        """The value of the quantity where the configuration has this number."""
        held = self.setting.number(held)
        if self.pattern:
            bits = held % (1 << abs(self.pattern))
            return (from_bits(bits, -self.pattern) or 0) if self.pattern < 0 else bits
        solved = solve(self.number, held)
        if solved is None:
            raise UserError(
                f"configuration @{self.configuration} is {held}, "
                f"which no '{text_of(self.number)}' is"
            )
        return solved[1]


class _Plan:
    """Where everything that an instance says comes from: words, configurations or records."""

    def __init__(self, form: Form, shape: Shape) -> None:
        self.form, self.shape = form, shape
        settings = [(s, next(calls_in(s.value), None)) for s in form.encoding.settings]
        calls = [*form.layout.calls, *(call for _, call in settings if call is not None)]
        calls += form.record.calls if form.record is not None else ()
        self.calls = {call: index for index, call in enumerate(dict.fromkeys(calls))}
        self.in_words = len(form.layout.calls)
        self.constants: list[tuple[Setting, int]] = []
        self.settings: list[_Held] = []
        for setting, call in settings:
            if call is None:
                number = evaluated(setting.value, VALUE, 0)
                self.constants.append((setting, number))
            elif (index := self.calls[call]) >= self.in_words:
                self.settings.append(_Held(setting, index, self._pattern(call)))
        self.extents = [self._extent(axis) for axis in range(len(shape.axes))]
        loops = range(form.depth)
        self.counts = [self._index("count", loop) for loop in loops]
        self.operands = [self._sources(operand) for operand in shape.operands]
        self.parameters = [
            (name, kind, self._index("parameter", Name(name)))
            for name, kind in shape.parameters.items()
        ]

    def meaning(self, values: tuple[int, ...], state: Mapping[str, int], records: bytes) -> Meaning:
        """What the words, the configurations of the engine and the records say."""
        numbers: _Numbers = [*values, *[None] * (len(self.calls) - len(values))]
        for held in self.settings:
            number = state.get(held.configuration)
            if number is not None:
                numbers[held.index] = number if held.plain else held.value(number)
        for setting, number in self.constants:
            held = state.get(setting.configuration)
            if held is not None and setting.number(held) != number:
                raise UserError(f"configuration {setting.text().replace(' =', ' must be')}")
        extents = self._extents(numbers)
        counts = [self._need(index, numbers) for index in self.counts if index >= 0]
        innermost: Mapping[str, int] = {}
        if self.form.record is not None:
            first, end = numbers[self.calls[FIRST_RECORD]], numbers[self.calls[END_RECORD]]
            assert first is not None
            assert end is not None
            counts.append(end - first)
            innermost = self._read_records(self.form.record, first, end, numbers, records)
        for loop, count in enumerate(counts):
            if count < 1:
                raise UserError(f"loop {loop} runs {count} times; it must run at least once")
        running = [loop for loop, count in enumerate(counts) if count != 1]
        places = tuple(
            [self._place(own, extents, running, innermost, numbers) for own in self.operands]
        )
        parameters = {
            name: parameter_of_bits(self._need(index, numbers), kind)
            for name, kind, index in self.parameters
        }
        return places, extents, parameters, tuple([counts[loop] for loop in running])

    def _place(
        self,
        own: _Sources,
        extents: tuple[int, ...],
        running: Sequence[int],
        innermost: Mapping[str, int],
        numbers: _Numbers,
    ) -> Place:
        """Where an operand is."""
        if own.kept:
            return Place(0, ())
        operand = own.operand
        unit, shape = operand.unit, operand.extents(extents)
        strides: list[int] = []
        for dim, default in enumerate(operand.default_strides(shape)):
            if (index := own.strides[dim]) >= 0:
                free = shape[dim] <= 1 and index >= self.in_words
                strides.append(0 if free else self._need(index, numbers) * unit)
            else:
                strides.append(default or 0)
        steps = tuple(
            [
                innermost[operand.name]
                if loop == len(own.steps) - 1 and operand.name in innermost
                else self._need(own.steps[loop], numbers) * unit
                if own.steps[loop] >= 0
                else 0
                for loop in running
            ]
        )
        address = self._need(own.address, numbers) * unit
        if not own.padded:
            return Place(address, tuple(strides), steps)
        low, high = (
            tuple([0 if index < 0 else self._need(index, numbers) for index in indices])
            for indices in (own.low, own.high)
        )
        return Place(
            address, tuple(strides), steps, low if any(low) else (), high if any(high) else ()
        )

    def _extents(self, numbers: _Numbers) -> tuple[int, ...]:
        """How much of every axis is done."""
        found: list[int] = []
        for axis, ways in enumerate(self.extents):
            extent = self.shape.greatest[axis]
            for nth, indices in enumerate(ways):
                given = sum([self._need(index, numbers) for index in indices])
                if nth > 0 and given != extent:
                    name = self.shape.axes[axis]
                    raise UserError(f"does {extent} and also {given} of axis '{name}'")
                extent = given
            found.append(extent)
        extents = tuple(found)
        self.shape.check_extents(extents)
        return extents

    def _read_records(
        self, layout: Layout, first: int, end: int, numbers: _Numbers, records: bytes
    ) -> Mapping[str, int]:
        """Fill in the addresses in records; returns by how much each one moves the operands."""
        size = layout.bits // 8
        if end * size > len(records):
            raise UserError(f"records {first} to {end - 1} are not in the memory of records")
        data = [
            int.from_bytes(records[index * size : (index + 1) * size], "little")
            for index in range(first, end)
        ]
        for index, words in enumerate(data, first):
            if words & layout.fixed != layout.ones:
                raise UserError(f"record {index}, {words:#x}, has bits that nothing uses")
        steps: dict[str, int] = {}
        for slot in layout.slots:
            operand = next(o for o in self.shape.operands if Name(o.name) == slot.call.args[0])
            values = [slot.value(slot.read(words)) or 0 for words in data]
            step = values[1] - values[0] if len(values) > 1 else 0
            if any(value != values[0] + index * step for index, value in enumerate(values)):
                raise UserError(
                    f"records {first} to {end - 1} are not evenly spaced in %{operand.name}"
                )
            numbers[self.calls[slot.call]] = values[0] if values else 0
            steps[operand.name] = step * operand.unit
        return steps

    def _need(self, index: int, numbers: _Numbers) -> int:
        """A number that must be known."""
        number = numbers[index]
        if number is None:
            call = [*self.calls][index]
            for held in self.settings:
                if held.index == index:
                    raise UserError(f"configuration @{held.configuration} is not set")
            raise UserError(f"nothing says '{text_of(call)}'")
        return number

    def _index(self, function: str, *args: Name | int) -> int:
        """Where a quantity is among the numbers, -1 if nothing says it."""
        return self.calls.get(Call(function, args), -1)

    def _sources(self, operand: Operand) -> _Sources:
        """Where the numbers of an operand are."""
        name, dims, loops = Name(operand.name), range(len(operand.axes)), range(self.form.depth)
        low = tuple(self._index("low", name, dim) for dim in dims)
        high = tuple(self._index("high", name, dim) for dim in dims)
        return _Sources(
            operand,
            operand.name in self.form.encoding.kept,
            self._index("address", name),
            tuple(self._index("stride", name, dim) for dim in dims),
            tuple(self._index("step", name, loop) for loop in loops),
            low,
            high,
            max((*low, *high), default=-1) >= 0,
        )

    def _extent(self, axis: int) -> list[list[int]]:
        """Every way in which numbers say how much of an axis is done: their sum is it."""
        own = self._index("extent", Name(self.shape.axes[axis]))
        ways = [[own]] if own >= 0 else []
        for operand in self.shape.operands:
            for dim, of in enumerate(operand.axes):
                indices = [
                    self._index(call, Name(operand.name), dim)
                    for call in ("present", "low", "high")
                ]
                if of == axis and indices[0] >= 0:
                    ways.append([index for index in indices if index >= 0])
        return ways

    def _pattern(self, call: Call) -> int:
        """The bits of the parameter that a configuration holds, negative if it is signed, else 0."""
        if call.function != "parameter" or not isinstance(call.args[0], Name):
            return 0
        kind = self.shape.parameters[call.args[0].name]
        return -bits_of(kind) if is_signed(kind) else bits_of(kind)
