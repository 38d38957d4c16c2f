"""Unification of bodies: what each operand and each parameter of an instruction stands for.

Both bodies are in normal form, so trees are compared node by node; the arguments of commutative
operators are tried in every order. What an operand may stand for is the caller's choice: one of the
kernel's accesses, or also a larger expression. A parameter stands for a constant. Where the
instruction has an operator that the kernel lacks, its other argument is given the neutral element
if that is free: `x` is `x + 0`. Coordinates never agree, since an instruction does not know where in
the kernel it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from .expression import Apply, Constant, Expr, Operand, Parameter, operands_in
from .neutral import neutral, right_neutral
from .normalize import COMMUTATIVE
from .parameters import Values, calculated, narrowed, parameters_in, substituted
from .rejection import Rejection
from .statement import Access, Statement, type_of


@dataclass(frozen=True)
class Binding:
    """What the operands of an instruction stand for, by index, and its parameters, by name.

    `checks` are pairs of an expression of parameters and the constant that it must be.
    """

    operands: Mapping[int, Expr] = field(default_factory=dict[int, Expr])
    parameters: Values = field(default_factory=dict[str, Constant])
    checks: tuple[tuple[Expr, Constant], ...] = ()

    def with_operand(self, index: int, expr: Expr) -> Binding | None:
        """The binding in which an operand stands for an expression; None if for another one."""
        known = self.operands.get(index, expr)
        return replace(self, operands={**self.operands, index: expr}) if known == expr else None

    def with_closed(self, pattern: Expr, constant: Constant) -> Binding | None:
        """The binding in which an expression of parameters is a constant; None if it cannot be."""
        if isinstance(pattern, Constant):
            return self if pattern == constant else None
        if isinstance(pattern, Apply):
            checked = replace(self, checks=(*self.checks, (pattern, constant)))
            inner = pattern.args[0]
            narrow = narrowed(pattern, constant, type_of(inner, ()))
            return checked if narrow is None else checked.with_closed(inner, narrow)
        if not isinstance(pattern, Parameter) or pattern.type != constant.type:
            return None
        known = self.parameters.get(pattern.name, constant)
        values = {**self.parameters, pattern.name: constant}
        return replace(self, parameters=values) if known == constant else None

    def holds(self) -> bool:
        """Whether all checks hold once the parameters are known."""
        return all(
            calculated(substituted(pattern, self.parameters)) == constant
            for pattern, constant in self.checks
        )


@dataclass(frozen=True)
class Unifier:
    """Unifies the body of a kernel with that of an instruction.

    Attributes:
        types: The types of the instruction's operands.
        type_of: The type of an expression of the kernel; None for a coordinate.
        is_leaf: Whether an operand may stand for an expression of the kernel, if it has its type.
        typed: Whether types matter.
        feeds: Whether an operand may be fed a neutral element.
    """

    types: Sequence[Attribute]
    type_of: Callable[[Expr], Attribute | None]
    is_leaf: Callable[[Expr], bool]
    typed: bool = True
    feeds: bool = False

    def bindings(self, kernel: Expr, instruction: Expr) -> Iterator[Binding]:
        """Every way to bind all of the instruction's operands and parameters.

        An operand that the instruction's body does not read makes the instruction unusable.
        """
        names = parameters_in(instruction).keys()
        for binding in self._unify(kernel, instruction, Binding()):
            complete = len(binding.operands) == len(self.types)
            if complete and binding.parameters.keys() == names and binding.holds():
                yield binding

    def _unify(self, kernel: Expr, pattern: Expr, bound: Binding) -> Iterator[Binding]:
        found: Binding | None = None
        if isinstance(pattern, Operand):
            if self._fits(kernel, pattern.index):
                found = bound.with_operand(pattern.index, kernel)
        elif _is_closed(pattern):
            if isinstance(kernel, Constant):
                found = self._closed(kernel, pattern, bound)
        elif isinstance(pattern, Apply):
            yield from self._apply(kernel, pattern, bound)
        if found is not None:
            yield found

    def _closed(self, kernel: Constant, pattern: Expr, bound: Binding) -> Binding | None:
        """A constant of the kernel against an expression of constants and parameters."""
        if not self.typed and isinstance(pattern, Constant | Parameter):
            pattern = replace(pattern, type=kernel.type)
        return bound.with_closed(pattern, kernel)

    def _apply(self, kernel: Expr, pattern: Apply, bound: Binding) -> Iterator[Binding]:
        """An operator of the instruction: the kernel has it, or it is made to change nothing."""
        if isinstance(kernel, Constant):
            yield from self._narrowed(kernel, pattern, bound)
        kernel = _spelled(kernel, pattern)
        if isinstance(kernel, Apply) and self._same_operator(kernel, pattern):
            if pattern.op in COMMUTATIVE:
                yield from self._in_any_order(kernel, pattern, bound)
            elif len(kernel.args) == len(pattern.args):
                yield from self._pairwise(kernel.args, pattern.args, bound)
        yield from self._neutrally(kernel, pattern, bound)

    def _narrowed(self, kernel: Constant, pattern: Apply, bound: Binding) -> Iterator[Binding]:
        """A constant against a widened operand: the operand is the constant in its own type."""
        inner = pattern.args[0]
        if self.feeds and isinstance(inner, Operand):
            narrow = narrowed(pattern, kernel, self.types[inner.index])
            if narrow is not None and calculated(replace(pattern, args=(narrow,))) == kernel:
                yield from self._unify(narrow, inner, bound)

    def _in_any_order(self, kernel: Apply, pattern: Apply, bound: Binding) -> Iterator[Binding]:
        """The arguments of a commutative operator, of the same number."""
        if len(kernel.args) != len(pattern.args):
            return
        first, rest = pattern.args[0], pattern.args[1:]
        for place, arg in enumerate(kernel.args):
            others = (*kernel.args[:place], *kernel.args[place + 1 :])
            for binding in self._unify(arg, first, bound):
                if not rest:
                    yield binding
                    continue
                smaller = replace(pattern, args=rest)
                yield from self._in_any_order(replace(kernel, args=others), smaller, binding)

    def _pairwise(
        self, kernel: Sequence[Expr], pattern: Sequence[Expr], bound: Binding
    ) -> Iterator[Binding]:
        if not pattern:
            yield bound
            return
        for binding in self._unify(kernel[0], pattern[0], bound):
            yield from self._pairwise(kernel[1:], pattern[1:], binding)

    def _neutrally(self, kernel: Expr, pattern: Apply, bound: Binding) -> Iterator[Binding]:
        """Read `x` as `x + 0`, `x * 1` and so on, the way the instruction wants it."""
        if self.typed and self.type_of(kernel) != pattern.type:
            return
        number = neutral(pattern.op, pattern.type)
        places = range(len(pattern.args))
        if number is None:
            number, places = right_neutral(pattern.op, pattern.type), range(1, len(pattern.args))
        for place in places if number is not None else ():
            assert number is not None
            rest = (*pattern.args[:place], *pattern.args[place + 1 :])
            fed = self._fed(pattern.args[place], number, bound)
            if fed is not None and len(rest) == 1:
                yield from self._unify(kernel, rest[0], fed)
            elif fed is not None and pattern.op in COMMUTATIVE:
                yield from self._unify(kernel, replace(pattern, args=rest), fed)

    def _fed(self, pattern: Expr, number: Constant, bound: Binding) -> Binding | None:
        """The binding in which an argument that is free to choose is a neutral element."""
        if isinstance(pattern, Apply) and pattern.op == "arith.negf":
            return self._fed(pattern.args[0], replace(number, value=-number.value), bound)
        if isinstance(pattern, Operand):
            free = self.feeds and pattern.index not in bound.operands
            fits = free and self._fits(number, pattern.index)
            return bound.with_operand(pattern.index, number) if fits else None
        if isinstance(pattern, Apply) and isinstance(pattern.args[0], Operand):
            narrow = narrowed(pattern, number, self.types[pattern.args[0].index])
            if narrow is not None and calculated(replace(pattern, args=(narrow,))) == number:
                return self._fed(pattern.args[0], narrow, bound)
        if parameters_in(pattern) and _is_closed(pattern):
            return bound.with_closed(pattern, number)
        return None

    def _fits(self, kernel: Expr, index: int) -> bool:
        right = not self.typed or self.type_of(kernel) == self.types[index]
        return right and self.is_leaf(kernel)

    def _same_operator(self, kernel: Apply, pattern: Apply) -> bool:
        return kernel.op == pattern.op and (not self.typed or kernel.type == pattern.type)


def _spelled(kernel: Expr, pattern: Apply) -> Expr:
    """The kernel's expression as the instruction spells it, if there are two ways.

    `fma(a, b, c)` is also `a * b + c` where the instruction rounds as it likes, and `x * 8`, the
    normal form, is also `x << 3`.
    """
    if not isinstance(kernel, Apply):
        return kernel
    nested = any(isinstance(arg, Apply) for arg in pattern.args)  # both roundings, or none
    if kernel.op == "math.fma" and nested:
        product = Apply("arith.mulf", kernel.args[:2], kernel.type)
        return Apply("arith.addf", (product, kernel.args[2]), kernel.type)
    if kernel.op == "arith.muli" and pattern.op == "arith.shli" and len(kernel.args) == 2:
        return _as_shift(kernel) or kernel
    return kernel


def _as_shift(product: Apply) -> Expr | None:
    """A product with a power of two as a shift; None if it is none."""
    for value, factor in (product.args, product.args[::-1]):
        if isinstance(factor, Constant) and isinstance(product.type, IntegerType):
            number = int(factor.value) % (1 << product.type.bitwidth)
            if number.bit_count() == 1:
                places = Constant(number.bit_length() - 1, product.type)
                return Apply("arith.shli", (value, places), product.type)
    return None


def _is_closed(expr: Expr) -> bool:
    """Whether an expression is made of constants and parameters only."""
    if isinstance(expr, Apply):
        return all(map(_is_closed, expr.args))
    return isinstance(expr, Constant | Parameter)


def unify_accesses(kernel: Statement, instruction: Statement, typed: bool = True) -> list[Binding]:
    """Every way in which the instruction's operands stand for inputs of the kernel.

    Both statements are in normal form. Every binding is given once.
    """
    unifier = Unifier(
        [access.element for access in instruction.inputs],
        lambda expr: type_of(expr, kernel.inputs),
        lambda expr: isinstance(expr, Operand),
        typed,
    )
    found: list[Binding] = []
    for binding in unifier.bindings(kernel.body, instruction.body):
        if binding not in found:
            found.append(binding)
    return found


def bound_inputs(binding: Binding) -> tuple[int, ...]:
    """Per operand of the instruction the index of the kernel's input that it stands for."""
    operands = (binding.operands[index] for index in range(len(binding.operands)))
    return tuple(operand.index for operand in operands if isinstance(operand, Operand))


