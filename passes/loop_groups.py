"""Groups of statements that can share a loop: each needs of the others what they did at the same place.

All statements of a group run along one dimension of the buffers that connect them. Where every access to a buffer that
one of them writes is at the same place along it, blocks of that dimension can be taken one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeAlias

from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Block, Operation, SSAValue

from ..dialects.isa import ViewOp
from ..dialects.shapes import element_bytes
from ..mapping.expression import reads_coordinates
from ..mapping.statement import Access, Statement, statement_of
from .constant_arguments import constant_buffers, constants_around
from .effects import written_buffers
from .epilogues import EPILOGUE
from .parts import is_divisible
from .window import Window, base_of, touched

_DEFINITIONS = (ViewOp, arith.ConstantOp, memref.AllocOp, memref.GetGlobalOp)
"""What may stand between statements of a group."""

RESIDENT_SHARE = 0.5
"""The share of what is near that every block may read again: else that would go out instead."""

StatementOp: TypeAlias = linalg.ops.GenericOp | linalg.ops.FillOp
"""A statement on buffers."""


@dataclass(frozen=True)
class Member:
    """A statement, and which of its axes the loop runs along."""

    op: StatementOp
    kernel: Statement
    axis: int

    def operands(self) -> list[tuple[SSAValue, Access]]:
        """The buffers that are read and, last, the one that is written, with their accesses."""
        return operands_of(self.op, self.kernel)


@dataclass(frozen=True)
class Group:
    """Statements that follow each other and can share a loop over `extent` rows.

    `dims` says along which dimension of every buffer that they write it runs, `private` are those
    of them that nothing else uses.
    """

    members: tuple[Member, ...]
    extent: int
    dims: Mapping[SSAValue, int]
    private: Set[SSAValue]

    def rows(self, near: int) -> int:
        """How many rows a block has whose part of all buffers fits `near` bytes; evenly divided."""
        most = max(1, min(self.extent, (near - self.resident_bytes) // self.row_bytes))
        whole = [rows for rows in range(most, most // 2, -1) if self.extent % rows == 0]
        blocks = -(-self.extent // most)
        return whole[0] if whole else -(-self.extent // blocks)

    @cached_property
    def row_bytes(self) -> int:
        """The bytes of all buffers per row."""
        return max(1, self._bytes(True) // self.extent)

    @cached_property
    def resident_bytes(self) -> int:
        """The bytes of what every block reads again."""
        return self._bytes(False)

    def _bytes(self, moving: bool) -> int:
        """The bytes of what moves with the loop, or of the rest."""
        sizes: dict[SSAValue, int] = {}
        for value, _ in self._moving(moving):
            base = base_of(value)
            sizes[base] = max(sizes.get(base, 0), bytes_of(value))
        return sum(sizes.values())

    def _moving(self, wanted: bool) -> Iterator[tuple[SSAValue, Access]]:
        """The operands that move with the loop, or those that do not."""
        for member in self.members:
            for value, access in member.operands():
                if access.touches(member.axis) == wanted:
                    yield value, access


def find_groups(block: Block, near: int) -> Iterator[Group]:
    """The groups of a block's statements that share something larger than `near` bytes.

    A loop along the outermost dimension is the one whose rows fit; where there is none, it is a
    loop along the first of several: the next one is found in its body. What is computed from
    constant arguments alone stays apart: it is computed once, before the others run at all.
    """
    for run in _runs(block):
        rest = run
        while rest:
            group = next(_groups(rest, near), None)
            if group is None:
                break
            yield group
            rest = rest[rest.index(group.members[-1].op) + 1 :]


def operands_of(op: StatementOp, kernel: Statement) -> list[tuple[SSAValue, Access]]:
    """The buffers that a statement reads and, last, the one that it writes, with their accesses."""
    inputs = op.inputs if isinstance(op, linalg.ops.GenericOp) else ()
    return [*zip(inputs, kernel.inputs, strict=False), (op.outputs[0], kernel.output)]


def bytes_of(value: SSAValue) -> int:
    """The bytes of a buffer that a value names: no more than the buffer has."""
    kind, whole = value.type, base_of(value).type
    assert isinstance(kind, MemRefType)
    assert isinstance(whole, MemRefType)
    return min(prod(kind.get_shape()), prod(whole.get_shape())) * element_bytes(kind)


def _runs(block: Block) -> Iterator[list[StatementOp]]:
    """The statements between which nothing else is done that depends on more than constants."""
    run: list[StatementOp] = []
    parent = block.parent_op()
    constants = (
        constants_around(parent, constant_buffers) if parent is not None else frozenset[SSAValue]()
    )
    for op in block.ops:
        if written_buffers(op) & constants:
            continue
        if _is_statement(op):
            assert isinstance(op, StatementOp)
            run.append(op)
        elif not isinstance(op, _DEFINITIONS):
            yield run
            run = []
    yield run


def _is_statement(op: Operation) -> bool:
    """Whether an operation is a statement on buffers that is not planned."""
    if not isinstance(op, linalg.ops.FillOp) and not is_divisible(op):
        return False
    values = op.outputs if isinstance(op, linalg.ops.FillOp) else op.operands
    return all(
        isinstance(value.type, MemRefType) and Window.of(value).base is base_of(value)
        for value in values
    )


def _groups(run: Sequence[StatementOp], near: int) -> Iterator[Group]:
    """The groups in a run, around what is large and used by several statements, in order."""
    kernels = {op: statement_of(op) for op in run}
    users: dict[SSAValue, list[StatementOp]] = {}
    sizes: dict[SSAValue, int] = {}
    for op, kernel in kernels.items():
        if kernel.is_copy or EPILOGUE in op.attributes:
            continue  # what sums start from, and what finishes them, is near anyway
        for value, _ in operands_of(op, kernel):
            users.setdefault(base_of(value), []).append(op)
            sizes[base_of(value)] = max(sizes.get(base_of(value), 0), bytes_of(value))
    for base, ops in users.items():
        if len(set(ops)) < 2 or sizes[base] <= near:
            continue
        shape = Window.of(base).shape
        along = [_around(kernels, base, dim, set(ops)) for dim, n in enumerate(shape) if n > 1]
        few = near * RESIDENT_SHARE
        found = [group for group in along if group and group.resident_bytes <= few]
        fitting = [group for group in found if group.row_bytes + group.resident_bytes <= near]
        yield from fitting or (found[:1] if len(along) > 1 else [])


def _around(
    kernels: Mapping[StatementOp, Statement], base: SSAValue, dim: int, users: Set[StatementOp]
) -> Group | None:
    """The statements that go along with `base` along a dimension, if two users of it are among them."""
    dims, extent = {base: dim}, Window.of(base).shape[dim]
    axes: dict[StatementOp, int] = {}
    written = {base_of(op.outputs[0]) for op in kernels}
    while True:
        known = len(dims), len(axes)
        for op, kernel in kernels.items():
            axis = _axis(op, kernel, dims)
            if axis is None or kernel.axes[axis].extent != extent:
                continue
            if _dim_along(op.outputs[0], kernel.output, kernel, axis) is None:
                continue
            axes[op] = axis
            for value, access in operands_of(op, kernel):
                along = _dim_along(value, access, kernel, axis)
                if along is not None and base_of(value) in written:
                    dims.setdefault(base_of(value), along)
        if (len(dims), len(axes)) == known:
            break
    for members in _stretches(kernels, axes):
        ops = {member.op for member in members}
        if len(ops & users) > 1 and _is_legal(members, dims):
            made = {base_of(member.op.outputs[0]) for member in members}
            own = {buffer for buffer in made if _is_private(buffer, ops)}
            return Group(tuple(members), extent, {one: dims[one] for one in made}, own)
    return None


def _axis(op: StatementOp, kernel: Statement, dims: Mapping[SSAValue, int]) -> int | None:
    """The axis along which a statement goes along, if it may."""
    if kernel.guarded or reads_coordinates(kernel.body):
        return None
    for value, access in operands_of(op, kernel):
        base = base_of(value)
        if base in dims:
            axis = _axis_along(value, access, kernel, dims[base])
            if axis is not None and not kernel.axes[axis].reduction and _ascends(op, kernel, axis):
                return axis
    return None


def _axis_along(value: SSAValue, access: Access, kernel: Statement, dim: int) -> int | None:
    """The one axis that counts along a dimension of an operand's base, from its beginning."""
    form = touched(value, access, [axis.extent for axis in kernel.axes]).index[dim]
    moving = [axis for axis, factor in enumerate(form.dims) if factor]
    is_plain = len(moving) == 1 and form.dims[moving[0]] == 1
    return moving[0] if is_plain and not form.terms and not form.constant else None


