"""Which samples count, and what is made of them."""

from time import sleep

import pytest
from suite.sampling import Clock, Sample, geometric_mean, repeats, take, times_of

GOOD, SLOW = Sample(1.0, 0.99, 0.95), Sample(5.0, 4.9, 0.95)
INTERRUPTED, THROTTLED = Sample(3.0, 1.0, 0.95), Sample(3.0, 2.99, 0.8)


def test_samples_count_if_nothing_disturbed_them():
    assert [s.accepted for s in (GOOD, SLOW, INTERRUPTED, THROTTLED)] == [True, True, False, False]


def test_times_are_of_the_accepted_samples():
    times = times_of([GOOD, SLOW, INTERRUPTED, GOOD, THROTTLED])
    assert (times.median, times.best, times.accepted, times.taken) == (1.0, 1.0, 3, 5)
    assert not times.disturbed


def test_without_accepted_samples_processor_time_counts():
    times = times_of([INTERRUPTED, THROTTLED, Sample(9.0, 1.5, 0.95)])
    assert (times.median, times.best, times.accepted) == (1.5, 1.0, 0)
    assert times.disturbed


def test_a_sample_can_stand_for_more_work():
    assert GOOD.scaled(2) == Sample(2.0, 1.98, 0.95)


def test_geometric_mean():
    assert geometric_mean([2, 8]) == pytest.approx(4)
    assert geometric_mean([1.25]) == pytest.approx(1.25)


def test_a_call_that_sleeps_is_not_accepted():
    sample = take(lambda: sleep(0.002), 2, Clock())
    assert sample.wall >= 0.002
    assert not sample.accepted


def test_samples_are_long_enough():
    calls: list[int] = []
    count = repeats(lambda: calls.append(sleep(0.001) or 1), seconds=0.008)
    assert 1 <= count <= 8
    assert calls
    assert repeats(lambda: sleep(0.02), seconds=0.008) == 1
