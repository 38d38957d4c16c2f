"""Windows: the affine views of buffers that the passes move, cut and shrink.

A window is what an `isa.view` says, held as integers: element `d` of the window is element `index(d)` of its base,
where every component of `index` is linear in `d` and in the loop variables around it. Cutting a tile out of a
window, taking one of its elements or permuting its dimensions gives a window on the same base, so views never pile
up on views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerAttr, MemRefType
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap

from ..dialects.errors import UserError
from ..dialects.isa import ViewOp


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
            return replace(self, constant=self.constant + factor * value)
        terms = dict(self.terms)
        terms[value] = terms.get(value, 0) + factor
        return replace(self, terms=tuple((v, c) for v, c in terms.items() if c))

    def select(self, dims: Sequence[int | None]) -> Linear:
        """The same number when the dimensions are `dims` of the present ones; None stands for a new one."""
        return replace(self, dims=tuple(0 if dim is None else self.dims[dim] for dim in dims))

    def through(self, reads: Sequence[Linear], rank: int) -> Linear:
        """The same number in `rank` other dimensions, given the present ones in terms of those."""
        dims, constant = [0] * rank, self.constant
        for factor, read in zip(self.dims, reads, strict=True):
            dims = [c + factor * d for c, d in zip(dims, read.dims, strict=True)]
            constant += factor * read.constant
        return Linear(tuple(dims), self.terms, constant)

    def with_variables(self, variables: Mapping[SSAValue, SSAValue]) -> Linear:
        """The same number of other loop variables."""
        return replace(self, terms=tuple((variables.get(v, v), c) for v, c in self.terms))

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


@dataclass(frozen=True)
class Window:
    """An affine window of extents `shape` on a buffer.

    `guards` are pairs (e, n): elements for which e is outside [0, n) are absent.
    """

    base: SSAValue
    shape: tuple[int, ...]
    index: tuple[Linear, ...]
    guards: tuple[tuple[Linear, int], ...] = ()

    @classmethod
    def of(cls, value: SSAValue) -> Window:
        """The window that a value of memref type is: that of its view, or else the whole buffer."""
        assert isinstance(value.type, MemRefType)
        shape = value.type.get_shape()
        view = value.owner
        if isinstance(view, memref.SubviewOp):
            return _subview(view)
        if not isinstance(view, ViewOp):
            return cls(value, shape, _identity(len(shape)))
        index = _linear_forms(view.map.data, view.indices)
        if view.guard_map is None or view.guard_bounds is None:
            return cls(view.base, shape, index)
        forms = _linear_forms(view.guard_map.data, view.indices)
        guards = tuple(zip(forms, view.guard_bounds.get_values(), strict=True))
        return cls(view.base, shape, index, guards)

    @property
    def type(self) -> MemRefType:
        """The type of the base."""
        assert isinstance(self.base.type, MemRefType)
        return self.base.type

    @property
    def is_whole(self) -> bool:
        """Whether the window is the base itself."""
        whole = self.shape == self.type.get_shape() and self.index == _identity(len(self.shape))
        return whole and not self.guards

    @property
    def base_strides(self) -> tuple[int, ...]:
        """Per dimension of the base, the distance in elements of its storage.

        Raises:
            UserError: The base's type does not say.
        """
        return static_strides(self.type)

    def strides(self) -> tuple[int, ...]:
        """Per dimension, the distance in elements of the base's storage."""
        steps: list[int] = []
        for dim in range(len(self.shape)):
            factors = zip(self.index, self.base_strides, strict=True)
            steps.append(sum(form.dims[dim] * stride for form, stride in factors))
        return tuple(steps)

    def separates(self, dim: int) -> bool:
        """Whether points that differ along `dim` are different elements of the base for sure.

        So it is if one dimension of the base reads like digits: every step along a dimension of
        the window is longer than all the way along those with shorter steps.
        """
        return any(form.dims[dim] and _is_radix(form.dims, self.shape) for form in self.index)

    def moves_with(self, dim: int) -> bool:
        """Whether elements along the dimension are different elements of the base."""
        return any(form.dims[dim] for form in self.index)

    def changes_along(self, dim: int) -> bool:
        """Whether elements along the dimension differ, or some of them are absent."""
        return self.moves_with(dim) or any(form.dims[dim] for form, _ in self.guards)

    def advances_by(self, dim: int, unit: int) -> bool:
        """Whether a step along `dim` is `unit` equal steps in every dimension of the base."""
        forms = (*self.index, *(form for form, _ in self.guards))
        return all(form.dims[dim] % unit == 0 for form in forms)

    def tile(self, dim: int, extent: int, at: SSAValue | int, unit: int = 1) -> Window:
        """The part of `extent` elements along `dim` from `at / unit` on."""
        shape = (*self.shape[:dim], extent, *self.shape[dim + 1 :])

        def shift(form: Linear) -> Linear:
            factor, rest = divmod(form.dims[dim], unit)
            assert rest == 0, "the position is no whole number of steps"
            return form.plus(at, factor)

        guards = tuple((shift(form), bound) for form, bound in self.guards)
        return Window(
            self.base, shape, tuple(shift(form) for form in self.index), guards
        ).simplified()

    def every(self, dim: int, step: int) -> Window:
        """The window that advances by `step` elements along `dim` where this one does by one."""

        def stretched(form: Linear) -> Linear:
            dims = [c * step if other == dim else c for other, c in enumerate(form.dims)]
            return replace(form, dims=tuple(dims))

        guards = tuple((stretched(form), bound) for form, bound in self.guards)
        return replace(self, index=tuple(map(stretched, self.index)), guards=guards)

    def element(self, dim: int, at: int) -> Window:
        """The window of one dimension less that lies at position `at` of `dim`."""
        kept = [other for other in range(len(self.shape)) if other != dim]
        return self.tile(dim, 1, at).select(kept)

    def select(
        self, dims: Sequence[int | None], extents: Mapping[int, int] | None = None
    ) -> Window:
        """The window whose dimensions are `dims` of this one; None is a new one along which nothing changes.

        `extents` gives the extents of the new dimensions by their position.
        """
        shape = tuple(
            (extents or {})[i] if dim is None else self.shape[dim] for i, dim in enumerate(dims)
        )
        index = tuple(form.select(dims) for form in self.index)
        return Window(
            self.base,
            shape,
            index,
            tuple((form.select(dims), bound) for form, bound in self.guards),
        )

    def through(self, reads: Sequence[Linear], shape: Sequence[int]) -> Window:
        """The window of other dimensions, given the present ones in terms of those."""
        rank = len(shape)
        index = tuple(form.through(reads, rank) for form in self.index)
        guards = tuple((form.through(reads, rank), bound) for form, bound in self.guards)
        return Window(self.base, tuple(shape), index, guards)

    def with_variables(self, variables: Mapping[SSAValue, SSAValue]) -> Window:
        """The same window of other loop variables."""
        index = tuple(form.with_variables(variables) for form in self.index)
        guards = tuple((form.with_variables(variables), bound) for form, bound in self.guards)
        return replace(self, index=index, guards=guards)

    def within(self, outer: Window) -> Window:
        """The same window when its base is itself the window `outer` of another buffer."""
        rank = len(self.shape)
        index = tuple(form.within(self.index, rank) for form in outer.index)
        guards = tuple((form.within(self.index, rank), bound) for form, bound in outer.guards)
        return Window(outer.base, self.shape, index, (*guards, *self.guards))

    def simplified(self) -> Window:
        """The same window without the guards that always hold."""

        def holds(form: Linear, bound: int) -> bool:
            low, high = form.bounds(self.shape)
            return low >= 0 and high < bound

        return replace(self, guards=tuple(guard for guard in self.guards if not holds(*guard)))

    def without_guards(self) -> Window:
        """The same window with every element present."""
        return replace(self, guards=())

    def view(self) -> tuple[list[Operation], SSAValue]:
        """The operations to insert (none or one) and the value that is this window."""
        if self.is_whole:
            return [], self.base
        values = list(dict.fromkeys(v for form in self.forms() for v, _ in form.terms))
        guard_map = (
            _affine_map([form for form, _ in self.guards], values, len(self.shape))
            if self.guards
            else None
        )
        op = ViewOp.get(
            self.base,
            values,
            _affine_map(self.index, values, len(self.shape)),
            self.shape,
            guard_map,
            [bound for _, bound in self.guards],
        )
        return [op], op.result

    def forms(self) -> list[Linear]:
        """The components of the index and of the guards."""
        return [*self.index, *(form for form, _ in self.guards)]


