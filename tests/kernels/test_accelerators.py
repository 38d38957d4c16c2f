"""Random kernels on accelerators: compiled, encoded, run on the simulator; integers exact, floats within bounds.

`ISA_MAPPER_CASES` says how many kernels of each kind there are, 2 by default. Waits and signals
must do for any time that instructions take: every other run takes random ones.
"""

import os
from collections.abc import Callable, Sequence
from math import prod
from random import Random
from typing import TypeAlias

import numpy as np
import pytest

from isa_mapper.planning.scratchpad import ScratchpadPlan, ScratchpadSpace
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import prepare
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.accelerator import Options

CASES = int(os.environ.get("ISA_MAPPER_CASES", "2"))

MOST_BOXES = 20
"""The most boxes of a plan at random: with more, programs get long."""

Family: TypeAlias = Callable[[Random], str]


def machine(dim: int) -> str:
    """The npu with another size of its array."""
    return f"""isa.target @other attributes {{dim = {dim} : i64, bus = 16 : i64}} {{
  isa.include "npu"
}}
"""


def tensor(shape: Sequence[int], element: str) -> str:
    """A type."""
    return f"tensor<{'x'.join(map(str, (*shape, element)))}>"


def kernel(operation: str, types: Sequence[str], result: str) -> str:
    """A function of one operation on `%v0`, `%v1`, ..."""
    arguments = ", ".join(f"%v{i}: {type_}" for i, type_ in enumerate(types))
    return f"""func.func @kernel({arguments}) -> {result} {{
  %r = {operation}
  func.return %r : {result}
}}
"""


def size(random: Random, most: int = 40) -> int:
    """An extent: odd ones, those around the sizes of arrays, and 1."""
    return random.choice([1, 3, 5, 7, 8, 15, 16, 17, 31, 33, random.randint(1, most)])


def elements(random: Random) -> tuple[str, str]:
    """The types of the factors of a product, and of sums of these."""
    return random.choice([("i8", "i32"), ("i8", "i32"), ("f32", "f32")])


def contraction(random: Random) -> str:
    """A product of tensors, the axes of each in any order."""
    forms = ["mk kn mn", "mk k m", "bmk bkn bmn", "bmk kn bmn", "m n mn", "k k ", "mkl lkn mn"]
    parts = ["".join(random.sample(part, len(part))) for part in random.choice(forms).split(" ")]
    a, b, c = random.sample(parts[:2], 2) + parts[2:]
    extents = {axis: size(random) for axis in "mnk"}
    extents |= {"b": random.randint(1, 3), "l": random.randint(1, 5)}
    factor, total = elements(random)
    types = [tensor([extents[axis] for axis in part], factor) for part in (a, b)]
    result = tensor([extents[axis] for axis in c], total)
    operation = f'kernel.contract "{a},{b}->{c}"(%v0, %v1) : ({", ".join(types)}) -> {result}'
    return kernel(operation, types, result)


def layer(random: Random) -> str:
    """A layer of bytes: bias, relu, scaled back to bytes."""
    m, n, k = size(random), size(random), size(random)
    attributes = [name for name in ("transpose_a", "transpose_b") if random.random() < 0.3]
    a = (k, m) if "transpose_a" in attributes else (m, k)
    b = (n, k) if "transpose_b" in attributes else (k, n)
    types, bias = [tensor(a, "i8"), tensor(b, "i8")], ""
    if random.random() < 0.7:
        types.append(tensor((n,), "i32"))
        bias = " bias %v2"
    if random.random() < 0.5:
        attributes.append('activation = "relu"')
    result = tensor((m, n), "i32")
    if random.random() < 0.8:
        multiplier, shift = random.choice([(1, 1), (77, 12), (2**30 + 12345, 40), (5, 9)])
        zero = random.choice([0, -128, 3, 127])
        attributes.append(
            f"requantise = {{multiplier = {multiplier}, shift = {shift}, zero_point = {zero}, "
            'rounding = "away"}'
        )
        result = tensor((m, n), "i8")
    listed = f" {{{', '.join(attributes)}}}" if attributes else ""
    operation = f"kernel.matmul %v0, %v1{bias}{listed} : {', '.join(types)} -> {result}"
    return kernel(operation, types, result)


