"""Binary forms that cannot be: each an error at the part of the machine that is wrong."""

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import FileLineColLoc

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.isa.form_rules import check_forms, form_errors
from isa_mapper.dialects.machines import list_machines, load_machine
from isa_mapper.dialects.source import read_module
from isa_mapper.tools.universe import multiverse

MACHINE = """isa.target @toy attributes {dim = 8 : i64} {
  isa.memory @dram cached {bandwidth = 8 : i64}
  isa.memory @pad scratchpad {bytes = 4096 : i64, row = 8 : i64}
  isa.memory @micro scratchpad {bytes = 4096 : i64, row = 4 : i64}
  isa.unit @load {queue = 4 : i64, number = 1 : i64}
  isa.unit @execute {count = 2 : i64, queue = 4 : i64, number = 2 : i64}
  isa.format @word bits 64 [opcode[0:4], engine[4:4] = engine(), waits[8:1], number[9:3], count[12:1], signals[13:1],
    to[14:3], by[17:1]]
  isa.format @bare bits 64 [opcode[0:4], waits[8:1], number[9:3], count[12:1], signals[13:1],
    to[14:3], by[17:1]]
  isa.format @short bits 32 [opcode[0:4], engine[4:4] = engine(), waits[8:1], number[9:3], count[12:1], signals[13:1],
    to[14:3], by[17:1]]
  isa.format @micro_word bits 32 in @micro [to[0:10]]
  isa.semaphores 8 most 15 wait (waits, number, count) signal (signals, to, by)
  isa.instruction @bring(%dst: memref<?x8xi8, @pad>, %src: memref<?x8xi8, @dram>) on @load
      extents<i = 2 * dim> cost<latency = 1, interval = i>
      encoded<@word, opcode = 2, dst[20:9] = address(dst), src[32:32] = address(src), rows[29:3] = extent(i) - 1> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x8xi8, @dram>, memref<?x8xi8, @pad>)
  }
  // HERE
}
"""

BRING = """isa.instruction @again(%dst: memref<?x8xi8, @pad>, %src: memref<?x8xi8, @dram>) on @load
      extents<i = 8> cost<latency = 1, interval = i> encoded<ENCODING> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x8xi8, @dram>, memref<?x8xi8, @pad>)
  }"""
SAYS = "dst[20:9] = address(dst), src[32:32] = address(src), rows[29:3] = extent(i) - 1"

ADD = """isa.instruction @add(%to: memref<8xi8, @pad>, %from: memref<8xi8, @pad>) on @execute
      cost<latency = 1, interval = 1> encoded<ENCODING> {
    linalg.copy ins(%from : memref<8xi8, @pad>) outs(%to : memref<8xi8, @pad>)
  }"""


def machine(text: str, dim: int = 4) -> TargetOp:
    """The machine with one more part."""
    context = Context()
    for name, dialect in multiverse().all_dialects.items():
        context.register_dialect(name, dialect)
    text = MACHINE.replace("dim = 8", f"dim = {dim}").replace("// HERE", text)
    module = read_module(context, text, "toy.mlir")
    return next(op for op in module.body.ops if isinstance(op, TargetOp))


@pytest.mark.parametrize("name", [name for name, _ in list_machines()])
def test_shipped_machines_are_right(name: str):
    assert list(form_errors(load_machine(name))) == []


