"""What makes views, moves and prefetches right; each rule has an error of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType
from xdsl.ir import Attribute
from xdsl.ir.affine import AffineMap

from ..remembered import remembered
from . import windows
from .rules import fail, memref_type, space

if TYPE_CHECKING:
    from .program import MoveOp, PrefetchOp, ViewOp


def check_view(op: ViewOp) -> None:
    """Raise `VerifyException` where the view breaks a rule."""
    guard = None if op.guard_map is None else op.guard_map.data
    bounds = None if op.guard_bounds is None else tuple(op.guard_bounds.get_values())
    base, result = memref_type(op.base), memref_type(op.result)
    _check_view(base, result, op.map.data, len(op.indices), guard, bounds)


def check_prefetch(op: PrefetchOp) -> None:
    """Raise `VerifyException` where the hint breaks a rule."""
    map = op.map.data
    if map.num_dims or len(map.results) != 1:
        fail("the map has no dimensions and one result, the distance in elements")
    if map.num_symbols != len(op.indices):
        fail(f"the map has {map.num_symbols} symbols, but {len(op.indices)} indices are given")
    if op.level.value.data not in (1, 2, 3):
        fail(f"there are cache levels 1 to 3, not {op.level.value.data}")


@remembered()
@lru_cache(maxsize=8192)
def _check_view(
    base: MemRefType[Attribute],
    result: MemRefType[Attribute],
    map: AffineMap,
    indices: int,
    guard: AffineMap | None,
    bounds: tuple[int, ...] | None,
) -> None:
    """Check what a view says of itself, once for all views that say the same."""
    if map.num_dims != result.get_num_dims():
        fail(f"the map has {map.num_dims} dimensions, the result {result.get_num_dims()}")
    if map.num_symbols != indices:
        fail(f"the map has {map.num_symbols} symbols, but {indices} indices are given")
    if len(map.results) != base.get_num_dims():
        fail(f"the map has {len(map.results)} results, the base {base.get_num_dims()} dimensions")
    if DYNAMIC_INDEX in result.get_shape():
        fail(f"the result must have static extents, got {result}")
    _check_guard(map, guard, bounds)
    if result.element_type != base.element_type:
        fail(f"a view of {base.element_type} cannot have elements of {result.element_type}")
    if result.memory_space != base.memory_space:
        fail(
            f"the base is in {space(base)}, so the result cannot be in {space(result)}; "
            "use 'isa.move' between memories"
        )
    _check_window(base, result, map)
    if guard is None:
        _check_reach(base, result, map)


def _check_guard(map: AffineMap, guard: AffineMap | None, bounds: tuple[int, ...] | None) -> None:
    """Check that the guard has bounds and the map's dimensions and symbols."""
    if guard is None and bounds is None:
        return
    if guard is None or bounds is None:
        fail("'guard_map' and 'guard_bounds' are given together or not at all")
    if (guard.num_dims, guard.num_symbols) != (map.num_dims, map.num_symbols):
        fail(
            f"the guard has {guard.num_dims} dimensions and {guard.num_symbols} symbols, "
            f"the map {map.num_dims} and {map.num_symbols}"
        )
    if len(bounds) != len(guard.results):
        fail(f"the guard has {len(guard.results)} results, but {len(bounds)} bounds are given")
    if any(bound < 1 for bound in bounds):
        fail(f"guard bounds must be positive, got {list(bounds)}")


def _check_window(
    base: MemRefType[Attribute], result: MemRefType[Attribute], map: AffineMap
) -> None:
    """Check the result's strides and offset; `?` is right for any of them."""
    strides = windows.strides_of(result)
    if strides is None:
        fail(f"the result's layout must be 'strided<[...]>' or absent, got {result.layout}")
    computed = windows.window_strides(windows.strides_of(base), map)

    def refuse(what: str) -> NoReturn:
        fail(f"{what}: {windows.window_type(base, map, result.get_shape())}")

    for dim, (given, stride) in enumerate(zip(strides, computed, strict=True)):
        if given is not None and given != stride:
            refuse(f"the stride of dimension {dim} is {_shown(stride)}, not {given}")
    offset, given = windows.window_offset(base, map), result.get_offset()
    if given is not None and given != offset:
        refuse(f"the offset of the result is {_shown(offset)}, not {given}")


def _check_reach(
    base: MemRefType[Attribute], result: MemRefType[Attribute], map: AffineMap
) -> None:
    """Check that the window fits into the base wherever the indices put it."""
    for dim, (size, expr) in enumerate(zip(base.get_shape(), map.results, strict=True)):
        factors = windows.coefficients(expr, map.num_dims)
        if factors is None or size == DYNAMIC_INDEX:
            continue
        steps = [
            factor * (extent - 1)
            for factor, extent in zip(factors, result.get_shape(), strict=True)
        ]
        span = sum(abs(step) for step in steps)
        if span >= size:
            fail(f"the window spans {span + 1} of the {size} elements of dimension {dim}")
        if map.num_symbols:
            continue
        first = expr.eval([0] * map.num_dims, []) + sum(step for step in steps if step < 0)
        if first < 0 or first + span >= size:
            fail(f"the window uses {first} to {first + span} of dimension {dim} of size {size}")


def check_move(op: MoveOp) -> None:
    """Raise `VerifyException` where the move breaks a rule."""
    source, destination = memref_type(op.source), memref_type(op.destination)
    if source.get_shape() != destination.get_shape():
        fail(f"a move needs equal shapes, got {source} to {destination}")
    if source.element_type != destination.element_type:
        fail(f"a move from {source.element_type} to {destination.element_type} would convert")


def _shown(number: int | None) -> str:
    """A stride or offset as a message shows it."""
    return "?" if number is None else str(number)
