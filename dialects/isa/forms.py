"""Every way to write an instruction, worked out to bits: what encoder, decoder and assembler share.

A form belongs to one encoding of an instruction, a configuration or a control instruction on one
engine. Its words are one number: the first word has the lowest bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from xdsl.dialects.builtin import IntegerType, Signedness
from xdsl.ir import Attribute, Operation

from ..errors import UserError
from ..shapes import bits_of
from .encoding import Encoding, Field, Word
from .encoding_rules import fields_of
from .include import parts_of
from .instruction import InstructionOp
from .number import Call, Name, Number, calls_in, evaluate, names_around, offset_from, solve
from .words import ConfigurationOp, ControlKind, ControlOp, FormatOp

if TYPE_CHECKING:
    from .target import TargetOp

Part: TypeAlias = InstructionOp | ConfigurationOp | ControlOp
Range: TypeAlias = tuple[int | None, int | None]
"""The least and the greatest value, None where there is no bound."""

VALUE = Call("value", ())
FIRST_RECORD, END_RECORD = Call("first_record", ()), Call("end_record", ())


@dataclass(frozen=True)
class Slot:
    """Bits that hold a number of an invocation.

    Attributes:
        name: The field's name. first: Its lowest bit. width: How many there are.
        signed: Whether they are two's complement.
        number: The number in them, which depends on `call` alone.
        pattern: The bits of the type of a parameter that is held as it is, else 0.
        least: The least number that they may hold. greatest: The greatest.
        offset: What is added to the value of `call`; None where more is done to it.
    """

    name: str
    first: int
    width: int
    signed: bool
    number: Number
    call: Call
    pattern: int
    least: int
    greatest: int
    offset: int | None

    @cached_property
    def mask(self) -> int:
        """Its bits in the words."""
        return ((1 << self.width) - 1) << self.first

    @cached_property
    def range(self) -> tuple[int, int]:
        """The least and the greatest number that so many bits hold."""
        return range_of_bits(self.width, self.signed)

    def read(self, words: int) -> int:
        """The number in the words, whether it may be there or not."""
        held = (words >> self.first) & ((1 << self.width) - 1)
        return held - (1 << self.width) if self.signed and held >> (self.width - 1) else held

    def held(self, value: int) -> int:
        """The number for a value of the quantity, whether it fits or not."""
        number = evaluated(self.number, self.call, value) if self.offset is None else None
        held = value + (self.offset or 0) if number is None else number
        if held < 0 and self.pattern and not self.signed:
            held += 1 << self.pattern
        return held

    def value(self, held: int) -> int | None:
        """The value of the quantity for a number; None if there is none."""
        if self.pattern:
            return from_bits(held, self.pattern) if not self.signed else held
        if self.offset is not None:
            return held - self.offset
        found = solve(self.number, held)
        return None if found is None or self.held(found[1]) != held else found[1]


@dataclass(frozen=True)
class Layout:
    """The bits of one or more words.

    Attributes:
        bits: How many bits there are.
        fixed: The bits that never change. stated: Those of them that the description states, the
            others are zero because nothing uses them. ones: Those that are one.
        slots: The others, but for those that synchronise.
    """

    bits: int
    fixed: int
    stated: int
    ones: int
    slots: tuple[Slot, ...]

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The quantities in the slots, each once."""
        return tuple(dict.fromkeys(slot.call for slot in self.slots))

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Per slot, where its quantity is in `calls`."""
        return tuple(self.calls.index(slot.call) for slot in self.slots)


@dataclass(frozen=True, eq=False)
class Form:
    """One way to write an instruction on one engine.

    Attributes:
        part: The instruction. encoding: The encoding of it.
        engine: The engine that executes it.
        word_bits: The bits of each word.
        layout: The bits of all words.
        record: Those of its records, if it has such.
        record_memory: Where these are.
    """

    part: Part
    encoding: Encoding
    engine: str
    word_bits: tuple[int, ...]
    layout: Layout
    record: Layout | None = None
    record_memory: str | None = None

    @property
    def name(self) -> str:
        """The name of the part."""
        return self.part.symbol

    @property
    def size(self) -> int:
        """The bytes of all words."""
        return self.layout.bits // 8

    @property
    def is_last(self) -> bool:
        """Whether it ends the program."""
        return isinstance(self.part, ControlOp) and self.part.kind is ControlKind.FINISHES

    @cached_property
    def depth(self) -> int:
        """How many hardware loops it has; the records make the innermost one."""
        loops = [call.args[0] for call in self.encoding.quantities() if call.function == "count"]
        deepest = max((loop + 1 for loop in loops if isinstance(loop, int)), default=0)
        return deepest + (self.record is not None)


def range_of_bits(width: int, signed: bool) -> tuple[int, int]:
    """The least and the greatest number that a field holds."""
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)


def from_bits(held: int, width: int) -> int | None:
    """The number that so many bits stand for as two's complement; None where they are more."""
    if not 0 <= held < 1 << width:
        return None
    return held - (1 << width) if held >> (width - 1) else held


