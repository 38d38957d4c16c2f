"""Formulas such as `"relu(a + b)"`: scalar functions of operands that are named by letters."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

ONLY_ON_INTEGERS = frozenset({"div_unsigned", "max_unsigned", "min_unsigned"})
"""The functions that read integers without a sign."""

FUNCTIONS: dict[str, int] = {
    **dict.fromkeys(("abs", "relu"), 1),
    **dict.fromkeys(("exp", "log", "sqrt", "rsqrt", "tanh", "sigmoid", "erf", "gelu", "silu"), 1),
    **dict.fromkeys(("ceil", "floor", "round"), 1),
    **dict.fromkeys(("max", "min", "pow", *ONLY_ON_INTEGERS), 2),
    "clamp": 3,
}
"""How many arguments each function has."""

ON_INTEGERS = ONLY_ON_INTEGERS | frozenset(
    {"abs", "relu", "max", "min", "clamp", "add", "sub", "mul", "div", "neg"}
)
"""Those functions and operators that integers have."""

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
}


@dataclass(frozen=True)
class Letter:
    """An operand, by its position."""

    position: int


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS`, or `add`, `sub`, `mul`, `div`, `neg`."""

    function: str
    args: tuple["Formula", ...]


Formula: TypeAlias = Letter | Number | Call


def parse_formula(text: str, operands: int, functions: Mapping[str, int] = FUNCTIONS) -> Formula:
    """Read a formula over operands `a`, `b`, `c`, ...; `functions` says how many arguments each has.

    Raises:
        ValueError: The text is no formula; the message says why.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"'{text}' is not a formula") from error
    return _Reader(operands, functions).formula(tree)


def functions_in(formula: Formula) -> set[str]:
    """Return the names of all functions and operators."""
    if not isinstance(formula, Call):
        return set()
    return {formula.function}.union(*map(functions_in, formula.args))


def letters_in(formula: Formula) -> set[int]:
    """Return the positions of all operands that are used."""
    if isinstance(formula, Letter):
        return {formula.position}
    return set[int]().union(*map(letters_in, formula.args)) if isinstance(formula, Call) else set()


@dataclass(frozen=True)
class _Reader:
    """Reads formulas from Python's syntax tree."""

    operands: int
    functions: Mapping[str, int]

    def formula(self, tree: ast.expr) -> Formula:
        match tree:
            case ast.Constant(value=int() | float() as number):
                return Number(number)
            case ast.Name(id=name):
                return self._letter(name)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                value = self.formula(inner)
                return Number(-value.value) if isinstance(value, Number) else Call("neg", (value,))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return Call(_OPERATORS[type(op)], (self.formula(left), self.formula(right)))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, args)
            case _:
                raise ValueError(f"'{ast.unparse(tree)}' is not supported in a formula")

    def _letter(self, name: str) -> Letter:
        position = ord(name) - ord("a") if len(name) == 1 else -1
        if not 0 <= position < self.operands:
            known = ", ".join(chr(ord("a") + number) for number in range(self.operands))
            raise ValueError(f"unknown name '{name}'; the operands are {known}")
        return Letter(position)

    def _call(self, name: str, args: list[ast.expr]) -> Call:
        if name not in self.functions:
            raise ValueError(f"unknown function '{name}'; known: {', '.join(self.functions)}")
        if len(args) != self.functions[name]:
            raise ValueError(f"'{name}' takes {self.functions[name]} arguments, not {len(args)}")
        return Call(name, tuple(map(self.formula, args)))
