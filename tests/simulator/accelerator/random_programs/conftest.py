"""Random programs for the npu, which begin with everything defined and order what conflicts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np
import pytest

from isa_mapper.binary.instance import Instance, Place

ROWS = 48
"""Operands begin in so many rows, and end within four times as many."""

FLOATS = 1000
"""The first row of floats in the accumulator."""


@pytest.fixture(scope="session")
def write() -> Callable[[Random, Any, int], None]:
    """Writes so many random instructions behind those that define everything."""
    return write_program


@pytest.fixture(scope="session")
def synchronise() -> Callable[[Any], None]:
    """Ends a program, and lets its instructions wait for each other."""
    return order


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


def write_program(random: Random, listing: Any, length: int) -> None:
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


def order(listing: Any) -> None:
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
