"""Images for VTA on a model of VTA that is written after its hardware's specification, and shares nothing with ours.

The model sees the bytes of the image and the JSON beside it. Its modules load, compute and store take
instructions in any order that the tokens allow. A store of what GEMM or ALU have not written last is an
error: the hardware keeps results of these in a buffer of their own, beside the accumulators.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import numpy as np
import pytest

RunImage = Callable[..., Any]
Run = Callable[[str, Mapping[str, Any], int], Any]
Hexadecimal = Callable[[Any], str]

Array = np.ndarray[Any, np.dtype[Any]]

UOP, WGT, INP, ACC, OUT = range(5)
BYTES = {UOP: 4, WGT: 256, INP: 16, ACC: 64, OUT: 16}
ENTRIES = {UOP: 8192, WGT: 1024, INP: 2048, ACC: 2048, OUT: 2048}


class Word:
    """The fields of one instruction: 128 bits, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self.bits = int.from_bytes(data, "little")
        self.opcode, self.memory = self.at(0, 3), self.at(7, 3)
        self.pop_prev, self.pop_next, self.push_prev, self.push_next = (
            self.at(bit, 1) for bit in (3, 4, 5, 6)
        )

    def at(self, bit: int, width: int) -> int:
        """A field."""
        return self.bits >> bit & (1 << width) - 1

    @property
    def module(self) -> str:
        """Which module executes it."""
        if self.opcode == 1:
            return "store"
        return "load" if self.opcode == 0 and self.memory in (INP, WGT) else "compute"


