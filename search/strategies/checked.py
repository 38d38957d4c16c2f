"""A strategy that is looked after: anyone may write one, so it may fail or ask for what is no plan."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import islice

from ...dialects.errors import UserError
from ...planning.space.walk import Point, Space
from .strategy import Estimate, Strategy, StrategyFactory


class Checked:
    """Makes a strategy and passes on what it asks for and is told.

    Args:
        make: Makes it. name: What it is called in messages.
        space, seed, estimate: What it is made for, see `Strategy`.

    Raises:
        UserError: It fails, here and in every method.
    """

    def __init__(
        self, make: StrategyFactory, name: str, space: Space, seed: int, estimate: Estimate
    ) -> None:
        self._name, self._space = name, space
        with self._blamed():
            self._strategy: Strategy = make(space, seed, estimate)

    def ask(self, count: int) -> list[Point]:
        """At most so many points of the space; none if there are no more.

        Raises:
            UserError: It fails, or asks for something else.
        """
        with self._blamed():
            asked: Iterable[Point] = self._strategy.ask(count) or ()
            points = list(islice(asked, count))
            wrong = [point for point in points if not self._space.contains(point)]
        if wrong:
            raise UserError(f"the strategy '{self._name}' asks for what is no plan: {wrong[0]}")
        return points

    def tell(self, point: Point, cost: float) -> None:
        """Tell it what a point costs; errors as for `ask`."""
        with self._blamed():
            self._strategy.tell(point, cost)

    @contextmanager
    def _blamed(self) -> Generator[None]:
        """Say whose fault it is if something goes wrong."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            message = f"the strategy '{self._name}' failed: {type(error).__name__}: {error}"
            raise UserError(message, hint="--debug shows the traceback") from error
