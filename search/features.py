"""What a learned model looks at: numbers of a plan, of its statement, and what counting says of both."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2, prod

from ..planning.space.plan_space import PlanSpace
from ..planning.space.walk import Point

WAYS = ("panels", "stream", "sweep", "boxes", "scalar")
"""The kinds of plans, by which they are told apart."""

SLOTS = 4
"""Of how many numbers of one kind, such as the sizes of a register tile, each is looked at."""


def features_of(space: PlanSpace, point: Point) -> dict[str, float]:
    """The features of a plan: sizes as logarithms, estimates over those of the default plan."""
    candidate, _ = space.way(point)
    problem, found = candidate.problem, space.estimate(point)
    default = space.estimate(space.default)
    operands = (*problem.inputs, problem.output)
    features = {
        "estimate": log2(max(found.cycles, 1.0) / max(default.cycles, 1.0)),
        "cycles": log2(max(found.cycles, 1.0)),
        "results": log2(prod(problem.extents[axis] for axis in problem.parallel)),
        "depth": log2(prod(problem.extents[axis] for axis in problem.reductions)),
        "bytes": log2(max(1.0, sum(problem.footprint(one, {}) for one in operands))),
        "moved": log2(1.0 + sum(found.bytes.values()) / max(1.0, sum(default.bytes.values()))),
        "mapping": float(candidate.index),
        "utilisation": candidate.mapping.utilisation.value.data,
        "way": float(WAYS.index(str(point["way"]))),
        "parallel": float(point.get("parallel", "none") != "none"),
    }
    for name, value in found.parts.items():
        part = "instruction" if name.startswith("@") else name
        features[f"part {part}"] = value / max(found.cycles, 1.0)
    return features | _numbers(point) | _words(space, point)


def _numbers(point: Point) -> dict[str, float]:
    """The numbers that were chosen, by kind and place: axes have other names elsewhere."""
    found: dict[str, float] = {}
    for kind in ("tile", "box"):
        sizes = [int(value) for name, value in point.items() if name.startswith(f"{kind} ")]
        found |= {f"{kind} {i}": float(size) for i, size in enumerate(sizes[:SLOTS])}
        found[f"{kind} all"] = float(prod(sizes))
    for name in ("cut", "rows", "columns", "tiles", "buffers"):
        found[name] = log2(1.0 + int(point.get(name, 0)))
    return found


def _words(space: PlanSpace, point: Point) -> dict[str, float]:
    """The words that were chosen, as places among the options."""
    found: dict[str, float] = {}
    chosen: dict[str, str | int] = {}
    while (choice := space.next(chosen)) is not None:
        value = point[choice.name]
        if isinstance(value, str) and choice.name.startswith(("order", "around", "panel of")):
            found[choice.name] = float(choice.options.index(value))
        chosen[choice.name] = value
    return found


def row(features: Mapping[str, float], names: list[str]) -> list[float]:
    """The features of these names in their order; NaN for one that a plan does not have."""
    return [features.get(name, float("nan")) for name in names]
