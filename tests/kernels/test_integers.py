"""Integers: widened sums, rounded means, and operands without a sign, compiled and run."""

from collections.abc import Callable

import pytest

Check = Callable[..., None]

UNARY = " : {t0} -> {r}"
U0 = "unsigned = array<i64: 0>"

MEANS = {
    "mean": ('kernel.reduce "mean" {0} {{axes = [0, 2], @}}' + UNARY, "3x5x4 -> 5"),
    "mean of an odd count": ('kernel.reduce "mean" {0} {{axes = [1], @}}' + UNARY, "37x7 -> 37"),
    "average": (
        'kernel.pool "average" {0} {{window = [3, 2], strides = [2, 1], padding = [1, 1], @}}'
        + UNARY,
        "1x3x7x6 -> 1x3x4x7",
    ),
    "average of twos": (
        'kernel.pool "average" {0} {{window = [2, 2], strides = [2, 2], layout = "nhwc", @}}'
        + UNARY,
        "2x6x7x18 -> 2x3x3x18",
    ),
    "average with padding": (
        'kernel.pool "average" {0} {{window = [4], padding = [2], count_include_pad, '
        'layout = "nwc", @}}' + UNARY,
        "2x6x3 -> 2x7x3",
    ),
}


@pytest.mark.parametrize("rounding", ["even", "away", "up"])
@pytest.mark.parametrize("case", MEANS)
def test_means(case: str, rounding: str, check_kernel: Check):
    call, shapes = MEANS[case]
    check_kernel(call.replace("@", f'rounding = "{rounding}"'), shapes, "i8", "avx512")


@pytest.mark.parametrize(
    ("rounding", "types"), [("even", "i8"), ("away", "i8 i32"), ("up", "i16"), ("even", "i32")]
)
def test_means_without_a_sign(rounding: str, types: str, check_kernel: Check):
    call, shapes = MEANS["average"]
    given = f'{U0}, rounding = "{rounding}"'
    check_kernel(call.replace("@", given), shapes, types, "avx512")


@pytest.mark.parametrize("target", ["scalar", "avx512"])
def test_mean_of_large_integers(target: str, check_kernel: Check):
    """The sums need 64 bits."""
    check_kernel('kernel.reduce "mean" {0} {{axes = [1]}}' + UNARY, "9x40 -> 9", "i32", target)
    check_kernel('kernel.reduce "mean" {0} {{axes = [0]}}' + UNARY, "33x9 -> 9", "i16 i64", target)


REDUCTIONS = {
    "sum of rows": ('kernel.reduce "sum" {0} {{axes = [0]}}' + UNARY, "9x33 -> 33"),
    "sum of columns": ('kernel.reduce "sum" {0} {{axes = [1], @}}' + UNARY, "5x33 -> 5"),
    "largest": ('kernel.reduce "max" {0} {{axes = [0], @}}' + UNARY, "5x33 -> 33"),
    "least": ('kernel.reduce "min" {0} {{axes = [1], @}}' + UNARY, "5x33 -> 5"),
    "product": ('kernel.reduce "product" {0} {{axes = [1], @}}' + UNARY, "5x4 -> 5"),
    "nothing": ('kernel.reduce "sum" {0} {{axes = [], @}}' + UNARY, "5x4 -> 5x4"),
    "sum pooling": (
        'kernel.pool "sum" {0} {{window = [3, 2], padding = [1, 1], layout = "nhwc", @}}' + UNARY,
        "1x5x6x19 -> 1x5x7x19",
    ),
    "max pooling": (
        'kernel.pool "max" {0} {{window = [2, 3], strides = [2, 2], padding = [1, 1], @}}' + UNARY,
        "1x3x7x7 -> 1x3x4x4",
    ),
    "min pooling": (
        'kernel.pool "min" {0} {{window = [3], dilations = [2], padding = [1], @}}' + UNARY,
        "1x3x9 -> 1x3x7",
    ),
}