def evaluated(number: Number, call: Call, value: int) -> int:
    """A number of a field where its quantity has a value."""
    return evaluate(number, {}, {call.function: lambda _: value})


def forms_of(target: TargetOp) -> tuple[Form, ...]:
    """Every way to write an instruction of a machine; none if it has no binary form."""
    block = target.body.block
    return _forms_of(target, block.first_op, block.last_op)


@lru_cache(maxsize=64)
def _forms_of(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> tuple[Form, ...]:
    """Work the forms out once, as long as the description does not grow."""
    builder = _Builder(target)
    return tuple(form for part in builder.parts for form in builder.forms_of(part))


def synchronising_fields(target: TargetOp) -> frozenset[str]:
    """The names of the fields with which instructions wait and signal."""
    semaphores = target.semaphores
    names = [name for queue in target.tokens for name in (queue.wait, queue.signal)]
    return frozenset([*names, *((*semaphores.wait, *semaphores.signal) if semaphores else ())])


class _Builder:
    """Works out the forms of a machine."""

    def __init__(self, target: TargetOp) -> None:
        self.target = target
        self.formats = parts_of(target, FormatOp)
        self.synchronising = synchronising_fields(target)
        parts = (*target.controls.values(), *target.configurations.values())
        self.parts: list[Part] = [*parts, *target.instructions.values()]

    def forms_of(self, part: Part) -> Iterator[Form]:
        """The forms of a part: every encoding on every engine of its unit."""
        instruction = isinstance(part, InstructionOp)
        unit = self.target.units[part.unit_name]
        for encoding in part.encodings if instruction else (part.encoding,):
            numbers = ranges_of(part, self.target) if instruction else {}
            record = memory = None
            if encoding.record is not None:
                record = self._layout(part, (encoding.record,), 0, numbers)
                memory = self.formats[encoding.record.format].memory_name
            bits = tuple(self.formats[word.format].bits for word in encoding.words)
            for index, engine in enumerate(unit.engines):
                layout = self._layout(part, encoding.words, unit.number + index, numbers)
                yield Form(part, encoding, engine, bits, layout, record, memory)

    def _layout(
        self, part: Part, words: Sequence[Word], engine: int, ranges: Mapping[Call, Range]
    ) -> Layout:
        """The bits of words on the engine of a number."""
        names = names_around(part)
        base = stated = ones = open_bits = 0
        slots: list[Slot] = []
        for word in words:
            for field in fields_of(self.formats, word):
                first, width = base + (field.first or 0), field.width or 0
                mask = ((1 << width) - 1) << first
                if field.value is None:
                    if base == 0 and field.name in self.synchronising:
                        open_bits |= mask
                    continue
                number = _worked_out(field.value, names, engine)
                if isinstance(number, int):
                    _check_fits(part, field, number)
                    stated |= mask
                    ones |= (number << first) & mask
                    continue
                open_bits |= mask
                slots.append(_slot(field, first, number, ranges, part))
            base += self.formats[word.format].bits
        fixed = ((1 << base) - 1) & ~open_bits
        return Layout(base, fixed, stated, ones, tuple(slots))


def _worked_out(number: Number, names: Mapping[str, int], engine: int) -> Number:
    """A number with the attributes of the machine and the number of the engine filled in."""
    if isinstance(number, Name):
        return names[number.name]
    if isinstance(number, int):
        return number
    if number.function == "engine":
        return engine
    if next(calls_in(number), None) is number:
        return number
    args = tuple(_worked_out(arg, names, engine) for arg in number.args)
    worked = Call(number.function, args)
    return evaluate(worked, {}) if all(isinstance(arg, int) for arg in args) else worked


def _check_fits(part: Part, field: Field, number: int) -> None:
    """Check that a field can hold a number, which depends on the engine."""
    least, greatest = range_of_bits(field.width or 0, field.signed)
    if not least <= number <= greatest:
        raise UserError(
            f"@{part.symbol}: field '{field.name}' of {field.width} bits cannot hold {number}; "
            f"an engine of @{part.unit_name} has another number than the field can say",
            part,
        )


def _slot(
    field: Field, first: int, number: Number, ranges: Mapping[Call, Range], part: Part
) -> Slot:
    """The bits of a field that holds a number of an invocation."""
    call = next(calls_in(number))
    width = field.width or 0
    pattern = 0
    if number == call and call.function == "parameter" and isinstance(part, InstructionOp):
        pattern = pattern_bits(parameter_type(part, call))
    least, greatest = range_of_bits(width, field.signed)
    bounds = ranges.get(call, (None, None)) if not pattern else (None, None)
    ends = [evaluated(number, call, bound) for bound in bounds if bound is not None]
    if None not in bounds:
        least, greatest = max(least, min(ends)), min(greatest, max(ends))
    elif ends and evaluated(number, call, (bounds[0] or 0) + (1 << 32)) > ends[0]:
        least = max(least, ends[0])
    if pattern:
        limits = range_of_bits(pattern, field.signed)
        least, greatest = max(least, limits[0]), min(greatest, limits[1])
    offset = offset_from(number)
    return Slot(
        field.name, first, width, field.signed, number, call, pattern, least, greatest, offset
    )


def pattern_bits(kind: Attribute) -> int:
    """The bits of a parameter that is two's complement in a field, signed or not; else 0."""
    return bits_of(kind) if is_signed(kind) else 0


def is_signed(kind: Attribute) -> bool:
    """Whether parameters of a type are integers that may be negative."""
    unsigned = Signedness.UNSIGNED
    return isinstance(kind, IntegerType) and kind.signedness.data != unsigned and bits_of(kind) > 1


def parameter_type(part: InstructionOp, call: Call) -> Attribute:
    """The type of the parameter that a quantity is of."""
    (name,) = call.args
    assert isinstance(name, Name)
    return part.parameters[name.name]


def ranges_of(part: InstructionOp, target: TargetOp) -> dict[Call, Range]:
    """The values that the quantities of an instruction may have."""
    extents = dict(zip(part.axes, part.extents, strict=True))
    least = {axis: 1 if axis in part.most else extents[axis] for axis in extents}
    found: dict[Call, Range] = {}
    for call in {call for encoding in part.encodings for call in encoding.quantities()}:
        match call:
            case Call("extent", (Name(axis),)):
                found[call] = (least[axis], extents[axis])
            case Call("present" | "low" | "high" as which, (Name(name), int() as dim)):
                place = part.operand_names.index(name)
                found[call] = (int(which == "present"), part.operand_shapes[place][dim])
            case Call("count", _):
                found[call] = (1, None)
            case Call("address" | "first_record", _):
                found[call] = (0, None)
            case Call("end_record", _):
                found[call] = (1, None)
            case Call("parameter", _):
                kind = parameter_type(part, call)
                found[call] = range_of_bits(bits_of(kind), is_signed(kind))
            case _:
                pass
    return found
