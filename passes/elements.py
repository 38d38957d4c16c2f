"""Copies of single elements between places in host memory, by a load and a store."""

from __future__ import annotations

from xdsl.dialects import memref
from xdsl.ir import Operation, SSAValue

from ..dialects.constants import number_constant
from .presence import is_present
from .window import Window


def copy_element(source: Window, destination: Window) -> list[Operation]:
    """The copy of one element: by a load and a store; zero if it is absent, nothing if it has no place."""
    source, destination = _scalar(source), _scalar(destination)
    if not is_present(destination, ()):
        return []
    if not is_present(source, ()):
        zero = number_constant(0, destination.type.element_type)
        return [zero, *store_element(zero.result, destination)]
    view, value = source.without_guards().view()
    load = memref.LoadOp.get(value, [])
    return [*view, load, *store_element(load.res, destination)]


def store_element(value: SSAValue, destination: Window) -> list[Operation]:
    """The store of one element, unless it is absent."""
    destination = _scalar(destination)
    if not is_present(destination, ()):
        return []
    view, place = destination.without_guards().view()
    return [*view, memref.StoreOp.get(value, place, [])]


def _scalar(window: Window) -> Window:
    """A window of one element without its dimensions."""
    return window.select([])
