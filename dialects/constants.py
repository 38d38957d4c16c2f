"""Constants of a number, as operations."""

from __future__ import annotations

from functools import lru_cache

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute


def number_constant(value: float | int, element: Attribute) -> arith.ConstantOp:
    """A number of a float or integer type."""
    if isinstance(element, IntegerType):
        return arith.ConstantOp(IntegerAttr(int(value), element))
    assert isinstance(element, AnyFloat)
    return arith.ConstantOp(FloatAttr(float(value), element))


def index_constant(value: int) -> arith.ConstantOp:
    """A number of type index."""
    return arith.ConstantOp(_index_attribute(value))


@lru_cache(maxsize=1024)
def _index_attribute(value: int) -> IntegerAttr[IndexType]:
    return IntegerAttr(value, IndexType())