def static_strides(type_: MemRefType) -> tuple[int, ...]:
    """The strides of a memref in elements.

    Raises:
        UserError: They are not all fixed.
    """
    strides = type_.get_strides()
    known = [stride for stride in strides or () if stride is not None]
    if strides is None or len(known) != len(strides):
        raise UserError(
            f"{type_} has no fixed strides; give its layout as strided<[...]> of numbers"
        )
    return tuple(known)


def constant_of(value: SSAValue) -> int | None:
    """The number that a value is known to be, if it is a constant."""
    if isinstance(value.owner, arith.ConstantOp) and isinstance(value.owner.value, IntegerAttr):
        return value.owner.value.value.data
    return None


def base_of(value: SSAValue) -> SSAValue:
    """The buffer that a value is a view or another shape of."""
    while True:
        match value.owner:
            case ViewOp() as view:
                value = view.base
            case memref.SubviewOp() as view:
                value = view.source
            case memref.ExpandShapeOp() | memref.CollapseShapeOp() as view:
                value = view.src
            case _:
                return value


def _is_radix(factors: Sequence[int], extents: Sequence[int]) -> bool:
    """Whether a sum of multiples of positions tells every position, as digits do."""
    reach = 0
    for factor, extent in sorted(
        (abs(c), extent) for c, extent in zip(factors, extents, strict=True) if c and extent > 1
    ):
        if factor <= reach:
            return False
        reach += factor * (extent - 1)
    return True


