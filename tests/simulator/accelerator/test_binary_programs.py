"""Programs in binary: what is decoded does what was encoded, and nothing in it makes us crash."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.binary.encode import encode, needed_settings
from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.program import Program, Role
from isa_mapper.binary.records import load_records
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import ControlKind, TargetOp
from isa_mapper.dialects.machines import find_target
from isa_mapper.simulator.accelerator import Options, Result, Simulation, report_text, write_trace

SHAPES = [(16, 16, 16), (5, 7, 3), (40, 33, 50)]


def encodable(listing: Any) -> Iterator[Instance]:
    """The instructions with configurations, and waits and signals that fit into words."""
    target: TargetOp = listing.target
    idle = {
        op.unit_name: op.symbol
        for op in target.controls.values()
        if op.kind is ControlKind.SYNCHRONISES
    }
    known: dict[tuple[str, str], int] = {}
    for instance in listing.instances:
        engine, location = instance.engine, instance.location
        only = Instance(idle[engine.split(".")[0]], engine, location=location)
        for other in instance.waits:
            yield replace(only, waits=(other,))
        if instance.name in target.instructions:
            for name, value in needed_settings(instance, target).items():
                if known.get((engine, name)) != value:
                    known[engine, name] = value
                    yield Instance(name, engine, value=value, location=location)
        yield replace(instance, waits=(), signals=())
        for other in instance.signals:
            yield replace(only, signals=(other,))


def assemble(listing: Any, loads: bool = True) -> Program:
    """The program in binary; `loads` brings its records into their memory."""
    target: TargetOp = listing.target
    instances = list(encodable(listing))
    first = load_records(instances, target) if loads else ()
    encoded = encode([*first, *instances], target)
    buffers = list(listing.buffers)
    for number, buffer in enumerate(buffers):
        if buffer.role is Role.RECORDS:
            size = len(encoded.records) // 4
            dimension = replace(buffer.layout[0], extent=size)
            buffers[number] = replace(
                buffer, shape=(size,), layout=(dimension,), data=encoded.records
            )
    return Program(
        target.symbol,
        "",
        "main",
        encoded.code,
        tuple(buffers),
        encoded.relocations,
        encoded.locations,
    )


def run(listing: Any, program: Program, **options: Any) -> Result:
    """Run a program in binary."""
    return Simulation(listing.target).run(program, listing.arguments, Options(**options))


def matmul(listing: Any, m: int, n: int, k: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Write a product of bytes of any size: every tile waits for all that is before it."""
    generator = np.random.default_rng(seed)
    a = generator.integers(-128, 128, (m, k)).astype(np.int8)
    b = generator.integers(-128, 128, (k, n)).astype(np.int8)
    listing.argument("a", a)
    listing.argument("b", b)
    listing.buffer("c", "i32", m, n)
    for j in range(0, n, 16):
        columns = min(16, n - j)
        listing.add("fill_i32", "vector", [listing.acc(0)], (m, columns), value=0)
        for first in range(0, k, 16):
            depth = min(16, k - first)
            listing.add(
                "load_i8", "load.0", [listing.spad(0), listing.dram("a", 0, first)], (m, depth)
            )
            place = listing.dram("b", first, j)
            listing.add("load_i8", "load.1", [listing.spad(4096), place], (depth, columns))
            places = [listing.acc(0), listing.spad(0), listing.spad(4096)]
            listing.add("multiply_i8", "execute", places, (m, columns, depth))
        listing.add("store_i32", "store", [listing.dram("c", 0, j), listing.acc(0)], (m, columns))
    listing.chain()
    return a.astype(np.int32) @ b.astype(np.int32)


@pytest.mark.parametrize("shape", SHAPES)
def test_matmul_in_binary(shape: tuple[int, int, int], listing: Any):
    expected = matmul(listing, *shape)
    program = assemble(listing)
    result = run(listing, program)
    np.testing.assert_array_equal(result.outputs["c"], expected)
    for seed in range(3):
        again = run(listing, program, seed=seed)
        np.testing.assert_array_equal(again.outputs["c"], expected)
    for report in result.engines:
        assert report.busy + sum(report.stalls.values()) + report.idle == result.cycles


def test_locations_are_those_of_the_source(listing: Any):
    listing.argument("a", np.zeros((4, 4), np.int8))
    listing.add("load_i8", "load.0", [listing.spad(16380), listing.dram("a")], (4, 4))
    listing.add("load_i8", "load.0", [listing.spad(16381), listing.dram("a")], (4, 4))
    with pytest.raises(UserError, match="writes row 16381 to row 16384") as caught:
        run(listing, assemble(listing.chain()))
    assert caught.value.location is not None
    assert caught.value.location.line.data == 2


def test_program_for_another_machine(listing: Any):
    matmul(listing, 3, 3, 3)
    program = replace(assemble(listing), machine="other")
    with pytest.raises(UserError, match="the program is for the machine 'other', this is @npu"):
        run(listing, program)


def test_configuration_that_is_not_set(listing: Any):
    listing.argument("a", np.zeros((4, 4), np.int8))
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (4, 4))
    listing.chain()
    everything = list(encodable(listing))
    encoded = encode(everything, listing.target)
    start = len(encoded.code) // len(everything)
    program = replace(
        assemble(listing),
        code=encoded.code[start:],
        locations=encoded.locations[1:],
        relocations=(),
    )
    assert everything[0].name == "load_pitch"
    with pytest.raises(UserError, match="load_pitch") as caught:
        run(listing, program)
    assert caught.value.location is not None


