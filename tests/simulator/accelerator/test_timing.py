"""Cycles of short programs, worked out by hand."""

from typing import Any

import numpy as np
import pytest

from isa_mapper.binary.instance import Place

MACHINE = """
!there = memref<?xi8, strided<[1]>, @dram>
!here = memref<?xi8, strided<[1]>, @pad>
isa.target @lab ATTRIBUTES {
  isa.memory @dram cached {bandwidth = 8 : i64}
  isa.memory @pad scratchpad {bytes = 1024 : i64, row = 16 : i64, banks = 4 : i64}
  isa.unit @load {count = 2 : i64, queue = 2 : i64, number = 0 : i64}
  isa.unit @add {queue = 2 : i64, number = 2 : i64}
  isa.unit @control {queue = 2 : i64, number = 3 : i64}
  isa.format @word bits 64 [opcode[0:4], engine[4:2] = engine(), waits[6:1], of[7:4], amount[11:2], signals[13:1],
    to[14:4], by[18:2]]
  isa.semaphores 12 most 3 wait (waits, of, amount) signal (signals, to, by)
  isa.control @halt on @control finishes encoded<@word, opcode = 0>
  isa.control @idle on @add synchronises encoded<@word, opcode = 1>
  isa.configuration @mode on @add encoded<@word, opcode = 2, to_value[32:8] = value()>
  isa.instruction @load_i8(%to: !here, %from: !there) on @load extents<i = 256>
      cost<latency = 5, interval = ceildiv(i, 16) + 1>
      encoded<@word, opcode = 3, there[32:6] = address(to), here[38:8] = address(from), n[46:8] = extent(i) - 1> {
    kernel.contract "i->i"(%from) into %to : (!there, !here)
  }
  isa.instruction @add_i8(%c: !here, %a: !here, %b: !here) on @add extents<i = 256>
      cost<latency = 7, interval = ceildiv(i, 16) - kept>
      encoded<@word, opcode = 4, c[32:6] = address(c), a[38:6] = address(a), b[44:6] = address(b),
        n[50:8] = extent(i) - 1>
      keeping b encoded<@word, opcode = 5, c[32:6] = address(c), a[38:6] = address(a), n[50:8] = extent(i) - 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%a, %b : !here, !here) outs(%c : !here) {
    ^bb0(%x: i8, %y: i8, %old: i8):
      %s = arith.addi %x, %y : i8
      linalg.yield %s : i8
    }
  }
}
"""
DATA = np.arange(256, dtype=np.int8)


@pytest.fixture
def lab(listing_for: Any) -> Any:
    """A program for the machine, with 256 bytes `a`."""
    return with_data(listing_for(MACHINE.replace("ATTRIBUTES", "")))


@pytest.fixture
def interlocked(listing_for: Any) -> Any:
    """The same for the machine that orders accesses itself."""
    return with_data(listing_for(MACHINE.replace("ATTRIBUTES", "attributes {interlocked}")))


def with_data(listing: Any) -> Any:
    listing.argument("a", DATA)
    return listing


def load(lab: Any, row: int, n: int, engine: str = "load.0", **rest: Any) -> None:
    steps = {key: rest.pop(key) for key in ("to_steps", "from_steps") if key in rest}
    to = Place(16 * row, (1,), steps.get("to_steps", ()))
    lab.add(
        "load_i8",
        engine,
        [to, Place(0, (1,), steps.get("from_steps", ()), symbol="a")],
        (n,),
        **rest,
    )


def add(lab: Any, c: int, a: int, b: int, n: int, **rest: Any) -> None:
    lab.add("add_i8", "add", [Place(16 * row, (1,)) for row in (c, a, b)], (n,), **rest)


def times(result: Any) -> list[tuple[int, int, int]]:
    """Start, end and done of the instructions in the order of the code."""
    slices = sorted(result.slices, key=lambda piece: piece.instance.location)
    return [(piece.start, piece.end, piece.done) for piece in slices]


