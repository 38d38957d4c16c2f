"""Reductions in lanes: partial results, one per lane, and their combination (rfactor).

    y[m] += A[m, k] * x[k]      becomes, with 16 lanes l,
    p[m, l] += A[m, 16 k + l] * x[16 k + l];      y[m] += p[m, l]

or, where a lane adds up two neighbours i itself,

    p[m, l] += A[m, 32 k + 2 l + i] * x[32 k + 2 l + i];      y[m] += p[m, l]

It is the mapping that axis rule R3 forbids, with the further reduction that makes it legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .expression import Constant, Operand, reads_coordinates
from .neutral import neutral
from .padding import is_private
from .statement import ASSIGN, Access, Axis, Statement


@dataclass(frozen=True)
class Lanes:
    """The lanes of an instruction, each of which adds up `depth` neighbours at once."""

    width: int
    depth: int = 1

    @property
    def size(self) -> int:
        """The elements that all lanes take."""
        return self.width * self.depth


@dataclass(frozen=True)
class LaneReduction:
    """A kernel in parts: `rests` and `lanes` combine into `partial`, `total` combines that.

    `rests` are what the axis has left over after whole rows of lanes. The partial results start
    from `neutral`; the kernel's own output starts from what it was.
    """

    kernel: Statement
    partial: Access
    neutral: Constant
    rests: tuple[Statement, ...]
    lanes: Statement
    total: Statement


def lane_reductions(
    kernel: Statement, shapes: Sequence[Lanes], packs: bool = False
) -> Iterator[LaneReduction]:
    """Every way to let a reduction run in lanes, along axes on which all that moves is contiguous.

    If it `packs`, one operand that is contiguous will do. The combining operator must be associative
    with a neutral element, and different results must be different elements.
    """
    start = neutral(kernel.combine, kernel.output.element)
    if kernel.combine == ASSIGN or kernel.guarded or kernel.overwrites or start is None:
        return
    if reads_coordinates(kernel.body) or not _writes_apart(kernel):
        return
    for axis, loop in enumerate(kernel.axes):
        steps = [_stride(access, axis) for access in kernel.inputs if access.touches(axis)]
        if not loop.reduction or 1 not in steps or not (packs or set(steps) == {1}):
            continue
        for lanes in shapes:
            if loop.extent >= 2 * lanes.size:
                yield _split(kernel, axis, lanes, start)


def _split(kernel: Statement, axis: int, lanes: Lanes, start: Constant) -> LaneReduction:
    """The parts for some lanes along one axis."""
    kept = [i for i, loop in enumerate(kernel.axes) if not loop.reduction]
    shape = (*(kernel.axes[i].extent for i in kept), lanes.width)
    partial = Access("partial", kernel.output.element, (), (), shape)
    full, left = divmod(kernel.axes[axis].extent, lanes.size)
    groups, single = divmod(left, lanes.depth)
    rows = _Rows(kernel, axis, kept, partial)
    rests = [rows.piece(full * lanes.size, 1, Lanes(groups, lanes.depth))] if groups else []
    rests += [rows.piece(kernel.axes[axis].extent - single, 1, Lanes(single))] if single else []
    lane = Axis(rows.name, lanes.width, True)
    total = Statement(
        (*(kernel.axes[i] for i in kept), lane),
        (rows.accumulator(range(len(kept) + 1), len(kept) + 1),),
        _with_lane(kernel.output.select(kept)),
        kernel.combine,
        Operand(0),
    )
    whole = rows.accumulator(range(len(shape)), len(shape))
    main = rows.piece(0, full, lanes)
    return LaneReduction(kernel, whole, start, tuple(rests), main, total)


@dataclass(frozen=True)
class _Rows:
    """A kernel whose reduction along an axis is taken in rows of lanes into `partial`.

    `kept` are the axes of its results.
    """

    kernel: Statement
    axis: int
    kept: Sequence[int]
    partial: Access

    @property
    def name(self) -> str:
        """The name of the lanes' axis."""
        return f"{self.kernel.axes[self.axis].name}_lane"

    def piece(self, first: int, count: int, lanes: Lanes) -> Statement:
        """The kernel on `count` rows of lanes from element `first` on.

        The axis counts rows, one more the elements of a lane, the last one lanes; where there is
        only one of a kind, it has no axis.
        """
        loops, kernel = self.kernel.axes, self.kernel
        rows = replace(loops[self.axis], extent=count)
        inner = Axis(f"{rows.name}_in", lanes.depth, True)
        axes = [*loops, inner, Axis(self.name, lanes.width, False)]
        axes[self.axis] = rows
        steps = (lanes.size, 1, lanes.depth)
        places = [i for i in range(len(axes)) if i in self.kept or i == len(axes) - 1]
        gone = {self.axis} if count == 1 else set[int]()
        gone |= {len(loops)} if lanes.depth == 1 else set[int]()
        stay = [i for i in range(len(axes)) if i not in gone]
        inputs = [access.shifted(self.axis, first) for access in kernel.inputs]
        inputs = [_widened(access, self.axis, steps).select(stay) for access in inputs]
        output = self.accumulator(places, len(axes)).select(stay)
        return replace(
            kernel, axes=tuple(axes[i] for i in stay), inputs=tuple(inputs), output=output
        )

    def accumulator(self, places: Sequence[int], axes: int) -> Access:
        """The partial results, of whose dimensions each is along one of so many axes."""
        rows = tuple(tuple(int(i == place) for i in range(axes)) for place in places)
        return replace(self.partial, matrix=rows, offset=(0,) * len(places))


def _widened(access: Access, axis: int, steps: Sequence[int]) -> Access:
    """An access when the axis goes in steps, and more axes in smaller ones follow the last."""
    rows = (
        (
            *(c * steps[0] if i == axis else c for i, c in enumerate(row)),
            *(row[axis] * step for step in steps[1:]),
        )
        for row in access.matrix
    )
    return replace(access, matrix=tuple(rows))


def _with_lane(access: Access) -> Access:
    """An access with one more axis that does not move it."""
    return replace(access, matrix=tuple((*row, 0) for row in access.matrix))


def _writes_apart(kernel: Statement) -> bool:
    """Whether different points of the axes that are no reductions are different results."""
    return all(
        loop.extent == 1 or is_private(kernel.output, axis)
        for axis, loop in enumerate(kernel.axes)
        if not loop.reduction
    )


def _stride(access: Access, axis: int) -> int:
    """The distance in storage between neighbours along an axis."""
    pairs = zip(access.column(axis), access.storage_strides(), strict=True)
    return sum(factor * (2 if stride is None else stride) for factor, stride in pairs)
