"""Reductions in lanes: partial results, one per lane, and their combination (rfactor).

    y[m] += A[m, k] * x[k]      becomes, with 16 lanes l,
    p[m, l] += A[m, 16 k + l] * x[16 k + l];      y[m] += p[m, l]

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
class LaneReduction:
    """A kernel in parts: `rest` and `lanes` combine into `partial`, `total` combines that.

    `rest` is what the axis has left over after whole rows of lanes, None if nothing. The partial
    results start from `neutral`; the kernel's own output starts from what it was.
    """

    kernel: Statement
    partial: Access
    neutral: Constant
    rest: Statement | None
    lanes: Statement
    total: Statement

    def statements(self) -> list[Statement]:
        """The parts in their order."""
        return [*([self.rest] if self.rest is not None else []), self.lanes, self.total]


def lane_reductions(kernel: Statement, widths: Sequence[int]) -> Iterator[LaneReduction]:
    """Every way to let a reduction run in lanes, along axes on which all that moves is contiguous.

    The combining operator must be associative with a neutral element, and different results must be
    different elements.
    """
    start = neutral(kernel.combine, kernel.output.element)
    if kernel.combine == ASSIGN or kernel.guarded or kernel.overwrites or start is None:
        return
    if reads_coordinates(kernel.body) or not _writes_apart(kernel):
        return
    for axis, loop in enumerate(kernel.axes):
        steps = [_stride(access, axis) for access in kernel.inputs if access.touches(axis)]
        if not loop.reduction or not steps or any(step != 1 for step in steps):
            continue
        for width in widths:
            if loop.extent >= 2 * width:
                yield _split(kernel, axis, width, start)


def _split(kernel: Statement, axis: int, width: int, start: Constant) -> LaneReduction:
    """The parts for lanes of one width along one axis."""
    full, left = divmod(kernel.axes[axis].extent, width)
    kept = [i for i, loop in enumerate(kernel.axes) if not loop.reduction]
    name = f"{kernel.axes[axis].name}_lane"
    shape = (*(kernel.axes[i].extent for i in kept), width)
    lane = Axis(name, width, False)

    def partial(places: Sequence[int], axes: int) -> Access:
        rows = tuple(tuple(int(i == place) for i in range(axes)) for place in places)
        return Access("partial", kernel.output.element, rows, (0,) * len(shape), shape)

    count = len(kernel.axes)
    outer = replace(kernel.axes[axis], extent=full)
    lanes = replace(
        kernel,
        axes=(*(outer if i == axis else loop for i, loop in enumerate(kernel.axes)), lane),
        inputs=tuple(_widened(access, axis, width) for access in kernel.inputs),
        output=partial([*kept, count], count + 1),
    )
    rest = replace(
        kernel,
        axes=tuple(
            replace(lane, extent=left) if i == axis else loop for i, loop in enumerate(kernel.axes)
        ),
        inputs=tuple(_shifted(access, axis, full * width) for access in kernel.inputs),
        output=partial([*kept, axis], count),
    )
    total = Statement(
        (*(kernel.axes[i] for i in kept), replace(lane, reduction=True)),
        (partial(range(len(kept) + 1), len(kept) + 1),),
        _with_lane(kernel.output.select(kept)),
        kernel.combine,
        Operand(0),
    )
    whole = partial(range(len(shape)), len(shape))
    return LaneReduction(kernel, whole, start, rest if left else None, lanes, total)


def _widened(access: Access, axis: int, width: int) -> Access:
    """An access when the axis counts rows of lanes; the lane is one more axis."""
    rows = (
        (*(c * width if i == axis else c for i, c in enumerate(row)), row[axis])
        for row in access.matrix
    )
    return replace(access, matrix=tuple(rows))


def _shifted(access: Access, axis: int, first: int) -> Access:
    """An access when the axis begins at another point."""
    pairs = zip(access.matrix, access.offset, strict=True)
    return replace(access, offset=tuple(at + row[axis] * first for row, at in pairs))


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
