"""Elementwise kernels, reductions, poolings and normalisations, compiled and run."""

from collections.abc import Callable

import pytest

Check = Callable[..., None]

UNARY = " : {t0} -> {r}"

FLOATS = {
    "average": (
        'kernel.pool "average" {0} {{window = [3, 2], strides = [2, 1], padding = [1, 1]}}' + UNARY,
        "1x3x7x6 -> 1x3x4x7",
    ),
    "average with padding": (
        'kernel.pool "average" {0} {{window = [3], padding = [1], count_include_pad, '
        'layout = "nwc"}}' + UNARY,
        "2x6x3 -> 2x6x3",
    ),
    "mean": ('kernel.reduce "mean" {0} {{axes = [0, 2]}}' + UNARY, "3x5x4 -> 5"),
    "softmax": ("kernel.softmax {0} : {t0}", "4x17 -> 4x17"),
    "softmax of columns": ("kernel.softmax {0} {{axis = 0}} : {t0}", "9x5 -> 9x5"),
    "layer norm": (
        "kernel.layer_norm {0} scale {1} bias {2} : {t0}, {t1}, {t2}",
        "3x20 20 20 -> 3x20",
    ),
    "layer norm of two": ("kernel.layer_norm {0} {{dims = 2}} : {t0}", "3x4x5 -> 3x4x5"),
    "functions": (
        'kernel.elementwise "exp(a) * tanh(b) + sigmoid(a) * erf(b) - sqrt(abs(a)) / 3" ({0}, {1})'
        " : ({t0}, {t1}) -> {r}",
        "3x1x5 4x1 -> 3x4x5",
    ),
    "roundings and powers": (
        'kernel.elementwise "ceil(a) - 2 * floor(b) + round(a) * pow(abs(a), b)" ({0}, {1})'
        " : ({t0}, {t1}) -> {r}",
        "3x19 19 -> 3x19",
    ),
    "activations": (
        'kernel.elementwise "gelu(a) + silu(a) + relu(-a) + clamp(a, -0.5, 0.5)" ({0})'
        " : ({t0}) -> {r}",
        "37 -> 37",
    ),
}

NUMBERS = {
    "max": (
        'kernel.pool "max" {0} {{window = [2, 3], strides = [2, 2], dilations = [2, 1], '
        "padding = [1, 1]}}" + UNARY,
        "1x3x7x7 -> 1x3x4x4",
    ),
    "max nhwc": (
        'kernel.pool "max" {0} {{window = [2, 2], layout = "nhwc"}}' + UNARY,
        "1x5x5x18 -> 1x4x4x18",
    ),
    "sum": ('kernel.reduce "sum" {0} {{axes = [1]}}' + UNARY, "5x33 -> 5"),
    "sum of rows": ('kernel.reduce "sum" {0} {{axes = [0]}}' + UNARY, "9x33 -> 33"),
    "min": ('kernel.reduce "min" {0} {{axes = [0, 1]}}' + UNARY, "4x3x5 -> 5"),
    "product": ('kernel.reduce "product" {0} {{axes = [1]}}' + UNARY, "3x6 -> 3"),
    "broadcast": (
        'kernel.elementwise "max(a - b, 3 * c) + min(a, b)" ({0}, {1}, {2})'
        " : ({t0}, {t1}, {t2}) -> {r}",
        "4x9 9 4x1 -> 4x9",
    ),
}


@pytest.mark.parametrize(("types", "target"), [("f32", "avx512"), ("f64", "scalar")])
@pytest.mark.parametrize("case", FLOATS)
def test_floats(case: str, types: str, target: str, check_kernel: Check):
    check_kernel(*FLOATS[case], types, target)


@pytest.mark.parametrize(
    ("types", "target"), [("f32", "avx512"), ("f64", "scalar"), ("i32", "avx512"), ("i8", "scalar")]
)
@pytest.mark.parametrize("case", NUMBERS)
def test_numbers(case: str, types: str, target: str, check_kernel: Check):
    check_kernel(*NUMBERS[case], types, target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_batch_norm(layout: str, target: str, check_text: Check):
    shape = {"nchw": "2x5x3x4", "nhwc": "2x3x4x5"}[layout]
    check_text(
        f"""func.func @f(%x: tensor<{shape}xf32>, %s: tensor<5xf32>, %b: tensor<5xf32>,
            %m: tensor<5xf32>, %d: tensor<5xf32>) -> tensor<{shape}xf32> {{
          %v = kernel.elementwise "a * a" (%d) : (tensor<5xf32>) -> tensor<5xf32>
          %y = kernel.batch_norm %x, %s, %b, %m, %v {{layout = "{layout}", epsilon = 0.01}}
            : tensor<{shape}xf32>, tensor<5xf32>
          func.return %y : tensor<{shape}xf32>
        }}""",
        target,
    )


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("rounding", ["even", "away", "up"])
@pytest.mark.parametrize(
    ("scale", "result"),
    [
        ("multiplier = 1, shift = 1", "i8"),
        ("multiplier = 2147483647, shift = 62, unsigned_result", "i8"),
        ("multiplier = 77, shift = 24, zero_point = 1000", "i16"),
        ("multiplier = 3, shift = 0", "i8"),
    ],
)
def test_requantise(scale: str, result: str, rounding: str, target: str, check_kernel: Check):
    call = f'kernel.requantise {{0}} {{{{{scale}, rounding = "{rounding}"}}}} : {{t0}} -> {{r}}'
    check_kernel(call, "3x40 -> 3x40", f"i32 {result}", target)
