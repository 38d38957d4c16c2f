"""Records of plans: nothing is lost, what is torn is passed over, the best valid one is found."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from isa_mapper.dialects.machines import load_machine
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.mapping.statement import Statement, statement_of
from isa_mapper.planning.borders import Guard
from isa_mapper.planning.compiler_digest import compiler_digest
from isa_mapper.planning.records import (
    Record,
    append,
    best_records,
    cpu_name,
    key_of,
    of_machine,
    read,
    statement_text,
)
from isa_mapper.planning.surroundings import ALONE, Surroundings
from isa_mapper.runtime.staged import Staged


def record(name: str, ratio: float | None, **others: object) -> Record:
    here = {"cpu": cpu_name(), "compiler": compiler_digest()}
    values = {"cost": ratio, "ratio": ratio} | here | others
    return Record("key", {"plan": name}, f"schedule {name}", "measured", **values)  # pyright: ignore[reportArgumentType]


def names(records: Sequence[Record]) -> list[object]:
    return [one.point["plan"] for one in records]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plans.jsonl"
    assert list(read(file)) == []
    written = [record("a", 0.5, features={"x": 1.5}, bytes={"mem": 3.0}), record("b\n", None)]
    append(file, written[:1])
    append(file, written[1:])
    assert list(read(file)) == written
    assert file.read_text().count("\n") == 2


LINE = record("c", 0.1).line().strip()


@pytest.mark.parametrize(
    "torn",
    [
        '{"key": "k',
        "\x00\x00\x00",
        '{"key": "key"}',
        "[1]",
        "null",
        LINE[:-9],
        LINE.replace('{"plan":"c"}', '["c"]'),
        LINE.replace('"cost":0.1', '"cost":NaN'),
        LINE.replace('"ratio":0.1', '"ratio":"0.1"'),
        LINE.replace('"seed":0', '"seed":null'),
    ],
)
def test_what_is_torn_is_passed_over(tmp_path: Path, torn: str) -> None:
    file = tmp_path / "plans.jsonl"
    append(file, [record("a", 0.5)])
    with file.open("a") as stream:
        stream.write(torn)  # no newline: whoever wrote it went down
    append(file, [record("b", 0.6)])
    assert list(read(file)) == [record("a", 0.5), record("b", 0.6)]


def test_files_are_merged_one_after_the_other(tmp_path: Path) -> None:
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, name in zip(files, "ab", strict=True):
        append(file, [record(name, 0.5)])
    both = tmp_path / "both.jsonl"
    both.write_bytes(b"".join(file.read_bytes() for file in files))
    assert list(read(both)) == [record("a", 0.5), record("b", 0.5)]


def write_many(file: Path, writer: int) -> None:
    for number in range(60):
        append(file, [record(f"{writer} {number}", 1.0, reason="x" * 3000)])


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plans.jsonl"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(write_many, file, writer) for writer in range(4)]:
            done.result()
    found = [str(one.point["plan"]) for one in read(file)]
    assert sorted(found) == sorted(f"{w} {n}" for w in range(4) for n in range(60))
    for writer in range(4):  # each in its order
        own = [int(name.split()[1]) for name in found if name.split()[0] == str(writer)]
        assert own == list(range(60))


def test_the_best_valid_record_counts() -> None:
    records = [
        record("good", 0.8),
        record("best", 0.7),
        record("wrong", 0.1, status="wrong"),
        record("slow", 1.5),
        replace(record("estimated", 0.1), model="analytical"),
        replace(record("elsewhere", 0.1), key="other"),
        record("lucky", 0.2),
        record("lucky", 0.9),
        record("was right", 0.3),
        record("was right", None, status="crashed"),
    ]
    assert names(best_records(records, "key")) == ["best", "good", "lucky", "slow"]


def test_records_of_this_computer_come_first() -> None:
    records = [record("there", 0.5, cpu="another"), record("here", 0.9)]
    assert names(best_records(records, "key")) == ["here", "there"]
    assert best_records([], "key") == []


def test_records_of_this_compiler_come_first() -> None:
    """Of one plan they count, even if others were written later; of both kinds the best is first."""
    old, older = {"compiler": "0.0.1-0123456789abcdef"}, {"compiler": ""}
    records = [
        record("both", 0.7),
        record("both", 0.1, **old),
        record("old", 0.3, **old),
        record("old", 0.2, **old),
        record("older", 0.1, **older),
        record("new", 0.9, **old),
        record("new", 0.8),
        record("there", 0.05, cpu="another"),
    ]
    found = best_records(records, "key")
    assert names(found) == ["both", "new", "older", "old", "there"]
    assert [one.ratio for one in found] == [0.7, 0.8, 0.1, 0.2, 0.05]
    assert [one.is_exact for one in found] == [True, True, False, False, True]


def test_records_of_a_machine() -> None:
    scalar, avx512 = load_machine("scalar"), load_machine("avx512")
    sizes = ("m=4,n=5,k=6", "m=4,n=5,k=7")
    keys = [key_of(statement(sizes=s), ALONE, one, 1) for one in (scalar, avx512) for s in sizes]
    records = [replace(record("a", 1.0), key=key) for key in keys]
    assert [one.key for one in of_machine(records, keys[3])] == keys[2:]


def statement(spec: str = "mk,kn->mn", sizes: str = "m=4,n=5,k=6", types: str = "f32") -> Statement:
    extents = {part[0]: int(part[2:]) for part in sizes.split(",")}
    module = einsum_module(spec, extents, types.split(","))
    return statement_of(Staged(module, "scalar").statements[0])


def test_keys_tell_apart_what_has_other_plans() -> None:
    scalar, avx512 = load_machine("scalar"), load_machine("avx512")
    guarded = Surroundings(guards=(Guard({"m": 1}, -1, 3),))
    keys = [
        key_of(statement(), ALONE, scalar, 1),
        key_of(statement(), ALONE, avx512, 1),
        key_of(statement(), ALONE, scalar, 2),
        key_of(statement(), guarded, scalar, 1),
        key_of(statement(), Surroundings(repeats=(1, 9)), scalar, 1),
        key_of(statement(), Surroundings(taken=True), scalar, 1),
        key_of(statement(sizes="m=4,n=5,k=7"), ALONE, scalar, 1),
        key_of(statement("km,kn->mn"), ALONE, scalar, 1),
        key_of(statement(types="i8,i8,i32"), ALONE, scalar, 1),
        key_of(statement(types="u8,i8,i32"), ALONE, scalar, 1),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(statement(), ALONE, scalar, 1) == keys[0]


def test_names_of_operands_do_not_matter() -> None:
    one = statement()
    renamed = replace(one, output=replace(one.output, name="elsewhere"))
    assert statement_text(one) == statement_text(renamed)
