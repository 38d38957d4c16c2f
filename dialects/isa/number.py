"""Whole numbers that a machine's description works out: `2 * dim`, `max(i, k) + 1`, `extent(i) - 1`.

A name stands for an attribute of the machine or, in a cost, for the extent of an axis; a call such
as `address(c)` for something that only an invocation of the instruction knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Attribute, Data, Operation
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from ..errors import UserError, did_you_mean


@dataclass(frozen=True)
class Name:
    """A number that is known by a name."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operator (`+`, `-`, `*`, `/`), a function of `FUNCTIONS`, or a quantity of an invocation."""

    function: str
    args: tuple[Number, ...]


Number: TypeAlias = int | Name | Call

_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
}
_LEVELS: tuple[tuple[Literal["+", "-", "*", "/"], ...], ...] = (("+", "-"), ("*", "/"))
"""The operators, those that bind least tightly first."""

_BINDING = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}

FUNCTIONS: dict[str, Callable[[int, int], int]] = {
    "max": max,
    "min": min,
    "ceildiv": lambda a, b: -(-a // b),
}
"""The functions of two numbers."""

Quantities: TypeAlias = Mapping[str, Callable[[tuple[Number, ...]], int]]
"""What the calls that are neither operators nor functions stand for."""


def evaluate(number: Number, names: Mapping[str, int], quantities: Quantities | None = None) -> int:
    """Work out a number.

    Raises:
        UserError: A name is unknown, or a divisor is zero.
    """
    if isinstance(number, int):
        return number
    if isinstance(number, Name):
        if number.name not in names:
            raise UserError(
                f"unknown name '{number.name}'", hint=did_you_mean(number.name, names) or None
            )
        return names[number.name]
    if quantities is not None and number.function in quantities:
        return quantities[number.function](number.args)
    operator = _OPERATORS.get(number.function) or FUNCTIONS.get(number.function)
    if operator is None:
        raise UserError(f"'{number.function}' has no value here")
    left, right = (evaluate(arg, names, quantities) for arg in number.args)
    if number.function in ("/", "ceildiv") and right == 0:
        raise UserError(f"'{text_of(number)}' divides by zero")
    return operator(left, right)


def simplified(number: Number, names: Mapping[str, int]) -> Number:
    """The number with all that `names` gives worked out."""
    if isinstance(number, Name):
        return names.get(number.name, number)
    if isinstance(number, int):
        return number
    args = tuple(simplified(arg, names) for arg in number.args)
    known = number.function in _OPERATORS or number.function in FUNCTIONS
    if known and all(isinstance(arg, int) for arg in args):
        return evaluate(Call(number.function, args), {})
    return Call(number.function, args)


def calls_in(number: Number) -> Iterator[Call]:
    """The quantities of an invocation that a number depends on."""
    if not isinstance(number, Call):
        return
    if number.function not in _OPERATORS and number.function not in FUNCTIONS:
        yield number
        return
    for arg in number.args:
        yield from calls_in(arg)


def names_in(number: Number) -> Iterator[str]:
    """The names that a number depends on, other than those that quantities take."""
    if isinstance(number, Name):
        yield number.name
    elif isinstance(number, Call) and (
        number.function in _OPERATORS or number.function in FUNCTIONS
    ):
        for arg in number.args:
            yield from names_in(arg)


def solve(number: Number, value: int) -> tuple[Call, int] | None:
    """The one quantity in a number, and its value where the number has this value.

    None where there is no such quantity, or it cannot be told: an operator has a quantity on both
    sides, or something else than a sum, a difference, a multiple or a quotient is taken of it. Of a
    quotient, the least value is given.
    """
    while isinstance(number, Call):
        if number.function not in _OPERATORS:
            return (number, value) if number.function not in FUNCTIONS else None
        left, right = number.args
        if isinstance(right, int):
            inverse = _inverse(number.function, value, right)
            number = left
        elif isinstance(left, int):
            inverse = left - value if number.function == "-" else None
            if number.function in ("+", "*"):
                inverse = _inverse(number.function, value, left)
            number = right
        else:
            return None
        if inverse is None:
            return None
        value = inverse
    return None


def scale_of(number: Number) -> tuple[int, int]:
    """By which quotient a number grows with the one quantity in it, if divisions are exact."""
    above, below = 1, 1
    while isinstance(number, Call) and next(calls_in(number), None) is not number:
        left, right = number.args
        factor, inner = (right, left) if isinstance(right, int) else (left, right)
        assert isinstance(factor, int)
        if number.function == "*":
            above *= factor
        if number.function == "/":
            below *= factor
        if number.function == "-" and factor is left:
            above = -above
        number = inner
    return above, below


def offset_from(number: Number) -> int | None:
    """What a number adds to the one quantity in it; None where it does more than that."""
    offset = 0
    while isinstance(number, Call) and number.function in ("+", "-"):
        left, right = number.args
        if isinstance(right, int):
            offset += right if number.function == "+" else -right
            number = left
        elif isinstance(left, int) and number.function == "+":
            offset += left
            number = right
        else:
            return None
    is_quantity = isinstance(number, Call) and next(calls_in(number), None) is number
    return offset if is_quantity else None


def _inverse(operator: str, value: int, right: int) -> int | None:
    """The number for which `number operator right` is `value`, if there is one."""
    match operator:
        case "+":
            return value - right
        case "-":
            return value + right
        case "*":
            return value // right if right and value % right == 0 else None
        case _:
            return value * right


def text_of(number: Number, binding: int = 0) -> str:
    """The number as it is written; in parentheses if its operator binds less tightly than asked."""
    if isinstance(number, int):
        return str(number)
    if isinstance(number, Name):
        return number.name
    if number.function not in _OPERATORS:
        return f"{number.function}({', '.join(map(text_of, number.args))})"
    own = _BINDING[number.function]
    left, right = number.args
    text = f"{text_of(left, own)} {number.function} {text_of(right, own + 1)}"
    return f"({text})" if own < binding else text


def parse_number(parser: AttrParser, level: int = 0) -> Number:
    """Parse a number: integers, names, calls, parentheses, and operators of a level or above."""
    if level == len(_LEVELS):
        return _parse_leaf(parser)
    left = parse_number(parser, level + 1)
    while True:
        for operator in _LEVELS[level]:
            if parser.parse_optional_punctuation(operator) is not None:
                left = Call(operator, (left, parse_number(parser, level + 1)))
                break
        else:
            return left


def _parse_leaf(parser: AttrParser) -> Number:
    """Parse an integer, a name, a call or what stands in parentheses."""
    if parser.parse_optional_punctuation("(") is not None:
        inner = parse_number(parser)
        parser.parse_punctuation(")")
        return inner
    value = parser.parse_optional_integer(allow_boolean=False)
    if value is not None:
        return value
    name = parser.parse_optional_identifier()
    if name is None:
        parser.raise_error("expected a number, a name, or a call such as address(x)")
    args = parser.parse_optional_comma_separated_list(
        parser.Delimiter.PAREN, lambda: parse_number(parser)
    )
    if args is None:
        return Name(name)
    if name in FUNCTIONS and len(args) != 2:
        parser.raise_error(f"'{name}' takes two numbers")
    return Call(name, tuple(args))


@irdl_attr_definition
class NumberAttr(Data[Number]):
    """A number that depends on the machine's attributes.

    ```mlir
    isa.target @small attributes {dim = 4 : i64} {
      isa.memory @spad scratchpad {bytes = #isa.number<1024 * dim>, row = #isa.number<dim>}
    }
    ```
    """

    name = "isa.number"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Number:
        """Parse `<2 * dim>`."""
        with parser.in_angle_brackets():
            return parse_number(parser)

    def print_parameter(self, printer: Printer) -> None:
        """Print what `parse_parameter` reads."""
        with printer.in_angle_brackets():
            printer.print_string(text_of(self.data))


def names_around(part: Operation) -> Mapping[str, int]:
    """The numbers that a part of a machine may use: the machine's integer attributes."""
    machine = part.parent_op()
    entries = {} if machine is None else machine.attributes
    return {name: a.value.data for name, a in entries.items() if isinstance(a, IntegerAttr)}


def value_at(part: Operation, attribute: Attribute | None) -> int | None:
    """The value of an integer or a number that a part of a machine has; None if it has none.

    Raises:
        UserError: It depends on a name that the machine does not have.
    """
    if isinstance(attribute, NumberAttr):
        return evaluate(attribute.data, names_around(part))
    return attribute.value.data if isinstance(attribute, IntegerAttr) else None
