"""Charts of searches, as pictures that stand in a page by themselves; Matplotlib draws them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from itertools import accumulate
from math import inf, isfinite
from typing import Any

from .cost.model import Cost
from .extras import extra
from .roofline import Roofline

MOST = 8.0
"""Ratios above are drawn at the top."""

SIZE = (7.0, 3.2)
"""Inches of a chart."""

INK, DOT, BEST = "#808080", "#7aa6d8", "#c2410c"
"""Colours that can be told apart on a light and on a dark page."""

RING = {"s": 14, "edgecolors": INK, "facecolors": "none"}
"""What stands for a plan that failed, or for the default plan."""

STYLE = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "isa-mapper",  # the same data give the same picture
    "font.family": "sans-serif",
    "font.size": 9,
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
    ),
}


def require_charts() -> None:
    """Raise a UserError if Matplotlib is not installed."""
    extra("matplotlib", "viz", "a report")


def progress_chart(costs: Sequence[Cost]) -> str:
    """The costs in the order of trials, over that of the first, and the best so far."""
    first = next((cost.rank for cost in costs if isfinite(cost.rank)), 1.0)
    ratios = [cost.rank / first for cost in costs]
    tried = {at: min(ratio, MOST) for at, ratio in enumerate(ratios) if isfinite(ratio)}
    top = max(2.0, *tried.values(), 2.0)
    failed = dict.fromkeys((at for at in range(len(ratios)) if at not in tried), top)
    best = [min(ratio, top) for ratio in accumulate(ratios, min) if ratio < inf]
    with _style():
        figure, axes = _axes()
        axes.scatter([*tried], [*tried.values()], s=12, color=DOT, gid="tried")
        axes.scatter([*failed], [*failed.values()], **RING, gid="failed")
        places = range(len(ratios) - len(best), len(ratios))
        axes.step(places, best, color=BEST, where="post", gid="best")
        axes.set_yscale("log", base=2)
        axes.set_ylim(min(0.5, *tried.values(), 0.5) * 0.9, top * 1.1)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("trials in order; rings failed")
        axes.set_ylabel("cost over that of the default plan")
        return _picture(figure, "costs of the plans in the order of trials")


def roofline_chart(roofline: Roofline) -> str:
    """The kernels, from the default plans (rings) to the best (dots), under the ceilings."""
    with _style():
        figure, axes = _axes()
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        for place in roofline.places:
            across = [place.intensity, place.intensity]
            axes.plot(across, [place.default, place.rate], color=BEST, linewidth=1)
            axes.scatter(across[:1], [place.default], **RING, zorder=3)
            axes.scatter(across[:1], [place.rate], s=16, color=BEST, zorder=3, gid="kernel")
            _label(axes, place.name, (place.intensity, place.rate), (6, 3))
        _ceilings(axes, roofline)
        axes.set_xlabel("operations per byte of the arguments")
        axes.set_ylabel(roofline.unit)
        return _picture(figure, "kernels under the roof of the machine")


def _ceilings(axes: Any, roofline: Roofline) -> None:
    """Draw the ceilings over all kernels, with room at both sides."""
    peak = max(roofline.peaks.values(), default=inf)
    ridges = [peak / rate for rate in roofline.bandwidths.values() if peak < inf]
    found = [*(place.intensity for place in roofline.places), *ridges]
    low, high = min(found) / 4, max(found) * 4
    for name, rate in roofline.peaks.items():
        axes.plot([low, high], [rate, rate], color=INK, linewidth=1, gid="peak")
        _label(axes, f"peak {name}: {rate:.4g}", (high, rate), (0, 2), ha="right")
    for name, rate in roofline.bandwidths.items():
        end = min(high, peak / rate)
        axes.plot([low, end], [low * rate, end * rate], color=INK, linewidth=1, gid="bandwidth")
        _label(axes, f"{name}: {rate:.4g} {roofline.unit_of_bytes}", (low, low * rate), (8, -4))
    axes.set_xlim(low, high)


def _label(
    axes: Any, text: str, place: tuple[float, float], offset: tuple[int, int], **settings: Any
) -> None:
    """Write beside a place; the offset is in points."""
    axes.annotate(text, place, xytext=offset, textcoords="offset points", fontsize=8, **settings)


def _style() -> Any:
    """The settings of all charts, to be used with `with`."""
    return extra("matplotlib", "viz", "a report").rc_context(STYLE)


def _axes() -> tuple[Any, Any]:
    """A figure with axes to draw in."""
    figure = extra("matplotlib.figure", "viz", "a report").Figure(SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    return figure, axes


def _picture(figure: Any, label: str) -> str:
    """A figure as an element of a page."""
    stream = BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", transparent=True, metadata=nothing)
    data = b64encode(stream.getvalue()).decode()
    return f'<img alt="{escape(label)}" src="data:image/svg+xml;base64,{data}"/>'
