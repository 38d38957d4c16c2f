"""The space of plans: complete, deterministic, and every plan in it computes what it should."""

import json
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.plan import MAPPINGS
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.mapping.statement import statement_of
from isa_mapper.passes.plan_schedule import surroundings_of
from isa_mapper.planning.default import default_schedule
from isa_mapper.planning.scratchpad import ScratchpadPlan
from isa_mapper.planning.space.plan_space import PlanSpace
from isa_mapper.planning.space.walk import Choice, Point, Refusal, Space, Value
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.reference import reference
from isa_mapper.runtime.simulated import simulate
from isa_mapper.runtime.staged import Staged
from isa_mapper.simulator.signature import entry_function, signature_of

KERNELS = [
    ("avx512", "mk,kn->mn", "m=37,n=70,k=45", "f32"),
    ("avx512", "km,nk->mn", "m=37,n=70,k=45", "f32"),
    ("avx512", "bmk,bkn->bmn", "b=3,m=17,n=20,k=9", "f32"),
    ("avx512", "mk,k->m", "m=70,k=45", "f32"),
    ("avx512", "m,n->mn", "m=5,n=40", "f32"),
    ("avx512", "mk,kn->mn", "m=2,n=700,k=1500", "f32"),
    ("avx512", "mk,kn->mn", "m=64,n=1760,k=3000", "f32"),
    ("avx512_vnni", "mk,kn->mn", "m=9,n=33,k=20", "u8,i8,i32"),
    ("scalar", "mk,kn->mn", "m=3,n=5,k=7", "f32"),
    ("npu", "mk,kn->mn", "m=40,n=33,k=50", "i8,i8,i32"),
]
"""Machine, einsum, extents and types: panels, streams, sweeps, boxes and scalar nests."""


def staged(target: str, spec: str, sizes: str, types: str, threads: int = 1) -> Staged:
    extents = {part[0]: int(part[2:]) for part in sizes.split(",")}
    return Staged(einsum_module(spec, extents, types.split(",")), target, threads)


def space_of(found: Staged, threads: int = 1) -> PlanSpace:
    op = found.statements[0]
    kernel = statement_of(op)
    around = surroundings_of(op, kernel)
    return PlanSpace(kernel, found.mappings(0), found.machine, threads, around)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: f"{k[0]} {k[1]} {k[2]}")
@pytest.mark.parametrize("threads", [1, 2])
def test_the_default_plan_is_in_it(kernel: tuple[str, str, str, str], threads: int) -> None:
    found = staged(*kernel, threads)
    space = space_of(found, threads)
    assert space.contains(space.default)
    statement = statement_of(found.statements[0])
    plan = default_schedule(statement, found.mappings(0), found.machine, threads, space.around)
    assert space.schedule(space.default) == plan


TILES = ("amx", "mkr,knr->mn", "m=700,k=1024,n=1200,r=2", "bf16,bf16,f32")
"""Words as the tiles want them: the first factor is packed for its order, the second may stay in place."""


@pytest.mark.parametrize("threads", [1, 2])
def test_the_default_plan_on_tiles_is_in_it(threads: int) -> None:
    test_the_default_plan_is_in_it(TILES, threads)


def test_a_reduction_is_cut_beside_what_is_only_packed_for_its_order() -> None:
    space = space_of(staged(*TILES))
    point = space.nearest({**space.default, "panel of in1": "in place", "cut": 512})
    assert point is not None
    assert point["cut"]
    assert point["panel of in1"] == "in place"
    assert "for k by" in str(space.schedule(point))


@pytest.mark.parametrize("kernel", KERNELS[:1] + KERNELS[-1:], ids=lambda k: k[0])
def test_points_are_the_same_every_time(kernel: tuple[str, str, str, str]) -> None:
    spaces = [space_of(staged(*kernel)) for _ in range(2)]
    samples = [space.sample(20, seed=3) for space in spaces]
    assert samples[0] == samples[1] != spaces[0].sample(20, seed=4)
    assert len(set(samples[0])) == 20
    space = spaces[0]
    for point in samples[0]:
        assert space.contains(point)
        assert Point.of(json.loads(json.dumps(dict(point)))) == point
        assert space.estimate(point).cycles > 0
    beside = list(space.neighbours(space.default))
    assert beside
    assert len({space.default, *beside}) == 1 + len(beside)
    assert all(space.contains(point) for point in beside)


