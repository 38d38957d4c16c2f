"""Random programs for the npu against execution number by number, in every interleaving.

The reference shares nothing with the simulator but the reading of statements: it looks at one
element after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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

ROWS = 48
"""Operands begin in so many rows, and end within four times as many."""

FLOATS = 1000
"""The first row of floats in the accumulator."""


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


@dataclass
class Writer:
    """Writes random instructions."""

    random: Random
    listing: Any
    steps: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {"spad": (16, 1), "acc": (64, 4)}
    )

    def near(self, memory: str, rows: int, counts: Sequence[int], first: int = 0) -> Place:
        """An operand of so many rows somewhere, that hardware loops move by up to two rows."""
        pitch, size = self.steps[memory]
        steps = [self.random.choice((0, 1, 1, 2, rows, -1)) for _ in counts]
        reach = [s * (n - 1) for s, n in zip(steps, counts, strict=True)]
        least = -sum(min(0, r) for r in reach)
        most = ROWS - rows - sum(max(0, r) for r in reach)
        row = first + self.random.randint(least, max(least, most))
        return Place(pitch * row, (pitch, size), tuple(pitch * s for s in steps))

    def far(self, name: str, rows: int, columns: int, counts: Sequence[int]) -> Place:
        """A block of a buffer of 32 x 32."""
        place = self.listing.dram(
            name, self.random.randint(0, 32 - rows), self.random.randint(0, 32 - columns)
        )
        return replace(place, steps=(0,) * len(counts))

    def append(self) -> None:
        """Append an instruction."""
        r = self.random
        rows, columns, depth = r.randint(1, 6), r.randint(1, 16), r.randint(1, 5)
        counts = [r.randint(1, 3) for _ in range(r.choice((0, 0, 1, 2)))]

        def spad(n: int) -> Place:
            return self.near("spad", n, counts)

        def acc(n: int) -> Place:
            return self.near("acc", n, counts)

        def floats(n: int) -> Place:
            return self.near("acc", n, counts, FLOATS)

        def column(place: Place) -> Place:
            return replace(place, strides=place.strides[:1])

        def far(name: str, height: int = rows, width: int = columns) -> Place:
            return self.far(name, height, width, counts)

        load, extents = r.choice(("load.0", "load.1")), (rows, columns)
        scale = {"multiplier": r.randint(-9, 9), "shift": r.randint(1, 9), "zero_point": 3}
        product_, shape = (rows, columns, depth), (rows, depth)
        choices: list[tuple[str, str, list[Place], Sequence[int], dict[str, Any]]] = [
            ("load_i8", load, [spad(rows), far("bytes")], extents, {}),
            ("load_i8", load, [spad(rows), self.padded(far, rows, columns)], extents, {}),
            ("load_i32", load, [acc(rows), far("words")], extents, {}),
            ("load_f32", load, [floats(rows), far("floats")], extents, {}),
            ("load_transposed_i8", load, [spad(rows), far("bytes", columns, rows)], extents, {}),
            ("fill_i8", load, [spad(rows)], extents, {"value": r.randint(-128, 127)}),
            ("fill_i32", "vector", [acc(rows)], extents, {"value": r.randint(-9, 9)}),
            ("multiply_i8", "execute", [acc(rows), spad(rows), spad(depth)], product_, {}),
            ("multiply_bt_i8", "execute", [acc(rows), spad(rows), spad(columns)], product_, {}),
            ("multiply_f32", "execute", [floats(rows), floats(rows), floats(depth)], product_, {}),
            ("add_i32", "vector", [acc(rows), acc(rows), acc(rows)], extents, {}),
            ("mul_number_i32", "vector", [acc(rows), acc(rows)], extents, {"value": 1 << 20}),
            ("sub_f32", "vector", [floats(rows), floats(rows), floats(rows)], extents, {}),
            ("row_sum_i32", "vector", [column(acc(rows)), acc(rows)], extents, {}),
            ("row_max_f32", "vector", [column(floats(rows)), floats(rows)], extents, {}),
            ("row_sum_f32", "vector", [column(floats(rows)), floats(rows)], shape, {}),
            ("widen_i8", "vector", [acc(rows), spad(rows)], extents, {}),
            ("max_i8", "vector", [spad(rows), spad(rows), spad(rows)], extents, {}),
            ("store_i8", "store", [far("out"), spad(rows)], extents, {}),
            ("store_i32", "store", [far("words"), acc(rows)], extents, {}),
            (
                *("store_requantised_i8", "store", [far("out"), acc(rows)], extents),
                {**scale, "relu": r.randint(0, 1)},
            ),
        ]
        name, engine, places, sizes, parameters = r.choice(choices)
        self.listing.add(name, engine, places, sizes, counts=counts, **parameters)

    def padded(self, far: Any, rows: int, columns: int) -> Place:
        """A block of which some rows are absent."""
        low = self.random.randint(0, rows)
        high = self.random.randint(0, rows - low)
        return replace(far("bytes", rows, columns), low=(low, 0), high=(high, 0))


def write(random: Random, listing: Any, length: int) -> None:
    """Write a program that begins with everything defined."""
    generator = np.random.default_rng(random.randint(0, 1 << 30))
    listing.argument("bytes", generator.integers(-128, 128, (32, 32)).astype(np.int8))
    listing.argument("floats", generator.standard_normal((32, 32)).astype(np.float32))
    for name, element, dtype in (("words", "i32", np.int32), ("out", "i8", np.int8)):
        listing.buffer(name, element, 32, 32)
        listing.arguments[name] = generator.integers(-128, 128, (32, 32)).astype(dtype)
    writer = Writer(random, listing)
    listing.add("fill_i8", "load.0", [listing.spad(0)], (4 * ROWS, 16), value=-128)
    listing.add("fill_i32", "vector", [listing.acc(0)], (4 * ROWS, 16), value=-7)
    listing.add("fill_f32", "vector", [listing.acc(FLOATS)], (4 * ROWS, 16), value=0.1)
    for _ in range(length):
        writer.append()


def footprint(instance: Instance, op: Any) -> Iterator[tuple[str, range, bool]]:
    """Per operand: its memory or buffer, the bytes from its first to its last, whether it is written."""
    shapes = [[instance.extents[op.axes.index(axis)] for axis in axes] for axes in op.operand_axes]
    for number, (place, shape) in enumerate(zip(instance.places, shapes, strict=True)):
        moves = [
            *zip(place.strides, shape, strict=True),
            *zip(place.steps, instance.counts, strict=False),
        ]
        ends = [stride * (n - 1) for stride, n in moves]
        first = place.address + sum(min(0, end) for end in ends)
        last = place.address + sum(max(0, end) for end in ends)
        where = place.symbol or op.operand_memories[number]
        yield where, range(first // 64 * 64, last // 64 * 64 + 64), number == op.output_index


def synchronise(listing: Any) -> None:
    """Let every instruction wait for those before it that it may conflict with, on other engines."""
    listing.add("halt", "control")
    program: list[Instance] = listing.instances
    operations = listing.target.instructions
    known = [
        list(footprint(i, operations[i.name])) if i.name in operations else [] for i in program
    ]
    waited: dict[tuple[str, str], int] = {}
    for number, instance in enumerate(program):
        latest: dict[str, int] = {}
        for other in range(number):
            last = instance.name == "halt"
            if program[other].engine != instance.engine and (
                last or conflict(known[other], known[number])
            ):
                latest[program[other].engine] = other
        for engine, other in latest.items():
            if waited.get((engine, instance.engine), -1) < other:
                waited[engine, instance.engine] = other
                before = program[other]
                program[other] = replace(before, signals=(*before.signals, instance.engine))
                program[number] = replace(program[number], waits=(*program[number].waits, engine))


def conflict(one: Any, other: Any) -> bool:
    """Whether some operands may have bytes in common and one is written."""
    return any(
        place == where
        and (write or writes)
        and bytes_.start < there.stop
        and there.start < bytes_.stop
        for place, bytes_, write in one
        for where, there, writes in other
    )


def image(result: Any) -> dict[str, bytes]:
    """What the memories hold at the end, where it was written."""
    return {
        name: np.where(defined, data, 0).tobytes()
        for name, (data, defined) in result.memories.items()
    }


@pytest.mark.parametrize("seed", range(24))
def test_random_program_is_right_in_every_interleaving(seed: int, listing: Any):
    random = Random(seed)
    write(random, listing, 24)
    synchronise(listing)
    check(listing)


@pytest.mark.parametrize("seed", range(8))
def test_interlocked_hardware_orders_what_conflicts(seed: int, listing_for: Any, npu: TargetOp):
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
def test_program_that_passes_the_checks_has_one_result(seed: int, listing: Any):
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


@pytest.mark.parametrize("seed", range(40))
def test_hostile_programs_end_in_an_error_that_says_why(seed: int, listing: Any):
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
