"""Numbers and the bits that stand for them: parameters of any type."""

from __future__ import annotations

import struct

from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    IntegerType,
)
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from ..dialects.shapes import bits_of

_CODES: dict[type[Attribute], str] = {Float16Type: "<eH", Float32Type: "<fI", Float64Type: "<dQ"}
"""The codes that `struct` has for a float and for its bits."""


def bits_of_parameter(value: float, kind: Attribute) -> int:
    """The number that a word holds for a parameter: an integer itself, of a float its bits.

    Raises:
        UserError: The type has no such value, or is not known.
    """
    if isinstance(kind, IntegerType):
        if value != int(value):
            raise UserError(f"{value} is no {kind}")
        number, bits = int(value), bits_of(kind)
        if not -(1 << (bits - 1)) <= number < 1 << bits:
            raise UserError(f"{number} does not fit {kind}")
        signed = kind.signedness.data.name != "UNSIGNED" and bits > 1
        return number - (1 << bits) if signed and number >> (bits - 1) > 0 else number
    if isinstance(kind, BFloat16Type):
        (bits,) = struct.unpack("<I", struct.pack("<f", value))
        if bits & 0xFFFF and value == value:
            raise UserError(f"{value} is no bf16")
        return bits >> 16
    if (code := _CODES.get(type(kind))) is None:
        raise UserError(f"parameters of type {kind} have no binary form")
    try:
        (bits,) = struct.unpack(f"<{code[2]}", struct.pack(code[:2], value))
    except OverflowError:
        raise UserError(f"{value} does not fit {kind}") from None
    return bits


def parameter_of_bits(bits: int, kind: Attribute) -> int | float:
    """The value of a parameter for the number in a word."""
    if isinstance(kind, IntegerType):
        return bits
    if isinstance(kind, BFloat16Type):
        (value,) = struct.unpack("<f", struct.pack("<I", bits << 16))
        return value
    if (code := _CODES.get(type(kind))) is None:
        raise UserError(f"parameters of type {kind} have no binary form")
    (value,) = struct.unpack(code[:2], struct.pack(f"<{code[2]}", bits))
    return value
