"""Views and fills that go into the program where they stand only if something needs them there.

A statement's operands are cut smaller step by step, and its fill moves inwards. Only the last of these views and
fills are part of the program; the others are never built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from xdsl.dialects import linalg
from xdsl.ir import Operation, SSAValue

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


class PendingFill:
    """A fill of an output by a constant, and a place in the program for it.

    Attributes:
        constant: The constant.
        output: What is filled.
    """

    def __init__(self, constant: SSAValue, output: PendingView) -> None:
        self.constant = constant
        self.output = output
        self.is_taken = False
        self._operations: list[Operation] = []

    def take(self) -> SSAValue:
        """Move the fill elsewhere: the constant to fill with there."""
        self.is_taken = True
        return self.constant

    def settle(self) -> None:
        """Build the fill unless it was taken; its view may have to stand before it."""
        if not self.is_taken:
            self._operations = [linalg.ops.FillOp([self.constant], [self.output.value], res=())]

    def operations(self) -> list[Operation]:
        """What stands here, once settled."""
        return self._operations


Item: TypeAlias = Operation | PendingView | PendingFill
"""Something that stands in the program, or may come to."""


def settled(items: Sequence[Item]) -> list[Operation]:
    """The operations of a list of items when nothing else will ask for what is pending in it."""
    for item in items:
        if isinstance(item, PendingFill):
            item.settle()
    ops: list[Operation] = []
    for item in items:
        if isinstance(item, Operation):
            ops.append(item)
        else:
            ops += item.operations()
    return ops
