"""Instructions in C: the machine's own form from its description, or a plain function made from its body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xdsl.ir import Attribute

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp
from ..mapping.access import Access
from ..mapping.expression import Apply, Constant, Coordinate, Expr, Operand
from ..mapping.statement import ASSIGN, Statement, statement_of
from .c_expression import EXTREMES, apply, c_type, extreme_function, literal

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([\w.]+)\}")


def fill_template(template: str, fields: Mapping[str, str]) -> str:
    """A description's C form with its placeholders replaced; `{{` and `}}` are braces.

    Raises:
        KeyError: A placeholder is not among the fields.
    """

    def replacement(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return fields[match[1]]

    return _PLACEHOLDER.sub(replacement, template)


def portable_call(target: str, instruction: InstructionOp, fields: Mapping[str, str]) -> str:
    """The call of the plain function that stands for an instruction."""
    arguments = [fields[name] for name in instruction.operand_names]
    arguments += [fields[parameter] for parameter in _parameters(instruction)]
    return f"{target}_{instruction.symbol}({', '.join(arguments)});"


class PortableInstruction:
    """The plain C function of an instruction, made from its body; `helpers` are functions that it calls."""

    def __init__(self, target: str, instruction: InstructionOp) -> None:
        self.helpers: dict[str, str] = {}
        self._name = f"{target}_{instruction.symbol}"
        self._instruction = instruction
        self._statement = statement_of(instruction.statement)

    def text(self) -> str:
        """The definition."""
        statement = self._statement
        lines = [f"static inline void {self._name}({', '.join(self._declarations())}) {{"]
        variables = [f"i{axis}" for axis in range(len(statement.axes))]
        indent = "  "
        if statement.overwrites:
            lines += self._nest(statement, variables, self._assignment(variables, "0"), reductions=False)
        for axis, variable in zip(statement.axes, variables, strict=True):
            lines.append(f"{indent}for (int64_t {variable} = 0; {variable} < {axis.extent}; {variable}++)")
            indent += "  "
        value = self._expression(statement.body, variables)
        if statement.combine != ASSIGN:
            old = self._read(statement.output, variables)
            value = self._apply(statement.combine, [old, value], statement.output.element, statement.output.element)
        lines.append(f"{indent}{self._assignment(variables, value)}")
        return "\n".join([*lines, "}", ""])

    def _nest(self, statement: Statement, variables: Sequence[str], inner: str, reductions: bool) -> list[str]:
        """A statement in loops over the axes that index the output."""
        lines: list[str] = []
        for axis, variable in zip(statement.axes, variables, strict=True):
            if reductions or not axis.reduction:
                lines.append(f"{'  ' * (len(lines) + 1)}for (int64_t {variable} = 0; {variable} < {axis.extent}; {variable}++)")
        return [*lines, "  " * (len(lines) + 1) + inner]

    def _declarations(self) -> list[str]:
        """The parameters: a pointer per operand, then the extents and strides that vary."""
        instruction = self._instruction
        operands: list[str] = []
        for index, (name, kind) in enumerate(zip(instruction.operand_names, instruction.operand_memrefs, strict=True)):
            constant = "" if index == instruction.output_index else "const "
            operands.append(f"{constant}{c_type(kind.element_type)} *{name}")
        return operands + [f"int64_t {parameter.replace('.', '_')}" for parameter in _parameters(instruction)]

    def _assignment(self, variables: Sequence[str], value: str) -> str:
        output = self._statement.output
        guard = self._inside(output, variables)
        target = f"{self._name_of(output)}[{self._index(output, variables)}]"
        bare = value[1:-1] if value.startswith("(") and _closes_last(value) else value
        return f"{f'if ({guard}) ' if guard else ''}{target} = {bare};"

    def _expression(self, expr: Expr, variables: Sequence[str]) -> str:
        """A body in C."""
        if isinstance(expr, Operand):
            return self._read(self._statement.inputs[expr.index], variables)
        if isinstance(expr, Constant):
            return literal(expr.value, expr.type)
        if isinstance(expr, Coordinate):
            return variables[expr.axis]
        arguments = [self._expression(argument, variables) for argument in expr.args]
        return self._apply(expr.op, arguments, expr.type, self._type(expr.args[-1], expr.type))

    def _apply(self, operator: str, arguments: list[str], result: Attribute, operand: Attribute) -> str:
        if operator in EXTREMES:
            self.helpers[f"{operator} {result}"] = extreme_function(operator, result)
        return apply(operator, arguments, result, operand)

    def _type(self, expr: Expr, default: Attribute) -> Attribute:
        if isinstance(expr, Operand):
            return self._statement.inputs[expr.index].element
        return expr.type if isinstance(expr, Apply | Constant) else default

    def _read(self, access: Access, variables: Sequence[str]) -> str:
        """An element of an operand: zero outside a guarded one."""
        element = f"{self._name_of(access)}[{self._index(access, variables)}]"
        guard = self._inside(access, variables)
        return f"({guard} ? {element} : 0)" if guard else element

    def _name_of(self, access: Access) -> str:
        return access.name

    def _index(self, access: Access, variables: Sequence[str]) -> str:
        """The position of an element in its operand's storage."""
        parts: list[str] = []
        for dim, stride in enumerate(access.storage_strides()):
            factor = f"{access.name}_stride{dim}" if stride is None else str(stride)
            row = _sum(access.matrix[dim], access.offset[dim], variables)
            if row != "0":
                parts.append(row if factor == "1" else f"({row}) * {factor}")
        return " + ".join(parts) or "0"

    def _inside(self, access: Access, variables: Sequence[str]) -> str:
        """The condition under which an element of a guarded operand exists; empty if always."""
        if not self._statement.guarded:
            return ""
        conditions: list[str] = []
        for dim, size in enumerate(access.shape):
            bound = f"{access.name}_size{dim}" if dim in access.bounded else str(size)
            row = _sum(access.matrix[dim], access.offset[dim], variables)
            conditions.append(f"{row} < {bound}")
        return " && ".join(conditions)


def _parameters(instruction: InstructionOp) -> list[str]:
    """The extents and strides that differ from call to call, as the C form names them: `src.size0`."""
    statement = statement_of(instruction.statement)
    found: list[str] = []
    for access in statement.operands():
        found += [f"{access.name}.size{dim}" for dim in access.bounded]
        found += [f"{access.name}.stride{dim}" for dim, stride in enumerate(access.strides or ()) if stride is None]
    return list(dict.fromkeys(found))


def _sum(row: Sequence[int], offset: int, variables: Sequence[str]) -> str:
    """A linear form in C."""
    parts = [v if factor == 1 else f"{factor} * {v}" for factor, v in zip(row, variables, strict=True) if factor]
    if offset or not parts:
        parts.append(str(offset))
    return " + ".join(parts)


def _closes_last(text: str) -> bool:
    """Whether the parenthesis that opens a text closes at its end."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False