@pytest.mark.parametrize("seed", range(40))
def test_code_with_flipped_bits_ends_in_an_error_or_runs(seed: int, listing: Any):
    random = Random(seed)
    matmul(listing, 5, 18, 3)
    program = assemble(listing)
    code = bytearray(program.code)
    for _ in range(random.randint(1, 3)):
        bit = random.randrange(8 * len(code))
        code[bit // 8] ^= 1 << bit % 8
    outcome: object = None
    try:
        outcome = run(listing, replace(program, code=bytes(code)), limit=50_000)
    except UserError as error:
        outcome = error.message
    assert outcome


@pytest.mark.parametrize("seed", range(10))
def test_random_code_ends_in_an_error(seed: int, listing: Any):
    code = Random(seed).randbytes(16 * 8)
    with pytest.raises(UserError):
        run(listing, Program(listing.target.symbol, "", "main", code))


def test_truncated_code(listing: Any):
    matmul(listing, 3, 3, 3)
    program = assemble(listing)
    for size in (0, 8, 16, len(program.code) - 16, len(program.code) - 1):
        with pytest.raises(UserError):
            run(listing, replace(program, code=program.code[:size], relocations=()))


def test_report_names_bounds_and_stalls(listing: Any):
    matmul(listing, 64, 32, 32)
    text = report_text(run(listing, assemble(listing)))
    first, *_ = text.splitlines()
    assert first.endswith(" cycles")
    for part in ("i8 products: 65536 at", "bytes of @dram", "execute", "wait for load.1", "idle"):
        assert part in text


def test_trace_has_a_slice_for_every_instruction(listing: Any, tmp_path: Path):
    matmul(listing, 16, 16, 16)
    program = assemble(listing)
    result = run(listing, program)
    write_trace(result, tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    kinds = Counter(event["ph"] for event in events)
    assert kinds["X"] == len(result.slices) == len(program.code) // 16
    product = next(event for event in events if event["name"] == "multiply_i8")
    assert product["args"]["location"] == "program:4:1"
    assert product["args"]["extents"] == [16, 16, 16]
    assert product["dur"] == 17
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert {"load.0", "execute", "store"} <= names
    moved = [event for event in events if event["ph"] == "C"]
    assert moved[-1]["args"]["bytes"] == 256 + 256 + 1024


def vta(listing_for: Any) -> tuple[Any, np.ndarray[Any, Any]]:
    """C = A B^T for 4 x 32 and 48 x 32: two records in a loop over rows, and a store of low bits."""
    listing = listing_for(find_target("vta", ModuleOp([])))
    generator = np.random.default_rng(3)
    a = generator.integers(-4, 4, (4, 32)).astype(np.int8)
    b = generator.integers(-4, 4, (48, 32)).astype(np.int8)
    listing.argument("a", a.reshape(4, 2, 16))
    tiles = b.reshape(3, 16, 2, 16).transpose(0, 2, 1, 3)
    listing.argument("b", np.ascontiguousarray(tiles))
    listing.buffer("c", "i8", 4, 3, 16)
    listing.buffer("records", "i32", 1, role=Role.RECORDS)
    inputs = Place(0, (32, 16, 1)), Place(0, (32, 16, 1), symbol="a")
    listing.add("load_inputs", "load", inputs, (4, 2, 16))
    weights = Place(0, (512, 256, 16, 1)), Place(0, (512, 256, 16, 1), symbol="b")
    listing.add("load_weights", "load", weights, (3, 2, 16, 16), signals=["compute"])
    places = [Place(0, (64, 4), (192, 64))]
    listing.add("reset", "compute", places, (1, 16), counts=(4, 3), waits=["load"])
    places = [
        Place(0, (64, 4), (192, 64, 0)),
        Place(0, (16, 1), (32, 0, 16)),
        Place(0, (16, 1), (0, 512, 256)),
    ]
    listing.add("multiply", "compute", places, (1, 16, 16), counts=(4, 3, 2), signals=["store"])
    stored = [Place(0, (48, 16, 1), symbol="c"), Place(0, (192, 64, 4))]
    listing.add(
        "store_low_bits", "store", stored, (4, 3, 16), waits=["compute"], signals=["compute"]
    )
    listing.add("finish", "compute", waits=["store"])
    return listing, (a.astype(np.int32) @ b.T.astype(np.int32)).astype(np.int8)


def test_vta_multiplies_by_micro_operations(listing_for: Any):
    listing, expected = vta(listing_for)
    result = run(listing, assemble(listing))
    np.testing.assert_array_equal(result.outputs["c"].reshape(4, 48), expected)


def test_micro_operations_that_were_never_loaded(listing_for: Any):
    listing, _ = vta(listing_for)
    message = r"'reset' on @compute: reads row 0 of @uop \(operand %records\), which nothing"
    with pytest.raises(UserError, match=message):
        run(listing, assemble(listing, loads=False))


@pytest.mark.parametrize("computes", [True, False])
def test_vta_stores_only_what_it_computed(computes: bool, listing_for: Any):
    """Its stores read what GEMM and ALU have written, which loads and resets do not change."""
    listing, expected = vta(listing_for)
    places = [Place(192 + 64, (64, 4))]  # row 1, block 1
    if computes:
        listing.add("add_number", "compute", places, (1, 16), value=1)
        expected = expected.copy()
        expected[1, 16:32] += 1
    else:
        listing.add("reset", "compute", places, (1, 16))
    instances = listing.instances
    product = next(i for i, one in enumerate(instances) if one.name == "multiply")
    late = replace(instances.pop(), signals=("store",))
    instances[product] = replace(instances[product], signals=())
    instances.insert(product + 1, late)
    if computes:
        result = run(listing, assemble(listing))
        np.testing.assert_array_equal(result.outputs["c"].reshape(4, 48), expected)
        return
    message = "'store_low_bits' on @store: reads row 4 of @acc .* a move or a fill has written last"
    with pytest.raises(UserError, match=message):
        run(listing, assemble(listing))
