"""Statements written as formulas, for the tests of the mapping package."""

import re
from collections.abc import Callable

import pytest
from xdsl.dialects.builtin import f32, f64, i1, i8, i32
from xdsl.ir import Attribute

from isa_mapper.mapping.statement import Access, Apply, Axis, Expr, Operand, Statement

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
