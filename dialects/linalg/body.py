"""The bodies of linalg's operations, as upstream MLIR builds them from the element types."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat
from xdsl.dialects.linalg.ops import YieldOp
from xdsl.ir import Attribute, Block, SSAValue
from xdsl.utils.exceptions import VerifyException

from ..formula import ON_INTEGERS, ONLY_ON_INTEGERS, functions_in, letters_in
from ..scalar_builder import ScalarBuilder
from ..shapes import bits_of, is_integer, verify_scalar
from .notation import Computation

_NOT_ON_BOOLEANS = ONLY_ON_INTEGERS | {"sub", "div", "neg", "abs"}


class LinalgScalars(ScalarBuilder):
    """Scalar arithmetic of linalg, in which sums and products of `i1` are `or` and `and`."""

    def binary(self, name: str, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return a function of two values of one type."""
        if _is_boolean(one.type) and name in ("add", "mul"):
            return self.emit((arith.OrIOp if name == "add" else arith.AndIOp)(one, other))
        return super().binary(name, one, other)


def body_block(
    computation: Computation, types: Sequence[Attribute], *, converts: bool, unsigned: bool
) -> Block:
    """Return the body that computes an element.

    Args:
        computation: What is computed.
        types: The element types of the operands, the output's last.
        converts: Whether the operands are first converted to the output's type.
        unsigned: Whether integers are then converted without a sign.
    """
    block, scalars = Block(arg_types=types), LinalgScalars()
    args: list[SSAValue] = list(block.args)
    old = args.pop()
    if converts:
        for number in sorted(letters_in(computation.formula)):
            args[number] = scalars.converted(args[number], old.type, unsigned=unsigned)
    value = scalars.formula(computation.formula, args)
    if computation.combine is not None:
        value = scalars.binary(computation.combine, old, value)
    block.add_ops([*scalars.ops, YieldOp(value)])
    return block


def verify_types(
    computation: Computation, types: Sequence[Attribute], names: Sequence[str], *, converts: bool
) -> None:
    """Check that the body can be built; `names` are those of the operands in messages."""
    for type_, name in zip(types, names, strict=True):
        verify_scalar(type_, name)
    used, to = sorted(letters_in(computation.formula)), types[-1]
    functions = functions_in(computation.formula) | {computation.combine or "="} - {"="}
    if "select" in functions:
        if not _is_boolean(types[0]):
            raise VerifyException(f"{names[0]} is of {types[0]}, but a condition is of i1")
        used.remove(0)
    for number in used:
        _verify_conversion(types[number], to, names[number], converts)
    _verify_functions(functions, to, names[-1], alone=not converts and len(types) == 2)


def _verify_conversion(of: Attribute, to: Attribute, name: str, converts: bool) -> None:
    """Check that an operand is of the output's type, or can be converted to it."""
    if of == to:
        return
    if not converts:
        raise VerifyException(f"{name} is of {of}, but the output of {to}; convert it before")
    both_float = isinstance(of, AnyFloat) and isinstance(to, AnyFloat)
    if both_float and bits_of(of) == bits_of(to):
        raise VerifyException(f"{name} is of {of}, which cannot be converted to {to}")


def _verify_functions(functions: set[str], to: Attribute, name: str, *, alone: bool) -> None:
    """Check that functions are ones of the output's type; those of one operand are on floats."""
    if isinstance(to, AnyFloat):
        if wrong := functions & ONLY_ON_INTEGERS:
            raise VerifyException(
                f"'{min(wrong)}' is a function of integers, but {name} is of {to}"
            )
    elif wrong := functions - ON_INTEGERS - {"select"}:
        raise VerifyException(f"'{min(wrong)}' is a function of floats, but {name} is of {to}")
    elif alone:
        raise VerifyException(f"{name} is of {to}; only floats are supported")
    elif _is_boolean(to) and (wrong := functions & _NOT_ON_BOOLEANS):
        raise VerifyException(f"'{min(wrong)}' is not a function of {to}, of which {name} is")


def _is_boolean(type_: Attribute) -> bool:
    return is_integer(type_) and bits_of(type_) == 1
