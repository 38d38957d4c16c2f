"""Instructions in C: their form in the description, or a plain function made from their body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects.builtin import IndexType
from xdsl.ir import Attribute

from ..dialects.isa import InstructionOp, TargetOp
from ..mapping.access import Access
from ..mapping.expression import Constant, Coordinate, Expr, Operand, Parameter
from ..mapping.statement import ASSIGN, Statement, statement_of
from .c_expression import apply, bare, c_type, literal
from .c_functions import functions_in
from .c_names import Names

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\*\(\{(\w+)\}\)|\*\{(\w+)\}|\{([\w.]+)\}")

LARGE = 256
"""The points from which on an instruction's plain function is called rather than inlined: a C
compiler would take many times as long to unroll it everywhere, for nothing.
"""


def fill_template(
    template: str, fields: Mapping[str, str], elements: Mapping[str, str] | None = None
) -> str:
    """A description's C form with its placeholders replaced; `{{` and `}}` are braces.

    Args:
        template: The C form.
        fields: What every placeholder stands for.
        elements: What `*{name}` and `*({name})` stand for, of pointers whose first element has a
            plainer form: `a[k]` rather than `*(&a[k])`.

    Raises:
        KeyError: A placeholder is not among the fields.
    """

    def replacement(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is not None:
            found = (elements or {}).get(name)
            return found if found is not None else match[0].replace(f"{{{name}}}", fields[name])
        if match[3] is None:
            return match[0][0]
        text = fields[match[3]]
        subscripted = template[match.end() : match.end() + 1] == "["
        return f"({text})" if subscripted and text.startswith("&") else text

    return _PLACEHOLDER.sub(replacement, template)


def template_words(target: TargetOp) -> set[str]:
    """The names that the C forms of a machine's instructions use."""
    forms = [instruction.c_template or "" for instruction in target.instructions.values()]
    return {
        word for form in forms for word in re.findall(r"\b[^\W\d]\w*", _PLACEHOLDER.sub(" ", form))
    }


