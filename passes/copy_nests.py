"""Copies written out as loops around something smaller, whatever the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from xdsl.ir import Operation, SSAValue

from ..dialects.constants import number_constant
from .elements import store_element
from .linear_form import Linear
from .loops import counted_loop
from .pieces import is_absent, pieces
from .window import Window

Leaf: TypeAlias = Callable[[Window, Window], list[Operation]]
"""Copies what is left of a source and of a destination inside the loops."""


def nest(source: Window, destination: Window, dims: Sequence[int], leaf: Leaf) -> list[Operation]:
    """Loops over dimensions; positions at which only some elements are absent are written out."""
    if is_absent(destination):
        return []
    if is_absent(source):
        return clear(destination)
    if not dims:
        return leaf(source, destination)
    dim, rest = dims[0], dims[1:]

    def inner(at: SSAValue | int) -> list[Operation]:
        return nest(source.tile(dim, 1, at), destination.tile(dim, 1, at), rest, leaf)

    ops: list[Operation] = []
    for first, count in pieces([(source, dim), (destination, dim)], source.shape[dim], 1):
        ops += counted_loop(count, 1, "i", inner, first) if count > 1 else inner(first)
    return ops


def clear(window: Window) -> list[Operation]:
    """Zeros for every element of a window in host memory that is present."""
    dims = [dim for dim, extent in enumerate(window.shape) if extent > 1]
    zero = number_constant(0, window.type.element_type)
    source = window.without_guards()
    return [zero, *nest(source, window, dims, lambda _, to: store_element(zero.result, to))]


def row(source: Window, destination: Window, width: int, vector: Leaf) -> list[Operation]:
    """A copy of a row in full vectors, then what is left over."""
    length = source.shape[0]
    full = length // width
    ops: list[Operation] = []

    def part(at: SSAValue | int) -> list[Operation]:
        return vector(source.tile(0, width, at), destination.tile(0, width, at))

    for first, count in pieces([(source, 0), (destination, 0)], full, width):
        ops += counted_loop(count, width, "i", part, first) if count > 1 else part(first * width)
    if length % width:
        ops += vector(*(_tail(window, full * width, width) for window in (source, destination)))
    return ops


def _tail(window: Window, at: int, width: int) -> Window:
    """A vector of `width` elements from `at` on, of which those past the end of the window are absent."""
    end = (Linear((1,), (), at), window.shape[0])
    part = window.tile(0, width, at)
    return Window(part.base, part.shape, part.index, (*part.guards, end))
