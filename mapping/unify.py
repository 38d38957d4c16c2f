"""Unification of bodies: which of the kernel's inputs each input of an instruction stands for.

Both bodies are in normal form, so trees are compared node by node; the arguments of commutative
operators are tried in every order. An instruction's operand stands for one of the kernel's accesses
of the same element type, never for a larger expression; coordinates never agree, since an
instruction does not know where in the kernel it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xdsl.ir import Attribute

from .expression import Apply, Constant, Expr, Operand, operands_in
from .normalize import COMMUTATIVE
from .rejection import Rejection
from .statement import Access, Statement

_Binding = Mapping[int, int]


@dataclass(frozen=True)
class Unifier:
    """Unifies bodies over given inputs of a kernel and of an instruction."""

    kernel: Sequence[Access]
    instruction: Sequence[Access]
    typed: bool = True

    def bindings(self, kernel: Expr, instruction: Expr) -> tuple[tuple[int, ...], ...]:
        """Every way to bind the instruction's inputs, as indices of the kernel's inputs.

        An input that the instruction's body does not read makes the instruction unusable.
        """
        found: dict[tuple[int, ...], None] = {}
        for binding in self._unify(kernel, instruction, {}):
            if len(binding) == len(self.instruction):
                found[tuple(binding[k] for k in range(len(self.instruction)))] = None
        return tuple(found)

    def _unify(self, kernel: Expr, instruction: Expr, bound: _Binding) -> Iterator[_Binding]:
        if isinstance(instruction, Operand):
            if isinstance(kernel, Operand) and self._fits(kernel.index, instruction.index):
                known = bound.get(instruction.index, kernel.index)
                if known == kernel.index:
                    yield {**bound, instruction.index: known}
        elif isinstance(instruction, Apply):
            if isinstance(kernel, Apply) and self._same_operator(kernel, instruction):
                yield from self._arguments(kernel, instruction, bound)
        elif isinstance(instruction, Constant) and self._same_constant(kernel, instruction):
            yield bound

    def _arguments(self, kernel: Apply, instruction: Apply, bound: _Binding) -> Iterator[_Binding]:
        if instruction.op not in COMMUTATIVE:
            yield from self._pairwise(kernel.args, instruction.args, bound)
            return
        first, rest = instruction.args[0], instruction.args[1:]
        for place, arg in enumerate(kernel.args):
            others = (*kernel.args[:place], *kernel.args[place + 1 :])
            for binding in self._unify(arg, first, bound):
                if not rest:
                    yield binding
                    continue
                smaller = Apply(instruction.op, rest, instruction.type)
                yield from self._arguments(Apply(kernel.op, others, kernel.type), smaller, binding)

    def _pairwise(
        self, kernel: Sequence[Expr], instruction: Sequence[Expr], bound: _Binding
    ) -> Iterator[_Binding]:
        if not instruction:
            yield bound
            return
        for binding in self._unify(kernel[0], instruction[0], bound):
            yield from self._pairwise(kernel[1:], instruction[1:], binding)

    def _fits(self, kernel: int, instruction: int) -> bool:
        return self._equal(self.kernel[kernel].element, self.instruction[instruction].element)

    def _same_operator(self, kernel: Apply, instruction: Apply) -> bool:
        same = kernel.op == instruction.op and len(kernel.args) == len(instruction.args)
        return same and self._equal(kernel.type, instruction.type)

    def _same_constant(self, kernel: Expr, instruction: Constant) -> bool:
        if not isinstance(kernel, Constant):
            return False
        return kernel == (instruction if self.typed else replace(instruction, type=kernel.type))

    def _equal(self, kernel: Attribute, instruction: Attribute) -> bool:
        return not self.typed or kernel == instruction


def explain_mismatch(
    kernel: Expr, instruction: Expr, kernel_inputs: Sequence[Access], inputs: Sequence[Access]
) -> Rejection:
    """Say why two bodies do not unify: the element types, or the first node that differs."""
    untyped = Unifier(kernel_inputs, inputs, typed=False).bindings(kernel, instruction)
    if untyped:
        for theirs, ours in enumerate(untyped[0]):
            have, want = kernel_inputs[ours], inputs[theirs]
            if have.element != want.element:
                return Rejection(
                    "element type",
                    f"{have.name} has element type {have.element}, "
                    f"the instruction's {want.name} has {want.element}",
                    operand=have.name,
                )
        return Rejection("element type", "the bodies calculate in different types")
    unread = set(range(len(inputs))) - set(operands_in(instruction))
    if unread:
        name = inputs[min(unread)].name
        return Rejection("operand", f"the instruction's body does not read its input {name}")
    found = _difference(kernel, instruction, kernel_inputs, inputs)
    return found or Rejection("operator", "the bodies differ in how their operands recur")


def explain_roots(kernel: Statement, instruction: Statement) -> Rejection | None:
    """Say how the outermost operators of two bodies, as they were written, differ."""
    mine, theirs = kernel.body, instruction.body
    if isinstance(mine, Apply) and isinstance(theirs, Apply) and mine.op != theirs.op:
        return _other_node(mine, theirs, kernel.inputs, instruction.inputs)
    return None


def _difference(
    kernel: Expr, instruction: Expr, kernel_inputs: Sequence[Access], inputs: Sequence[Access]
) -> Rejection | None:
    """The first node, from the root downwards, at which two expressions differ."""
    if isinstance(kernel, Apply) and isinstance(instruction, Apply):
        if kernel.op != instruction.op or len(kernel.args) != len(instruction.args):
            return _other_node(kernel, instruction, kernel_inputs, inputs)
        for one, other in zip(kernel.args, instruction.args, strict=True):
            found = _difference(one, other, kernel_inputs, inputs)
            if found is not None:
                return found
        return None
    if type(kernel) is type(instruction) and not isinstance(kernel, Constant):
        return None
    if isinstance(kernel, Constant) and isinstance(instruction, Constant):
        return (
            None
            if kernel == instruction
            else Rejection(
                "operator", f"constant {instruction.value} expected, the kernel has {kernel.value}"
            )
        )
    return _other_node(kernel, instruction, kernel_inputs, inputs)


def _other_node(
    kernel: Expr, instruction: Expr, kernel_inputs: Sequence[Access], inputs: Sequence[Access]
) -> Rejection:
    expected = _described(instruction, inputs, "operand")
    actual = _described(kernel, kernel_inputs, "input")
    return Rejection("operator", f"{expected} expected, the kernel has {actual}")


def _described(expr: Expr, inputs: Sequence[Access], noun: str) -> str:
    match expr:
        case Operand(index):
            return f"{noun} {inputs[index].name}"
        case Constant(value, type_):
            return f"constant {value} : {type_}"
        case Apply(op, args, _):
            count = f" of {len(args)} terms" if len(args) > 2 and op in COMMUTATIVE else ""
            return f"operator {op}{count}"
        case _:
            return "a coordinate (linalg.index)"
