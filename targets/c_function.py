"""One function of a lowered module, written in C: every decision is in the IR already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, MemRefType
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, MemoryOp, PrefetchOp, TargetOp, ViewOp
from ..dialects.machines import resolve, target_of
from ..mapping.expression import operator_name
from ..passes.effects import written_buffers
from ..passes.linear_form import Linear, linear_forms
from ..passes.tile_statements import PARALLEL
from ..passes.window import Window, base_of
from .c_constants import array_place
from .c_expression import apply, bare, c_type, literal
from .c_functions import functions_in
from .c_instruction import PortableInstruction, fill_template, template_words
from .c_names import Names, identifier
from .c_numbering import memories_in, register_numbers
from .c_storage import Registers, memref_type, wrapped
from .c_streaming import streaming_in


class FunctionPrinter:
    """Writes one `func.func` on memrefs as C.

    Attributes:
        function: The function.
        target: The machine whose instructions it uses, if any.
        parallel_loops: Its loops that run on several threads.
        arguments: The C names of the arguments.
        lines: The lines of the definition, once printed.
        helpers: Definitions of functions that the text calls, by key, in the order in which C
            needs them.
    """

    def __init__(
        self, function: func.FuncOp, portable: bool, taken: Set[str] = frozenset()
    ) -> None:
        """Prepare to write a function; `taken` are names that mean something else in the file."""
        self.function = function
        self.target = _target_of(function)
        self.lines: list[str] = []
        self.helpers: dict[str, str] = {}
        self._portable = portable
        self._taken = taken
        self._names = Names(taken | (template_words(self.target) if self.target else set()))
        self._text: dict[SSAValue, str] = {}
        self._plain: dict[str, PortableInstruction] = {}
        self._files: dict[SSAValue, Registers | None] = {}
        self._numbers = {} if portable else register_numbers(function, self.target)
        self.parallel_loops = [op for op in function.walk() if PARALLEL in op.attributes]
        self._shared = _shared_buffers(self.parallel_loops)
        self._indent = 1
        values = function.body.block.args
        self.arguments = [self._names.take(v.name_hint, f"arg{v.index}") for v in values]
        self._text.update(zip(values, self.arguments, strict=True))

    @cached_property
    def written(self) -> set[SSAValue]:
        """The arguments and buffers that the function writes to."""
        return written_buffers(self.function)

    def signature(self, restrict: str = "restrict ") -> str:
        """The C declaration without the semicolon: what is only read is const, nothing overlaps."""
        parameters: list[str] = []
        for argument, name in zip(self.function.body.block.args, self.arguments, strict=True):
            if not isinstance(argument.type, MemRefType):
                parameters.append(f"{c_type(argument.type)} {name}")
                continue
            constant = "" if argument in self.written else "const "
            element = c_type(memref_type(argument).element_type)
            parameters.append(f"{constant}{element} *{restrict}{name}")
        name = identifier(self.function.sym_name.data)
        return wrapped(f"void {name}(", parameters or ["void"], ")", indent=0)

    def print(self) -> None:
        """Write the whole function."""
        self.lines += f"{self.signature()} {{".splitlines()
        for argument, name in zip(self.function.body.block.args, self.arguments, strict=True):
            if not argument.uses:
                self._line(f"(void){name};")
        self._scope(self.function)
        self.lines.append("}")

    def _line(self, text: str) -> None:
        self.lines += ["  " * self._indent + line for line in text.splitlines()]

    def numbered_memories(self) -> list[MemoryOp]:
        """The register files whose registers go by number, of those that are used."""
        return memories_in(self.function, self._numbers, self.target)

    def _scope(self, op: func.FuncOp | scf.ForOp) -> None:
        """What one thread does: registers are prepared first, and what is stored is visible last."""
        for memory in memories_in(op, self._numbers, self.target):
            self._line(memory.c_numbered or "")
        self._operations(op.body.block.ops)
        for statement in () if self._portable else streaming_in(op):
            self._line(statement)

    def _operations(self, ops: Iterable[Operation]) -> None:
        for op in ops:
            try:
                self._operation(op)
            except UserError as error:
                place = op if error.location is None else error.location
                raise UserError(error.message, place, error.hint) from None

    def _operation(self, op: Operation) -> None:
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
            if PARALLEL in op.attributes:
                self._scope(op)
            else:
                self._operations(op.body.block.ops)
            self._indent -= 1
            self._line("}")

    def alloc(self, op: memref.AllocOp | memref.AllocaOp) -> None:
        """Registers are variables or go by number; other buffers are static: a call allocates nothing.

        Every thread has its own buffers, so that several may call the function. In a parallel loop
        a buffer from outside must be the caller's: there it is reached through a pointer.
        """
        if op.memref in self._numbers:
            return
        registers = self._registers(op.memref)
        suffixes = registers.suffixes() if registers is not None else [""]
        name = self._names.take(op.memref.name_hint, "buffer", suffixes)
        self._text[op.memref] = name
        if registers is not None:
            self._line(registers.declaration(name, self._portable, 2 * self._indent))
            return
        kind = memref_type(op.memref)
        element, size = c_type(kind.element_type), max(1, prod(kind.get_shape()))
        is_shared = op.memref in self._shared
        array = self._names.take(f"{name}_data", "data") if is_shared else name
        self._line(f"static _Thread_local _Alignas(64) {element} {array}[{size}];")
        if is_shared:
            self._line(f"{element} *const {name} = {array};")

    def invoke(self, op: InvokeOp) -> None:
        """An instruction: its form from the description, or a call of its plain function."""
        instruction = resolve(op, op.instruction)
        assert isinstance(instruction, InstructionOp)
        fields: dict[str, str] = {}
        elements: dict[str, str] = {}
        for operand, value in zip(_operands(instruction), op.operands, strict=True):
            window = Window.of(value)
            place = fields[operand.name] = self._place(window)
            if place.startswith("&"):
                elements[operand.name] = place[1:]
            elif self._registers(window.base) is None:
                elements[operand.name] = f"{place}[0]"
            if operand.is_laid_out or self._portable:
                fields |= _layout_fields(operand.name, window, operand.rank)
        for name, value in op.parameters.items():
            assert isinstance(value, IntegerAttr | FloatAttr)
            fields[name] = literal(value.value.data, value.type)
        if self._portable:
            self._line(self._portable_instruction(instruction).call(fields))
            return
        template = instruction.c_template
        if template is None:
            hint = "portable C does not need one"
            raise UserError(f"@{instruction.symbol} has no form in C", op, hint)
        self._line(fill_template(template, fields, elements))

    def _portable_instruction(self, instruction: InstructionOp) -> PortableInstruction:
        """The plain function of an instruction, which is defined when it is first used."""
        if instruction.symbol not in self._plain:
            assert self.target is not None
            name = identifier(f"{self.target.symbol}_{instruction.symbol}")
            while name in self._taken:
                name += "_"
            plain = self._plain[instruction.symbol] = PortableInstruction(name, instruction)
            text = plain.text()
            self.helpers |= plain.helpers
            self.helpers[name] = text
        return self._plain[instruction.symbol]

    def load(self, op: memref.LoadOp) -> None:
        """A read of one element, into a variable."""
        name = self._names.take(op.res.name_hint, "x")
        self._line(f"const {c_type(op.res.type)} {name} = {self._element(op.memref, op.indices)};")
        self._text[op.res] = name

    def store(self, op: memref.StoreOp) -> None:
        """A write of one element."""
        self._line(f"{self._element(op.memref, op.indices)} = {bare(self._value(op.value))};")

    def global_(self, op: memref.GetGlobalOp) -> None:
        """A constant array, defined at the top of the file."""
        name = op.name_.root_reference.data
        self._text[op.memref] = array_place(name, memref_type(op.memref))

    def reshape(self, op: memref.ExpandShapeOp | memref.CollapseShapeOp) -> None:
        """Another shape of the same elements, in the same order: the same pointer."""
        place = self._place(Window.of(op.src))
        self._text[op.result] = place if place.isidentifier() else f"({place})"

    def call(self, op: func.CallOp) -> None:
        """A call of another function of the file."""
        places = [
            self._place(Window.of(value))
            if isinstance(value.type, MemRefType)
            else self._value(value)
            for value in op.arguments
        ]
        name = identifier(op.callee.string_value())
        self._line(wrapped(f"{name}(", places, ");", indent=2 * self._indent))

    def prefetch(self, op: PrefetchOp) -> None:
        """A hint, as compilers take it: the locality of the nearest level is 3."""
        (form,) = linear_forms(op.map.data, op.indices)
        place = f"{self._text[op.base]} + {self._linear(form)}"  # maybe behind the last element
        self._line(f"__builtin_prefetch({place}, 0, {4 - op.level.value.data});")

    def skip(self, op: Operation) -> None:
        """What is written where it is used, or not at all."""

    def _scalar(self, op: Operation) -> None:
        """Arithmetic: written where its value is used if that is one place, else a variable."""
        result = op.results[0]
        operator = operator_name(op)
        kind = op.operands[-1].type if op.operands else result.type
        text = apply(operator, [self._value(v) for v in op.operands], result.type, kind)
        self.helpers |= functions_in(text)
        uses = list(result.uses)
        if len(uses) == 1 and uses[0].operation.parent is op.parent:
            self._text[result] = text
            return
        name = self._text[result] = self._names.take(result.name_hint, "x")
        self._line(f"const {c_type(result.type)} {name} = {bare(text)};")

    def _value(self, value: SSAValue) -> str:
        """A scalar in C."""
        constant = value.owner
        if not isinstance(constant, arith.ConstantOp):
            return self._text[value]
        if not isinstance(constant.value, IntegerAttr | FloatAttr):
            raise UserError("a constant that is no number cannot be written in C", constant)
        return literal(constant.value.value.data, constant.result.type)

    def _registers(self, buffer: SSAValue) -> Registers | None:
        """The registers that a buffer consists of, if it does."""
        if buffer not in self._files:
            self._files[buffer] = Registers.of(buffer, self.target)
        return self._files[buffer]

    def _place(self, window: Window) -> str:
        """A window in C: the variable of a register, or a pointer to the first element."""
        if window.guards:
            raise UserError(
                "a window with absent elements has no place in C: it must be moved first"
            )
        registers = self._registers(window.base)
        if registers is not None and window.base in self._numbers:
            return str(self._numbers[window.base][registers.position(window)])
        name = self._text[window.base]
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
        return self._linear(window.distance())

    def _linear(self, form: Linear) -> str:
        """A number in C."""
        parts = [self._text[v] if c == 1 else f"{c} * {self._text[v]}" for v, c in form.terms]
        if form.constant or not parts:
            parts.append(str(form.constant))
        return " + ".join(parts).replace("+ -", "- ")


_HANDLERS: dict[type[Operation], Callable[[FunctionPrinter, Any], None]] = {
    arith.ConstantOp: FunctionPrinter.skip,
    scf.ForOp: FunctionPrinter.for_,
    scf.YieldOp: FunctionPrinter.skip,
    func.CallOp: FunctionPrinter.call,
    func.ReturnOp: FunctionPrinter.skip,
    ViewOp: FunctionPrinter.skip,
    PrefetchOp: FunctionPrinter.prefetch,
    InvokeOp: FunctionPrinter.invoke,
    memref.AllocOp: FunctionPrinter.alloc,
    memref.AllocaOp: FunctionPrinter.alloc,
    memref.DeallocOp: FunctionPrinter.skip,
    memref.LoadOp: FunctionPrinter.load,
    memref.StoreOp: FunctionPrinter.store,
    memref.SubviewOp: FunctionPrinter.skip,
    memref.GetGlobalOp: FunctionPrinter.global_,
    memref.ExpandShapeOp: FunctionPrinter.reshape,
    memref.CollapseShapeOp: FunctionPrinter.reshape,
}


@dataclass(frozen=True)
class _Operand:
    """An operand of an instruction: its name and rank, and whether the C form names its extents or strides."""

    name: str
    rank: int
    is_laid_out: bool


@lru_cache(maxsize=1024)
def _operands(instruction: InstructionOp) -> list[_Operand]:
    """The operands of an instruction, worked out once for all invocations."""
    template = instruction.c_template or ""
    described = zip(instruction.operand_names, instruction.operand_memrefs, strict=True)
    return [
        _Operand(name, len(kind.get_shape()), f"{{{name}." in template) for name, kind in described
    ]


def _layout_fields(name: str, window: Window, rank: int) -> dict[str, str]:
    """The placeholders for extents and strides of an operand; a row may come in any shape."""
    layout = list(zip(window.shape, window.strides(), strict=True))
    if rank == 1 and len(layout) != 1:
        layout = [(prod(window.shape), 1)]
    fields: dict[str, str] = {}
    for dim, (size, stride) in enumerate(layout):
        fields[f"{name}.size{dim}"] = str(size)
        fields[f"{name}.stride{dim}"] = str(stride)
    return fields


def _shared_buffers(loops: Iterable[Operation]) -> set[SSAValue]:
    """The buffers from outside a parallel loop that are used inside it."""
    shared: set[SSAValue] = set()
    for loop in loops:
        used = {base_of(value) for op in loop.walk() for value in op.operands}
        shared |= {
            buffer
            for buffer in used
            if isinstance(buffer.owner, memref.AllocOp | memref.AllocaOp)
            and not loop.is_ancestor(buffer.owner)
        }
    return shared


def _target_of(function: func.FuncOp) -> TargetOp | None:
    """The machine that a function's instructions belong to."""
    for op in function.walk():
        if isinstance(op, InvokeOp):
            return target_of(op, op.instruction)
    return None
