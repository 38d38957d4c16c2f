"""Groups of axes: which of a kernel's axes may together be each axis of an instruction.

With `N_k` the instruction's access of operand `k` and `A_k` the kernel's access of what is bound to
it, a kernel axis `a` may join the group of instruction axis `d` iff

* R1: for every input `k` that `d` does not index, `a` does not index it either, because one element
  of the instruction's operand must mean one value of the kernel;
* R2: if `d` does not index the instruction's output, `a` does not index the kernel's;
* R3: if `d` indexes the instruction's output, `a` indexes the kernel's (else: partial sums).

For general accesses these are inclusions of null spaces, `ker N_k` within `ker (A_k E)`, with `E`
the embedding of the instruction's axes into the kernel's: unit vectors of `ker N_k` give the rules
above, all others are checked on whole assignments. Every choice of at most one `d` for every `a`
is an assignment; `d` without any axis is degenerate, all its lanes but one idle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import TypeAlias

from .access import Access, access_text
from .forms import Form
from .linear import Vector, apply, is_injective, null_space, slope
from .padding import exact_axes
from .rejection import Rejection
from .statement import Statement

_POINTS = 1 << 14
"""How many points of an output are looked at to see that its elements differ."""

Groups: TypeAlias = tuple[tuple[int, ...], ...]
"""Per axis of the instruction, the kernel's axes that make it up, outer to inner."""


class Assignments:
    """The assignments of a kernel's axes to those of an instruction, for one binding of operands.

    Both statements are in normal form. `rejections` are the rules that failed so far.

    Args:
        form: The kernel as it is matched.
        instruction: What the instruction does, with its parameters set.
        operands: Per input of the instruction, the kernel's input that it stands for.
    """

    def __init__(self, form: Form, instruction: Statement, operands: tuple[int, ...]) -> None:
        kernel = form.kernel
        self.form, self.kernel, self.instruction = form, kernel, instruction
        self.operands = operands
        bound = (kernel.inputs[index] for index in operands)
        self.pairs = (*zip(bound, instruction.inputs, strict=True),)
        self.output = (kernel.output, instruction.output)
        self.lanes = range(len(instruction.axes))
        self.exact = exact_axes(instruction)
        self.coupled = any(_is_coupled(own, len(self.lanes)) for own in instruction.operands())
        self.rejections: list[Rejection] = []
        self.order = _contiguity_order(kernel)

    def legal(self) -> Iterator[Groups]:
        """The assignments that obey all rules, without that of no axis at all."""
        candidates = [self._candidates(axis) for axis in self.order]
        for choice in product(*candidates):
            groups = self._groups(choice)
            if any(groups) and self._accepts(groups):
                yield groups

    def empty(self) -> Iterator[Groups]:
        """The assignment of no axis at all, if it obeys all rules."""
        groups = ((),) * len(self.lanes)
        if self._accepts(groups):
            yield groups

    def is_full_rank(self, groups: Groups) -> bool:
        """Whether every axis has one of the kernel's, and moves every operand that it indexes."""
        for lane, group in enumerate(groups):
            for have, own in (*self.pairs, self.output):
                if own.touches(lane) and not any(have.touches(axis) for axis in group):
                    return False
            if not group:
                return False
        return True

    def _candidates(self, axis: int) -> list[int | None]:
        """The instruction axes that a kernel axis may join; None is an outer loop."""
        joined: list[int | None] = []
        for lane in self.lanes:
            why = self._obstacle(axis, lane)
            if why is None:
                joined.append(lane)
            else:
                self.rejections.append(replace(why, binding=self.operands))
        return [*joined, None]

    def _obstacle(self, axis: int, lane: int) -> Rejection | None:
        """The first of R1, R2 and R3 that keeps a kernel axis from an instruction axis."""
        mine, theirs = self.kernel.axes[axis].name, self.instruction.axes[lane].name
        names = [other.name for other in self.instruction.axes]
        for have, own in self.pairs:
            if not own.touches(lane) and have.touches(axis):
                text = (
                    f"axis {mine} of {have.name} cannot join axis {theirs}: the instruction reads "
                    f"{access_text(own, names)}, one value for all {theirs}"
                )
                return Rejection("R1", text, mine, theirs, have.name)
        have, own = self.output
        written = access_text(own, names)
        if not own.touches(lane) and have.touches(axis):
            text = (
                f"axis {mine} of {have.name} cannot join axis {theirs}: the instruction reduces "
                f"over {theirs} into {written}"
            )
            return Rejection("R2", text, mine, theirs, have.name)
        if own.touches(lane) and not have.touches(axis):
            text = (
                f"axis {mine} cannot join axis {theirs}: the kernel reduces over {mine}, but the "
                f"instruction keeps {written} apart, so {have.name} would lie in partial sums"
            )
            return Rejection("R3", text, mine, theirs, have.name)
        return None

    def _groups(self, choice: Sequence[int | None]) -> Groups:
        """Kernel axes per instruction axis, outer to inner."""
        chosen = tuple(zip(self.order, choice, strict=True))
        return tuple(tuple(axis for axis, d in chosen if d == lane) for lane in self.lanes)

    def _accepts(self, groups: Groups) -> bool:
        """The conditions on a whole assignment; the first one that fails is recorded."""
        checks = [self._fills, self._is_whole, self._outputs_differ]
        checks += [self._is_consistent] if self.coupled else []
        for check in checks:
            why = check(groups)
            if why is not None:
                self.rejections.append(replace(why, binding=self.operands))
                return False
        return True

    def _fills(self, groups: Groups) -> Rejection | None:
        """Lanes that zeros cannot fill must all be filled."""
        for lane in self.exact:
            extent, length = self.instruction.axes[lane].extent, self._length(groups[lane])
            if length % extent:
                theirs = self.instruction.axes[lane].name
                group = (
                    " x ".join(self.kernel.axes[axis].name for axis in groups[lane]) or "nothing"
                )
                text = (
                    f"{group} has {length} elements, axis {theirs} takes {extent} at a time, and "
                    f"no zeros can fill the rest"
                )
                return Rejection("pad", text, lane=theirs)
        return None

    def _is_whole(self, groups: Groups) -> Rejection | None:
        """An instruction that starts its sum afresh must do all of the kernel's at once."""
        if not self.form.whole:
            return None
        for axis, loop in enumerate(self.kernel.axes):
            if self.kernel.output.touches(axis):
                continue
            lanes = [lane for lane in self.lanes if axis in groups[lane]]
            held = (
                lanes and self._length(groups[lanes[0]]) <= self.instruction.axes[lanes[0]].extent
            )
            if not held:
                text = f"the instruction starts its sum afresh, so {loop.name} cannot be cut"
                return Rejection("whole", text, axis=loop.name)
        return None

    def _outputs_differ(self, groups: Groups) -> Rejection | None:
        """R3 for general outputs: different output lanes are different elements of the kernel."""
        have, own = self.output
        if _is_projection(have) or _is_coupled(own, len(self.lanes)):
            return None
        axes = [axis for lane in self.lanes if own.touches(lane) for axis in groups[lane]]
        extents = [self.kernel.axes[axis].extent for axis in axes]
        if is_injective(have.select(axes).matrix, extents, _POINTS):
            return None
        names = " x ".join(self.kernel.axes[axis].name for axis in axes)
        text = f"several points of {names} are one element of {have.name}"
        return Rejection("R3", text, operand=have.name)

    def _is_consistent(self, groups: Groups) -> Rejection | None:
        """R1 to R3 along the null vectors of the instruction's accesses that move several axes."""
        used = [lane for lane in self.lanes if groups[lane]]
        for have, own in (*self.pairs, self.output):
            embedded = _Embedded(have, groups, used, self.kernel)
            for vector in null_space(own.select(used).matrix, len(used)):
                if not embedded.stays_put(vector):
                    return self._incoherent(have, own)
        have, own = self.output
        if not _is_coupled(own, len(self.lanes)):
            return None
        embedded = _Embedded(have, groups, used, self.kernel)
        for vector in embedded.null_vectors():
            if vector is None or any(apply(own.select(used).matrix, vector)):
                return self._incoherent(have, own)
        return None

    def _incoherent(self, have: Access, own: Access) -> Rejection:
        names = [axis.name for axis in self.instruction.axes]
        text = f"{have.name} does not move as {access_text(own, names)} does"
        return Rejection("coupled", text, operand=have.name)

    def _length(self, group: Sequence[int]) -> int:
        return prod(self.kernel.axes[axis].extent for axis in group)


