"""A run in words: how long it took, what limits it, and how every engine spent its cycles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .result import Result


def report_text(result: Result) -> str:
    """The report of a run: cycles and bounds, then a table with a row for each engine."""
    return "\n".join([*_summary(result), "", *_table(list(_rows(result)))])


def _summary(result: Result) -> Iterator[str]:
    """Cycles, and the bounds with the share of them that was reached."""
    yield f"{result.cycles} cycles"
    for bound in result.bounds:
        share = bound.cycles / result.cycles if result.cycles else 0.0
        yield (
            f"  {bound.name}: {bound.work} at {bound.rate:.4g} a cycle "
            f"take {bound.cycles:.0f} cycles, {share:.1%} of the time"
        )


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    """The table: a heading, then the engines that did anything; causes are columns."""
    engines = [engine for engine in result.engines if engine.instructions]
    causes = list(dict.fromkeys(cause for engine in engines for cause in engine.stalls))
    yield "engine", "instructions", "busy", *causes, "idle"
    for engine in engines:
        cycles = (engine.busy, *(engine.stalls.get(cause, 0) for cause in causes), engine.idle)
        shares = (f"{n / result.cycles:.1%}" if n else "" for n in cycles)
        yield engine.name, str(engine.instructions), *shares


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows with aligned columns, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([first.strip().ljust(widths[0]), *rest]).rstrip()