def _dim_along(value: SSAValue, access: Access, kernel: Statement, axis: int) -> int | None:
    """The dimension of an operand's base along which an axis counts."""
    rank = len(Window.of(base_of(value)).shape)
    found = [dim for dim in range(rank) if _axis_along(value, access, kernel, dim) == axis]
    return found[0] if len(found) == 1 else None


def _ascends(op: StatementOp, kernel: Statement, axis: int) -> bool:
    """Whether no operand is read backwards along an axis."""
    return all(factor >= 0 for _, one in operands_of(op, kernel) for factor in one.column(axis))


def _stretches(
    kernels: Mapping[StatementOp, Statement], axes: Mapping[StatementOp, int]
) -> Iterator[list[Member]]:
    """The members that follow each other, with the statements that their epilogues finish."""
    members: list[Member] = []
    for op, kernel in kernels.items():
        if op in axes and (members or EPILOGUE not in op.attributes):
            members.append(Member(op, kernel, axes[op]))
            continue
        yield members
        members = []
    yield members


def _is_legal(members: Sequence[Member], dims: Mapping[SSAValue, int]) -> bool:
    """Whether whatever one of them writes is only used at the same place along the loop."""
    written = {base_of(member.op.outputs[0]) for member in members}
    return all(
        _axis_along(value, access, member.kernel, dims[base_of(value)]) == member.axis
        for member in members
        for value, access in member.operands()
        if base_of(value) in written
    )


def _is_private(buffer: SSAValue, ops: Set[Operation]) -> bool:
    """Whether a buffer is made for these statements and used by nothing else."""
    if not isinstance(buffer.owner, memref.AllocOp):
        return False
    waiting = [use.operation for use in buffer.uses]
    while waiting:
        user = waiting.pop()
        if isinstance(user, ViewOp):
            waiting += [use.operation for use in user.result.uses]
        elif user not in ops:
            return False
    return True