@dataclass(frozen=True)
class _Embedded:
    """A kernel's access as a function of the instruction's axes in use: the matrix `A E`."""

    access: Access
    groups: Groups
    used: Sequence[int]
    kernel: Statement

    def slopes(self) -> list[Vector | None]:
        """Per axis in use how the access moves along it, None where that changes at a carry."""
        found: list[Vector | None] = []
        for lane in self.used:
            group = self.groups[lane]
            columns = [self.access.column(axis) for axis in group]
            found.append(slope(columns, [self.kernel.axes[axis].extent for axis in group]))
        return found

    def stays_put(self, vector: Vector) -> bool:
        """Whether the access is the same all along a vector of the instruction's axes."""
        total = [0] * len(self.access.matrix)
        for factor, step in zip(vector, self.slopes(), strict=True):
            if factor and step is None:
                return False
            total = [t + factor * s for t, s in zip(total, step or total, strict=True)]
        return not any(total)

    def null_vectors(self) -> tuple[Vector | None, ...]:
        """The vectors along which the access stays put; None for some that cannot be told."""
        steps = self.slopes()
        columns = [step for step in steps if step is not None]
        if len(columns) < len(steps):
            return (None,)
        rows = [[column[dim] for column in columns] for dim in range(len(self.access.matrix))]
        return null_space(rows, len(columns))


def _is_coupled(access: Access, lanes: int) -> bool:
    """Whether some of the axes that index an access do so only together."""
    return any(sum(map(bool, vector)) > 1 for vector in null_space(access.matrix, lanes))


def _is_projection(access: Access) -> bool:
    """Whether every dimension has at most one axis, and every axis at most one dimension's."""
    axes = [axis for row in access.axes for axis in row]
    return all(len(row) <= 1 for row in access.axes) and len(axes) == len(set(axes))


def _contiguity_order(kernel: Statement) -> list[int]:
    """The axes from the one with the longest strides to the one with the shortest."""

    def weight(axis: int) -> int:
        total = 0
        for access in kernel.operands():
            steps = zip(access.column(axis), access.storage_strides(), strict=False)
            total += sum(abs(c) * (1 << 40 if s is None else s) for c, s in steps)
        return total

    return sorted(range(len(kernel.axes)), key=lambda axis: -weight(axis))