@pytest.mark.parametrize(
    ("unsigned", "types", "target"), [("", "i16 i32", "scalar"), (U0, "i8 i32", "avx512")]
)
@pytest.mark.parametrize("case", REDUCTIONS)
def test_widened_reductions(case: str, unsigned: str, types: str, target: str, check_kernel: Check):
    call, shapes = REDUCTIONS[case]
    check_kernel(call.replace(", @", f", {unsigned}" if unsigned else ""), shapes, types, target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", ["largest", "least", "sum pooling", "max pooling", "min pooling"])
def test_reductions_without_a_sign(case: str, target: str, check_kernel: Check):
    call, shapes = REDUCTIONS[case]
    check_kernel(call.replace("@", U0), shapes, "i8", target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", ["sum of rows", "sum of columns", "sum pooling", "max pooling"])
def test_reductions_of_bf16_in_f32(case: str, target: str, check_kernel: Check):
    call, shapes = REDUCTIONS[case]
    check_kernel(call.replace(", @", ""), shapes, "bf16 f32", target)


PRODUCTS = {
    "matmul": ("kernel.matmul {0}, {1} {{@}} : {t0}, {t1} -> {r}", "5x19 19x18 -> 5x18"),
    "batch": (
        "kernel.matmul {0}, {1} {{transpose_b, @}} : {t0}, {t1} -> {r}",
        "2x5x7 2x18x7 -> 2x5x18",
    ),
    "conv": (
        'kernel.conv {0}, {1} {{layout = "nhwc", padding = [1, 1], @}} : {t0}, {t1} -> {r}',
        "1x5x5x3 3x3x3x18 -> 1x5x5x18",
    ),
    "groups": (
        "kernel.conv {0}, {1} {{groups = 2, strides = [2, 1], @}} : {t0}, {t1} -> {r}",
        "1x4x6x6 6x2x3x3 -> 1x6x2x4",
    ),
    "transpose": (
        "kernel.conv_transpose {0}, {1} {{strides = [2], @}} : {t0}, {t1} -> {r}",
        "1x3x5 3x4x3 -> 1x4x11",
    ),
    "depthwise": (
        'kernel.depthwise_conv {0}, {1} {{layout = "nhwc", padding = [1, 1], @}}'
        " : {t0}, {t1} -> {r}",
        "1x5x4x18 3x3x18 -> 1x5x4x18",
    ),
    "separable": (
        "kernel.depthwise_separable {0}, {1}, {2} {{@}} : {t0}, {t1}, {t2} -> {r}",
        "1x3x5x5 3x3x3 6x3 -> 1x6x3x3",
    ),
    "separable fused": (
        'kernel.depthwise_separable {0}, {1}, {2} {{fused, layout = "nhwc", @}}'
        " : {t0}, {t1}, {t2} -> {r}",
        "1x5x5x3 3x3x3 3x18 -> 1x3x3x18",
    ),
    "contract": (
        'kernel.contract "mk,kn->mn"({0}, {1}) {{@}} : ({t0}, {t1}) -> {r}',
        "5x19 19x18 -> 5x18",
    ),
    "elementwise": (
        'kernel.elementwise "a * b - max(a, b)" ({0}, {1}) {{@}} : ({t0}, {t1}) -> {r}',
        "5x19 5x19 -> 5x19",
    ),
}


@pytest.mark.parametrize(
    ("unsigned", "types", "target"),
    [
        ("0", "i8 i32", "avx512"),
        ("0, 1", "i16 i32", "scalar"),
    ],
)
@pytest.mark.parametrize("case", PRODUCTS)
def test_products_without_a_sign(
    case: str, unsigned: str, types: str, target: str, check_kernel: Check
):
    call, shapes = PRODUCTS[case]
    check_kernel(call.replace("@", f"unsigned = array<i64: {unsigned}>"), shapes, types, target)


@pytest.mark.parametrize("types", ["i8", "i16", "i32"])
def test_functions_without_a_sign(types: str, check_kernel: Check):
    check_kernel(
        'kernel.elementwise "max_unsigned(a, b) - min_unsigned(a, 3) * div_unsigned(a, 7)" '
        "({0}, {1}) : ({t0}, {t1}) -> {r}",
        "5x19 19 -> 5x19",
        types,
        "avx512",
    )


@pytest.mark.parametrize("case", ["matmul", "conv", "groups"])
def test_second_factor_without_a_sign(case: str, check_kernel: Check):
    call, shapes = PRODUCTS[case]
    given = "unsigned = array<i64: 1>"
    check_kernel(call.replace("@", given), shapes, "i8 i32", "avx512")


@pytest.mark.parametrize(("unsigned", "target"), [("2", "avx512"), ("0, 2", "scalar")])
@pytest.mark.parametrize("case", ["separable", "separable fused"])
def test_third_factor_without_a_sign(case: str, unsigned: str, target: str, check_kernel: Check):
    call, shapes = PRODUCTS[case]
    given = f"unsigned = array<i64: {unsigned}>"
    check_kernel(call.replace("@", given), shapes, "i8 i32", target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("types", ["i8 i8", "i16 i8", "i8 i16"])
def test_requantised_without_a_sign(types: str, target: str, check_kernel: Check):
    check_kernel(
        "kernel.requantise {0} {{multiplier = 77, shift = 6, zero_point = -3, "
        f"{U0}, unsigned_result}}}}" + UNARY,
        "5x40 -> 5x40",
        types,
        target,
    )


@pytest.mark.parametrize("target", ["scalar", "avx512"])
def test_layer_of_unsigned_bytes(target: str, check_kernel: Check):
    """As quantised networks have it: u8 x i8, a bias, and u8 again."""
    check_kernel(
        f'kernel.conv {{0}}, {{1}} bias {{2}} {{{{layout = "nhwc", {U0}, activation = "relu", '
        'requantise = {{multiplier = 5, shift = 11, rounding = "away", unsigned_result}}}}'
        " : {t0}, {t1}, {t2} -> {r}",
        "1x5x5x3 3x3x3x18 18:i32 -> 1x3x3x18",
        "i8",
        target,
    )