def test_points_are_different_plans() -> None:
    space = space_of(staged("scalar", "mk,kn->mn", "m=3,n=5,k=7", "f32"))
    points = list(space.points())
    assert len(points) == space.size() == len({space.schedule(point) for point in points}) == 3


def test_what_does_not_fit_is_left_out_with_the_reason() -> None:
    space = space_of(staged("npu", "mk,kn->mn", "m=400,n=330,k=500", "i8,i8,i32"))
    survey = space.survey()
    reason = "a box does not fit its memory, or not once for every buffer"
    assert survey.refused[reason].count > 0
    assert "boxes of k=" in survey.refused[reason].example
    for point in space.sample(50):
        way = space.way(point)[1]
        assert isinstance(way, ScratchpadPlan)
        assert way.fits()


def test_buffers_are_a_choice_where_boxes_change() -> None:
    """One buffer leaves room for larger boxes; three are carried out and are right too."""
    kernel = ("npu4", "mk,kn->mn", "m=40,n=24,k=36", "i8,i8,i32")
    found = staged(*kernel)
    space = space_of(found)
    module = einsum_module("mk,kn->mn", {"m": 40, "n": 24, "k": 36}, ["i8", "i8", "i32"])
    arrays = random_arrays(signature_of(entry_function(module)), 1)
    expected = arrays[0].astype(np.int32) @ arrays[1].astype(np.int32)
    boxes = {"box m": 20, "box n": 24, "box k": 12}
    cycles: dict[int, int] = {}
    estimates: dict[int, float] = {}
    for buffers in (1, 2, 3):
        point = space.nearest({**space.default, **boxes, "buffers": buffers})
        assert point is not None
        assert point["buffers"] == buffers
        text = str(space.schedule(point))
        assert (f"buffers {buffers}" in text) == (buffers != 2)
        result, (value,) = simulate(found.lowered({0: space.schedule(point)}), "kernel", arrays)
        np.testing.assert_array_equal(value, expected)
        cycles[buffers], estimates[buffers] = result.cycles, space.estimate(point).cycles
    assert cycles[1] > cycles[2]
    assert estimates[1] > estimates[2] >= estimates[3]
    whole = space.nearest({**space.default, "box m": 40, "box n": 24, "box k": 36, "buffers": 3})
    assert whole is not None
    assert whole["buffers"] == 2


def test_one_buffer_leaves_room() -> None:
    space = space_of(staged("npu4", "mk,kn->mn", "m=400,n=330,k=500", "i8,i8,i32"))
    most: dict[int, int] = {}
    for point in space.sample(300):
        way = space.way(point)[1]
        assert isinstance(way, ScratchpadPlan)
        assert way.fits()
        size = way.sizes["m"] * way.sizes["n"]
        most[way.buffers] = max(most.get(way.buffers, 0), size)
    assert most[1] > most[3]


def test_panels_fit_the_caches() -> None:
    space = space_of(staged("avx512", "mk,kn->mn", "m=64,n=1760,k=30000", "f32"))
    refused = space.survey().refused
    assert refused["a panel exceeds the second cache level"].count > 0
    assert any(reason.startswith("a register tile takes more") for reason in refused)


SMALL = [
    ("avx512", "mk,kn->mn", "m=7,n=37,k=9", "f32"),
    ("avx512", "km,nk->mn", "m=5,n=18,k=19", "f32"),
    ("avx512", "bmk,bkn->bmn", "b=2,m=3,n=17,k=5", "f32"),
    ("avx512", "m,n->mn", "m=3,n=40", "f32"),
    ("npu4", "mk,kn->mn", "m=9,n=7,k=10", "i8,i8,i32"),
]


