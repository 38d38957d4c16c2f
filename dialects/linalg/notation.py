"""The notation of `table.py`: an operation of linalg in a line.

    n(p:r)(q:s)c,rsco->npqo += a * b

Left of the arrow are the operands, right of it the output, with one letter per dimension: the loop
that moves along it. `(p+r)` is the sum of two loops and `(p:r)` is `p * stride + r * dilation`,
with the operation's next stride and dilation. An operand without letters is a scalar. `...` stands
for any number of dimensions, the same for all operands.

Behind it stands how the output is combined with what it holds (`=` overwrites it), and the value
of one element, a formula as in `kernel.elementwise`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from ..formula import FUNCTIONS, Formula, parse_formula

_ROW = re.compile(r"(?P<inputs>\S*)->(?P<output>\S*) (?P<combine>\w*\+?=) (?P<formula>.+)")
_DIM = re.compile(r"\((\w)([+:])(\w)\)|(\w)")

_SELECT = {"select": 3}
"""What formulas of linalg have besides the functions of `kernel.elementwise`."""

COMBINES = {
    "=": None,
    "+=": "add",
    "max=": "max",
    "min=": "min",
    "max_unsigned=": "max_unsigned",
    "min_unsigned=": "min_unsigned",
}
"""From the sign of assignment to the function that combines the old value with the new one."""


@dataclass(frozen=True)
class Dim:
    """How loops move along one dimension: `axis`, or `axis + inner`, or that with strides."""

    axis: str
    inner: str | None = None
    strided: bool = False


@dataclass(frozen=True)
class Computation:
    """What is computed for one element: a formula, and how the output takes it up.

    `combine` is None where the output is overwritten.
    """

    formula: Formula
    combine: str | None = None

    @property
    def unsigned(self) -> bool:
        """Whether the combination reads integers without a sign, as its operands are then too."""
        return self.combine is not None and self.combine.endswith("unsigned")


@dataclass(frozen=True)
class Row:
    """An operation: the dimensions of its operands, the output's last, and its computation.

    `operands` is None where all have the same dimensions, of which there may be any number.
    """

    count: int
    operands: tuple[tuple[Dim, ...], ...] | None
    computation: Computation

    @cached_property
    def axes(self) -> str:
        """The loops, outermost first: the output's, then the others as they first occur."""
        if self.operands is None:
            return ""
        ordered = [*self.operands[-1], *(dim for operand in self.operands for dim in operand)]
        return "".join(
            dict.fromkeys(axis for dim in ordered for axis in (dim.axis, dim.inner or ""))
        )

    @cached_property
    def strides(self) -> int:
        """How many strides and dilations there are."""
        dims = [dim for operand in self.operands or () for dim in operand]
        return sum(dim.strided for dim in dims)

    def maps(self, rank: int, strides: Sequence[int], dilations: Sequence[int]) -> list[AffineMap]:
        """Return the access of every operand; `rank` is that of the output."""
        if self.operands is None:
            return [AffineMap.identity(rank)] * (self.count + 1)
        steps = iter(zip(strides, dilations, strict=True))
        maps: list[AffineMap] = []
        for dims in self.operands:
            found = tuple(
                self._expression(dim, *(next(steps) if dim.strided else (1, 1))) for dim in dims
            )
            maps.append(AffineMap(len(self.axes), 0, found))
        return maps

    def _expression(self, dim: Dim, stride: int, dilation: int) -> AffineExpr:
        """Return where loops access a dimension."""

        def times(axis: str, factor: int) -> AffineExpr:
            loop = AffineDimExpr(self.axes.index(axis))
            return loop if factor == 1 else loop * factor

        if dim.inner is None:
            return times(dim.axis, 1)
        return times(dim.axis, stride) + times(dim.inner, dilation)


@cache
def row(text: str) -> Row:
    """Read the notation."""
    found = _ROW.fullmatch(text)
    assert found is not None, f"'{text}' is not of the form 'mk,kn->mn += a * b'"
    inputs = found["inputs"].split(",")
    formula = parse_formula(found["formula"], len(inputs), FUNCTIONS | _SELECT)
    computation = Computation(formula, COMBINES[found["combine"]])
    if found["output"] == "...":
        return Row(len(inputs), None, computation)
    return Row(len(inputs), tuple(map(_dims, (*inputs, found["output"]))), computation)


def _dims(text: str) -> tuple[Dim, ...]:
    """Read the dimensions of an operand."""
    dims: list[Dim] = []
    for axis, sign, inner, alone in _DIM.findall(text):
        dims.append(Dim(alone) if alone else Dim(axis, inner, sign == ":"))
    return tuple(dims)
