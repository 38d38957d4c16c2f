"""Execution of programs on NumPy arrays: the proof that a rewrite is right.

Nothing of the lowering is used. Every statement is evaluated at all points of its domain at once
and combined element by element.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from ...dialects.dtypes import dtype_of
from ..evaluate import Array, evaluate
from ..evaluate import combine as apply_operator
from ..statement import ASSIGN, Access
from .program import Compute, Program

_UFUNCS: dict[str, np.ufunc] = {
    **{"arith.addf": np.add, "arith.addi": np.add, "arith.mulf": np.multiply},
    **{"arith.muli": np.multiply, "arith.maxsi": np.maximum, "arith.minsi": np.minimum},
    **{"arith.maximumf": np.maximum, "arith.minimumf": np.minimum},
}
"""The combining operators that NumPy applies at many places, one after the other."""


def run(program: Program, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Compute every value of a program without opaque steps from the values it is given."""
    values = dict(inputs)
    for step in program.steps:
        assert isinstance(step, Compute), "an opaque step cannot be executed"
        values[step.name] = _run(step, values)
    return values


def _run(step: Compute, values: Mapping[str, Array]) -> Array:
    """The value of one step."""
    statement, access = step.statement, step.statement.output
    kind = dtype_of(access.element)
    if isinstance(step.start, str):
        result = values[step.start].copy()
    else:
        result = np.full(access.shape, 0 if step.start is None else step.start.value, kind)
    extents = [axis.extent for axis in statement.axes]
    points = np.indices(extents).reshape(len(extents), prod(extents))
    operands = [_read(values[have.name], have, points) for have in statement.inputs]
    new = np.broadcast_to(evaluate(statement.body, operands), points.shape[1:])
    place, exists = _places(access, points)
    flat = result.reshape(-1)
    if statement.combine == ASSIGN:
        flat[place[exists]] = new[exists]
    elif statement.combine in _UFUNCS:  # one after the other, in the order of the points
        _UFUNCS[statement.combine].at(flat, place[exists], new[exists])
    else:
        for where, value in zip(place[exists], new[exists], strict=True):
            flat[where] = apply_operator(statement.combine, flat[where], value).astype(kind)
    return result


def _read(array: Array, access: Access, points: Array) -> Array:
    """The elements at all points; zero where a guarded operand has none."""
    place, exists = _places(access, points)
    return np.where(
        exists, array.reshape(-1)[np.where(exists, place, 0)], np.zeros((), array.dtype)
    )


def _places(access: Access, points: Array) -> tuple[Array, Array]:
    """Per point the position in row-major storage, and whether it lies inside."""
    place = np.zeros(points.shape[1:], dtype=np.int64)
    exists = np.ones(points.shape[1:], dtype=np.bool_)
    for row, first, size in zip(access.matrix, access.offset, access.shape, strict=True):
        index = first + sum((c * points[i] for i, c in enumerate(row) if c), np.zeros_like(place))
        place = place * size + index
        exists &= (index >= 0) & (index < size)
    return place, exists