def _subview(view: memref.SubviewOp) -> Window:
    """The window that a `memref.subview` is."""
    lists = (view.static_offsets, view.static_sizes, view.static_strides)
    places, sizes, strides = (entries.get_values() for entries in lists)
    if view.sizes or view.strides:
        raise UserError("a subview must have fixed sizes and strides", view)
    offsets = iter(view.offsets)
    window = Window.of(view.source)
    for dim, (place, size, stride) in enumerate(zip(places, sizes, strides, strict=True)):
        at = next(offsets) if place == DYNAMIC_INDEX else place
        window = window.tile(dim, size, at).every(dim, stride)
    assert isinstance(view.result.type, MemRefType)
    wanted = list(view.result.type.get_shape())
    kept: list[int] = []
    for dim, size in enumerate(sizes):  # dimensions of one element may be left out
        if len(kept) < len(wanted) and size == wanted[len(kept)]:
            kept.append(dim)
    return window.select(kept)


def _identity(rank: int) -> tuple[Linear, ...]:
    return tuple(Linear(tuple(_unit(i, rank))) for i in range(rank))


def _span(value: SSAValue) -> tuple[int, int]:
    """The first and last value of a loop variable; unbounded values span everything that an extent could be."""
    loop = value.owner.parent_op() if isinstance(value, BlockArgument) else None
    if isinstance(loop, scf.ForOp):
        low, high, step = (constant_of(bound) for bound in (loop.lb, loop.ub, loop.step))
        if low is not None and high is not None and step is not None and high > low:
            return low, low + (high - low - 1) // step * step
    return -(2**62), 2**62


def _linear_forms(map: AffineMap, symbols: Sequence[SSAValue]) -> tuple[Linear, ...]:
    """The results of an affine map as linear forms in its dimensions and in the values of its symbols."""
    zeros_d, zeros_s = [0] * map.num_dims, [0] * map.num_symbols
    forms: list[Linear] = []
    for expr in map.results:
        constant = expr.eval(zeros_d, zeros_s)
        dims = [expr.eval(_unit(i, map.num_dims), zeros_s) - constant for i in range(map.num_dims)]
        form = Linear(tuple(dims), (), constant)
        for i, value in enumerate(symbols):
            form = form.plus(value, expr.eval(zeros_d, _unit(i, map.num_symbols)) - constant)
        forms.append(form)
    return tuple(forms)


def _unit(position: int, size: int) -> list[int]:
    return [int(i == position) for i in range(size)]


def _affine_map(forms: Sequence[Linear], values: Sequence[SSAValue], rank: int) -> AffineMap:
    """The affine map of linear forms; symbol `i` is `values[i]`."""
    results: list[AffineExpr] = []
    for form in forms:
        parts = [
            AffineExpr.symbol(values.index(v)) * c if c != 1 else AffineExpr.symbol(values.index(v))
            for v, c in form.terms
        ]
        parts += [
            AffineExpr.dimension(i) * c if c != 1 else AffineExpr.dimension(i)
            for i, c in enumerate(form.dims)
            if c
        ]
        if form.constant or not parts:
            parts.append(AffineExpr.constant(form.constant))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        results.append(total)
    return AffineMap(rank, len(values), tuple(results))