class Vta:
    """VTA in its default configuration, with the memory that an image is."""

    def __init__(self, image: bytes, code: Mapping[str, int]) -> None:
        self.dram = bytearray(image)
        words = [
            Word(image[at : at + 16])
            for at in range(code["offset"], code["offset"] + code["size"], 16)
        ]
        names = ("load", "compute", "store")
        self.queues = {name: [w for w in words if w.module == name] for name in names}
        self.tokens: dict[str, int] = defaultdict(int)
        self.inp = np.zeros((ENTRIES[INP], 16), np.int8)
        self.wgt = np.zeros((ENTRIES[WGT], 16, 16), np.int8)
        self.acc = np.zeros((ENTRIES[ACC], 16), np.int32)
        self.uop = np.zeros(ENTRIES[UOP], np.uint32)
        self.out = np.zeros((ENTRIES[OUT], 16), np.int8)
        self.is_result = np.zeros(ENTRIES[OUT], np.bool_)

    def run(self, random: Random) -> None:
        """Execute until FINISH, modules in any order."""
        while True:
            able = [
                name for name, queue in self.queues.items() if queue and self.can(name, queue[0])
            ]
            assert able, "no module can go on"
            word = self.queues[name := random.choice(able)].pop(0)
            self.exchange(name, word, pop=True)
            if word.opcode == 3:
                assert not any(self.queues.values()), "instructions are left"
                return
            getattr(self, ("load", "store", "gemm", "", "alu")[word.opcode])(word)
            self.exchange(name, word, pop=False)

    def links(self, name: str, word: Word, pop: bool) -> Iterator[str]:
        """The queues of tokens that an instruction takes from, or gives to."""
        previous, following = {
            "load": (None, "compute"), "compute": ("load", "store"), "store": ("compute", None)
        }[name]  # fmt: skip
        bits = (word.pop_prev, word.pop_next) if pop else (word.push_prev, word.push_next)
        for other, bit in zip((previous, following), bits, strict=True):
            if bit:
                yield f"{other}>{name}" if pop else f"{name}>{other}"

    def can(self, name: str, word: Word) -> bool:
        """Whether an instruction has its tokens."""
        return all(self.tokens[link] for link in self.links(name, word, pop=True))

    def exchange(self, name: str, word: Word, pop: bool) -> None:
        """Take or give tokens."""
        for link in self.links(name, word, pop):
            self.tokens[link] += -1 if pop else 1

    def load(self, word: Word) -> None:
        """LOAD: a block of rows in DRAM, with zeros around it."""
        size, sram, dram = BYTES[word.memory], word.at(10, 16), word.at(26, 32)
        rows, columns, stride = word.at(64, 16), word.at(80, 16), word.at(96, 16)
        top, bottom, left, right = (word.at(bit, 4) for bit in (112, 116, 120, 124))
        if not rows or not columns:
            return
        block = np.zeros((top + rows + bottom, left + columns + right, size), np.uint8)
        for row in range(rows):
            first = (dram + row * stride) * size
            data = np.frombuffer(self.dram[first : first + columns * size], np.uint8)
            block[top + row, left : left + columns] = data.reshape(columns, size)
        memory = {UOP: self.uop, WGT: self.wgt, INP: self.inp, ACC: self.acc}[word.memory]
        count = block.size // size
        assert sram + count <= len(memory)
        memory.view(np.uint8).reshape(-1)[sram * size : (sram + count) * size] = block.reshape(-1)
        if word.memory == ACC:
            self.is_result[sram : sram + count] = False

    def store(self, word: Word) -> None:
        """STORE: results to a block of rows in DRAM."""
        sram, dram = word.at(10, 16), word.at(26, 32)
        rows, columns, stride = word.at(64, 16), word.at(80, 16), word.at(96, 16)
        if not rows or not columns:
            return
        assert word.memory == OUT
        assert word.at(112, 16) == 0
        for row in range(rows):
            near = slice(sram + row * columns, sram + (row + 1) * columns)
            assert self.is_result[near].all(), "GEMM and ALU have not written this last"
            first = (dram + row * stride) * 16
            assert first + columns * 16 <= len(self.dram)
            self.dram[first : first + columns * 16] = self.out[near].tobytes()

    def points(self, word: Word) -> Iterator[tuple[int, int, int]]:
        """The indices of every micro-operation in every iteration of both loops."""
        begin, end, outer, inner = word.at(8, 13), word.at(21, 14), word.at(35, 14), word.at(49, 14)
        is_gemm = word.opcode == 2
        for i in range(outer):
            for j in range(inner):
                for uop in self.uop[begin:end].tolist():
                    yield (
                        (uop & 0x7FF) + i * word.at(64, 11) + j * word.at(75, 11),
                        (uop >> 11 & 0x7FF) + i * word.at(86, 11) + j * word.at(97, 11),
                        (uop >> 22) + i * word.at(108, 10) + j * word.at(118, 10) if is_gemm else 0,
                    )

    def gemm(self, word: Word) -> None:
        """GEMM: products of an input and a weight; or zeros, without a result."""
        for to, source, weight in self.points(word):
            if word.at(7, 1):
                self.acc[to], self.is_result[to] = 0, False
            else:
                product = self.wgt[weight].astype(np.int64) @ self.inp[source].astype(np.int64)
                self.write(to, self.acc[to] + product)

    def alu(self, word: Word) -> None:
        """ALU: an accumulator with another one, or with a number."""
        number = word.at(112, 16)
        number -= (number & 1 << 15) << 1
        for to, source, _ in self.points(word):
            one = self.acc[to].astype(np.int64)
            other = number if word.at(111, 1) else self.acc[source].astype(np.int64)
            match word.at(108, 3):
                case 0:
                    found = np.minimum(one, other)
                case 1:
                    found = np.maximum(one, other)
                case 2:
                    found = one + other
                case 3:
                    shift = np.broadcast_to(other, one.shape)
                    found = np.where(
                        shift >= 0, one >> np.maximum(shift, 0), one << np.maximum(-shift, 0)
                    )
                case _:
                    found = one * other
            self.write(to, found)

    def write(self, to: int, value: Array) -> None:
        """An accumulator, and its low bits as a result."""
        self.acc[to] = (value & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
        self.out[to] = (value & 0xFF).astype(np.uint8).view(np.int8)
        self.is_result[to] = True


@pytest.fixture
def run(run_image: RunImage) -> Run:
    """Compiles a program, and executes it with modules in some order."""

    def execute(seed: int) -> Callable[[bytes, Mapping[str, int]], bytearray]:
        def model(image: bytes, code: Mapping[str, int]) -> bytearray:
            vta = Vta(image, code)
            vta.run(Random(seed))
            return vta.dram

        return model

    return lambda text, arrays, seed: run_image(text, "vta", arrays, execute(seed))


def finish(value: str, shape: str, steps: str) -> str:
    """The low bits of sums, after some steps from `%v` to `%q`."""
    axes = ", ".join(f"d{i}" for i in range(shape.count("x") + 1))
    kinds = ", ".join(['"parallel"'] * (shape.count("x") + 1))
    same = f"affine_map<({axes}) -> ({axes})>"
    return f"""
  %e = tensor.empty() : tensor<{shape}xi8>
  %r = linalg.generic {{indexing_maps = [{same}, {same}], iterator_types = [{kinds}]}}
      ins({value} : tensor<{shape}xi32>) outs(%e : tensor<{shape}xi8>) {{
  ^bb0(%v: i32, %old: i8):
    {steps}
    %low = arith.trunci %q : i32 to i8
    linalg.yield %low : i8
  }} -> tensor<{shape}xi8>
  func.return %r : tensor<{shape}xi8>
}}"""


CLIP = """%s = arith.shrsi %v, %seven : i32
    %m = arith.maxsi %s, %zero : i32
    %q = arith.minsi %m, %most : i32"""


def bytes_of(seed: int, *shape: int) -> Array:
    """Random bytes with many extremes."""
    generator = np.random.default_rng(seed)
    array = generator.integers(-128, 128, shape).astype(np.int8)
    array.flat[::5] = -128
    return array


@pytest.mark.parametrize("weights", ["argument", "promised", "known"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_layer(weights: str, seed: int, run: Run, hexadecimal: Hexadecimal) -> None:
    """A product with a bias, shifted and clipped; its weights are an argument, or known."""
    x, w = bytes_of(1, 35, 40), bytes_of(2, 40, 24)
    bias = np.random.default_rng(3).integers(-(2**16), 2**16, 24).astype(np.int32)
    bias[:2] = 2**31 - 1, -(2**31)
    promise = " {kernel.constant}" if weights == "promised" else ""
    given = (
        ""
        if weights == "known"
        else f", %w: tensor<40x24xi8>{promise}, %b: tensor<24xi32>{promise}"
    )
    known = f"%w = {hexadecimal(w)}\n  %b = {hexadecimal(bias)}" if weights == "known" else ""
    text = f"""func.func @f(%x: tensor<35x40xi8>{given}) -> tensor<35x24xi8> {{
  {known}
  %zero = arith.constant 0 : i32
  %seven = arith.constant 7 : i32
  %most = arith.constant 127 : i32
  %y = kernel.matmul %x, %w bias %b : tensor<35x40xi8>, tensor<40x24xi8>, tensor<24xi32> -> tensor<35x24xi32>
""" + finish("%y", "35x24", CLIP)
    arrays = {"x": x} if weights == "known" else {"x": x, "w": w, "b": bias}
    with np.errstate(over="ignore"):
        sums = x.astype(np.int32) @ w.astype(np.int32) + bias
    expected = np.clip(sums >> 7, 0, 127).astype(np.int8)
    np.testing.assert_array_equal(run(text, arrays, seed), expected)


def test_a_convolution(run: Run, hexadecimal: Hexadecimal) -> None:
    """Strides and padding, weights that are known."""
    x, w = bytes_of(4, 1, 7, 9, 20), bytes_of(5, 3, 3, 20, 18)
    call = 'kernel.conv %x, %w {layout = "nhwc", padding = [1, 1], strides = [2, 2]}'
    types = "tensor<1x7x9x20xi8>, tensor<3x3x20x18xi8> -> tensor<1x4x5x18xi32>"
    text = f"""func.func @f(%x: tensor<1x7x9x20xi8>) -> tensor<1x4x5x18xi8> {{
  %w = {hexadecimal(w)}
  %zero = arith.constant 0 : i32
  %y = {call} : {types}
""" + finish("%y", "1x4x5x18", "%q = arith.addi %v, %zero : i32")
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).astype(np.int32)
    expected = np.zeros((1, 4, 5, 18), np.int32)
    for r in range(3):
        for s in range(3):
            expected += padded[:, r : r + 7 : 2, s : s + 9 : 2] @ w[r, s].astype(np.int32)
    found = run(text, {"x": x}, 2)
    np.testing.assert_array_equal(found, expected.astype(np.int8))


def test_numbers_that_come_in(run: Run) -> None:
    """Without a product, the ALU works on accumulators that are loaded."""
    x = np.random.default_rng(6).integers(-(2**31), 2**31, (16, 32)).astype(np.int32)
    shape = "tensor<16x32xi32>"
    text = f"""func.func @f(%x: {shape}) -> tensor<16x32xi8> {{
  %zero = arith.constant 0 : i32
""" + finish("%x", "16x32", "%q = arith.maxsi %v, %zero : i32")
    found = run(text, {"x": x}, 3)
    np.testing.assert_array_equal(found, np.maximum(x, 0).astype(np.int8))
