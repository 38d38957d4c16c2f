"""Memory for functions of immutable objects that take long to compare, such as types and affine maps."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from xdsl.ir import Attribute
from xdsl.irdl import IRDLOperation

P = ParamSpec("P")
R = TypeVar("R")
Op = TypeVar("Op", bound=IRDLOperation)

MOST = 8192
"""How many results are kept; all are forgotten when there are more."""


class Remembered(Generic[P, R]):
    """A function that gives what it gave before when it is asked about the very same objects.

    Equal objects that are not the same are asked about anew: a cache by value may stand behind. The objects are kept,
    so that no other can come to stand where one stood.
    """

    def __init__(self, function: Callable[P, R], objects: int | None) -> None:
        """Remember by the identity of so many arguments (None: all) and by the value of the others."""
        self._function, self._objects = function, objects
        self._known: dict[Hashable, tuple[tuple[object, ...], R]] = {}
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Give the result; arguments are given by position."""
        assert not kwargs
        first = self._objects
        key = (*map(id, args),) if first is None else (*map(id, args[:first]), *args[first:])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[key] = args, self._function(*args, **kwargs)
        return found[1]


def remembered(objects: int | None = None) -> Callable[[Callable[P, R]], Remembered[P, R]]:
    """Let a function remember results, see `Remembered`."""

    def decorate(function: Callable[P, R]) -> Remembered[P, R]:
        return Remembered(function, objects)

    return decorate


def checked_by_kind(rules: Callable[[Any], None]) -> Callable[[type[Op]], type[Op]]:
    """Let the verifier check what IRDL declares of a class once for all operations of the same types and properties.

    `rules` are what it checks of every operation after that. For classes without regions, successors, attributes and
    traits that check something.
    """

    def decorate(kind: type[Op]) -> type[Op]:
        definition = kind.get_irdl_definition()
        known: dict[Hashable, tuple[Attribute, ...]] = {}

        def verify_(self: Op) -> None:
            types = [value.type for value in (*self.operands, *self.results)]
            parts = (*types, *self.properties.values())
            key = (len(self.results), *self.properties, *map(id, parts))
            if key not in known:
                definition.verify(self)
                if len(known) >= MOST:
                    known.clear()
                known[key] = parts
            rules(self)

        kind.verify_ = verify_
        return kind

    return decorate
