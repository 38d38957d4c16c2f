"""Statements of every kind, compiled to C, run, and compared with NumPy: the compiler end to end.

The expected results are computed here, point by point over the iteration domain, by nothing that
the compiler uses. Floats may differ by the usual bound of a sum of n products, integers not at all.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.build import find_compiler
from isa_mapper.targets.c import emit_c

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Row: TypeAlias = Mapping[str, int]
"""One dimension of an operand: the factor of every axis that moves it."""

DTYPES = {"f32": np.float32, "f64": np.float64, "i8": np.int8, "i32": np.int32, "i64": np.int64}
TYPES = [
    *(("f32", "f32"),) * 3,
    *(("f64", "f64"), ("f32", "f64"), ("i8", "i32"), ("i32", "i32"), ("i64", "i64")),
]
SIZES = [1, 1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 32, 33]
CONTRACTIONS = """
    mk,kn->mn km,kn->mn mk,nk->mn mk,kn->nm bmk,bkn->bmn bmk,kn->bmn mk,k->m k,kn->n m,n->mn
    k,k-> mk->m mk->k mn->nm i->i mk,mk->m mk,kl,ln->mn nk,mk,k->nm
"""
SPELLINGS = {
    "add": ("addf", "addi"),
    "sub": ("subf", "subi"),
    "mul": ("mulf", "muli"),
    "max": ("maximumf", "maxsi"),
    "min": ("minimumf", "minsi"),
}
FUNCTIONS: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}


@dataclass
class Statement:
    """A statement on memrefs: axes, one access per input, the output's, and the body.

    The body folds the widened inputs by `operators`, applies `relu`, and combines with the old
    value by `combine`; a sum starts from zero unless `init`.
    """

    axes: dict[str, int]
    inputs: list[list[Row]]
    output: list[Row]
    types: tuple[str, str] = ("f32", "f32")
    operators: list[str] = field(default_factory=list[str])
    relu: bool = False
    combine: str | None = None
    init: bool = False
    strided: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        random, generator = Random(self.seed), np.random.default_rng(self.seed)
        self.init = self.init or self.combine not in (None, "add")
        self.elements = [self.types[0]] * len(self.inputs) + [self.types[1]]
        shapes = [self._shape(rows) for rows in (*self.inputs, self.output)]
        pairs = list(zip(shapes, self.elements, strict=True))
        self.arrays = [_random(generator, shape, element) for shape, element in pairs]
        self.strides = [_spread(random, shape) if self.strided else None for shape in shapes]

    def text(self, name: str) -> str:
        """The statement as a function."""
        described = zip(self.arrays, self.elements, self.strides, strict=True)
        types = [_memref(array.shape, element, strides) for array, element, strides in described]
        names = [*(f"%x{i}" for i in range(len(self.inputs))), "%o"]
        signature = ", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True))
        result = self.types[1]
        start = f"""
    %zero = arith.constant {"0.0" if result[0] == "f" else "0"} : {result}
    linalg.fill ins(%zero : {result}) outs(%o : {types[-1]})"""
        used = {axis for row in self.output for axis in row}
        kinds = ", ".join('"parallel"' if a in used else '"reduction"' for a in self.axes)
        maps = ", ".join(self._map(rows) for rows in (*self.inputs, self.output))
        labels = ", ".join(f'"{axis}"' for axis in self.axes)
        return f"""
  func.func @{name}({signature}) {{{start if self.combine == "add" and not self.init else ""}
    linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}
        ins({", ".join(names[:-1])} : {", ".join(types[:-1])}) outs(%o : {types[-1]})
        attrs = {{kernel.axes = [{labels}]}} {{
      {self._body()}
    }}
    func.return
  }}"""

    def expected(self) -> tuple[Array, Array]:
        """The results and how far floats may be from them."""
        result = self.types[1]
        wide = np.float64 if result[0] == "f" else np.int64
        *picked, index = [
            self._positions(array, rows)
            for array, rows in zip(self.arrays, (*self.inputs, self.output), strict=True)
        ]
        values = [a.ravel()[at].astype(wide) for a, at in zip(self.arrays, picked, strict=False)]
        value, size = values[0], np.abs(values[0])
        for operator, other in zip(self.operators, values[1:], strict=True):
            value = _wrap(FUNCTIONS[operator](value, other), result)
            size = FUNCTIONS["mul" if operator == "mul" else "add"](size, np.abs(other))
        value = np.maximum(value, 0) if self.relu else value
        total = self.arrays[-1].ravel().astype(wide)
        total = np.zeros_like(total) if self.combine == "add" and not self.init else total
        most = np.abs(total)
        if self.combine is None:
            total[index], most[index] = value, size
        else:
            FUNCTIONS[self.combine].at(total, index, value)
            FUNCTIONS[self.combine].at(most, index, size)
        steps = len(value) // max(1, total.size) + len(self.inputs) + 4
        unit = {"f32": 2.0**-23, "f64": 2.0**-52}.get(result, 0)
        shape = self.arrays[-1].shape
        return _wrap(total, result).reshape(shape), (steps * unit * most).reshape(shape)

    def run(self, function: Callable[..., object]) -> Array:
        """What a compiled function computes; it must not write anything but the output."""
        pairs = zip(self.arrays, self.strides, strict=True)
        stored = [_stored(array, strides) for array, strides in pairs]
        before = [memory.tobytes() for memory, _ in stored]
        function(*(ctypes.c_void_p(array.ctypes.data) for _, array in stored))
        result = stored[-1][1].copy()
        stored[-1][1][...] = self.arrays[-1]
        assert [memory.tobytes() for memory, _ in stored] == before, "something else was written"
        return result

    def check(self, function: Callable[..., object]) -> None:
        """Compare what a compiled function computes with what is expected."""
        result, (expected, bound) = self.run(function), self.expected()
        error = np.abs(result.astype(expected.dtype) - expected)
        assert (error <= bound).all(), f"{error.max()} off in\n{self.text('wrong')}"

    def _shape(self, rows: Sequence[Row]) -> tuple[int, ...]:
        return tuple(1 + sum(c * (self.axes[a] - 1) for a, c in row.items()) for row in rows)

    def _map(self, rows: Sequence[Row]) -> str:
        sums = [" + ".join(f"{axis} * {c}" for axis, c in row.items()) for row in rows]
        return f"affine_map<({', '.join(self.axes)}) -> ({', '.join(sums)})>"

    def _positions(self, array: Array, rows: Sequence[Row]) -> Array:
        """Per point of the domain, the position of the element in the array's storage."""
        points = np.indices(list(self.axes.values())).reshape(len(self.axes), -1)
        at = dict(zip(self.axes, points, strict=True))
        position = np.zeros(points.shape[1], int)
        for size, row in zip(array.shape, rows, strict=True):
            position = position * size + sum(c * at[axis] for axis, c in row.items())
        return position

    def _body(self) -> str:
        result, kind = self.types[1], int(self.types[1][0] == "i")
        names = [*(f"%a{i}" for i in range(len(self.inputs))), "%old"]
        typed = ", ".join(f"{n}: {t}" for n, t in zip(names, self.elements, strict=True))
        lines, values = [f"^bb0({typed}):"], names[:-1]
        if self.types[0] != result:
            widen = ("extf", "extsi")[kind]
            types = f"{self.types[0]} to {result}"
            lines += [f"%w{i} = arith.{widen} {v} : {types}" for i, v in enumerate(values)]
            values = [f"%w{i}" for i in range(len(values))]
        current = values[0]

        def apply(name: str, operator: str, one: str, other: str) -> str:
            lines.append(f"{name} = arith.{SPELLINGS[operator][kind]} {one}, {other} : {result}")
            return name

        for i, (operator, value) in enumerate(zip(self.operators, values[1:], strict=True)):
            current = apply(f"%t{i}", operator, current, value)
        if self.relu:
            lines.append(f"%z = arith.constant {('0.0', '0')[kind]} : {result}")
            current = apply("%p", "max", current, "%z")
        if self.combine is not None:
            current = apply("%s", self.combine, "%old", current)
        return "\n      ".join([*lines, f"linalg.yield {current} : {result}"])


