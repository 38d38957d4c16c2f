"""Programs for engines: the functions of a module that machines with instruction queues execute."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects.errors import UserError
from ...dialects.isa import (
    Cycles,
    InstructionOp,
    InvokeOp,
    IssueOp,
    MemoryKind,
    MemoryOp,
    SetOp,
    TargetOp,
    ViewOp,
)
from ...dialects.isa.statement import memory_name
from ...dialects.machines import target_of
from ...dialects.shapes import element_bytes, shape_of
from ..linear_form import constant_range
from ..window import Window

ADDRESS = "isa.address"
"""The attribute of an allocation that says where the buffer begins, in the memory's address units."""

RESHAPES = (memref.CollapseShapeOp, memref.ExpandShapeOp)
"""What gives the elements of a buffer, which stay where they are, other dimensions."""

PURE = (ViewOp, arith.ConstantOp, memref.GetGlobalOp, *RESHAPES)
"""What may stand between the instructions of a program and does nothing by itself."""


def engine_functions(module: ModuleOp) -> Iterator[tuple[func.FuncOp, TargetOp]]:
    """The functions that invoke instructions of a machine with engines, and that machine."""
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and function.body.blocks:
            target = machine_of(function)
            if target is not None and target.engines:
                yield function, target


def machine_of(function: func.FuncOp) -> TargetOp | None:
    """The machine whose instructions a function invokes; None if it invokes none."""
    for op in function.walk():
        if isinstance(op, InvokeOp):
            return target_of(op, op.instruction)
    return None


def instruction_of(op: InvokeOp, target: TargetOp) -> InstructionOp:
    """The instruction of a machine that is invoked."""
    symbol = op.instruction
    found = _instruction(target, symbol.root_reference.data, symbol.nested_references.data[-1].data)
    if found is None:
        raise UserError(f"{symbol} is no instruction of @{target.symbol}", op)
    return found


@lru_cache(maxsize=1024)
def _instruction(target: TargetOp, machine: str, name: str) -> InstructionOp | None:
    """An instruction by the names of its machine and its own: every invocation asks for it."""
    found = target.lookup(name) if machine == target.symbol else None
    return found if isinstance(found, InstructionOp) else None


def extents_of(op: InvokeOp, instruction: InstructionOp) -> tuple[int, ...]:
    """How much of each axis of an instruction's statement an invocation does."""
    loops = len(op.counts)
    return _extents(instruction, tuple([shape_of(value)[loops:] for value in op.arguments]))


@lru_cache(maxsize=8192)
def _extents(instruction: InstructionOp, shapes: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """How much of each axis is done where the operands have these shapes."""
    done = dict(zip(instruction.axes, instruction.extents, strict=True))
    most = instruction.most
    for axes, shape in zip(instruction.operand_axes, shapes, strict=True):
        if most and len(shape) == len(axes):
            sizes = zip(axes, shape, strict=True)
            done.update({a: size for a, size in sizes if a is not None and a in most})
    return tuple(done.values())


@lru_cache(maxsize=8192)
def cycles_of(instruction: InstructionOp, extents: tuple[int, ...], kept: int = 0) -> Cycles:
    """What an instruction takes where so much of the axes is done and so many operands are kept."""
    return instruction.cycles(dict(zip(instruction.axes, extents, strict=True)), kept)


def engine_of(op: InvokeOp | SetOp | IssueOp, target: TargetOp) -> str:
    """The engine that executes an operation; the first of the unit's where it does not say."""
    if op.engine is not None:
        return op.engine
    assert isinstance(op, InvokeOp)
    return target.engines_of[instruction_of(op, target).unit_name][0]


def memory_of(value: SSAValue, target: TargetOp) -> MemoryOp | None:
    """The memory that a buffer is in; without a memory space, that of arguments."""
    name = memory_name(value.type)
    return target.host_memory if name is None else target.memories.get(name)


def is_explicit(value: SSAValue, target: TargetOp) -> bool:
    """Whether a buffer needs an address: it lies in a memory that the program divides up itself."""
    memory = memory_of(value, target)
    return memory is not None and memory.kind is MemoryKind.SCRATCHPAD


def rows_of(value: SSAValue, target: TargetOp) -> int:
    """How many rows of its memory a buffer takes, counting those in between that it leaves free."""
    type_, memory = value.type, memory_of(value, target)
    assert isinstance(type_, MemRefType)
    assert memory is not None
    strides = Window.of(value).base_strides
    reach = sum(s * (size - 1) for s, size in zip(strides, type_.get_shape(), strict=True))
    return -(-(reach + 1) * element_bytes(value.type) // memory.row)


def window_of(value: SSAValue) -> Window:
    """The window that a value is on a buffer, through all views in between."""
    window = Window.of(value)
    while isinstance(window.base.owner, ViewOp | memref.SubviewOp):
        window = window.within(Window.of(window.base))
    return window


def bounds_of(loop: scf.ForOp) -> tuple[int, int, int] | None:
    """First value, number of iterations and step of a loop; None if they are not constants."""
    values = constant_range(loop)
    return None if values is None or loop.iter_args else (values.start, len(values), values.step)


def is_pure(op: Operation) -> bool:
    """Whether an operation does nothing by itself."""
    return isinstance(op, PURE)
