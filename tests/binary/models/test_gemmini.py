"""Images for Gemmini on a model of it that is written after its header of commands, and shares nothing with ours.

The model decodes every bit of the two registers of each command. No setting has a value before a command
gives it one, and what the scratchpads hold before something is moved there is an error to read.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, np.dtype[Any]]
RunImage = Callable[..., Any]

CONFIG, MVIN2, MVIN, MVOUT, PRELOADED, ACCUMULATED, PRELOAD, FLUSH, MVIN3 = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    14,
)
CONFIG_EX, CONFIG_LD, CONFIG_ST = range(3)
GARBAGE = 0xFFFFFFFF
CHANNELS = {MVIN: 0, MVIN2: 1, MVIN3: 2}


def field(register: int, first: int, width: int) -> int:
    """Bits of a register."""
    return register >> first & (1 << width) - 1


def float_of(bits: int) -> np.float32:
    """The number that 32 bits are."""
    return np.float32(struct.unpack("<f", struct.pack("<I", bits))[0])


class Operand:
    """A local address with the extents of a block: rows in bits 48 to 63, columns in 32 to 47."""

    def __init__(self, register: int) -> None:
        self.rows, self.columns = field(register, 48, 16), field(register, 32, 16)
        self.address = field(register, 0, 32)
        self.is_garbage = self.address == GARBAGE
        self.row = field(register, 0, 29)
        self.in_accumulator, self.accumulates, self.is_full = (
            bool(field(register, bit, 1)) for bit in (31, 30, 29)
        )


class Gemmini:
    """A weight-stationary array of 16 x 16 with its settings, none of which is known in the beginning."""

    def __init__(self, image: bytes) -> None:
        self.dram = bytearray(image)
        self.spad = np.zeros((16384, 16), np.int8)
        self.acc = np.zeros((1024, 16), np.int32)
        self.is_known = {
            id(memory): np.zeros(memory.shape, np.bool_) for memory in (self.spad, self.acc)
        }
        self.is_configured = False
        self.strides: dict[int, int] = {}
        self.blocks: dict[int, int] = {}
        self.store: tuple[int, int, np.float32] | None = None
        self.weights: Array | None = None
        self.preloaded: tuple[Operand, Operand] | None = None

    def run(self, code: bytes) -> None:
        """Execute commands in order; the last is the flush that the CPU waits for."""
        commands = [*struct.iter_unpack("<QQQ", code)]
        for function, rs1, rs2 in commands[:-1]:
            if function == CONFIG:
                (self.config_ex, self.config_ld, self.config_st)[field(rs1, 0, 2)](rs1, rs2)
            elif function in CHANNELS:
                self.mvin(CHANNELS[function], rs1, Operand(rs2))
            elif function == MVOUT:
                self.mvout(rs1, Operand(rs2))
            elif function == PRELOAD:
                self.preloaded = Operand(rs1), Operand(rs2)
            else:
                assert function in (PRELOADED, ACCUMULATED)
                self.compute(Operand(rs1), Operand(rs2), function == PRELOADED)
        assert commands[-1] == (FLUSH, 0, 0)

    def config_ex(self, rs1: int, rs2: int) -> None:
        """Dataflow 2, activation 3-4, only strides 7, transposed 8-9, A's stride 16-31, scale; shift, C's stride."""
        assert field(rs1, 2, 1) == 1, "weight-stationary"
        assert field(rs1, 3, 13) == 0, "no activation, all is set, nothing is transposed"
        assert field(rs1, 16, 16) == 1, "rows of A are one apart"
        assert float_of(field(rs1, 32, 32)) == 1
        assert field(rs2, 0, 48) == 0, "no shift"
        assert field(rs2, 48, 16) == 1, "rows of C are one apart"
        self.is_configured = True

    def config_ld(self, rs1: int, rs2: int) -> None:
        """Shrunk 2, channel 3-4, pixel repeats 8-15, stride of blocks 16-31, scale 32-63; the stride."""
        assert field(rs1, 2, 1) == field(rs1, 5, 11) == 0
        assert float_of(field(rs1, 32, 32)) == 1
        channel = field(rs1, 3, 2)
        self.strides[channel], self.blocks[channel] = rs2, field(rs1, 16, 16)

    def config_st(self, rs1: int, rs2: int) -> None:
        """Activation 2-3, pooling above; stride 0-31, scale 32-63."""
        assert field(rs1, 4, 60) == 0, "no pooling"
        assert field(rs1, 2, 2) in (0, 1)
        self.store = field(rs1, 2, 2), field(rs2, 0, 32), float_of(field(rs2, 32, 32))

    def mvin(self, channel: int, address: int, to: Operand) -> None:
        """Blocks of 16 columns, of bytes into the scratchpad or of words into the accumulator."""
        assert channel in self.strides, "the stride of this channel was never set"
        assert 1 <= to.rows <= 16
        assert 1 <= to.columns <= 64
        assert not to.accumulates
        memory = self.acc if to.in_accumulator else self.spad
        for row in range(to.rows):
            first = address + row * self.strides[channel]
            data = self.dram[first : first + to.columns * memory.itemsize]
            values = np.frombuffer(data, memory.dtype)
            assert len(values) == to.columns, "past the end of the memory"
            for column in range(0, to.columns, 16):
                part = values[column : column + 16]
                place = to.row + row + column // 16 * self.blocks[channel]
                memory[place, : len(part)] = part
                self.is_known[id(memory)][place, : len(part)] = True

    def block(self, at: Operand) -> Array:
        """16 x 16 bytes of the scratchpad, zero beyond the extents or if there is nothing."""
        found = np.zeros((16, 16), np.int64)
        if not at.is_garbage:
            assert not at.in_accumulator
            box = slice(at.row, at.row + at.rows), slice(at.columns)
            assert self.is_known[id(self.spad)][box].all()
            found[: at.rows, : at.columns] = self.spad[box]
        return found

    def compute(self, a: Operand, d: Operand, takes_weights: bool) -> None:
        """C is A B, or is added to, where B is in the array or comes there now."""
        assert self.is_configured
        assert d.is_garbage
        assert self.preloaded is not None
        b, c = self.preloaded
        if takes_weights:
            self.weights = self.block(b)
        assert self.weights is not None
        assert takes_weights or b.is_garbage
        assert c.in_accumulator
        product = (self.block(a) @ self.weights)[: c.rows, : c.columns]
        box = slice(c.row, c.row + c.rows), slice(c.columns)
        if c.accumulates:
            assert self.is_known[id(self.acc)][box].all()
            product = product + self.acc[box]
        self.acc[box] = (product & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
        self.is_known[id(self.acc)][box] = True
        self.preloaded = None

    def mvout(self, address: int, source: Operand) -> None:
        """Words as they are, or bytes: activated, scaled, rounded to even, clamped."""
        assert self.store is not None, "the stores were never configured"
        activation, stride, scale = self.store
        assert source.in_accumulator
        assert 1 <= source.rows <= 16
        assert 1 <= source.columns <= 16
        box = slice(source.row, source.row + source.rows), slice(source.columns)
        assert self.is_known[id(self.acc)][box].all()
        values = self.acc[box]
        if not source.is_full:
            values = np.maximum(values, 0) if activation else values
            scaled = np.rint(values.astype(np.float32) * scale)
            values = np.clip(scaled, -128, 127).astype(np.int8)
        for row in range(source.rows):
            first = address + row * stride
            data = values[row].tobytes()
            assert first + len(data) <= len(self.dram)
            self.dram[first : first + len(data)] = data


def execute(image: bytes, code: Mapping[str, int]) -> bytearray:
    """Execute the code of an image."""
    gemmini = Gemmini(image)
    gemmini.run(image[code["offset"] : code["offset"] + code["size"]])
    return gemmini.dram


def bytes_of(seed: int, *shape: int) -> Array:
    """Random bytes with many extremes."""
    array = np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)
    array.flat[::5] = -128
    return array


@pytest.mark.parametrize("shape", [(20, 24, 40), (70, 150, 100), (1, 1, 1), (33, 17, 65)])
def test_a_product_with_a_bias(shape: tuple[int, int, int], run_image: RunImage) -> None:
    m, n, k = shape
    types = f"tensor<{m}x{k}xi8>, tensor<{k}x{n}xi8>, tensor<{n}xi32>"
    a, b, c = types.split(", ")
    text = f"""
