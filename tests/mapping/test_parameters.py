"""Parameters of instructions: what binds them, what does not, and that the numbers are right."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import f32, i1, i8, i32, i64

from isa_mapper.dialects.machines import load_machine
from isa_mapper.mapping.check_target import check_target
from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.expression import Apply, Constant, Expr, Operand, Parameter
from isa_mapper.mapping.match import find_mappings
from isa_mapper.mapping.parameters import (
    FALSE,
    TRUE,
    calculated,
    parameters_in,
    settings,
    substituted,
    values_of,
    with_parameters,
)
from isa_mapper.mapping.statement import ASSIGN, Access, Axis, Statement, statement_of
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

X = Operand(0)
SHIFT, LOW, HIGH, RELU = (
    Parameter("shift", i32),
    Parameter("low", i32),
    Parameter("high", i32),
    Parameter("relu", i1),
)


def number(value: int) -> Constant:
    """A constant of i32."""
    return Constant(value, i32)


def on(op: str, *args: Expr) -> Apply:
    """An operator on i32."""
    return Apply(f"arith.{op}", args, i32)


def rows(body: Expr, extent: int) -> Statement:
    """`y[i] = body(x[i])` on numbers of i32."""
    x, y = (Access(name, i32, ((1,),), (0,), (extent,)) for name in "xy")
    return Statement((Axis("i", extent, False),), (x,), y, ASSIGN, body)


SHIFTED = on("shrsi", X, SHIFT)
ACTIVE = Apply("arith.select", (RELU, on("maxsi", SHIFTED, number(0)), SHIFTED), i32)
LIMITED = rows(on("minsi", on("maxsi", ACTIVE, LOW), HIGH), 4)
"""min(max(relu(x >> shift), low), high)."""

LEAST, MOST = -(2**31), 2**31 - 1


def found(body: Expr) -> set[tuple[tuple[str, float], ...]]:
    """The values of the parameters in the mappings of `y[i] = body` for i of 7."""
    result = find_mappings(rows(body, 7), LIMITED, "limit")
    return {
        tuple((name, constant.value) for name, constant in mapping.parameters)
        for mapping in result.mappings
    }


def test_numbers_of_the_kernel_become_parameters():
    body = on("minsi", on("maxsi", on("shrsi", X, number(3)), number(-9)), number(9))
    assert found(body) == {(("high", 9), ("low", -9), ("relu", 0), ("shift", 3))}


def test_what_the_kernel_lacks_is_switched_off():
    assert (("high", MOST), ("low", LEAST), ("relu", 0), ("shift", 0)) in found(X)
    assert (("high", MOST), ("low", LEAST), ("relu", 0), ("shift", 5)) in found(
        on("shrsi", X, number(5))
    )


def test_a_flag_is_switched_on():
    relu = on("maxsi", on("shrsi", X, number(2)), number(0))
    assert (("high", MOST), ("low", LEAST), ("relu", TRUE.value), ("shift", 2)) in found(relu)
    limits = (("high", MOST), ("low", 0), ("relu", FALSE.value), ("shift", 2))
    assert limits in found(relu)  # the same by the lower limit


def test_other_bodies_do_not_fit():
    assert not found(on("shli", X, number(3)))
    assert not found(on("addi", X, number(1)))
    why = find_mappings(rows(on("addi", X, number(1)), 7), LIMITED, "limit").rejections
    assert why
    assert why[0].rule == "operator"


@pytest.mark.parametrize("seed", range(40))
def test_mappings_with_parameters_compute_the_kernel(seed: int):
    random_ = random.Random(seed)
    body: Expr = X
    if random_.random() < 0.6:
        body = on("shrsi", body, number(random_.randrange(32)))
    if random_.random() < 0.5:
        body = on("maxsi", body, number(0))
    low, high = sorted(random_.choice((LEAST, -128, -1, 0, 7, 127, MOST)) for _ in range(2))
    if low < high and random_.random() < 0.6:
        body = on("minsi", on("maxsi", body, number(low)), number(high))
    kernel = rows(body, 7)
    x = np.array([LEAST, MOST, -1, 0, 1, -129, random_.randrange(LEAST, MOST)], np.int32)
    result = find_mappings(kernel, LIMITED, "limit")
    assert result.mappings
    expected = _value(body, x)
    for mapping in result.mappings:
        got = execute(kernel, LIMITED, mapping, [x], np.zeros(7, np.int32))
        np.testing.assert_array_equal(got, expected, str(mapping))


def _value(expr: Expr, x: Any) -> Any:
    """A body on numbers, in Python's integers."""
    if isinstance(expr, Operand):
        return x.astype(object)
    if isinstance(expr, Constant):
        return expr.value
    assert isinstance(expr, Apply)
    a, b = (_value(arg, x) for arg in expr.args)
    operators = {"shrsi": lambda: a >> b, "maxsi": lambda: np.maximum(a, b)}
    operators["minsi"] = lambda: np.minimum(a, b)
    return operators[expr.op.partition(".")[2]]()


