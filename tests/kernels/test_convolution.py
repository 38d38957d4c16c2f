"""Convolutions, compiled and run: strides, dilations, padding, groups, layouts, epilogues."""

from collections.abc import Callable

import pytest

Check = Callable[..., None]

PLAIN = " : {t0}, {t1} -> {r}"
CONV = "kernel.conv {0}, {1} "
TRANSPOSE = "kernel.conv_transpose {0}, {1} "
DEPTHWISE = "kernel.depthwise_conv {0}, {1} "
SEPARABLE = "kernel.depthwise_separable {0}, {1}, {2} "

CASES = {
    "1d": (CONV + "{{strides = [2], padding = [[1, 0]]}}" + PLAIN, "2x3x10 5x3x3 -> 2x5x5"),
    "2d": (CONV + PLAIN, "1x3x7x9 5x3x3x2 -> 1x5x5x8"),
    "3d": (CONV + "{{padding = [1, 0, 1]}}" + PLAIN, "1x2x4x5x3 3x2x3x3x3 -> 1x3x4x3x3"),
    "nhwc": (
        CONV + '{{layout = "nhwc", strides = [2, 1], padding = [1, 1]}}' + PLAIN,
        "2x7x6x3 3x3x3x17 -> 2x4x6x17",
    ),
    "dilated": (
        CONV + "{{dilations = [2, 3], padding = [2, 3]}}" + PLAIN,
        "1x3x6x7 4x3x3x3 -> 1x4x6x7",
    ),
    "groups": (
        CONV + "{{groups = 3, strides = [2, 2], padding = [[0, 1], [1, 0]]}}" + PLAIN,
        "2x6x8x7 9x2x3x3 -> 2x9x4x3",
    ),
    "groups nhwc": (
        CONV + '{{groups = 2, layout = "nhwc"}}' + PLAIN,
        "1x5x5x4 3x3x2x6 -> 1x3x3x6",
    ),
    "transpose": (
        TRANSPOSE + "{{strides = [2, 2], padding = [1, 1], output_padding = [1, 1]}}" + PLAIN,
        "1x2x3x4 2x3x3x3 -> 1x3x6x8",
    ),
    "transpose nhwc": (
        TRANSPOSE + '{{layout = "nhwc", groups = 2, strides = [3, 1], dilations = [1, 2]}}' + PLAIN,
        "1x3x4x4 2x3x4x3 -> 1x8x8x6",
    ),
    "transpose cut": (TRANSPOSE + "{{padding = [[3, 2]]}}" + PLAIN, "1x2x7 2x3x3 -> 1x3x4"),
    "depthwise": (DEPTHWISE + "{{padding = [1, 1]}}" + PLAIN, "1x3x4x5 3x3x3 -> 1x3x4x5"),
    "depthwise nhwc": (
        DEPTHWISE + '{{layout = "nhwc", strides = [2, 2]}}' + PLAIN,
        "1x7x7x18 3x3x18 -> 1x3x3x18",
    ),
    "separable": (
        SEPARABLE + "{{padding = [1, 1]}} : {t0}, {t1}, {t2} -> {r}",
        "1x3x4x4 3x3x3 5x3 -> 1x5x4x4",
    ),
    "separable fused": (
        SEPARABLE + '{{fused, layout = "nhwc"}} : {t0}, {t1}, {t2} -> {r}',
        "1x5x5x4 3x3x4 4x17 -> 1x3x3x17",
    ),
}


@pytest.mark.parametrize(("types", "target"), [("f32", "avx512"), ("i8 i32", "scalar")])
@pytest.mark.parametrize("case", CASES)
def test_convolution(case: str, types: str, target: str, check_kernel: Check):
    check_kernel(*CASES[case], types, target)


@pytest.mark.parametrize(("types", "target"), [("f32", "scalar"), ("i8 i32", "avx512")])
@pytest.mark.parametrize("case", ["1d", "nhwc", "groups nhwc", "depthwise nhwc", "separable fused"])
def test_the_other_way_round(case: str, types: str, target: str, check_kernel: Check):
    check_kernel(*CASES[case], types, target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", ["nhwc", "transpose nhwc", "separable fused"])
def test_double_precision(case: str, target: str, check_kernel: Check):
    check_kernel(*CASES[case], "f64", target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
def test_epilogue(target: str, check_kernel: Check):
    check_kernel(
        'kernel.conv {0}, {1} bias {2} init {3} residual {4} {{groups = 2, activation = "tanh", '
        "clamp = [-0.5, 0.25]}} : {t0}, {t1}, {t2} -> {r}",
        "1x4x6x6 6x2x3x3 6 1x6x4x4 1x6x4x4 -> 1x6x4x4",
        "f32",
        target,
    )


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("rounding", ["even", "away", "up"])
def test_requantised(rounding: str, target: str, check_kernel: Check):
    check_kernel(
        'kernel.conv {0}, {1} bias {2} {{layout = "nhwc", padding = [1, 1], requantise = '
        f'{{{{multiplier = 3, shift = 10, zero_point = -4, rounding = "{rounding}"}}}}}}}} '
        ": {t0}, {t1}, {t2} -> {r}",
        "1x5x5x3 3x3x3x8 8:i32 -> 1x5x5x8",
        "i8",
        target,
    )
