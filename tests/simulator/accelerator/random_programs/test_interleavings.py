"""Random programs for the npu against execution number by number, in every interleaving.

The reference shares nothing with the simulator but the reading of statements: it looks at one
element after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import UnitAttr

from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.program import Program
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.mapping.evaluate import combine, evaluate
from isa_mapper.mapping.parameters import with_parameters
from isa_mapper.mapping.statement import ASSIGN, Access, Constant, instruction_statement
from isa_mapper.simulator.accelerator.memory import ArgumentMemory
from isa_mapper.simulator.elements import dtype_of

Write = Callable[[Random, Any, int], None]
Synchronise = Callable[[Any], None]


@dataclass
class Reference:
    """Memories of bytes, and instructions that are executed number by number."""

    target: TargetOp
    memories: dict[str, bytearray]
    offsets: dict[str, int]

    def execute(self, instance: Instance) -> None:
        """Execute all iterations of an instruction, one after the other."""
        op = self.target.instructions[instance.name]
        statement = instruction_statement(op).sized(instance.extents)
        values = {
            name: Constant(value, op.parameters[name])
            for name, value in instance.parameters.items()
        }
        statement = with_parameters(statement, values)
        places = dict(zip(op.operand_names, instance.places, strict=True))
        for iteration in product(*map(range, instance.counts)):
            points = list(product(*(range(axis.extent) for axis in statement.axes)))
            bodies = [
                evaluate(
                    statement.body,
                    [self.read(a, places[a.name], iteration, p) for a in statement.inputs],
                )
                for p in points
            ]
            out = statement.output
            for point, value in zip(points, bodies, strict=True):
                where = self.where(out, places[out.name], iteration, point)
                assert where is not None
                if statement.combine != ASSIGN:
                    old = self.read(out, places[out.name], iteration, point)
                    with np.errstate(all="ignore"):
                        value = combine(statement.combine, old, value)
                memory, address = where
                data = np.asarray(value).astype(dtype_of(out.element)).tobytes()
                self.memories[memory][address : address + len(data)] = data

    def read(self, access: Access, place: Place, iteration: Sequence[int], point: Any) -> Any:
        """The number that a point reads; zero where it is absent."""
        dtype = dtype_of(access.element)
        where = self.where(access, place, iteration, point)
        if where is None:
            return np.zeros((), dtype)
        memory, address = where
        data = self.memories[memory][address : address + dtype.itemsize]
        return np.frombuffer(bytes(data), dtype)[0]

    def where(
        self, access: Access, place: Place, iteration: Sequence[int], point: Any
    ) -> tuple[str, int] | None:
        """The memory and the address of the element that a point accesses."""
        address = place.address + self.offsets.get(place.symbol or "", 0)
        address += sum(s * i for s, i in zip(place.steps, iteration, strict=False))
        low = place.low or (0,) * len(access.matrix)
        high = place.high or (0,) * len(access.matrix)
        for row, size, a, b, stride in zip(
            access.matrix, access.shape, low, high, place.strides, strict=True
        ):
            index = sum(c * x for c, x in zip(row, point, strict=True))
            if not a <= index < size - b:
                return None
            address += (index - a) * stride
        assert access.memory is not None
        return access.memory, address


def image(result: Any) -> dict[str, bytes]:
    """What the memories hold at the end, where it was written."""
    return {
        name: np.where(defined, data, 0).tobytes()
        for name, (data, defined) in result.memories.items()
    }


@pytest.mark.parametrize("seed", range(24))
def test_random_program_is_right_in_every_interleaving(
    seed: int, listing: Any, write: Write, synchronise: Synchronise
):
    random = Random(seed)
    write(random, listing, 24)
    synchronise(listing)
    check(listing)


@pytest.mark.parametrize("seed", range(8))
def test_interlocked_hardware_orders_what_conflicts(
    seed: int, listing_for: Any, npu: TargetOp, write: Write
):
    """The same machine, but hardware holds instructions back: no waits, no signals."""
    interlocked = npu.clone()
    interlocked.attributes["interlocked"] = UnitAttr()
    listing = listing_for(interlocked)
    write(Random(2000 + seed), listing, 24)
    listing.add("halt", "control")
    check(listing)


def check(listing: Any) -> None:
    """Compare the memories after a run with the reference, and with those of other interleavings."""
    result = listing.run()
    reference = loaded(listing, result)
    for instance in listing.instances:
        if instance.name != "halt":
            reference.execute(instance)
    for name, (data, defined) in result.memories.items():
        wanted = np.frombuffer(bytes(reference.memories[name]), np.uint8)
        np.testing.assert_array_equal(data[defined], wanted[defined], err_msg=name)
    assert all(bound.cycles <= result.cycles for bound in result.bounds)
    for report in result.engines:
        assert report.busy + sum(report.stalls.values()) + report.idle == result.cycles
    for shuffle in range(3):
        assert image(listing.run(seed=shuffle)) == image(result)


def loaded(listing: Any, result: Any) -> Reference:
    """The memories before a run, with the buffers where the simulator puts them."""
    program = Program(listing.target.symbol, "", "", b"", tuple(listing.buffers))
    memory = ArgumentMemory(listing.target.host_memory, program)
    memory.fill(listing.arguments)
    memories = {name: bytearray(len(data)) for name, (data, _) in result.memories.items()}
    memories[memory.name][:] = memory.bytes.tobytes()
    return Reference(listing.target, memories, memory.offsets)


@pytest.mark.parametrize("seed", range(24))
def test_program_that_passes_the_checks_has_one_result(
    seed: int, listing: Any, write: Write, synchronise: Synchronise
):
    """Without one of its signals, a program is rejected, or is still right in every interleaving."""
    random = Random(1000 + seed)
    write(random, listing, 16)
    synchronise(listing)
    if not forget(random, listing.instances):
        return
    images: list[dict[str, bytes]] = []
    rejected = 0
    for shuffle in (None, *range(3)):
        try:
            images.append(image(listing.run(seed=shuffle)))
        except UserError:
            rejected += 1
    assert rejected in (0, 4)
    assert all(other == images[0] for other in images)


def forget(random: Random, program: list[Instance]) -> bool:
    """Take a signal, and the wait for it, out of a program."""
    waits = [(number, e) for number, i in enumerate(program) for e in i.waits]
    if not waits:
        return False
    number, engine = random.choice(waits)
    taker = program[number]
    rank = sum(i.waits.count(engine) for i in program[:number] if i.engine == taker.engine)
    givers = [
        k
        for k, i in enumerate(program)
        if i.engine == engine
        for other in i.signals
        if other == taker.engine
    ]
    giver = program[givers[rank]]
    program[givers[rank]] = replace(giver, signals=without(giver.signals, taker.engine))
    program[number] = replace(taker, waits=without(taker.waits, engine))
    return True


def without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The names without the first that is this one."""
    where = names.index(name)
    return (*names[:where], *names[where + 1 :])
