"""Whether results take the registers in which a compiler would keep what it reads again."""

from __future__ import annotations

from collections import Counter
from math import prod

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation

from ..dialects.isa import TargetOp
from ..passes.window import base_of
from .c_storage import Registers

READ_AGAIN = """\
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-predictive-commoning")  /* registers are for results */
#endif
"""
"""What has gcc read again what it has read an iteration before.

Windows overlap, so that it would keep much of a row in registers. With few results that pays
(measured: depthwise convolutions are up to 1.2 times as fast); where they take most registers they
would be pushed out (7x7 windows on three channels are 1.2 times as slow).
"""


def fills_registers(function: func.FuncOp, target: TargetOp) -> bool:
    """Whether a loop goes on with what fills more than half of the registers of a file."""
    return any(
        count > (target.memories[memory].count or 0) // 2
        for loop in function.walk()
        if isinstance(loop, scf.ForOp)
        for memory, count in _held(loop, target).items()
    )


def _held(loop: scf.ForOp, target: TargetOp) -> Counter[str]:
    """Per register file, how many registers a loop uses that are there before it."""
    values = [value for op in loop.walk() for value in op.operands]
    bases = {base_of(value) for value in values if isinstance(value.type, MemRefType)}
    found: Counter[str] = Counter()
    for base in bases:
        owner = base.owner
        is_inside = isinstance(owner, Operation) and loop.is_ancestor(owner)
        registers = None if is_inside else Registers.of(base, target)
        if registers is not None:
            found[registers.memory.symbol] += prod(registers.extents)
    return found
