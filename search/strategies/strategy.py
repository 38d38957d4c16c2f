"""The protocol of strategies, and how one is found by its name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, TypeAlias

from ...dialects.errors import UserError, did_you_mean
from ...planning.space.walk import Point, Space
from . import GROUP, STRATEGIES
from . import __name__ as _PACKAGE

Estimate: TypeAlias = Callable[[Point], float]
"""What a cheap model says of a point: the less the better."""


class Strategy(Protocol):
    """Asks for points of a space and is told what they cost.

    It is made for a space, a seed, and a cheap estimate of points, which it may use or not. The
    same seed and the same answers make the same questions.
    """

    def __init__(self, space: Space, seed: int, estimate: Estimate) -> None: ...

    def ask(self, count: int) -> list[Point]:
        """At most so many points that have not been asked for or told; none if there are no more."""
        ...

    def tell(self, point: Point, cost: float) -> None:
        """Take note of what a point costs, asked for or not; infinite if it failed.

        The unit is the cost of the default plan where that is known.
        """
        ...


StrategyFactory: TypeAlias = Callable[[Space, int, Estimate], Strategy]


def strategy_names() -> list[str]:
    """The names of all strategies that are installed."""
    return list(dict.fromkeys([*STRATEGIES, *(one.name for one in entry_points(group=GROUP))]))


def find_strategy(name: str) -> StrategyFactory:
    """The strategy of a name: one of ours, or one that another package announces.

    Raises:
        UserError: There is none, or what another package announces is not there.
    """
    if name in STRATEGIES:
        module, _, attribute = STRATEGIES[name].partition(":")
        return getattr(import_module(module, _PACKAGE), attribute)
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            try:
                return entry.load()
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                message = f"the strategy '{name}' cannot be loaded from '{entry.value}': {reason}"
                raise UserError(message) from error
    raise UserError(f"unknown strategy '{name}'", hint=did_you_mean(name, strategy_names()))