func.func @f(%a: {a}, %b: {b}, %bias: {c}) -> tensor<{m}x{n}xi32> {{
  %y = kernel.matmul %a, %b bias %bias : {types} -> tensor<{m}x{n}xi32>
  func.return %y : tensor<{m}x{n}xi32>
}}"""
    arrays = {"a": bytes_of(1, m, k), "b": bytes_of(2, k, n)}
    arrays["bias"] = np.random.default_rng(3).integers(-(2**31), 2**31, n).astype(np.int32)
    with np.errstate(over="ignore"):
        expected = arrays["a"].astype(np.int32) @ arrays["b"].astype(np.int32) + arrays["bias"]
    np.testing.assert_array_equal(run_image(text, "gemmini16", arrays, execute), expected)


@pytest.mark.parametrize("relu", [False, True])
def test_layers(relu: bool, run_image: RunImage, hexadecimal: Callable[[Array], str]) -> None:
    """Bytes between two products: the stores are set twice, to other scales and strides."""
    x, w, v = bytes_of(4, 20, 40), bytes_of(5, 40, 24), bytes_of(6, 24, 18)
    same = "affine_map<(i, j) -> (i, j)>"
    first = "%u = arith.maxsi %s, %none : i32" if relu else "%u = arith.addi %s, %none : i32"
    text = f"""
