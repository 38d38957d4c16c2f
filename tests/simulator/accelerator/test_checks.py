"""What a program must not do, each with the error that says so."""

import re
from typing import Any

import numpy as np
import pytest

from isa_mapper.binary.program import Role
from isa_mapper.dialects.errors import UserError

BYTES = np.arange(64, dtype=np.int8).reshape(4, 16)


def load(listing: Any, row: int = 0, engine: str = "load.0", **rest: Any) -> None:
    """Load the four rows of `a`."""
    listing.add("load_i8", engine, [listing.spad(row), listing.dram("a")], (4, 16), **rest)


def store(listing: Any, row: int = 0, **rest: Any) -> None:
    """Store four rows into `b`."""
    listing.add("store_i8", "store", [listing.dram("b"), listing.spad(row)], (4, 16), **rest)


def halt(listing: Any, *waits: str) -> None:
    """End the program."""
    listing.add("halt", "control", waits=waits)


@pytest.fixture
def copying(listing: Any) -> Any:
    """A program with four rows `a` to copy into `b`."""
    listing.argument("a", BYTES)
    listing.buffer("b", "i8", 4, 16)
    return listing


def fails(listing: Any, *parts: str, line: int | None = None, **options: Any) -> UserError:
    """Run a program that fails with a message that has these parts, at a line of it."""
    with pytest.raises(UserError, match=".*".join(map(re.escape, parts))) as caught:
        listing.run(**options)
    location = caught.value.location
    assert (None if location is None else location.line.data) == line
    return caught.value


def test_synchronised_program_is_right(copying: Any):
    load(copying, signals=["store"])
    store(copying, waits=["load.0"], signals=["control"])
    halt(copying, "store")
    np.testing.assert_array_equal(copying.run().outputs["b"], BYTES)


def test_race_of_a_read_with_the_write_before(copying: Any):
    load(copying)
    copying.add("idle_control", "control", signals=["store"])
    store(copying, signals=["control"], waits=["control"])
    halt(copying, "store")
    parts = ("'store_i8' on @store: race: reads row 0 of @spad", "%src", "written by 'load_i8'")
    fails(copying, *parts, "program:1:1", line=3)


def test_race_of_a_write_with_the_read_before(copying: Any):
    """The second load does not wait for the store that still reads."""
    load(copying, signals=["store"])
    store(copying, waits=["load.0"], signals=["control"])
    load(copying, engine="load.1", row=3)
    halt(copying, "store")
    fails(copying, "race: writes row 3 of @spad", "by 'load_i8' (program:1:1)", line=3)


def test_race_with_a_reader_only(copying: Any):
    load(copying, signals=["store"])
    store(copying, waits=["load.0"], signals=["control"])
    copying.add("fill_i8", "load.0", [copying.spad(4096)], (4096, 1), value=0)  # takes long
    load(copying, row=2, signals=["control"])
    halt(copying, "store", "load.0")
    fails(copying, "race: writes row 2", "read by 'store_i8' (program:2:1)", line=4)


@pytest.mark.parametrize("first", [6, 7])
def test_race_in_the_memory_of_arguments(copying: Any, first: int):
    """A store writes 7 columns of `b`; a load reads others beside them, and then one of them."""
    copying.arguments["b"] = BYTES
    load(copying, signals=["store"])
    source = [copying.dram("b"), copying.spad(0)]
    copying.add("store_i8", "store", source, (4, 7), waits=["load.0"], signals=["control"])
    source = [copying.spad(8), copying.dram("b", 0, first)]
    copying.add("load_i8", "load.1", source, (4, 9), signals=["control"])
    halt(copying, "store", "load.1")
    if first == 7:
        np.testing.assert_array_equal(copying.run().outputs["b"], BYTES)
    else:
        fails(copying, "race: writes byte 6 of 'b' of @dram", "read by 'load_i8'", line=2)


def test_undefined_row(copying: Any):
    load(copying, row=0, signals=["store"])
    store(copying, row=1, waits=["load.0"], signals=["control"])
    halt(copying, "store")
    fails(copying, "reads row 4 of @spad (operand %src), which nothing has written", line=2)


def test_undefined_accumulator(listing: Any):
    listing.argument("a", BYTES)
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (4, 16))
    places = [listing.acc(5), listing.spad(0), listing.spad(0)]
    listing.add("multiply_bt_i8", "execute", places, (4, 4, 16))
    fails(listing.chain(), "reads row 5 of @acc (operand %c)", line=2)


def test_undefined_argument(listing: Any):
    listing.buffer("a", "i8", 4, 16)
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (4, 16))
    fails(listing.chain(), "reads byte 0 of 'a' of @dram", line=1)


def test_output_that_is_not_written_wholly(copying: Any):
    load(copying)
    copying.add("store_i8", "store", [copying.dram("b"), copying.spad(0)], (4, 15))
    fails(copying.chain(), "never writes element [0, 15] of output 'b'")


def test_overrun_of_a_scratchpad(copying: Any):
    load(copying, row=16382)
    fails(copying.chain(), "writes row 16382 to row 16385 of @spad, which has 16384 rows", line=1)


def test_overrun_below_a_scratchpad(copying: Any):
    load(copying, row=-1)
    fails(copying.chain(), "writes row -1", line=1)


