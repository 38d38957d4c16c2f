"""Moves by blocks of rows, executed: random windows, strides, padding and fills, every element checked.

What a move does not write keeps its value.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from random import Random

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InvokeOp
from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]

ELEMENTS = ("i8", "i32", "f32")
MEMORIES = {"i8": "spad", "i32": "acc", "f32": "acc"}
ROW = 16


@dataclass(frozen=True)
class Place:
    """A window of a buffer: element `d` is at `offset + sum(d * factors)` per dimension.

    With `padded`, what lies beyond the buffer along its first dimension is absent.
    """

    memory: str
    shape: tuple[int, ...]
    factors: tuple[tuple[int, ...], ...]
    offset: tuple[int, ...]
    padded: bool = False

    def element(self, point: Sequence[int]) -> tuple[int, ...] | None:
        """The element of the buffer at a point of the window; None if it is absent."""
        pairs = zip(self.factors, self.offset, strict=True)
        found = tuple(at + sum(c * i for c, i in zip(f, point, strict=True)) for f, at in pairs)
        return None if self.padded and not 0 <= found[0] < self.shape[0] else found

    def type(self, element: str) -> str:
        """The type of the buffer."""
        return f"memref<{'x'.join(map(str, self.shape))}x{element}, @{self.memory}>"

    def view(self, name: str, buffer: str, element: str, shape: Sequence[int]) -> tuple[str, str]:
        """The operation that makes a window of these extents, and its type."""
        dims = [f"d{i}" for i in range(len(shape))]
        sums = [
            " + ".join([str(at), *(f"{c} * {d}" for c, d in zip(f, dims, strict=True) if c)])
            for f, at in zip(self.factors, self.offset, strict=True)
        ]
        sizes = [prod(self.shape[i + 1 :]) for i in range(len(self.shape))]
        strides = [
            sum(f[d] * n for f, n in zip(self.factors, sizes, strict=True))
            for d in range(len(shape))
        ]
        at = sum(o * n for o, n in zip(self.offset, sizes, strict=True))
        layout = f"strided<[{', '.join(map(str, strides))}], offset: {at}>"
        result = f"memref<{'x'.join(map(str, shape))}x{element}, {layout}, @{self.memory}>"
        head = f"({', '.join(dims)}) -> "
        guard = (
            f", guard_map = affine_map<{head}({sums[0]})>, guard_bounds = array<i64: {self.shape[0]}>"
            if self.padded
            else ""
        )
        attributes = f"{{map = affine_map<{head}({', '.join(sums)})>{guard}}}"
        return f"{name} = isa.view {buffer} {attributes} : {self.type(element)} -> {result}", result


def in_rows(random: Random, shape: Sequence[int], memory: str) -> Place:
    """A window whose last dimension lies within rows, with gaps between some of the rows."""
    factors, height = [0] * len(shape), random.randint(1, 2)
    for dim in reversed(range(len(shape) - 1)):
        factors[dim] = height
        height *= shape[dim] + random.randint(0, 1)
    first = random.randint(0, 2)
    last = (*(0 for _ in shape[:-1]), 1)
    return Place(memory, (height + first, ROW), (tuple(factors), last), (first, 0))


def outside(
    random: Random, shape: Sequence[int], padded: bool = False, turn: bool = False
) -> Place:
    """A window of a buffer with a dimension for each of its own, maybe in another order."""
    rank, order = len(shape), list(range(len(shape)))
    if turn:
        random.shuffle(order)
    steps = [random.randint(1, 2) if dim < rank - 1 else 1 for dim in order]
    extents, offset = list[int](), list[int]()
    for place, dim in enumerate(order):
        reach = (shape[dim] - 1) * steps[place] + 1
        first = random.randint(0, 2)
        if padded and place == 0:
            extents.append(random.randint(1, reach))
            offset.append(-random.randint(0, 2))
        else:
            extents.append(first + reach + random.randint(0, 2))
            offset.append(first)
    factors = [
        tuple(step if other == dim else 0 for other in range(rank))
        for dim, step in zip(order, steps, strict=True)
    ]
    return Place("dram", tuple(extents), tuple(factors), tuple(offset), padded)


def points(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All points of a window."""
    return product(*map(range, shape))


def values(place: Place, element: str, seed: int) -> Array:
    """Values for a buffer, all of the element type's range."""
    generator = np.random.default_rng(seed)
    if element == "f32":
        return generator.normal(size=place.shape).astype(np.float32)
    dtype = np.dtype(element.replace("i", "int"))
    info = np.iinfo(dtype)
    return generator.integers(info.min, info.max, place.shape, dtype, endpoint=True)


def moved(
    run_passes: RunPasses, shape: Sequence[int], source: Place, target: Place, element: str
) -> ModuleOp:
    """Check that the lowered move does what it should, and return it."""
    views = [
        place.view(f"%{name}v", f"%{name}", element, shape)
        for name, place in (("a", source), ("b", target))
    ]
    module = run_passes(
        f"""
isa.import @npu from "npu"
func.func @f(%a: {source.type(element)}, %b: {target.type(element)}) {{
  {views[0][0]}
  {views[1][0]}
  isa.move %av to %bv : {views[0][1]} to {views[1][1]}
  func.return
}}""",
        "lower-moves",
    )
    before, given = values(target, element, 1), values(source, element, 2)
    expected = before.copy()
    for point in points(shape):
        place, at = target.element(point), source.element(point)
        if place is not None:
            expected[place] = given[at] if at is not None else 0
    written = interpret(module, None, [given, before])  # nothing if all is absent
    np.testing.assert_array_equal([before, *written][-1], expected)
    return module


