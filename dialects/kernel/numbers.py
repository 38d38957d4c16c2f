"""Lists of numbers as properties of operations: `[2, 2]`, `[[1, 0], [1, 1]]`."""

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import ArrayAttr, FloatAttr, IntegerAttr
from xdsl.ir import Attribute
from xdsl.utils.exceptions import VerifyException


def integers(attribute: Attribute | None, name: str) -> tuple[int, ...] | None:
    """Return the integers of a list such as `[2, 2]`; None for no list.

    Raises:
        VerifyException: It is something else.
    """
    if attribute is None:
        return None
    found = [_integer(item) for item in _items(attribute, name)]
    if None in found:
        raise VerifyException(f"'{name}' must be a list of integers, not {attribute}")
    return tuple(number for number in found if number is not None)


def pairs(attribute: Attribute | None, name: str) -> tuple[tuple[int, int], ...] | None:
    """Return pairs of integers: `[[1, 2], [3, 4]]`, or `[1, 3]` for `[[1, 1], [3, 3]]`.

    Raises:
        VerifyException: It is something else.
    """
    if attribute is None:
        return None
    found: list[tuple[int, int]] = []
    for item in _items(attribute, name):
        number = _integer(item)
        both = (number, number) if number is not None else tuple(map(_integer, _items(item, name)))
        if len(both) != 2 or both[0] is None or both[1] is None:
            raise VerifyException(
                f"'{name}' must give one number or [low, high] per dimension, not {attribute}"
            )
        found.append((both[0], both[1]))
    return tuple(found)


def reals(attribute: Attribute | None, name: str) -> tuple[float, ...] | None:
    """Return the numbers, integers or floats, of a list such as `[0.0, 6.0]`; None for no list.

    Raises:
        VerifyException: It is something else.
    """
    if attribute is None:
        return None
    found: list[float] = []
    for item in _items(attribute, name):
        if not isinstance(item, FloatAttr | IntegerAttr):
            raise VerifyException(f"'{name}' must be a list of numbers, not {attribute}")
        found.append(item.value.data)
    return tuple(found)


def _items(attribute: Attribute, name: str) -> Sequence[Attribute]:
    if not isinstance(attribute, ArrayAttr):
        raise VerifyException(f"'{name}' must be a list, not {attribute}")
    return cast("Sequence[Attribute]", attribute.data)


def _integer(attribute: Attribute) -> int | None:
    return attribute.value.data if isinstance(attribute, IntegerAttr) else None
