"""Numbers of registers that C forms name by number, because a C compiler has no variables of them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from xdsl.dialects import func, memref
from xdsl.ir import Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import MemoryOp, TargetOp
from ..dialects.shapes import counted
from ..passes.engines.engine_programs import memory_of
from ..passes.engines.lifetimes import Life, lifetimes, moments_of
from ..passes.window import base_of
from .c_storage import Registers


def register_numbers(
    function: func.FuncOp, target: TargetOp | None
) -> Mapping[SSAValue, tuple[int, ...]]:
    """The numbers of the registers that every buffer consists of, in row-major order.

    A register is free again after the last use of its buffer, and the lowest that are free are
    taken. Buffers of registers that are variables in C have no numbers.

    Raises:
        UserError: More registers are in use at once than there are: nothing could be kept elsewhere.
    """
    if target is None or not any(memory.c_numbered for memory in target.memories.values()):
        return {}
    found: dict[SSAValue, tuple[int, ...]] = {}
    busy: dict[MemoryOp, dict[int, Life]] = {}
    lives = lifetimes(moments_of(function))
    for buffer, life in sorted(lives.items(), key=lambda entry: entry[1]):
        registers = Registers.of(buffer, target)
        if registers is not None and registers.memory.c_numbered is not None:
            taken = busy.setdefault(registers.memory, {})
            found[buffer] = _take(buffer, registers, taken, life)
    return found


def memories_in(
    op: Operation, numbers: Mapping[SSAValue, object], target: TargetOp | None
) -> list[MemoryOp]:
    """The register files of the numbered buffers that an operation uses inside."""
    if target is None or not numbers:
        return []
    used = {base_of(value) for inner in op.walk() for value in inner.operands}
    found = [memory_of(buffer, target) for buffer in numbers if buffer in used]
    return [memory for memory in dict.fromkeys(found) if memory is not None]


def _take(
    buffer: SSAValue, registers: Registers, busy: dict[int, Life], life: Life
) -> tuple[int, ...]:
    """The lowest registers that are free when a buffer is first used; `busy` are the others."""
    available = range(registers.memory.count or 0)
    free = [n for n in available if n not in busy or busy[n][1] < life[0]]
    needed = prod(registers.extents)
    if needed > len(free):
        assert isinstance(buffer.owner, memref.AllocOp)
        raise UserError(
            f"{counted(needed, 'register')} of @{registers.memory.symbol} needed, "
            f"{len(free)} of {len(available)} are free",
            buffer.owner,
            "choose a smaller tile",
        )
    busy.update(dict.fromkeys(free[:needed], life))
    return tuple(free[:needed])
