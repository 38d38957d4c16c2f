"""What makes the operations of a mapped program right; each rule has an error of its own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, NoReturn

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.utils.exceptions import VerifyException

from ..errors import UserError, did_you_mean
from ..remembered import remembered
from . import windows
from .statement import memory_name

if TYPE_CHECKING:
    from .instruction import InstructionOp
    from .issue import IssueOp, SetOp
    from .program import InvokeOp, MoveOp, PrefetchOp, ViewOp
    from .target import TargetOp


def check_view(op: ViewOp) -> None:
    """Raise `VerifyException` where the view breaks a rule."""
    guard = None if op.guard_map is None else op.guard_map.data
    bounds = None if op.guard_bounds is None else tuple(op.guard_bounds.get_values())
    base, result = _memref(op.base), _memref(op.result)
    _check_view(base, result, op.map.data, len(op.indices), guard, bounds)


def check_prefetch(op: PrefetchOp) -> None:
    """Raise `VerifyException` where the hint breaks a rule."""
    map = op.map.data
    if map.num_dims or len(map.results) != 1:
        _fail("the map has no dimensions and one result, the distance in elements")
    if map.num_symbols != len(op.indices):
        _fail(f"the map has {map.num_symbols} symbols, but {len(op.indices)} indices are given")
    if op.level.value.data not in (1, 2, 3):
        _fail(f"there are cache levels 1 to 3, not {op.level.value.data}")


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
        _fail(f"the map has {map.num_dims} dimensions, the result {result.get_num_dims()}")
    if map.num_symbols != indices:
        _fail(f"the map has {map.num_symbols} symbols, but {indices} indices are given")
    if len(map.results) != base.get_num_dims():
        _fail(f"the map has {len(map.results)} results, the base {base.get_num_dims()} dimensions")
    if DYNAMIC_INDEX in result.get_shape():
        _fail(f"the result must have static extents, got {result}")
    _check_guard(map, guard, bounds)
    if result.element_type != base.element_type:
        _fail(f"a view of {base.element_type} cannot have elements of {result.element_type}")
    if result.memory_space != base.memory_space:
        _fail(
            f"the base is in {_space(base)}, so the result cannot be in {_space(result)}; "
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
        _fail("'guard_map' and 'guard_bounds' are given together or not at all")
    if (guard.num_dims, guard.num_symbols) != (map.num_dims, map.num_symbols):
        _fail(
            f"the guard has {guard.num_dims} dimensions and {guard.num_symbols} symbols, "
            f"the map {map.num_dims} and {map.num_symbols}"
        )
    if len(bounds) != len(guard.results):
        _fail(f"the guard has {len(guard.results)} results, but {len(bounds)} bounds are given")
    if any(bound < 1 for bound in bounds):
        _fail(f"guard bounds must be positive, got {list(bounds)}")


def _check_window(
    base: MemRefType[Attribute], result: MemRefType[Attribute], map: AffineMap
) -> None:
    """Check the result's strides and offset; `?` is right for any of them."""
    strides = windows.strides_of(result)
    if strides is None:
        _fail(f"the result's layout must be 'strided<[...]>' or absent, got {result.layout}")
    computed = windows.window_strides(windows.strides_of(base), map)

    def fail(what: str) -> NoReturn:
        _fail(f"{what}: {windows.window_type(base, map, result.get_shape())}")

    for dim, (given, stride) in enumerate(zip(strides, computed, strict=True)):
        if given is not None and given != stride:
            fail(f"the stride of dimension {dim} is {_shown(stride)}, not {given}")
    offset, given = windows.window_offset(base, map), result.get_offset()
    if given is not None and given != offset:
        fail(f"the offset of the result is {_shown(offset)}, not {given}")


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
            _fail(f"the window spans {span + 1} of the {size} elements of dimension {dim}")
        if map.num_symbols:
            continue
        first = expr.eval([0] * map.num_dims, []) + sum(step for step in steps if step < 0)
        if first < 0 or first + span >= size:
            _fail(f"the window uses {first} to {first + span} of dimension {dim} of size {size}")


def check_move(op: MoveOp) -> None:
    """Raise `VerifyException` where the move breaks a rule."""
    source, destination = _memref(op.source), _memref(op.destination)
    if source.get_shape() != destination.get_shape():
        _fail(f"a move needs equal shapes, got {source} to {destination}")
    if source.element_type != destination.element_type:
        _fail(f"a move from {source.element_type} to {destination.element_type} would convert")


