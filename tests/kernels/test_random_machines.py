"""Small machines at random: products and convolutions compiled for each, run in binary, exact.

A machine has an array of some shape, scratchpads of some size, one engine that loads or several,
hardware loops, loads that transpose or that pad, and semaphores, tokens or hardware that orders
what conflicts. None lacks what these kernels need: what no move does at once goes in several steps,
one element after the other in the worst case. `ISA_MAPPER_CASES` says how many there are: six
times that.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest

from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.module import prepare
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.accelerator import Options

CASES = 6 * int(os.environ.get("ISA_MAPPER_CASES", "2"))

KNOWN = {
    34: "bytes cannot be written to the memory of arguments, so that no windows are copied there",
    101: "a load whose rows lie beyond its argument in some iterations of a loop only",
}
"""Machines and kernels that once were refused."""


@dataclass(frozen=True)
class Machine:
    """What a machine is like.

    Attributes:
        rows, columns, depth: Of one product: how many rows at most, and the shape of the array.
        near, sums: How many rows of factors and of sums there is room for.
        loops: How many hardware loops an instruction has.
        pads, turns, fills: Whether loads find rows absent, transpose; whether bytes can be filled.
        apart: Whether every factor has a memory and an engine of its own.
        loaders: How many instances an engine that loads has.
        order: What keeps the order: semaphores, tokens, or the hardware.
    """

    rows: int
    columns: int
    depth: int
    near: int
    sums: int
    loops: int
    pads: bool
    turns: bool
    fills: bool
    apart: bool
    loaders: int
    order: str

    @classmethod
    def draw(cls, random: Random) -> Machine:
        """A machine at random."""
        columns, depth = random.choice([2, 3, 4, 8]), random.choice([2, 4, 5, 8])
        apart = random.random() < 0.5
        order = random.choice(["semaphores", "tokens", "hardware"])
        return cls(
            random.choice([4, 16, 30]),
            columns if apart else depth,
            depth,
            random.choice([40, 64, 200]),
            random.choice([30, 64, 200]),
            random.randint(0, 2),
            random.random() < 0.5,
            random.random() < 0.5,
            random.random() < 0.5,
            apart,
            1 if order == "tokens" else random.choice([1, 2]),  # tokens are between two engines
            order,
        )

    @property
    def factors(self) -> Sequence[tuple[str, str, int]]:
        """The memories of factors, the engines that load into them, and the bytes of their rows."""
        if self.apart:
            return [("left", "load_left", self.depth), ("right", "load_right", self.columns)]
        return [("near", "load", self.depth)]

    def text(self) -> str:
        """The description."""
        engines = [engine for _, engine, _ in self.factors] + ["array", "store"]
        parts = [self._memories(), *self._engines(engines), self._format(len(engines))]
        for number, (memory, engine, _) in enumerate(self.factors):
            parts += self._loads(memory, engine, 10 + 5 * number)
        left, right = self.factors[0][0], self.factors[-1][0]
        parts.append(self._product(left, right))
        interlocked = "interlocked, " if self.order == "hardware" else ""
        aliases = "".join(
            f"!{name} = memref<?x?x{element}, strided<[?, 1]>, @{memory}>\n"
            for name, element, memory in (
                *((memory, "i8", memory) for memory, _, _ in self.factors),
                *(("sums", "i32", "sums"), ("far", "i8", "dram"), ("far_sums", "i32", "dram")),
            )
        )
        body = "\n".join(parts)
        return f"{aliases}isa.target @machine attributes {{{interlocked}columns = 1 : i64}} {{\n{body}\n}}\n"

    def _memories(self) -> str:
        lines = ["isa.memory @dram cached {bandwidth = 8 : i64}"]
        sizes = [(memory, self.near, width) for memory, _, width in self.factors]
        for name, rows, row in (*sizes, ("sums", self.sums, 4 * self.columns)):
            size = f"bytes = {rows * row} : i64, row = {row} : i64"
            lines.append(f"isa.memory @{name} scratchpad {{{size}}}")
        return "\n".join(lines)

    def _engines(self, engines: Sequence[str]) -> list[str]:
        """The engines, the instructions that only wait and signal, and what keeps the order."""
        lines, number = list[str](), 0
        for engine in engines:
            count = self.loaders if engine.startswith("load") else 1
            given = f"count = {count} : i64, queue = 4 : i64, number = {number} : i64"
            lines.append(f"isa.unit @{engine} {{{given}}}")
            number += count
        if self.order == "semaphores":
            lines.append(
                "isa.semaphores 32 most 15 wait (waits, wait_for, wait_count) "
                "signal (signals, signal_to, signal_count)"
            )
        for number, engine in enumerate(engines if self.order == "tokens" else ()):
            lines += [
                f"isa.tokens @{engine} to @{other} signal push{place} wait pop{number}"
                for place, other in enumerate(engines)
                if place != number
            ]
        lines.append("isa.control @halt on @array finishes encoded<@word, opcode = 0>")
        for engine in engines if self.order != "hardware" else ():
            lines.append(
                f"isa.control @idle_{engine} on @{engine} synchronises encoded<@word, opcode = 1>"
            )
        return lines

    def _format(self, engines: int) -> str:
        """The bits of a word: enough for every instruction."""
        fields = [("opcode", 8), ("engine", 4)]
        if self.order == "semaphores":
            fields += [("waits", 1), ("wait_for", 5), ("wait_count", 4)]
            fields += [("signals", 1), ("signal_to", 5), ("signal_count", 4)]
        if self.order == "tokens":
            fields += [(f"{way}{n}", 1) for way in ("pop", "push") for n in range(engines)]
        fields += [("c", 10), ("a", 10), ("b", 10), ("rows", 8), ("columns", 8), ("depth", 8)]
        fields += [("top", 4), ("bottom", 4), ("far", 32), ("pitch", 20), ("value", 32)]
        for level in range(self.loops):
            fields += [(f"count{level}", 6), *((f"{name}_step{level}", 20) for name in "cab")]
        at, listed = 0, list[str]()
        for name, bits in fields:
            value = " = engine()" if name == "engine" else ""
            sign = "signed " if "step" in name or name == "value" else ""
            listed.append(f"{sign}{name}[{at}:{bits}]{value}")
            at += bits
        return f"isa.format @word bits {-(-at // 64) * 64} [{', '.join(listed)}]"

    def _loops(self, operands: str, fields: str) -> str:
        """The parts of an encoding that are hardware loops, for operands in these fields."""
        parts: list[str] = []
        for level in range(self.loops):
            parts.append(f"count{level} = count({level})")
            parts += [
                f"{field}_step{level} = step({name}, {level})"
                for name, field in zip(operands, fields, strict=True)
            ]
        return "".join(f", {part}" for part in parts)

    def _move(self, name: str, code: int, engine: str, form: str, types: tuple[str, str]) -> str:
        """An instruction that moves; the far side is the first operand of a store."""
        into, source = types
        far, near = ("d", "s") if engine == "store" else ("s", "d")
        padded = self.pads and engine != "store" and form == "ij->ij"
        size = "present(s, 0)" if padded else "extent(i)"
        ends = ", top = low(s, 0), bottom = high(s, 0)" if padded else ""
        columns = next((w for m, _, w in self.factors if m == into), self.columns)
        return (
            f"isa.instruction @{name}(%d: !{into}, %s: !{source}) on @{engine} extents<i = 30, "
            f"j = {columns}> cost<latency = 9, interval = i>\n encoded<@word, opcode = {code}, "
            f"c = address({near}), far = address({far}), rows = {size}, columns = extent(j)"
            f"{ends}, pitch = stride({far}, 0){self._loops(near + far, 'ca')}> {{\n"
            f'kernel.contract "{form}"(%s) into %d : (!{source}, !{into})\n}}'
        )

    def _loads(self, memory: str, engine: str, code: int) -> list[str]:
        """The instructions that write a memory of factors."""
        found = [self._move(f"bring_{memory}", code, engine, "ij->ij", (memory, "far"))]
        if self.turns:
            found.append(self._move(f"turn_{memory}", code + 1, engine, "ji->ij", (memory, "far")))
        if self.fills:
            found.append(self._fill(f"fill_{memory}", code + 2, engine, memory, "i8"))
        return found

    def _fill(self, name: str, code: int, engine: str, memory: str, element: str) -> str:
        columns = next((w for m, _, w in self.factors if m == memory), self.columns)
        return (
            f"isa.instruction @{name}(%d: !{memory}, %value: {element}) on @{engine} "
            f"extents<i = 30, j = {columns}> cost<latency = 3, interval = i>\n encoded<@word, "
            f"opcode = {code}, c = address(d), rows = extent(i), columns = extent(j), "
            f"value = parameter(value){self._loops('d', 'c')}> {{\n"
            f"linalg.fill ins(%value : {element}) outs(%d : !{memory})\n}}"
        )

    def _product(self, left: str, right: str) -> str:
        """What the array and the store do."""
        product = (
            f"isa.instruction @multiply(%c: !sums, %a: !{left}, %b: !{right}) on @array "
            f"extents<i = {self.rows}, j = {self.columns}, k = {self.depth}> "
            "cost<latency = 6, interval = i>\n encoded<@word, opcode = 2, c = address(c), "
            "a = address(a), b = address(b), rows = extent(i), columns = extent(j), "
            f"depth = extent(k), pitch = stride(a, 0){self._loops('cab', 'cab')}> {{\n"
            f'kernel.contract "ik,kj->ij"(%a, %b) add %c : (!{left}, !{right}, !sums)\n}}'
        )
        fill = self._fill("fill_sums", 3, "array", "sums", "i32")
        return "\n".join(
            [product, fill, self._move("send", 4, "store", "ij->ij", ("far_sums", "sums"))]
        )


def product(random: Random) -> str:
    """A product of matrices, each in any order."""
    a, b, c = ("".join(random.sample(part, 2)) for part in ("mk", "kn", "mn"))
    extents = {axis: random.choice([1, 3, 7, 8, 17, random.randint(1, 40)]) for axis in "mnk"}
    types = [
        f"tensor<{'x'.join(str(extents[axis]) for axis in part)}x{element}>"
        for part, element in ((a, "i8"), (b, "i8"), (c, "i32"))
    ]
    return f"""func.func @kernel(%a: {types[0]}, %b: {types[1]}) -> {types[2]} {{
  %c = kernel.contract "{a},{b}->{c}"(%a, %b) : ({types[0]}, {types[1]}) -> {types[2]}
  func.return %c : {types[2]}
}}
"""


def convolution(random: Random) -> str:
    """A convolution with strides and padding."""
    h, w, channels, filters = (random.randint(3, 9) for _ in range(4))
    window, stride, pad = random.randint(1, 3), random.randint(1, 2), random.choice([0, 0, 1])
    sizes = [(n + 2 * pad - window) // stride + 1 for n in (h, w)]
    types = [
        f"tensor<1x{h}x{w}x{channels}xi8>",
        f"tensor<{window}x{window}x{channels}x{filters}xi8>",
        f"tensor<1x{sizes[0]}x{sizes[1]}x{filters}xi32>",
    ]
    given = f'layout = "nhwc", strides = [{stride}, {stride}], padding = [{pad}, {pad}]'
    return f"""func.func @kernel(%a: {types[0]}, %b: {types[1]}) -> {types[2]} {{
  %c = kernel.conv %a, %b {{{given}}} : {types[0]}, {types[1]} -> {types[2]}
  func.return %c : {types[2]}
}}
"""


@pytest.mark.parametrize("seed", sorted({*range(CASES), *KNOWN}))
def test_machine(seed: int) -> None:
    random = Random(seed)
    machine = Machine.draw(random)
    for text in (product(random), convolution(random)):
        check(machine.text() + text, seed)


def check(text: str, seed: int) -> None:
    """Compile a kernel and run it, every other time with instructions that take any time."""
    compiled = prepare(text, "machine")
    arrays = random_arrays(compiled.signature, seed)
    for array in arrays:
        array.flat[::3] = -128
    options = Options(seed=seed if seed % 2 else None)
    _, (result,) = compiled.simulate(*arrays, options=options)
    ((expected, _),) = reference(compiled.module, None, arrays)
    np.testing.assert_array_equal(result, expected)
