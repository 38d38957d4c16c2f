"""Numbers of element types as the interpreter holds them: constants, and poison for what nobody wrote."""

from typing import Any, TypeAlias, cast

import numpy as np
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.ir import Attribute

from ..dialects.dtypes import dtype_of, is_float
from ..dialects.errors import UserError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""A NumPy array of any shape and element type."""


def poison(shape: tuple[int, ...], element: Attribute) -> Array:
    """Return a new array as memory that nobody wrote: NaN, or the byte 0xA5 repeated."""
    dtype = dtype_of(element)
    if dtype == np.bool_:
        return np.ones(shape, dtype)
    if is_float(element):
        return np.full(shape, np.nan, dtype)
    return np.full(shape, np.frombuffer(b"\xa5" * dtype.itemsize, dtype)[0], dtype)


def scalar(value: Any, element: Attribute) -> Any:
    """Return one number as the interpreter holds it: indices are Python's, all else NumPy's."""
    if isinstance(element, IndexType):
        return int(value)
    dtype = dtype_of(element)
    if dtype.kind in "iu":
        return np.array(int(value) & (2**64 - 1), np.uint64).astype(dtype)[()]
    return np.array(value).astype(dtype)[()]


def constant(attribute: Attribute) -> Any:
    """Return the scalar or the (read-only) array that a constant's attribute stands for.

    Raises:
        UserError: The attribute is not a number or a dense array of numbers.
    """
    if isinstance(attribute, IntegerAttr):
        integer = cast("IntegerAttr[IntegerType | IndexType]", attribute)
        return scalar(integer.value.data, integer.type)
    if isinstance(attribute, FloatAttr):
        number = cast("FloatAttr[Any]", attribute)
        return scalar(number.value.data, number.type)
    if isinstance(attribute, DenseIntOrFPElementsAttr):
        return _dense(cast("DenseIntOrFPElementsAttr[Any]", attribute))
    raise UserError(f"constants such as {attribute} are not supported")


def _dense(attribute: "DenseIntOrFPElementsAttr[Any]") -> Array:
    """Return the array of a dense attribute, through its bytes where their layout is NumPy's."""
    element, shape = attribute.get_element_type(), attribute.get_shape()
    dtype = dtype_of(element)
    count = int(np.prod(shape, dtype=np.int64))
    data = attribute.data.data
    if dtype != np.bool_ and len(data) in (dtype.itemsize, count * dtype.itemsize):
        values = np.frombuffer(data, dtype)
    else:
        values = np.array([scalar(value, element) for value in attribute.get_values()], dtype)
    return np.broadcast_to(values if values.size == count else values[:1], (count,)).reshape(shape)
