"""Hints: they name all of the next tile, in time, and change nothing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from xdsl.dialects import scf
from xdsl.ir import SSAValue

import isa_mapper
from isa_mapper.dialects.isa import PrefetchOp
from isa_mapper.passes.linear_form import constant_of, linear_forms
from isa_mapper.runtime import pipeline

LINE = 64

PRODUCT = """func.func @f(%a: tensor<{m}x{k}x{t}>, %b: tensor<{k}x{n}x{t}>) -> tensor<{m}x{n}x{o}> {{
  %c = kernel.contract "mk,kn->mn"(%a, %b)
      : (tensor<{m}x{k}x{t}>, tensor<{k}x{n}x{t}>) -> tensor<{m}x{n}x{o}>
  func.return %c : tensor<{m}x{n}x{o}>
}}"""


def bounds(loop: scf.ForOp) -> range:
    low, high, step = (constant_of(bound) for bound in (loop.lb, loop.ub, loop.step))
    assert low is not None
    assert high is not None
    assert step is not None
    return range(low, high, step)


@pytest.mark.parametrize(
    ("m", "k", "t", "o", "target"),
    [
        (300, 1024, "f32", "f32", "avx512"),
        (310, 1023, "f32", "f32", "avx512"),
        (900, 1760, "i8", "i32", "avx512_vnni"),
        (911, 2000, "i8", "i32", "avx512_vnni"),
    ],
)
def test_hints_name_the_next_tile(m: int, k: int, t: str, o: str, target: str):
    text = PRODUCT.format(m=m, n=32, k=k, t=t, o=o)
    module = pipeline.lower(pipeline.parse(text), target).module
    size = {"f32": 4, "i8": 1}[t]
    hints = [op for op in module.walk() if isinstance(op, PrefetchOp)]
    assert hints
    inner = hints[0].parent_op()
    assert isinstance(inner, scf.ForOp)
    outer = inner.parent_op()
    assert isinstance(outer, scf.ForOp)
    rows = bounds(outer).step
    for first in list(bounds(outer))[:-1]:
        named: set[int] = set()
        for at in bounds(inner):
            values: dict[SSAValue, int] = {
                outer.body.block.args[0]: first,
                inner.body.block.args[0]: at,
            }
            for hint in hints:
                (form,) = linear_forms(hint.map.data, hint.indices)
                place = form.constant + sum(c * values[v] for v, c in form.terms)
                named.add(place * size // LINE)
        begin, end = (first + rows) * k * size, (first + 2 * rows) * k * size
        needed = set(range(begin // LINE, -(-end // LINE)))
        assert len(needed & named) >= 0.95 * len(needed)
        assert len(named - needed) <= 0.05 * len(needed)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("portable", [True, False])
def test_results_are_the_same(portable: bool):
    text = PRODUCT.format(m=150, n=3, k=1023, t="f32", o="f32")
    kernel = isa_mapper.compile(text, target="scalar" if portable else "host", portable=portable)
    generator = np.random.default_rng(0)
    a, b = (generator.integers(-8, 9, s).astype(np.float32) for s in ((150, 1023), (1023, 3)))
    np.testing.assert_array_equal(kernel(a, b), a @ b)
