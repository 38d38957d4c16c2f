"""Functions for machines that a CPU hands their instructions: every word is a statement of C.

The words are those of the binary form. Where a buffer lies is known when the function is called
only: what a relocation would add, the statement adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from re import Match

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ..binary.decode import Decoded
from ..binary.disassemble import instruction_texts
from ..binary.program import Program, Relocation, Role
from ..dialects.errors import UserError
from ..dialects.isa import TargetOp
from ..dialects.isa.encoding_rules import BITS_IN_C
from ..passes.engines.instances import names_of_buffers
from .c_constants import array_place
from .c_expression import c_type
from .c_function import FunctionPrinter
from .c_storage import memref_type
from .engine_program import program_of


def print_words(printer: FunctionPrinter) -> None:
    """Write a function of straight-line code for engines, one word after the other.

    Raises:
        UserError: Some word has no C form, or the code no binary form.
    """
    function, target = printer.function, printer.target
    module = function.parent_op()
    assert target is not None
    assert isinstance(module, ModuleOp)
    program = program_of(module, function.sym_name.data)
    if any(buffer.role is Role.RECORDS for buffer in program.buffers):
        raise UserError("an instruction with records cannot be written in C", function)
    printer.lines += f"{printer.signature()} {{".splitlines()
    places = dict(_places(printer, names_of_buffers(function, target)))
    for name in printer.arguments:
        printer.lines.append(f"  (void){name};")
    printer.lines += _Words(function, program, target, places).lines()
    printer.lines.append("}")


def _places(printer: FunctionPrinter, names: Mapping[SSAValue, str]) -> Iterator[tuple[str, str]]:
    """The buffers of a program, and what C calls their first elements; scratch is declared."""
    values = printer.function.body.block.args
    arguments: dict[SSAValue, str] = dict(zip(values, printer.arguments, strict=True))
    for number, (value, name) in enumerate(names.items()):
        if value in arguments:
            yield name, arguments[value]
        elif isinstance(value.owner, memref.GetGlobalOp):
            yield name, array_place(value.owner.name_.root_reference.data, memref_type(value))
        else:
            kind, array = memref_type(value), f"scratch_{number}"
            size = max(1, prod(kind.get_shape()))
            element = c_type(kind.element_type)
            printer.lines.append(f"  static _Thread_local _Alignas(64) {element} {array}[{size}];")
            yield name, array


class _Words:
    """Writes the words of a program.

    Args:
        function: What is written.
        program: The program that it is.
        target: Its machine.
        places: What C calls the first element of every buffer.
    """

    def __init__(
        self, function: func.FuncOp, program: Program, target: TargetOp, places: Mapping[str, str]
    ) -> None:
        self.function, self.program, self.target, self.places = function, program, target, places
        self.relocations = {relocation.bit: relocation for relocation in program.relocations}

    def lines(self) -> Iterator[str]:
        """A comment and the statements of every instruction."""
        for decoded, text in instruction_texts(self.program, self.target):
            yield f"  /* {text.replace('*/', '* /')} */"
            first = decoded.offset * 8
            words = zip(decoded.form.encoding.words, decoded.words, strict=True)
            for (word, bits), width in zip(words, decoded.form.word_bits, strict=True):
                template = self.target.formats[word.format].c_template
                if template is None:
                    raise UserError(
                        f"@{self.target.symbol} has no C form of words of @{word.format}, "
                        f"such as those of @{decoded.name}",
                        self.function,
                        "-t bin and -t asm write them, and C that is portable needs none",
                    )
                moved = [*self._relocations(decoded, first, width)]
                yield f"  {_statement(template, bits, moved)}"
                first += width

    def _relocations(
        self, decoded: Decoded, first: int, width: int
    ) -> Iterator[tuple[int, Relocation, str]]:
        """What depends on buffers in a word: the bit within it, the field, and the buffer in C."""
        for slot in decoded.form.layout.slots:
            bit = decoded.offset * 8 + slot.first
            relocation = self.relocations.get(bit) if first <= bit < first + width else None
            if relocation is not None:
                yield bit - first, relocation, self.places[relocation.symbol]


def _statement(template: str, bits: int, moved: list[tuple[int, Relocation, str]]) -> str:
    """The statement of a word: its bits put into the form that its format has."""

    def expression(match: Match[str]) -> str:
        first, width = int(match[1]), int(match[2])
        constant = bits >> first & (1 << width) - 1
        terms = [
            _address(place, relocation, bit - first)
            for bit, relocation, place in moved
            if first <= bit and bit + relocation.width <= first + width
        ]
        if constant or not terms:
            terms.append(str(constant) if constant < 1 << 31 else f"UINT64_C({constant:#018x})")
        return " + ".join(terms)

    return BITS_IN_C.sub(expression, template)


def _address(place: str, relocation: Relocation, shift: int) -> str:
    """Where a buffer is, in the unit of a field that begins at bit `shift`."""
    text = f"(uintptr_t){place}"
    text = f"{text} / {relocation.unit}" if relocation.unit > 1 else text
    return f"((uint64_t)({text}) << {shift})" if shift else text