def convolution(random: Random, depthwise: bool = False) -> str:
    """A convolution with strides, dilations, padding and groups, in both layouts."""
    factor, total = elements(random)
    groups = 1 if depthwise else random.choice([1, 1, 2])
    channels, filters = size(random, 20), size(random, 20)
    window, strides = [random.randint(1, 3) for _ in "hw"], [random.choice([1, 1, 2]) for _ in "hw"]
    dilations = [random.choice([1, 1, 2]) for _ in "hw"]
    padding = [[random.randint(0, 2), random.randint(0, 2)] for _ in "hw"]
    image = [random.randint(5, 10), random.randint(5, 18)]
    results = [
        (n + sum(p) - d * (w - 1) - 1) // s + 1
        for n, p, d, w, s in zip(image, padding, dilations, window, strides, strict=True)
    ]
    attributes = f"strides = {strides}, dilations = {dilations}, padding = {padding}"
    batch, many = random.randint(1, 2), groups * channels
    out = many if depthwise else groups * filters
    inner = [] if depthwise else [channels]
    attributes += "" if depthwise else f", groups = {groups}"
    if random.random() < 0.6:
        attributes += ', layout = "nhwc"'
        shapes = [(batch, *image, many), (*window, *inner, out), (batch, *results, out)]
    else:
        shapes = [(batch, many, *image), (out, *inner, *window), (batch, out, *results)]
    types = [tensor(shape, factor) for shape in shapes[:2]]
    result = tensor(shapes[2], total)
    name = "depthwise_conv" if depthwise else "conv"
    operation = f"kernel.{name} %v0, %v1 {{{attributes}}} : {', '.join(types)} -> {result}"
    return kernel(operation, types, result)


def depthwise(random: Random) -> str:
    """A convolution of every channel by itself."""
    return convolution(random, depthwise=True)


