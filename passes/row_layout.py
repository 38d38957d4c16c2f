"""How the elements of a box lie in a memory of rows: which row, and where in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdsl.ir import SSAValue

from .linear_form import Linear
from .window import Window


@dataclass(frozen=True)
class RowLayout:
    """The places of the elements of a box in rows.

    Attributes:
        shape: The extents of the box.
        rows: How many rows it takes. width: How many elements are in a row.
        row: The row of an element in terms of the box's dimensions. column: Its place in there.
    """

    shape: tuple[int, ...]
    rows: int
    width: int
    row: Linear
    column: Linear

    @classmethod
    def of(
        cls, shape: Sequence[int], wanted: Mapping[int, int | None], width: int
    ) -> RowLayout | None:
        """The layout in which dimensions go on in the next row, but for the strides that are wanted.

        Args:
            shape: The extents of the box.
            wanted: For some dimensions the distance in elements between neighbours; None for any
                number of rows.
            width: How many elements are in a row.

        Returns:
            The layout; None if elements would share a place, or a row is too short.
        """
        rank = len(shape)
        rows, columns = [0] * rank, [0] * rank
        height = filled = 1
        for dim in sorted(range(rank), key=lambda d: (_order(wanted.get(d), width), -d)):
            stride, extent = wanted.get(dim), shape[dim]
            if stride is not None and stride < width:
                if extent > 1 and stride < filled:
                    return None
                columns[dim] = stride
                filled += stride * (extent - 1)
                continue
            step = height if stride is None else stride // width
            if (stride or 0) % width or (extent > 1 and step < height):
                return None
            rows[dim] = step
            height += step * (extent - 1)
        if filled > width:
            return None
        return cls(tuple(shape), height, width, Linear(tuple(rows)), Linear(tuple(columns)))

    def on(self, buffer: SSAValue) -> Window:
        """The window of a buffer of `rows` times `width` elements that is the box."""
        return Window(buffer, self.shape, (self.row, self.column))


def _order(stride: int | None, width: int) -> tuple[int, int]:
    """Where a dimension comes when places are given from the innermost outwards."""
    return (0, stride) if stride is not None else (1, width)
