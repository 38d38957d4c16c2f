"""Products of sums, multiplied out: every rewrite is executed and compared with NumPy, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import i8, i32

from isa_mapper.mapping.expression import Apply, Constant, Expr, Operand
from isa_mapper.mapping.statement import Access, Axis, Statement
from isa_mapper.mapping.transform.multiply_out import multiply_out
from isa_mapper.mapping.transform.offset_compensation import offset_compensation
from isa_mapper.mapping.transform.program import Compute, Program
from isa_mapper.mapping.transform.rewrite import Hints, Refusal, Rewrite
from isa_mapper.mapping.transform.run import run

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SIZES = {"m": 3, "n": 4, "k": 5, "j": 2}


def wide(index: int, widening: str = "arith.extsi") -> Expr:
    """A byte, widened."""
    return Apply(widening, (Operand(index),), i32)


def both(op: str, left: Expr, right: Expr) -> Expr:
    """Two expressions combined."""
    return Apply(f"arith.{op}", (left, right), i32)


def number(value: int) -> Expr:
    """A constant."""
    return Constant(value, i32)


A, B, X, Y = wide(0), wide(1), Operand(2), Operand(3)

CASES: dict[str, tuple[str, str, str, str, Expr]] = {
    "two zero points": ("mk", "kn", "", "", both("muli", both("subi", A, X), both("subi", B, Y))),
    "one zero point": ("mk", "kn", "", "", both("muli", both("subi", A, X), B)),
    "a zero point per column": ("mk", "kn", "", "n", both("muli", A, both("subi", B, Y))),
    "a zero point per row, and one per column": (
        *("km", "nk", "m", "n"),
        both("muli", both("subi", A, X), both("subi", B, Y)),
    ),
    "a zero point that is reduced": ("mk", "kn", "k", "", both("muli", both("subi", A, X), B)),
    "constants": (
        *("mk", "kn", "", ""),
        both("muli", both("addi", A, number(7)), both("subi", B, number(128))),
    ),
    "three terms": (
        *("mk", "kn", "", ""),
        both("muli", both("subi", both("addi", A, number(3)), X), both("subi", B, Y)),
    ),
    "the zero point first": ("mk", "kn", "", "", both("muli", both("subi", X, A), B)),
    "three factors": ("mk", "kn", "n", "", both("muli", both("muli", both("subi", A, Y), B), X)),
    "a reduction that one factor lacks": (
        *("mkj", "kn", "", ""),
        both("muli", both("subi", A, X), both("subi", B, Y)),
    ),
    "only one result": ("k", "k", "", "", both("muli", both("subi", A, X), both("subi", B, Y))),
}


def access(name: str, axes: str, element: Any, loops: str) -> Access:
    """An operand that has some axes."""
    rows = tuple(tuple(int(axis == loop) for loop in loops) for axis in axes)
    return Access(name, element, rows, (0,) * len(axes), tuple(SIZES[axis] for axis in axes))


def statement_of(case: str) -> Statement:
    """The sum of products."""
    a, b, x, y, body = CASES[case]
    loops = "".join(axis for axis in SIZES if axis in a + b)
    output = access("c", "".join(axis for axis in "mn" if axis in loops), i32, loops)
    inputs = [access(name, axes, i8, loops) for name, axes in (("a", a), ("b", b))]
    inputs += [access(name, axes, i32, loops) for name, axes in (("x", x), ("y", y))]
    axes = tuple(Axis(n, SIZES[n], not output.touches(i)) for i, n in enumerate(loops))
    return Statement(axes, tuple(inputs), output, "arith.addi", body)


def numbers(access: Access, generator: np.random.Generator) -> Array:
    """Numbers of all sizes, the limits of their type often."""
    dtype = np.dtype(f"int{access.element.bitwidth}")  # pyright: ignore
    limits = np.iinfo(dtype)
    usual = generator.integers(limits.min, limits.max, access.shape, dtype, endpoint=True)
    extreme = generator.choice([limits.min, limits.max, 0, -1], access.shape).astype(dtype)
    return np.where(generator.random(access.shape) < 0.5, usual, extreme).astype(dtype)


@pytest.mark.parametrize("rule", [multiply_out, offset_compensation])
@pytest.mark.parametrize("begin", [None, 7, "old"])
@pytest.mark.parametrize("case", CASES)
def test_every_rewrite_computes_the_same(case: str, begin: int | str | None, rule: Any):
    statement = statement_of(case)
    start = Constant(begin, i32) if isinstance(begin, int) else begin or Constant(0, i32)
    original = Program((Compute(statement, start),), frozenset(["c"]))
    found = list(rule(original, 0, Hints()))
    assert all(isinstance(outcome, Rewrite) for outcome in found) or case == "the zero point first"
    generator = np.random.default_rng(len(case))
    for _ in range(3):
        inputs = {have.name: numbers(have, generator) for have in statement.inputs}
        inputs["old"] = numbers(statement.output, generator)
        expected = run(original, inputs)["c"]
        for rewrite in found:
            if isinstance(rewrite, Rewrite):
                np.testing.assert_array_equal(run(rewrite.program, inputs)["c"], expected)


def test_the_product_is_left_alone():
    program = Program((Compute(statement_of("two zero points"), "c0"),), frozenset(["c"]))
    (rewrite,) = multiply_out(program, 0, Hints())
    assert isinstance(rewrite, Rewrite)
    *before, last = rewrite.program.steps
    assert isinstance(last, Compute)
    assert [have.name for have in last.statement.inputs] == ["a", "b"]
    sums = [step for step in before if isinstance(step, Compute) and step.start is not None]
    assert [[have.name for have in step.statement.inputs] for step in sums] == [["a"], ["b"]]


def test_equal_sums_are_computed_once():
    program = Program((Compute(statement_of("three terms"), "c0"),), frozenset(["c"]))
    (rewrite,) = multiply_out(program, 0, Hints())
    assert isinstance(rewrite, Rewrite)
    names = [name for step in rewrite.program.steps for name in step.writes]
    assert sum(name.startswith("sum") for name in names) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"guarded": True}, "reads as zero"),
        ({"combine": "arith.maxsi"}, "no sum of integers"),
        ({"body": both("muli", A, B)}, "no factor is a sum"),
        ({"body": both("addi", A, X)}, "no product"),
    ],
)
def test_refusals_have_a_reason(change: dict[str, Any], reason: str):
    statement = replace(statement_of("two zero points"), **change)
    program = Program((Compute(statement, "c0"),), frozenset(["c"]))
    (refusal,) = multiply_out(program, 0, Hints())
    assert isinstance(refusal, Refusal)
    assert reason in refusal.text
