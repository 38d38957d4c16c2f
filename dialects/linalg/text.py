"""How upstream MLIR writes operations of linalg: `ins(...) outs(...) -> type`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer


def parse_operands(parser: Parser, keyword: str) -> Sequence[SSAValue]:
    """Parse `ins(%a, %b : type, type)`, or nothing."""
    if not parser.parse_optional_characters(keyword):
        return ()
    parser.parse_punctuation("(")
    pos = parser.pos
    values = parser.parse_comma_separated_list(
        Parser.Delimiter.NONE, parser.parse_unresolved_operand
    )
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
    parser.parse_punctuation(")")
    return parser.resolve_operands(values, types, pos)


def print_operands(printer: Printer, keyword: str, values: Sequence[SSAValue]) -> None:
    """Print what `parse_operands` parses."""
    if not values:
        return
    printer.print_string(f" {keyword}(")
    printer.print_list(values, printer.print_ssa_value)
    printer.print_string(" : ")
    printer.print_list([value.type for value in values], printer.print_attribute)
    printer.print_string(")")


def parse_results(parser: Parser) -> Sequence[Attribute]:
    """Parse `-> type` or `-> (type, type)`, or nothing."""
    if not parser.parse_optional_punctuation("->"):
        return ()
    types = parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if types is None else types


def print_results(printer: Printer, results: Sequence[SSAValue]) -> None:
    """Print what `parse_results` parses."""
    if results:
        printer.print_string(" -> ")
        printer.print_list([value.type for value in results], printer.print_attribute)


def parse_numbers(parser: Parser, keyword: str) -> Attribute:
    """Parse `dimensions = [0, 2]`."""
    parser.parse_keyword(keyword)
    parser.parse_punctuation("=")
    numbers = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
    return DenseArrayBase.from_list(i64, numbers)


def print_numbers(printer: Printer, keyword: str, numbers: Attribute) -> None:
    """Print what `parse_numbers` parses."""
    assert isinstance(numbers, DenseArrayBase)
    printer.print_string(f" {keyword} = ")
    with printer.in_square_brackets():
        printer.print_list(numbers.get_values(), lambda number: printer.print_string(str(number)))


def parse_optional_property(parser: Parser, keyword: str) -> Attribute | None:
    """Parse `keyword = value`, or nothing."""
    if not parser.parse_optional_keyword(keyword):
        return None
    parser.parse_punctuation("=")
    return parser.parse_attribute()


def print_property(printer: Printer, keyword: str, value: Attribute) -> None:
    """Print `keyword = value`."""
    printer.print_string(f" {keyword} = ")
    if isinstance(value, ArrayAttr):
        with printer.in_square_brackets():
            printer.print_list(cast("ArrayAttr[Attribute]", value).data, printer.print_attribute)
    else:
        printer.print_attribute(value)
