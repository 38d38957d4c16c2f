"""The normal form: equal statements become the same, different ones do not."""

from collections.abc import Callable

import numpy as np
import pytest
from xdsl.dialects.builtin import IndexType, f32, i1, i8, i32
from xdsl.ir import Attribute

from isa_mapper.mapping.normalize import normal_body, normal_form
from isa_mapper.mapping.statement import Apply, Constant, Coordinate, Expr, Operand, Statement

X, Y, Z = Operand(0), Operand(1), Operand(2)

F32_03 = float(np.float32(0.1) + np.float32(0.2))
"""What 0.1 and 0.2 add up to in 32 bits."""


def op(name: str, *args: Expr, type: Attribute = f32) -> Apply:
    return Apply(f"arith.{name}", args, type)


def number(value: float, type: Attribute = i32) -> Constant:
    return Constant(value, type)


def test_unit_axes_are_dropped_and_remembered(formula: Callable[..., Statement]) -> None:
    found = normal_form(formula("C[m,n] += A[m,k] * B[k,n]", m=4, n=1, k=3))
    assert [axis.name for axis in found.statement.axes] == ["m", "k"]
    assert found.kept == (0, 2)
    assert found.statement.inputs[1].matrix == ((0, 1), (0, 0))


def test_the_coordinate_on_a_unit_axis_is_zero(formula: Callable[..., Statement]) -> None:
    from dataclasses import replace

    statement = formula("c[i,j] = a[i,j]", i=1, j=4)
    indexed = replace(statement, body=op("addi", Coordinate(0), Coordinate(1), type=IndexType()))
    body = normal_form(indexed).statement.body
    assert body == op("addi", Coordinate(0), Constant(0, IndexType()), type=IndexType())


EQUAL: list[tuple[Expr, Expr]] = [
    (op("subf", X, op("addf", number(2, f32), number(3, f32))), op("addf", X, number(-5.0, f32))),
    (
        op("mulf", op("addf", number(0.1, f32), number(0.2, f32)), X),
        op("mulf", X, number(F32_03, f32)),
    ),
    (op("mulf", X, Y), op("mulf", Y, X)),
    (Apply("math.fma", (X, Y, Z), f32), op("addf", Z, op("mulf", Y, X))),
    (op("subf", X, Y), op("addf", X, op("negf", Y))),
    (op("negf", op("negf", X)), X),
    (op("mulf", op("negf", X), Y), op("negf", op("mulf", X, Y))),
    (op("subi", X, number(3), type=i32), op("addi", X, number(-3), type=i32)),
    (op("subi", number(0), X, type=i32), op("muli", X, number(-1), type=i32)),
    (op("shli", X, number(3), type=i32), op("muli", number(8), X, type=i32)),
    (op("shli", X, number(7, i8), type=i8), op("muli", X, number(-128, i8), type=i8)),
    (
        op("addi", op("addi", X, Y, type=i32), Z, type=i32),
        op("addi", X, op("addi", Z, Y, type=i32), type=i32),
    ),
    (op("cmpi sgt", X, Y, type=i1), op("cmpi slt", Y, X, type=i1)),
    (
        op("select", op("cmpi sgt", X, number(0), type=i1), X, number(0), type=i32),
        op("maxsi", number(0), X, type=i32),
    ),
    (
        op("select", op("cmpi ult", X, Y, type=i1), X, Y, type=i32),
        op("minui", X, Y, type=i32),
    ),
    (
        op("maxsi", op("minsi", X, number(9), type=i32), number(0), type=i32),
        op("minsi", op("maxsi", X, number(0), type=i32), number(9), type=i32),
    ),
    (op("extsi", op("extsi", X, type=i8), type=i32), op("extsi", X, type=i32)),
]

DIFFERENT: list[tuple[Expr, Expr]] = [
    (op("subf", X, Y), op("subf", Y, X)),
    (op("maximumf", X, Y), op("maxnumf", X, Y)),
    (op("select", op("cmpf ogt", X, Y, type=i1), X, Y), op("maximumf", X, Y)),
    (op("mulf", X, Y), op("muli", X, Y)),
    (op("muli", X, Y, type=i1), op("andi", X, Y, type=i1)),
    (op("extsi", X, type=i32), op("extui", X, type=i32)),
    (op("shli", X, number(32), type=i32), op("muli", X, number(0), type=i32)),
    (
        op("maxnumf", op("minnumf", X, number(9, f32)), number(0, f32)),
        op("minnumf", op("maxnumf", X, number(0, f32)), number(9, f32)),
    ),
    (
        op("maxsi", op("minsi", X, number(0), type=i32), number(9), type=i32),
        op("minsi", op("maxsi", X, number(9), type=i32), number(0), type=i32),
    ),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_bodies_have_one_form(one: Expr, other: Expr) -> None:
    assert normal_body(one) == normal_body(other)
    assert normal_body(normal_body(one)) == normal_body(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_bodies_stay_different(one: Expr, other: Expr) -> None:
    assert normal_body(one) != normal_body(other)
