"""One function of a lowered module, written in C: every decision is in the IR already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import FloatAttr, IntegerAttr
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import ImportOp, InstructionOp, InvokeOp, TargetOp, ViewOp
from ..dialects.machines import resolve, target_of
from ..mapping.expression import operator_name
from ..passes.tile_statements import PARALLEL
from ..passes.window import Window, base_of
from .c_expression import EXTREMES, apply, c_type, extreme_function, literal
from .c_instruction import PortableInstruction, fill_template, portable_call
from .c_names import Names, identifier
from .c_storage import Registers, address, memref_type


class FunctionPrinter:
    """Writes one `func.func` on memrefs as C.

    Attributes:
        lines: The lines so far.
        helpers: Definitions of functions that the text calls, by key, in the order in which C needs them.
        target: The machine whose instructions it uses, if any.
    """

    def __init__(self, function: func.FuncOp, portable: bool) -> None:
        self.lines: list[str] = []
        self.helpers: dict[str, str] = {}
        self.target = _target_of(function)
        self._function = function
        self._portable = portable
        self._names = Names()
        self._text: dict[SSAValue, str] = {}
        self._indent = 1

    def print(self) -> None:
        """Write the whole function."""
        for argument, name in zip(self._function.body.block.args, argument_names(self._function), strict=True):
            self._text[argument] = self._names.take(name, name)
        self.lines.append(f"{signature(self._function)} {{")
        self._operations(self._function.body.block.ops)
        self.lines.append("}")

    def _line(self, text: str) -> None:
        self.lines.append("  " * self._indent + text)

    def _operations(self, ops: Iterable[Operation]) -> None:
        for op in ops:
            handler = _HANDLERS.get(type(op))
            if handler is not None:
                handler(self, op)
            elif op.name.startswith(("arith.", "math.")) and len(op.results) == 1:
                self._scalar(op)
            else:
                raise UserError(f"'{op.name}' cannot be written in C: it has not been lowered", op)

    def for_(self, op: scf.ForOp) -> None:
        """A loop, in parallel where the IR says so."""
        if op.iter_args:
            raise UserError("a loop that carries values cannot be written in C", op)
        start, stop, step = (self._value(bound) for bound in (op.lb, op.ub, op.step))
        with self._names.block():
            variable = op.body.block.args[0]
            name = self._text[variable] = self._names.take(variable.name_hint, "i")
            if PARALLEL in op.attributes:
                self._line("#pragma omp parallel for")
            advance = f"{name}++" if step == "1" else f"{name} += {step}"
            self._line(f"for (int64_t {name} = {start}; {name} < {stop}; {advance}) {{")
            self._indent += 1
            self._operations(op.body.block.ops)
            self._indent -= 1
            self._line("}")

    def alloc(self, op: memref.AllocOp | memref.AllocaOp) -> None:
        """Registers are variables; other buffers are static, one per thread: a call allocates nothing."""
        name = self._text[op.memref] = self._names.take(op.memref.name_hint, "buffer")
        registers = Registers.of(op.memref, self.target)
        if registers is not None:
            self._line(registers.declaration(name, self._portable))
            return
        kind = memref_type(op.memref)
        size = max(1, prod(kind.get_shape()))
        self._line(f"static _Thread_local _Alignas(64) {c_type(kind.element_type)} {name}[{size}];")

    def invoke(self, op: InvokeOp) -> None:
        """An instruction: its form from the description, or a call of its plain function."""
        instruction = resolve(op, op.instruction)
        assert isinstance(instruction, InstructionOp) and self.target is not None
        fields: dict[str, str] = {}
        for name, value in zip(instruction.operand_names, op.arguments, strict=True):
            window = Window.of(value)
            fields[name] = self._place(window)
            for dim, (size, stride) in enumerate(zip(window.shape, window.strides(), strict=True)):
                fields[f"{name}.size{dim}"] = str(size)
                fields[f"{name}.stride{dim}"] = str(stride)
        if self._portable:
            plain = PortableInstruction(self.target.symbol, instruction)
            if instruction.symbol not in self.helpers:
                text = plain.text()
                self.helpers |= plain.helpers
                self.helpers[instruction.symbol] = text
            self._line(portable_call(self.target.symbol, instruction, fields))
            return
        template = instruction.c_template
        if template is None:
            raise UserError(f"@{instruction.symbol} has no form in C; portable C does not need one", op)
        for line in fill_template(template, fields).splitlines():
            self._line(line)

    def load(self, op: memref.LoadOp) -> None:
        """A read of one element, into a variable."""
        name = self._names.take(op.res.name_hint, "x")
        self._line(f"const {c_type(op.res.type)} {name} = {self._element(op.memref, op.indices)};")
        self._text[op.res] = name

    def store(self, op: memref.StoreOp) -> None:
        """A write of one element."""
        self._line(f"{self._element(op.memref, op.indices)} = {_bare(self._value(op.value))};")

    def copy(self, op: memref.CopyOp) -> None:
        """A copy between buffers of one layout."""
        source, target = Window.of(op.source), Window.of(op.destination)
        if not (source.is_whole and target.is_whole and source.strides() == target.strides()):
            raise UserError("a copy between windows must be lowered to moves first", op)
        kind = memref_type(op.source)
        size = f"{max(1, prod(kind.get_shape()))} * sizeof({c_type(kind.element_type)})"
        self._line(f"memcpy({self._place(target)}, {self._place(source)}, {size});")

    def global_(self, op: memref.GetGlobalOp) -> None:
        """A constant array, defined at the top of the file."""
        self._text[op.memref] = identifier(op.name_.root_reference.data)

    def reshape(self, op: memref.ExpandShapeOp | memref.CollapseShapeOp) -> None:
        """Another shape of the same elements, in the same order: the same pointer."""
        self._text[op.result] = self._text[op.src]

    def skip(self, op: Operation) -> None:
        """What is written where it is used, or not at all."""

    def _scalar(self, op: Operation) -> None:
        """Arithmetic: written where its value is used if that is one place, else kept in a variable."""
        result = op.results[0]
        operator = operator_name(op)
        if operator in EXTREMES:
            self.helpers[f"{operator} {result.type}"] = extreme_function(operator, result.type)
        kind = op.operands[-1].type if op.operands else result.type
        text = apply(operator, [self._value(operand) for operand in op.operands], result.type, kind)
        uses = list(result.uses)
        if len(uses) == 1 and uses[0].operation.parent is op.parent:
            self._text[result] = text
            return
        name = self._text[result] = self._names.take(result.name_hint, "x")
        self._line(f"const {c_type(result.type)} {name} = {_bare(text)};")

    def _value(self, value: SSAValue) -> str:
        """A scalar in C."""
        constant = value.owner
        if not isinstance(constant, arith.ConstantOp):
            return self._text[value]
        if not isinstance(constant.value, IntegerAttr | FloatAttr):
            raise UserError("a constant that is no number cannot be written in C", constant)
        return literal(constant.value.value.data, constant.result.type)

    def _place(self, window: Window) -> str:
        """A window in C: the variable of a register, or a pointer to the first element."""
        if window.guards:
            raise UserError("a window with absent elements has no place in C: it must be moved first", self._function)
        name = self._text[window.base]
        registers = Registers.of(window.base, self.target)
        if registers is not None:
            return registers.variable(name, window)
        offset = self._address(window)
        return name if offset == "0" else f"&{name}[{offset}]"

    def _element(self, buffer: SSAValue, indices: Iterable[SSAValue]) -> str:
        window = Window.of(buffer)
        for dim, index in enumerate(indices):
            constant = index.owner.value if isinstance(index.owner, arith.ConstantOp) else None
            at = constant.value.data if isinstance(constant, IntegerAttr) else index
            window = window.tile(dim, 1, at)
        return f"{self._text[window.base]}[{self._address(window)}]"

    def _address(self, window: Window) -> str:
        form = address(window)
        parts = [self._text[v] if factor == 1 else f"{factor} * {self._text[v]}" for v, factor in form.terms]
        if form.constant or not parts:
            parts.append(str(form.constant))
        return " + ".join(parts).replace("+ -", "- ")


_HANDLERS: dict[type[Operation], Callable[[FunctionPrinter, Any], None]] = {
    arith.ConstantOp: FunctionPrinter.skip,
    scf.ForOp: FunctionPrinter.for_,
    scf.YieldOp: FunctionPrinter.skip,
    func.ReturnOp: FunctionPrinter.skip,
    ViewOp: FunctionPrinter.skip,
    InvokeOp: FunctionPrinter.invoke,
    memref.AllocOp: FunctionPrinter.alloc,
    memref.AllocaOp: FunctionPrinter.alloc,
    memref.DeallocOp: FunctionPrinter.skip,
    memref.LoadOp: FunctionPrinter.load,
    memref.StoreOp: FunctionPrinter.store,
    memref.CopyOp: FunctionPrinter.copy,
    memref.GetGlobalOp: FunctionPrinter.global_,
    memref.ExpandShapeOp: FunctionPrinter.reshape,
    memref.CollapseShapeOp: FunctionPrinter.reshape,
}


def signature(function: func.FuncOp) -> str:
    """The C declaration of a function, without the semicolon: what is only read is const, nothing overlaps."""
    written = written_arguments(function)
    parameters: list[str] = []
    for argument, name in zip(function.body.block.args, argument_names(function), strict=True):
        element = c_type(memref_type(argument).element_type)
        parameters.append(f"{'' if argument in written else 'const '}{element} *restrict {name}")
    return f"void {identifier(function.sym_name.data)}({', '.join(parameters) or 'void'})"


def argument_names(function: func.FuncOp) -> list[str]:
    """The C names of a function's arguments."""
    names = Names()
    return [names.take(argument.name_hint, f"arg{argument.index}") for argument in function.body.block.args]


def written_arguments(function: func.FuncOp) -> set[SSAValue]:
    """The arguments that a lowered function writes to."""
    written: set[SSAValue] = set()
    for op in function.walk():
        if isinstance(op, InvokeOp):
            instruction = resolve(op, op.instruction)
            assert isinstance(instruction, InstructionOp)
            written.add(base_of(op.arguments[instruction.output_index]))
        elif isinstance(op, memref.StoreOp):
            written.add(base_of(op.memref))
        elif isinstance(op, memref.CopyOp):
            written.add(base_of(op.destination))
    return written


def _target_of(function: func.FuncOp) -> TargetOp | None:
    """The machine that a function's instructions belong to."""
    for op in function.walk():
        if isinstance(op, InvokeOp):
            return target_of(op, op.instruction)
    return None


def _bare(text: str) -> str:
    """An expression without the parentheses around it."""
    if not text.startswith("("):
        return text
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if position == len(text) - 1 else text
    return text
