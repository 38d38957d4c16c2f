"""Views and fills that go into the program where they stand only if something needs them there.

A statement's operands are cut smaller step by step, and its fill moves inwards. Only the last of these views and
fills are part of the program; the others are never built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from xdsl.dialects import linalg
from xdsl.ir import Operation, SSAValue

from ..dialects.isa import MoveOp
from .window import Window


class PendingView:
    """A window, and a place in the program for the view of it.

    Attributes:
        window: The window.
    """

    def __init__(self, window: Window, value: SSAValue | None = None) -> None:
        """Stand for a window; `value` is the view of it if there is one already."""
        self.window = window
        self._value = value
        self._operations: list[Operation] = []

    @property
    def value(self) -> SSAValue:
        """The value that is the window: asked for only by what is put into the program."""
        if self._value is None:
            self._operations, self._value = self.window.view()
        return self._value

    def operations(self) -> list[Operation]:
        """What stands here: the view if it is used."""
        return self._operations


class PendingStart:
    """What an output is before it is accumulated into, and a place in the program for that.

    Attributes:
        source: The constant that it is filled with, or the window of its shape that is copied.
        output: The output.
    """

    def __init__(self, source: SSAValue | Window, output: PendingView) -> None:
        self.source = source
        self.output = output
        self.is_taken = False
        self._operations: list[Operation] = []

    def take(self) -> SSAValue | Window:
        """Let the output be set elsewhere: what to set it to there."""
        self.is_taken = True
        return self.source

    def settle(self) -> None:
        """Build the fill or the move unless it was taken; its view may have to stand before it."""
        if self.is_taken:
            return
        if isinstance(self.source, Window):
            views, source = self.source.view()
            self._operations = [*views, MoveOp(source, self.output.value)]
        else:
            self._operations = [linalg.ops.FillOp([self.source], [self.output.value], res=())]

    def operations(self) -> list[Operation]:
        """What stands here, once settled."""
        return self._operations


Item: TypeAlias = Operation | PendingView | PendingStart
"""Something that stands in the program, or may come to."""


def settled(items: Sequence[Item]) -> list[Operation]:
    """The operations of a list of items when nothing else will ask for what is pending in it."""
    for item in items:
        if isinstance(item, PendingStart):
            item.settle()
    ops: list[Operation] = []
    for item in items:
        if isinstance(item, Operation):
            ops.append(item)
        else:
            ops += item.operations()
    return ops
