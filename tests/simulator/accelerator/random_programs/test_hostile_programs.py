"""Random programs of which some instructions are spoiled: an error says what is wrong, nothing crashes."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from isa_mapper.binary.instance import Instance
from isa_mapper.dialects.errors import UserError

Write = Callable[[Random, Any, int], None]
Synchronise = Callable[[Any], None]


@pytest.mark.parametrize("seed", range(40))
def test_hostile_programs_end_in_an_error_that_says_why(
    seed: int, listing: Any, write: Write, synchronise: Synchronise
):
    """Programs of which everything is drawn: they run, or a UserError says why they do not."""
    random = Random(seed)
    write(random, listing, 10)
    synchronise(listing)
    program: list[Instance] = listing.instances
    for _ in range(random.randint(1, 4)):
        number = random.randrange(len(program))
        program[number] = spoiled(random, program[number])
    outcome: object = None
    try:
        outcome = listing.run(limit=100_000)
    except UserError as error:
        outcome = error.message
    assert outcome


def spoiled(random: Random, instance: Instance) -> Instance:
    """An instruction of which something is another."""
    number = random.choice((0, -1, 1 << 20, 1 << 62, -(1 << 62), 17, 4097))
    engine = random.choice(("load.0", "load.1", "execute", "vector", "store", "control"))
    places = list(instance.places)
    if places:
        which = random.randrange(len(places))
        places[which] = random.choice(
            (
                replace(places[which], address=number),
                replace(places[which], strides=(number,) * len(places[which].strides)),
                replace(places[which], steps=(number,) * len(instance.counts)),
                replace(places[which], low=(number,) * len(places[which].strides)),
                replace(places[which], symbol=random.choice((None, "words", "nothing"))),
            )
        )
    return random.choice(
        (
            replace(instance, places=tuple(places)),
            replace(instance, places=tuple(places)),
            replace(instance, extents=tuple(number for _ in instance.extents)),
            replace(instance, counts=(*instance.counts, number)),
            replace(instance, counts=tuple(number for _ in instance.counts)),
            replace(instance, waits=(engine,)),
            replace(instance, signals=(engine,)),
            replace(instance, engine=engine),
            replace(instance, name="halt", places=()),
            replace(instance, parameters={}),
            replace(instance, kept=("a", "src")),
        )
    )
