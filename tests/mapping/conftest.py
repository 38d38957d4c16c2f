"""Statements written as formulas, for the tests of the mapping package."""

import re
from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import f32, f64, i1, i8, i32
from xdsl.ir import Attribute

from isa_mapper.mapping.statement import Access, Apply, Axis, Expr, Operand, Statement

Array: TypeAlias = NDArray[Any]

TYPES: dict[str, Attribute] = {"f32": f32, "f64": f64, "i1": i1, "i8": i8, "i32": i32}
_OPERAND = re.compile(r"(\w+)(?:\[([^\]]*)\])?")


def parse(formula: str, /, element: str = "f32", **extents: int) -> Statement:
    """Read `c[i,j] += a[i,k] * b[k,j]`; the extents give the axes in loop order.

    `=` assigns, `+=` adds, `max=` takes the maximum; terms are multiplied or added from the left.
    """
    type_ = TYPES[element]
    left, combine, right = re.split(r"\s*(max=|\+=|=)\s*", formula)
    axes = tuple(extents)
    accesses = [_access(text, axes, extents, type_) for text in re.split(r"\s[*+]\s", right)]
    operators = re.findall(r"\s([*+])\s", right)
    kind = "f" if element.startswith("f") else "i"
    body: Expr = Operand(0)
    for index, operator in enumerate(operators, 1):
        name = {"*": "arith.mul", "+": "arith.add"}[operator] + kind
        body = Apply(name, (body, Operand(index)), type_)
    output = _access(left, axes, extents, type_)
    combiner = {"=": "assign", "+=": f"arith.add{kind}", "max=": "arith.maximumf"}[combine]
    loops = tuple(Axis(a, extents[a], not output.touches(i)) for i, a in enumerate(axes))
    return Statement(loops, tuple(accesses), output, combiner, body)


def _access(text: str, axes: tuple[str, ...], extents: dict[str, int], type_: Attribute) -> Access:
    match = _OPERAND.fullmatch(text.strip())
    assert match, text
    rows: list[tuple[int, ...]] = []
    for subscript in (match[2] or "").replace(" ", "").split(","):
        if subscript:
            row = [0] * len(axes)
            for term in subscript.split("+"):
                factor, _, axis = term.rpartition("*")
                row[axes.index(axis)] += int(factor or 1)
            rows.append(tuple(row))
    shape = tuple(
        1 + sum(c * (extents[a] - 1) for c, a in zip(row, axes, strict=True)) for row in rows
    )
    return Access(match[1], type_, tuple(rows), (0,) * len(rows), shape)


@pytest.fixture(scope="session")
def formula() -> Callable[..., Statement]:
    """The reader of formulas."""
    return parse


INSTRUCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "gemm": ("c[i,j] += a[i,k] * b[k,j]", ("i", "j", "k")),
    "vnni": ("c[i] += a[k] * b[i,k]", ("i", "k")),
    "dot": ("c += a[k] * b[k]", ("k",)),
    "outer": ("c[i,j] += a[i] * b[j]", ("i", "j")),
    "axpy": ("c[i] += a * b[i]", ("i",)),
}

KERNELS: dict[str, tuple[str, dict[str, int]]] = {
    "matmul": ("C[m,n] += A[m,k] * B[k,n]", dict(m=5, n=4, k=7)),
    "gemv": ("y[m] += A[m,k] * x[k]", dict(m=5, k=7)),
    "gram": ("C[m,n] += A[m,k] * A[n,k]", dict(m=4, n=4, k=5)),
    "conv2d": (
        "O[n,o,p,q] += I[n,c,p+r,q+s] * W[o,c,r,s]",
        dict(n=2, o=3, p=3, q=2, c=2, r=2, s=3),
    ),
    "conv2d stride 2": (
        "O[n,o,p,q] += I[n,c,2*p+r,2*q+s] * W[o,c,r,s]",
        dict(n=2, o=3, p=3, q=2, c=2, r=2, s=3),
    ),
    "depthwise": ("O[p,q,c] += I[p+r,q+s,c] * W[r,s,c]", dict(p=3, q=4, c=5, r=2, s=3)),
    "grouped": (
        "O[n,g,o,p,q] += I[n,g,c,p+r,q+s] * W[g,o,c,r,s]",
        dict(n=2, g=2, o=3, p=2, q=2, c=2, r=2, s=3),
    ),
    "conv1d": ("O[n,o,p] += I[n,c,p+r] * W[o,c,r]", dict(n=2, o=3, p=5, c=2, r=3)),
}