def check_invoke(op: InvokeOp) -> None:
    """Raise `VerifyException` where the invocation breaks a rule."""
    from ..machines import resolve
    from .instruction import InstructionOp
    from .program import ViewOp

    try:
        instruction = resolve(op, op.instruction)
    except UserError as error:
        _fail(error.message + (f"; {error.hint}" if error.hint else ""))
    if not isinstance(instruction, InstructionOp):
        _fail(f"{op.instruction} takes any expression and cannot be invoked; leave the statement")
    types: list[MemRefType[Attribute]] = []
    for number, argument in enumerate(op.operands):
        types.append(_memref(argument))
        view = argument.owner
        if isinstance(view, ViewOp) and not view.is_addressable:
            _check_elements(instruction, number, view)
    _check_arguments(instruction, op.counts, *types)
    _check_parameters(instruction, op.parameters_attr)
    if op.engine_attr is not None or op.waits_attr is not None or op.signals_attr is not None:
        _check_engines(op, _target(op, op.instruction), instruction.unit_name)
    for name in op.kept:
        if name not in instruction.operand_names:
            _unknown(f"operand '{name}' after 'keeping'", name, instruction.operand_names)


def _check_elements(instruction: InstructionOp, number: int, view: ViewOp) -> None:
    """Check an operand that is no plain window: only some may have elements that are absent."""
    name = dict(enumerate(instruction.operand_names)).get(number)
    what = f"operand %{name} of @{instruction.symbol}"
    if name is not None and not view.is_guarded:
        _fail(f"{what} gets a view that is not linear; only 'isa.move' can use it")
    if name is not None and name not in instruction.padded_operands:
        _fail(f"{what} gets a view that is guarded; only 'isa.move' can use it")


@remembered()
@lru_cache(maxsize=8192)
def _check_arguments(
    instruction: InstructionOp, counts: tuple[int, ...], *given: MemRefType[Attribute]
) -> None:
    """Check the types of the operands of an invocation against what the instruction declares."""
    names, types = instruction.operand_names, instruction.operand_memrefs
    if len(names) != len(given):
        shown = ", ".join(f"%{name}" for name in names)
        _fail(f"@{instruction.symbol} takes {len(names)} operands ({shown}), got {len(given)}")
    given = tuple(
        _within_loops(f"operand %{name} of @{instruction.symbol}", type, counts)
        for name, type in zip(names, given, strict=True)
    )
    shapes = instruction.operand_shapes
    for name, type, bounds, argument in zip(names, types, shapes, given, strict=True):
        what = f"operand %{name} of @{instruction.symbol}"
        _check_shape(what, type, bounds, argument)
        if argument.element_type != type.element_type:
            _fail(f"{what} has elements of {type.element_type}, got {argument.element_type}")
        _check_memory(instruction, what, type, argument)
    if instruction.most:
        _check_extents(instruction, given)
    wanted = instruction.operand_strides
    for name, type, strides, argument in zip(names, types, wanted, given, strict=True):
        row = isinstance(type.layout, NoneAttr)
        what = f"operand %{name} of @{instruction.symbol}"
        _check_layout(what, None if row else strides, argument)


def _within_loops(
    what: str, given: MemRefType[Attribute], counts: tuple[int, ...]
) -> MemRefType[Attribute]:
    """The type of an operand in one iteration of the hardware loops."""
    if not counts:
        return given
    shape = given.get_shape()
    if shape[: len(counts)] != counts:
        _fail(f"{what} must have the extents {list(counts)} of 'repeat' in front, got {given}")
    strides = windows.strides_of(given)
    if strides is None:
        _fail(f"{what} must have strides, got {given}")
    layout = StridedLayoutAttr(strides[len(counts) :], None)
    return MemRefType(given.element_type, shape[len(counts) :], layout, given.memory_space)


def _check_extents(instruction: InstructionOp, given: tuple[MemRefType[Attribute], ...]) -> None:
    """Check that all operands do as much of every axis."""
    done: dict[str, tuple[int, str]] = {}
    for name, axes, type in zip(
        instruction.operand_names, instruction.operand_axes, given, strict=True
    ):
        for axis, size in zip(axes, type.get_shape(), strict=True):
            if axis not in instruction.most:
                continue
            first, other = done.setdefault(axis, (size, name))
            if size != first:
                _fail(
                    f"@{instruction.symbol} does {first} of axis '{axis}' in operand %{other}, "
                    f"but {size} in operand %{name}"
                )


def check_set(op: SetOp) -> None:
    """Raise `VerifyException` where the setting of a configuration breaks a rule."""
    from .words import ConfigurationOp

    target = _target(op, op.configuration)
    part = _part(target, op.configuration)
    if not isinstance(part, ConfigurationOp):
        _fail(f"{op.configuration} is no configuration")
    _check_engines(op, target, part.unit_name)


def check_issue(op: IssueOp) -> None:
    """Raise `VerifyException` where an instruction that computes nothing breaks a rule."""
    from .words import ControlOp

    target = _target(op, op.control)
    part = _part(target, op.control)
    if not isinstance(part, ControlOp):
        _fail(f"{op.control} is no instruction that computes nothing")
    _check_engines(op, target, part.unit_name)


def _part(target: TargetOp, symbol: SymbolRefAttr) -> Operation:
    """The part of a machine that a symbol means."""
    names = [name.data for name in symbol.nested_references.data]
    found = target.lookup(names[-1]) if len(names) == 1 else None
    if found is None:
        known = [*target.configurations, *target.controls]
        _unknown(f"part {symbol} of the machine", names[-1] if names else "", known)
    return found


