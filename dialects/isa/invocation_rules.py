"""What makes the invocation of an instruction right; each rule has an error of its own."""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
)
from xdsl.ir import Attribute

from ..errors import UserError, did_you_mean
from ..remembered import remembered
from . import windows
from .engine_rules import check_engines, machine_of
from .rules import fail, memref_type, space, unknown
from .statement import memory_name

if TYPE_CHECKING:
    from .instruction import InstructionOp
    from .program import InvokeOp, ViewOp


def check_invoke(op: InvokeOp) -> None:
    """Raise `VerifyException` where the invocation breaks a rule."""
    from ..machines import resolve
    from .instruction import InstructionOp
    from .program import ViewOp

    try:
        instruction = resolve(op, op.instruction)
    except UserError as error:
        fail(error.message + (f"; {error.hint}" if error.hint else ""))
    if not isinstance(instruction, InstructionOp):
        fail(f"{op.instruction} takes any expression and cannot be invoked; leave the statement")
    types: list[MemRefType[Attribute]] = []
    for number, argument in enumerate(op.operands):
        types.append(memref_type(argument))
        view = argument.owner
        if isinstance(view, ViewOp) and not view.is_addressable:
            _check_elements(instruction, number, view)
    _check_arguments(instruction, op.counts, *types)
    _check_parameters(instruction, op.parameters_attr)
    if op.engine_attr is not None or op.waits_attr is not None or op.signals_attr is not None:
        check_engines(op, machine_of(op, op.instruction), instruction.unit_name)
    for name in op.kept:
        if name not in instruction.operand_names:
            unknown(f"operand '{name}' after 'keeping'", name, instruction.operand_names)


def _check_elements(instruction: InstructionOp, number: int, view: ViewOp) -> None:
    """Check an operand that is no plain window: only some may have elements that are absent."""
    name = dict(enumerate(instruction.operand_names)).get(number)
    what = f"operand %{name} of @{instruction.symbol}"
    if name is not None and not view.is_guarded:
        fail(f"{what} gets a view that is not linear; only 'isa.move' can use it")
    if name is not None and name not in instruction.padded_operands:
        fail(f"{what} gets a view that is guarded; only 'isa.move' can use it")


@remembered()
@lru_cache(maxsize=8192)
def _check_arguments(
    instruction: InstructionOp, counts: tuple[int, ...], *given: MemRefType[Attribute]
) -> None:
    """Check the types of the operands of an invocation against what the instruction declares."""
    names, types = instruction.operand_names, instruction.operand_memrefs
    if len(names) != len(given):
        shown = ", ".join(f"%{name}" for name in names)
        fail(f"@{instruction.symbol} takes {len(names)} operands ({shown}), got {len(given)}")
    given = tuple(
        _within_loops(f"operand %{name} of @{instruction.symbol}", type, counts)
        for name, type in zip(names, given, strict=True)
    )
    shapes = instruction.operand_shapes
    for name, type, bounds, argument in zip(names, types, shapes, given, strict=True):
        what = f"operand %{name} of @{instruction.symbol}"
        _check_shape(what, type, bounds, argument)
        if argument.element_type != type.element_type:
            fail(f"{what} has elements of {type.element_type}, got {argument.element_type}")
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
        fail(f"{what} must have the extents {list(counts)} of 'repeat' in front, got {given}")
    strides = windows.strides_of(given)
    if strides is None:
        fail(f"{what} must have strides, got {given}")
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
                fail(
                    f"@{instruction.symbol} does {first} of axis '{axis}' in operand %{other}, "
                    f"but {size} in operand %{name}"
                )


@remembered()
def _check_parameters(instruction: InstructionOp, values: DictionaryAttr | None) -> None:
    """Check that every parameter of the instruction has a value of its type."""
    expected, given = instruction.parameters, {} if values is None else values.data
    for name in expected:
        if name not in given:
            fail(f"@{instruction.symbol} needs its parameter %{name}: 'with {{{name} = ..}}'")
    for name, value in given.items():
        if name not in expected:
            hint = did_you_mean(name, expected)
            fail(f"@{instruction.symbol} has no parameter '{name}'" + (f"; {hint}" if hint else ""))
        if not isinstance(value, IntegerAttr | FloatAttr) or value.type != expected[name]:
            fail(f"parameter '{name}' of @{instruction.symbol} is a {expected[name]}, got {value}")


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
        fail(f"{what} is a {type}, got a {given}")
    for dim, (size, actual) in enumerate(zip(type.get_shape(), shape, strict=True)):
        if size == DYNAMIC_INDEX:
            bound = bounds[dim]
            if actual > bound:
                fail(f"{what} has at most {bound} elements along dimension {dim}, got {actual}")
        elif size != actual:
            fail(f"{what} is a {type}, got a {given}")


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
        fail(f"{what} lives in @{expected}, got one in {space(given)}")


def _check_layout(
    what: str,
    demanded: windows.Strides | None,
    given: MemRefType[Attribute],
) -> None:
    """Check that the strides are those that the instruction takes; None for contiguous ones."""
    if demanded is None:
        if not windows.is_contiguous(given):
            fail(f"{what} must be contiguous, got {given}")
        return
    strides = windows.strides_of(given)
    if strides is None:
        fail(f"{what} must have strides, got {given}")
    sizes = given.get_shape()
    for size, want, have in zip_longest(sizes, demanded, strides):
        if want is not None and size != 1 and want != have:
            shown = ", ".join("?" if stride is None else str(stride) for stride in demanded)
            fail(f"{what} takes the strides [{shown}], got {given}")
