"""ELF files: other tools read them, everything comes back, and damage is an error."""

import shutil
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from isa_mapper.binary import elf
from isa_mapper.binary.digest import digest_of
from isa_mapper.binary.elf_sections import MACHINE, VERSION, parse_sections
from isa_mapper.binary.program import Buffer, Dimension, Program, Relocation, Role
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.machines import load_machine

RandomCode = Callable[[TargetOp, Random, int], bytes]


def flat(name: str, role: Role, size: int, data: bytes = b"", alignment: int = 64) -> Buffer:
    return Buffer(name, role, "i8", (size,), (Dimension(0, size),), data, alignment)


@pytest.fixture
def program(random_code: RandomCode) -> Program:
    target = load_machine("npu")
    code = random_code(target, Random(0), 6)
    buffers = (
        flat("a", Role.INPUT, 64),
        flat("small", Role.CONSTANT, 3, b"abc", 1),
        flat("scratch", Role.SCRATCH, 5),
        flat("b\u00e4r", Role.CONSTANT, 70, bytes(range(70)), 256),
        flat("later", Role.SCRATCH, 7, alignment=128),
        flat("records", Role.RECORDS, 8, b"12345678"),
        flat("c", Role.OUTPUT, 0),
    )
    relocations = (Relocation(52, 40, "a", 1), Relocation(128 + 3, 17, "b\u00e4r", 16))
    place = ("x.mlir", 3, 4)
    locations = (None, place, place, None, ("y.mlir", 1, 1), ("x.mlir", 3, 5))
    return Program(
        *("npu", digest_of(target), "gemm", code, buffers, relocations, locations),
        source="ab12",
    )


def test_everything_comes_back(program: Program):
    data = elf.write(program)
    assert elf.read(data) == program
    assert elf.read(data, load_machine("npu")) == program
    assert elf.write(elf.read(data)) == data
    empty = Program("npu", "", "f", b"")
    assert elf.read(elf.write(empty)) == empty


@pytest.mark.parametrize("tool", ["readelf", "llvm-readelf"])
def test_other_tools_read_it(program: Program, tool: str, tmp_path: Path):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    file = tmp_path / "x.elf"
    file.write_bytes(elf.write(program))
    command = [tool, "-a", "-W", file]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True)
    assert not done.stderr
    assert "warning" not in done.stdout.lower()
    for part in (".text", ".rodata", ".bss", ".rela.text", "scratch", "gemm", "ISA Mapper"):
        assert part in done.stdout
    symbols = {
        line.split()[-1]: line.split() for line in done.stdout.splitlines() if "OBJECT" in line
    }
    assert [symbols[name][2] for name in ("a", "small", "scratch")] == ["64", "3", "5"]
    assert symbols["a"][-2] == "UND"


def test_objcopy_takes_the_code_out(program: Program, tmp_path: Path):
    """The sections are where an independent tool looks for them."""
    if shutil.which("llvm-objcopy") is None:
        pytest.skip("llvm-objcopy is not installed")
    file, out = tmp_path / "x.elf", tmp_path / "code.bin"
    file.write_bytes(elf.write(program))
    command = ["llvm-objcopy", f"--dump-section=.text={out}", file, tmp_path / "copy.elf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"llvm-objcopy knows only machines of its own: {done.stderr}")
    assert out.read_bytes() == program.code


def test_the_header(program: Program):
    fields = struct.unpack_from("<16sHHIQQQI", elf.write(program))
    assert (fields[1], fields[2], fields[7]) == (1, MACHINE, VERSION)
    sections = parse_sections(elf.write(program))
    assert sections[".text"].data == program.code
    assert sections[".rodata"].data[:3] == b"abc"
    assert sections[".rodata"].data[256:] == bytes(range(70))
    assert sections[".bss"].size == 128 + 7


def test_another_machine_or_another_description(program: Program):
    target = load_machine("npu")
    data = elf.write(replace(program, digest="0" * 64))
    with pytest.raises(UserError, match="for another description of 'npu'"):
        elf.read(data, target)
    with pytest.raises(UserError, match="the program is for machine 'vta', not 'npu'"):
        elf.read(elf.write(replace(program, machine="vta")), target)


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (0, b"\x7fELG", "this is no ELF file"),
        (4, b"\1", "no object file of 64-bit little-endian ELF"),
        (16, b"\2", "no object file"),
        (18, b"\x3e\0", "another kind of machine: number 0x3e"),
        (48, b"\7", "version 7, known is 1"),
        (40, b"\xff" * 8, "the table of sections is not within the file"),
        (62, b"\xff\xff", "the table of sections is not within the file"),
    ],
)
def test_a_damaged_header(program: Program, offset: int, value: bytes, message: str):
    data = bytearray(elf.write(program))
    data[offset : offset + len(value)] = value
    with pytest.raises(UserError, match=message):
        elf.read(bytes(data))


def test_contradictions_are_not_written(program: Program):
    for buffers, message in (
        ((flat("a", Role.CONSTANT, 3, b"ab"),), "buffer 'a' of 3 bytes has 2 of data"),
        ((flat("a", Role.INPUT, 2, b"ab"),), "buffer 'a' of 2 bytes has 2 of data"),
        ((flat("a", Role.INPUT, 2), flat("a", Role.OUTPUT, 2)), "cannot be the name of one buffer"),
        ((flat("a\0", Role.INPUT, 2),), "cannot be the name"),
        ((flat("a", Role.INPUT, 2, alignment=3),), "must be a power of two"),
    ):
        with pytest.raises(UserError, match=message):
            elf.write(replace(program, buffers=buffers, relocations=()))
    with pytest.raises(UserError, match="no buffer 'z' to relocate"):
        elf.write(replace(program, relocations=(Relocation(0, 8, "z", 1),)))


def test_hostile_files(program: Program):
    """Truncated, with exchanged bytes, with exchanged text: an error or a program, nothing else."""
    data, random = elf.write(program), Random(3)
    read = 0
    for _ in range(4000):
        hostile = bytearray(data)
        for _ in range(random.choice([1, 1, 2, 8])):
            at = random.randrange(len(hostile))
            new = random.choice([0, 1, 255, 127, random.randrange(256), *b'0[]{}",9e-'])
            hostile[at] = new
        if random.random() < 0.2:
            hostile = hostile[: random.randrange(len(hostile))]
        with suppress(UserError):
            found = elf.read(bytes(hostile))
            elf.write(found)
            read += 1
    assert read > 100, "some changes do no harm"


def test_hostile_json(program: Program):
    """Every value in the descriptions exchanged for others of all kinds."""
    data = elf.write(program)
    sections = parse_sections(data)
    for name in (".isa.buffers", ".isa.lines"):
        text = sections[name].data
        for new in (b"null", b"-1", b"1e9", b"[]", b"{}", b'"\\ud800"', b"[" * 200, b"9" * 5000):
            for at in [i for i, char in enumerate(text) if char in b'0123456789[{"']:
                hostile = (text[:at] + new + text[at + 1 :])[: len(text)]
                hostile += b" " * (len(text) - len(hostile))
                with suppress(UserError):
                    elf.read(data.replace(text, hostile))