func.func @f(%x: tensor<20x40xi8>, %v: tensor<24x18xi8>) -> tensor<20x18xi32> {{
  %w = {hexadecimal(w)}
  %none = arith.constant 0 : i32
  %scale = arith.constant 0.0078125 : f32
  %least = arith.constant -128.0 : f32
  %most = arith.constant 127.0 : f32
  %c = kernel.matmul %x, %w : tensor<20x40xi8>, tensor<40x24xi8> -> tensor<20x24xi32>
  %e = tensor.empty() : tensor<20x24xi8>
  %d = linalg.generic {{indexing_maps = [{same}, {same}], iterator_types = ["parallel", "parallel"]}}
      ins(%c : tensor<20x24xi32>) outs(%e : tensor<20x24xi8>) {{
  ^bb0(%s: i32, %old: i8):
    {first}
    %f = arith.sitofp %u : i32 to f32
    %p = arith.mulf %f, %scale : f32
    %h = math.roundeven %p : f32
    %t = arith.maximumf %h, %least : f32
    %q = arith.minimumf %t, %most : f32
    %b = arith.fptosi %q : f32 to i8
    linalg.yield %b : i8
  }} -> tensor<20x24xi8>
  %r = kernel.matmul %d, %v : tensor<20x24xi8>, tensor<24x18xi8> -> tensor<20x18xi32>
  func.return %r : tensor<20x18xi32>
}}"""
    sums = x.astype(np.int32) @ w.astype(np.int32)
    sums = np.maximum(sums, 0) if relu else sums
    middle = np.clip(np.rint(sums.astype(np.float32) * np.float32(0.0078125)), -128, 127)
    expected = middle.astype(np.int32) @ v.astype(np.int32)
    found = run_image(text, "gemmini16", {"x": x, "v": v}, execute)
    np.testing.assert_array_equal(found, expected)


def test_a_convolution(run_image: RunImage) -> None:
    """Strides in both directions, and padding."""
    x, w = bytes_of(7, 1, 7, 9, 20), bytes_of(8, 3, 3, 20, 18)
    types = "tensor<1x7x9x20xi8>, tensor<3x3x20x18xi8> -> tensor<1x4x5x18xi32>"
    text = f"""
func.func @f(%x: tensor<1x7x9x20xi8>, %w: tensor<3x3x20x18xi8>) -> tensor<1x4x5x18xi32> {{
  %y = kernel.conv %x, %w {{layout = "nhwc", padding = [1, 1], strides = [2, 2]}} : {types}
  func.return %y : tensor<1x4x5x18xi32>
}}"""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).astype(np.int32)
    expected = np.zeros((1, 4, 5, 18), np.int32)
    for r in range(3):
        for s in range(3):
            expected += padded[:, r : r + 7 : 2, s : s + 9 : 2] @ w[r, s].astype(np.int32)
    found = run_image(text, "gemmini16", {"x": x, "w": w}, execute)
    np.testing.assert_array_equal(found, expected)
