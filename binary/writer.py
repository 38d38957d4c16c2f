"""Writes instances of one form: what each field takes from an instance, and what cannot be said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xdsl.ir import Operation

from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import InstructionOp, Setting, TargetOp
from ..dialects.isa.encoding import QUANTITIES
from ..dialects.isa.form_rules import check_forms
from ..dialects.isa.forms import VALUE, Form, Layout, Slot, evaluated, forms_of
from ..dialects.isa.number import Call, Name, calls_in, scale_of, text_of
from .instance import Instance
from .invocation import Invocation, Read, reader_of
from .program import Relocation
from .shape import Operand, shape_of
from .synchronisation import Synchronisation


class Writer:
    """Writes the instances of one form."""

    def __init__(self, form: Form, target: TargetOp) -> None:
        self.form = form
        format = target.formats[form.encoding.words[0].format]
        self.synchronisation = Synchronisation(target, format)
        self.shape = shape_of(form.part, target) if isinstance(form.part, InstructionOp) else None
        self.operands = () if self.shape is None else self.shape.operands
        self.said = set(form.encoding.quantities())
        self.readers: dict[Call, Read] = {}
        if self.shape is not None:
            self.readers = {call: reader_of(self.shape, call) for call in self.said}
        self._in_words = [self.readers[call] for call in form.layout.calls if call != VALUE]
        self._settings = [*self._needed()]
        self._rules = [*self._unsaid()]

    def invocation(self, instance: Instance) -> Invocation | None:
        """An instance seen through the encoding; None if it computes nothing.

        Raises:
            UserError: It cannot be said in this form.
        """
        if self.shape is None:
            return None
        found = Invocation(self.shape, self.form.depth, self.form.record is not None, instance)
        if self.form.record is not None and not self._holds_loops(found):
            found = Invocation(self.shape, self.form.depth, False, instance)
        for index, rules in enumerate(self._rules):
            if rules.name not in instance.kept:
                rules.check(found, index)
        return found

    def _holds_loops(self, invocation: Invocation) -> bool:
        """Whether the words can say the loops; if not, the innermost one must go through records."""
        for slot in self.form.layout.slots:
            if slot.call.function in ("count", "step"):
                held = slot.held(self.readers[slot.call](invocation))
                if not slot.least <= held <= slot.greatest:
                    return False
        return True

    def words(self, instance: Instance, invocation: Invocation | None) -> int:
        """All words of an instance as one number, without relocations."""
        numbers = [instance.value]
        if invocation is not None:
            numbers = [read(invocation) for read in self._in_words]
        found = write(self.form.layout, numbers)
        waits, signals = instance.waits, instance.signals
        return found | self.synchronisation.bits(self.form.engine, waits, signals)

    def records(self, invocation: Invocation) -> tuple[int, ...]:
        """The records of an instance, one for every iteration of its innermost loop."""
        layout = self.form.record
        if layout is None:
            return ()
        found: list[int] = []
        for iteration in range(invocation.counts[-1]):
            numbers: list[int] = []
            for call in layout.calls:
                operand = self._operand(call)
                if invocation.instance.places[operand].symbol is not None:
                    name = self.operands[operand].name
                    raise UserError(f"the address of %{name} is in records, in no buffer")
                step = invocation.step(operand, self.form.depth - 1) if iteration else 0
                numbers.append(invocation.address(operand, 0) + iteration * step)
            found.append(write(layout, numbers))
        return tuple(found)

    def settings(self, invocation: Invocation | None) -> Iterator[tuple[Setting, int]]:
        """The configurations that must hold, with their numbers."""
        if invocation is None:
            return
        for setting, call, read, operand in self._settings:
            if call is None:
                yield setting, _checked(setting, None, evaluated(setting.value, VALUE, 0))
                continue
            number = call.args[-1]
            if operand is not None and isinstance(number, int):
                if self.operands[operand].name in invocation.instance.kept:
                    continue
                if call.function == "step" and invocation.counts[number] == 1:
                    continue
                if call.function == "stride" and invocation.shapes[operand][number] <= 1:
                    continue
            elif operand is not None and invocation.instance.places[operand].symbol is not None:
                raise UserError(
                    f"configuration @{setting.configuration} cannot hold the address of a buffer"
                )
            value = read(invocation)
            number = value if setting.value == call else evaluated(setting.value, call, value)
            yield setting, _checked(setting, call, number)

    def relocations(self, instance: Instance, bit: int) -> Iterator[Relocation]:
        """The fields that depend on where buffers lie; the words begin at this bit of the code."""
        for index, place in enumerate(instance.places):
            if place.symbol is None or self.operands[index].name in instance.kept:
                continue
            call = Call("address", (Name(self.operands[index].name),))
            for slot in self.form.layout.slots:
                if slot.call == call:
                    unit = address_unit(slot, self.operands[index].unit)
                    yield Relocation(bit + slot.first, slot.width, place.symbol, unit)

    def _operand(self, call: Call) -> int:
        """The operand that a quantity is of."""
        return next(i for i, kind in enumerate(self.operands) if Name(kind.name) == call.args[0])

    def _needed(self) -> Iterator[tuple[Setting, Call | None, Read, int | None]]:
        """The settings, the quantities in them, what reads these, and of which operand they are."""
        names = [operand.name for operand in self.operands]
        for setting in self.form.encoding.settings if self.shape is not None else ():
            call = next(calls_in(setting.value), None)
            if call is None:
                yield setting, None, lambda _: 0, None
                continue
            first, of_operand = call.args[0], QUANTITIES[call.function][0] == "operand"
            operand = names.index(first.name) if of_operand and isinstance(first, Name) else None
            yield setting, call, self.readers[call], operand

    def _unsaid(self) -> Iterator[_Unsaid]:
        """Per operand, what neither words nor configurations nor records say."""
        innermost, record = self.form.depth - 1, self.form.record
        for kind in self.operands:
            name, dims = Name(kind.name), range(len(kind.axes))
            unmoved: list[int] = []
            for loop in range(self.form.depth):
                said = Call("step", (name, loop)) in self.said
                if record is not None and loop == innermost:
                    said = Call("address", (name,)) in record.calls
                if not said:
                    unmoved.append(loop)
            yield _Unsaid(
                kind,
                tuple(dim for dim in dims if Call("stride", (name, dim)) not in self.said),
                tuple(dim for dim in dims if Call("low", (name, dim)) not in self.said),
                tuple(dim for dim in dims if Call("high", (name, dim)) not in self.said),
                tuple(unmoved),
            )


@dataclass(frozen=True)
class _Unsaid:
    """What an encoding does not say of an operand, so that it must be as always."""

    operand: Operand
    strides: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    steps: tuple[int, ...]

    @property
    def name(self) -> str:
        """The operand's name."""
        return self.operand.name

    def check(self, found: Invocation, index: int) -> None:
        """Check an invocation, whose operand of that index it is."""
        place, shape = found.instance.places[index], found.shapes[index]
        defaults = self.operand.default_strides(shape)
        for dim in self.strides:
            if place.strides[dim] != defaults[dim] and shape[dim] > 1:
                raise UserError(
                    f"neighbours along dimension {dim} of %{self.name} must be {defaults[dim]} "
                    f"bytes apart, not {place.strides[dim]}"
                )
        for absent, dims in ((place.low, self.low), (place.high, self.high)):
            if any(absent) and any(absent[dim] for dim in dims):
                raise UserError(f"the encoding cannot say that elements of %{self.name} are absent")
        for loop in self.steps:
            if found.counts[loop] > 1 and found.steps[index][loop]:
                raise UserError(f"the encoding has no loop {loop} that moves %{self.name}")


