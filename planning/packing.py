"""What it costs to pack operands into the order in which an instruction takes them, and to unpack results."""

from __future__ import annotations

from math import prod

from .problem import Operand, Problem

COPY_CYCLES = 0.2
"""Cycles per byte to pack a panel whose rows are contiguous (measured: 13 to 15 a cache line)."""

TILE_CYCLES = 15.0
"""Cycles to pack as many elements as a cache line holds, where one move brings them there."""

COPY_WEIGHT = 2.0
"""What the moves of a copy through a register take, addresses and cache misses included, over what their
units do.
"""

GATHER_CYCLES = 2.0
"""Cycles per element to pack a panel element by element."""


def least_packing_cycles(problem: Problem) -> float:
    """What `packing_cycles` does not fall short of in any nest for a problem."""
    total = 0.0
    for operand in problem.inputs:
        if problem.is_host(operand.memory):
            continue
        elements = problem.footprint(operand, {}) / operand.bytes
        packed = elements * pack_cycles(problem, operand) / operand.repeats
        must = not problem.is_reachable(operand)
        total += packed if must else min(packed, reading_cycles(problem, operand))
    return total + unpacking_cycles(problem)


def reading_cycles(problem: Problem, operand: Operand) -> float:
    """What it costs to read an operand in place that lies further away than the second level.

    Along a row the computer reads ahead. Windows that overlap are near already; where elements may
    be absent, panels are better still.
    """
    walked = [axis for axis in problem.reductions if axis in operand.axes]
    if walked and operand.stride(walked[-1]) in (1, prod(operand.lanes)):
        return 0.0
    size = problem.footprint(operand, {})
    if not problem.around.guards:
        size = min(size, prod(operand.access.shape) * operand.bytes)
    is_far = size > problem.cache_bytes(1) // 2 and operand.lane_strides[-1:] == (1,)
    return COPY_CYCLES * size * is_far


def pack_cycles(problem: Problem, operand: Operand) -> float:
    """Cycles per element to pack an operand."""
    if operand.lane_strides == (1,):
        return COPY_CYCLES * operand.bytes
    if problem.is_reachable(operand):
        return TILE_CYCLES * operand.lines / prod(operand.lanes)
    copied = problem.copy_cycles(operand)
    return GATHER_CYCLES if copied is None else min(GATHER_CYCLES, COPY_WEIGHT * copied)


def unpacking_cycles(problem: Problem) -> float:
    """What bringing the output where it belongs costs in all, if it is not in order."""
    output = problem.output
    if problem.is_reachable(output):
        return 0.0
    return GATHER_CYCLES * problem.footprint(output, {}) / output.bytes
