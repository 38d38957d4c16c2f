"""Assembly text says all that words say: random code comes back, and errors name the place."""

from collections.abc import Callable
from random import Random

import pytest
from xdsl.dialects.builtin import FileLineColLoc

from isa_mapper.binary import elf
from isa_mapper.binary.assemble import assemble
from isa_mapper.binary.digest import digest_of
from isa_mapper.binary.disassemble import disassemble, disassemble_code
from isa_mapper.binary.encode import encode
from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.program import Buffer, Dimension, Program, Relocation, Role
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.machines import load_machine

RandomCode = Callable[[TargetOp, Random, int], bytes]
OwnMachine = Callable[[str], TargetOp]

ODD_NAME = 'an "odd" name, // with\n a line\\ and [brackets] \u00e9'


def test_code_comes_back(machine: TargetOp, random_code: RandomCode):
    code = random_code(machine, Random(7), 500)
    text = disassemble_code(code, machine)
    assert assemble(text, machine).code == code
    assert assemble(disassemble_code(code, machine, words=True), machine).code == code


def program_for(machine: TargetOp, code: bytes, random: Random) -> Program:
    """A program of some code, with buffers of all kinds."""
    constant = random.randbytes(15)
    buffers = (
        Buffer(
            "a", Role.INPUT, "i8", (5, 7), (Dimension(1, 2, 4), Dimension(0, 5), Dimension(1, 4))
        ),
        Buffer(ODD_NAME, Role.CONSTANT, "i8", (15,), (Dimension(0, 15),), constant, alignment=4),
        Buffer("scratch", Role.SCRATCH, "f32", (), ()),
        Buffer("", Role.RECORDS, "i32", (3,), (Dimension(0, 3, -1, 2),), bytes(12), alignment=1),
        Buffer("empty", Role.OUTPUT, "bf16", (0, 4), (Dimension(0, 0), Dimension(1, 4))),
    )
    return Program(machine.symbol, digest_of(machine), "f", code, buffers, source="12ab")


def test_programs_come_back(machine: TargetOp, random_code: RandomCode):
    random = Random(8)
    program = program_for(machine, random_code(machine, random, 20), random)
    text = disassemble(program, machine)
    again = assemble(text, machine)
    assert again == program
    assert elf.write(again) == elf.write(program)
    assert disassemble(again, machine) == text


def test_locations_and_relocations_come_back(own_machine: OwnMachine):
    target = own_machine("tokens")
    places = (Place(8, (8, 1)), Place(64, (16, 1), symbol=ODD_NAME))
    bring = Instance("bring", "load", places, (5, 8))
    here = Instance("bring", "load", places, (5, 8), location=('a "file".mlir', 3, 14))
    encoded = encode([bring, here, here, bring, Instance("halt", "execute")], target)
    buffers = (Buffer(ODD_NAME, Role.INPUT, "i8", (99,), (Dimension(0, 99),)),)
    program = Program(
        *("tokens", digest_of(target), "main", encoded.code, buffers),
        encoded.relocations,
        encoded.locations,
    )
    text = disassemble(program, target)
    assert text.count(".loc") == 2
    assert assemble(text, target) == program
    assert elf.read(elf.write(assemble(text, target)), target) == program


def test_the_text(own_machine: OwnMachine):
    """It can be read: places, extents, parameters, waits and signals by their names."""
    target = own_machine("tokens")
    add = Instance(
        "add",
        "execute",
        (Place(24, (1,), (8,)), Place(16, (1,), (0,))),
        (8,),
        {"more": -3, "factor": 1.5},
        (4,),
        waits=("load",),
    )
    encoded = encode([add], target)
    records = Buffer("records", Role.RECORDS, "i32", (1,), (Dimension(0, 1),), encoded.records)
    program = Program("tokens", digest_of(target), "main", encoded.code, (records,))
    text = disassemble(program, target, words=True, records=True)
    line, record = text.splitlines()[-2:]
    assert line.split(" //")[0].rstrip() == (
        "add execute first=0 end=1 count0=4 to.step0=1 from.step0=0 more=-3 factor=1.5 wait(load)"
    ).replace("first=0 end=1", "first_record=0 end_record=1")
    assert line.endswith(f"// 0x0000: {int.from_bytes(encoded.code, 'little'):016x}")
    assert record == "    // record 0: to=[3] from=[2]"


def test_floats_are_exact(own_machine: OwnMachine):
    target = own_machine("tokens")
    line = "add execute first_record=0 end_record=1 count0=1 to.step0=0 from.step0=0 more=0 factor="
    for text, bits in (
        ("1", 0x3F800000),
        ("-0.0", 0x80000000),
        ("1e-45", 1),
        ("inf", 0x7F800000),
        ("-inf", 0xFF800000),
        ("0x7f800001", 0x7F800001),
        ("0xffc12345", 0xFFC12345),
    ):
        code = assemble(line + text, target).code
        assert int.from_bytes(code, "little") >> 32 == bits
        assert assemble(disassemble_code(code, target), target).code == code


GOOD = "load_i8 load.0 dst=@spad[0] src=a[16] src.present0=15 j=16 src.low0=1 src.high0=0"