@pytest.fixture(scope="session")
def instruction() -> Callable[..., Statement]:
    """The design's instructions by name, all axes of one extent or of the given ones."""

    def make(name: str, extent: int = 16, **extents: int) -> Statement:
        text, axes = INSTRUCTIONS[name]
        return parse(text, "f32", **({axis: extent for axis in axes} | extents))

    return make


@pytest.fixture(scope="session")
def kernel() -> Callable[..., Statement]:
    """The design's kernels by name."""

    def make(name: str) -> Statement:
        text, extents = KERNELS[name]
        return parse(text, "f32", **extents)

    return make


def fits_by_definition(
    kernel: Statement,
    instruction: Statement,
    operands: Sequence[int],
    groups: Sequence[Sequence[str]],
) -> bool:
    """Whether an assignment is a mapping, by looking at every lane of one big tile.

    One element of an input must mean one element of the kernel's; one element of the output must
    be exactly one of the kernel's results.
    """
    extents = {axis.name: axis.extent for axis in kernel.axes}
    lengths = [prod(extents[axis] for axis in group) for group in groups]
    meant: list[dict[tuple[int, ...], tuple[int, ...]]] = [{} for _ in instruction.operands()]
    back: dict[tuple[int, ...], tuple[int, ...]] = {}
    for lane in product(*map(range, lengths)):
        point = dict.fromkeys(extents, 0)
        for number, group in zip(lane, groups, strict=True):
            for axis in reversed(group):
                number, point[axis] = divmod(number, extents[axis])
        where = list(point.values())
        for k, own in enumerate(instruction.operands()):
            is_output = k == len(instruction.inputs)
            have = kernel.output if is_output else kernel.inputs[operands[k]]
            mine, theirs = element(own, lane), element(have, where)
            if meant[k].setdefault(mine, theirs) != theirs:
                return False
            if is_output and back.setdefault(theirs, mine) != mine:
                return False
    return True


def element(access: Access, point: Sequence[int]) -> tuple[int, ...]:
    """The element that a point accesses."""
    return tuple(sum(c * x for c, x in zip(row, point, strict=True)) for row in access.matrix)


@pytest.fixture(scope="session")
def definition() -> Callable[..., bool]:
    """What a mapping is, by definition."""
    return fits_by_definition


def loop_nest(kernel: Statement, inputs: Sequence[Array], output: Array) -> Array:
    """The naive loop nest of a product of all inputs, point by point."""
    result = output.copy()
    for point in product(*(range(axis.extent) for axis in kernel.axes)):
        term = result.dtype.type(1)
        for access, array in zip(kernel.inputs, inputs, strict=True):
            term = term * array[element(access, point)]
        where = element(kernel.output, point)
        if kernel.combine == "assign":
            result[where] = term
        elif kernel.combine.startswith("arith.max"):
            result[where] = max(result[where], term)
        else:
            result[where] += term
    return result


@pytest.fixture(scope="session")
def reference() -> Callable[..., Array]:
    """The naive execution of a kernel."""
    return loop_nest


@pytest.fixture(scope="session")
def data() -> Callable[..., tuple[list[Array], Array]]:
    """Random small integers for a kernel's operands, so that every sum is exact."""

    def make(kernel: Statement, seed: int = 0) -> tuple[list[Array], Array]:
        random = np.random.default_rng(seed)
        arrays = [
            random.integers(-4, 5, access.shape).astype(np.float32) for access in kernel.operands()
        ]
        return arrays[:-1], arrays[-1]

    return make
