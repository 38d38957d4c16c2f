"""Whether results take the registers in which a compiler would keep what it reads again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from itertools import combinations
from math import prod

from xdsl.dialects import func, memref, scf
from xdsl.ir import Block, SSAValue

from ..dialects.isa import InvokeOp, MemoryOp, TargetOp
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
    made: dict[Block, set[SSAValue]] = {}
    for op in function.walk():
        if isinstance(op, memref.AllocOp) and op.parent is not None:
            made.setdefault(op.parent, set()).add(op.memref)
    return any(
        _presses(loop, buffers, target)
        for block, buffers in made.items()
        if _fill_most(buffers, target)
        for loop in block.ops
        if isinstance(loop, scf.ForOp)
    )


def _presses(nest: scf.ForOp, buffers: Set[SSAValue], target: TargetOp) -> bool:
    """Whether some of these buffers fill most registers in a loop that soon reads something again."""
    values = [value for op in nest.walk() if isinstance(op, InvokeOp) for value in op.arguments]
    return _fill_most(buffers & {base_of(v) for v in values}, target) and _reads_again(nest, values)


def _fill_most(buffers: Iterable[SSAValue], target: TargetOp) -> bool:
    """Whether buffers take more than half of the registers of a file."""
    found: Counter[MemoryOp] = Counter()
    for registers in [Registers.of(buffer, target) for buffer in buffers]:
        if registers is not None:
            found[registers.memory] += prod(registers.extents)
    return any(count > (memory.count or 0) // 2 for memory, count in found.items())


def _reads_again(nest: scf.ForOp, values: Iterable[SSAValue]) -> bool:
    """Whether some of these operands are where others are a few iterations of a loop later."""
    places: dict[tuple[SSAValue, tuple[tuple[SSAValue, int], ...]], set[int]] = {}
    for value in values:
        form = Window.of(value).distance()
        places.setdefault((base_of(value), form.terms), set()).add(form.constant)
    return any(
        _meet(loop, dict(terms), constants)
        for (_, terms), constants in places.items()
        if len(constants) > 1
        for loop in nest.walk()
        if isinstance(loop, scf.ForOp)
    )


def _meet(loop: scf.ForOp, terms: Mapping[SSAValue, int], constants: Iterable[int]) -> bool:
    """Whether some of these places become others of them in a few iterations of a loop."""
    values = constant_range(loop)
    step = abs(terms.get(loop.body.block.args[0], 0)) * values.step if values else 0
    most = step * min(FAR, len(values) - 1) if values else 0
    return any(
        step and not (other - one) % step and other - one <= most
        for one, other in combinations(sorted(constants), 2)
    )
