"""Where a schedule puts an operand: a buffer, what it holds, and the operand in it.

Registers and host memory hold tiles of the instruction one after the other. A memory of rows holds
every element that is touched once, in rows as the instruction wants them: windows that overlap, as
those of a convolution, stay windows of the buffer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects import memref
from xdsl.ir import SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import MemoryOp
from ..dialects.shapes import bits_of
from ..mapping.access import Access
from .allocations import new_buffer
from .box import Box
from .planned import PlannedStatement
from .row_layout import RowLayout
from .window import Guard, Window


@dataclass(frozen=True)
class Placed:
    """An operand in a buffer.

    Attributes:
        buffer: The buffer.
        outside: What it holds, along dimensions of its own.
        dims: Per dimension of these, the first of the operand's that moves along it.
        held: The same elements in the buffer; those that need not be there are absent.
        inside: The operand in the buffer.
    """

    buffer: memref.AllocOp
    outside: Window
    dims: tuple[int, ...]
    held: Window
    inside: Window


def in_tiles(
    planned: PlannedStatement, operand: int, memory: str | None, order: Sequence[int]
) -> Placed:
    """An operand in a buffer without gaps that has these of its dimensions, in this order."""
    window = planned.windows[operand]
    outside = window.select(order)
    buffer = _buffer(window, outside.shape, memory)
    held = Window.of(buffer.memref)
    dims = [order.index(dim) if dim in order else None for dim in range(len(window.shape))]
    return Placed(
        buffer, outside, tuple(order), held, held.select(dims, dict(enumerate(window.shape)))
    )


def in_rows(
    planned: PlannedStatement,
    operand: int,
    memory: MemoryOp,
    needle: Sequence[Access] | None,
    order: Sequence[int],
) -> Placed:
    """An operand in a buffer of rows.

    Args:
        planned: The statement.
        operand: Which of its operands.
        memory: A memory with rows.
        needle: What the instruction wants of its operands, if it takes this one from there.
        order: Its dimensions, in the order in which the loops use them.

    Raises:
        UserError: The rows are too short for what the instruction wants of them.
    """
    window = planned.windows[operand]
    ends = _ends_of_lanes(planned)
    own = [guard for guard in window.guards if _on_axes(planned, operand, guard) in ends]
    writes = operand == len(planned.views) - 1
    touched = window if writes else replace(window, guards=_without(window.guards, own))
    strides = _wanted(planned, operand, needle)
    width = memory.row * 8 // bits_of(window.type.element_type)
    # Operands begin with a row: nothing else may move along what lies within rows.
    within = [dim for dim, stride in strides.items() if stride is not None and stride < width]
    layout = box = None
    for apart in [range(len(window.shape))] if writes else [within, list(strides)]:
        box = Box.of(touched, list(strides), apart).sorted(order)
        layout = RowLayout.of(box.window.shape, _of_groups(box, strides, width), width)
        if layout is not None:
            break
    if layout is None or box is None:
        name = planned.operand_names[operand]
        raise UserError(
            f"'{name}' does not fit into rows of {width} elements of @{memory.symbol} as "
            f"{planned.mapping.instruction} wants it",
            planned.op,
        )
    buffer = _buffer(window, (layout.rows, layout.width), memory.symbol)
    held = layout.on(buffer.memref)
    inside = replace(held.through(box.forms, window.shape), guards=tuple(own))
    outside, beyond = box.window, box.beyond_base()
    if not writes:
        outside = replace(outside, guards=(*outside.guards, *beyond)).simplified()
        held = replace(held, guards=beyond).simplified()
    firsts = tuple(group[0] for group in box.groups)
    return Placed(buffer, outside, firsts, held, inside.simplified())


def _buffer(window: Window, shape: Sequence[int], memory: str | None) -> memref.AllocOp:
    return new_buffer(window.type.element_type, shape, window.base.name_hint, memory)


@dataclass(frozen=True)
class _Bound:
    """A guard on axes of a statement: a number that is linear in these, and what it is below."""

    factors: frozenset[tuple[int, int]]
    terms: frozenset[tuple[SSAValue, int]]
    constant: int
    bound: int


def _ends_of_lanes(planned: PlannedStatement) -> set[_Bound]:
    """The guards that say where the work ends: on all results, or on all that is reduced.

    What lies beyond is not done by instructions that also do less.
    """
    inputs = range(len(planned.views) - 1)
    per_input = [
        {_on_axes(planned, i, guard) for guard in planned.windows[i].guards} for i in inputs
    ]
    reduced = set[_Bound].intersection(*per_input) if per_input else set[_Bound]()
    output = len(planned.views) - 1
    return {bound for bound in reduced if _is_end(planned, bound)} | {
        _on_axes(planned, output, guard) for guard in planned.windows[output].guards
    }


def _is_end(planned: PlannedStatement, bound: _Bound) -> bool:
    """Whether elements are absent only at the end of axes that are reduced.

    Zeros that are read there count for nothing, or there is no padding (see `align-statements`).
    """
    reduced = all(planned.is_reduction(axis) for axis, _ in bound.factors)
    return reduced and bound.constant >= 0 and all(factor > 0 for _, factor in bound.factors)


def _on_axes(planned: PlannedStatement, operand: int, guard: Guard) -> _Bound:
    """A guard of an operand in terms of the statement's axes."""
    form, bound = guard
    pairs = zip(planned.dims[operand], form.dims, strict=True)
    factors = frozenset((axis, factor) for axis, factor in pairs if factor)
    return _Bound(factors, frozenset(form.terms), form.constant, bound)


def _without(guards: Sequence[Guard], some: Sequence[Guard]) -> tuple[Guard, ...]:
    return tuple(guard for guard in guards if guard not in some)


def _wanted(
    planned: PlannedStatement, operand: int, needle: Sequence[Access] | None
) -> dict[int, int | None]:
    """Per dimension along a lane, the distance in elements that the instruction wants."""
    if needle is None:
        return {}
    outer = len(planned.names) - planned.lanes
    access, found = needle[operand], dict[int, int | None]()
    rows = zip(access.matrix, access.axes, access.storage_strides(), strict=True)
    for row, lanes, stride in rows:
        for lane in lanes:
            dim = planned.dims[operand].index(outer + lane)
            found[dim] = None if stride is None else stride * row[lane]
    return found


def _of_groups(box: Box, strides: Mapping[int, int | None], width: int) -> dict[int, int | None]:
    """The wanted distances per dimension of a box; the last is within rows if none is wanted."""
    found: dict[int, int | None] = {}
    for position, (group, form) in enumerate(zip(box.groups, box.forms, strict=True)):
        for dim in group:
            stride = strides.get(dim)
            if stride is not None:
                found[position] = stride // form.dims[dim]
    if not strides and box.groups and box.window.shape[-1] <= width:
        found[len(box.groups) - 1] = 1
    return found