def engine(result: Any, name: str) -> Any:
    """The report of an engine."""
    return next(report for report in result.engines if report.name == name)


def test_one_instruction(lab: Any):
    load(lab, 0, 32)
    result = lab.chain().run()
    assert times(result) == [(0, 4, 9), (9, 9, 9)]  # 32 bytes at 8 a cycle; 3 without that limit
    assert result.cycles == 9
    assert engine(result, "load.0").stalls == {"bandwidth": 1}
    assert (engine(result, "load.0").busy, engine(result, "load.0").idle) == (3, 5)
    assert engine(result, "control").stalls == {"dispatch": 1, "wait for load.0": 8}


def test_engine_begins_before_the_one_before_is_done(lab: Any):
    for row in range(3):
        load(lab, row, 8)  # 2 cycles by the description, 1 by the bandwidth
    assert times(lab.chain().run()) == [(0, 2, 7), (2, 4, 9), (4, 6, 11), (11, 11, 11)]


def test_engines_work_beside_each_other_but_share_the_memory(lab: Any):
    """64 bytes each at 8 a cycle: the first cycle is the first load's, then both get 4 a cycle."""
    load(lab, 0, 64, "load.0", signals=["control"])
    load(lab, 4, 64, "load.1", signals=["control"])
    lab.add("halt", "control", waits=["load.0", "load.1"])
    result = lab.run()
    assert times(result) == [(0, 15, 20), (1, 16, 21), (21, 21, 21)]
    assert engine(result, "load.1").stalls == {"dispatch": 1, "bandwidth": 10}
    assert engine(result, "control").stalls == {
        **{"dispatch": 2, "wait for load.0": 18, "wait for load.1": 1}
    }


def test_engine_that_uses_less_than_its_share_leaves_the_rest(lab: Any):
    """8 bytes in 2 cycles by the engine's own pace: 4 a cycle are left for the other one."""
    load(lab, 0, 64, "load.0", signals=["control"])
    load(lab, 4, 8, "load.1", signals=["control"])
    lab.add("halt", "control", waits=["load.0", "load.1"])
    # alone 8 bytes in cycle 0, then 4 a cycle until cycle 3, then the 48 that are left
    assert times(lab.run())[:2] == [(0, 9, 14), (1, 3, 8)]


def test_signal_comes_when_an_instruction_is_done(lab: Any):
    load(lab, 0, 16)
    load(lab, 16, 16)
    add(lab, 32, 0, 16, 16)
    result = lab.chain().run()
    assert times(result) == [(0, 2, 7), (2, 4, 9), (9, 10, 17), (17, 17, 17)]
    assert engine(result, "add").stalls == {"dispatch": 2, "wait for load.0": 7}


def test_operands_in_one_bank_take_turns(lab: Any):
    """Sixteen rows in a bank: all three operands in the first one take 3 accesses a row."""
    load(lab, 0, 32)
    load(lab, 2, 32)
    add(lab, 4, 0, 2, 32)
    result = lab.chain().run()
    start, end, _ = times(result)[2]
    assert end - start == 1 + 3 * 2
    assert engine(result, "add").stalls["bank"] == 5


def test_two_of_three_operands_in_one_bank(lab: Any):
    load(lab, 0, 32)
    load(lab, 2, 32)
    add(lab, 16, 0, 2, 32)
    start, end, _ = times(lab.chain().run())[2]
    assert end - start == 1 + 2 * 2


def test_banks_of_every_iteration_count(lab: Any):
    """The second operand moves from the bank of the first one into the next."""
    load(lab, 0, 16)
    load(lab, 15, 32)
    lab.add(
        *("add_i8", "add", [Place(16 * 40, (1,), (16,)), Place(0, (1,)), Place(240, (1,), (16,))]),
        (16,),
        counts=(2,),
    )
    start, end, _ = times(lab.chain().run())[2]
    assert end - start == (1 + 2) + 1