def _random(generator: np.random.Generator, shape: tuple[int, ...], element: str) -> Array:
    if element[0] == "f":
        return generator.standard_normal(shape).astype(DTYPES[element])
    return generator.integers(-128, 128, shape).astype(DTYPES[element])


def _wrap(values: Array, element: str) -> Array:
    """Integers as the type holds them."""
    return values if element[0] == "f" else values.astype(DTYPES[element]).astype(np.int64)


def _spread(random: Random, shape: Sequence[int]) -> list[int]:
    """Strides with room between the elements."""
    strides, step = [], random.choice([1, 1, 2])
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size + random.choice([0, 1, 3])
    return strides


def _memref(shape: Sequence[int], element: str, strides: Sequence[int] | None) -> str:
    layout = "" if strides is None else f", strided<[{', '.join(map(str, strides))}]>"
    return f"memref<{''.join(f'{size}x' for size in shape)}{element}{layout}>"


def _stored(array: Array, strides: Sequence[int] | None) -> tuple[Array, Array]:
    """Memory with a margin, and in it the array with its strides."""
    margin = 64
    steps = [s // array.itemsize for s in array.strides] if strides is None else strides
    last = sum(step * (size - 1) for step, size in zip(steps, array.shape, strict=True))
    memory = np.full(last + 1 + 2 * margin, 77, array.dtype)
    inner = np.lib.stride_tricks.as_strided(
        memory[margin:], array.shape, [step * array.itemsize for step in steps]
    )
    inner[...] = array
    return memory, inner


def contraction(spec: str, sizes: Mapping[str, int], **options: Any) -> Statement:
    """An einsum."""
    inputs, output = spec.split("->")
    operands = inputs.split(",")
    letters = dict.fromkeys(c for c in output + inputs if c.isalpha())
    sums = any(letter not in output for letter in letters) or options.get("init", False)
    return Statement(
        {letter: sizes[letter] for letter in letters},
        [[{letter: 1} for letter in operand] for operand in operands],
        [{letter: 1} for letter in output],
        operators=["mul"] * (len(operands) - 1),
        combine="add" if sums else None,
        **options,
    )


def random_statement(random: Random) -> Statement:
    """A statement of any kind."""
    common: dict[str, Any] = {
        "types": random.choice(TYPES),
        "init": random.random() < 0.3,
        "strided": random.random() < 0.4,
        "seed": random.randrange(1 << 30),
    }
    kind = random.choice(["contraction", "contraction", "elementwise", "convolution"])
    if kind == "contraction":
        spec = random.choice(CONTRACTIONS.split())
        sizes = SIZES if len(set(spec)) < 8 else SIZES[:9]
        return contraction(spec, {c: random.choice(sizes) for c in "bmknli"}, **common)
    if kind == "elementwise":
        return _elementwise(random, common)
    stride, step = random.choice([1, 1, 2, 3]), random.choice([1, 2])
    small = {"n": 2, "p": random.choice(SIZES), "r": random.choice([1, 2, 3])}
    sizes = {**small, "c": random.choice(SIZES[:8]), "f": random.choice(SIZES)}
    image: list[Row] = [{"n": 1}, {"p": stride, "r": step}, {"c": 1}]
    weights: list[Row] = [{"r": 1}, {"c": 1}]
    output: list[Row] = [{"n": 1}, {"p": 1}, {"c": 1}]  # depthwise
    if random.random() < 0.7:
        weights, output = [*weights, {"f": 1}], [{"n": 1}, {"p": 1}, {"f": 1}]
    else:
        del sizes["f"]
    for rows in (image, weights, output):
        random.shuffle(rows)
    common["operators"], common["combine"] = ["mul"], "add"
    return Statement(sizes, [image, weights], output, **common)


def _elementwise(random: Random, common: dict[str, Any]) -> Statement:
    """Operands that lack some of the axes, in any order; perhaps a reduction."""
    axes = {axis: random.choice(SIZES) for axis in "mnp"[: random.choice([1, 2, 2, 3])]}
    count = random.choice([1, 2, 2, 3])
    kept = [[axis for axis in axes if random.random() < 0.8] for _ in range(count)]
    kept[0] = random.sample(list(axes), len(axes))
    output = list(axes)
    combine = random.choice([None, None, "add", "max"])
    common["init"] = common["init"] and combine is not None
    if combine is not None:
        output.remove(random.choice(output))
    return Statement(
        axes,
        [[{axis: 1} for axis in operand] for operand in kept],
        [{axis: 1} for axis in output],
        operators=[random.choice(list(SPELLINGS)) for _ in range(count - 1)],
        relu=random.random() < 0.3,
        combine=combine,
        **common,
    )


def build(
    text: str, folder: Path, target: str, portable: bool = True, threads: int = 1
) -> ctypes.CDLL:
    """Compile a module to C and that to a library; the C compiler must not warn."""
    module = pipeline.parse(text)
    CompilePass(target=target, threads=threads).apply(pipeline.new_context(), module)
    c = emit_c(module, portable=portable)
    source, library = folder / "kernel.c", folder / f"{abs(hash(text))}.so"
    source.write_text(c.source)
    strict = ("-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fPIC", "-shared")
    command = [*find_compiler().command, *strict, *c.flags, str(source), "-o", str(library), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library))