def test_the_toy_is_right():
    check_forms(machine(""))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "isa.control @idle on @load synchronises encoded<@word, opcode = 2>",
            "words of @bring on load can be the same bits as those of @idle on load",
        ),
        (
            BRING.replace("ENCODING", f"@word, opcode = 2, {SAYS}"),
            "words of @again on load can be the same bits as those of @bring on load",
        ),
        (
            BRING.replace("ENCODING", f"@bare, opcode = 2, {SAYS}"),
            None,  # 'engine' of @bare is zero, which no engine is
        ),
        (
            "isa.control @idle on @execute synchronises encoded<@bare, opcode = 3>",
            "words of @idle on execute.1 can be the same bits as those of @idle on execute.0",
        ),
        (
            "isa.control @idle on @load synchronises encoded<@short, opcode = 2>",
            "words of @bring on load can be the same bits as those of @idle on load",
        ),
        (
            ADD.replace("ENCODING", "@word, opcode = 4, dst[20:9] = address(to), from[32:9] = first_record(), "
                        "end[41:10] = end_record() records @micro_word, to = address(from)"),
            None,
        ),
        (
            ADD.replace("ENCODING", "@word, opcode = 4, dst[20:9] = address(to), from[32:9] = address(from), "
                        "first[41:9] = first_record()"),
            "'first_record()' of an instruction without records",
        ),
        (
            ADD.replace("ENCODING", "@word, opcode = 4, dst[20:9] = address(to), first[41:9] = first_record() "
                        "records @micro_word, to = address(from)"),
            "the encoding does not say 'end_record()'",
        ),
        (
            ADD.replace("ENCODING", "@word, opcode = 4, dst[20:9] = address(to), from[32:9] = address(from), "
                        "n[41:9] = count(1)"),
            "the encoding has loop 1, but not how often loop 0 runs",
        ),
    ],
)  # fmt: skip
def test_forms(text: str, message: str | None):
    target = machine(text)
    errors = list(form_errors(target))
    assert [error.message for error in errors][:1] == ([] if message is None else [message])
    for error in errors:
        assert isinstance(error.location, FileLineColLoc)
        assert error.location.filename.data == "toy.mlir"
        assert error.location.line.data in (15, 20)
        with pytest.raises(UserError):
            check_forms(target)


def test_extents_that_a_field_cannot_say():
    (error,) = form_errors(machine("", dim=8))
    assert error.message == (
        "@bring does up to 16 of axis 'i', but field 'rows' of 3 bits cannot hold 'extent(i) - 1' for 16"
    )
    assert isinstance(error.location, FileLineColLoc)
    assert error.location.line.data == 15


def test_too_few_semaphores():
    (error,) = form_errors(machine("isa.unit @store {queue = 4 : i64, number = 9 : i64}"))
    assert error.message == (
        "4 engines need 12 semaphores, one from each to each other; there are 8"
    )
    assert isinstance(error.location, FileLineColLoc)
    assert error.location.line.data == 14


def test_engines_that_a_field_cannot_number():
    text = MACHINE.replace("number = 2 : i64", "number = 15 : i64")
    context = Context()
    for name, dialect in multiverse().all_dialects.items():
        context.register_dialect(name, dialect)
    control = "isa.control @idle on @execute synchronises encoded<@word, opcode = 3>"
    module = read_module(
        context, text.replace("dim = 8", "dim = 4").replace("// HERE", control), "toy.mlir"
    )
    target = next(op for op in module.body.ops if isinstance(op, TargetOp))
    with pytest.raises(UserError, match="@idle: field 'engine' of 4 bits cannot hold 16"):
        check_forms(target)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to[14:3], by[17:1]]\n  isa.format @bare", "to[14:3], by[16:1]]\n  isa.format @bare",
         "fields 'to' and 'by' overlap in bit 16"),
        ("rows[29:3]", "rows[28:3]", "overlap in bit 28"),
        ("rows[29:3]", "rows[29:0]", "field 'rows' must have at least one bit"),
        ("src[32:32]", "src[32:33]", "does not lie within the 64 bits of the word"),
        ("extents<i = 2 * dim>", "extents<i = dim - 4>", "the most of axis 'i' must be at least 1"),
        ("extents<i = 2 * dim>", "extents<q = 2 * dim>", "axis 'q' in 'extents'"),
    ],
)  # fmt: skip
def test_descriptions_that_cannot_be(
    old: str, new: str, message: str, monkeypatch: pytest.MonkeyPatch
):
    """Fields that overlap or end beyond the word, and extents that are none."""
    assert old in MACHINE
    monkeypatch.setitem(globals(), "MACHINE", MACHINE.replace(old, new))
    with pytest.raises(UserError) as caught:
        machine("")
    assert message in caught.value.message
    assert caught.value.location is not None
