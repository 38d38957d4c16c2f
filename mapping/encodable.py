"""Which numbers of an invocation the binary form of an instruction can say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..dialects.isa import Encoding, InstructionOp, TargetOp
from ..dialects.isa.encoding_rules import fields_of
from ..dialects.isa.number import Call, Name, Number, calls_in, evaluate, names_around, simplified


def can_say(instruction: InstructionOp, function: str, args: tuple[str | int, ...], n: int) -> bool:
    """Whether the encodings of an instruction have room for a quantity of an invocation.

    What no encoding mentions is not said at all, which is right for instructions without a binary
    form and for what the description fixes. Addresses, strides and steps count address units.
    """
    call = Call(function, tuple(Name(arg) if isinstance(arg, str) else arg for arg in args))
    return all(
        low <= _worked_out(number, call, n) <= high
        for number, low, high in _rooms(instruction)
        if call in calls_in(number)
    )


def loop_depth(instruction: InstructionOp) -> int:
    """How many hardware loops there can be around an instruction."""
    if not instruction.encodings:
        return 0
    encoding = instruction.encodings[0]
    loops = {call.args[0] for call in encoding.quantities() if call.function == "count"}
    return len(loops) + (encoding.record is not None)


def _worked_out(number: Number, call: Call, value: int) -> int:
    """A number that one quantity is part of."""
    return evaluate(number, {}, {call.function: lambda _: value})


@lru_cache(maxsize=4096)
def _rooms(instruction: InstructionOp) -> tuple[tuple[Number, int, int], ...]:
    """The numbers that an instruction's encodings hold, each with the least and the most it can be."""
    target = instruction.parent_op()
    assert isinstance(target, TargetOp)
    names = names_around(instruction)
    return tuple(
        (simplified(number, names), low, high)
        for encoding in instruction.encodings
        for number, low, high in _numbers(target, encoding)
    )


def _numbers(target: TargetOp, encoding: Encoding) -> Iterator[tuple[Number, int, int]]:
    """The numbers in words, records and configurations, with their ranges."""
    words = [*encoding.words, *([encoding.record] if encoding.record is not None else [])]
    for word in words:
        for field in fields_of(target.formats, word):
            if field.value is not None and field.width is not None:
                yield field.value, *_range(field.width, field.signed)
    for setting in encoding.settings:
        if setting.width is not None:
            yield setting.value, *_range(setting.width, signed=False)
            continue
        configuration = target.configurations[setting.configuration]
        for word in configuration.encoding.words:
            for field in fields_of(target.formats, word):
                is_value = field.value is not None and any(
                    call.function == "value" for call in calls_in(field.value)
                )
                if is_value and field.width is not None:
                    yield setting.value, *_range(field.width, field.signed)


def _range(width: int, signed: bool) -> tuple[int, int]:
    """The least and the most that bits can hold."""
    return -(1 << width - 1) if signed else 0, (1 << width - int(signed)) - 1
