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
    """The table: a heading, then the engines that did anything, with the causes of most cycles first."""
    yield "engine", "instructions", "busy", "idle", "stalls"
    for engine in result.engines:
        if not engine.instructions:
            continue
        causes = sorted(engine.stalls.items(), key=lambda stall: -stall[1])
        shares = [f"{cause} {_share(cycles, result)}" for cause, cycles in causes]
        own = (_share(engine.busy, result), _share(engine.idle, result))
        yield engine.name, str(engine.instructions), *own, ", ".join(shares)


def _share(cycles: int, result: Result) -> str:
    """Some cycles of a run as a share of all."""
    return f"{cycles / result.cycles:.1%}" if result.cycles else "0.0%"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows with aligned columns, the first and the last to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *middle, last in rows:
        cells = (cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True))
        yield "  ".join([first.ljust(widths[0]), *cells, last]).rstrip()
