"""Windows: the affine views of buffers that the passes move, cut and shrink.

A window is what an `isa.view` says, held as integers: element `d` of the window is element `index(d)` of its base,
where every component of `index` is linear in `d` and in the loop variables around it. Cutting a tile out of a
window, taking one of its elements or permuting its dimensions gives a window on the same base, so views never pile
up on views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

from xdsl.dialects import memref
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import ViewOp
from ..mapping.access import Access
from .linear_form import Linear, affine_map, linear_forms

Guard: TypeAlias = tuple[Linear, int]
"""A number and a bound: elements for which it is outside [0, bound) are absent."""


@dataclass(frozen=True)
class Window:
    """An affine window of extents `shape` on a buffer.

    Elements that a guard finds absent are not read or written.
    """

    base: SSAValue
    shape: tuple[int, ...]
    index: tuple[Linear, ...]
    guards: tuple[Guard, ...] = ()

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
        index = linear_forms(view.map.data, view.indices)
        if view.guard_map is None or view.guard_bounds is None:
            return cls(view.base, shape, index)
        forms = linear_forms(view.guard_map.data, view.indices)
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
        own = self.base_strides
        for dim in range(len(self.shape)):
            factors = zip(self.index, own, strict=True)
            steps.append(sum(form.dims[dim] * stride for form, stride in factors))
        return tuple(steps)

    def separates(self, dim: int) -> bool:
        """Whether points that differ along `dim` are different elements of the base for sure.

        So it is if one dimension of the base reads like digits: every step along a dimension of
        the window is longer than all the way along those with shorter steps.
        """
        return any(form.dims[dim] and is_radix(form.dims, self.shape) for form in self.index)

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

        index = tuple([shift(form) for form in self.index])
        guards = tuple([(shift(form), bound) for form, bound in self.guards])
        return Window(self.base, shape, index, guards).simplified()

    def every(self, dim: int, step: int) -> Window:
        """The window that advances by `step` elements along `dim` where this one does by one."""
        index = tuple([form.stretched(dim, step) for form in self.index])
        guards = tuple([(form.stretched(dim, step), bound) for form, bound in self.guards])
        return Window(self.base, self.shape, index, guards)

    def at(self, positions: Mapping[int, int]) -> Window:
        """The window of the other dimensions that lies at a position of each of these."""
        kept = [dim for dim in range(len(self.shape)) if dim not in positions]
        index = tuple([form.at(positions, kept) for form in self.index])
        guards = tuple([(form.at(positions, kept), bound) for form, bound in self.guards])
        shape = tuple([self.shape[dim] for dim in kept])
        return Window(self.base, shape, index, guards).simplified()

    def select(
        self, dims: Sequence[int | None], extents: Mapping[int, int] | None = None
    ) -> Window:
        """The window whose dimensions are `dims` of this one; None is a new one along which nothing changes.

        `extents` gives the extents of the new dimensions by their position.
        """
        shape = tuple(
            (extents or {})[i] if dim is None else self.shape[dim] for i, dim in enumerate(dims)
        )
        index = tuple([form.select(dims) for form in self.index])
        guards = tuple([(form.select(dims), bound) for form, bound in self.guards])
        return Window(self.base, shape, index, guards)

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
        return Window(self.base, self.shape, index, guards)

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

        if not self.guards:
            return self
        guards = tuple(guard for guard in self.guards if not holds(*guard))
        return Window(self.base, self.shape, self.index, guards)

    def without_guards(self) -> Window:
        """The same window with every element present."""
        return Window(self.base, self.shape, self.index) if self.guards else self

    def view(self) -> tuple[list[Operation], SSAValue]:
        """The operations to insert (none or one) and the value that is this window."""
        if self.is_whole:
            return [], self.base
        values = list(dict.fromkeys(v for form in self.forms() for v, _ in form.terms))
        guard_map = (
            affine_map([form for form, _ in self.guards], values, len(self.shape))
            if self.guards
            else None
        )
        op = ViewOp.get(
            self.base,
            values,
            affine_map(self.index, values, len(self.shape)),
            self.shape,
            guard_map,
            [bound for _, bound in self.guards],
        )
        return [op], op.result

    def distance(self) -> Linear:
        """The distance in elements from the base to the first element."""
        total = Linear(())
        for form, stride in zip(self.index, self.base_strides, strict=True):
            for value, factor in form.terms:
                total = total.plus(value, factor * stride)
            total = total.plus(form.constant, stride)
        return total

    def forms(self) -> list[Linear]:
        """The components of the index and of the guards."""
        return [*self.index, *(form for form, _ in self.guards)]


def touched(value: SSAValue, access: Access, extents: Sequence[int]) -> Window:
    """The window of a buffer that a statement touches, with one dimension per axis of these extents."""
    reads = [Linear(row, (), at) for row, at in zip(access.matrix, access.offset, strict=True)]
    return Window.of(value).through(reads, extents)


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


def base_of(value: SSAValue) -> SSAValue:
    """The buffer that a value is a view or another shape of."""
    while type(value.owner) in _OTHER_SHAPES:
        value = cast(Operation, value.owner).operands[0]
    return value


_OTHER_SHAPES = {ViewOp, memref.SubviewOp, memref.ExpandShapeOp, memref.CollapseShapeOp}
"""The operations that give the elements of their first operand, or some of them, another shape."""


def is_radix(factors: Sequence[int], extents: Sequence[int]) -> bool:
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


@lru_cache(maxsize=64)
def _identity(rank: int) -> tuple[Linear, ...]:
    return tuple(Linear(tuple(int(i == dim) for dim in range(rank))) for i in range(rank))
