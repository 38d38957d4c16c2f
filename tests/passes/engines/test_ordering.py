"""Waits and signals of random programs: everything that conflicts is ordered, and every wait is needed.

The checker here knows nothing of vector clocks: it follows the edges from step to step.
"""

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isa_mapper.passes.engines.conflicts import Use, dependences
from isa_mapper.passes.engines.ordering import Step, TooManySignals, order
from isa_mapper.passes.engines.strided import Region

many = settings(max_examples=250, deadline=None, derandomize=True)
Program = tuple[int, list[int], list[list[Use]]]


REGIONS = [
    Region.of(4 * first, [stride, 16], extents, width)
    for first, stride, width in product(range(10), [4, 8, 12], [2, 4])
    for extents in product(range(1, 4), range(1, 3))
]
"""Some bytes of a place of about 64 bytes."""

USES = [
    Use(place, region, writes) for place, region, writes in product("ab", REGIONS, (False, True))
]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """How many engines there are, the engine of every instruction, and what it touches."""
    count = draw(st.integers(2, 6))
    one = st.tuples(st.integers(0, count - 1), st.lists(st.sampled_from(USES), max_size=3))
    drawn = draw(st.lists(one, min_size=1, max_size=24))
    return count, [engine for engine, _ in drawn], [uses for _, uses in drawn]


@lru_cache(maxsize=4096)
def touched(region: Region) -> frozenset[int]:
    """The bytes of a region, one by one."""
    points = product(*(range(most + 1) for _, most in region.dims))
    starts = (
        region.offset + sum(i * s for i, (s, _) in zip(point, region.dims, strict=True))
        for point in points
    )
    return frozenset(start + byte for start in starts for byte in range(region.width))


def conflicts(program: Program) -> set[tuple[int, int]]:
    """Every pair of instructions of different engines that must not change places."""
    _, engines, uses = program
    users: dict[tuple[Hashable, int], list[tuple[int, bool]]] = {}
    for number, own in enumerate(uses):
        for use in own:
            for byte in touched(use.region):
                users.setdefault((use.place, byte), []).append((number, use.writes))
    return {
        (early, late)
        for found in users.values()
        for (early, one), (late, other) in combinations(found, 2)
        if (one or other) and engines[early] != engines[late]
    }


def reachable(steps: Sequence[Step], without: tuple[int, int] | None = None) -> list[int]:
    """Per step, the steps that are done when it begins, as bits; `without` leaves out one wait."""
    before: list[int] = []
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        direct = [s for s in step.waits.values() if (s, number) != without]
        direct += [last[step.engine]] if step.engine in last else []
        done = 0
        for other in direct:
            done |= 1 << other | before[other]
        before.append(done)
        last[step.engine] = number
    return before


def unordered(
    pairs: Iterable[tuple[int, int]], steps: Sequence[Step], without: tuple[int, int] | None = None
) -> bool:
    """Whether some of these pairs of instructions are in no order."""
    place = {step.origin: number for number, step in enumerate(steps)}
    before = reachable(steps, without)
    return any(not before[place[late]] >> place[early] & 1 for early, late in pairs)


def solved(program: Program, **options: object) -> list[Step]:
    """The order of a program."""
    count, engines, uses = program
    needed = list(dependences(engines, uses))
    return order(engines, needed, count, **options)  # pyright: ignore[reportArgumentType]


