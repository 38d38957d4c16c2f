"""Which of several equal engines executes an instruction.

What moves between one buffer in the memory of arguments and scratchpads is a stream; streams go to
engines so that all have as much to do. Where one stream is too much for that, its parts to
different buffers go apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import prod

from xdsl.ir import SSAValue

from ...dialects.isa import InvokeOp, TargetOp
from ..window import base_of
from .engine_programs import cycles_of, extents_of, instruction_of, is_explicit

_EVEN = 1.25
"""How much more than its share an engine may have to do before streams are taken apart."""


def choose_engines(ops: Sequence[InvokeOp], target: TargetOp) -> dict[InvokeOp, str]:
    """The engine of every invocation in order; one that says its engine keeps it."""
    chosen: dict[InvokeOp, str] = {}
    by_unit: dict[str, list[InvokeOp]] = {}
    explicit: dict[SSAValue, bool] = {}
    for op in ops:
        if op.engine is not None:
            chosen[op] = op.engine
        else:
            by_unit.setdefault(instruction_of(op, target).unit_name, []).append(op)
    for unit, own in by_unit.items():
        engines = target.units[unit].engines
        work = [_cycles(op, target) for op in own]
        keys = [_stream(op, target, explicit) for op in own]
        places = _spread([key[:1] for key in keys], work, len(engines))
        if _uneven(places, work, len(engines)):
            places = _spread(keys, work, len(engines))
        chosen.update({op: engines[place] for op, place in zip(own, places, strict=True)})
    return chosen


def _cycles(op: InvokeOp, target: TargetOp) -> int:
    """How long an invocation keeps an engine busy."""
    instruction = instruction_of(op, target)
    return prod(op.counts) * cycles_of(instruction, extents_of(op, instruction)).interval


def _stream(op: InvokeOp, target: TargetOp, explicit: dict[SSAValue, bool]) -> tuple[Hashable, ...]:
    """The buffers in the memory of arguments, and those in scratchpads; which are `explicit` is kept."""
    bases = [base_of(value) for value in op.arguments]
    for base in bases:
        if base not in explicit:
            explicit[base] = is_explicit(base, target)
    host = tuple(base for base in bases if not explicit[base])
    near = tuple(base for base in bases if explicit[base])
    return (host or near, near)


def _spread(keys: Sequence[Hashable], work: Sequence[int], engines: int) -> list[int]:
    """The engine of every invocation, those of one key together: the longest first, to the least busy."""
    total: dict[Hashable, int] = {}
    for key, cycles in zip(keys, work, strict=True):
        total[key] = total.get(key, 0) + cycles
    busy = [0] * engines
    place: dict[Hashable, int] = {}
    for key in sorted(total, key=lambda key: -total[key]):
        place[key] = busy.index(min(busy))
        busy[place[key]] += total[key]
    return [place[key] for key in keys]


def _uneven(places: Sequence[int], work: Sequence[int], engines: int) -> bool:
    """Whether some engine has much more to do than its share."""
    busy: Mapping[int, int] = {
        engine: sum(cycles for place, cycles in zip(places, work, strict=True) if place == engine)
        for engine in range(engines)
    }
    return max(busy.values()) * engines > _EVEN * sum(work)
