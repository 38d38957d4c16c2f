"""What the tests of the binary form share: machines, and random words that are right."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from isa_mapper.binary.synchronisation import Synchronisation
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.isa.forms import Form, Layout, forms_of
from isa_mapper.dialects.isa.number import Call
from isa_mapper.dialects.machines import list_machines, load_machine

RandomCode = Callable[[TargetOp, Random, int], bytes]
RandomWords = Callable[[TargetOp, Form, Random], bytes]

OWN = sorted(Path(__file__).parent.glob("machines/*.mlir"))
SHIPPED = [name for name, _ in list_machines() if load_machine(name).formats]


@pytest.fixture(params=[*SHIPPED, *OWN], ids=[*SHIPPED, *(path.stem for path in OWN)])
def machine(request: pytest.FixtureRequest) -> TargetOp:
    """Return every shipped machine that has a binary form, and those of these tests."""
    return load_machine(str(request.param))


@pytest.fixture(scope="session")
def own_machine() -> Callable[[str], TargetOp]:
    """Return a function from the name of a machine of these tests to it."""
    return lambda name: load_machine(str(Path(__file__).parent / "machines" / f"{name}.mlir"))


@pytest.fixture(scope="session")
def random_words() -> RandomWords:
    """Return a function that makes the words of an instruction of a form."""
    return words_of


@pytest.fixture(scope="session")
def random_code() -> RandomCode:
    """Return a function that makes so many instructions of any form."""

    def code(target: TargetOp, random: Random, count: int) -> bytes:
        forms = forms_of(target)
        return b"".join(words_of(target, random.choice(forms), random) for _ in range(count))

    return code


def words_of(target: TargetOp, form: Form, random: Random) -> bytes:
    """Random words of a form, often with the least and the greatest numbers."""
    bits = numbers(form.layout, random) | synchronisation(target, form, random)
    return bits.to_bytes(form.size, "little")


def numbers(layout: Layout, random: Random) -> int:
    """Random numbers in all fields, which agree where they say the same quantity."""
    for _ in range(1000):
        values: dict[Call, int] = {}
        bits = layout.ones
        for slot in layout.slots:
            if slot.call not in values:
                ends = [slot.least, slot.greatest]
                held = random.choice([*ends, random.randint(*ends), random.randint(*ends)])
                value = slot.value(held)
                if value is None:
                    break
                values[slot.call] = value
            held = slot.held(values[slot.call])
            if not slot.least <= held <= slot.greatest or slot.value(held) != values[slot.call]:
                break
            bits |= (held << slot.first) & slot.mask
        else:
            return bits
    raise AssertionError("no numbers fit the fields")


def synchronisation(target: TargetOp, form: Form, random: Random) -> int:
    """Random waits and signals that the engine can say."""
    format = target.formats[form.encoding.words[0].format]
    fields = Synchronisation(target, format)
    others = [engine for engine in target.engines if engine != form.engine]
    chosen: list[list[str]] = []
    for is_wait in (True, False):
        names: list[str] = []
        for other in random.sample(others, len(others)):
            tried = [*names, *[other] * (random.randint(1, 3) if target.semaphores else 1)]
            try:
                fields.bits(form.engine, tried if is_wait else [], [] if is_wait else tried)
            except UserError:
                continue
            names = tried if random.random() < 0.5 else names
        chosen.append(names)
    return fields.bits(form.engine, *chosen)
