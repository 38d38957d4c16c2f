"""Linear forms: integers that are linear in the dimensions of a window and in loop variables.

They are what the affine map of an `isa.view` says, as plain numbers that are cheap to add, cut and compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import BlockArgument, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
    AffineSymExpr,
)

from ..dialects.errors import UserError

Row: TypeAlias = tuple[tuple[int, ...], tuple[tuple[int, int], ...], int]
"""A linear form with the positions of its loop variables in the place of these."""

_UNBOUNDED = (-(2**62), 2**62)
"""What a value of which nothing is known spans: everything that an extent could be."""


@dataclass(frozen=True)
class Linear:
    """The integer `constant + sum(dims[i] * d_i) + sum(c * v for v, c in terms)`; `terms` are loop variables."""

    dims: tuple[int, ...]
    terms: tuple[tuple[SSAValue, int], ...] = ()
    constant: int = 0

    def plus(self, value: SSAValue | int, factor: int) -> Linear:
        """This plus `factor * value`, where `value` is a number or a loop variable."""
        if factor == 0:
            return self
        if isinstance(value, int):
            return Linear(self.dims, self.terms, self.constant + factor * value)
        terms = dict(self.terms)
        terms[value] = terms.get(value, 0) + factor
        return Linear(self.dims, tuple((v, c) for v, c in terms.items() if c), self.constant)

    def select(self, dims: Sequence[int | None]) -> Linear:
        """The same number when the dimensions are `dims` of the present ones; None stands for a new one."""
        kept = tuple([0 if dim is None else self.dims[dim] for dim in dims])
        return Linear(kept, self.terms, self.constant)

    def at(self, positions: Mapping[int, int], kept: Sequence[int]) -> Linear:
        """The same number at fixed positions of some dimensions, in the dimensions that are kept."""
        constant = self.constant
        for dim, position in positions.items():
            constant += self.dims[dim] * position
        return Linear(tuple([self.dims[dim] for dim in kept]), self.terms, constant)

    def stretched(self, dim: int, step: int) -> Linear:
        """The same number where a dimension counts steps of so many elements."""
        dims = (*self.dims[:dim], self.dims[dim] * step, *self.dims[dim + 1 :])
        return Linear(dims, self.terms, self.constant)

    def through(self, reads: Sequence[Linear], rank: int) -> Linear:
        """The same number in `rank` other dimensions, given the present ones in terms of those."""
        dims, constant = [0] * rank, self.constant
        for factor, read in zip(self.dims, reads, strict=True):
            dims = [c + factor * d for c, d in zip(dims, read.dims, strict=True)]
            constant += factor * read.constant
        return Linear(tuple(dims), self.terms, constant)

    def with_variables(self, variables: Mapping[SSAValue, SSAValue]) -> Linear:
        """The same number of other loop variables."""
        terms = tuple([(variables.get(value, value), c) for value, c in self.terms])
        return Linear(self.dims, terms, self.constant)

    def within(self, reads: Sequence[Linear], rank: int) -> Linear:
        """The same number when the dimensions are linear in `rank` others and in loop variables."""
        total = self.through(reads, rank)
        for factor, read in zip(self.dims, reads, strict=True):
            for value, c in read.terms:
                total = total.plus(value, factor * c)
        return total

    def bounds(self, shape: Sequence[int]) -> tuple[int, int]:
        """The least and the greatest value over a box of extents `shape` and over the loops around."""
        low = high = self.constant
        spans = [(c, (0, extent - 1)) for c, extent in zip(self.dims, shape, strict=True)]
        for factor, (first, last) in spans + [(c, _span(value)) for value, c in self.terms]:
            low += min(factor * first, factor * last)
            high += max(factor * first, factor * last)
        return low, high

    def over_loops(self) -> tuple[Linear, Linear]:
        """The least and the greatest that this is over the loops around, per place in the window.

        It stays as it is if nothing is known of a variable.
        """
        spans = [_span(value) for value, _ in self.terms]
        if _UNBOUNDED in spans:
            return self, self
        low, high = Linear((), self.terms, self.constant).bounds(())
        return Linear(self.dims, (), low), Linear(self.dims, (), high)


def constant_of(value: SSAValue) -> int | None:
    """The number that a value is known to be, if it is a constant."""
    if isinstance(value.owner, arith.ConstantOp) and isinstance(value.owner.value, IntegerAttr):
        return value.owner.value.value.data
    return None


def constant_range(loop: scf.ForOp) -> range | None:
    """The values of a loop's variable; None where its bounds are not known."""
    low, high, step = (constant_of(bound) for bound in (loop.lb, loop.ub, loop.step))
    return None if low is None or high is None or not step else range(low, high, step)