def test_overrun_of_a_buffer(copying: Any):
    copying.add("load_i8", "load.0", [copying.spad(0), copying.dram("a", 1, 0)], (4, 16))
    fails(copying.chain(), "reads bytes 16 to 79 of 'a', which has 64", "%src", line=1)


def test_overrun_by_a_hardware_loop(copying: Any):
    places = [copying.spad(0, steps=(16,)), copying.dram("a", steps=(32,))]
    copying.add("load_i8", "load.0", places, (2, 16), counts=(3,))
    fails(copying.chain(), "reads bytes 0 to 95 of 'a'", line=1)


def test_access_beside_all_buffers(copying: Any):
    place = copying.dram("a", 4, 0)
    copying.add("load_i8", "load.0", [copying.spad(0), place], (1, 16))
    fails(copying.chain(), "reads byte 64 of 'a' of @dram, where no buffer is", line=1)


@pytest.mark.parametrize("role", [Role.INPUT, Role.CONSTANT])
def test_write_to_what_is_read_only(listing: Any, role: Role):
    listing.argument("a", BYTES, role)
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (4, 16))
    listing.add("store_i8", "store", [listing.dram("a"), listing.spad(0)], (4, 16))
    fails(listing.chain(), f"writes 'a', which is read only ({role.value})", line=2)


def test_constants_are_there(listing: Any):
    listing.argument("a", BYTES, Role.CONSTANT)
    listing.buffer("b", "i8", 4, 16)
    load(listing)
    store(listing)
    np.testing.assert_array_equal(listing.chain().run().outputs["b"], BYTES)


def test_signal_that_is_left_over(copying: Any):
    load(copying, signals=["store", "execute"])
    store(copying, waits=["load.0"], signals=["control"])
    halt(copying, "store")
    message = "left over: @execute does not take 1 of the signals of @load.0, the last by 'load_i8'"
    fails(copying, message, line=1)


def test_semaphore_that_overflows(copying: Any):
    for _ in range(256):
        copying.add("idle_load", "load.0", signals=["store"])
    halt(copying)
    fails(copying, "signals @store, which has not taken 255 signals before", line=256)


def test_deadlock_names_who_waits_for_whom(copying: Any):
    load(copying, waits=["store"], signals=["store"])
    store(copying, waits=["load.0"], signals=["load.0", "control"])
    halt(copying, "store")
    parts = (
        "deadlock: @control waits at 'halt' (program:3:1) for a signal of @store;",
        "@load.0 waits at 'load_i8' (program:1:1) for a signal of @store;",
        "@store waits at 'store_i8' (program:2:1) for a signal of @load.0",
    )
    fails(copying, *parts, line=3)


def test_deadlock_on_an_engine_that_has_nothing_to_do(copying: Any):
    load(copying, waits=["execute"])
    halt(copying, "load.0")
    fails(copying, "a signal of @execute, which has nothing to do", line=2)


def test_deadlock_by_a_full_queue(copying: Any):
    """The signal that the loads wait for stands behind more loads than their queue holds."""
    for _ in range(17):
        load(copying, waits=["control"])
    copying.add("idle_control", "control", signals=["load.0"] * 17)
    halt(copying)
    fails(copying, "the front end waits for room in the queue of @load.0", line=1)


def test_queue_that_just_suffices(copying: Any):
    for _ in range(16):
        load(copying, waits=["control"])
    copying.add("idle_control", "control", signals=["load.0"] * 16)
    copying.add("idle_load", "load.0", signals=["control"])
    copying.arguments["b"] = BYTES
    halt(copying, "load.0")
    assert copying.run().cycles


def test_program_without_an_end(copying: Any):
    load(copying)
    fails(copying, "never finishes")


def test_empty_program(copying: Any):
    fails(copying, "never finishes")


def test_end_that_does_not_wait(copying: Any):
    load(copying, signals=["store"])
    store(copying, waits=["load.0"])
    halt(copying)
    error = fails(copying, "'halt' on @control: ends the program, but does not wait for", line=3)
    assert error.hint is not None


def test_code_behind_the_end_is_not_executed(copying: Any):
    copying.arguments["b"] = BYTES
    halt(copying)
    load(copying, row=-5)
    assert copying.run().cycles == 0


def test_limit_of_instructions(copying: Any):
    places = [copying.spad(0, steps=(0, 0)), copying.dram("a", steps=(0, 0))]
    copying.add("load_i8", "load.0", places, (4, 16), counts=(1000, 1000))
    fails(copying.chain(), "more than 1000 instructions are executed", line=1, limit=1000)


def test_extent_that_an_instruction_cannot_do(copying: Any):
    copying.add("load_i8", "load.0", [copying.spad(0), copying.dram("a")], (4, 17))
    fails(copying.chain(), "does 17 of axis 'j', of which there are 16", line=1)


def test_unknown_instruction_and_engine(copying: Any):
    copying.add("load_i9", "load.0")
    fails(copying, "@npu has no instruction 'load_i9'", line=1)
    copying.instances.clear()
    copying.add("idle_load", "load.2")
    fails(copying, "there is no engine 'load.2'", line=1)


def test_arguments_that_are_missing_or_too_many(copying: Any):
    halt(copying)
    a = copying.arguments.pop("a")
    fails(copying, "argument 'a' is missing")
    copying.arguments |= {"a": a, "x": a}
    assert fails(copying, "the program has no argument 'x'").hint == "known: a, b"