def edges(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Every signal with its wait."""
    return [(source, number) for number, step in enumerate(steps) for source in step.waits.values()]


@many
@given(programs())
def test_sufficient_and_not_wasteful(program: Program) -> None:
    steps = solved(program)
    assert [step.origin for step in steps] == list(range(len(program[1])))
    pairs = conflicts(program)
    assert not unordered(pairs, steps)
    for edge in edges(steps):
        assert unordered(pairs, steps, edge), f"{edge} orders nothing"


@many
@given(programs())
def test_signals_come_in_the_order_of_their_waits(program: Program) -> None:
    """So the first signal is for the first wait: no tokens are left, and none is taken for another."""
    steps = solved(program)
    pairs: dict[tuple[int, int], list[int]] = {}
    for source, number in edges(steps):
        assert source < number
        pairs.setdefault((steps[source].engine, steps[number].engine), []).append(source)
    for (_, target), sources in pairs.items():
        assert sources == sorted(set(sources))
        assert all(target in steps[source].signals for source in sources)
    assert sum(len(step.signals) for step in steps) == len(edges(steps))


def along_a_line(first: int, last: int) -> list[int]:
    """Signals go to the next engine only, as on a machine with token queues."""
    towards = 1 if last > first else -1
    return list(range(first + towards, last, towards))


@many
@given(programs())
def test_signals_are_passed_on(program: Program) -> None:
    steps = solved(program, route=along_a_line)
    assert not unordered(conflicts(program), steps)
    for source, number in edges(steps):
        assert abs(steps[source].engine - steps[number].engine) == 1
    kept = [step.origin for step in steps if step.origin is not None]
    assert kept == list(range(len(program[1])))


@many
@given(programs(), st.integers(1, 3))
def test_few_signals_on_their_way(program: Program, most: int) -> None:
    steps = solved(program, most=most)
    assert not unordered(conflicts(program), steps)
    before = reachable(steps)
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for source, number in edges(steps):
        pairs.setdefault((steps[source].engine, steps[number].engine), []).append((source, number))
    for found in pairs.values():
        for (signal, _), (_, taken) in zip(found[most:], found, strict=False):
            assert before[signal] >> taken & 1


def test_a_long_way_ahead() -> None:
    """A thousand signals before the first wait; and a thousand that nothing holds back."""
    uses = [[Use("a", Region(number % 1000, (), 1), number < 1000)] for number in range(2000)]
    ahead: Program = (2, [0] * 1000 + [1] * 1000, uses)
    steps = solved(ahead, most=7)
    assert 0 < len(edges(steps)) <= 7
    assert not unordered(conflicts(ahead), steps)
    uses = [[Use("a", Region(number // 2, (), 1), number % 2 == 0)] for number in range(2000)]
    free: Program = (2, [0, 1] * 1000, uses)
    steps = solved(free, most=255)
    assert len(edges(steps)) > 1000
    assert not unordered(conflicts(free), steps)


def test_no_way() -> None:
    with pytest.raises(TooManySignals):
        order([0, 1, 1], [{}, {0: 0}, {0: 0}], 2, most=0)


def test_signals_are_held_back_and_taken_together() -> None:
    """Engine 1 takes one signal early and all others late: holding them back is not enough.

    The signals of the steps 0 and 2 to 21 go to step 1 and to the steps 22 to 41.
    """
    engines = [0, 1, *[0] * 20, *[1] * 20]
    needed = [{}, {0: 0}, *[{}] * 20, *[{0: 2 + i} for i in range(20)]]
    steps = order(engines, needed, 2, most=4)
    signals = [(source, n) for n, step in enumerate(steps) for source in step.waits.values()]
    ahead = [(source, n) for source, n in signals if steps[n].engine == 1]
    for index, (signal, _) in enumerate(ahead[4:]):
        assert steps[signal].clock[1] >= ahead[index][1], "the one four before is taken"
    for number, (step, wanted) in enumerate(zip(steps, needed, strict=True)):
        assert all(step.clock[engine] >= last for engine, last in wanted.items()), number


def test_what_one_engine_uses_needs_no_order() -> None:
    program: Program = (2, [0, 0, 1], [[Use("a", Region(0, (), 8), True)]] * 2 + [[]])
    assert edges(solved(program)) == []


def test_neighbouring_columns_do_not_meet() -> None:
    """Odd pitches make small granules, but no order that is not needed."""
    left, right = (Region.of(first, [67, 4], [50, 4], 4) for first in (0, 16))
    program: Program = (2, [0, 1], [[Use("a", left, True)], [Use("a", right, True)]])
    assert edges(solved(program)) == []
