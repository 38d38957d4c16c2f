"""Offset and compensation: every rewrite is executed and compared with NumPy, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import i8, i16, i32

from isa_mapper.mapping.expression import Apply, Constant, Expr, Operand
from isa_mapper.mapping.statement import Access, Axis, Statement
from isa_mapper.mapping.transform.offset_compensation import offset_compensation
from isa_mapper.mapping.transform.program import Compute, Program
from isa_mapper.mapping.transform.rewrite import Hints, Refusal, Rewrite
from isa_mapper.mapping.transform.run import run

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

ELEMENTS = {"i8": i8, "u8": i8, "i16": i16, "u16": i16}


def access(name: str, text: str, element: str, axes: str, sizes: dict[str, int]) -> Access:
    """An access such as `m,p+2*r`."""
    rows: list[tuple[int, ...]] = []
    shape: list[int] = []
    for term in text.split(",") if text else []:
        factors = dict.fromkeys(axes, 0)
        for part in term.split("+"):
            number, _, axis = part.rpartition("*")
            factors[axis] = int(number or 1)
        rows.append(tuple(factors.values()))
        shape.append(1 + sum(f * (sizes[axis] - 1) for axis, f in factors.items()))
    kind = i32 if element == "i32" else ELEMENTS[element]
    return Access(name, kind, tuple(rows), (0,) * len(rows), tuple(shape))


def contraction(
    inputs: list[tuple[str, str]], output: str, sizes: dict[str, int], combine: str = "arith.addi"
) -> Statement:
    """The sum of products of widened inputs, given as accesses and element types."""
    axes = "".join(sizes)
    operands = [
        access(f"a{i}", text, element, axes, sizes) for i, (text, element) in enumerate(inputs)
    ]
    factors: list[Expr] = [
        Apply("arith.extui" if element.startswith("u") else "arith.extsi", (Operand(i),), i32)
        for i, (_, element) in enumerate(inputs)
    ]
    result = access("c", output, "i32", axes, sizes)
    loops = tuple(Axis(a, n, not result.touches(i)) for i, (a, n) in enumerate(sizes.items()))
    body = Apply("arith.muli", tuple(factors), i32)
    return Statement(loops, tuple(operands), result, combine, body)


def numbers(access: Access, generator: np.random.Generator) -> Array:
    """Numbers at and between the limits of a type."""
    dtype = np.dtype(f"int{access.element.bitwidth}")  # pyright: ignore
    limits = np.iinfo(dtype)
    usual = generator.integers(limits.min, limits.max, access.shape, dtype, endpoint=True)
    extreme = generator.choice([limits.min, limits.max, 0, -1], access.shape).astype(dtype)
    return np.where(generator.random(access.shape) < 0.5, usual, extreme)


def outcomes(statement: Statement, start: Constant | str | None) -> list[Rewrite | Refusal]:
    """What the rule says about a program of one statement."""
    program = Program((Compute(statement, start),), frozenset(["c"]))
    return list(offset_compensation(program, 0, Hints()))


CASES = {
    "s8 x s8": ([("m,k", "i8"), ("k,n", "i8")], "m,n", {"m": 3, "n": 4, "k": 9}),
    "u8 x u8": ([("m,k", "u8"), ("k,n", "u8")], "m,n", {"m": 3, "n": 4, "k": 9}),
    "u8 x s8, transposed": ([("k,m", "u8"), ("n,k", "i8")], "n,m", {"m": 3, "n": 4, "k": 9}),
    "s16 x s16": ([("m,k", "i16"), ("k,n", "i16")], "m,n", {"m": 2, "n": 3, "k": 5}),
    "gemv": ([("m,k", "i8"), ("k", "i8")], "m", {"m": 5, "k": 6}),
    "dot": ([("k", "i8"), ("k", "i8")], "", {"k": 17}),
    "stride 2": ([("2*p+r,c", "i8"), ("r,c,o", "i8")], "p,o", {"p": 3, "o": 2, "c": 4, "r": 3}),
    "a reduction that one factor lacks": (
        [("m,j,k", "i8"), ("k,n", "i8")],
        "m,n",
        {"m": 2, "n": 3, "j": 4, "k": 5},
    ),
    "three factors": ([("m,k", "i8"), ("k,n", "u8"), ("n", "i8")], "m,n", {"m": 2, "n": 3, "k": 4}),
    "outer product": ([("m", "i8"), ("n", "i8")], "m,n", {"m": 3, "n": 4}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("begin", [0, 7, "old"])
def test_every_rewrite_computes_the_same(case: str, begin: int | str):
    statement = contraction(*CASES[case])
    start = begin if isinstance(begin, str) else Constant(begin, i32)
    generator = np.random.default_rng(len(case))
    inputs = {have.name: numbers(have, generator) for have in statement.inputs}
    inputs["old"] = numbers(statement.output, generator)
    original = Program((Compute(statement, start),), frozenset(["c"]))
    expected = run(original, inputs)["c"]
    found = outcomes(statement, start)
    assert len(found) == len(statement.inputs)
    for rewrite in found:
        assert isinstance(rewrite, Rewrite)
        np.testing.assert_array_equal(run(rewrite.program, inputs)["c"], expected)


def test_least_times_least():
    statement = contraction([("m,k", "i8"), ("k,n", "i8")], "m,n", {"m": 1, "n": 1, "k": 64})
    least = np.full((1, 64), -128, np.int8)
    for rewrite in outcomes(statement, Constant(0, i32)):
        assert isinstance(rewrite, Rewrite)
        values = run(rewrite.program, {"a0": least, "a1": least.T})
        assert values["c"] == 64 * 128 * 128


def test_the_other_signedness_is_what_changes():
    statement = contraction([("m,k", "i8"), ("k,n", "u8")], "m,n", {"m": 2, "n": 2, "k": 2})
    texts = [rewrite.text for rewrite in outcomes(statement, None)]
    assert "a0 becomes unsigned" in texts[0]
    assert "a1 becomes signed" in texts[1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"guarded": True}, "would be shifted too"),
        ({"combine": "arith.addf"}, "no sum of integers"),
        ({"combine": "assign"}, "no sum of integers"),
        ({"body": Apply("arith.extsi", (Operand(0),), i32)}, "no product"),
    ],
)
def test_refusals_have_a_reason(change: dict[str, Any], reason: str):
    statement = contraction([("m,k", "i8"), ("k,n", "i8")], "m,n", {"m": 2, "n": 2, "k": 2})
    (refusal,) = outcomes(replace(statement, **change), None)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.text


def test_an_output_with_gaps_is_refused():
    statement = contraction([("m,k", "i8"), ("k,n", "i8")], "2*m,n", {"m": 2, "n": 2, "k": 2})
    (refusal,) = outcomes(statement, None)
    assert isinstance(refusal, Refusal)
    assert "not written element by element" in refusal.text