def _target(op: InvokeOp | SetOp | IssueOp, symbol: SymbolRefAttr) -> TargetOp:
    """The machine that the root of a symbol means."""
    from ..machines import target_of

    try:
        return target_of(op, symbol)
    except UserError as error:
        _fail(error.message + (f"; {error.hint}" if error.hint else ""))


def _check_engines(op: InvokeOp | SetOp | IssueOp, target: TargetOp, unit: str) -> None:
    """Check that the engines are those of the machine, and that the right one executes it."""
    own = target.engines_of[unit]
    if op.engine is not None and op.engine not in own:
        _unknown(f"engine '{op.engine}' of unit @{unit}", op.engine, own)
    for other in (*op.waits, *op.signals):
        if other not in target.engines:
            _unknown(f"engine '{other}'", other, target.engines)


@remembered()
def _check_parameters(instruction: InstructionOp, values: DictionaryAttr | None) -> None:
    """Check that every parameter of the instruction has a value of its type."""
    expected, given = instruction.parameters, {} if values is None else values.data
    for name in expected:
        if name not in given:
            _fail(f"@{instruction.symbol} needs its parameter %{name}: 'with {{{name} = ..}}'")
    for name, value in given.items():
        if name not in expected:
            hint = did_you_mean(name, expected)
            _fail(
                f"@{instruction.symbol} has no parameter '{name}'" + (f"; {hint}" if hint else "")
            )
        if not isinstance(value, IntegerAttr | FloatAttr) or value.type != expected[name]:
            _fail(f"parameter '{name}' of @{instruction.symbol} is a {expected[name]}, got {value}")


def _check_shape(
    what: str,
    type: MemRefType[Attribute],
    bounds: tuple[int, ...],
    given: MemRefType[Attribute],
) -> None:
    """Check the shape of an operand; `?` takes what the statement bounds, or less.

    A row of contiguous elements may come in any shape.
    """
    is_row = type.get_num_dims() == 1 and isinstance(type.layout, NoneAttr)
    shape = (given.element_count(),) if is_row else given.get_shape()
    if type.get_num_dims() != len(shape):
        _fail(f"{what} is a {type}, got a {given}")
    for dim, (size, actual) in enumerate(zip(type.get_shape(), shape, strict=True)):
        if size == DYNAMIC_INDEX:
            bound = bounds[dim]
            if actual > bound:
                _fail(f"{what} has at most {bound} elements along dimension {dim}, got {actual}")
        elif size != actual:
            _fail(f"{what} is a {type}, got a {given}")


def _check_memory(
    instruction: InstructionOp,
    what: str,
    type: MemRefType[Attribute],
    given: MemRefType[Attribute],
) -> None:
    """Check the memory of an operand; no memory space stands for the target's cached memory."""
    from .target import TargetOp

    target = instruction.parent_op()
    expected, actual = memory_name(type), memory_name(given)
    if isinstance(given.memory_space, NoneAttr) and isinstance(target, TargetOp):
        host = target.host_memory
        actual = None if host is None else host.symbol
    if actual != expected:
        _fail(f"{what} lives in @{expected}, got one in {_space(given)}")


def _check_layout(
    what: str,
    demanded: windows.Strides | None,
    given: MemRefType[Attribute],
) -> None:
    """Check that the strides are those that the instruction takes; None for contiguous ones."""
    if demanded is None:
        if not windows.is_contiguous(given):
            _fail(f"{what} must be contiguous, got {given}")
        return
    strides = windows.strides_of(given)
    if strides is None:
        _fail(f"{what} must have strides, got {given}")
    sizes = given.get_shape()
    for size, want, have in zip_longest(sizes, demanded, strides):
        if want is not None and size != 1 and want != have:
            shown = ", ".join("?" if stride is None else str(stride) for stride in demanded)
            _fail(f"{what} takes the strides [{shown}], got {given}")


def _memref(value: SSAValue) -> MemRefType[Attribute]:
    """The type of a value that is constrained to be a memref."""
    memref = windows.memref_of(value.type)
    assert memref is not None
    return memref


def _space(memref: MemRefType[Attribute]) -> str:
    """The memory of a memref as a message calls it."""
    name = memory_name(memref)
    if name is not None:
        return f"@{name}"
    if isinstance(memref.memory_space, NoneAttr):
        return "host memory"
    return str(memref.memory_space)


def _shown(number: int | None) -> str:
    """A stride or offset as a message shows it."""
    return "?" if number is None else str(number)


def _unknown(what: str, name: str, known: Iterable[str]) -> NoReturn:
    """Raise the error for a name that is not known."""
    hint = did_you_mean(name, known)
    _fail(f"unknown {what}" + (f"; {hint}" if hint else ""))


def _fail(message: str) -> NoReturn:
    """Raise the error."""
    raise VerifyException(message)
