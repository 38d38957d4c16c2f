"""Machines that build on others."""

from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from isa_mapper.dialects import machines
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InstructionOp, MemoryOp
from isa_mapper.dialects.machines import find_target, list_machines, peak_of

BASE = """// Base
isa.target @base attributes {features = ["one"], c.headers = ["a.h"], c.flags = ["-a"]} {
  isa.memory @mem cached
  isa.memory @v register {count = 4 : i64, bytes = 16 : i64, c.types = {f32 = "v4"}}
  isa.unit @alu {count = 1 : i64}
  isa.instruction @load(%to: memref<4xf32, @v>, %from: memref<4xf32, @mem>) on @alu
      cost<latency = 4, interval = 1> c "{to} = load({from});" {
    linalg.copy ins(%from : memref<4xf32, @mem>) outs(%to : memref<4xf32, @v>)
  }
}
"""
MORE = """// More
isa.target @more attributes {features = ["two"], c.headers = ["b.h", "a.h"], c.flags = ["-b"]} {
  isa.include "base.mlir"
  isa.unit @alu {count = 2 : i64}
  isa.instruction @store(%to: memref<4xf32, @mem>, %from: memref<4xf32, @v>) on @alu
      cost<latency = 4, interval = 1> {
    linalg.copy ins(%from : memref<4xf32, @v>) outs(%to : memref<4xf32, @mem>)
  }
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.mlir").write_text(BASE)
    (tmp_path / "more.mlir").write_text(MORE)
    return tmp_path


def test_parts_and_attributes_are_joined(folder: Path):
    more = find_target("more.mlir", ModuleOp([]))
    assert list(more.instructions) == ["load", "store"]
    assert list(more.memories) == ["mem", "v"]
    assert more.features == ("one", "two")
    assert more.c_headers == ("a.h", "b.h")
    assert more.c_flags == ("-a", "-b")
    assert isinstance(more.lookup("load"), InstructionOp)


def test_an_own_part_replaces_an_included_one(folder: Path):
    more, base = (find_target(f"{name}.mlir", ModuleOp([])) for name in ("more", "base"))
    assert (more.units["alu"].count, base.units["alu"].count) == (2, 1)
    load, store = more.instructions["load"], more.instructions["store"]
    assert store.parent_op() is more
    assert load.parent_op() is not more
    assert load.parent_op() is base


def test_complete_machines_have_a_c_form_for_every_instruction(folder: Path):
    assert find_target("base.mlir", ModuleOp([])).is_complete
    assert not find_target("more.mlir", ModuleOp([])).is_complete


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('isa.include "nowhere"', "unknown machine 'nowhere'"),
        ('isa.include "gone.mlir"', "there is no file 'gone.mlir'"),
        ('isa.include "base.mlir" isa.unit @v', "'isa.unit' cannot replace it"),
        (
            'isa.include "base.mlir" isa.memory @v register {count = 4 : i64, bytes = 32 : i64}',
            "must keep kind and bytes",
        ),
        ('isa.include "base.mlir" isa.include "other.mlir"', "describe @alu differently"),
    ],
)
def test_mistakes_are_errors(folder: Path, body: str, message: str):
    (folder / "other.mlir").write_text("isa.target @other { isa.unit @alu {count = 3 : i64} }")
    (folder / "wrong.mlir").write_text(f"isa.target @wrong {{ {body} }}")
    with pytest.raises(UserError, match=message):
        find_target("wrong.mlir", ModuleOp([]))


def test_including_itself_is_an_error(folder: Path):
    (folder / "one.mlir").write_text('isa.target @one { isa.include "two.mlir" }')
    (folder / "two.mlir").write_text('isa.target @two { isa.include "one.mlir" }')
    with pytest.raises(UserError, match=r"includes itself: one.mlir -> two.mlir -> one.mlir"):
        find_target("one.mlir", ModuleOp([]))


def test_one_machine_by_two_ways_is_one(folder: Path):
    (folder / "left.mlir").write_text('isa.target @left { isa.include "base.mlir" }')
    (folder / "right.mlir").write_text('isa.target @right { isa.include "base.mlir" }')
    text = 'isa.target @both { isa.include "left.mlir" isa.include "right.mlir" }'
    (folder / "both.mlir").write_text(text)
    assert list(find_target("both.mlir", ModuleOp([])).units) == ["alu"]


def test_registers_of_an_included_memory_may_hold_more_types():
    more = find_target("avx512_bf16", ModuleOp([]))
    memory: Operation = more.memories["zmm"]
    assert isinstance(memory, MemoryOp)
    assert memory.parent_op() is more
    assert memory.c_types["bf16"] == "__m512i"


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ((), "amx"),
        (("amx_int8",), "avx512_server"),
        (("avx512_bf16",), "avx512_vnni"),
        (("avx512_bf16", "avx512_vnni", "avx_vnni"), "avx512"),
        (("avx512f",), "avx_vnni"),
        (("avx512f", "avx_vnni"), "avx2"),
        (("avx512f", "avx2"), "scalar"),
    ],
)
def test_the_host_is_the_best_machine_that_the_cpu_is(
    monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], expected: str
):
    known = [find_target(name, ModuleOp([])) for name, _ in list_machines()]
    features = {feature for target in known for feature in target.features} - set(lacking)
    monkeypatch.setattr(machines, "host_features", lambda: frozenset(features))
    assert find_target("host", ModuleOp([])).symbol == expected


def test_peaks_count_products_of_narrow_elements():
    peaks = {name: peak_of(find_target(name, ModuleOp([]))) for name in ("avx512", "avx512_vnni")}
    assert peaks == {"avx512": 64.0, "avx512_vnni": 128.0}
