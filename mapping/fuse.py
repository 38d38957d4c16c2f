"""Fusing axes: a group of axes as one longer axis, and what becomes of the operands.

A mapping may give an instruction's axis several of the kernel's axes, the digits of one number.
Such a group is one axis of a statement whose operands are read through that number:

* `same`: the operand does not move along the group, or moves evenly all along it;
* `collapse`: its dimensions along the group lie one after the other, so they are one dimension;
* `pack`: anything else, such as the overlapping windows of a convolution (im2col): a copy has a
  dimension for each axis of the group, and collapses.

Where the innermost axis of a group fills whole instructions, no instruction goes on into the next
row, and the other axes may as well be loops outside: `without_carries`. That is the implicit
im2col.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from .linear import slope
from .statement import Access, Axis, Statement

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FusedOperand:
    """How an operand is read when groups are one axis each.

    `collapsed` lists, per dimension of what is read, the dimensions of the operand (or, if it is
    `packed`, of the copy) that are one now. `packed` lists the axes along the copy's dimensions.
    """

    access: Access
    collapsed: tuple[tuple[int, ...], ...]
    packed: tuple[int, ...] | None = None

    @property
    def is_same(self) -> bool:
        """Whether the operand is read as it is."""
        return self.packed is None and all(len(dims) == 1 for dims in self.collapsed)


@dataclass(frozen=True)
class Fused:
    """A statement with fused axes; `operands` has one entry per input and, last, the output's."""

    statement: Statement
    operands: tuple[FusedOperand, ...]


def fused_name(group: Sequence[str]) -> str:
    """The name of the axis that a group becomes: `p.q`."""
    return ".".join(group)


def without_carries(groups: Groups, extents: Mapping[str, int], lanes: Sequence[int]) -> Groups:
    """The groups reduced to those inner axes after which no instruction goes on into a next row."""
    found: list[tuple[str, ...]] = []
    for group, width in zip(groups, lanes, strict=True):
        inner = len(group)
        while inner > 1 and prod(extents[axis] for axis in group[-(inner - 1) :]) % width == 0:
            inner -= 1
        found.append(group[len(group) - inner :])
    return tuple(found)


def fuse(statement: Statement, groups: Groups, contiguous: Sequence[bool]) -> Fused:
    """Make one axis of every group of several axes.

    `contiguous` says, per operand, whether it is stored row by row without gaps; only then may
    dimensions collapse.
    """
    many = [tuple(map(statement.axis_index, group)) for group in groups if len(group) > 1]
    inside = {axis for group in many for axis in group}
    kept = [axis for axis in range(len(statement.axes)) if axis not in inside]
    axes = [statement.axes[axis] for axis in kept]
    for group in many:
        parts = [statement.axes[axis] for axis in group]
        name = fused_name([axis.name for axis in parts])
        axes.append(Axis(name, prod(axis.extent for axis in parts), parts[0].reduction))
    lanes = tuple(tuple(map(statement.axis_index, group)) for group in groups)
    builder = _Builder(statement, tuple(kept), tuple(many), lanes)
    operands = tuple(
        builder.operand(access, flat)
        for access, flat in zip(statement.operands(), contiguous, strict=True)
    )
    accesses = [operand.access for operand in operands]
    new = replace(statement, axes=tuple(axes), inputs=tuple(accesses[:-1]), output=accesses[-1])
    return Fused(new, operands)


@dataclass(frozen=True)
class _Builder:
    """A statement and its axes to come: those `kept`, then one for each of the groups `many`.

    `lanes` are all groups, in the order of the instruction's axes.
    """

    statement: Statement
    kept: tuple[int, ...]
    many: tuple[tuple[int, ...], ...]
    lanes: tuple[tuple[int, ...], ...]

    def operand(self, access: Access, contiguous: bool) -> FusedOperand:
        """How one operand is read."""
        runs: list[tuple[int, ...]] = []
        for group in self.many:
            if self._even(access, group) is not None:
                continue
            run = self._run(access, group) if contiguous else None
            if run is None:
                return self._packed(access)
            runs.append(run)
        starts = {run[0]: run for run in runs}
        inside = {dim for run in runs for dim in run}
        dims = [
            starts.get(dim, (dim,))
            for dim in range(len(access.shape))
            if dim not in inside or dim in starts
        ]
        return FusedOperand(self._read(access, dims), tuple(dims))

    def _even(self, access: Access, group: Sequence[int]) -> tuple[int, ...] | None:
        """How the access moves along a fused group, if evenly in every dimension."""
        columns = [access.column(axis) for axis in group]
        return slope(columns, [self.statement.axes[axis].extent for axis in group])

    def _run(self, access: Access, group: Sequence[int]) -> tuple[int, ...] | None:
        """The adjacent dimensions that the axes of a group index one each, whole, in order."""
        dims: list[int] = []
        for axis in group:
            found = [dim for dim, row in enumerate(access.matrix) if row[axis]]
            if len(found) != 1:
                return None
            row, extent = access.matrix[found[0]], self.statement.axes[axis].extent
            alone = row[axis] == 1 and sum(map(bool, row)) == 1
            whole = access.shape[found[0]] == extent and access.offset[found[0]] == 0
            if not alone or not whole:
                return None
            dims.append(found[0])
        return tuple(dims) if dims == list(range(dims[0], dims[0] + len(dims))) else None

    def _read(self, access: Access, dims: Sequence[tuple[int, ...]]) -> Access:
        """The access in the axes to come of an operand whose dimensions `dims` have collapsed."""
        shape = tuple(prod(access.shape[dim] for dim in run) for run in dims)
        rows: list[tuple[int, ...]] = []
        for run in dims:
            row = [access.matrix[run[-1]][axis] if len(run) == 1 else 0 for axis in self.kept]
            for group in self.many:
                row.append(access.matrix[run[-1]][group[-1]])
            rows.append(tuple(row))
        offset = tuple(access.offset[run[-1]] for run in dims)
        return Access(access.name, access.element, tuple(rows), offset, shape, access.memory)

    def _packed(self, access: Access) -> FusedOperand:
        """The access of a copy, and the copy's dimensions: loops' axes, then the instruction's."""
        inside = {axis for group in self.lanes for axis in group}
        outside = [(axis,) for axis in self.kept if axis not in inside]
        parts = [
            part for part in (*outside, *self.lanes) if any(access.touches(axis) for axis in part)
        ]
        new = [
            self.kept.index(part[0]) if len(part) == 1 else len(self.kept) + self.many.index(part)
            for part in parts
        ]
        count = len(self.kept) + len(self.many)
        rows = tuple(tuple(int(axis == own) for axis in range(count)) for own in new)
        extents = [axis.extent for axis in self.statement.axes]
        shape = tuple(prod(extents[axis] for axis in part) for part in parts)
        read = Access(access.name, access.element, rows, (0,) * len(rows), shape, access.memory)
        order = tuple(axis for part in parts for axis in part)
        collapsed: list[tuple[int, ...]] = []
        for part in parts:
            first = sum(map(len, collapsed))
            collapsed.append(tuple(range(first, first + len(part))))
        return FusedOperand(read, tuple(collapsed), order)
