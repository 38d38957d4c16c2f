"""Element types as NumPy has them.

Signless integers are held as signed ones, `i1` as a Boolean. `bf16` and the 8-bit floats need the
package `ml_dtypes`.
"""

from typing import Any, cast

import numpy as np
from xdsl.dialects.builtin import (
    Float16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    Signedness,
)
from xdsl.ir import Attribute

from .errors import UserError

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
