"""The matcher: the design's table of counts, brute force, bodies and rejections."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from time import perf_counter

import pytest
from xdsl.dialects.builtin import f32, i8, i32

from isa_mapper.mapping.match import find_axes, find_mappings
from isa_mapper.mapping.statement import Access, Apply, Constant, Operand, Statement

Make = Callable[..., Statement]

TABLE = [
    ("matmul", "gemm", 2, 14),
    ("gemv", "gemm", 0, 6),
    ("gram", "gemm", 2, 14),
    ("conv2d", "gemm", 98, 254),
    ("conv2d stride 2", "gemm", 98, 254),
    ("conv2d", "vnni", 56, 78),
    ("depthwise", "gemm", 0, 30),
    ("depthwise", "vnni", 9, 18),
    ("conv2d", "dot", 14, 14),
    ("conv2d", "outer", 14, 30),
    ("conv2d", "axpy", 8, 8),
    ("grouped", "gemm", 98, 254),
    ("conv1d", "gemm", 18, 62),
]


@pytest.mark.parametrize(("kernel_name", "instruction_name", "full", "total"), TABLE)
def test_the_counts_are_those_of_the_design(
    kernel: Make, instruction: Make, kernel_name: str, instruction_name: str, full: int, total: int
) -> None:
    found = find_mappings(kernel(kernel_name), instruction(instruction_name), instruction_name)
    assert (found.counts.full_rank, found.counts.total) == (full, total)
    assert len(set(found.mappings)) == len(found.mappings)


def test_a_match_takes_milliseconds(kernel: Make, instruction: Make) -> None:
    ours, theirs = kernel("conv2d"), instruction("gemm")
    find_mappings.cache_clear()
    start = perf_counter()
    find_mappings(ours, theirs, "gemm")
    assert perf_counter() - start < 0.25  # 6 ms on an idle core


@pytest.mark.parametrize("instruction_name", ["gemm", "vnni", "dot", "outer", "axpy"])
@pytest.mark.parametrize("kernel_name", ["conv1d", "gemv", "matmul", "depthwise"])
def test_the_rule_equals_brute_force(
    kernel: Make,
    instruction: Make,
    definition: Callable[..., bool],
    kernel_name: str,
    instruction_name: str,
) -> None:
    ours, theirs = kernel(kernel_name), instruction(instruction_name, 4)
    ours = replace(ours, axes=tuple(replace(axis, extent=2) for axis in ours.axes))
    found = find_mappings(ours, theirs, instruction_name)
    got = {(m.operands, tuple(map(frozenset, m.groups))) for m in found.mappings}
    lanes = len(theirs.axes)
    expected: set[tuple[tuple[int, ...], tuple[frozenset[str], ...]]] = set()
    for operands in [(0, 1), (1, 0)]:
        for choice in product([*range(lanes), None], repeat=len(ours.axes)):
            groups = [
                [axis.name for axis, d in zip(ours.axes, choice, strict=True) if d == lane]
                for lane in range(lanes)
            ]
            if any(groups) and definition(ours, theirs, operands, groups):
                expected.add((operands, tuple(map(frozenset, groups))))
    if expected:
        assert got == expected
    else:  # then the assignment of nothing is given
        assert {groups for _, groups in got} <= {(frozenset[str](),) * lanes}


def test_unit_axes_join_no_group(formula: Make, instruction: Make) -> None:
    found = find_mappings(
        formula("C[m,n] += A[m,k] * B[k,n]", m=1, n=8, k=8), instruction("gemm"), "gemm"
    )
    assert found.counts.total == 6
    assert all("m" not in sum(mapping.groups, ()) for mapping in found.mappings)


def test_the_empty_assignment_only_when_there_is_no_other(formula: Make) -> None:
    fmadd = formula("c[i] += a[i] * b[i]", i=16)
    found = find_mappings(formula("c += a[k] * b[k]", k=8), fmadd, "fmadd")
    assert [mapping.groups for mapping in found.mappings] == [((),), ((),)]
    assert {why.rule for why in found.rejections} >= {"R3"}


def test_an_instruction_without_axes_does_one_point(formula: Make) -> None:
    found = find_mappings(formula("C[m] += A[m] * B[m]", m=8), formula("c += a * b"), "fma")
    assert [(m.groups, m.full_rank) for m in found.mappings] == [((), True), ((), True)]


def test_a_group_has_the_longest_stride_outside(kernel: Make, instruction: Make) -> None:
    mappings = find_mappings(kernel("conv2d"), instruction("gemm"), "gemm").mappings
    widest = max(mappings, key=lambda mapping: len(sum(mapping.groups, ())))
    assert ("c", "r", "s") in widest.groups


# Bodies


def test_operands_of_different_types_bind_one_way(formula: Make) -> None:
    def mixed(statement: Statement, kinds: tuple[str, str]) -> Statement:
        body = Apply(
            "arith.muli",
            tuple(Apply(f"arith.{kind}", (Operand(k),), i32) for k, kind in enumerate(kinds)),
            i32,
        )
        inputs = tuple(replace(access, element=i8) for access in statement.inputs)
        output = replace(statement.output, element=i32)
        return replace(statement, inputs=inputs, output=output, body=body, combine="arith.addi")

    kernel = mixed(formula("C[m,n] += A[m,k] * B[k,n]", m=4, n=4, k=4), ("extsi", "extui"))
    vnni = mixed(formula("c[i] += a[k] * b[i,k]", i=4, k=4), ("extui", "extsi"))
    found = find_mappings(kernel, vnni, "vnni")
    assert {mapping.operands for mapping in found.mappings} == {(1, 0)}
    both = mixed(formula("c[i] += a[k] * b[i,k]", i=4, k=4), ("extsi", "extsi"))
    why = find_mappings(kernel, both, "vnni").rejections[0]
    assert str(why) == (
        "operator arith.extsi expected, the kernel has operator arith.extui (operator)"
    )


def test_a_difference_does_not_commute(formula: Make) -> None:
    def difference(statement: Statement) -> Statement:
        return replace(statement, body=Apply("arith.subf", (Operand(0), Operand(1)), f32))

    found = find_mappings(
        difference(formula("c[i] = a[i] * b[i]", i=4)),
        difference(formula("c[i] = a[i] * b[i]", i=4)),
        "sub",
    )
    assert [mapping.operands for mapping in found.mappings] == [(0, 1)]


def test_a_square_binds_both_operands_to_one_input(formula: Make, instruction: Make) -> None:
    square = replace(
        formula("c += a[k]", k=8), body=Apply("arith.mulf", (Operand(0), Operand(0)), f32)
    )
    found = find_mappings(square, instruction("dot"), "dot")
    assert [mapping.operands for mapping in found.mappings] == [(0, 0)]


def test_semantics_is_typed(formula: Make, instruction: Make) -> None:
    logic = formula("C[m,n] += A[m,k] * B[k,n]", "i1", m=4, n=4, k=4)
    words = formula("c[i,j] += a[i,k] * b[k,j]", "i32", i=4, j=4, k=4)
    assert find_mappings(logic, words, "gemm").rejections[0].rule == "element type"
    bits = formula("c[i,j] += a[i,k] * b[k,j]", "i1", i=4, j=4, k=4)
    both = replace(bits, combine="arith.ori", body=replace_op(bits, "arith.andi"))
    assert find_mappings(logic, both, "and-or").rejections[0].rule == "combine"
    assert find_mappings(logic, bits, "gemm").counts.total == 14


def replace_op(statement: Statement, op: str) -> Apply:
    assert isinstance(statement.body, Apply)
    return replace(statement.body, op=op)


def test_a_product_on_a_multiply_add_clears_the_accumulator(formula: Make) -> None:
    fmadd = formula("c[i] += a[i] * b[i]", i=4)
    found = find_mappings(formula("C[m] = A[m] * B[m]", m=9), fmadd, "fmadd")
    assert [(m.operands, m.clear) for m in found.mappings] == [((0, 1), True), ((1, 0), True)]
    summed = formula("C[m] += A[m,k] * B[m,k]", m=9, k=3)
    assert not any(m.clear for m in find_mappings(summed, fmadd, "fmadd").mappings)
    fresh = replace(summed, overwrites=True)
    assert all(m.clear for m in find_mappings(fresh, fmadd, "fmadd").mappings)


def test_a_fresh_sum_must_be_done_at_once(formula: Make, instruction: Make) -> None:
    dot = replace(instruction("dot"), overwrites=True)
    short = replace(formula("c += a[k] * b[k]", k=9), overwrites=True)
    assert find_mappings(short, dot, "dot").counts.full_rank == 2
    long = replace(formula("c += a[k] * b[k]", k=17), overwrites=True)
    assert find_mappings(long, dot, "dot").rejections[-1].rule == "whole"
    running = formula("c += a[k] * b[k]", k=9)
    assert find_mappings(running, dot, "dot").rejections[0].rule == "combine"


def test_accumulating_through_the_output(formula: Make) -> None:
    rows = formula("C[n] += A[m,n]", m=5, n=9)
    add = formula("c[i] = a[i] + b[i]", i=4)
    assert find_mappings(rows, add, "add").rejections[0].rule == "combine"
    found = find_mappings(rows, add, "add", through_output=True)
    assert {(m.operands, m.groups) for m in found.mappings} == {
        ((0, 1), (("n",),)),
        ((1, 0), (("n",),)),
    }


def test_copies_and_fills(formula: Make) -> None:
    load = formula("c[i] = a[i]", i=16)
    splat = formula("c[i] = a", i=16)
    copy = formula("C[m,n] = A[m,n]", m=8, n=48)
    assert find_mappings(copy, load, "load").counts.full_rank == 3
    assert find_mappings(copy, splat, "splat").counts.full_rank == 0
    repeated = formula("C[m,n] = A[m]", m=8, n=48)
    assert [m.groups for m in find_mappings(repeated, splat, "splat").mappings] == [(("n",),)]
    zero = Constant(0.0, f32)
    fill = replace(copy, inputs=(), body=zero)
    setzero = replace(load, inputs=(), body=zero)
    assert find_mappings(fill, setzero, "setzero").counts.full_rank == 3
    negative = replace(load, inputs=(), body=Constant(-0.0, f32))
    assert not find_mappings(fill, negative, "setzero").mappings


# Rejections


def test_rejections_name_the_users_axes_and_operands(
    kernel: Make, formula: Make, instruction: Make
) -> None:
    texts = {
        str(why) for why in find_mappings(kernel("matmul"), instruction("gemm"), "g").rejections
    }
    assert (
        "axis n of B cannot join axis i: the instruction reads b[k, j], one value for all i (R1)"
        in texts
    )
    assert (
        "axis m of A cannot join axis j: the instruction reads a[i, k], one value for all j (R1)"
        in texts
    )
    fmadd = formula("c[i] += a[i] * b[i]", i=16)
    gemv = {str(why) for why in find_mappings(kernel("gemv"), fmadd, "g").rejections}
    assert (
        "axis k cannot join axis i: the kernel reduces over k, but the instruction keeps c[i] "
        "apart, so y would lie in partial sums (R3)" in gemv
    )
    dot = find_mappings(kernel("gemv"), instruction("dot"), "g").rejections
    assert "axis m of y cannot join axis k: the instruction reduces over k into c[] (R2)" in {
        str(why) for why in dot
    }


def test_rejections_are_structured(kernel: Make, instruction: Make) -> None:
    why = find_mappings(kernel("matmul"), instruction("gemm"), "g").rejections[0]
    assert why.as_dict().keys() == {"rule", "text", "axis", "lane", "operand"}


def test_element_types_and_operators_are_named(formula: Make) -> None:
    double = formula("C[m] = A[m] * B[m]", "f64", m=8)
    single = formula("c[i] = a[i] * b[i]", i=4)
    why = find_mappings(double, single, "mul").rejections[0]
    assert str(why) == "C has element type f64, the instruction's c has f32 (element type)"
    mixed = replace(single, output=replace(single.output, element=double.output.element))
    why = find_mappings(double, mixed, "mul").rejections[0]
    assert str(why) == "A has element type f64, the instruction's a has f32 (element type)"
    total = formula("C[m] = A[m] + B[m]", m=8)
    why = find_mappings(total, single, "mul").rejections[0]
    assert str(why) == (
        "operator arith.mulf expected, the kernel has operator arith.addf (operator)"
    )


def test_a_tail_that_no_zeros_can_fill_is_refused(formula: Make) -> None:
    largest = formula("c[i] max= a[i,k]", i=4, k=4)
    odd = formula("C[m] max= A[m,k]", m=8, k=6)
    even = formula("C[m] max= A[m,k]", m=8, k=8)
    refused = find_mappings(odd, largest, "max")
    assert not refused.mappings
    assert refused.rejections[-1].rule == "pad"
    found = find_mappings(even, largest, "max")
    assert [(m.groups, m.exact) for m in found.mappings] == [
        ((("m",), ("k",)), (1,)),
        (((), ("k",)), (1,)),
    ]
    total = find_mappings(odd, replace(largest, combine="arith.addf"), "sum")
    assert total.rejections[0].rule == "combine"
    sums = replace(odd, combine="arith.addf")
    assert find_mappings(sums, replace(largest, combine="arith.addf"), "sum").counts.total == 3


@pytest.mark.parametrize("text", ["c[i] += a[i+j] * b[j]", "c[i] += a[i] * b[i,j]"])
def test_zeros_fill_lanes_beside_elements_only_among_integers(formula: Make, text: str) -> None:
    """The other factor is there in all lanes: of floats, infinite times zero is no zero."""
    for element, count in (("f32", 0), ("i32", 1)):
        ours = formula(text.replace("c", "C"), element, i=4, j=3)
        theirs = formula(text, element, i=4, j=2)
        found = find_mappings(ours, theirs, "sum").mappings
        whole = [m for m in found if m.groups == (("i",), ("j",))]
        assert len(whole) == count
        assert not any(group == () for m in found for group in m.groups[1:]) or element == "i32"


def test_messages_use_the_users_own_operators(formula: Make) -> None:
    product = formula("c[i] = a[i] * b[i]", i=4)
    difference = replace(product, body=replace_op(product, "arith.subf"))
    why = find_mappings(difference, product, "mul").rejections[0]
    assert str(why) == (
        "operator arith.mulf expected, the kernel has operator arith.subf (operator)"
    )
    copy = formula("C[m] = A[m]", m=4)
    why = find_mappings(copy, product, "mul").rejections[0]
    assert str(why) == "operator arith.mulf expected, the kernel has input A (operator)"


def test_negative_zero_is_not_zero(formula: Make) -> None:
    copy = formula("C[m] = A[m]", m=8)
    plus, minus = (replace(copy, inputs=(), body=Constant(zero, f32)) for zero in (0.0, -0.0))
    assert find_mappings(plus, plus, "fill").mappings
    assert not find_mappings(plus, minus, "fill").mappings


# General accesses


def test_an_instruction_that_convolves(formula: Make) -> None:
    fir = formula("c[i] += a[i+j] * b[j]", i=4, j=3)
    conv = formula("O[n,o,p] += I[n,c,p+r] * W[o,c,r]", n=2, o=3, p=5, c=2, r=3)
    full = {m.groups for m in find_mappings(conv, fir, "fir").mappings if m.full_rank}
    assert full == {(("p",), ("r",))}
    strided = formula("O[p] += I[2*p+r] * W[r]", p=5, r=3)
    assert not any(m.full_rank for m in find_mappings(strided, fir, "fir").mappings)
    assert any(why.rule == "coupled" for why in find_mappings(strided, fir, "fir").rejections)


def test_an_output_that_overlaps_is_not_kept_apart(formula: Make) -> None:
    outer = formula("c[i,j] += a[i] * b[j]", i=4, j=4)
    transposed = formula("O[p+r] += I[p] * W[r]", p=5, r=3)
    found = find_mappings(transposed, outer, "outer")
    assert all(sum(map(bool, m.groups)) == 1 for m in found.mappings)
    assert any(why.rule == "R3" for why in found.rejections)
    spread = formula("O[3*p+r] += I[p] * W[r]", p=5, r=3)
    assert find_mappings(spread, outer, "outer").counts.full_rank == 2


def test_access_of_a_diagonal(formula: Make, instruction: Make) -> None:
    trace: Access = formula("c += A[k,k] * B[k]", k=7).inputs[0]
    assert trace.matrix == ((1,), (1,))
    found = find_mappings(formula("c += A[k,k] * B[k]", k=7), instruction("dot"), "dot")
    assert found.counts.full_rank == 2


def test_axes_follow_the_order_of_the_operands(formula: Make) -> None:
    """An instruction made for a kernel may take its inputs in another order: they decide the axes."""
    kernel = formula("y[m,n] = x[m,n] * f[m]", m=6, n=32)
    alike = formula("d[i,j] = a[i,j] * b[i]", i=8, j=16)
    other = formula("d[i,j] = b[i] * a[i,j]", i=8, j=16)
    first = {mapping.groups for mapping in find_axes(kernel, alike, "alike", (0, 1))}
    second = find_axes(kernel, other, "other", (1, 0))
    assert {mapping.groups for mapping in second} == first
    assert {mapping.operands for mapping in second} == {(1, 0)}
    assert (("m",), ("n",)) in first
    assert not any("m" in columns for _, columns in first), "a column is read by no other column"