@pytest.mark.parametrize("kernel", SMALL, ids=lambda k: f"{k[0]} {k[1]}")
@pytest.mark.parametrize("threads", [1, 2])
def test_every_plan_computes_the_kernel(kernel: tuple[str, str, str, str], threads: int) -> None:
    found = staged(*kernel, threads)
    space = space_of(found, threads)
    _, spec, sizes, types = kernel
    extents = {part[0]: int(part[2:]) for part in sizes.split(",")}
    module = einsum_module(spec, extents, types.split(","))
    arrays = random_arrays(signature_of(entry_function(module)), 1)
    ((value, tolerance),) = reference(module, None, arrays)
    done = 0
    for point in [space.default, *space.sample(6, seed=threads)]:
        try:
            lowered = found.lowered({0: space.schedule(point)})
        except UserError:
            assert point != space.default
            continue
        (result,) = interpret(lowered.module, "kernel", arrays)
        comparison = compare(str(point), result, value, tolerance)
        assert comparison.passed, str(comparison)
        done += 1
    assert done >= 4


class Grid(Space):
    """Points of a grid, of which a corner is missing and some choices lead nowhere."""

    def __init__(self, side: int) -> None:
        self.side = side

    @property
    def default(self) -> Point:
        return Point.of({"x": 0, "y": 0, "kind": "a"})

    def next(self, chosen: Mapping[str, Value]) -> Choice | None:
        if "x" not in chosen:
            return Choice("x", tuple(range(self.side)))
        if "y" not in chosen:
            x = int(chosen["x"])
            left = Refusal("too large", f"x={x}", x)
            return Choice("y", tuple(range(self.side - x)), (left,) if x else ())
        if "kind" not in chosen:
            words = ("a", "b", "c") if chosen["y"] else ("a",)
            return Choice("kind", words if chosen["x"] != 2 else (), is_last=True)
        return None


def test_size_counts_what_can_be_reached() -> None:
    grid = Grid(5)
    points = list(grid.points())
    assert grid.survey().is_exact
    assert (
        grid.size()
        == len(points)
        == len(set(points))
        == sum(3 * (5 - x) - 2 for x in range(5) if x != 2)
    )
    assert grid.survey().refused["too large"].count == 1 + 2 + 3 + 4


def test_size_of_what_is_large_is_estimated() -> None:
    grid = Grid(300)
    survey = grid.survey(effort=100)
    assert not survey.is_exact
    assert survey.size == pytest.approx(sum(3 * (300 - x) - 2 for x in range(300)), rel=0.15)


def test_random_points_are_about_equally_likely() -> None:
    grid = Grid(30)
    found = Counter(int(p["x"]) for seed in range(40) for p in grid.sample(40, seed))
    near, far = (sum(found[x] for x in part) for part in (range(10), range(20, 30)))
    assert near / far == pytest.approx((20.5 + 25) / (5.5), rel=0.5)  # by choices it were 1
    assert found[2] == 0


def test_wishes_come_true_where_they_can() -> None:
    grid = Grid(5)
    assert grid.nearest({"x": 9, "y": 3, "kind": "b"}) == {"x": 4, "y": 0, "kind": "a"}
    assert grid.nearest({"x": 1, "y": 2, "kind": "c"}) == {"x": 1, "y": 2, "kind": "c"}
    assert grid.nearest({"x": 2}) is None
    assert not grid.contains({"x": 1, "y": 4, "kind": "a"})
    beside = list(grid.neighbours(Point.of({"x": 1, "y": 1, "kind": "b"})))
    assert {tuple(point.values()) for point in beside} == {
        (0, 1, "b"), (1, 0, "a"), (1, 2, "b"), (1, 1, "a"), (1, 1, "c")
    }  # fmt: skip


def test_statements_without_mappings_stay_unplanned() -> None:
    found = staged(*KERNELS[0])
    assert all(MAPPINGS in op.attributes for op in found.statements)
    lowered = found.lowered({})
    assert len(lowered.schedules) == 1
    assert np.isfinite(space_of(found).estimate(space_of(found).default).cycles)