def runs_here(target: str) -> bool:
    """Whether this computer has the instructions of a shipped machine."""
    module = pipeline.parse("builtin.module {}")
    return host_features().issuperset(find_target(target, module).features)


needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="needs a C compiler"
)


@needs_compiler
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("portable", [False, True])
@pytest.mark.parametrize("target", ["avx512", "avx2", "scalar"])
def test_random_statements(target: str, portable: bool, threads: int, tmp_path: Path):
    if not portable and not runs_here(target):
        pytest.skip(f"this CPU is no {target}")
    random = Random(f"{target}{portable}{threads}")
    statements = [random_statement(random) for _ in range(10)]
    functions = [statement.text(f"f{i}") for i, statement in enumerate(statements)]
    library = build("\n".join(functions), tmp_path, target, portable, threads)
    for i, statement in enumerate(statements):
        statement.check(getattr(library, f"f{i}"))


@needs_compiler
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 1 << 30))
def test_any_statement(seed: int, tmp_path: Path):
    statement = random_statement(Random(seed))
    statement.check(build(statement.text("f"), tmp_path, "avx512").f)


@needs_compiler
@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 600, 700), (700, 600, 1), (40, 50, 700)])
def test_large_and_thin(sizes: tuple[int, int, int], tmp_path: Path):
    # These are planned as streams and with cut reductions.
    statement = contraction("mk,kn->mn", dict(zip("mkn", sizes, strict=True)))
    statement.check(build(statement.text("f"), tmp_path, "avx512").f)
