"""Dimensions of copies that lie one behind the other in every window: together they are one, and longer."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import NoneAttr
from xdsl.ir import Operation, SSAValue

from .allocations import as_row
from .linear_form import Linear
from .window import Window


def joined(windows: Sequence[Window]) -> tuple[list[Operation], list[Window]]:
    """Windows of the same shape, whose neighbouring dimensions are one where all of them allow it.

    A row of pixels of three channels is one row of numbers. The windows are then ones of the flat
    buffers, which the operations make.
    """
    groups = _groups(windows)
    if len(groups) == len(windows[0].shape) or not all(map(_is_plain, windows)):
        return [], list(windows)
    ops: list[Operation] = []
    flat: dict[SSAValue, SSAValue] = {}
    for window in windows:
        if window.base not in flat:
            flat[window.base] = _flattened(window.base, ops)
    return ops, [_joined(window, groups, flat[window.base]) for window in windows]


def _groups(windows: Sequence[Window]) -> list[list[int]]:
    """The dimensions that become one, in order."""
    shape, strides = windows[0].shape, [window.strides() for window in windows]
    groups: list[list[int]] = []
    for dim in range(len(shape)):
        follows = groups and all(own[dim - 1] == own[dim] * shape[dim] for own in strides)
        if follows:
            groups[-1].append(dim)
        else:
            groups.append([dim])
    return groups


def _is_plain(window: Window) -> bool:
    """Whether a window has all its elements, and its buffer no gaps."""
    kind = window.type
    return not window.guards and isinstance(kind.layout, NoneAttr)


def _flattened(base: SSAValue, ops: list[Operation]) -> SSAValue:
    """The buffer as one row."""
    if len(Window.of(base).shape) == 1:
        return base
    row = as_row(base)
    row.result.name_hint = base.name_hint
    ops.append(row)
    return row.result


def _joined(window: Window, groups: Sequence[Sequence[int]], flat: SSAValue) -> Window:
    """The window with one dimension per group."""
    strides, first = window.strides(), window.distance()
    steps = tuple(strides[group[-1]] for group in groups)
    shape = tuple(prod(window.shape[dim] for dim in group) for group in groups)
    return Window(flat, shape, (Linear(steps, first.terms, first.constant),))