class PortableInstruction:
    """The plain C function of an instruction, made from its body.

    Attributes:
        name: The name of the function.
        helpers: Definitions of the functions that it calls, by key.
    """

    def __init__(self, name: str, instruction: InstructionOp) -> None:
        self.name = name
        self.helpers: dict[str, str] = {}
        self._instruction = instruction
        self._statement = statement_of(instruction.statement)
        names = Names()
        self._operands = {
            operand: names.take(operand, "x") for operand in instruction.operand_names
        }
        self._fields = {field: names.take(field, "x") for field in _varying(self._statement)}
        self._parameters = {name: names.take(name, "x") for name in instruction.parameters}
        self._variables = [names.take(f"i{axis}", "i") for axis in range(len(self._statement.axes))]

    def call(self, fields: Mapping[str, str]) -> str:
        """The call of the function; `fields` are as for `fill_template`."""
        arguments = [fields[name] for name in (*self._operands, *self._fields, *self._parameters)]
        return f"{self.name}({', '.join(arguments)});"

    def text(self) -> str:
        """The definition."""
        statement, element = self._statement, self._statement.output.element
        value = self._expression(statement.body)
        if statement.combine != ASSIGN:
            value = self._apply(
                statement.combine, [self._read(statement.output), value], element, element
            )
        every = range(len(statement.axes))
        nest = self._nest(every, self._assignment(value))
        if statement.overwrites:
            kept = [axis for axis in every if not statement.axes[axis].reduction]
            nest = [*self._nest(kept, self._assignment("0")), *nest]
        parameters = ", ".join(self._declarations())
        points = prod(axis.extent for axis in statement.axes)
        kind = "inline" if points < LARGE else "__attribute__((noinline))"
        return "\n".join([f"static {kind} void {self.name}({parameters}) {{", *nest, "}", ""])

    def _nest(self, axes: Sequence[int], inner: str) -> list[str]:
        """A statement in loops over axes."""
        lines: list[str] = []
        for axis in axes:
            i, extent = self._variables[axis], self._statement.axes[axis].extent
            lines.append(f"{'  ' * (len(lines) + 1)}for (int64_t {i} = 0; {i} < {extent}; {i}++)")
        return [*lines, "  " * (len(lines) + 1) + inner]

    def _declarations(self) -> list[str]:
        """A pointer per operand, the extents and strides that vary, the instruction's parameters."""
        types = [c_type(kind.element_type) for kind in self._instruction.operand_memrefs]
        constants = ["const "] * len(types)
        constants[self._instruction.output_index] = ""
        operands = zip(constants, types, self._operands.values(), strict=True)
        pointers = [f"{constant}{kind} *{name}" for constant, kind, name in operands]
        sizes = [f"int64_t {name}" for name in self._fields.values()]
        kinds = zip(self._instruction.parameters.values(), self._parameters.values(), strict=True)
        return [*pointers, *sizes, *(f"{c_type(kind)} {name}" for kind, name in kinds)]

    def _assignment(self, value: str) -> str:
        output = self._statement.output
        guard = self._inside(output)
        condition = f"if ({guard}) " if guard else ""
        return f"{condition}{self._operands[output.name]}[{self._index(output)}] = {bare(value)};"

    def _expression(self, expr: Expr) -> str:
        """A body in C."""
        if isinstance(expr, Operand):
            return self._read(self._statement.inputs[expr.index])
        if isinstance(expr, Constant):
            return literal(expr.value, expr.type)
        if isinstance(expr, Parameter):
            return self._parameters[expr.name]
        if isinstance(expr, Coordinate):
            return self._variables[expr.axis]
        arguments = [self._expression(argument) for argument in expr.args]
        return self._apply(expr.op, arguments, expr.type, self._type(expr.args[-1]))

    def _apply(self, operator: str, arguments: list[str], to: Attribute, operand: Attribute) -> str:
        text = apply(operator, arguments, to, operand)
        self.helpers |= functions_in(text)
        return text

    def _type(self, expr: Expr) -> Attribute:
        if isinstance(expr, Operand):
            return self._statement.inputs[expr.index].element
        return IndexType() if isinstance(expr, Coordinate) else expr.type

    def _read(self, access: Access) -> str:
        """An element of an operand: zero outside a guarded one."""
        element = f"{self._operands[access.name]}[{self._index(access)}]"
        guard = self._inside(access)
        return f"({guard} ? {element} : 0)" if guard else element

    def _index(self, access: Access) -> str:
        """The position of an element in its operand's storage."""
        parts: list[str] = []
        for dim, stride in enumerate(access.storage_strides()):
            factor = self._fields[f"{access.name}.stride{dim}"] if stride is None else str(stride)
            row = self._row(access, dim)
            if row != "0":
                parts.append(row if factor == "1" else f"({row}) * {factor}")
        return " + ".join(parts) or "0"

    def _inside(self, access: Access) -> str:
        """The condition under which an element of a guarded operand exists; empty if always."""
        conditions: list[str] = []
        for dim, size in enumerate(access.shape if self._statement.guarded else ()):
            row = self._row(access, dim)
            first, last = self._span(access, dim)
            if first < 0:
                conditions.append(f"{row} >= 0")
            if dim in access.bounded:
                conditions.append(f"{row} < {self._fields[f'{access.name}.size{dim}']}")
            elif last >= size:
                conditions.append(f"{row} < {size}")
        return " && ".join(conditions)

    def _row(self, access: Access, dim: int) -> str:
        """The position of an element along a dimension of its operand."""
        pairs = zip(access.matrix[dim], self._variables, strict=True)
        parts = [v if factor == 1 else f"{factor} * {v}" for factor, v in pairs if factor]
        offset = access.offset[dim]
        return " + ".join([*parts, str(offset)] if offset or not parts else parts)

    def _span(self, access: Access, dim: int) -> tuple[int, int]:
        """The least and the greatest position along a dimension over all axes."""
        axes = self._statement.axes
        ends = [c * (axis.extent - 1) for c, axis in zip(access.matrix[dim], axes, strict=True)]
        offset = access.offset[dim]
        return offset + sum(min(0, end) for end in ends), offset + sum(max(0, end) for end in ends)


def _varying(statement: Statement) -> list[str]:
    """The extents and strides that differ from call to call, by placeholder: `src.size0`."""
    found: list[str] = []
    for access in statement.operands():
        found += [f"{access.name}.size{dim}" for dim in access.bounded]
        strides = enumerate(access.strides or ())
        found += [f"{access.name}.stride{dim}" for dim, stride in strides if stride is None]
    return list(dict.fromkeys(found))
