"""What a mapping is, by definition: the matcher is checked against this by brute force.

An assignment of a kernel's axes to an instruction's is a mapping if, over all lanes of one tile
that is large enough for everything, one element of an input means one element of the kernel's,
and one element of the output is exactly one of the kernel's results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from .access import Access
from .statement import Statement

Point = tuple[int, ...]


def is_mapping(
    kernel: Statement,
    instruction: Statement,
    operands: Sequence[int],
    groups: Sequence[Sequence[str]],
) -> bool:
    """Whether an assignment is a mapping, by looking at every lane.

    `operands[j]` is the kernel's input that the instruction's input `j` stands for, `groups[d]` the
    kernel's axes that make up the instruction's axis `d`, outer to inner.
    """
    extents = {axis.name: axis.extent for axis in kernel.axes}
    lengths = [prod(extents[axis] for axis in group) for group in groups]
    meant: list[dict[Point, Point]] = [{} for _ in instruction.operands()]
    back: dict[Point, Point] = {}
    haves = [*(kernel.inputs[index] for index in operands), kernel.output]
    for lane in product(*map(range, lengths)):
        point = dict.fromkeys(extents, 0)
        for number, group in zip(lane, groups, strict=True):
            for axis in reversed(group):
                number, point[axis] = divmod(number, extents[axis])
        where = list(point.values())
        for k, (own, have) in enumerate(zip(instruction.operands(), haves, strict=True)):
            mine, theirs = element(own, lane), element(have, where)
            if meant[k].setdefault(mine, theirs) != theirs:
                return False
            if k == len(haves) - 1 and back.setdefault(theirs, mine) != mine:
                return False
    return True


def element(access: Access, point: Sequence[int]) -> Point:
    """The element that a point accesses."""
    rows = zip(access.matrix, access.offset, strict=True)
    return tuple(first + sum(c * x for c, x in zip(row, point, strict=True)) for row, first in rows)


def assignments(axes: Sequence[str], lanes: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Every way to put each axis into one of `lanes` groups or none."""
    for choice in product(range(-1, lanes), repeat=len(axes)):
        yield tuple(
            tuple(axis for axis, d in zip(axes, choice, strict=True) if d == lane)
            for lane in range(lanes)
        )
