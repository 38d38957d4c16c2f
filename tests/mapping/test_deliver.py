"""Delivery words, utilisation, and the order of mappings."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isa_mapper.mapping.deliver import deliver, lane_strides, rank, tails
from isa_mapper.mapping.match import Mapping, find_mappings
from isa_mapper.mapping.statement import Statement

Make = Callable[..., Statement]

MATMUL = "C[m,n] += A[m,k] * B[k,n]"
FMADD = "c[i] += a[i] * b[i]"
GEMM = "c[i,j] += a[i,k] * b[k,j]"
CONV = "O[n,o,p,q] += I[n,c,p+r,q+s] * W[o,c,r,s]"
CONV_EXTENTS = dict(n=2, o=8, p=8, q=8, c=4, r=3, s=3)


def on_registers(statement: Statement) -> Statement:
    """The instruction with its operands in registers."""
    return replace(
        statement,
        inputs=tuple(replace(access, memory="reg") for access in statement.inputs),
        output=replace(statement.output, memory="reg"),
    )


@pytest.mark.parametrize(
    ("kernel", "extents", "groups", "words", "utilisation"),
    [
        (MATMUL, dict(m=8, n=16, k=5), (("n",),), "broadcast direct direct", 1.0),
        (MATMUL, dict(m=8, n=20, k=5), (("n",),), "broadcast direct+pad direct+pad", 20 / 24),
        (MATMUL, dict(m=8, n=16, k=5), (("m",),), "pack broadcast pack", 1.0),
        (MATMUL, dict(m=8, n=4, k=5), (("m", "n"),), "gather gather direct", 1.0),
        (MATMUL, dict(m=8, n=16, k=5), (("m", "n"),), "broadcast direct direct", 1.0),
        (MATMUL, dict(m=8, n=3, k=5), (("m", "n"),), "gather gather direct", 1.0),
        ("C[m] += A[m] * B[m]", dict(m=3), (("m",),), "direct+pad direct+pad direct+pad", 3 / 8),
        ("C += A * B", {}, ((),), "broadcast broadcast direct+pad", 1 / 8),
    ],
)
def test_words_on_a_vector_instruction(
    formula: Make,
    kernel: str,
    extents: dict[str, int],
    groups: tuple[tuple[str, ...], ...],
    words: str,
    utilisation: float,
) -> None:
    ours = formula(kernel, **extents)
    found = deliver(ours, on_registers(formula(FMADD, i=8)), Mapping("fmadd", (0, 1), groups))
    assert " ".join(found.words) == words
    assert found.utilisation == pytest.approx(utilisation)


@pytest.mark.parametrize(
    ("operands", "groups", "words"),
    [
        ((0, 1), (("m",), ("n",), ("k",)), "direct direct direct"),
        ((1, 0), (("n",), ("m",), ("k",)), "transpose transpose transpose"),
        ((0, 1), (("m",), ("n",), ()), "direct+pad direct+pad direct"),
    ],
)
def test_words_on_a_matrix_instruction(
    formula: Make,
    operands: tuple[int, ...],
    groups: tuple[tuple[str, ...], ...],
    words: str,
) -> None:
    ours = formula(MATMUL, m=8, n=8, k=8)
    theirs = on_registers(formula(GEMM, i=4, j=4, k=4))
    found = deliver(ours, theirs, Mapping("gemm", operands, groups))
    assert " ".join(found.words) == words


def test_an_instruction_on_the_kernels_own_memory_wants_all_strides(formula: Make) -> None:
    gemm = formula(GEMM, i=4, j=4, k=4)
    exact, wide = formula(MATMUL, m=8, n=4, k=4), formula(MATMUL, m=8, n=8, k=4)
    mapping = Mapping("gemm", (0, 1), (("m",), ("n",), ("k",)))
    assert deliver(exact, gemm, mapping).words == ("direct", "direct", "direct")
    assert deliver(wide, gemm, mapping).words == ("direct", "pack", "pack")
    free = replace(gemm, inputs=tuple(replace(a, strides=(None, 1)) for a in gemm.inputs))
    assert deliver(wide, free, mapping).words == ("direct", "direct", "pack")


def test_convolution_gathers_and_overlaps(formula: Make) -> None:
    ours, theirs = formula(CONV, **CONV_EXTENTS), formula(GEMM, i=8, j=8, k=4)
    im2col = Mapping("gemm", (0, 1), (("p", "q"), ("o",), ("c", "r", "s")))
    assert deliver(ours, theirs, im2col).words[0] == "gather"
    overlapping = Mapping("gemm", (0, 1), (("q",), ("o",), ("s",)))
    assert deliver(ours, theirs, overlapping).words[0] == "gather+pad"
    implicit = Mapping("gemm", (0, 1), (("p", "q"), ("o",), ("c",)))
    assert lane_strides(ours, theirs, implicit)[0] == (1, 0, 100)  # no carry inside a row of 8
    assert tails(ours, theirs, overlapping) == (False, False, True)


def test_calls_and_cost(formula: Make) -> None:
    ours, theirs = formula(MATMUL, m=5, n=20, k=3), formula(FMADD, i=8)
    found = deliver(ours, theirs, Mapping("fmadd", (0, 1), (("n",),)))
    assert found.calls == 5 * 3 * 3
    assert found.cost == pytest.approx(45 * 1.25)


def test_the_order_is_total_and_sensible(formula: Make) -> None:
    ours, theirs = formula(MATMUL, m=64, n=64, k=64), on_registers(formula(FMADD, i=16))
    mappings = find_mappings(ours, theirs, "fmadd").mappings
    ranked = [mapping for mapping, _ in rank(ours, theirs, mappings)]
    assert ranked == [mapping for mapping, _ in rank(ours, theirs, reversed(mappings))]
    assert (ranked[0].operands, ranked[0].groups) == ((0, 1), (("n",),))
    gemm = formula(GEMM, i=16, j=16, k=16)
    conv = formula(CONV, **CONV_EXTENTS)
    best, delivery = rank(conv, gemm, find_mappings(conv, gemm, "gemm").mappings)[0]
    assert best.full_rank
    assert delivery.utilisation > 0.2