@pytest.mark.parametrize(
    ("line", "column", "message", "hint"),
    [
        ("load_i9 load.0", 1, "no instruction 'load_i9'", "did you mean 'load_i8'?"),
        ("load_i8 lod.0", 1, "'load_i8' runs on load.0, load.1, not on 'lod.0'", None),
        ("load_i8", 8, "expected the engine that executes it", None),
        (".bufer a", 1, "unknown directive '.bufer'", "did you mean '.buffer'?"),
        (GOOD.replace("=a[", "=aa["), 33, "unknown buffer 'aa'", "did you mean 'a'?"),
        (GOOD.replace("=a[", "=@spad["), 33, "%src is in @dram, not in @spad", None),
        (GOOD.replace("a[16]", "16"), 33, "expected an address, such as '@dram[0]'", None),
        (
            GOOD.replace("j=16", "j=17"),
            57,
            "'columns' may hold 0 to 15, but 'extent(j) - 1' is 16",
            None,
        ),
        (GOOD.replace("j=16", "j=@dram[1]"), 57, "expected a number, this is no address", None),
        (GOOD.replace("j=16", "j=1_6"), 57, "expected a number", None),
        (GOOD.replace("j=16", "k=16"), 55, "unknown number 'k'", None),
        (GOOD.replace("j=16 ", ""), 1, "'load_i8' needs 'j'", "such as 'j=1'"),
        (GOOD + " j=3", 83, "'j' stands there twice", None),
        (GOOD + " wait(nobody)", 1, "there is no engine nobody", None),
        (GOOD + " wait(store", 93, "expected ','", None),
        (GOOD + " wait(store) wait(store)", 95, "'wait' stands there twice", None),
        (GOOD + " )", 83, "expected a number such as 'i=4', or 'wait(...)'", None),
        (GOOD.replace("dst=@spad[0]", "dst=@spad[0"), 28, "expected ']'", None),
        (GOOD.replace("[0]", "[99999999]"), 20, "field 'near' of 20 bits holds 0 to 1048575", None),
        (GOOD.replace("[16]", "[-1]"), 33, "field 'far' of 40 bits holds 0 to", None),
        ("halt control )", 14, "expected a number", None),
        (".loc", 5, "expected the name of a file, or 'none'", None),
        ('.loc "\\q" 1 1', 6, "this string is malformed", None),
        (".buffer a input i8 [4]", 9, "there is a buffer 'a' already", None),
        (".buffer b inpt i8 [4]", 11, "unknown role 'inpt'", "did you mean 'input'?"),
        (".buffer b input i3 [4]", 11, "arrays of i3 are not supported", None),
        (".buffer b input x8 [4]", 11, "'x8' is no element type", None),
        (".buffer b input i8 [4", 22, "expected ','", None),
        (".buffer b input i8 [4] layout [1:4]", 32, "there is no dimension 1", None),
        (".buffer b input i8 [4] extra", 24, "expected the end of the line", None),
        (".bytes 00", 1, "bytes must follow a buffer of constants or records", None),
        (".machine avx512", 10, "this is for machine 'avx512', not 'npu'", None),
        ("é", 1, "expected an instruction or a directive", None),
    ],
)
def test_errors(line: str, column: int, message: str, hint: str | None):
    text = f"// a comment\n.buffer a input i8 [64]\n\n  {line}"
    with pytest.raises(UserError) as raised:
        assemble(text, load_machine("npu"), "kernel.s")
    error = raised.value
    assert message in error.message
    location = error.location
    assert isinstance(location, FileLineColLoc)
    place = location.filename.data, location.line.data, location.column.data
    assert place == ("kernel.s", 4, column + 2)
    if hint is not None:
        assert error.hint == hint


def test_errors_without_a_line():
    with pytest.raises(UserError, match="the machine is not known yet"):
        assemble("halt control")
    with pytest.raises(UserError, match="unknown machine 'nothing'"):
        assemble(".machine nothing\n")
    with pytest.raises(UserError, match="buffer 'c' has 4 bytes, but 3 are given"):
        assemble(".machine npu\n.buffer c constant i8 [4]\n.bytes 010203")
    with pytest.raises(UserError, match="these are more bytes than 'c' has"):
        assemble(".machine npu\n.buffer c constant i8 [2]\n.bytes 010203")


def test_random_text_is_refused_or_read(own_machine: OwnMachine, random_code: RandomCode):
    """Text with characters taken out, put in or exchanged never fails in another way."""
    target, random = own_machine("tokens"), Random(9)
    program = program_for(target, random_code(target, random, 8), random)
    text = disassemble(program, target)
    for _ in range(1500):
        at = random.randrange(len(text))
        new = random.choice(["", *'[]()=@.,:*-+0z9"/\\ \n\u0661'])
        try:
            assemble(text[:at] + new + text[at + random.randint(0, 2) :], target)
        except UserError:
            continue


def test_relocations_that_fit_nothing(own_machine: OwnMachine):
    target = own_machine("tokens")
    buffers = (Buffer("x", Role.INPUT, "i8", (99,), (Dimension(0, 99),)),)
    code = assemble("send load src=@pad[0] dst=@dram[0] i=1 dst.stride0=8", target).code
    for relocation, message in (
        (Relocation(21, 24, "x", 8), "is not of a field with an address"),
        (Relocation(20, 23, "x", 8), "does not fit its field"),
        (Relocation(20, 24, "x", 4), "does not fit its field"),
    ):
        program = Program("tokens", digest_of(target), "f", code, buffers, (relocation,))
        with pytest.raises(UserError, match=message):
            disassemble(program, target)
