"""How well cost models order plans, beside what plans were measured to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from ..dialects.errors import UserError
from ..planning.records import Record, of_machine
from ..runtime.trial import rank_correlation
from .cost.learned import Learned
from .tuner import Search

LEAST = 3
"""Of fewer plans there is no order to speak of."""


@dataclass(frozen=True)
class Agreement:
    """How one model does on the plans of one statement.

    `correlation` is Spearman's between the ranks; `regret` is how much more the plan takes that the
    model would choose than the best one does: 0 is best, 0.1 is a tenth more.
    """

    correlation: float
    regret: float


@dataclass(frozen=True)
class Comparison:
    """The models on the plans of one statement; `regret` is that of the default plan."""

    name: str
    plans: int
    regret: float
    models: Mapping[str, Agreement]


def compare_models(searches: Sequence[Search], records: Sequence[Record]) -> list[Comparison]:
    """Compare the models on every statement of which plans were tried.

    The learned model is fitted on the records of all other statements: sizes that are held out.
    Records of other machines are left out.
    """
    found: list[Comparison] = []
    for search in searches:
        tried = {point: c.rank for point, c in search.costs.items() if isfinite(c.rank)}
        if len(tried) < LEAST:
            continue
        space, costs = search.tunable.space, list(tried.values())
        estimates = {"analytical": [space.estimate(point).cycles for point in tried]}
        key = search.tunable.key
        learned = _learned([one for one in of_machine(records, key) if one.key != key])
        if learned is not None:
            estimates["learned"] = [learned.ratio(space, point) for point in tried]
        models = {name: agreement(values, costs) for name, values in estimates.items()}
        default = tried.get(space.default, min(costs))
        found.append(Comparison(search.name, len(costs), default / min(costs) - 1, models))
    return found


def agreement(estimates: Sequence[float], costs: Sequence[float]) -> Agreement:
    """How well estimates order what has these costs."""
    chosen = min(range(len(costs)), key=lambda i: estimates[i])
    return Agreement(rank_correlation(estimates, costs), costs[chosen] / min(costs) - 1)


def table(comparisons: Sequence[Comparison]) -> str:
    """The comparisons as text."""
    names = list(dict.fromkeys(name for one in comparisons for name in one.models))
    width = max([6, *(len(one.name) for one in comparisons)])
    lines = [
        f"{'kernel':{width}} {'plans':>6} {'default':>9}  " + "  ".join(f"{n:>20}" for n in names)
    ]
    lines.append(
        f"{'':{width}} {'':>6} {'regret':>9}  "
        + "  ".join(f"{'rank':>9} {'regret':>10}" for _ in names)
    )
    for one in comparisons:
        cells = [
            f"{m.correlation:>9.2f} {m.regret:>9.0%} " if m is not None else f"{'-':>9} {'-':>9} "
            for m in (one.models.get(name) for name in names)
        ]
        lines.append(f"{one.name:{width}} {one.plans:>6} {one.regret:>8.0%}   " + "  ".join(cells))
    return "\n".join(lines)


def _learned(records: Sequence[Record]) -> Learned | None:
    """The model of some records, where LightGBM is installed and they suffice."""
    try:
        return Learned.fit(records)
    except UserError:
        return None
