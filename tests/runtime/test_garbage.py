"""How often Python looks for garbage while a program is compiled."""

import gc

import pytest

from isa_mapper.runtime.garbage import COLLECTED, seldom_collected


@pytest.mark.parametrize(
    ("before", "within"), [(700, COLLECTED), (COLLECTED + 1, COLLECTED + 1), (0, 0)]
)
def test_it_looks_less_often_for_a_while(before: int, within: int) -> None:
    usual = gc.get_threshold()
    gc.set_threshold(before, 10, 10)
    try:
        with seldom_collected():
            assert gc.get_threshold() == (within, 10, 10)
        assert gc.get_threshold() == (before, 10, 10)
    finally:
        gc.set_threshold(*usual)
