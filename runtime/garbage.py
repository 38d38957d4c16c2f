"""Python's search for garbage: a compiler makes many objects, and most of them live to its end."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

COLLECTED = 50_000
"""After how many new objects Python looks for garbage while programs are compiled."""


@contextmanager
def seldom_collected() -> Generator[None]:
    """Let Python look for garbage less often in what follows; it does not where it never looks."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], COLLECTED), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