def box(random: Random) -> tuple[int, ...]:
    """The extents of a box; the last is within a row."""
    rank = random.randint(1, 4)
    return (*(random.randint(1, 6) for _ in range(rank - 1)), random.randint(1, ROW))


@pytest.mark.parametrize("seed", range(30))
def test_loads(seed: int, run_passes: RunPasses) -> None:
    random = Random(seed)
    shape, element = box(random), random.choice(ELEMENTS)
    source = outside(random, shape, padded=seed % 3 == 0 and len(shape) > 1)
    moved(run_passes, shape, source, in_rows(random, shape, MEMORIES[element]), element)


@pytest.mark.parametrize("seed", range(20))
def test_stores(seed: int, run_passes: RunPasses) -> None:
    """What is absent in the destination is not written."""
    random = Random(seed)
    shape, element = box(random), random.choice(ELEMENTS)
    target = outside(random, shape, padded=seed % 3 == 0 and len(shape) > 1)
    moved(run_passes, shape, in_rows(random, shape, MEMORIES[element]), target, element)


@pytest.mark.parametrize("seed", range(20))
def test_transposed_loads(seed: int, run_passes: RunPasses) -> None:
    """Bytes and floats come transposed, whichever dimension is the last in the memory of arguments."""
    random = Random(seed)
    shape, element = box(random), random.choice(["i8", "f32"])
    source = outside(random, shape, turn=True)
    moved(run_passes, shape, source, in_rows(random, shape, MEMORIES[element]), element)


@pytest.mark.parametrize("seed", range(16))
def test_by_way_of_another_memory(seed: int, run_passes: RunPasses) -> None:
    """No engine copies within the memory of arguments: rows of some scratchpad are on the way."""
    random = Random(seed)
    shape, element = box(random), random.choice(ELEMENTS)
    module = moved(run_passes, shape, outside(random, shape), outside(random, shape), element)
    names = {
        op.instruction.string_value().split(".")[-1]
        for op in module.walk()
        if isinstance(op, InvokeOp)
    }
    assert names == {f"load_{element}", f"store_{element}"}


@pytest.mark.parametrize("seed", range(12))
def test_fills(seed: int, run_passes: RunPasses) -> None:
    random = Random(seed)
    shape, element = box(random), random.choice(ELEMENTS)
    target = in_rows(random, shape, MEMORIES[element])
    view, type_ = target.view("%v", "%b", element, shape)
    number = "-1.5" if element == "f32" else "-128"
    module = run_passes(
        f"""
isa.import @npu from "npu"
func.func @f(%b: {target.type(element)}) {{
  %n = arith.constant {number} : {element}
  {view}
  linalg.fill ins(%n : {element}) outs(%v : {type_})
  func.return
}}""",
        "lower-moves",
    )
    before = values(target, element, 1)
    expected = before.copy()
    for point in points(shape):
        place = target.element(point)
        assert place is not None
        expected[place] = float(number)
    np.testing.assert_array_equal(interpret(module, None, [before])[-1], expected)


def test_the_move_itself_pads(run_passes: RunPasses) -> None:
    """A load that finds rows absent at both ends is one instruction; it needs no fills."""
    source = Place("dram", (3, 16), ((1, 0), (0, 1)), (-1, 0), padded=True)
    target = Place("spad", (5, 16), ((1, 0), (0, 1)), (0, 0))
    module = moved(run_passes, (5, 16), source, target, "i8")
    assert sum(isinstance(op, InvokeOp) for op in module.walk()) == 1


def test_no_way(run_passes: RunPasses) -> None:
    """Words are not transposed by any engine, and an engine does not write a part of a row."""
    source = Place("dram", (4, 8), ((0, 1), (1, 0)), (0, 0))
    target = Place("acc", (8, 16), ((1, 0), (0, 1)), (0, 0))
    with pytest.raises(UserError) as caught:
        moved(run_passes, (8, 4), source, target, "i32")
    assert caught.value.message == (
        "@npu has no move of i32 from @dram to @acc that takes "
        "8 elements 1 apart to 16 apart and 4 elements 8 apart to 1 apart"
    )
    assert caught.value.hint == "it has @load_i32"


def test_no_way_at_all(run_passes: RunPasses) -> None:
    """No engine brings words into the memory of bytes."""
    source, target = (Place(name, (4, 16), ((1, 0), (0, 1)), (0, 0)) for name in ("dram", "spad"))
    with pytest.raises(UserError, match=r"@npu has no move of i32 from @dram to @spad$") as caught:
        moved(run_passes, (4, 16), source, target, "i32")
    assert caught.value.hint == "nor is there a way through another memory"