def explain_mismatch(kernel: Statement, instruction: Statement) -> Rejection:
    """Say why two bodies do not unify: the element types, or the first node that differs."""
    untyped = unify_accesses(kernel, instruction, typed=False)
    if untyped:
        for theirs, ours in enumerate(bound_inputs(untyped[0])):
            have, want = kernel.inputs[ours], instruction.inputs[theirs]
            if have.element != want.element:
                return Rejection(
                    "element type",
                    f"{have.name} has element type {have.element}, "
                    f"the instruction's {want.name} has {want.element}",
                    operand=have.name,
                )
        return Rejection("element type", "the bodies calculate in different types")
    unread = set(range(len(instruction.inputs))) - set(operands_in(instruction.body))
    if unread:
        name = instruction.inputs[min(unread)].name
        return Rejection("operand", f"the instruction's body does not read its input {name}")
    found = _difference(kernel.body, instruction.body, kernel.inputs, instruction.inputs)
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
    if isinstance(kernel, Constant) and isinstance(instruction, Parameter):
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
        case Parameter(name, type_):
            return f"a constant {type_} for parameter {name}"
        case Apply(op, args, _):
            count = f" of {len(args)} terms" if len(args) > 2 and op in COMMUTATIVE else ""
            return f"operator {op}{count}"
        case _:
            return "a coordinate (linalg.index)"
