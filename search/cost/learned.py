"""A model that is fitted on records: gradient-boosted trees that correct what counting says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import Any, ClassVar

import numpy as np

from ...planning.records import Record
from ...planning.space.plan_space import PlanSpace
from ...planning.space.walk import Point
from ..extras import extra
from ..features import features_of, row
from ..workload import Proposal, prepared
from .model import Cost

LEAST = 12
"""How many records it takes to fit a model."""

TREES = 120
PARAMETERS: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.08,
    "num_leaves": 15,
    "min_data_in_leaf": 3,
    "feature_fraction": 0.8,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbose": -1,
}
"""Small trees for few records; one thread, so that the same records give the same model."""

WORST = 20.0
"""Ratios above are all as bad."""


@dataclass(frozen=True)
class Learned:
    """Predicts the ratio to the default plan.

    `text` is the model as LightGBM writes it, `features` are the names of what it looks at.
    """

    name: ClassVar[str] = "learned"

    text: str
    features: tuple[str, ...]

    @classmethod
    def fit(cls, records: Iterable[Record]) -> Learned | None:
        """The model of all valid records that have features; None if they are too few.

        Raises:
            UserError: LightGBM is not installed.
        """
        used = [one for one in records if one.is_valid and one.ratio and one.features]
        lightgbm = _lightgbm()
        if len(used) < LEAST:
            return None
        names = sorted({name for one in used for name in one.features})
        rows = np.array([row(one.features, names) for one in used])
        ratios = np.array([log(min(one.ratio or 1.0, WORST)) for one in used])
        data = lightgbm.Dataset(rows, ratios, params={"verbose": -1, "num_threads": 1})
        booster = lightgbm.train(PARAMETERS, data, TREES)
        return cls(booster.model_to_string(), tuple(names))

    def ratio(self, space: PlanSpace, point: Point) -> float:
        """The ratio of a plan's cost to that of the default plan."""
        values = [row(features_of(space, point), list(self.features))]
        return exp(float(_booster(self.text).predict(np.array(values), num_threads=1)[0]))

    def estimate(self, proposal: Proposal) -> Cost:
        """The ratio, and as many times the cycles that counting gives the default plan."""
        tunable = prepared(proposal.workload).statements[proposal.statement]
        ratio = self.ratio(tunable.space, proposal.point)
        reason = f"{ratio:.2f} times the default plan, as learned from records"
        return Cost(ratio * tunable.cycles, "cycles", reason, ratio=ratio)


@lru_cache(maxsize=4)
def _booster(text: str) -> Any:
    """The model of a text."""
    return _lightgbm().Booster(model_str=text)


def _lightgbm() -> Any:
    """The package LightGBM; raises UserError if it is not installed."""
    return extra("lightgbm", "search", "the learned cost model")
