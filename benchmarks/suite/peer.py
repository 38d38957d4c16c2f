"""Who computes: a peer prepares a case and gives a call without arguments, which is timed.

A peer is one class in one file of `peers/` and a line in the table there. It runs in a process of
its own, whose environment it may set.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np

from .cases import Case

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SMALL = 5_000_000
"""Up to so many operations, what a call from Python costs can be seen."""

TIMES = 100
"""How many calls a loop in C makes."""


class Unsupported(Exception):
    """A peer cannot do a case; the message says why."""


@dataclass(frozen=True)
class Prepared:
    """A case that is ready to run.

    `results` returns what the last call computed; None where there is nothing to check (the peak).
    `roundoff` is the relative error of the type that the results are rounded to in the end, where
    that is not the case's own. The time of a call times `scale` is the case's. `notes` are for the
    record: which variant, how long to compile.
    """

    call: Callable[[], object]
    results: Callable[[], Sequence[Array]] | None
    roundoff: float = 0.0
    scale: float = 1.0
    notes: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Settings:
    """What a run asks of every peer: how many threads; our own also for a file of tuned plans."""

    threads: int = 1
    records: Path | None = None


class Peer(ABC):
    """One way to compute cases."""

    configuration: ClassVar[str]
    """How it is set up, in words, for the report."""
    environment: ClassVar[Mapping[str, str]] = {}
    """Variables of its process, set before it starts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def threads(self) -> int:
        """How many threads it may use."""
        return self.settings.threads

    @classmethod
    @abstractmethod
    def missing(cls, settings: Settings) -> str:
        """Say why it is not available here, in words; nothing if it is."""

    @abstractmethod
    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Prepare a case.

        Args:
            case: What to compute.
            arrays: The inputs, aligned and contiguous. They stay as they are.

        Raises:
            Unsupported: It cannot compute this case.
        """
