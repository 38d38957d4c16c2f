"""`bufferize` on loops that carry tensors, slices, padding and concatenation.

The interpreter runs the program before and after; memory that nobody has written is poison.
"""

import random
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.memref import AllocOp
from xdsl.dialects.scf import ForOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
Same = Callable[[list[Array], list[Array]], None]

ID = "affine_map<(d0) -> (d0)>"
SIZE = 6


def statement(one: str, other: str, init: str, accumulates: bool) -> str:
    """Return the statement `one * 3 + other`, or the same plus the old elements."""
    last = (
        "%2 = arith.addi %1, %o : i32\n      linalg.yield %2" if accumulates else "linalg.yield %1"
    )
    return f"""linalg.generic {{indexing_maps = [{ID}, {ID}, {ID}], iterator_types = ["parallel"]}}
      ins({one}, {other} : tensor<6xi32>, tensor<6xi32>) outs({init} : tensor<6xi32>) {{
    ^bb0(%x: i32, %y: i32, %o: i32):
      %factor = arith.constant 3 : i32
      %0 = arith.muli %x, %factor : i32
      %1 = arith.addi %0, %y : i32
      {last} : i32
    }} -> tensor<6xi32>"""


class Programs:
    """Makes random functions with loops on tensors of six integers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.lines: list[str] = []

    def define(self, text: str, known: list[str]) -> str:
        name = f"%v{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        known.append(name)
        return name

    def pick(self, known: list[str]) -> str:
        return self.random.choice(known[-3:] if self.random.random() < 0.7 else known)

    def step(self, known: list[str], offset: str) -> None:
        kind = self.random.randrange(5)
        if kind < 2:
            one, other, init = (self.pick(known) for _ in range(3))
            self.define(statement(one, other, init, self.random.random() < 0.5), known)
        elif kind == 2:  # a part of one becomes a part of another
            source, target = self.pick(known), self.pick(known)
            part = f"%part{self.count}"
            self.lines.append(
                f"{part} = tensor.extract_slice {source}[{offset}] [2] [2] "
                ": tensor<6xi32> to tensor<2xi32>"
            )
            self.define(
                f"tensor.insert_slice {part} into {target}[{offset}] [2] [1] "
                ": tensor<2xi32> into tensor<6xi32>",
                known,
            )
        elif kind == 3:
            low = self.random.randrange(3)
            part = f"%part{self.count}"
            self.lines.append(
                f"{part} = tensor.extract_slice {self.pick(known)}[1] [3] [1] "
                ": tensor<6xi32> to tensor<3xi32>"
            )
            self.define(
                f"tensor.pad {part} low[{low}] high[{3 - low}] {{\n^bb0(%i: index):\n"
                "%p = arith.constant 7 : i32\ntensor.yield %p : i32\n}"
                " : tensor<3xi32> to tensor<6xi32>",
                known,
            )
        else:
            halves = [f"%half{self.count}_{number}" for number in range(2)]
            for half in halves:
                self.lines.append(
                    f"{half} = tensor.extract_slice {self.pick(known)}[0] [3] [2] "
                    ": tensor<6xi32> to tensor<3xi32>"
                )
            self.define(
                f"tensor.concat dim(0) {', '.join(halves)} "
                ": (tensor<3xi32>, tensor<3xi32>) -> tensor<6xi32>",
                known,
            )

    def loop(self, known: list[str], depth: int) -> None:
        count = self.random.randrange(1, 4)
        inits = [self.pick(known) for _ in range(count)]
        number = self.count
        self.count += 1
        carried = [f"%c{number}_{i}" for i in range(count)]
        types = ", ".join(["tensor<6xi32>"] * count)
        pairs = ", ".join(f"{c} = {i}" for c, i in zip(carried, inits, strict=True))
        results = f"%v{number}"
        self.lines.append(
            f"{results}:{count} = scf.for %t{number} = %zero to %three step %one "
            f"iter_args({pairs}) -> ({types}) {{"
        )
        inner = [*known, *carried]
        for _ in range(self.random.randrange(4)):
            self.step(inner, f"%t{number}")
        if depth and self.random.random() < 0.4:
            self.loop(inner, depth - 1)
        yields = [self.pick(inner) for _ in range(count)]
        self.lines.append(f"scf.yield {', '.join(yields)} : {types}\n}}")
        known += [f"{results}#{i}" for i in range(count)]

    def text(self) -> str:
        known = ["%a", "%b"]
        self.lines += [
            f"%{name} = arith.constant {value} : index"
            for name, value in (("zero", 0), ("one", 1), ("three", 3))
        ]
        self.define("arith.constant dense<5> : tensor<6xi32>", known)
        self.define("arith.constant dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi32>", known)
        for _ in range(3):
            self.step(known, "%one")
            self.loop(known, 1)
        results = [self.pick(known) for _ in range(2)]
        body = "\n".join(self.lines)
        return f"""func.func @f(%a: tensor<6xi32>, %b: tensor<6xi32>)
            -> (tensor<6xi32>, tensor<6xi32>) {{
          {body}
          func.return {", ".join(results)} : tensor<6xi32>, tensor<6xi32>
        }}"""


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int, run_passes: RunPasses, assert_same: Same):
    text = Programs(seed).text()
    arrays = [np.arange(SIZE, dtype="int32") + 10 * number for number in range(2)]
    expected = interpret(run_passes(text), None, arrays)
    assert_same(
        interpret(run_passes(text, "normalize-statements", "bufferize"), None, arrays), expected
    )


SWAP = """func.func @f(%a: tensor<6xi32>, %b: tensor<6xi32>) -> (tensor<6xi32>, tensor<6xi32>) {
  %zero = arith.constant 0 : index
  %three = arith.constant 3 : index
  %one = arith.constant 1 : index
  %r:2 = scf.for %t = %zero to %three step %one iter_args(%x = %a, %y = %b)
      -> (tensor<6xi32>, tensor<6xi32>) {
    scf.yield %y, %x : tensor<6xi32>, tensor<6xi32>
  }
  func.return %r#0, %r#1 : tensor<6xi32>, tensor<6xi32>
}"""


def test_values_that_change_places(run_passes: RunPasses):
    a, b = np.arange(6, dtype="int32"), np.arange(6, 12, dtype="int32")
    one, other = interpret(run_passes(SWAP, "bufferize"), None, [a, b])
    np.testing.assert_array_equal(one, b)
    np.testing.assert_array_equal(other, a)


def test_a_sequence_is_written_in_place(run_passes: RunPasses):
    text = """func.func @f(%a: tensor<6xi32>) -> tensor<4x6xi32> {
      %zero = arith.constant 0 : index
      %four = arith.constant 4 : index
      %one = arith.constant 1 : index
      %e = tensor.empty() : tensor<4x6xi32>
      %r = scf.for %t = %zero to %four step %one iter_args(%s = %e) -> (tensor<4x6xi32>) {
        %n = tensor.insert_slice %a into %s[%t, 0] [1, 6] [1, 1]
          : tensor<6xi32> into tensor<4x6xi32>
        scf.yield %n : tensor<4x6xi32>
      }
      func.return %r : tensor<4x6xi32>
    }"""
    module = run_passes(text, "bufferize")
    assert not any(isinstance(op, AllocOp) for op in module.walk())
    assert not any(op.iter_args for op in module.walk() if isinstance(op, ForOp))
    a = np.arange(6, dtype="int32")
    (got,) = interpret(module, None, [a])
    np.testing.assert_array_equal(got, np.tile(a, (4, 1)))


def test_a_loop_that_carries_a_number_is_refused(run_passes: RunPasses):
    text = """func.func @f(%a: tensor<6xi32>, %n: i32) -> tensor<6xi32> {
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %r, %m = scf.for %t = %zero to %one step %one iter_args(%s = %a, %k = %n)
          -> (tensor<6xi32>, i32) {
        scf.yield %s, %k : tensor<6xi32>, i32
      }
      func.return %r : tensor<6xi32>
    }"""
    with pytest.raises(UserError, match="a loop may only carry tensors"):
        run_passes(text, "bufferize")
