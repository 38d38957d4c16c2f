"""Element types as NumPy sees them: data types, poison for what nobody wrote, and constants.

Signless integers are held as signed ones, `i1` as a Boolean. `bf16` and the 8-bit floats need the
package `ml_dtypes`.
"""

from typing import Any, TypeAlias, cast

import numpy as np
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
)
from xdsl.ir import Attribute

from ..dialects.errors import UserError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""A NumPy array of any shape and element type."""

_FLOATS: dict[type[Attribute], str] = {
    Float16Type: "float16",
    Float32Type: "float32",
    Float64Type: "float64",
}
_NARROW_FLOATS = {
    "bf16": "bfloat16",
    "f8E5M2": "float8_e5m2",
    "f8E4M3FN": "float8_e4m3fn",
    "f8E4M3": "float8_e4m3",
    "f8E3M4": "float8_e3m4",
}
"""MLIR's names of the floats that NumPy lacks, and those of `ml_dtypes`."""


def dtype_of(element: Attribute) -> np.dtype[Any]:
    """Return the NumPy data type that holds values of an element type.

    Raises:
        UserError: There is none, or it needs a package that is not installed.
    """
    if (name := _FLOATS.get(type(element))) is not None:
        return np.dtype(name)
    if isinstance(element, IndexType):
        return np.dtype("int64")
    if isinstance(element, IntegerType):
        return _integer_dtype(cast("IntegerType[int]", element))
    if (name := _NARROW_FLOATS.get(str(element))) is not None:
        return _narrow_dtype(name, element)
    raise UserError(f"arrays of {element} are not supported")


def _integer_dtype(element: "IntegerType[int]") -> np.dtype[Any]:
    """Return the data type of an integer of one of the widths that NumPy has."""
    width = element.width.data
    if width == 1:
        return np.dtype("bool")
    if width not in (8, 16, 32, 64):
        raise UserError(
            f"arrays of {element} are not supported: integers have 1, 8, 16, 32 or 64 bits"
        )
    unsigned = element.signedness.data == Signedness.UNSIGNED
    return np.dtype(f"{'u' if unsigned else ''}int{width}")


def _narrow_dtype(name: str, element: Attribute) -> np.dtype[Any]:
    """Return a data type of the package `ml_dtypes`."""
    try:
        import ml_dtypes
    except ImportError:
        raise UserError(
            f"arrays of {element} need the Python package ml_dtypes",
            hint="pip install ml_dtypes",
        ) from None
    return np.dtype(getattr(ml_dtypes, name))


def is_float(element: Attribute) -> bool:
    """Say whether an element type is a floating-point type."""
    return type(element) in _FLOATS or str(element) in _NARROW_FLOATS


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
