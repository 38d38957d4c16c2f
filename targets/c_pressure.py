"""Whether results take the registers in which a compiler would keep what it reads again."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import prod

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation, SSAValue

from ..dialects.isa import InvokeOp, TargetOp
from ..passes.linear_form import constant_range
from ..passes.window import Window, base_of
from .c_storage import Registers

READ_AGAIN = """\
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-predictive-commoning")  /* registers are for results */
#endif
"""
"""What has gcc read again what it has read a few iterations before.

Windows overlap, so that it would keep much of a row in registers. With few results that pays
(measured: depthwise convolutions are up to 1.2 times as fast); where they take most registers they
would be pushed out (7x7 windows on three channels are 1.2 times as slow).
"""

FAR = 8
"""For how many iterations gcc keeps a value at most."""


def presses_results(function: func.FuncOp, target: TargetOp) -> bool:
    """Whether results fill most registers in a loop that soon reads again what it has read."""
    loops = [op for op in function.walk() if isinstance(op, scf.ForOp)]
    return any(_reads_again(loop) and _is_full(loop, target) for loop in loops)


def _is_full(loop: scf.ForOp, target: TargetOp) -> bool:
    """Whether a loop goes on with what fills more than half of the registers of a file."""
    values = [value for op in loop.walk() for value in op.operands]
    bases = {base_of(value) for value in values if isinstance(value.type, MemRefType)}
    found: Counter[str] = Counter()
    for base in bases:
        owner = base.owner
        is_inside = isinstance(owner, Operation) and loop.is_ancestor(owner)
        registers = None if is_inside else Registers.of(base, target)
        if registers is not None:
            found[registers.memory.symbol] += prod(registers.extents)
    return any(count > (target.memories[name].count or 0) // 2 for name, count in found.items())


def _reads_again(loop: scf.ForOp) -> bool:
    """Whether instructions name elements of a buffer that they name again a few iterations later."""
    values, variable = constant_range(loop), loop.body.block.args[0]
    if not values:
        return False
    places: dict[tuple[SSAValue, frozenset[tuple[SSAValue, int]]], set[int]] = {}
    for op in loop.walk():
        for value in op.arguments if isinstance(op, InvokeOp) else ():
            window = Window.of(value)
            form = window.distance()
            places.setdefault((window.base, frozenset(form.terms)), set()).add(form.constant)
    for (_, terms), constants in places.items():
        step = abs(dict(terms).get(variable, 0)) * values.step
        most = step * min(FAR, len(values) - 1)
        for one, other in combinations(sorted(constants), 2):
            if step and other - one <= most and (other - one) % step == 0:
                return True
    return False
