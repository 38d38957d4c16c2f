"""Functions that remember results by the identity of what they are asked about."""

from __future__ import annotations

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import IntAttr, IntegerAttr, MemRefType, f32, i32, i64
from xdsl.ir.affine import AffineMap
from xdsl.utils.exceptions import VerifyException

from isa_mapper.dialects import remembered as module
from isa_mapper.dialects.isa import ViewOp
from isa_mapper.dialects.remembered import remembered


def test_the_same_objects_are_asked_about_once():
    asked: list[int] = []

    @remembered()
    def number(attribute: IntAttr) -> int:
        asked.append(attribute.data)
        return attribute.data

    one, other = IntAttr(3), IntAttr(3)
    assert [number(one), number(one), number(other)] == [3, 3, 3]
    assert asked == [3, 3]


def test_other_arguments_count_by_value():
    asked: list[tuple[int, tuple[int, ...]]] = []

    @remembered(objects=1)
    def number(attribute: IntAttr, more: tuple[int, ...]) -> int:
        asked.append((attribute.data, more))
        return attribute.data + sum(more)

    one = IntAttr(3)
    assert [number(one, (1, 2)), number(one, tuple([1, 2])), number(one, (4,))] == [6, 6, 7]
    assert asked == [(3, (1, 2)), (3, (4,))]


def test_an_object_that_is_gone_is_not_taken_for_another(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST", 4)

    @remembered()
    def number(attribute: IntAttr) -> int:
        return attribute.data

    # Were they not kept, the next one would often stand where the last one stood.
    assert [number(IntAttr(i)) for i in range(100)] == list(range(100))


def test_failures_are_not_remembered():
    tried: list[bool] = []

    @remembered()
    def fail(attribute: IntAttr) -> int:
        tried.append(True)
        raise ValueError(attribute)

    one = IntAttr(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="1"):
            fail(one)
    assert len(tried) == 2


def test_an_operation_is_checked_again_when_it_has_changed():
    base = test.TestOp(result_types=[MemRefType(f32, [4, 8])]).results[0]
    view = ViewOp.get(base, [], AffineMap.identity(2), (4, 8))
    view.verify()
    view.verify()
    good = view.properties["map"]
    view.properties["map"] = IntegerAttr(1, i64)
    with pytest.raises(VerifyException, match="map"):
        view.verify()
    view.properties["map"] = good
    view.properties["more"] = IntegerAttr(1, i32)
    with pytest.raises(VerifyException, match="more"):
        view.verify()
