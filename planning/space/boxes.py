"""Plans for scratchpads as a space: the sizes of the boxes, their buffers, and the order of the loops around them.

Only these plans have buffers to choose: a CPU's caches are filled by the hardware.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ..default import Way
from ..scratchpad import TWICE, ScratchpadPlan, ScratchpadSpace
from .walk import Choice, Refusal, Value
from .ways import Ways

BUFFERS = (1, 2, 3)
"""How many there may be of a box that changes: with one, boxes may be larger; with three, more are on their way."""


class BoxWays(Ways):
    """All ways to cut a statement into boxes that fit."""

    name = "boxes"
    kind = ScratchpadPlan

    @cached_property
    def space(self) -> ScratchpadSpace | None:
        """The ways to cut the statement; None if operands cannot be brought into the memories."""
        return ScratchpadSpace.of(self.problem)

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return self.space is None

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        """The size of the box along every axis, how often there is one, then the order of the loops."""
        assert self.space is not None
        for axis, sizes in self.space.choices.items():
            if f"box {axis}" not in chosen:
                return Choice(f"box {axis}", tuple(reversed(sizes)))
        if "buffers" not in chosen:
            is_cut = self._sizes(chosen) != self.space.extents
            return Choice("buffers", BUFFERS if is_cut else (TWICE,))
        return self._orders(chosen) if "order" not in chosen else None

    def _orders(self, chosen: Mapping[str, Value]) -> Choice:
        """The choice of an order of loops for which there is room."""
        assert self.space is not None
        sizes = self._sizes(chosen)
        plans = self.space.orders(sizes, int(chosen["buffers"]))
        fitting = tuple(self._word(plan) for plan in plans)
        if fitting:
            return Choice("order", fitting, is_last=True)
        example = "boxes of " + " x ".join(f"{axis}={size}" for axis, size in sizes.items())
        refused = Refusal("a box does not fit its memory, or not once for every buffer", example)
        return Choice("order", (), (refused,), is_last=True)

    def _sizes(self, chosen: Mapping[str, Value]) -> dict[str, int]:
        assert self.space is not None
        return {axis: int(chosen[f"box {axis}"]) for axis in self.space.choices}

    def _word(self, plan: ScratchpadPlan) -> str:
        """The order of the loops around boxes, as a word."""
        return " ".join(axis for axis in plan.order if axis in plan.loops)

    def way(self, chosen: Mapping[str, Value]) -> ScratchpadPlan:
        """The plan that has been chosen."""
        assert self.space is not None
        loops = str(chosen["order"]).split()
        rest = [axis for axis in self.problem.parallel if axis not in loops]
        buffers = int(chosen["buffers"])
        return ScratchpadPlan(self.space, self._sizes(chosen), (*loops, *rest), buffers)

    def choices(self, way: Way) -> dict[str, Value]:
        """What is to be chosen for a plan."""
        assert isinstance(way, ScratchpadPlan)
        boxes: dict[str, Value] = {f"box {axis}": size for axis, size in way.sizes.items()}
        return {**boxes, "buffers": way.buffers, "order": self._word(way)}
