"""C functions that the text may call: extremes of floats, bits of numbers, and conversions of bf16.

An element of bf16 is stored as its bits, in a `uint16_t`; arithmetic goes through `float`, which
has more than twice the digits, so that results of one operation are rounded correctly.
"""

from __future__ import annotations

import re
import struct

_BF16_TO_F32 = """\
static inline float bf16_to_f32(uint16_t x) {
  union { uint32_t bits; float number; } u = {(uint32_t)x << 16};
  return u.number;
}
"""

_F32_TO_BF16 = """\
static inline uint16_t f32_to_bf16(float x) {
  union { float number; uint32_t bits; } u = {x};
  if (x != x) return (uint16_t)(u.bits >> 16 | 0x40);
  return (uint16_t)((u.bits + 0x7fff + (u.bits >> 16 & 1)) >> 16);
}
"""

_F64_TO_BF16 = """\
static inline uint16_t f64_to_bf16(double x) {
  union { float number; uint32_t bits; } u = {(float)x};
  const double error = (double)u.number - x;
  if (error != 0 && !(u.bits & 1)) u.bits += (error > 0) == (x > 0) ? -1 : 1;
  const uint32_t round = 0x7fff + (u.bits >> 16 & 1);
  return (uint16_t)(x != x ? u.bits >> 16 | 0x40 : (u.bits + round) >> 16);
}
"""


def _extreme(name: str, kind: str, sign: str) -> str:
    """A maximum or minimum: NaN wins, and zeros are ordered by their sign."""
    zero = "signbit(a) ? b : a" if sign == ">" else "signbit(a) ? a : b"
    return (
        f"static inline {kind} {name}({kind} a, {kind} b) {{\n"
        f"  return a == b ? ({zero}) : (a {sign} b || a != a) ? a : b;\n"
        "}\n"
    )


def _bits(name: str, source: str, result: str) -> str:
    """The same bits as another type of the same size."""
    return (
        f"static inline {result} {name}({source} x) {{\n"
        f"  union {{ {source} from; {result} to; }} u = {{x}};\n"
        "  return u.to;\n"
        "}\n"
    )


BITCASTS = {
    ("float", "int32_t"): "f32_to_bits",
    ("int32_t", "float"): "bits_to_f32",
    ("double", "int64_t"): "f64_to_bits",
    ("int64_t", "double"): "bits_to_f64",
}
"""The functions that give the same bits another type, by the types in C."""

_EXTREMES = {
    f"{name}_{suffix}": _extreme(f"{name}_{suffix}", kind, sign)
    for name, sign in (("maximum", ">"), ("minimum", "<"))
    for suffix, kind in (("f32", "float"), ("f64", "double"))
}

FUNCTIONS = {
    **_EXTREMES,
    **{name: _bits(name, *types) for types, name in BITCASTS.items()},
    **{"bf16_to_f32": _BF16_TO_F32, "f32_to_bf16": _F32_TO_BF16, "f64_to_bf16": _F64_TO_BF16},
}
"""The definitions by name."""

_CALL = re.compile(rf"\b({'|'.join(FUNCTIONS)})\(")


def functions_in(text: str) -> dict[str, str]:
    """The definitions of the functions that a C text calls, by name."""
    return {name: FUNCTIONS[name] for name in _CALL.findall(text)}


def bf16_bits(number: float) -> int:
    """The bits of a number in bf16, rounded to the nearest, ties to even."""
    if number != number:
        return 0x7FC0
    exact = struct.unpack("<Q", struct.pack("<d", number))[0]
    sign, size = exact >> 63, abs(number)
    try:
        single = struct.unpack("<I", struct.pack("<f", size))[0]
    except OverflowError:
        single = 0x7F800000
    nearest = struct.unpack("<f", struct.pack("<I", single))[0]
    if nearest != size and not single & 1:  # rounded to odd, so that the next rounding is right
        single += -1 if nearest > size else 1
    return sign << 15 | (single + 0x7FFF + (single >> 16 & 1)) >> 16
