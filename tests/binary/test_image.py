"""Images: everything is where the JSON says, and the code knows it."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isa_mapper.binary.decode import decoder_of
from isa_mapper.binary.digest import digest_of
from isa_mapper.binary.encode import encode
from isa_mapper.binary.entries import find_buffer
from isa_mapper.binary.image import link, manifest, place, relocate
from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.layout import pack, unpack
from isa_mapper.binary.program import Buffer, Dimension, Program, Relocation, Role
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp

OwnMachine = Callable[[str], TargetOp]


@pytest.fixture
def target(own_machine: OwnMachine) -> TargetOp:
    return own_machine("tokens")


@pytest.fixture
def program(target: TargetOp) -> Program:
    bring = Instance("bring", "load", (Place(8, (8, 1)), Place(16, (16, 1), symbol="x")), (5, 8))
    send = Instance("send", "load", (Place(24, (8, 1), symbol="y"), Place(8, (8, 1))), (5, 8))
    encoded = encode([bring, send], target)
    buffers = (
        Buffer("odd", Role.CONSTANT, "i8", (3,), (Dimension(0, 3),), b"abc", alignment=1),
        Buffer("x", Role.INPUT, "i8", (9, 10), (Dimension(0, 9), Dimension(1, 16)), alignment=1),
        Buffer("y", Role.OUTPUT, "i8", (99,), (Dimension(0, 99),), alignment=32),
    )
    return Program(
        "tokens", digest_of(target), "f", encoded.code, buffers, encoded.relocations, source="77"
    )


def test_places(program: Program):
    """Alignments hold, also that of the fields with the address, which count in 8 bytes."""
    assert place(program) == {"odd": 0, "x": 8, "y": 160}
    assert place(program, 13) == {"odd": 13, "x": 16, "y": 160}


def test_an_image(program: Program, target: TargetOp):
    x = np.arange(90, dtype=np.int8).reshape(9, 10)
    image = link(program, {"x": x})
    about = json.loads(json.dumps(manifest(program, image)))
    assert about["size"] == len(image.memory)
    assert about["machine"] == "tokens"
    assert about["code"] == {"offset": 0, "size": 16}
    assert [entry["name"] for entry in about["buffers"]] == ["odd", "x", "y"]
    for entry, buffer in zip(about["buffers"], program.buffers, strict=True):
        found, first, size = find_buffer(json.dumps(about).encode(), entry["name"])
        assert (found, first) == (replace(buffer, data=b""), image.offsets[buffer.name])
        held = bytes(image.memory[first : first + size])
        if buffer.name == "x":
            assert held == pack(x, buffer)
            np.testing.assert_array_equal(unpack(held, buffer), x)
        else:
            assert held == (buffer.data or bytes(99))
    bring, send = decoder_of(target).decode(bytes(image.memory[:16]))
    assert bring.instance({}).places[1].address == image.offsets["x"] + 16
    assert send.instance({}).places[0].address == image.offsets["y"] + 24


def test_errors(program: Program):
    with pytest.raises(UserError, match="there is no buffer 'z'"):
        link(program, {"z": np.zeros(3, np.int8)})
    with pytest.raises(UserError, match="'x' is"):
        link(program, {"x": np.zeros(3, np.int8)})
    with pytest.raises(UserError, match="buffer 'y' has no address"):
        relocate(program, {"x": 8})
    with pytest.raises(UserError, match="buffer 'x' is at 9, no multiple of 8"):
        relocate(program, {"x": 9, "y": 0})
    with pytest.raises(UserError, match="has 24 bits, too few for 16777218"):
        relocate(program, {"x": 8 << 24, "y": 0})
    outside = replace(program, relocations=(Relocation(120, 24, "x", 8),))
    with pytest.raises(UserError, match="the field at bit 120 is outside of the code"):
        relocate(outside, {"x": 8})
    large = Buffer("x", Role.SCRATCH, "i64", (), (Dimension(0, 1 << 30),))
    with pytest.raises(UserError, match=r"buffer 'x' ends at .* past 4294967296 bytes of memory"):
        place(replace(program, buffers=(large,), relocations=()))


def test_relocations_in_odd_bits():
    """A field that begins and ends within bytes, beside other fields that stay as they are."""
    code = bytes([0xFF] * 2 + [0x07, 0x00, 0xF0, 0xFF])
    buffers = (Buffer("x", Role.INPUT, "i8", (1,), (Dimension(0, 1),)),)
    program = Program("m", "", "f", code, buffers, (Relocation(19, 17, "x", 4),))
    assert relocate(program, {"x": 4 * 0x1ABCD}) == (
        int.from_bytes(code, "little") | 0x1ABCD << 19
    ).to_bytes(6, "little")


def test_a_damaged_manifest():
    for text in (b"", b"[]", b"{}", b'{"buffers": [3]}', b'{"buffers": [{"name": "x"}]}', b"\xff"):
        with pytest.raises(UserError):
            find_buffer(text, "x")
    with pytest.raises(UserError, match="no buffer 'x'"):
        find_buffer(b'{"buffers": []}', "x")
