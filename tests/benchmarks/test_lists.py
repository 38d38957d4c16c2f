"""What is measured: DeepBench as it is published, the rule of sampling, operations of a case."""

import numpy as np
import pytest
from suite import lists
from suite.cases import Case, Gemm
from suite.groups import GROUPS

from isa_mapper.runtime.pipeline import to_statements
from isa_mapper.runtime.work import operations

EVERY = [(group.name, case) for group in GROUPS for case in group.cases()]


def test_deepbench_products_are_row_major():
    products = lists.products(lists.F32)
    assert len(products) == len(set(products))
    assert products[0] == Gemm(lists.F32, 16, 1760, 1760)  # BLAS's 1760 x 16 x 1760
    assert Gemm(lists.F32, 700, 35, 2048) in products


def test_groups_of_products_share_no_size_and_leave_none_out():
    parts = (lists.gemv, lists.skinny, lists.large, lists.odd)
    found = [case for part in parts for case in part(lists.F32)]
    assert len(found) == len(set(found))
    assert {*found} - {Gemm(lists.F32, 700, 100, 2048)} == {*lists.products(lists.F32)}


def test_the_sample_takes_equal_steps_in_the_order_of_work():
    cases = [Gemm(lists.F32, rows, 2, 3) for rows in (9, 1, 5, 3, 7, 2, 4, 6, 8)]
    assert [case.m for case in lists.sample(cases, 3)] == [1, 5, 9]
    assert [case.m for case in lists.sample(cases, 5)] == [1, 3, 5, 7, 9]
    assert [case.m for case in lists.sample(cases, 1)] == [5]
    assert [case.m for case in lists.sample(cases, 99)] == list(range(1, 10))


def test_large_cases_are_left_for_the_full_run():
    moderate = lists.moderate(lists.products(lists.F32))
    assert Gemm(lists.F32, 700, 5124, 2048) in moderate
    assert Gemm(lists.F32, 24000, 7680, 2560) not in moderate  # too much work
    assert Gemm(lists.F32, 1, 1024, 500000) not in moderate  # too much memory


def test_resnet_has_its_convolutions():
    found = lists.resnet(lists.F32)
    assert len(found) == len(set(found)) == 23
    assert [case.name for case in found[:3]] == ["7 s2 3->64 224", "1 64->64 56", "3 64->64 56"]
    assert sum(case.window == (3, 3) and case.strides == (2, 2) for case in found) == 3


@pytest.mark.parametrize("name", [group.name for group in GROUPS])
def test_the_work_of_a_case_is_that_of_its_kernel(name: str):
    """Statements count the same; convolutions count points in the padding in both."""
    group = next(group for group in GROUPS if group.name == name)
    case = min(lists.moderate(group.cases()), key=lambda case: case.operations)
    if name == "recurrent-f32":  # the products only: gates are beside them
        assert 1 < operations(to_statements(case.build())) / case.operations < 1.01
    else:
        assert operations(to_statements(case.build())) == case.operations


@pytest.mark.parametrize("name", [group.name for group in GROUPS])
def test_inputs_are_the_same_every_time(name: str):
    group = next(group for group in GROUPS if group.name == name)
    case = min(lists.moderate(group.cases()), key=lambda case: case.bytes)
    for one, other, parameter in zip(
        case.arrays(), case.arrays(), case.signature.inputs, strict=True
    ):
        np.testing.assert_array_equal(one, other)
        assert one.shape == parameter.shape
    assert case.weight_bytes < case.bytes


def test_names_are_unique_within_a_group():
    names: dict[tuple[str, str], Case] = {}
    for group, case in EVERY:
        assert names.setdefault((group, case.name), case) == case
