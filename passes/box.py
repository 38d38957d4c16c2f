"""Boxes: what a window touches of its base, every element once, as a scratchpad holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from .linear_form import Linear
from .window import Guard, Window


@dataclass(frozen=True)
class Box:
    """The elements of a window, along dimensions of their own.

    Attributes:
        window: The box, a window of the same base.
        groups: Per dimension of the box, the dimensions of the window that move along it.
        forms: Per dimension of the box, the position in terms of the window's dimensions.
    """

    window: Window
    groups: tuple[tuple[int, ...], ...]
    forms: tuple[Linear, ...]

    @classmethod
    def of(cls, window: Window, needed: Sequence[int], apart: Sequence[int]) -> Box:
        """The box of a window.

        Dimensions of the window along which it moves in steps that overlap share one of the box; the
        others have one each, if anything changes along them or they are `needed`. Those in `apart`
        share none.
        """
        groups = _groups(window, apart)
        box = cls._along(window, groups, needed)
        return box if box is not None else _each_alone(window, needed)

    @classmethod
    def _along(
        cls, window: Window, groups: Sequence[tuple[int, ...]], needed: Sequence[int]
    ) -> Box | None:
        """The box whose dimensions are these groups; None if a guard is not one of its elements."""
        rank = len(window.shape)
        kept = [g for g in groups if len(g) > 1 or _matters(window, g, needed)]
        forms: list[Linear] = []
        extents: list[int] = []
        steps: list[int] = []
        for group in kept:
            factors = _factors(window, group)
            step = gcd(*factors) if len(group) > 1 else max(factors[0], 1)
            dims = [0] * rank
            for dim, factor in zip(group, factors, strict=True):
                dims[dim] = factor // step if len(group) > 1 else 1
            forms.append(Linear(tuple(dims)))
            extents.append(1 + sum(dims[dim] * (window.shape[dim] - 1) for dim in group))
            steps.append(step)
        box: list[Linear] = []
        for form in (*window.index, *(form for form, _ in window.guards)):
            found = _in_box(form, kept, forms)
            if found is None:
                return None
            box.append(found)
        index, guards = box[: len(window.index)], box[len(window.index) :]
        bounds = [bound for _, bound in window.guards]
        touched = Window(
            window.base,
            tuple(extents),
            tuple(index),
            tuple(zip(guards, bounds, strict=True)),
        )
        return cls(touched.simplified(), tuple(kept), tuple(forms))

    def sorted(self, order: Sequence[int]) -> Box:
        """The same box with its dimensions in the order of the window's, the last of a group counting."""
        place = {dim: place for place, dim in enumerate(order)}

        def rank(position: int) -> int:
            return max(place.get(dim, -1) for dim in self.groups[position])

        found = sorted(range(len(self.groups)), key=rank)
        groups = tuple(self.groups[position] for position in found)
        return Box(self.window.select(found), groups, tuple(self.forms[p] for p in found))

    def beyond_base(self) -> tuple[Guard, ...]:
        """The guards that find elements absent which lie outside of the base and are not guarded.

        An element that is outside in some iterations of the loops around is absent in all: none
        needs it, as all do the same amount of work.
        """
        guarded = [form for form, _ in self.window.guards]
        bounds = zip(self.window.index, self.window.type.get_shape(), strict=True)
        found = [(form, bound) for form, bound in bounds if form not in guarded]
        ends = [(end, bound) for form, bound in found for end in form.over_loops()]
        return tuple(dict.fromkeys(ends))


def _matters(window: Window, group: Sequence[int], needed: Sequence[int]) -> bool:
    """Whether some dimension of a group changes anything, or is needed."""
    return any(window.changes_along(dim) or dim in needed for dim in group)


def _each_alone(window: Window, needed: Sequence[int]) -> Box:
    """The box with a dimension for every one of the window."""
    rank = len(window.shape)
    kept = [dim for dim in range(rank) if window.changes_along(dim) or dim in needed]
    forms = tuple(Linear(tuple(int(other == dim) for other in range(rank))) for dim in kept)
    return Box(window.select(kept), tuple((dim,) for dim in kept), forms)


def _groups(window: Window, apart: Sequence[int]) -> list[tuple[int, ...]]:
    """The dimensions of a window in groups whose steps overlap in the base."""
    found: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for form in window.index:
        moving = [d for d, factor in enumerate(form.dims) if factor and window.shape[d] > 1]
        if any(sum(bool(other.dims[d]) for other in window.index) > 1 for d in moving):
            return [(dim,) for dim in range(len(window.shape))]
        reach, group = 0, list[int]()
        for dim in sorted(moving, key=lambda d: abs(form.dims[d])):
            if form.dims[dim] < 0:
                return [(dim,) for dim in range(len(window.shape))]
            if dim in apart:
                found.append((dim,))
                continue
            if group and abs(form.dims[dim]) > reach:
                found.append(tuple(group))
                group = []
            group.append(dim)
            reach += abs(form.dims[dim]) * (window.shape[dim] - 1)
        found += [tuple(group)] if group else []
        taken |= set(moving)
    return found + [(dim,) for dim in range(len(window.shape)) if dim not in taken]


def _factors(window: Window, group: Sequence[int]) -> list[int]:
    """How far the window moves along its base per step of each dimension of a group."""
    return [max((abs(form.dims[dim]) for form in window.index), default=0) for dim in group]


def _in_box(
    form: Linear, groups: Sequence[tuple[int, ...]], positions: Sequence[Linear]
) -> Linear | None:
    """A number in terms of a box's dimensions, or None if the box does not determine it."""
    dims: list[int] = []
    for group, position in zip(groups, positions, strict=True):
        ratios = {(form.dims[dim] / position.dims[dim]) for dim in group if position.dims[dim]}
        if len(ratios) != 1 or not (ratio := ratios.pop()).is_integer():
            return None
        dims.append(int(ratio))
    inside = {dim for group in groups for dim in group}
    if any(factor for dim, factor in enumerate(form.dims) if dim not in inside):
        return None
    return Linear(tuple(dims), form.terms, form.constant)
