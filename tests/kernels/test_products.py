"""Products with epilogues, and the forms of linalg, compiled and run."""

from collections.abc import Callable

import pytest

Check = Callable[..., None]

MATMUL = {
    "residual": (
        'kernel.matmul {0}, {1} bias {2} residual {3} {{activation = "relu"}}'
        " : {t0}, {t1}, {t2} -> {r}",
        "5x9 9x18 18 5x18 -> 5x18",
    ),
    "clamp": (
        "kernel.matmul {0}, {1} init {2} {{transpose_b, clamp = [-3.0, 6.0]}} : {t0}, {t1} -> {r}",
        "5x9 18x9 5x18 -> 5x18",
    ),
    "sigmoid": (
        'kernel.matmul {0}, {1} {{activation = "sigmoid"}} : {t0}, {t1} -> {r}',
        "2x5x4 2x4x6 -> 2x5x6",
    ),
    "matrix times vector": (
        'kernel.contract "mk,k->m"({0}, {1}) : ({t0}, {t1}) -> {r}',
        "9x17 17 -> 9",
    ),
    "its own transpose": (
        'kernel.contract "mk,nk->mn"({0}, {0}) : ({t0}, {t0}) -> {r}',
        "9x7 -> 9x9",
    ),
    "groups": (
        'kernel.contract "gmk,gkn->gmn"({0}, {1}) : ({t0}, {t1}) -> {r}',
        "3x4x5 3x5x6 -> 3x4x6",
    ),
    "three factors": (
        'kernel.contract "ij,jk,kl->il"({0}, {1}, {2}) : ({t0}, {t1}, {t2}) -> {r}',
        "3x4 4x5 5x6 -> 3x6",
    ),
}


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", MATMUL)
def test_matmul(case: str, target: str, check_kernel: Check):
    check_kernel(*MATMUL[case], "f32", target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("clamp", ["", ", clamp = [-900, 1200]", ', activation = "relu"'])
def test_requantised(clamp: str, target: str, check_kernel: Check):
    check_kernel(
        "kernel.matmul {0}, {1} bias {2} {{requantise = {{multiplier = 5, shift = 12, "
        f'rounding = "away", zero_point = 3}}}}{clamp}}}}} : {{t0}}, {{t1}}, {{t2}} -> {{r}}',
        "5x19 19x18 18:i32 -> 5x18",
        "i8",
        target,
    )


NAMED = {
    "matmul": ("matmul", "4x5 5x17", "4x17", ""),
    "conv_2d_nchw_fchw": ("conv_2d_nchw_fchw", "1x3x7x8 5x3x3x2", "1x5x3x4", "s"),
    "conv_2d_nhwc_hwcf": ("conv_2d_nhwc_hwcf", "1x7x8x3 3x2x3x5", "1x3x4x5", "s"),
    "conv_2d_nhwc_fhwc": ("conv_2d_nhwc_fhwc", "1x7x8x3 5x3x2x3", "1x3x4x5", "s"),
    "conv_2d_ngchw_fgchw": ("conv_2d_ngchw_fgchw", "1x2x3x7x8 5x2x3x3x2", "1x2x5x3x4", "s"),
    "conv_2d_ngchw_gfchw": ("conv_2d_ngchw_gfchw", "1x2x3x7x8 2x5x3x3x2", "1x2x5x3x4", "s"),
    "conv_2d_nhwgc_gfhwc": ("conv_2d_nhwgc_gfhwc", "1x7x8x2x3 2x5x3x2x3", "1x3x4x2x5", "s"),
    "pooling_nchw_max": ("pooling_nchw_max", "1x3x7x8 3x2", "1x3x3x4", "s"),
}
"""Operation, inputs, result, and whether it has strides."""


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", NAMED)
def test_named_operations_of_linalg(case: str, target: str, check_text: Check):
    name, inputs, result, strided = NAMED[case]
    takes = [f"tensor<{shape}xf32>" for shape in (*inputs.split(), result)]
    names = [f"%v{number}" for number in range(len(takes))]
    step = "{dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}"
    arguments = ", ".join(f"{n}: {t}" for n, t in zip(names, takes, strict=True))
    check_text(
        f"""func.func @f({arguments}) -> {takes[-1]} {{
          %r = linalg.{name} {step if strided else ""}
            ins({", ".join(names[:-1])} : {", ".join(takes[:-1])})
            outs({names[-1]} : {takes[-1]}) -> {takes[-1]}
          func.return %r : {takes[-1]}
        }}""",
        target,
    )
