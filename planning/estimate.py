"""What the cost model of the planner says of a plan, and why: cycles, what bounds them, bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from .default import Way, nest_cycles
from .panels import PanelNest
from .problem import LINE, Problem
from .register_tile import OUTPUT_WEIGHT
from .scalar_nest import ScalarNest
from .scratchpad import ScratchpadPlan
from .stream import Stream
from .sweep import LINE_CYCLES, Sweep


@dataclass(frozen=True)
class Estimate:
    """An estimate for a whole statement.

    Attributes:
        cycles: What it takes.
        parts: What each part of the machine is busy with, in cycles: they partly overlap.
        bytes: How much goes to and comes from each memory, where that is known.
    """

    cycles: float
    parts: Mapping[str, float]
    bytes: Mapping[str, float]

    @property
    def reason(self) -> str:
        """What bounds it, in words."""
        ordered = sorted(self.parts.items(), key=lambda part: -part[1])
        if not ordered:
            return f"{self.cycles:.4g} cycles"
        (most, cycles), *others = ordered
        beside = ", ".join(f"{name} {value:.3g}" for name, value in others if value)
        return f"bound by {most}, {cycles:.4g} cycles" + (f"; beside it {beside}" if beside else "")


def estimate(way: Way) -> Estimate:
    """The estimate of a way to plan; its cycles are what planners compare."""
    match way:
        case PanelNest():
            return _of_nest(way)
        case Stream():
            return _of_stream(way)
        case Sweep():
            return _of_sweep(way)
        case ScratchpadPlan():
            busy = way.busy()
            host = way.problem.host
            moved = {host.symbol: way.moved_bytes()} if host is not None else {}
            return Estimate(way.cycles(), {_unit(name): n for name, n in busy.items()}, moved)
        case ScalarNest():
            return Estimate(way.cycles(), {"evaluating elements": way.cycles()}, {})


def _unit(name: str) -> str:
    """What is busy, in words."""
    return {"trip": "boxes on their way", "memory": "the memory of arguments"}.get(name, f"@{name}")


def _of_nest(nest: PanelNest) -> Estimate:
    """Instructions, loads, the latency of an accumulation, packing, and passes of the output."""
    problem, tile = nest.problem, nest.tile
    counts = tile.along.counts(tile.sizes)
    steps = prod(problem.extents.values()) / prod(tile.sizes)
    latency = problem.instruction.latency if problem.reductions else 0
    results = prod(problem.extents[axis] for axis in problem.parallel)
    parts = {
        **_instructions(problem),
        "loads": steps * sum(counts[:-1]) / problem.move_rate,
        "the latency of the accumulation": steps * latency,
        "results": OUTPUT_WEIGHT * results * nest.pieces,
        "packing": nest.packing_cycles(),
    }
    outer = nest.order[0] if nest.order else None
    read = sum(
        problem.footprint(one, {})
        * (1 if outer is None or outer in one.axes else nest.trips(outer))
        for one in problem.inputs
    )
    written = problem.footprint(problem.output, {}) * nest.pieces
    return Estimate(nest_cycles(nest), parts, _of_host(problem, read + written))


def _of_stream(stream: Stream) -> Estimate:
    """Instructions, the lines of what is streamed, and the passes of the output."""
    problem = stream.problem
    read = problem.footprint(stream.streamed, {})
    passes = -(-problem.extents[stream.cut] // stream.rows)
    results = prod(problem.extents[axis] for axis in problem.parallel)
    parts = {
        **_instructions(problem),
        "lines of what is streamed": LINE_CYCLES * read / LINE,
        "results": OUTPUT_WEIGHT * results * passes,
    }
    cycles = max(parts.values()) + parts["results"]
    written = problem.footprint(problem.output, {}) * passes
    return Estimate(cycles, parts, _of_host(problem, read + written))


def _of_sweep(sweep: Sweep) -> Estimate:
    """Instructions, loads and lines."""
    problem = sweep.problem
    sizes = [problem.footprint(one, {}) for one in (*problem.inputs, problem.output)]
    calls = prod(problem.extents[axis] for axis in sweep.order)
    moving = sum(sweep.order[-1] in one.axes for one in problem.inputs)
    parts = {**_instructions(problem), "loads": calls * moving / problem.move_rate}
    return Estimate(sweep.cycles(), parts, _of_host(problem, sum(sizes)))


def _instructions(problem: Problem) -> dict[str, float]:
    """How long the instruction's unit is busy."""
    name = f"@{problem.instruction.symbol}"
    return {name: prod(problem.extents.values()) / problem.call_rate}


def _of_host(problem: Problem, size: float) -> dict[str, float]:
    """Bytes of the memory where arguments live."""
    return {problem.host.symbol: size} if problem.host is not None else {}