def test_one_number_cannot_be_two():
    twice = rows(on("addi", on("muli", X, LOW), LOW), 4)
    same = on("addi", on("muli", X, number(3)), number(3))
    other = on("addi", on("muli", X, number(3)), number(4))
    assert len(find_mappings(rows(same, 4), twice, "twice").mappings) == 1
    assert not find_mappings(rows(other, 4), twice, "twice").mappings


def test_a_calculated_constant_is_checked():
    half = on("shli", number(1), on("subi", SHIFT, number(1)))
    rounding = rows(on("shrsi", on("addi", X, half), SHIFT), 4)

    def kernel(shift: int, offset: int) -> Statement:
        return rows(on("shrsi", on("addi", X, number(offset)), number(shift)), 4)

    (mapping,) = find_mappings(kernel(5, 16), rounding, "round").mappings
    assert mapping.parameters == (("shift", number(5)),)
    assert not find_mappings(kernel(5, 8), rounding, "round").mappings
    assert not find_mappings(kernel(0, 1), rounding, "round").mappings  # 1 << -1 is no number


def test_a_narrow_parameter_has_no_wide_number():
    scale = Apply("arith.extsi", (Parameter("scale", i8),), i32)
    needle = rows(on("muli", X, scale), 4)
    (mapping,) = find_mappings(rows(on("muli", X, number(-128)), 4), needle, "scale").mappings
    assert mapping.parameters == (("scale", Constant(-128, i8)),)
    assert not find_mappings(rows(on("muli", X, number(128)), 4), needle, "scale").mappings


def test_expressions_of_parameters():
    assert parameters_in(LIMITED.body) == {"shift": i32, "relu": i1, "low": i32, "high": i32}
    assert [list(values.values()) for values in settings(LIMITED.body)] == [[FALSE], [TRUE]]
    assert substituted(ACTIVE, {"relu": FALSE}) == SHIFTED
    assert with_parameters(LIMITED, {}) is LIMITED
    total = Apply("arith.addi", (Constant(2**62, i64), Constant(2**62, i64)), i64)
    assert calculated(total) == Constant(-(2**63), i64)  # it wraps around
    assert calculated(Apply("arith.mulf", (Constant(3.0, f32), Constant(0.1, f32)), f32)) == (
        Constant(float(np.float32(3.0) * np.float32(0.1)), f32)
    )
    assert calculated(on("divsi", number(1), number(0))) is None
    assert calculated(on("shrsi", number(1), number(32))) is None
    assert calculated(X) is None
    assert values_of({}) == {}


def test_the_shipped_matrix_engine_has_usable_parameters():
    machine = load_machine("matrix16")
    assert check_target(machine) == []
    needle = statement_of(machine.instructions["requantise_i8"].statement)
    assert parameters_in(needle.body).keys() == {"multiplier", "shift", "zero_point", "relu"}


LAYER = """func.func @layer(%x: tensor<{m}x{k}xi8>, %w: tensor<{k}x{n}xi8>, %b: tensor<{n}xi32>)
    -> tensor<{m}x{n}xi8> {{
  %y = kernel.matmul %x, %w bias %b {{{activation} requantise =
      {{multiplier = {multiplier}, shift = {shift}, zero_point = {zero}, rounding = "{rounding}"}}}}
      : tensor<{m}x{k}xi8>, tensor<{k}x{n}xi8>, tensor<{n}xi32> -> tensor<{m}x{n}xi8>
  func.return %y : tensor<{m}x{n}xi8>
}}"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize(
    ("shift", "multiplier", "zero", "activation", "rounding"),
    [
        (7, 1, 0, "", "away"),
        (1, 1, -128, 'activation = "relu",', "away"),
        (40, 2**31 - 1, 127, "", "away"),
        (12, 333, 3, 'activation = "relu",', "even"),
    ],
)
def test_a_quantised_layer_on_the_matrix_engine(
    shift: int, multiplier: int, zero: int, activation: str, rounding: str
):
    sizes = dict(m=17, n=18, k=19)
    text = LAYER.format(
        **sizes,
        shift=shift,
        multiplier=multiplier,
        zero=zero,
        activation=activation,
        rounding=rounding,
    )
    module = parse(text)
    arrays = random_arrays(signature_of(entry_function(module)), 5)
    for array in arrays[:2]:
        array.flat[:3] = (-128, 127, -128)
    arrays[2].flat[:2] = (2**31 - 1, -(2**31))  # the sum wraps around
    ((expected, _),) = reference(module, None, arrays)
    kernel = compile_native(module, target="matrix16", portable=True)
    np.testing.assert_array_equal(kernel(*arrays), expected)
    (interpreted,) = interpret(kernel.lowered.module, "layer", arrays)
    np.testing.assert_array_equal(interpreted, expected)
    assert ("requantise_i8" in kernel.source) == (rounding == "away")


def test_parameters_do_not_change_what_has_none():
    plain = replace(LIMITED, body=X)
    assert [m.parameters for m in find_mappings(rows(X, 8), plain, "copy").mappings] == [()]
