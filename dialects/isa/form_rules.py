"""What makes the binary forms of a machine fit together; the places are those of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import UserError
from .forms import END_RECORD, FIRST_RECORD, Form, Layout, Slot, evaluated, forms_of
from .instruction import InstructionOp
from .number import Call, Name, text_of
from .target import TargetOp


def check_forms(target: TargetOp) -> None:
    """Check that words can be told apart and say what they must.

    Raises:
        UserError: They cannot; the first error that is found.
    """
    for error in form_errors(target):
        raise error


def form_errors(target: TargetOp) -> Iterator[UserError]:
    """Yield what is wrong with the binary form of a machine, an error for each."""
    forms = forms_of(target)
    seen: set[object] = set()
    for form in forms:
        if form.encoding in seen:
            continue
        seen.add(form.encoding)
        yield from _extent_errors(form)
        yield from _record_errors(form, target)
        yield from _loop_errors(form)
    yield from _semaphore_errors(target)
    yield from _overlaps(forms)


def told_apart(one: Layout, other: Layout) -> bool:
    """Whether no bits can be words of both forms."""
    common = (1 << min(one.bits, other.bits)) - 1
    if (one.ones ^ other.ones) & one.fixed & other.fixed & common:
        return True
    return _excludes(one, other, common) or _excludes(other, one, common)


def _excludes(one: Layout, other: Layout, common: int) -> bool:
    """Whether some bits that never change in the other form are no number that this one holds."""
    for slot in one.slots:
        if slot.mask & ~(other.fixed & common):
            continue
        held = slot.read(other.ones)
        if not slot.least <= held <= slot.greatest or slot.value(held) is None:
            return True
    return False


def _overlaps(forms: Sequence[Form]) -> Iterator[UserError]:
    """Yield the pairs of forms that can be the same bits; those with other opcodes are left out."""
    groups: dict[int, list[Form]] = {}
    if forms:
        key = (1 << min(form.layout.bits for form in forms)) - 1
        for form in forms:
            key &= form.layout.fixed
        for form in forms:
            groups.setdefault(form.layout.ones & key, []).append(form)
    for group in groups.values():
        for index, form in enumerate(group):
            for other in group[:index]:
                if not told_apart(form.layout, other.layout):
                    yield UserError(
                        f"words of {_shown(form)} can be the same bits as those of {_shown(other)}",
                        form.part,
                        "give them different opcodes, or say which engine it is: 'engine()'"
                        if form.part is other.part
                        else "give them different opcodes",
                    )


def _shown(form: Form) -> str:
    """A form as messages call it."""
    kept = f" keeping {', '.join(form.encoding.kept)}" if form.encoding.kept else ""
    return f"@{form.name}{kept} on {form.engine}"


def _extent_errors(form: Form) -> Iterator[UserError]:
    """Yield the fields that cannot say the most of an axis."""
    part = form.part
    if not isinstance(part, InstructionOp):
        return
    most = part.most
    for slot in form.layout.slots:
        axis = _axis_of(part, slot)
        if axis not in most:
            continue
        least, greatest = slot.range
        for extent in (1, most[axis]):
            held = evaluated(slot.number, slot.call, extent)
            if not least <= held <= greatest:
                yield UserError(
                    f"@{part.symbol} does up to {most[axis]} of axis '{axis}', but field "
                    f"'{slot.name}' of {slot.width} bits cannot hold '{text_of(slot.number)}' "
                    f"for {extent}",
                    part,
                )


def _axis_of(part: InstructionOp, slot: Slot) -> str | None:
    """The axis of which a field tells how much is done."""
    match slot.call:
        case Call("extent", (Name(axis),)):
            return axis
        case Call("present", (Name(name), int() as dim)):
            return part.operand_axes[part.operand_names.index(name)][dim]
        case _:
            return None


def _record_errors(form: Form, target: TargetOp) -> Iterator[UserError]:
    """Yield what is wrong with the records of an instruction."""
    held = {slot.call for slot in form.layout.slots}
    for call in (FIRST_RECORD, END_RECORD):
        if form.record is None and call in held:
            yield UserError(f"'{text_of(call)}' of an instruction without records", form.part)
        if form.record is not None and call not in held:
            yield UserError(f"the encoding does not say '{text_of(call)}'", form.part)
    if form.record is None or form.record_memory is None:
        return
    if target.memories[form.record_memory].row * 8 != form.record.bits:
        yield UserError(
            f"records of {form.record.bits} bits are no rows of @{form.record_memory}, "
            f"which have {target.memories[form.record_memory].row} bytes",
            form.part,
        )
    for slot in form.record.slots:
        if slot.call.function != "address":
            yield UserError(
                f"field '{slot.name}' of a record must be the address of an operand or a number",
                form.part,
            )


def _loop_errors(form: Form) -> Iterator[UserError]:
    """Yield the hardware loops of which nothing says how often they run."""
    said = set(form.encoding.quantities())
    deepest = form.depth - (form.record is not None)
    for loop in range(deepest):
        if Call("count", (loop,)) not in said:
            message = f"the encoding has loop {deepest - 1}, but not how often loop {loop} runs"
            yield UserError(message, form.part)


def _semaphore_errors(target: TargetOp) -> Iterator[UserError]:
    """Yield that there are fewer semaphores than pairs of engines."""
    semaphores, engines = target.semaphores, len(target.engines)
    if semaphores is not None and (pairs := engines * (engines - 1)) > semaphores.count:
        yield UserError(
            f"{engines} engines need {pairs} semaphores, one from each to each other; "
            f"there are {semaphores.count}",
            semaphores,
        )
