"""Unusual but plausible kernels on accelerators: each is exact, or refused with a reason that names its cause.

Repeated and constant operands, extents of one, strides and dilations, odd sizes throughout.
"""

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import prepare
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.accelerator import Options


def elementwise(formula: str, element: str, shape: str = "13x19") -> str:
    """A formula of one operand."""
    type_ = f"tensor<{shape}x{element}>"
    return (
        f"func.func @kernel(%a: {type_}) -> {type_} {{\n"
        f'  %r = kernel.elementwise "{formula}" (%a) : ({type_}) -> {type_}\n'
        f"  func.return %r : {type_}\n}}\n"
    )


def requantised(formula: str) -> str:
    """A formula, scaled to bytes."""
    wide, narrow = "tensor<13x19xi32>", "tensor<13x19xi8>"
    scale = 'multiplier = 77, shift = 12, zero_point = 3, rounding = "away"'
    return (
        f"func.func @kernel(%a: {wide}) -> {narrow} {{\n"
        f'  %t = kernel.elementwise "{formula}" (%a) : ({wide}) -> {wide}\n'
        f"  %r = kernel.requantise %t {{{scale}}} : {wide} -> {narrow}\n"
        f"  func.return %r : {narrow}\n}}\n"
    )


def low_bits(formula: str) -> str:
    """A formula of the sums of a product, cut to bytes."""
    wide, narrow = "tensor<16x32xi32>", "tensor<16x32xi8>"
    same = "affine_map<(i, j) -> (i, j)>"
    return (
        f"func.func @kernel(%x: tensor<16x48xi8>, %w: tensor<48x32xi8>) -> {narrow} {{\n"
        f"  %m = kernel.matmul %x, %w : tensor<16x48xi8>, tensor<48x32xi8> -> {wide}\n"
        f'  %t = kernel.elementwise "{formula}" (%m) : ({wide}) -> {wide}\n'
        f"  %e = tensor.empty() : {narrow}\n"
        f"  %r = linalg.generic {{indexing_maps = [{same}, {same}],"
        ' iterator_types = ["parallel", "parallel"]}\n'
        f"      ins(%t : {wide}) outs(%e : {narrow}) {{\n  ^bb0(%v: i32, %old: i8):\n"
        "    %q = arith.trunci %v : i32 to i8\n    linalg.yield %q : i8\n"
        f"  }} -> {narrow}\n  func.return %r : {narrow}\n}}\n"
    )


def itself(attributes: str, result: str) -> str:
    """A product of a matrix with itself."""
    type_ = "tensor<13x13xi8>"
    return (
        f"func.func @kernel(%a: {type_}) -> {result} {{\n"
        f"  %r = kernel.matmul %a, %a {attributes} : {type_}, {type_} -> {result}\n"
        f"  func.return %r : {result}\n}}\n"
    )


def step(kind: str, batch: int, units: int) -> str:
    """Two steps of an LSTM or a GRU with five inputs."""
    gates, cell = (4, "%c, ") if kind == "lstm" else (3, "")
    x, h = f"tensor<2x{batch}x5xf32>", f"tensor<{batch}x{units}xf32>"
    w, r = f"tensor<{gates * units}x5xf32>", f"tensor<{gates * units}x{units}xf32>"
    y = f"tensor<2x{batch}x{units}xf32>"
    given = f"%x: {x}, %h: {h}, " + (f"%c: {h}, " if cell else "") + f"%w: {w}, %r: {r}"
    results = "%y, %last, %cell" if cell else "%y, %last"
    return (
        f"func.func @kernel({given}) -> ({y}, {h}) {{\n"
        f"  {results} = kernel.{kind} %x, %h, {cell}%w, %r : {x}, {h}, {w}, {r} -> {y}\n"
        f"  func.return %y, %last : {y}, {h}\n}}\n"
    )


def check(text: str, target: str) -> None:
    """Compile, simulate with instructions that take any time, compare every element."""
    compiled = prepare(text, target)
    arrays = random_arrays(compiled.signature, 1)
    for array in arrays:
        if array.dtype.kind == "i":
            array.flat[::3] = np.iinfo(array.dtype).min
    _, results = compiled.simulate(*arrays, options=Options(seed=1))
    expected = reference(compiled.module, None, arrays)
    for result, (value, error) in zip(results, expected, strict=True):
        comparison = compare("result", result, value, error)
        assert comparison.passed, f"{comparison}\n{text}"


ON_NPU = {
    "an operand three times": elementwise("a * a + a", "i32"),
    "a difference twice": elementwise("(a - 3) * (a - 3)", "i32"),
    "nothing is left": elementwise("a - a", "i32"),
    "constants make a constant": elementwise("(a + 1.0) * (a + 1.0) - (2.0 + 3.0)", "f32"),
    "a function of a constant": elementwise("exp(1.0) * a", "f32"),
    "a gate twice": elementwise("a * sigmoid(a) + sigmoid(a)", "f32"),
    "relu6": elementwise("min(max(a, 0), 6)", "f32"),
    "hard swish": elementwise("a * clamp(a + 3.0, 0.0, 6.0) / 6.0", "f32"),
    "requantised twice itself": requantised("a + a"),
    "requantised square": requantised("a * a - a"),
    "requantised constant": requantised("a * 0 + 7"),
    "a matrix with itself": itself("", "tensor<13x13xi32>"),
    "a matrix with itself, transposed": itself("{transpose_b}", "tensor<13x13xi32>"),
    "a GRU of one": step("gru", 1, 7),
    "an LSTM of one": step("lstm", 1, 7),
    "an LSTM of three": step("lstm", 3, 9),
}


@pytest.mark.parametrize("text", ON_NPU.values(), ids=ON_NPU.keys())
def test_npu4(text: str) -> None:
    check(text, "npu4")


ON_VTA = ("a + a", "a * a + a", "(a - 3) * (a - 3)", "max(a, a)", "a - a", "3 - a")


@pytest.mark.parametrize("formula", [*ON_VTA, "relu(a) + relu(a)", "a * (2 + 3)", "a * 0 + 5"])
def test_vta(formula: str) -> None:
    check(low_bits(formula), "vta")


@pytest.mark.parametrize(
    ("text", "target", "reason"),
    [
        (elementwise("gelu(a)", "f32"), "npu4", "none has math.erf of f32; nearest: "),
        (elementwise("a / 3", "i32"), "npu4", "none has arith.divsi of i32; nearest: "),
        (low_bits("abs(a)"), "vta", "none has math.absi of i32; nearest: "),
        (requantised("a + a"), "vta", "arith.muli of i64"),
        (elementwise("a + a", "i32", "16x16"), "vta", "there is no move of i32 from @acc to @dram"),
        (elementwise("a + a", "i32"), "gemmini16", "@multiply does not fit: operator arith.muli"),
    ],
)
def test_refused(text: str, target: str, reason: str) -> None:
    with pytest.raises(UserError) as caught:
        prepare(text, target)
    assert caught.value.location is not None
    assert reason in f"{caught.value.message}; {caught.value.hint}"
