"""The bare form of ELF64 files, little endian: header, sections, symbols."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ..dialects.errors import UserError

MACHINE = 0x15A
"""The machine's number in the header; it belongs to nobody."""

VERSION = 1
"""The version of this form, in the flags of the header."""

PROGBITS, SYMTAB, STRTAB, RELA, NOTE, NOBITS = 1, 2, 3, 4, 7, 8
GLOBAL_OBJECT, GLOBAL_FUNCTION = 0x11, 0x12

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_IDENT = b"\x7fELF\2\1\1" + bytes(9)
_RELOCATABLE = 1
_FLAGS = {".text": 6, ".rodata": 2, ".records": 2, ".bss": 3, ".rela.text": 0x40}
"""Written: 1, in memory: 2, executed: 4, about another section: 64."""


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes:
        name: Its name. data: Its contents.
        kind: Its type; one that has a size but no contents is `NOBITS`.
        size: The bytes that it takes in memory, if it has no contents.
        alignment: That of its beginning.
    """

    name: str
    data: bytes
    kind: int = PROGBITS
    size: int = 0
    alignment: int = 1


@dataclass(frozen=True)
class Symbol:
    """A name for bytes of a section; without a section, for something outside of the file."""

    name: str
    info: int
    section: str | None
    value: int
    size: int


class Strings:
    """A table of strings."""

    def __init__(self) -> None:
        self.data = bytearray(1)

    def add(self, text: str) -> int:
        """Add a string and return where it is."""
        offset = len(self.data)
        self.data += text.encode() + b"\0"
        return offset


def write_sections(sections: Sequence[Section], symbols: Sequence[Symbol]) -> bytes:
    """The file of sections and global symbols; relocations are for the first section."""
    order = [section.name for section in sections]
    strings, names = Strings(), Strings()
    table = bytearray(_SYMBOL.size)
    for symbol in symbols:
        place = 0 if symbol.section is None else order.index(symbol.section) + 1
        name = strings.add(symbol.name)
        table += _SYMBOL.pack(name, symbol.info, 0, place, symbol.value, symbol.size)
    symtab, strtab = len(order) + 1, len(order) + 2
    written = [
        *sections,
        Section(".symtab", bytes(table), SYMTAB, alignment=8),
        Section(".strtab", bytes(strings.data), STRTAB),
        Section(".shstrtab", b"", STRTAB),
    ]
    offsets = [names.add(section.name) for section in written]
    written[-1] = Section(".shstrtab", bytes(names.data), STRTAB)
    body, headers = bytearray(_HEADER.size), bytearray(_SECTION.size)
    for section, name in zip(written, offsets, strict=True):
        body += bytes(-len(body) % section.alignment)
        link, info = {SYMTAB: (strtab, 1), RELA: (symtab, 1)}.get(section.kind, (0, 0))
        size = {SYMTAB: _SYMBOL.size, RELA: 24}.get(section.kind, 0)
        flags = _FLAGS.get(section.name, 0)
        kind = NOBITS if section.name == ".bss" else section.kind
        length = section.size if kind == NOBITS else len(section.data)
        headers += _SECTION.pack(
            name, kind, flags, 0, len(body), length, link, info, section.alignment, size
        )
        body += section.data
    body += bytes(-len(body) % 8)
    body[: _HEADER.size] = _HEADER.pack(
        *(_IDENT, _RELOCATABLE, MACHINE, 1, 0, 0, len(body), VERSION, _HEADER.size),
        *(0, 0, _SECTION.size, len(written) + 1, len(written)),
    )
    return bytes(body + headers)


def parse_sections(data: bytes) -> dict[str, Section]:
    """The sections of a file by name.

    Raises:
        UserError: It is no such file, or damaged.
    """
    if len(data) < _HEADER.size or data[:4] != _IDENT[:4]:
        raise UserError("this is no ELF file")
    fields = _HEADER.unpack_from(data)
    ident, kind, machine, _, _, _, offset, flags, size = fields[:9]
    entry, count, last = fields[11:]
    if ident != _IDENT or kind != _RELOCATABLE or size != _HEADER.size or entry != _SECTION.size:
        raise UserError("this is no object file of 64-bit little-endian ELF")
    if machine != MACHINE:
        raise UserError(f"this file is for another kind of machine: number {machine:#x}")
    if flags != VERSION:
        raise UserError(f"the file has version {flags}, known is {VERSION}")
    if offset + count * _SECTION.size > len(data) or not 0 < last < count:
        raise UserError("the table of sections is not within the file")
    headers = [_SECTION.unpack_from(data, offset + i * _SECTION.size) for i in range(count)]
    names = _contents(data, headers[last], "the names of sections")
    found: dict[str, Section] = {}
    for index, header in enumerate(headers[1:], 1):
        name = _string(names, header[0], "a section")
        if name in found:
            raise UserError(f"there are two sections {name}")
        found[name] = _parse_section(data, name, header)
        if (index == last) != (name == ".shstrtab"):
            raise UserError("the names of sections are not where the header says")
    return found


def parse_symbols(sections: dict[str, Section]) -> list[Symbol]:
    """The symbols of a file.

    Raises:
        UserError: Their table is damaged.
    """
    table, strings = sections.get(".symtab"), sections.get(".strtab")
    if table is None or strings is None or len(table.data) % _SYMBOL.size or not table.data:
        raise UserError("the file has no table of symbols")
    order: list[str | None] = [None, *sections]
    found: list[Symbol] = []
    for name, info, other, place, value, size in _SYMBOL.iter_unpack(table.data[_SYMBOL.size :]):
        if place >= len(order) or other or info not in (GLOBAL_OBJECT, GLOBAL_FUNCTION):
            raise UserError("a symbol is damaged")
        text = _string(strings.data, name, "a symbol")
        found.append(Symbol(text, info, order[place], value, size))
    return found


def _parse_section(data: bytes, name: str, header: tuple[int, ...]) -> Section:
    """One section of a file."""
    kind, size, alignment = header[1], header[5], header[8]
    if kind == NOBITS:
        return Section(name, b"", kind, size, alignment)
    contents = _contents(data, header, name)
    return Section(name, contents, kind, len(contents), alignment)


def _contents(data: bytes, header: tuple[int, ...], what: str) -> bytes:
    """The bytes of a section."""
    offset, size = header[4], header[5]
    if offset + size > len(data):
        raise UserError(f"{what} does not lie within the file")
    return data[offset : offset + size]


def _string(strings: bytes, offset: int, what: str) -> str:
    """A string of a table."""
    end = strings.find(b"\0", offset)
    if offset >= len(strings) or end < 0:
        raise UserError(f"the name of {what} does not lie within the file")
    try:
        return strings[offset:end].decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"the name of {what} is no text") from None
