"""Sums that start from what is added to them: rewrites are executed and compared, exactly."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import i8, i32

from isa_mapper.mapping.expression import Apply, Constant, Expr, Operand
from isa_mapper.mapping.statement import ASSIGN, Access, Axis, Statement
from isa_mapper.mapping.transform.program import Compute, Program
from isa_mapper.mapping.transform.rewrite import Hints, Outcome, Refusal, Rewrite
from isa_mapper.mapping.transform.run import run
from isa_mapper.mapping.transform.start_from import start_from

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SIZES = {"m": 3, "n": 4, "k": 5}


def access(name: str, axes: str, loops: str, element: Any = i32) -> Access:
    """An operand that has some axes."""
    rows = tuple(tuple(int(axis == loop) for loop in loops) for axis in axes)
    return Access(name, element, rows, (0,) * len(axes), tuple(SIZES[axis] for axis in axes))


def both(op: str, left: Expr, right: Expr) -> Expr:
    """Two expressions combined."""
    return Apply(f"arith.{op}", (left, right), i32)


def program(bias: str, body: Expr, turned: bool = False, start: int = 0) -> Program:
    """The product `t` of bytes, and `y` made of it (operand 0) and of `b` with these axes (operand 1)."""
    wide = [Apply("arith.extsi", (Operand(i),), i32) for i in range(2)]
    loops = tuple(Axis(name, SIZES[name], name == "k") for name in "mnk")
    product = Statement(
        loops,
        (access("a", "mk", "mnk", i8), access("w", "kn", "mnk", i8)),
        access("t", "nm" if turned else "mn", "mnk"),
        "arith.addi",
        both("muli", *wide),
    )
    after = Statement(
        loops[:2],
        (access("t", "nm" if turned else "mn", "mn"), access("b", bias, "mn")),
        access("y", "mn", "mn"),
        ASSIGN,
        body,
    )
    steps = (Compute(product, Constant(start, i32)), Compute(after))
    return Program(steps, frozenset(["y"]))


def outcomes(original: Program) -> list[Outcome]:
    """What the rule makes of the last statement."""
    return list(start_from(original, 1, Hints()))


SUM = both("addi", Operand(0), Operand(1))
RELU = both("maxsi", SUM, Constant(0, i32))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("body", [SUM, RELU, both("addi", Constant(3, i32), SUM)])
@pytest.mark.parametrize("bias", ["", "m", "n", "mn"])
def test_rewrites_compute_the_same(bias: str, body: Expr, turned: bool) -> None:
    original = program(bias, body, turned)
    rewrites = [found for found in outcomes(original) if isinstance(found, Rewrite)]
    assert len(rewrites) == 1
    generator = np.random.default_rng(7)
    inputs: dict[str, Array] = {
        "a": generator.integers(-128, 128, (3, 5), np.int8),
        "w": generator.integers(-128, 128, (5, 4), np.int8),
        "b": generator.integers(2**31 - 9, 2**31, [SIZES[axis] for axis in bias]).astype(np.int32),
    }
    expected = run(original, inputs)["y"]
    np.testing.assert_array_equal(run(rewrites[0].program, inputs)["y"], expected)


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        # The sum is used once more, twice in one addition, or starts from something else.
        (program("n", both("muli", SUM, Operand(0))), "no sum of its own"),
        (program("n", both("addi", Operand(0), Operand(0))), "adds no two integer operands"),
        (program("n", SUM, start=1), "no sum of its own"),
        (program("n", both("muli", Operand(0), Operand(1))), "adds no two integer operands"),
    ],
)
def test_refusals(original: Program, reason: str) -> None:
    found = outcomes(original)
    assert found
    for outcome in found:
        assert isinstance(outcome, Refusal)
        assert reason in str(outcome)
