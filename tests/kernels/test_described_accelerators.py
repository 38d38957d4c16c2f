"""Whole kernels on shipped accelerators: the program in binary, simulated, computes what NumPy does.

Blocks of memory are fixed: padding, rests of tiles and arguments in blocks all occur at these sizes.
"""

import numpy as np
import pytest

import isa_mapper
from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.elements import Array

EXTREMES = np.array([-128, -1, 0, 1, 127], np.int8)


def bytes_of(shape: tuple[int, ...], seed: int) -> Array:
    """Random bytes, every third of them one of the extremes."""
    generator = np.random.default_rng(seed)
    array = generator.integers(-128, 128, shape, np.int8)
    return np.where(
        generator.integers(0, 3, shape) == 0, generator.choice(EXTREMES, shape), array
    ).astype(np.int8)


def product(m: int, n: int, k: int, result: str = "i32") -> str:
    """A product of bytes; results of 8 bits are the low ones."""
    head = f"%x: tensor<{m}x{k}xi8>, %w: tensor<{k}x{n}xi8>"
    call = (
        f"%y = kernel.matmul %x, %w : tensor<{m}x{k}xi8>, tensor<{k}x{n}xi8> -> tensor<{m}x{n}xi32>"
    )
    if result == "i32":
        return f"func.func @f({head}) -> tensor<{m}x{n}xi32> {{ {call}\nfunc.return %y : tensor<{m}x{n}xi32> }}"
    return finished(head, call, f"{m}x{n}", "%q = arith.trunci %v : i32 to i8", "")


def finished(head: str, call: str, shape: str, body: str, constants: str) -> str:
    """A function whose sums `%y` an elementwise body makes `%q` of 8 bits of."""
    axes = ", ".join(f"d{i}" for i in range(shape.count("x") + 1))
    all_ = f"affine_map<({axes}) -> ({axes})>"
    kinds = ", ".join(['"parallel"'] * (shape.count("x") + 1))
    return f"""
func.func @f({head}) -> tensor<{shape}xi8> {{
  {call}
  {constants}
  %e = tensor.empty() : tensor<{shape}xi8>
  %r = linalg.generic {{indexing_maps = [{all_}, {all_}], iterator_types = [{kinds}]}}
      ins(%y : tensor<{shape}xi32>) outs(%e : tensor<{shape}xi8>) {{
  ^bb0(%v: i32, %old: i8):
    {body}
    linalg.yield %q : i8
  }} -> tensor<{shape}xi8>
  func.return %r : tensor<{shape}xi8>
}}"""


SHAPES = [(1, 1, 2), (1, 37, 5), (33, 1, 70), (16, 16, 16), (17, 19, 23), (5, 3, 100), (70, 50, 33)]


@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 1), (9, 20, 1)])
def test_gemmini_products(shape: tuple[int, int, int]) -> None:
    m, n, k = shape
    a, b = bytes_of((m, k), 1), bytes_of((k, n), 2)
    got = isa_mapper.compile(product(m, n, k), target="gemmini16")(a, b)
    assert np.array_equal(got, a.astype(np.int32) @ b.astype(np.int32))


@pytest.mark.parametrize("shape", [*SHAPES[1:], (2, 1, 3)])
def test_vta_products(shape: tuple[int, int, int]) -> None:
    m, n, k = shape
    a, b = bytes_of((m, k), 1), bytes_of((k, n), 2)
    got = isa_mapper.compile(product(m, n, k, "i8"), target="vta")(a, b)
    assert np.array_equal(got, (a.astype(np.int32) @ b.astype(np.int32)).astype(np.int8))


@pytest.mark.parametrize(("size", "most"), [(64, 3385), (128, 10257)])
def test_gemmini_is_faster_than_the_vendors_library(size: int, most: int) -> None:
    a, b = bytes_of((size, size), 1), bytes_of((size, size), 2)
    kernel = isa_mapper.compile(product(size, size, size), target="gemmini16")
    result, (got,) = kernel.simulate(a, b)
    assert np.array_equal(got, a.astype(np.int32) @ b.astype(np.int32))
    assert result.cycles < most


LAYER = (
    "%x: tensor<33x47xi8>, %w: tensor<47x29xi8>, %b: tensor<29xi32>",
    "%y = kernel.matmul %x, %w bias %b"
    " : tensor<33x47xi8>, tensor<47x29xi8>, tensor<29xi32> -> tensor<33x29xi32>",
    "33x29",
)


