"""What makes the binary form of a machine right; each rule has an error of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.ir import Operation

from ..errors import UserError
from .encoding import QUANTITIES, Encoding, Field, Setting, Word
from .include import parts_around
from .number import (
    Call,
    Name,
    Number,
    calls_in,
    evaluate,
    names_around,
    names_in,
    simplified,
    solve,
    text_of,
)
from .resources import MemoryOp, UnitOp
from .rules import fail, unknown
from .windows import strides_of

if TYPE_CHECKING:
    from .instruction import InstructionOp
    from .synchronisation import SemaphoresOp, TokensOp
    from .words import ConfigurationOp, ControlOp, FormatOp, LoopsOp

BITS_IN_C = re.compile(r"\{(\d+):(\d+)\}")
"""What stands for bits of a word in a C form."""

_CONTROL = ("engine",)
"""The quantities that every instruction has."""


def check_format(op: FormatOp) -> None:
    """Raise `VerifyException` where the fields of a word break a rule."""
    _check_fields(op.fields, op.bits)
    for field in op.fields:
        if field.first is None or field.width is None:
            fail(f"field '{field.name}' needs its bits, such as '{field.name}[0:8]'")
        if field.value is not None:
            _check_number(op, field.value, (*_CONTROL, "value"), f"field '{field.name}'")
            _check_constant(field, simplified(field.value, names_around(op)))
    for first, width in BITS_IN_C.findall(op.c_template or ""):
        if not 1 <= int(width) <= 64 or int(first) + int(width) > op.bits:
            fail(f"'{{{first}:{width}}}' in the C form must be 1 to 64 of the {op.bits} bits")


def check_configuration(op: ConfigurationOp) -> None:
    """Raise `VerifyException` where a configuration breaks a rule."""
    _engine_of(op, op.unit_name)
    _check_encoding(op, op.encoding, (*_CONTROL, "value"))
    formats = _formats(op)
    fields = [field for word in op.encoding.words for field in fields_of(formats, word)]
    numbers = [field.value for field in fields if field.value is not None]
    if not any(call.function == "value" for number in numbers for call in calls_in(number)):
        fail("the encoding does not hold the value: some field must be 'value()'")


def check_control(op: ControlOp) -> None:
    """Raise `VerifyException` where an instruction that computes nothing breaks a rule."""
    _engine_of(op, op.unit_name)
    _check_encoding(op, op.encoding, _CONTROL)


def check_loops(op: LoopsOp) -> None:
    """Raise `VerifyException` where hardware loops break a rule."""
    unit = _engine_of(op, op.unit_name)
    depth = len(op.counts)
    for names in (op.counts, *op.steps):
        if len(names) != depth:
            fail(f"there are {depth} loops, but one operand has {len(names)} steps")
        for name in names:
            _check_setting(op, name, unit)


def check_tokens(op: TokensOp) -> None:
    """Raise `VerifyException` where a queue of tokens breaks a rule."""
    for name in op.engines:
        if len(_engine_of(op, name).engines) > 1:
            fail(f"there are several engines @{name}; a queue of tokens is between two")
    for name in (op.signal, op.wait):
        if _common_field(op, name).width != 1:
            fail(f"field '{name}' must be one bit")


def check_semaphores(op: SemaphoresOp) -> None:
    """Raise `VerifyException` where semaphores break a rule."""
    if op.count < 1 or op.most < 1:
        fail("there must be at least one semaphore, and it must hold at least 1")
    for group in (op.wait, op.signal):
        whether, number, amount = (_common_field(op, name) for name in group)
        if whether.width != 1:
            fail(f"field '{whether.name}' must be one bit")
        if op.count > 1 << (number.width or 0):
            fail(f"field '{number.name}' cannot number {op.count} semaphores")
        if not amount.width:
            fail(f"field '{amount.name}' has no bits")


def check_instruction(op: InstructionOp) -> None:
    """Raise `VerifyException` where the binary form of an instruction breaks a rule."""
    if not op.encodings:
        return
    unit = _engine_of(op, op.unit_name)
    for encoding in op.encodings:
        _check_encoding(op, encoding, tuple(QUANTITIES), op)
        for name in encoding.kept:
            if name not in op.operand_names:
                unknown(f"operand '{name}' after 'keeping'", name, op.operand_names)
        for setting in encoding.settings:
            _check_setting(op, setting.configuration, unit)
        _check_says_all(op, encoding)
    plain = [encoding for encoding in op.encodings if not encoding.kept]
    if len(plain) != 1:
        fail(f"one 'encoded' must be without 'keeping', got {len(plain)}")


def fields_of(formats: Mapping[str, FormatOp], word: Word) -> list[Field]:
    """The fields of a word: those of its format, with the numbers that the word gives, and its own."""
    format = formats[word.format]
    given = {field.name: field for field in word.fields}
    fields = [
        Field(own.name, own.first, own.width, own.signed, given.pop(own.name, own).value)
        for own in format.fields
    ]
    return [*fields, *given.values()]


def _check_encoding(
    op: Operation,
    encoding: Encoding,
    quantities: Sequence[str],
    instruction: InstructionOp | None = None,
) -> None:
    """Check the words of an encoding and the numbers in them."""
    for word in encoding.words:
        _check_word(op, word, quantities, instruction, records=False)
    if encoding.record is not None:
        _check_word(op, encoding.record, quantities, instruction, records=True)
    for setting in encoding.settings:
        what = f"configuration @{setting.configuration}"
        _check_number(op, setting.value, quantities, what, instruction)
    _check_slices(encoding.settings)


def _check_slices(settings: Sequence[Setting]) -> None:
    """Check that the bits of configurations that several settings share do not overlap."""
    taken: dict[str, int] = {}
    for setting in settings:
        if setting.width == 0:
            fail(f"'{setting.text()}' must have at least one bit")
        if taken.get(setting.configuration, 0) & setting.mask:
            fail(f"'{setting.text()}' is in bits of another setting")
        taken[setting.configuration] = taken.get(setting.configuration, 0) | setting.mask


def _check_word(
    op: Operation,
    word: Word,
    quantities: Sequence[str],
    instruction: InstructionOp | None,
    records: bool,
) -> None:
    """Check one word: its format, its fields against each other, and their numbers."""
    formats = _formats(op)
    if word.format not in formats:
        unknown(f"format @{word.format}", word.format, list(formats))
    format = formats[word.format]
    if (format.memory_name is not None) != records:
        what = "of records" if format.memory_name is not None else "of instructions"
        fail(f"@{word.format} is a format {what}")
    known = {field.name: field for field in format.fields}
    for field in word.fields:
        own = known.get(field.name)
        if own is None and field.first is None:
            unknown(f"field '{field.name}' of @{word.format}", field.name, list(known))
        if own is not None and (field.first is not None or own.value is not None):
            said = "where it is" if field.first is not None else f"that it is {own.text()}"
            fail(f"@{word.format} says already {said}: field '{field.name}'")
        if field.value is None:
            fail(f"field '{field.name}' needs a number, such as '{field.name} = 0'")
    fields = fields_of(formats, word)
    _check_fields(fields, format.bits)
    for field in fields:
        if field.value is not None:
            what = f"field '{field.name}'"
            _check_number(op, field.value, quantities, what, instruction)
            _check_constant(field, simplified(field.value, names_around(op)))


def _check_fields(fields: Sequence[Field], bits: int) -> None:
    """Check that fields have names of their own, lie within the word and do not overlap."""
    taken: dict[int, str] = {}
    names: set[str] = set()
    for field in fields:
        if field.name in names:
            fail(f"there are two fields '{field.name}'")
        names.add(field.name)
        first, width = field.first or 0, field.width or 0
        if field.first is not None and width < 1:
            fail(f"field '{field.name}' must have at least one bit")
        if first + width > bits:
            fail(f"field '{field.text()}' does not lie within the {bits} bits of the word")
        for bit in range(first, first + width):
            if bit in taken:
                fail(f"fields '{taken[bit]}' and '{field.name}' overlap in bit {bit}")
            taken[bit] = field.name


def _check_number(
    op: Operation,
    number: Number,
    quantities: Sequence[str],
    what: str,
    instruction: InstructionOp | None = None,
) -> None:
    """Check that a number can be worked out, and told from its value again."""
    names = names_around(op)
    for name in names_in(number):
        if name not in names:
            unknown(f"name '{name}' in {what}", name, list(names))
    for call in calls_in(number):
        if call.function not in QUANTITIES:
            unknown(f"'{call.function}' in {what}", call.function, list(quantities))
        if call.function not in quantities:
            fail(f"{what}: '{call.function}' is not known here")
        if instruction is not None:
            _check_call(instruction, call, what)
        if len(call.args) != len(QUANTITIES[call.function]):
            takes = ", ".join(QUANTITIES[call.function]) or "nothing"
            fail(f"{what}: '{call.function}' takes {takes}")
    simple = simplified(number, names)
    if not isinstance(simple, int) and not _can_be_solved(simple):
        fail(f"{what}: '{text_of(number)}' must be one quantity, at most plus or times a number")


def _can_be_solved(number: Number) -> bool:
    """Whether the quantity in a number can be told from the number: it is tried for one value."""

    def one(args: tuple[Number, ...]) -> int:
        return 1

    try:
        return solve(number, evaluate(number, {}, dict.fromkeys(QUANTITIES, one))) is not None
    except UserError:  # it divides by zero
        return False


def _check_call(op: InstructionOp, call: Call, what: str) -> None:
    """Check what a quantity of an invocation takes."""
    known: dict[str, Sequence[str]] = {
        "operand": op.operand_names,
        "axis": op.axes,
        "parameter": list(op.parameters),
    }
    for kind, arg in zip(QUANTITIES[call.function], call.args, strict=False):
        if kind in known:
            if not isinstance(arg, Name) or arg.name not in known[kind]:
                unknown(f"{kind} '{text_of(arg)}' in {what}", text_of(arg), known[kind])
        elif not isinstance(arg, int) or arg < 0:
            fail(f"{what}: the {kind} of '{text_of(call)}' must be a number")
    match call.args:
        case (Name(name), int() as dim) if "dimension" in QUANTITIES[call.function]:
            rank = op.operand_memrefs[op.operand_names.index(name)].get_num_dims()
            if dim >= rank:
                fail(f"{what}: operand %{name} has no dimension {dim}")
        case _:
            pass


def _check_constant(field: Field, value: Number) -> None:
    """Check that a constant fits its field."""
    if not isinstance(value, int) or field.width is None:
        return
    low = -(1 << (field.width - 1)) if field.signed else 0
    high = (1 << (field.width - int(field.signed))) - 1
    if not low <= value <= high:
        fail(f"{value} does not fit the {field.width} bits of field '{field.name}'")


def _check_says_all(op: InstructionOp, encoding: Encoding) -> None:
    """Check that nothing that an invocation may choose is missing in the binary."""
    said = set(encoding.quantities())
    needed: list[tuple[Call, str]] = []
    for name, type in zip(op.operand_names, op.operand_memrefs, strict=True):
        if name in encoding.kept:
            continue
        needed.append((Call("address", (Name(name),)), f"where operand %{name} is"))
        for dim, stride in enumerate(strides_of(type) or ()):
            if stride is None and not _has_rows(op, name):
                call = Call("stride", (Name(name), dim))
                needed.append((call, f"the stride of dimension {dim} of operand %{name}"))
    sizes = {axis for call in said if (axis := _sized_axis(op, call)) is not None}
    needed += [
        (Call("extent", (Name(axis),)), f"how much of axis '{axis}' is done")
        for axis in op.most
        if axis not in sizes
    ]
    needed += [(Call("parameter", (Name(p),)), f"parameter %{p}") for p in op.parameters]
    for call, what in needed:
        if call not in said:
            fail(f"the encoding does not say {what}: some field must be '{text_of(call)}'")


def _sized_axis(op: InstructionOp, call: Call) -> str | None:
    """The axis of which a quantity tells how much is done."""
    match call:
        case Call("extent", (Name(axis),)):
            return axis
        case Call("present", (Name(name), int() as dim)):
            return op.operand_axes[op.operand_names.index(name)][dim]
        case _:
            return None


def _has_rows(op: InstructionOp, name: str) -> bool:
    """Whether an operand is in a memory of rows, where a stride that is not given is one row."""
    memory = op.operand_memories[op.operand_names.index(name)]
    part = parts_around(op, MemoryOp).get(memory)
    return part is not None and part.row_attr is not None


def _check_setting(op: Operation, name: str, unit: UnitOp) -> None:
    """Check that a configuration exists, on the unit of the instruction."""
    from .words import ConfigurationOp

    known = parts_around(op, ConfigurationOp)
    found = known.get(name)
    if found is None:
        unknown(f"configuration @{name}", name, list(known))
    if found.unit_name != unit.symbol:
        fail(f"configuration @{name} is one of @{found.unit_name}, not of @{unit.symbol}")


def _engine_of(op: Operation, name: str) -> UnitOp:
    """The unit of that name, which must be an engine."""
    units = parts_around(op, UnitOp)
    if name not in units:
        unknown(f"unit @{name}", name, list(units))
    if units[name].queue is None:
        fail(f"unit @{name} has no 'queue', so it takes no instructions in binary")
    return units[name]


def _common_field(op: Operation, name: str) -> Field:
    """The field that the formats of all instructions have by that name."""
    formats = [format for format in _formats(op).values() if format.memory_name is None]
    found: list[Field] = []
    for format in formats:
        fields = {field.name: field for field in format.fields}
        if name not in fields:
            unknown(f"field '{name}' of @{format.symbol}", name, list(fields))
        found.append(fields[name])
    if not found:
        fail("there is no isa.format")
    return found[0]


def _formats(op: Operation) -> Mapping[str, FormatOp]:
    """The formats of the machine around a part."""
    from .words import FormatOp

    return parts_around(op, FormatOp)
