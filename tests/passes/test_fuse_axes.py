"""Mappings that put several axes together: all of them lowered and run on small convolutions."""

import numpy as np
import pytest

from isa_mapper.mapping.fuse import fuse, without_carries
from isa_mapper.mapping.statement import Statement
from isa_mapper.tools.proof_cases import Dim, Formula
from isa_mapper.tools.proof_checks import Case

ONE = Formula({}, ((),), ("f32",))


def dims(text: str) -> tuple[Dim, ...]:
    """`c,2p+r` as subscripts."""
    return tuple(
        tuple((int(term[:-1] or 1), term[-1]) for term in part.split("+"))
        for part in text.split(",")
        if part
    )


def formula(output: str, *inputs: str, types: str = "f32", **extents: int) -> Formula:
    subscripts = (dims(output), *map(dims, inputs))
    return Formula(extents, subscripts, (types,) * len(subscripts))


CONVOLUTIONS = {
    "nchw": formula("n,o,p,q", "n,c,p+r,q+s", "o,c,r,s", n=2, o=5, p=3, q=7, c=3, r=3, s=2),
    "nhwc": formula("n,p,q,o", "n,p+r,q+s,c", "r,s,c,o", n=2, o=5, p=3, q=7, c=3, r=3, s=2),
    "stride 2": formula("o,p,q", "c,2p+r,2q+s", "o,c,r,s", o=5, p=4, q=5, c=2, r=3, s=3),
    "dilation 2": formula("o,p", "c,p+2r", "o,c,r", o=5, p=9, c=3, r=3),
    "depthwise": formula("p,q,c", "p+r,q+s,c", "r,s,c", p=3, q=5, c=6, r=2, s=3),
}

SHARES = {"matrix16": (0.0,), "avx2": (0.0, 0.4, 0.8)}
"""Which of the ranked mappings are tried, as shares of their number."""


@pytest.mark.parametrize("target", ["matrix16", "avx2"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions(name: str, target: str) -> None:
    case = Case(CONVOLUTIONS[name], formula("i", "i", i=1), 0)
    done = [case.check_lowering(target, share, in_c=True) for share in SHARES[target]]
    assert any(done)


def statement(kernel: Formula) -> Statement:
    return Case(kernel, formula("i", "i", i=1), 0).statements[0]


def test_what_becomes_of_the_operands() -> None:
    conv = statement(CONVOLUTIONS["nchw"])
    fused = fuse(conv, (("p", "q"), ("o",), ("c", "r", "s")), [True] * 3)
    image, weights, output = fused.operands
    assert image.packed is not None, "windows overlap"
    assert weights.collapsed == ((0,), (1, 2, 3))
    assert output.collapsed == ((0,), (1,), (2, 3))
    assert {axis.name: axis.extent for axis in fused.statement.axes} == {
        "n": 2,
        "o": 5,
        "p.q": 21,
        "c.r.s": 18,
    }


def test_what_does_not_lie_in_rows_is_packed() -> None:
    conv = statement(CONVOLUTIONS["nchw"])
    fused = fuse(conv, (("p", "q"), (), ()), [True, True, False])
    assert [operand.packed is not None for operand in fused.operands] == [True, False, True]


@pytest.mark.parametrize(
    ("inner", "lanes", "expected"),
    [(16, 16, ("q",)), (32, 16, ("q",)), (8, 16, ("p", "q")), (4, 64, ("n", "p", "q"))],
)
def test_no_carries(inner: int, lanes: int, expected: tuple[str, ...]) -> None:
    """An inner axis that fills instructions needs no fusing: im2col is implicit."""
    extents = {"n": 3, "p": 2, "q": inner}
    assert without_carries((("n", "p", "q"),), extents, (lanes,)) == (
        (expected,) if inner != 8 else (("p", "q"),)
    )


def test_the_reference_is_right() -> None:
    case = Case(formula("m,n", "m,k", "k,n", m=3, n=4, k=5), ONE, 0)
    out, a, b = case.arrays
    assert np.array_equal(case.expected, out + a @ b)