def _checked(setting: Setting, call: Call | None, number: int) -> int:
    """The number of a setting, as the bits of its configuration hold it.

    Raises:
        UserError: They cannot.
    """
    if setting.width is None:
        return number
    if number < 0 and call is not None and call.function == "parameter":
        number += 1 << setting.width
    if not 0 <= number < 1 << setting.width:
        raise UserError(f"'{setting.text()}' has {setting.width} bits, which do not hold {number}")
    return number


def write(layout: Layout, numbers: Sequence[int]) -> int:
    """The words that hold these numbers, the values of the layout's quantities in order.

    Raises:
        UserError: A field cannot hold one of them.
    """
    words = layout.ones
    for slot, place in zip(layout.slots, layout.places, strict=True):
        words |= bits_for(slot, numbers[place])
    return words


def bits_for(slot: Slot, value: int) -> int:
    """The bits of a field for a value of its quantity.

    Raises:
        UserError: It cannot hold that.
    """
    held = slot.held(value)
    if not slot.least <= held <= slot.greatest or slot.value(held) != value:
        raise _cannot_hold(slot, value, held)
    return (held << slot.first) & slot.mask


def _cannot_hold(slot: Slot, value: int, held: int) -> UserError:
    """The error for a number that a field cannot hold."""
    what, (least, greatest) = text_of(slot.number), slot.range
    if not least <= held <= greatest:
        message = f"of {slot.width} bits holds {least} to {greatest}, but '{what}' is {held}"
    elif not slot.least <= held <= slot.greatest:
        message = f"may hold {slot.least} to {slot.greatest}, but '{what}' is {held}"
    else:
        message = f"cannot say '{what}' exactly where '{text_of(slot.call)}' is {value}"
    return UserError(f"field '{slot.name}' {message}")


def address_unit(slot: Slot, unit: int) -> int:
    """The bytes that one step of a field with an address stands for.

    Raises:
        UserError: It is no whole number of them.
    """
    above, below = scale_of(slot.number)
    if above < 1 or unit * below % above:
        raise UserError(f"field '{slot.name}' cannot hold the address of a buffer")
    return unit * below // above


def writer_of(instance: Instance, target: TargetOp) -> Writer:
    """What writes an instance; errors as of `find_writer`."""
    return find_writer(instance.name, instance.engine, instance.kept, target)


def find_writer(name: str, engine: str, kept: Sequence[str], target: TargetOp) -> Writer:
    """What writes an instruction on an engine that keeps these operands.

    Raises:
        UserError: The machine has no such.
    """
    block = target.body.block
    writers = _writers_of(target, block.first_op, block.last_op)
    if (found := writers.get((name, engine, frozenset(kept)))) is not None:
        return found
    own = [key for key in writers if key[0] == name]
    if not own:
        hint = did_you_mean(name, dict.fromkeys(key[0] for key in writers))
        raise UserError(f"@{target.symbol} has no instruction '{name}' in binary", None, hint)
    engines = dict.fromkeys(key[1] for key in own)
    if engine not in engines:
        raise UserError(f"'{name}' runs on {', '.join(engines)}, not on '{engine}'")
    ways = (", ".join(sorted(key[2])) or "nothing" for key in own if key[1] == engine)
    raise UserError(f"cannot keep {', '.join(kept) or 'nothing'}; it keeps {' or '.join(ways)}")


@lru_cache(maxsize=16)
def _writers_of(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> dict[tuple[str, str, frozenset[str]], Writer]:
    """What writes each form of a machine, made once as long as the description does not grow."""
    check_forms(target)
    return {
        (form.name, form.engine, frozenset(form.encoding.kept)): Writer(form, target)
        for form in forms_of(target)
    }