def test_hardware_loop_takes_the_interval_each_time(lab: Any):
    load(lab, 0, 16, counts=(2, 3), to_steps=(48, 16), from_steps=(48, 16))
    result = lab.chain().run()
    assert times(result)[0] == (0, 12, 17)  # 2 cycles each, 96 bytes at 8 a cycle
    np.testing.assert_array_equal(result.memories["pad"][0][:96], DATA.view(np.uint8)[:96])


def test_keeping_an_operand_may_cost_less(lab: Any):
    load(lab, 0, 32)
    load(lab, 16, 32)
    add(lab, 32, 0, 16, 32)
    load(lab, 16, 32)  # what is kept is kept
    lab.add(
        *("add_i8", "add", [Place(16 * 34, (1,)), Place(0, (1,)), Place(0, ())], (32,)),
        kept=["b"],
    )
    result = lab.chain().run()
    assert [end - start for start, end, _ in times(result)][2:5:2] == [2, 1]
    both = result.memories["pad"][0][32 * 16 :][:64].reshape(2, 32)
    np.testing.assert_array_equal(both[0], (2 * DATA[:32]).view(np.uint8))
    np.testing.assert_array_equal(both[1], both[0])


def test_configuration_takes_a_cycle(lab: Any):
    load(lab, 0, 16)
    lab.add("mode", "add", to=3)
    add(lab, 16, 0, 0, 16)
    result = lab.chain().run()
    assert times(result)[1:3] == [(7, 8, 8), (8, 11, 18)]
    assert engine(result, "add").stalls["configuration"] == 1


def test_full_queue_holds_the_front_end(lab: Any):
    """Loads begin every 2 cycles; two wait in the queue, so the sixth enters when the fourth begins."""
    for row in range(6):
        load(lab, row, 16)
    add(lab, 16, 0, 1, 16)
    result = lab.chain().run()
    loads = sorted(result.slices, key=lambda piece: piece.instance.location)
    assert [piece.dispatched for piece in loads] == [0, 1, 2, 3, 4, 6, 7, 8]
    # in the cycle before 6 the front end waited; the last load is done in cycle 17
    stalls = {"dispatch": 6, "queue": 1, "wait for load.0": 10, "bank": 2}
    assert engine(result, "add").stalls == stalls


def test_cycles_of_every_engine_add_up(lab: Any):
    for row in range(4):
        load(lab, row, 16)
    add(lab, 16, 0, 1, 16)
    add(lab, 16, 0, 1, 16)
    result = lab.chain().run()
    for report in result.engines:
        assert report.busy + sum(report.stalls.values()) + report.idle == result.cycles


def test_without_overlap_everything_waits(lab: Any):
    load(lab, 0, 16)
    load(lab, 16, 16)
    add(lab, 32, 0, 16, 16)
    result = lab.chain().run(overlap=False)
    assert times(result) == [(0, 2, 7), (7, 9, 14), (14, 15, 22), (22, 22, 22)]


def test_interlocked_hardware_waits_for_what_it_needs(interlocked: Any):
    """No signals at all: the add waits for both loads, the third load for the add that reads.

    The first two share the memory in cycles 1 and 2.
    """
    load(interlocked, 0, 16, "load.0")
    load(interlocked, 16, 16, "load.1")
    add(interlocked, 32, 0, 16, 16)
    load(interlocked, 16, 8, "load.1")
    load(interlocked, 8, 8, "load.0")
    interlocked.add("halt", "control")
    result = interlocked.run()
    assert times(result) == [
        *((0, 3, 8), (1, 4, 9), (9, 10, 17), (17, 19, 24), (4, 6, 11), (24, 24, 24)),
    ]
    assert engine(result, "add").stalls == {"dispatch": 2, "hazard": 7}
    np.testing.assert_array_equal(
        result.memories["pad"][0][512:528], (2 * DATA[:16]).view(np.uint8)
    )


def test_bounds_count_what_was_done(lab: Any):
    load(lab, 0, 64)
    result = lab.chain().run()
    (bound,) = result.bounds
    assert (bound.name, bound.work, bound.cycles) == ("bytes of @dram", 64, 8)
    assert result.utilisation == 0.0
