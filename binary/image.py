"""Programs in the memory of arguments: buffers get addresses, and the code gets to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm

from ..dialects.errors import UserError
from .entries import entry_of
from .layout import Array, bytes_of, pack
from .program import Program, Role

MOST = 1 << 32
"""An image of more bytes is certainly a mistake."""


@dataclass(frozen=True)
class Image:
    """The memory of arguments before a program begins, from address 0.

    Attributes:
        memory: Code, constants, records and inputs; zero elsewhere.
        offsets: Where every buffer is.
        code: Where the code is. size_of_code: How many bytes it has.
    """

    memory: bytearray
    offsets: Mapping[str, int]
    code: int
    size_of_code: int


def place(program: Program, base: int = 0, gap: int = 0) -> dict[str, int]:
    """Addresses for the buffers of a program, one after the other from `base` on.

    At least `gap` bytes lie between two. Each address is a multiple of the buffer's alignment and
    of what fields with its address count in.

    Raises:
        UserError: There is not so much memory.
    """
    units: dict[str, int] = {}
    for relocation in program.relocations:
        units[relocation.symbol] = lcm(units.get(relocation.symbol, 1), relocation.unit)
    offsets: dict[str, int] = {}
    for buffer in program.buffers:
        step = lcm(buffer.alignment, units.get(buffer.name, 1))
        base = -(-base // step) * step
        offsets[buffer.name] = base
        base += bytes_of(buffer)
        if base > MOST:
            raise UserError(f"buffer '{buffer.name}' ends at {base}, past {MOST} bytes of memory")
        base += gap
    return offsets


def relocate(program: Program, offsets: Mapping[str, int]) -> bytes:
    """The code of a program whose buffers are at these addresses.

    Raises:
        UserError: A field cannot hold an address, or a buffer has none.
    """
    code = bytearray(program.code)
    for relocation in program.relocations:
        if (address := offsets.get(relocation.symbol)) is None:
            raise UserError(f"buffer '{relocation.symbol}' has no address")
        if address % relocation.unit:
            raise UserError(
                f"buffer '{relocation.symbol}' is at {address}, no multiple of {relocation.unit}"
            )
        first, end = relocation.bit // 8, (relocation.bit + relocation.width + 7) // 8
        if end > len(code):
            raise UserError(f"the field at bit {relocation.bit} is outside of the code")
        shift, mask = relocation.bit % 8, (1 << relocation.width) - 1
        bits = int.from_bytes(code[first:end], "little")
        number = (bits >> shift & mask) + address // relocation.unit
        if number > mask:
            raise UserError(
                f"the field at bit {relocation.bit} has {relocation.width} bits, too few for "
                f"{number}, the address in buffer '{relocation.symbol}'"
            )
        bits = bits & ~(mask << shift) | number << shift
        code[first:end] = bits.to_bytes(end - first, "little")
    return bytes(code)


def link(program: Program, arrays: Mapping[str, Array] | None = None) -> Image:
    """The memory with the code at its beginning and the buffers behind it.

    Args:
        program: What is to be executed.
        arrays: Values for buffers by name; those without are zero.

    Raises:
        UserError: An array does not fit, or an address does not.
    """
    arrays = arrays or {}
    names = [buffer.name for buffer in program.buffers]
    for name in arrays:
        if name not in names:
            raise UserError(f"there is no buffer '{name}'")
    offsets = place(program, len(program.code))
    ends = (offsets[buffer.name] + bytes_of(buffer) for buffer in program.buffers)
    memory = bytearray(max([len(program.code), *ends]))
    memory[: len(program.code)] = relocate(program, offsets)
    for buffer in program.buffers:
        data = pack(arrays[buffer.name], buffer) if buffer.name in arrays else buffer.data
        memory[offsets[buffer.name] : offsets[buffer.name] + len(data)] = data
    return Image(memory, offsets, 0, len(program.code))


def manifest(program: Program, image: Image) -> dict[str, object]:
    """What stands beside an image as JSON: where everything is, and how arguments lie."""
    return {
        "machine": program.machine,
        "digest": program.digest,
        "source": program.source,
        "entry": program.entry,
        "size": len(image.memory),
        "code": {"offset": image.code, "size": image.size_of_code},
        "buffers": [
            {
                **entry_of(buffer),
                "offset": image.offsets[buffer.name],
                "size": bytes_of(buffer),
                "initialised": buffer.role in (Role.CONSTANT, Role.RECORDS),
            }
            for buffer in program.buffers
        ],
    }