def layer_inputs() -> tuple[Array, Array, Array]:
    """Two factors and a bias, with which some sums wrap around."""
    bias = np.random.default_rng(5).integers(-(2**17), 2**17, 29).astype(np.int32)
    bias[:3] = 2**31 - 1, -(2**31), 2**31 - 5
    return bytes_of((33, 47), 3), bytes_of((47, 29), 4), bias


@pytest.mark.parametrize("relu", [False, True])
def test_vta_shifts_and_clips(relu: bool) -> None:
    first = "%u = arith.maxsi %v, %none : i32" if relu else "%u = arith.addi %v, %none : i32"
    text = finished(
        *LAYER,
        f"{first}\n%s = arith.shrsi %u, %shift : i32\n%t = arith.maxsi %s, %least : i32\n"
        "%c = arith.minsi %t, %most : i32\n%q = arith.trunci %c : i32 to i8",
        "%none = arith.constant 0 : i32\n%shift = arith.constant 7 : i32\n"
        "%least = arith.constant -128 : i32\n%most = arith.constant 127 : i32",
    )
    a, b, bias = layer_inputs()
    with np.errstate(over="ignore"):
        sums = a.astype(np.int32) @ b.astype(np.int32) + bias
    sums = np.maximum(sums, 0) if relu else sums
    expected = np.clip(sums >> 7, -128, 127).astype(np.int8)
    assert np.array_equal(isa_mapper.compile(text, target="vta")(a, b, bias), expected)


@pytest.mark.parametrize("relu", [False, True])
def test_gemmini_scales_and_rounds(relu: bool) -> None:
    first = "%u = arith.maxsi %v, %none : i32" if relu else "%u = arith.addi %v, %none : i32"
    text = finished(
        *LAYER,
        f"{first}\n%f = arith.sitofp %u : i32 to f32\n%s = arith.mulf %f, %scale : f32\n"
        "%h = math.roundeven %s : f32\n%t = arith.maximumf %h, %least : f32\n"
        "%c = arith.minimumf %t, %most : f32\n%q = arith.fptosi %c : f32 to i8",
        "%none = arith.constant 0 : i32\n%scale = arith.constant 0.0625 : f32\n"
        "%least = arith.constant -128.0 : f32\n%most = arith.constant 127.0 : f32",
    )
    a, b, bias = layer_inputs()
    with np.errstate(over="ignore"):
        sums = a.astype(np.int32) @ b.astype(np.int32) + bias
    sums = np.maximum(sums, 0) if relu else sums
    scaled = np.rint(sums.astype(np.float32) * np.float32(0.0625))
    expected = np.clip(scaled, -128, 127).astype(np.int8)
    assert np.array_equal(isa_mapper.compile(text, target="gemmini16")(a, b, bias), expected)


@pytest.mark.parametrize("target", ["gemmini16", "vta"])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("window", [1, 3])
def test_convolutions(target: str, padding: int, stride: int, window: int) -> None:
    if padding and window == 1:
        pytest.skip("padding around a window of one element")
    height, width = ((n + 2 * padding - window) // stride + 1 for n in (7, 9))
    head = f"%x: tensor<1x7x9x20xi8>, %w: tensor<{window}x{window}x20x18xi8>"
    call = (
        f'%y = kernel.conv %x, %w {{layout = "nhwc", padding = [{padding}, {padding}],'
        f" strides = [{stride}, {stride}]}} : tensor<1x7x9x20xi8>, "
        f"tensor<{window}x{window}x20x18xi8> -> tensor<1x{height}x{width}x18xi32>"
    )
    shape = f"1x{height}x{width}x18"
    if target == "vta":
        text = finished(head, call, shape, "%q = arith.trunci %v : i32 to i8", "")
    else:
        text = (
            f"func.func @f({head}) -> tensor<{shape}xi32> {{ {call}\n"
            f"func.return %y : tensor<{shape}xi32> }}"
        )
    x, w = bytes_of((1, 7, 9, 20), 6), bytes_of((window, window, 20, 18), 7)
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0))).astype(np.int32)
    expected = np.zeros((1, height, width, 18), np.int32)
    for r in range(window):
        for s in range(window):
            part = padded[:, r : r + stride * height : stride, s : s + stride * width : stride]
            expected += part[:, :height, :width] @ w[r, s].astype(np.int32)
    if target == "vta":
        expected = expected.astype(np.int8)
    assert np.array_equal(isa_mapper.compile(text, target=target)(x, w), expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (product(16, 16, 16), "there is no move of i32 from @acc to @dram"),
        (product(1, 1, 2, "i8"), "it always does 16 along its axis j, where there are 1"),
        (product(4, 4, 1, "i8"), "it always does 16 along its axis k, where there are 1"),
    ],
)
def test_what_vta_cannot_do_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UserError, match="can be carried out on @vta") as caught:
        isa_mapper.compile(text, target="vta")
    assert caught.value.location is not None
    assert reason in str(caught.value.hint)


