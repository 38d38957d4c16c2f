"""Programs in ELF64 files: sections that `readelf` shows, checked in every detail when they are read.

An object file: code in `.text`, constants in `.rodata`, records in `.records`, scratch buffers in
`.bss`; a symbol for the function and one for every buffer, inputs and outputs undefined. The note
names the machine; `.isa.buffers` and `.isa.lines` are JSON. Type of a relocation: bit within its
byte (3 bits), width of the field (7), bytes of an address step (22).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import cast

from ..dialects.errors import UserError
from ..dialects.isa import TargetOp
from .digest import check_machine
from .elf_sections import (
    GLOBAL_FUNCTION,
    GLOBAL_OBJECT,
    NOTE,
    RELA,
    Section,
    Symbol,
    parse_sections,
    parse_symbols,
    write_sections,
)
from .entries import buffer_of, checked, entry_of, integer, names_of, parse_json, write_json
from .instance import Location
from .layout import bytes_of
from .program import Buffer, Program, Relocation, Role

_OWNER = b"ISA Mapper\0\0"
_HOMES = {Role.CONSTANT: ".rodata", Role.RECORDS: ".records", Role.SCRATCH: ".bss"}
"""The sections of buffers; inputs and outputs are not in the file."""

_RELA = struct.Struct("<QQq")


def write(program: Program) -> bytes:
    """The ELF file of a program.

    Raises:
        UserError: The program contradicts itself.
    """
    _check(program)
    names = [buffer.name for buffer in program.buffers]
    homes = {home: bytearray() for home in (".rodata", ".records")}
    symbols = [Symbol(program.entry, GLOBAL_FUNCTION, ".text", 0, len(program.code))]
    scratch, greatest = 0, max([1, *(buffer.alignment for buffer in program.buffers)])
    for buffer in program.buffers:
        home, size, first = _HOMES.get(buffer.role), bytes_of(buffer), 0
        if home == ".bss":
            first = _aligned(scratch, buffer.alignment)
            scratch = first + size
        elif home is not None:
            data = homes[home]
            first = _aligned(len(data), buffer.alignment)
            data += bytes(first - len(data)) + (buffer.data or bytes(size))
        symbols.append(Symbol(buffer.name, GLOBAL_OBJECT, home, first, size))
    description = {"entry": program.entry, "buffers": [entry_of(b) for b in program.buffers]}
    sections = [
        Section(".text", program.code, alignment=16),
        *(Section(home, bytes(data), alignment=greatest) for home, data in homes.items()),
        Section(".bss", b"", size=scratch, alignment=greatest),
        Section(".note.isa", _note(program), kind=NOTE, alignment=4),
        Section(".isa.buffers", write_json(description)),
        Section(".isa.lines", write_json(_lines(program.locations))),
        Section(".rela.text", _relocations(program, names), kind=RELA, alignment=8),
    ]
    return write_sections(sections, symbols)


def read(data: bytes, target: TargetOp | None = None) -> Program:
    """The program in an ELF file.

    Args:
        data: The contents of the file.
        target: The machine that it must be for; None if any will do.

    Raises:
        UserError: The file is none of this kind, or damaged, or for another machine.
    """
    sections = parse_sections(data)
    machine = checked(
        parse_json(_described(_section(sections, ".note.isa")), "the note"), dict, "note"
    )
    about = parse_json(_section(sections, ".isa.buffers").data, "'.isa.buffers'")
    fields = checked(about, dict, "'.isa.buffers'")
    entries = cast("list[object]", checked(fields.get("buffers"), list, "the list of buffers"))
    code = _section(sections, ".text").data
    symbols = parse_symbols(sections)
    if len(symbols) != len(entries) + 1:
        raise UserError(f"there are {len(symbols)} symbols for {len(entries)} buffers")
    pairs = zip(entries, symbols[1:], strict=True)
    buffers = tuple(_filled(buffer_of(entry), symbol, sections) for entry, symbol in pairs)
    if len({buffer.name for buffer in buffers}) != len(buffers):
        raise UserError("two buffers have one name")
    program = Program(
        machine=checked(machine.get("machine"), str, "the name of the machine"),
        digest=checked(machine.get("digest"), str, "the digest of the machine"),
        entry=checked(fields.get("entry"), str, "the name of the function"),
        code=code,
        buffers=buffers,
        relocations=_parse_relocations(_section(sections, ".rela.text").data, buffers, len(code)),
        locations=_parse_lines(_section(sections, ".isa.lines").data, len(code)),
        source=checked(machine.get("source"), str, "the hash of the source"),
    )
    if symbols[0].name != program.entry:
        raise UserError(f"the first symbol must be the function '{program.entry}'")
    if target is not None:
        check_machine(program, target)
    return program


def _check(program: Program) -> None:
    """Check that a program does not contradict itself."""
    names = [buffer.name for buffer in program.buffers]
    for buffer in program.buffers:
        size, given = bytes_of(buffer), len(buffer.data)
        if names.count(buffer.name) > 1 or "\0" in buffer.name:
            raise UserError(f"'{buffer.name}' cannot be the name of one buffer")
        if buffer.alignment < 1 or buffer.alignment & (buffer.alignment - 1):
            raise UserError(f"the alignment of '{buffer.name}' must be a power of two")
        if given and (given != size or buffer.role not in (Role.CONSTANT, Role.RECORDS)):
            raise UserError(f"buffer '{buffer.name}' of {size} bytes has {given} of data")


def _aligned(offset: int, alignment: int) -> int:
    """The next multiple of an alignment."""
    return -(-offset // alignment) * alignment


def _section(sections: dict[str, Section], name: str) -> Section:
    """A section that must be there."""
    if name not in sections:
        raise UserError(f"the file has no section {name}")
    return sections[name]


def _note(program: Program) -> bytes:
    """The note: which machine, which description of it, which source."""
    text = {"machine": program.machine, "digest": program.digest, "source": program.source}
    data = write_json(text)
    padding = bytes(-len(data) % 4)
    return struct.pack("<III", len(_OWNER) - 1, len(data), 1) + _OWNER + data + padding


def _described(section: Section) -> bytes:
    """The text of the note."""
    data = section.data
    head = struct.pack("<I", len(_OWNER) - 1)
    if len(data) < 24 or data[:4] != head or data[12:24] != _OWNER or data[8:12] != b"\1\0\0\0":
        raise UserError("the note is none of these programs'")
    size = int.from_bytes(data[4:8], "little")
    if 24 + size + -size % 4 != len(data):
        raise UserError("the note has the wrong size")
    return data[24 : 24 + size]


def _filled(buffer: Buffer, symbol: Symbol, sections: dict[str, Section]) -> Buffer:
    """A buffer with its data, which must be where the symbol says."""
    home, size = _HOMES.get(buffer.role), bytes_of(buffer)
    if (symbol.name, symbol.section, symbol.size) != (buffer.name, home, size):
        raise UserError(f"the symbol of buffer '{buffer.name}' contradicts its description")
    if home is None:
        return buffer
    section = _section(sections, home)
    if symbol.value + size > section.size:
        raise UserError(f"buffer '{buffer.name}' does not lie within {home}")
    if home == ".bss":
        return buffer
    return replace(buffer, data=section.data[symbol.value : symbol.value + size])


def _relocations(program: Program, names: Sequence[str]) -> bytes:
    """The table of relocations."""
    found = bytearray()
    for relocation in sorted(program.relocations, key=lambda relocation: relocation.bit):
        byte, bit = divmod(relocation.bit, 8)
        if not (0 < relocation.width < 128 and 0 < relocation.unit < 1 << 22):
            raise UserError(f"{relocation} does not fit a relocation of ELF")
        if relocation.symbol not in names:
            raise UserError(f"there is no buffer '{relocation.symbol}' to relocate")
        kind = bit | relocation.width << 3 | relocation.unit << 10
        found += _RELA.pack(byte, names.index(relocation.symbol) + 2 << 32 | kind, 0)
    return bytes(found)


def _parse_relocations(data: bytes, buffers: Sequence[Buffer], size: int) -> tuple[Relocation, ...]:
    """The relocations in a table, which must lie within so many bytes of code."""
    if len(data) % _RELA.size:
        raise UserError("'.rela.text' is truncated")
    found: list[Relocation] = []
    for byte, info, addend in _RELA.iter_unpack(data):
        symbol, kind = (info >> 32) - 2, info & 0xFFFFFFFF
        bit, width, unit = byte * 8 + (kind & 7), kind >> 3 & 127, kind >> 10
        if not 0 <= symbol < len(buffers):
            raise UserError(f"a relocation has the unknown symbol {symbol + 2}")
        if not width or not unit or addend or bit + width > size * 8:
            raise UserError(f"the relocation at byte {byte:#x} does not fit the code")
        found.append(Relocation(bit, width, buffers[symbol].name, unit))
    return tuple(found)


def _lines(locations: Sequence[Location | None]) -> dict[str, object]:
    """The lines as JSON: runs of instructions that have the same location."""
    files = list(dict.fromkeys(location[0] for location in locations if location is not None))
    runs: list[list[int]] = []
    for location, group in groupby(locations if files else ()):
        place = [] if location is None else [files.index(location[0]), *location[1:]]
        runs.append([len(list(group)), *place])
    return {"files": files, "runs": runs}


def _parse_lines(data: bytes, most: int) -> tuple[Location | None, ...]:
    """The locations of at most so many instructions."""
    fields = checked(parse_json(data, "'.isa.lines'"), dict, "'.isa.lines'")
    files = names_of(fields.get("files"), "the list of files")
    found: list[Location | None] = []
    for item in cast("list[object]", checked(fields.get("runs"), list, "the list of lines")):
        run = cast("list[object]", checked(item, list, "a line"))
        if len(run) not in (1, 4):
            raise UserError("a line is malformed")
        count = integer(run[0], "how many instructions a line has", 1, most - len(found))
        location = None
        if len(run) == 4:
            file = files[integer(run[1], "the file of a line", 0, len(files) - 1)]
            line, column = (integer(number, "a line", 0, 1 << 31) for number in run[2:])
            location = file, line, column
        found += [location] * count
    return tuple(found)
