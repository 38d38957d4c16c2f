"""How a search goes on, on stderr: one line that is written anew on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TextIO

from ..planning.space.walk import Point
from ..search.tuner import Search

WIDTH = 24
"""The characters of the bar."""

EVERY = 10.0
"""Seconds between plain lines, unless there is something better to tell."""


class Progress:
    """Shows every trial of a search."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._begin = self._said = monotonic()
        self._best: tuple[int, Point] | None = None
        self._open = False

    def __call__(self, search: Search) -> None:
        """Show how a search stands."""
        best = search.best
        better = best is not None and (id(search), best[0]) != self._best
        if best is not None:
            self._best = id(search), best[0]
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[K{self._bar(search)} {progress_text(search)}{self._time()}")
            self._open = True
        elif better or monotonic() - self._said >= EVERY:
            self._said = monotonic()
            self._stream.write(f"{progress_text(search)}{self._time()}\n")
        self._stream.flush()

    def close(self) -> None:
        """End the line."""
        if self._open:
            self._stream.write("\n")
            self._open = False

    def _bar(self, search: Search) -> str:
        done = min(WIDTH, len(search.costs) * WIDTH // max(1, search.trials))
        return "[" + "#" * done + "." * (WIDTH - done) + "]"

    def _time(self) -> str:
        seconds = round(monotonic() - self._begin)
        return f", {seconds // 60}:{seconds % 60:02}"


def progress_text(search: Search) -> str:
    """How a search stands, in words."""
    text = f"{search.name}: {len(search.costs)}/{search.trials} plans"
    best = search.best
    if best is not None:
        text += f", best {best_text(search)}"
    failures = ", ".join(f"{count} {status}" for status, count in search.failures.items())
    return text + (f", {failures}" if failures else "")


def best_text(search: Search) -> str:
    """The best cost of a search, in words."""
    assert search.best is not None
    cost = search.best[1]
    value = cost.text
    if cost.ratio is None:
        return value
    return f"{value}, {1 / cost.ratio:.2f} times as fast as the default plan"