def test_mappings_of_one_axis_each_are_not_forgotten() -> None:
    """Of an image's three channels, mappings on rows of windows would do more, but cross its borders."""
    types = "tensor<1x15x15x3xi8>, tensor<7x7x3x8xi8>"
    text = f"""
func.func @conv(%x: tensor<1x15x15x3xi8>, %w: tensor<7x7x3x8xi8>) -> tensor<1x8x8x8xi32> {{
  %y = kernel.conv %x, %w {{layout = "nhwc", padding = [3, 3], strides = [2, 2]}} : {types} -> tensor<1x8x8x8xi32>
  func.return %y : tensor<1x8x8x8xi32>
}}"""
    compiled = isa_mapper.compile(text, target="npu")
    arrays = bytes_of((1, 15, 15, 3), 8), bytes_of((7, 7, 3, 8), 9)
    ((expected, _),) = reference(compiled.module, None, arrays)
    assert np.array_equal(compiled(*arrays), expected)


def test_long_loops_become_few_instructions() -> None:
    """A step of a recurrent layer: 3072 products of blocks, in about a tenth as many instructions."""
    text = """func.func @step(%a: tensor<16x512xf32>, %b: tensor<1536x512xf32>) -> tensor<16x1536xf32> {
  %c = kernel.contract "mk,nk->mn"(%a, %b) : (tensor<16x512xf32>, tensor<1536x512xf32>) -> tensor<16x1536xf32>
  func.return %c : tensor<16x1536xf32>
}"""
    compiled = isa_mapper.compile(text, target="npu")
    random = np.random.default_rng(0)
    a, b = (random.standard_normal(shape, np.float32) for shape in ((16, 512), (1536, 512)))
    result, (got,) = compiled.simulate(a, b)
    np.testing.assert_allclose(got, a @ b.T, rtol=0, atol=1e-3)
    products = [piece for piece in result.slices if "multiply" in piece.instance.name]
    assert len(products) < 1000
    assert result.cycles < 1.1 * 16 * 512 * 1536 / 64, "64 products of f32 a cycle"


def test_next_sums_begin_before_the_last_are_rounded() -> None:
    """The vector unit clears the next accumulators first, then adds the bias to those that are done."""
    text = """
func.func @layer(%a: tensor<256x256xi8>, %b: tensor<256x256xi8>, %bias: tensor<256xi32>) -> tensor<256x256xi8> {
  %c = kernel.matmul %a, %b bias %bias {activation = "relu",
      requantise = {multiplier = 1518500250, shift = 42, rounding = "away"}}
    : tensor<256x256xi8>, tensor<256x256xi8>, tensor<256xi32> -> tensor<256x256xi8>
  func.return %c : tensor<256x256xi8>
}"""
    compiled = isa_mapper.compile(text, target="npu")
    arrays = bytes_of((256, 256), 1), bytes_of((256, 256), 2), np.arange(256, dtype=np.int32)
    result, (got,) = compiled.simulate(*arrays)
    ((expected, _),) = reference(compiled.module, None, arrays)
    assert np.array_equal(got, expected)
    assert 0.9 * result.cycles < 256**3 / 256


def test_layer_norm_is_bound_by_its_moves() -> None:
    """The factor of a row is worked out once, and rows are done sixteen elements at a time."""
    types = "tensor<64xf32>, tensor<64xf32>"
    text = f"""
func.func @norm(%x: tensor<32x64xf32>, %scale: tensor<64xf32>, %bias: tensor<64xf32>) -> tensor<32x64xf32> {{
  %y = kernel.layer_norm %x scale %scale bias %bias : tensor<32x64xf32>, {types}
  func.return %y : tensor<32x64xf32>
}}"""
    compiled = isa_mapper.compile(text, target="npu")
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape, np.float32) for shape in ((32, 64), (64,), (64,))]
    result, (got,) = compiled.simulate(*arrays)
    ((expected, _),) = reference(compiled.module, None, arrays)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)
    assert result.cycles < 7000
