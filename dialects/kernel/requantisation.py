"""Requantisation: integers scaled by a fixed-point number, rounded and clamped to a small type."""

from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr
from xdsl.ir import Attribute
from xdsl.utils.exceptions import VerifyException

from ..shapes import is_integer

ROUNDINGS = ("even", "away", "up")
"""Where a half goes: to the even neighbour, away from zero, or to the greater neighbour."""

KEYS = ("multiplier", "shift", "zero_point", "rounding", "unsigned_result")


@dataclass(frozen=True)
class Requantisation:
    """`clamp(round(x * multiplier / 2**shift) + zero_point)`, exactly.

    The clamping is to the range of the result's type, without a sign if `unsigned_result`.
    """

    multiplier: int
    shift: int
    zero_point: int
    rounding: str
    unsigned_result: bool

    @classmethod
    def of(cls, properties: Mapping[str, Attribute]) -> "Requantisation":
        """Read the parameters.

        Raises:
            VerifyException: One is missing, unknown or out of range.
        """
        if unknown := properties.keys() - set(KEYS):
            raise VerifyException(
                f"unknown parameter '{min(unknown)}' of a requantisation; known: {', '.join(KEYS)}"
            )
        rounding = properties.get("rounding", StringAttr(ROUNDINGS[0]))
        verify_rounding(rounding)
        assert isinstance(rounding, StringAttr)
        unsigned = properties.get("unsigned_result")
        if not isinstance(unsigned, UnitAttr | None):
            raise VerifyException("'unsigned_result' takes no value")
        return cls(
            _number(properties, "multiplier", None, 1, 2**31 - 1),
            _number(properties, "shift", None, 0, 62),
            _number(properties, "zero_point", 0, -(2**31), 2**31 - 1),
            rounding.data,
            unsigned is not None,
        )

    def range_of(self, type_: Attribute) -> tuple[int, int]:
        """Return the least and the greatest value of a result's type."""
        assert is_integer(type_)
        bits = type_.width.data
        half = 2 ** (bits - 1)
        return (0, 2 * half - 1) if self.unsigned_result else (-half, half - 1)


def verify_rounding(rounding: Attribute) -> None:
    """Check the name of a rounding."""
    if not isinstance(rounding, StringAttr) or rounding.data not in ROUNDINGS:
        raise VerifyException(f"unknown rounding {rounding}; known: {', '.join(ROUNDINGS)}")


def verify_requantised(source: Attribute, result: Attribute) -> None:
    """Check the element types of a requantisation."""
    if not is_integer(source) or source.width.data > 32:
        raise VerifyException(f"only integers of at most 32 bits are requantised, not {source}")
    if not is_integer(result) or result.width.data not in (8, 16):
        raise VerifyException(f"the result of a requantisation is of i8 or i16, not {result}")


def _number(
    properties: Mapping[str, Attribute], name: str, otherwise: int | None, low: int, high: int
) -> int:
    """Return an integer parameter."""
    attribute = properties.get(name)
    if attribute is None and otherwise is not None:
        return otherwise
    if not isinstance(attribute, IntegerAttr) or not low <= attribute.value.data <= high:
        raise VerifyException(f"'{name}' must be an integer from {low} to {high}")
    return attribute.value.data
