"""Buffers as JSON, in containers and beside images; what is read is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from ..dialects.errors import UserError, did_you_mean
from .layout import bytes_of
from .program import Buffer, Dimension, Role

_Value = TypeVar("_Value")

MOST = 1 << 40
"""More bytes, or elements along a dimension, are certainly a mistake."""


def entry_of(buffer: Buffer) -> dict[str, object]:
    """What JSON says of a buffer; not its data."""
    return {
        "name": buffer.name,
        "role": buffer.role.value,
        "element": buffer.element,
        "shape": list(buffer.shape),
        "layout": [
            {"of": d.of, "extent": d.extent, "step": d.step, "offset": d.offset}
            for d in buffer.layout
        ],
        "alignment": buffer.alignment,
    }


def buffer_of(entry: object) -> Buffer:
    """The buffer that JSON describes, without data.

    Raises:
        UserError: Something is missing or impossible.
    """
    fields = checked(entry, dict, "a buffer")
    name = checked(fields.get("name"), str, "the name of a buffer")
    what = f"buffer '{name}'"
    role = checked(fields.get("role"), str, f"the role of {what}")
    if role not in {known.value for known in Role}:
        raise UserError(f"{what} has the unknown role '{role}'")
    shape = tuple(
        integer(size, f"an extent of {what}", 0, MOST)
        for size in checked(fields.get("shape"), list, f"the shape of {what}")
    )
    layout = tuple(
        _dimension(item, len(shape), what)
        for item in checked(fields.get("layout"), list, f"the layout of {what}")
    )
    alignment = integer(fields.get("alignment"), f"the alignment of {what}", 1, MOST)
    element = checked(fields.get("element"), str, f"the element type of {what}")
    buffer = Buffer(name, Role(role), element, shape, layout, alignment=alignment)
    if bytes_of(buffer) > MOST:
        raise UserError(f"{what} has {bytes_of(buffer)} bytes")
    return buffer


def _dimension(item: object, rank: int, what: str) -> Dimension:
    """One dimension of a layout."""
    fields = checked(item, dict, f"a dimension of {what}")
    return Dimension(
        integer(fields.get("of"), f"'of' in the layout of {what}", 0, rank - 1),
        integer(fields.get("extent"), f"'extent' in the layout of {what}", 0, MOST),
        integer(fields.get("step"), f"'step' in the layout of {what}", -MOST, MOST),
        integer(fields.get("offset"), f"'offset' in the layout of {what}", -MOST, MOST),
    )


def parse_json(data: bytes, what: str) -> object:
    """The value of JSON text.

    Raises:
        UserError: It is no JSON.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UserError(f"{what} is not JSON") from None


def write_json(value: Mapping[str, object]) -> bytes:
    """JSON text for programs, the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def checked(value: object, kind: type[_Value], what: str) -> _Value:
    """A value that must be of a type.

    Raises:
        UserError: It is not.
    """
    lacks_text = isinstance(value, str) and not value.isascii() and _has_surrogates(value)
    if not isinstance(value, kind) or lacks_text:
        raise UserError(f"{what} is missing or malformed")
    return value


def _has_surrogates(text: str) -> bool:
    """Whether a string holds halves of characters, which JSON can write but nothing can print."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def integer(value: object, what: str, least: int, most: int) -> int:
    """An integer that must be within bounds.

    Raises:
        UserError: It is not, or it is no integer.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise UserError(f"{what} must be a number from {least} to {most}")
    return value


def names_of(value: object, what: str) -> Sequence[str]:
    """A list of strings.

    Raises:
        UserError: It is none.
    """
    items = cast("list[object]", checked(value, list, what))
    return [checked(item, str, what) for item in items]


def find_buffer(manifest: bytes, name: str) -> tuple[Buffer, int, int]:
    """A buffer of an image by name, with its offset and its size.

    Raises:
        UserError: The JSON beside the image is damaged, or has no such buffer.
    """
    fields = checked(parse_json(manifest, "the file beside the image"), dict, "the image")
    entries = cast("list[object]", checked(fields.get("buffers"), list, "the list of buffers"))
    names: list[str] = []
    for entry in entries:
        buffer = buffer_of(entry)
        names.append(buffer.name)
        if buffer.name == name:
            offset = integer(checked(entry, dict, name).get("offset"), "the offset", 0, MOST)
            return buffer, offset, bytes_of(buffer)
    raise UserError(f"the image has no buffer '{name}'", hint=did_you_mean(name, names))
