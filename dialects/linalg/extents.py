"""What verifiers of linalg's operations ask of the shapes of operands."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, ShapedType
from xdsl.ir import SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)
from xdsl.utils.exceptions import VerifyException

from ..shapes import counted


def verify_extents(
    values: Sequence[SSAValue],
    names: Sequence[str],
    maps: Sequence[AffineMap],
    axes: Sequence[str],
) -> None:
    """Check that every loop has one extent, and that accesses stay inside their operands.

    Args:
        values: The operands; scalars have no dimensions.
        names: What to call them in messages.
        maps: Their accesses.
        axes: The names of the loops.
    """
    known: dict[int, tuple[int, str]] = {}
    for value, name, map_ in zip(values, names, maps, strict=True):
        for expression, size in zip(map_.results, _shape(value, name, map_, axes), strict=True):
            if not isinstance(expression, AffineDimExpr) or size == DYNAMIC_INDEX:
                continue
            first, where = known.setdefault(expression.position, (size, name))
            if size != first:
                axis = axes[expression.position]
                raise VerifyException(
                    f"extents of axis '{axis}' differ: {first} in {where}, {size} in {name}"
                )
    extents = [known.get(axis, (DYNAMIC_INDEX, ""))[0] for axis in range(len(axes))]
    for value, name, map_ in zip(values, names, maps, strict=True):
        _verify_inside(_shape(value, name, map_, axes), name, map_, extents)


def _shape(value: SSAValue, name: str, map_: AffineMap, axes: Sequence[str]) -> tuple[int, ...]:
    """Return the shape of an operand, which must have as many dimensions as its access."""
    shape = value.type.get_shape() if isinstance(value.type, ShapedType) else ()
    if shape and not map_.results:
        raise VerifyException(f"{name} is of {value.type}, but must be a scalar")
    if len(shape) != len(map_.results):
        wanted = ", ".join(shown(expression, axes) for expression in map_.results)
        raise VerifyException(
            f"{name} has rank {len(shape)}, but [{wanted}] has "
            f"{counted(len(map_.results), 'dimension')}"
        )
    return shape


def _verify_inside(
    shape: Sequence[int], name: str, map_: AffineMap, extents: Sequence[int]
) -> None:
    """Check that sums of loops do not leave an operand."""
    for dim, (expression, size) in enumerate(zip(map_.results, shape, strict=True)):
        used = [extents[axis] for axis in expression.used_dims()]
        if isinstance(expression, AffineDimExpr) or min([*used, size, 0]) < 0 or 0 in used:
            continue
        reads = expression.eval([extent - 1 for extent in extents], []) + 1
        if reads > size:
            raise VerifyException(
                f"{reads} elements of dimension {dim} of {name} are read, which has {size}"
            )


def shown(expression: AffineExpr, axes: Sequence[str]) -> str:
    """Return an access as a message shows it: `p * 2 + r`."""
    match expression:
        case AffineDimExpr():
            return axes[expression.position]
        case AffineConstantExpr():
            return str(expression.value)
        case AffineBinaryOpExpr(kind=kind, lhs=lhs, rhs=rhs):
            sign = "+" if kind == AffineBinaryOpKind.Add else "*"
            return f"{shown(lhs, axes)} {sign} {shown(rhs, axes)}"
        case _:
            return str(expression)


def verify_projections(maps: Sequence[AffineMap], operands: int, loops: int | None = None) -> None:
    """Check accesses that a user gives: one per operand, each dimension along a loop of its own.

    Args:
        maps: The accesses.
        operands: How many operands there are.
        loops: How many loops there must be; None for any number.
    """
    if len(maps) != operands:
        raise VerifyException(
            f"'indexing_maps' has {counted(len(maps), 'map')} for {counted(operands, 'operand')}"
        )
    loops = maps[-1].num_dims if loops is None else loops
    for map_ in maps:
        if map_.num_dims != loops or map_.num_symbols:
            raise VerifyException(f"{map_} must be a map from {counted(loops, 'loop')}")
        axes = [e.position for e in map_.results if isinstance(e, AffineDimExpr)]
        if len(axes) < len(map_.results) or len(set(axes)) < len(axes):
            raise VerifyException(f"{map_} must take every dimension along a loop of its own")
    used = {axis for map_ in maps for axis in map_.used_dims()}
    if missing := set(range(loops)) - used:
        raise VerifyException(f"no operand moves along loop d{min(missing)}")