def pooling(random: Random) -> str:
    """The most, the least or the sum of windows."""
    element = random.choice(["f32", "i8"])
    image, channels = [random.randint(4, 9), random.randint(4, 9)], size(random, 20)
    window, strides = [[random.randint(1, most) for _ in "hw"] for most in (3, 2)]
    results = [(n - w) // s + 1 for n, w, s in zip(image, window, strides, strict=True)]
    nhwc = random.random() < 0.6
    shapes = [(2, *part, channels) if nhwc else (2, channels, *part) for part in (image, results)]
    name = random.choice(["max", "min", "sum"] if element == "f32" else ["max", "min"])
    layout = ', layout = "nhwc"' if nhwc else ""
    types = [tensor(shape, element) for shape in shapes]
    attributes = f"{{window = {window}, strides = {strides}{layout}}}"
    return kernel(
        f'kernel.pool "{name}" %v0 {attributes} : {types[0]} -> {types[1]}', *_ends(types)
    )


def _ends(types: Sequence[str]) -> tuple[Sequence[str], str]:
    return types[:-1], types[-1]


def elementwise(random: Random) -> str:
    """A formula; the second operand is broadcast along its rows, or along all but these."""
    element = random.choice(["f32", "f32", "i32"])
    shape = (random.randint(1, 3), size(random), size(random))[random.randint(0, 2) :]
    other = shape[-1:] if element == "i32" or random.random() < 0.5 else (*shape[:-1], 1)
    functions = ["exp", "tanh", "abs", "relu", "sigmoid"] if element == "f32" else ["relu"]

    def term(depth: int) -> str:
        if depth == 0:
            return random.choice("ab")
        if random.random() < 0.3:
            return f"{random.choice(functions)}({term(depth - 1)})"
        one, two = term(depth - 1), random.choice([term(depth - 1), "3"])
        if random.random() < 0.4:
            return f"{random.choice(['max', 'min'])}({one}, {two})"
        return f"({one} {random.choice('+-*')} {two})"

    types = [tensor(shape, element), tensor(other, element)]
    formula = f"({term(2)} {random.choice('+-*')} a) - b"
    operation = f'kernel.elementwise "{formula}" (%v0, %v1) : ({", ".join(types)}) -> {types[0]}'
    return kernel(operation, types, types[0])


def reduction(random: Random) -> str:
    """A reduction along some of the axes."""
    element = random.choice(["f32", "i32"])
    shape = (random.randint(1, 3), size(random), size(random))[random.randint(0, 2) :]
    axes = sorted(random.sample(range(len(shape)), random.randint(1, len(shape))))
    name = random.choice(["sum", "max", "min"])
    types = [tensor(shape, element)]
    result = tensor([n for axis, n in enumerate(shape) if axis not in axes], element)
    operation = f'kernel.reduce "{name}" %v0 {{axes = {axes}}} : {types[0]} -> {result}'
    return kernel(operation, types, result)


def softmax(random: Random) -> str:
    """A softmax along rows or columns."""
    type_ = tensor((size(random), size(random)), "f32")
    return kernel(f"kernel.softmax %v0 {{axis = {random.randint(0, 1)}}} : {type_}", [type_], type_)


def normalisation(random: Random) -> str:
    """A layer norm."""
    shape = (size(random), size(random))
    types = [tensor(shape, "f32"), tensor(shape[1:], "f32"), tensor(shape[1:], "f32")]
    operation = f"kernel.layer_norm %v0 scale %v1 bias %v2 : {', '.join(types)}"
    return kernel(operation, types, types[0])


FAMILIES: Sequence[Family] = (
    *(contraction, contraction, layer, convolution, depthwise, pooling),
    *(elementwise, reduction, softmax, normalisation),
)


def check(text: str, target: str, seed: int) -> None:
    """Compile for a machine, run the binary, and compare every element with the reference."""
    compiled = prepare(text, target)
    arrays = random_arrays(compiled.signature, seed)
    for array in arrays:
        if array.dtype.kind == "i":  # -128 times -128 and sums that wrap around
            array.flat[::3] = np.iinfo(array.dtype).min
    options = Options(seed=seed if seed % 2 else None)
    _, results = compiled.simulate(*arrays, options=options)
    for result, (value, error) in zip(
        results, reference(compiled.module, None, arrays), strict=True
    ):
        if result.dtype.kind == "f":  # a bound that allows anything checks nothing
            finite = np.isfinite(value)
            limit = 0.05 * np.maximum(1.0, np.abs(value[finite]).max(initial=0))
            assert (error[finite] <= limit).all()
        comparison = compare("result", result, value, error)
        assert comparison.passed, f"{comparison}\n{text}"


@pytest.mark.parametrize("case", range(CASES))
@pytest.mark.parametrize("place", range(len(FAMILIES)), ids=[f.__name__ for f in FAMILIES])
def test_npu(place: int, case: int) -> None:
    seed = 100 * case + place
    random = Random(seed)
    text = FAMILIES[place](random)
    dim = (16, 4, 8)[(place + case) % 3]
    if dim == 16:
        check(text, "npu", seed)
    else:
        check(machine(dim) + text, "other", seed)


@pytest.mark.parametrize("case", range(2 * CASES))
def test_gemmini(case: int) -> None:
    """Bytes in, sums out; what comes transposed has no move there."""
    random = Random(case)
    sizes = {axis: size(random, 70) for axis in "mnk"}
    types = [
        tensor([sizes[axis] for axis in part], element)
        for part, element in (("mk", "i8"), ("kn", "i8"), ("mn", "i32"))
    ]
    operation = f'kernel.contract "mk,kn->mn"(%v0, %v1) : ({types[0]}, {types[1]}) -> {types[2]}'
    check(kernel(operation, types[:2], types[2]), "gemmini16", case)


@pytest.mark.parametrize("case", range(CASES))
@pytest.mark.parametrize("place", [0, 2, 3, 6], ids=lambda place: FAMILIES[place].__name__)
def test_any_plan(place: int, case: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the best plan gives the right result: any that fits does."""
    random = Random(1000 + 100 * case + place)

    def some(space: ScratchpadSpace, bound: float) -> tuple[float, ScratchpadPlan] | None:
        plans = [plan for plan in space.plans() if prod(plan.counts.values()) <= MOST_BOXES]
        return (min(1e9, bound / 2), random.choice(plans)) if plans else None

    monkeypatch.setattr(ScratchpadSpace, "best", some)
    dim = random.choice([4, 8])
    check(machine(dim) + FAMILIES[place](random), "other", case)