def _span(value: SSAValue) -> tuple[int, int]:
    """The first and last value of a loop variable."""
    loop = value.owner.parent_op() if isinstance(value, BlockArgument) else None
    if isinstance(loop, scf.ForOp):
        values = constant_range(loop)
        if values:
            return values[0], values[-1]
    return _UNBOUNDED


def linear_forms(map: AffineMap, symbols: Sequence[SSAValue]) -> tuple[Linear, ...]:
    """The results of an affine map as linear forms in its dimensions and in the values of its symbols.

    Raises:
        UserError: A result is not linear.
    """
    forms: list[Linear] = []
    for dims, factors, constant in _rows_of_map(map):
        terms: dict[SSAValue, int] = {}
        for place, factor in factors:
            terms[symbols[place]] = terms.get(symbols[place], 0) + factor
        kept = tuple([(value, factor) for value, factor in terms.items() if factor])
        forms.append(Linear(dims, kept, constant))
    return tuple(forms)


@lru_cache(maxsize=8192)
def _rows_of_map(map: AffineMap) -> tuple[Row, ...]:
    """The results of a map."""
    rows: list[Row] = []
    for expr in map.results:
        dims, symbols = [0] * map.num_dims, [0] * map.num_symbols
        constant = _collect(expr, 1, dims, symbols)
        factors = tuple([(place, factor) for place, factor in enumerate(symbols) if factor])
        rows.append((tuple(dims), factors, constant))
    return tuple(rows)


def _collect(expr: AffineExpr, factor: int, dims: list[int], symbols: list[int]) -> int:
    """Add `factor` times an expression to the factors of dimensions and symbols; give its constant."""
    match expr:
        case AffineConstantExpr(value):
            return factor * value
        case AffineDimExpr(position):
            dims[position] += factor
            return 0
        case AffineSymExpr(position):
            symbols[position] += factor
            return 0
        case AffineBinaryOpExpr(AffineBinaryOpKind.Add, left, right):
            return _collect(left, factor, dims, symbols) + _collect(right, factor, dims, symbols)
        case AffineBinaryOpExpr(AffineBinaryOpKind.Mul, left, AffineConstantExpr(value)):
            return _collect(left, factor * value, dims, symbols)
        case AffineBinaryOpExpr(AffineBinaryOpKind.Mul, AffineConstantExpr(value), right):
            return _collect(right, factor * value, dims, symbols)
        case _:
            raise UserError(f"the map of a view must be linear, but it has '{expr}'")


def affine_map(forms: Sequence[Linear], values: Sequence[SSAValue], rank: int) -> AffineMap:
    """The affine map of linear forms; symbol `i` is `values[i]`."""
    places = {value: place for place, value in enumerate(values)}
    rows = [
        (form.dims, tuple([(places[value], c) for value, c in form.terms]), form.constant)
        for form in forms
    ]
    return _map_of_rows(tuple(rows), len(values), rank)


@lru_cache(maxsize=8192)
def _map_of_rows(rows: tuple[Row, ...], symbols: int, rank: int) -> AffineMap:
    """The map, made once for forms that differ in their values only."""
    return AffineMap(rank, symbols, tuple(map(_expression, rows)))


def _expression(row: Row) -> AffineExpr:
    """One result of a map."""
    dims, terms, constant = row
    parts = [_scaled(AffineExpr.symbol(place), c) for place, c in terms]
    parts += [_scaled(AffineExpr.dimension(i), c) for i, c in enumerate(dims) if c]
    if constant or not parts:
        parts.append(AffineExpr.constant(constant))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _scaled(expr: AffineExpr, factor: int) -> AffineExpr:
    return expr * factor if factor != 1 else expr
