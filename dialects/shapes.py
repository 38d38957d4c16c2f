"""What verifiers ask of tensors and memrefs: extents, element types, and how to name them."""

from collections.abc import Sequence
from typing import TypeAlias

from typing_extensions import TypeIs
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    FixedBitwidthType,
    IntegerType,
    MemRefType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

Shaped: TypeAlias = TensorType[Attribute] | MemRefType[Attribute]


def is_tensor(type_: Attribute) -> TypeIs[TensorType[Attribute]]:
    """Say whether a type is a ranked tensor."""
    return isinstance(type_, TensorType)


def is_memref(type_: Attribute) -> TypeIs[MemRefType[Attribute]]:
    """Say whether a type is a ranked memref."""
    return isinstance(type_, MemRefType)


def is_integer(type_: Attribute) -> TypeIs[IntegerType[int, Signedness]]:
    """Say whether a type is an integer, of whatever width and signedness."""
    return isinstance(type_, IntegerType)


def bits_of(type_: Attribute) -> int:
    """Return the width of a float or integer type."""
    assert isinstance(type_, AnyFloat) or is_integer(type_)
    return type_.bitwidth


def element_type(type_: Attribute) -> Attribute:
    """Return the element type of a tensor or memref, another type itself."""
    return type_.get_element_type() if is_tensor(type_) or is_memref(type_) else type_


def element_bytes(type_: Attribute) -> int:
    """Return the bytes of an element of a tensor or memref, or of another type itself.

    Those without a width of their own, such as `index`, take 8.
    """
    element = element_type(type_)
    return element.size if isinstance(element, FixedBitwidthType) else 8


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Return the extents of a tensor or memref, `DYNAMIC_INDEX` for `?`."""
    return shaped_type(value).get_shape()


def element_type_of(value: SSAValue) -> Attribute:
    """Return the element type of a tensor or memref."""
    return shaped_type(value).get_element_type()


def differ(one: int, other: int) -> bool:
    """Say whether two extents are both known and not equal."""
    return DYNAMIC_INDEX not in (one, other) and one != other


def shaped_type(value: SSAValue) -> Shaped:
    """Return the type of a tensor or memref."""
    type_ = value.type
    assert is_tensor(type_) or is_memref(type_)
    return type_


def same_shape(one: Sequence[int], other: Sequence[int]) -> bool:
    """Say whether two shapes agree in rank and in all extents that are known."""
    return len(one) == len(other) and not any(map(differ, one, other))


def verify_number(type_: Attribute, name: str) -> None:
    """Check that an element type is one that kernels calculate with."""
    verify_scalar(type_, name)
    if bits_of(type_) == 1:
        raise VerifyException(f"{name} is of {type_}, which is a truth and no number; widen it")


def verify_scalar(type_: Attribute, name: str) -> None:
    """Check that an element type is a float or an integer."""
    if is_integer(type_) and type_.signedness.data != Signedness.SIGNLESS:
        raise VerifyException(f"{name} is of {type_}; write i{type_.width.data}")
    if not isinstance(type_, AnyFloat | IntegerType):
        raise VerifyException(f"{name} is of {type_}, which is neither a float nor an integer")


def verify_widens(of: Attribute, to: Attribute, name: str) -> None:
    """Check that a value of one element type can be widened to the other."""
    verify_number(of, name)
    if of == to:
        return
    same_kind = isinstance(of, AnyFloat) == isinstance(to, AnyFloat)
    if not same_kind or bits_of(of) >= bits_of(to):
        raise VerifyException(f"{name} is of {of}, which does not widen to {to}")


def named(value: SSAValue, otherwise: str) -> str:
    """Return how to call an operand in a message."""
    return f"%{value.name_hint}" if value.name_hint else otherwise


def shown(shape: Sequence[int]) -> str:
    """Return a shape as a message shows it."""
    return "[" + ", ".join("?" if size == DYNAMIC_INDEX else str(size) for size in shape) + "]"


def counted(number: int, noun: str) -> str:
    """Return "1 axis", "2 axes", "3 types"."""
    plural = "axes" if noun == "axis" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
