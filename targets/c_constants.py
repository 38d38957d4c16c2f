"""Constant arrays in C: as numbers, or as bytes where there are many, which compiles much faster."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, MemRefType
from xdsl.dialects.memref import GlobalOp
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from .c_expression import c_type, literal
from .c_names import identifier
from .c_storage import wrapped

MANY = 4096
"""From so many elements on, an array is written as its bytes."""

BYTES_PER_LINE = 24


def array_place(name: str, kind: MemRefType[Attribute]) -> str:
    """What C calls the elements of a constant array with a symbol's name."""
    return f"{identifier(name)}{'.elements' if kind.element_count() >= MANY else ''}"


def array_text(op: GlobalOp) -> str:
    """The definition of a constant array.

    Raises:
        UserError: It has no value.
    """
    kind, value = op.type, op.initial_value
    if not isinstance(value, DenseIntOrFPElementsAttr):
        raise UserError("only constant arrays can be written in C", op)
    element, size = kind.element_type, max(1, kind.element_count())
    name, of = identifier(op.sym_name.data), c_type(element)
    if kind.element_count() >= MANY:
        return _as_bytes(f"{of} elements[{size}]", name, _whole(value, size))
    numbers = [number for number in value.get_values() if not isinstance(number, tuple)]
    numbers = numbers * size if len(numbers) == 1 else numbers
    start = f"static const _Alignas(64) {of} {name}[{size}] = {{"
    return wrapped(start, [literal(number, element) for number in numbers], "};", 0) + "\n"


def _whole(value: DenseIntOrFPElementsAttr, size: int) -> bytes:
    """The bytes of all elements, also of those that are all the same."""
    data = value.data.data
    return data * size if len(value) == 1 else data


def _as_bytes(elements: str, name: str, data: bytes) -> str:
    """The definition of an array by its bytes, in the order of this and most other computers."""
    hexadecimal = "".join(f"\\x{byte:02x}" for byte in data)
    step = 4 * BYTES_PER_LINE
    lines = [f'  "{hexadecimal[at : at + step]}"' for at in range(0, len(hexadecimal), step)]
    return "\n".join(
        [
            "#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__",
            "#error constant arrays are written for little-endian computers",
            "#endif",
            f"static const union {{ unsigned char bytes[{len(data)}]; {elements}; }}",
            f"    _Alignas(64) {name} = {{.bytes =",
            *lines,
            "};",
            "",
        ]
    )
