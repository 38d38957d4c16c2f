"""Finding machines: in the module, in a file, among those that are shipped."""

import os
from pathlib import Path

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr

from isa_mapper.dialects import machines
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import ImportOp, InstructionOp, ScalarOp, TargetOp
from isa_mapper.dialects.machines import (
    find_target,
    import_target,
    list_machines,
    peak_of,
    resolve,
    target_of,
)

TOY = """// A toy
isa.target @toy {
  isa.memory @mem cached
  isa.unit @alu {count = 4 : i64}
  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 2>
}
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "toy.mlir"
    file.write_text(TOY)
    return file


def host_is(monkeypatch: pytest.MonkeyPatch, *features: str) -> None:
    monkeypatch.setattr(machines, "host_features", lambda: frozenset(features))


def test_the_modules_own_target_comes_first():
    own = TargetOp("avx512")
    assert find_target("avx512", ModuleOp([own])) is own
    assert find_target("avx512", ModuleOp([])) is not own


def test_shipped_and_path(toy: Path):
    empty = ModuleOp([])
    assert find_target("scalar", empty).symbol == "scalar"
    for path in ("toy.mlir", "./toy.mlir", str(toy)):
        assert find_target(path, empty).symbol == "toy"


def test_an_import_says_where_to_look(toy: Path):
    module = ModuleOp([ImportOp("toy", "toy.mlir")])
    assert find_target("toy", module) is find_target("toy.mlir", ModuleOp([]))


def test_a_file_is_parsed_once_until_it_changes(toy: Path):
    empty = ModuleOp([])
    first = find_target("toy.mlir", empty)
    assert find_target("toy.mlir", empty) is first
    toy.write_text(TOY.replace("@expression", "@anything"))
    os.utime(toy, ns=(0, 1))
    again = find_target("toy.mlir", empty)
    assert again.scalar is not None
    assert again.scalar.symbol == "anything"


def test_equal_names_in_other_folders_are_other_machines(
    toy: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = toy.parent / "other"
    folder.mkdir()
    (folder / "toy.mlir").write_text(TOY.replace("@expression", "@anything"))
    stamp = toy.stat().st_mtime_ns
    os.utime(folder / "toy.mlir", ns=(stamp, stamp))
    first = find_target("toy.mlir", ModuleOp([]))
    monkeypatch.chdir(folder)
    assert find_target("toy.mlir", ModuleOp([])) is not first


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("avx51", "unknown machine 'avx51'", "did you mean 'avx512'?"),
        ("hots", "unknown machine 'hots'", "did you mean 'host'?"),
        ("mine", "unknown machine 'mine'", None),
        ("./toi.mlir", "there is no file './toi.mlir'", None),
    ],
)
def test_unknown_machines(toy: Path, name: str, message: str, hint: str | None):
    with pytest.raises(UserError) as caught:
        find_target(name, ModuleOp([]))
    assert caught.value.message == message
    if hint is not None:
        assert caught.value.hint == hint


def test_a_file_has_one_machine(toy: Path):
    toy.write_text(TOY + TOY.replace("@toy", "@other"))
    with pytest.raises(UserError, match="must describe one machine, but has 2"):
        find_target("toy.mlir", ModuleOp([]))


def test_a_file_must_verify(toy: Path):
    toy.write_text(TOY.replace("on @alu", "on @fpu"))
    with pytest.raises(UserError, match="unknown unit @fpu") as caught:
        find_target("toy.mlir", ModuleOp([]))
    location = caught.value.location
    assert location is not None
    assert (location.filename.data, location.line.data) == ("toy.mlir", 5)


def test_import_target_makes_the_module_say_it(toy: Path):
    module = ModuleOp([test.TestOp()])
    target = import_target(module, "toy.mlir")
    assert import_target(module, "toy") is target
    assert import_target(module, "toy.mlir") is target
    import_target(module, "avx512")
    assert [str(op) for op in module.body.block.ops if isinstance(op, ImportOp)] == [
        'isa.import @avx512 from "avx512"',
        'isa.import @toy from "toy.mlir"',
    ]
    module.verify()


def test_import_target_leaves_a_module_with_the_target_alone():
    module = ModuleOp([TargetOp("avx512")])
    import_target(module, "avx512")
    assert len(list(module.body.block.ops)) == 1


def test_two_sources_of_one_name_are_an_error(toy: Path):
    module = ModuleOp([ImportOp("toy", "elsewhere/toy.mlir")])
    with pytest.raises(UserError, match=r"already imported from 'elsewhere/toy\.mlir'"):
        import_target(module, "toy.mlir")


def test_resolve():
    op = test.TestOp()
    module = ModuleOp([op])
    target = import_target(module, "avx512")
    found = resolve(op, SymbolRefAttr("avx512", ["fmadd_ps"]))
    assert isinstance(found, InstructionOp)
    assert found is target.instructions["fmadd_ps"]
    assert isinstance(resolve(op, SymbolRefAttr("avx512", ["expression"])), ScalarOp)
    assert target_of(op, SymbolRefAttr("avx512", ["fmadd_ps"])) is target
    with pytest.raises(UserError, match="has no instruction @zmm"):
        resolve(op, SymbolRefAttr("avx512", ["zmm"]))
    with pytest.raises(UserError, match="unknown target @avx2"):
        resolve(op, SymbolRefAttr("avx2", ["fmadd_ps"]))


def test_host_is_the_machine_with_the_highest_peak_that_the_cpu_has(
    monkeypatch: pytest.MonkeyPatch,
):
    empty = ModuleOp([])
    host_is(monkeypatch)
    assert find_target("host", empty).features == ()
    everything = {feature for name, _ in list_machines() for feature in _machine(name).features}
    host_is(monkeypatch, *everything)
    best = find_target("host", empty)
    shipped = [_machine(name) for name, _ in list_machines()]
    assert peak_of(best) == max(peak_of(machine) for machine in shipped if machine.is_complete)
    host_is(monkeypatch, *(everything - set(best.features)))
    assert peak_of(find_target("host", empty)) < peak_of(best)


def test_host_is_imported_under_its_own_name(monkeypatch: pytest.MonkeyPatch):
    host_is(monkeypatch)
    module = ModuleOp([])
    target = import_target(module, "host")
    (op,) = module.body.block.ops
    assert isinstance(op, ImportOp)
    assert (op.symbol, op.source.data) == (target.symbol, target.symbol)


def _machine(name: str) -> TargetOp:
    return find_target(name, ModuleOp([]))
