"""Operations of linalg that are no row of the table, and memrefs, compiled and run."""

from collections.abc import Callable

import numpy as np
import pytest

import isa_mapper
from isa_mapper.dialects.machines import host_features

Check = Callable[..., None]


def program(arguments: str, body: str, returned: str = "") -> str:
    """Return a function; `T` in front of a shape stands for a tensor, `M` for a memref."""
    result = f" -> {returned}" if returned else ""
    last = f"func.return %r : {returned}" if returned else "func.return"
    return f"func.func @f({arguments}){result} {{\n  {body}\n  {last}\n}}"


CASES = {
    "contract": program(
        "%a: tensor<7x5xi8>, %b: tensor<7x18xi8>, %c: tensor<18x5xi32>",
        """%r = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
             affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n, m)>]
             ins(%a, %b : tensor<7x5xi8>, tensor<7x18xi8>) outs(%c : tensor<18x5xi32>)
             -> tensor<18x5xi32>""",
        "tensor<18x5xi32>",
    ),
    "contract unsigned": program(
        "%a: tensor<7x5xi8>, %b: tensor<5xi16>, %c: tensor<7xi32>",
        """%r = linalg.contract indexing_maps = [affine_map<(m, k) -> (m, k)>,
             affine_map<(m, k) -> (k)>, affine_map<(m, k) -> (m)>]
             {cast = #linalg.type_fn<cast_unsigned>}
             ins(%a, %b : tensor<7x5xi8>, tensor<5xi16>) outs(%c : tensor<7xi32>)
             -> tensor<7xi32>""",
        "tensor<7xi32>",
    ),
    "transposed matmul": program(
        "%a: tensor<7x5xf32>, %b: tensor<18x7xf32>, %c: tensor<5x18xf32>",
        """%r = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
             affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
             ins(%a, %b : tensor<7x5xf32>, tensor<18x7xf32>) outs(%c : tensor<5x18xf32>)
             -> tensor<5x18xf32>""",
        "tensor<5x18xf32>",
    ),
    "broadcast batch matmul": program(
        "%a: tensor<5xf32>, %b: tensor<3x5x18xf32>, %c: tensor<3x4x18xf32>",
        """%r = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (k)>,
             affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]
             ins(%a, %b : tensor<5xf32>, tensor<3x5x18xf32>) outs(%c : tensor<3x4x18xf32>)
             -> tensor<3x4x18xf32>""",
        "tensor<3x4x18xf32>",
    ),
    "unsigned matmul": program(
        "%a: tensor<4x9xi8>, %b: tensor<9x18xi8>, %c: tensor<4x18xi32>",
        """%r = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>}
             ins(%a, %b : tensor<4x9xi8>, tensor<9x18xi8>) outs(%c : tensor<4x18xi32>)
             -> tensor<4x18xi32>""",
        "tensor<4x18xi32>",
    ),
    "elementwise": program(
        "%a: tensor<5xf32>, %b: tensor<4x5xf32>, %c: tensor<4x5xf32>",
        """%r = linalg.elementwise kind = #linalg.elementwise_kind<max_signed>
             indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>,
                              affine_map<(i, j) -> (i, j)>]
             ins(%a, %b : tensor<5xf32>, tensor<4x5xf32>) outs(%c : tensor<4x5xf32>)
             -> tensor<4x5xf32>""",
        "tensor<4x5xf32>",
    ),
    "transposed elementwise": program(
        "%a: tensor<5x4xi32>, %b: tensor<4x5xi32>, %c: tensor<4x5xi32>",
        """%r = linalg.elementwise kind = #linalg.elementwise_kind<min_unsigned>
             indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>,
                              affine_map<(i, j) -> (i, j)>]
             ins(%a, %b : tensor<5x4xi32>, tensor<4x5xi32>) outs(%c : tensor<4x5xi32>)
             -> tensor<4x5xi32>""",
        "tensor<4x5xi32>",
    ),
    "map": program(
        "%a: tensor<4x5xf32>, %b: tensor<4x5xf32>, %c: tensor<4x5xf32>",
        """%s = linalg.map { arith.subf } ins(%a, %b : tensor<4x5xf32>, tensor<4x5xf32>)
             outs(%c : tensor<4x5xf32>)
           %r = linalg.map ins(%s, %b : tensor<4x5xf32>, tensor<4x5xf32>)
             outs(%c : tensor<4x5xf32>) (%x: f32, %y: f32) {
               %u = arith.mulf %x, %y : f32
               %v = arith.addf %u, %y : f32
               linalg.yield %v : f32
             }""",
        "tensor<4x5xf32>",
    ),
    "reduce": program(
        "%a: tensor<4x5x6xi16>, %c: tensor<4x6xi16>",
        """%r = linalg.reduce { arith.maxsi } ins(%a : tensor<4x5x6xi16>)
             outs(%c : tensor<4x6xi16>) dimensions = [1]""",
        "tensor<4x6xi16>",
    ),
    "difference": program(  # the shorthand takes the output first
        "%a: tensor<4x5xf32>, %c: tensor<4xf32>",
        """%r = linalg.reduce { arith.subf } ins(%a : tensor<4x5xf32>)
             outs(%c : tensor<4xf32>) dimensions = [1]""",
        "tensor<4xf32>",
    ),
    "softmax": program(
        "%a: tensor<4x9x5xf32>, %c: tensor<4x9x5xf32>",
        """%r = linalg.softmax dimension(1) ins(%a : tensor<4x9x5xf32>)
             outs(%c : tensor<4x9x5xf32>) -> tensor<4x9x5xf32>""",
        "tensor<4x9x5xf32>",
    ),
    "power": program(
        "%a: tensor<37xf32>, %b: tensor<37xf32>, %c: tensor<37xf32>",
        """%s = linalg.abs ins(%a : tensor<37xf32>) outs(%c : tensor<37xf32>) -> tensor<37xf32>
           %r = linalg.powf ins(%s, %b : tensor<37xf32>, tensor<37xf32>) outs(%c : tensor<37xf32>)
             -> tensor<37xf32>""",
        "tensor<37xf32>",
    ),
    "division": program(  # by odd numbers, for by zero it is undefined
        "%a: tensor<37xi32>, %b: tensor<37xi32>, %c: tensor<37xi32>",
        """%one = arith.constant dense<1> : tensor<37xi32>
           %two = arith.constant dense<2> : tensor<37xi32>
           %s = linalg.mul ins(%b, %two : tensor<37xi32>, tensor<37xi32>) outs(%c : tensor<37xi32>)
             -> tensor<37xi32>
           %d = linalg.add ins(%s, %one : tensor<37xi32>, tensor<37xi32>) outs(%c : tensor<37xi32>)
             -> tensor<37xi32>
           %p = linalg.div ins(%a, %d : tensor<37xi32>, tensor<37xi32>) outs(%c : tensor<37xi32>)
             -> tensor<37xi32>
           %q = linalg.div_unsigned ins(%a, %d : tensor<37xi32>, tensor<37xi32>)
             outs(%c : tensor<37xi32>) -> tensor<37xi32>
           %r = linalg.sub ins(%p, %q : tensor<37xi32>, tensor<37xi32>) outs(%c : tensor<37xi32>)
             -> tensor<37xi32>""",
        "tensor<37xi32>",
    ),
    "moves": program(
        "%a: tensor<4x5xf32>, %c: tensor<5x3x4xf32>",
        """%e = tensor.empty() : tensor<5x4xf32>
           %t = linalg.transpose ins(%a : tensor<4x5xf32>) outs(%e : tensor<5x4xf32>)
             permutation = [1, 0]
           %r = linalg.broadcast ins(%t : tensor<5x4xf32>) outs(%c : tensor<5x3x4xf32>)
             dimensions = [1]""",
        "tensor<5x3x4xf32>",
    ),
    "matvec on memrefs": program(
        "%a: memref<5x19xi8>, %b: memref<19xi8>, %c: memref<5xi32>",
        """linalg.matvec ins(%a, %b : memref<5x19xi8>, memref<19xi8>) outs(%c : memref<5xi32>)""",
    ),
    "pooling on memrefs": program(
        "%a: memref<1x7x7x5xf32>, %b: memref<3x3xf32>, %c: memref<1x3x3x5xf32>",
        """linalg.pooling_nhwc_sum {strides = dense<2> : tensor<2xi64>}
             ins(%a, %b : memref<1x7x7x5xf32>, memref<3x3xf32>) outs(%c : memref<1x3x3x5xf32>)""",
    ),
    "zero points on memrefs": program(
        "%a: memref<5x7xi8>, %b: memref<7x18xi8>, %x: i32, %y: i32, %c: memref<5x18xi32>",
        """linalg.quantized_matmul ins(%a, %b, %x, %y : memref<5x7xi8>, memref<7x18xi8>, i32, i32)
             outs(%c : memref<5x18xi32>)""",
    ),
    "map on memrefs": program(
        "%a: memref<5x7xf32>, %c: memref<5x7xf32>",
        """linalg.map { math.exp } ins(%a : memref<5x7xf32>) outs(%c : memref<5x7xf32>)""",
    ),
    "reduce on memrefs": program(
        "%a: memref<5x7xf32>, %c: memref<7xf32>",
        """linalg.reduce { arith.addf } ins(%a : memref<5x7xf32>) outs(%c : memref<7xf32>)
             dimensions = [0]""",
    ),
    "softmax on memrefs": program(
        "%a: memref<5x7xf32>, %c: memref<5x7xf32>",
        """linalg.softmax dimension(1) ins(%a : memref<5x7xf32>) outs(%c : memref<5x7xf32>)""",
    ),
    "moves on memrefs": program(
        "%a: memref<5x7xf32>, %b: memref<7x5xf32>, %c: memref<7x2x5xf32>, %d: memref<7x2x5xf64>",
        """linalg.transpose ins(%a : memref<5x7xf32>) outs(%b : memref<7x5xf32>)
             permutation = [1, 0]
           linalg.broadcast ins(%b : memref<7x5xf32>) outs(%c : memref<7x2x5xf32>) dimensions = [1]
           linalg.copy ins(%c : memref<7x2x5xf32>) outs(%d : memref<7x2x5xf64>)""",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_operation(case: str, check_text: Check):
    check_text(CASES[case], "avx512")


@pytest.mark.parametrize("case", ["contract unsigned", "reduce", "softmax", "moves on memrefs"])
def test_operation_without_vectors(case: str, check_text: Check):
    check_text(CASES[case], "scalar")


DEGENERATE = {
    "one element": program(
        "%a: tensor<1x1xf32>, %b: tensor<1x1xf32>, %c: tensor<1x1xf32>",
        """%r = linalg.matmul ins(%a, %b : tensor<1x1xf32>, tensor<1x1xf32>)
             outs(%c : tensor<1x1xf32>) -> tensor<1x1xf32>""",
        "tensor<1x1xf32>",
    ),
    "one product": program(
        "%a: tensor<3x5x1xi8>, %b: tensor<3x1x18xi8>, %c: tensor<3x5x18xi32>",
        """%r = linalg.batch_matmul ins(%a, %b : tensor<3x5x1xi8>, tensor<3x1x18xi8>)
             outs(%c : tensor<3x5x18xi32>) -> tensor<3x5x18xi32>""",
        "tensor<3x5x18xi32>",
    ),
    "window of one": program(
        "%x: tensor<1x5x5x3xf32>, %w: tensor<1x1x3x18xf32>, %y: tensor<1x3x3x18xf32>",
        """%r = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>}
             ins(%x, %w : tensor<1x5x5x3xf32>, tensor<1x1x3x18xf32>)
             outs(%y : tensor<1x3x3x18xf32>) -> tensor<1x3x3x18xf32>""",
        "tensor<1x3x3x18xf32>",
    ),
    "distant rows": program(
        "%a: memref<5x7xf32, strided<[9, 1]>>, %b: memref<7xf32>, %c: memref<5xf32, strided<[2]>>",
        """linalg.matvec ins(%a, %b : memref<5x7xf32, strided<[9, 1]>>, memref<7xf32>)
             outs(%c : memref<5xf32, strided<[2]>>)""",
    ),
}


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate(case: str, target: str, check_text: Check):
    check_text(DEGENERATE[case], target)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("kind", ["max", "min", "sum"])
def test_nan_and_infinities(kind: str, target: str):
    """A NaN in a window is the result's; so is the better infinity."""
    text = program(
        "%x: tensor<1x9x5xf32>, %w: tensor<3xf32>, %y: tensor<1x7x5xf32>",
        f"""%r = linalg.pooling_nwc_{kind} ins(%x, %w : tensor<1x9x5xf32>, tensor<3xf32>)
             outs(%y : tensor<1x7x5xf32>) -> tensor<1x7x5xf32>""",
        "tensor<1x7x5xf32>",
    )
    portable = target != "scalar" and "avx512f" not in host_features()
    image = np.arange(45, dtype=np.float32).reshape(1, 9, 5) - 20
    image[0, 4, 0], image[0, 2, 1], image[0, 7, 2] = np.nan, np.inf, -np.inf
    image[0, :, 3] = -0.0
    start = np.full((1, 7, 5), 0.0 if kind == "sum" else -3.0, np.float32)
    got = isa_mapper.compile(text, target=target, portable=portable)(
        image, np.zeros(3, np.float32), start
    )
    windows = np.lib.stride_tricks.sliding_window_view(image, 3, axis=1)
    reduce = {"max": np.max, "min": np.min, "sum": np.sum}[kind]
    pick = {"max": np.maximum, "min": np.minimum, "sum": np.add}[kind]
    np.testing.assert_array_equal(got, pick(start, reduce(windows, axis=-1)))
