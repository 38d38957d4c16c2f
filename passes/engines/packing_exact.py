"""Where buffers go in a memory, found by a solver: it fits wherever it can be made to fit."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ...dialects.errors import UserError
from .packing import Item


def pack_exactly(items: Sequence[Item], capacity: int, seconds: float = 20.0) -> list[int] | None:
    """The first row of every item, or None where there is no way to place them.

    Raises:
        UserError: OR-Tools is not installed, or the time is over.
    """
    try:
        cp_model: Any = import_module("ortools.sat.python.cp_model")
    except ImportError as error:
        raise UserError(
            "the exact solver needs OR-Tools", hint="pip install 'isa-mapper[solver]'"
        ) from error
    model = cp_model.CpModel()
    places: list[Any] = []
    times: list[Any] = []
    spaces: list[Any] = []
    for index, item in enumerate(items):
        if item.rows > capacity:
            return None
        place = model.new_int_var(0, capacity - item.rows, f"place{index}")
        length = item.last - item.first + 1
        times.append(model.new_fixed_size_interval_var(item.first, length, f"time{index}"))
        spaces.append(model.new_fixed_size_interval_var(place, item.rows, f"rows{index}"))
        places.append(place)
    model.add_no_overlap_2d(times, spaces)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1  # the same answer every time
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [int(solver.value(place)) for place in places]
    if status == cp_model.INFEASIBLE:
        return None
    raise UserError(f"the solver found no places for {len(items)} buffers in {seconds:g} s")
