"""Execution: every mapping gives exactly the kernel's result, and a broken rule does not."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.dialects.builtin import f32, i8, i32

from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.match import Mapping, find_mappings
from isa_mapper.mapping.padding import exact_axes
from isa_mapper.mapping.statement import Apply, Operand, Statement

Make = Callable[..., Statement]
Array = NDArray[Any]
Data = Callable[..., tuple[list[Array], Array]]
Reference = Callable[[Statement, list[Array], Array], Array]

PAIRS = [
    ("matmul", "gemm"),
    ("gemv", "gemm"),
    ("gram", "gemm"),
    ("conv2d", "gemm"),
    ("conv2d stride 2", "gemm"),
    ("conv2d", "vnni"),
    ("depthwise", "gemm"),
    ("depthwise", "vnni"),
    ("conv2d", "dot"),
    ("conv2d", "outer"),
    ("conv2d", "axpy"),
    ("grouped", "gemm"),
    ("conv1d", "gemm"),
]


@pytest.mark.parametrize("extents", [(2, 3, 4), (5, 4, 3)], ids=str)
@pytest.mark.parametrize(("kernel_name", "instruction_name"), PAIRS)
def test_every_mapping_computes_the_kernel(
    kernel: Make,
    instruction: Make,
    data: Data,
    reference: Reference,
    kernel_name: str,
    instruction_name: str,
    extents: tuple[int, int, int],
) -> None:
    ours = kernel(kernel_name)
    axes = [axis.name for axis in instruction(instruction_name).axes]
    theirs = instruction(instruction_name, **dict(zip(axes, extents, strict=False)))
    inputs, output = data(ours)
    expected = reference(ours, inputs, output)
    found = find_mappings(ours, theirs, instruction_name)
    assert found.mappings
    for mapping in found.mappings:
        got = execute(ours, theirs, mapping, inputs, output)
        assert np.array_equal(got, expected), mapping


def test_the_order_inside_a_group_does_not_matter(
    kernel: Make, instruction: Make, data: Data, reference: Reference
) -> None:
    ours, theirs = kernel("conv1d"), instruction("gemm", i=4, j=3, k=5)
    inputs, output = data(ours)
    expected = reference(ours, inputs, output)
    for mapping in find_mappings(ours, theirs, "gemm").mappings:
        for groups in product(*map(permutations, mapping.groups)):
            ordered = replace(mapping, groups=groups)
            assert np.array_equal(execute(ours, theirs, ordered, inputs, output), expected)


OTHERS = {
    "cleared": ("C[m] = A[m] * B[m]", dict(m=9), "c[i] += a[i] * b[i]", dict(i=4)),
    "wider": ("C[m] = A[m] * B[m]", dict(m=3), "c[i] = a[i] * b[i]", dict(i=16)),
    "outer": ("C[m,n] = A[m] * B[n]", dict(m=3, n=5), "c[i] += a * b[i]", dict(i=4)),
    "copied": ("C[n,m] = A[m,n]", dict(m=3, n=5), "c[i] = a[i]", dict(i=4)),
    "splat": ("C[m,n] = A[m]", dict(m=3, n=5), "c[i] = a", dict(i=4)),
    "fir": (
        "O[n,p] += I[n,p+r] * W[r]",
        dict(n=2, p=7, r=3),
        "c[i] += a[i+j] * b[j]",
        dict(i=4, j=3),
    ),
    "largest": ("C[m] max= A[m,k]", dict(m=5, k=6), "c[i] max= a[i,k]", dict(i=4, k=3)),
    "scattered": ("O[p+r] += I[p] * W[r]", dict(p=5, r=3), "c[i,j] += a[i] * b[j]", dict(i=4, j=2)),
    "spread": ("O[3*p+r] += I[p] * W[r]", dict(p=5, r=3), "c[i,j] += a[i] * b[j]", dict(i=4, j=2)),
    "gaps": ("O[3*m+p] = A[p] * B[m]", dict(m=3, p=2), "c[i] += a * b[i]", dict(i=4)),
    "diagonal": ("c += A[k,k] * B[k]", dict(k=7), "c += a[k] * b[k]", dict(k=4)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_forms(formula: Make, data: Data, reference: Reference, name: str) -> None:
    ours_text, extents, theirs_text, lanes = OTHERS[name]
    ours, theirs = formula(ours_text, **extents), formula(theirs_text, **lanes)
    inputs, output = data(ours)
    expected = reference(ours, inputs, output)
    found = find_mappings(ours, theirs, name)
    assert found.mappings
    for mapping in found.mappings:
        got = execute(ours, theirs, mapping, inputs, output)
        assert np.array_equal(got, expected), mapping


def test_accumulating_through_the_output(formula: Make, data: Data, reference: Reference) -> None:
    ours, theirs = formula("C[n] += A[m,n]", m=5, n=9), formula("c[i] = a[i] + b[i]", i=4)
    inputs, output = data(ours)
    found = find_mappings(ours, theirs, "add", through_output=True)
    assert len(found.mappings) == 2
    for mapping in found.mappings:
        got = execute(ours, theirs, mapping, inputs, output)
        assert np.array_equal(got, reference(ours, inputs, output))


def test_fresh_sums(formula: Make, data: Data) -> None:
    fresh = replace(formula("y[m] += A[m,k] * x[k]", m=5, k=7), overwrites=True)
    inputs, output = data(fresh)
    dot = formula("c += a[k] * b[k]", k=8)
    for instruction in (dot, replace(dot, overwrites=True)):
        found = find_mappings(fresh, instruction, "dot")
        assert len(found.mappings) == 2
        for mapping in found.mappings:
            got = execute(fresh, instruction, mapping, inputs, output)
            assert np.array_equal(got, inputs[0] @ inputs[1])


def test_a_guarded_read_outside_is_zero(formula: Make) -> None:
    padded = formula("O[p] += I[p+r] * W[r]", p=6, r=3)
    inside = replace(padded.inputs[0], offset=(-1,), shape=(6,))
    ours = replace(padded, inputs=(inside, padded.inputs[1]), guarded=True)
    signal, filter_ = np.arange(1, 7, dtype=np.float32), np.array([1, 2, 4], dtype=np.float32)
    expected = np.convolve(signal, filter_[::-1], "same")
    for mapping in find_mappings(ours, formula("c[i] += a * b[i]", i=4), "axpy").mappings:
        got = execute(
            ours, formula("c[i] += a * b[i]", i=4), mapping, [signal, filter_], 0 * signal
        )
        assert np.array_equal(got, expected)


def signed_times_unsigned(statement: Statement, kinds: tuple[str, str]) -> Statement:
    """The statement on bytes that are widened by sign or by zeros."""
    widened = tuple(Apply(f"arith.{kind}", (Operand(k),), i32) for k, kind in enumerate(kinds))
    inputs = tuple(replace(access, element=i8) for access in statement.inputs)
    output = replace(statement.output, element=i32)
    body = Apply("arith.muli", widened, i32)
    return replace(statement, inputs=inputs, output=output, body=body, combine="arith.addi")


def bytes_case(formula: Make) -> tuple[Statement, Statement, list[Array], Array, Array]:
    """A matrix multiplication of signed by unsigned bytes on an instruction of the reverse."""
    ours = signed_times_unsigned(
        formula("C[m,n] += A[m,k] * B[k,n]", m=3, n=5, k=6), ("extsi", "extui")
    )
    theirs = signed_times_unsigned(formula("c[i] += a[k] * b[i,k]", i=4, k=4), ("extui", "extsi"))
    random = np.random.default_rng(0)
    a = random.integers(-128, 128, (3, 6)).astype(np.int8)
    b = random.integers(-128, 128, (6, 5)).astype(np.int8)
    expected = a.astype(np.int32) @ b.view(np.uint8).astype(np.int32)
    return ours, theirs, [a, b], np.zeros((3, 5), np.int32), expected


def test_bytes_of_different_signs(formula: Make) -> None:
    ours, theirs, inputs, output, expected = bytes_case(formula)
    found = find_mappings(ours, theirs, "vnni")
    assert found.counts.total == 3
    for mapping in found.mappings:
        assert np.array_equal(execute(ours, theirs, mapping, inputs, output), expected)


# Sabotage: what the rules forbid is wrong


GEMM = "c[i,j] += a[i,k] * b[k,j]"


@pytest.mark.parametrize(
    ("rule", "ours", "theirs", "groups"),
    [
        ("R1", "C[m,n] += A[m,k] * B[k,n]", GEMM, (("m", "n"), (), ("k",))),
        ("R1", "C[m,n] += A[m,k] * B[k,n]", "c[i] += a * b[i]", (("m", "n"),)),
        ("R2", "C[m,n] += A[m,k] * B[k,n]", GEMM, (("m",), (), ("k", "n"))),
        ("R2", "C[m] += A[m,k] * B[m,k]", "c += a[k] * b[k]", (("m", "k"),)),
        ("R3", "C[m] += A[m,k] * B[m,k]", "c[i] += a[i] * b[i]", (("m", "k"),)),
        ("R3", "C += A[k] * B[k]", "c[i] += a[i] * b[i]", (("k",),)),
        ("R3", "C += A[m] * B[n]", "c[i,j] += a[i] * b[j]", (("m",), ("n",))),
    ],
)
def test_a_broken_axis_rule_gives_wrong_numbers(
    formula: Make,
    data: Data,
    reference: Reference,
    rule: str,
    ours: str,
    theirs: str,
    groups: tuple[tuple[str, ...], ...],
) -> None:
    kernel = formula(ours, **{axis: 4 for axis in "mnk" if axis in ours})
    instruction = formula(theirs, **{axis: 6 for axis in "ijk" if axis in theirs})
    broken = Mapping("broken", (0, 1), groups)
    inputs, output = data(kernel)
    found = find_mappings(kernel, instruction, "broken")
    assert groups not in [mapping.groups for mapping in found.mappings]
    assert rule in {why.rule for why in found.rejections}
    got = execute(kernel, instruction, broken, inputs, output)
    assert not np.array_equal(got, reference(kernel, inputs, output))


def test_swapped_operands_of_different_type_give_wrong_numbers(formula: Make) -> None:
    ours, theirs, inputs, output, expected = bytes_case(formula)
    right = Mapping("vnni", (1, 0), (("m",), ("k",)))
    assert np.array_equal(execute(ours, theirs, right, inputs, output), expected)
    swapped = Mapping("vnni", (0, 1), (("n",), ("k",)))
    assert not np.array_equal(execute(ours, theirs, swapped, inputs, output), expected)


def test_zeros_in_a_tail_of_a_maximum_give_wrong_numbers(formula: Make) -> None:
    ours, theirs = formula("C max= A[k]", k=6), formula("c max= a[k]", k=4)
    values, lowest = -np.arange(1, 7, dtype=np.float32), np.array(-9, dtype=np.float32)
    assert not find_mappings(ours, theirs, "max").mappings
    got = execute(ours, theirs, Mapping("max", (0,), (("k",),)), [values], lowest)
    assert got == 0 != values.max()


# Random statements


def axis_letters(draw: st.DrawFn, letters: str, most: int) -> list[str]:
    return draw(st.lists(st.sampled_from(letters), max_size=most, unique=True))


@st.composite
def formulas(draw: st.DrawFn, axes: str, names: str, sums: bool) -> str:
    """A sum of products whose operands have random axes; with `sums`, dimensions like `p+r`."""
    left = axis_letters(draw, axes, 3)
    operands: list[str] = []
    for name in names[1:]:
        dims = axis_letters(draw, axes, 3)
        if sums and len(dims) > 1 and draw(st.booleans()):
            factor = draw(st.sampled_from(["", "2*"]))
            dims = [f"{factor}{dims[0]}+{dims[1]}", *dims[2:]]
        operands.append(f"{name}[{','.join(dims)}]")
    return f"{names[0]}[{','.join(left)}] += {' * '.join(operands)}"


def used(text: str, axes: str, extents: list[int]) -> dict[str, int]:
    """The extents of the axes that a formula uses."""
    return {axis: extent for axis, extent in zip(axes, extents, strict=True) if axis in text[2:]}


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.data())
def test_random_statements(
    formula: Make,
    data: Data,
    reference: Reference,
    definition: Callable[..., bool],
    drawn: st.DataObject,
) -> None:
    """On random statements the matcher equals the definition, and all it finds is right."""
    text = drawn.draw(formulas("mnpq", "OAB", sums=True))
    needle = drawn.draw(formulas("ijk", "cab", sums=drawn.draw(st.booleans())))
    sizes = st.integers(2, 3)
    extents = [drawn.draw(sizes) for _ in "mnpq"]
    ours = formula(text, **used(text, "mnpq", extents))
    theirs = formula(needle, **used(needle, "ijk", [drawn.draw(st.integers(2, 4)) for _ in "ijk"]))
    found = find_mappings(ours, theirs, "random")
    got = {(m.operands, tuple(map(frozenset, m.groups))) for m in found.mappings}
    inputs, output = data(ours)
    expected = reference(ours, inputs, output)
    for mapping in found.mappings:
        assert definition(ours, theirs, mapping.operands, mapping.groups)
        computed = execute(ours, theirs, mapping, inputs, output)
        assert np.array_equal(computed, expected), mapping
    if "+" in needle.replace("+=", "") or exact_axes(theirs):
        return  # of instructions with sums of axes some legal mappings are passed over
    for operands in [(0, 1), (1, 0)]:
        for groups in assignments([axis.name for axis in ours.axes], len(theirs.axes)):
            sets = tuple(map(frozenset, groups))
            if any(groups) and definition(ours, theirs, operands, groups):
                assert (operands, sets) in got


def assignments(axes: list[str], lanes: int) -> list[list[list[str]]]:
    """Every way to put each axis into a group or none."""
    found: list[list[list[str]]] = [[[] for _ in range(lanes)]]
    for axis in axes:
        found += [
            [[*group, axis] if d == lane else group for d, group in enumerate(groups)]
            for groups in found
            for lane in range(lanes)
        ]
    return found


def test_the_reference_is_right(kernel: Make, data: Data, reference: Reference) -> None:
    ours = kernel("matmul")
    inputs, output = data(ours)
    assert np.array_equal(reference(ours, inputs, output), output + inputs[0] @ inputs[1])
    conv = kernel("conv1d")
    inputs, output = data(conv)
    windows = np.lib.stride_tricks.sliding_window_view(inputs[0], 3, axis=2)
    expected = output + np.einsum("ncpr,ocr->nop", windows, inputs[1])
    assert np.array_equal(reference(conv, inputs, output), expected)
    assert conv.output.element == f32
