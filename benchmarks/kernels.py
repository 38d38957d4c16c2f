"""Kernels as text: the examples, and layers of well-known networks.

ResNet-50's convolutions, MobileNetV2's depthwise layers, recurrent layers and products of
DeepBench, attention of a small transformer.
"""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def convolution(
    channels: int,
    pixels: int,
    outputs: int,
    window: int,
    stride: int = 1,
    layout: str = "nhwc",
    element: str = "f32",
) -> str:
    """A padded convolution of one square image; sums of i8 are i32."""
    padding, total = window // 2, "i32" if element == "i8" else element
    size = (pixels + 2 * padding - window) // stride + 1
    if layout == "nhwc":
        image, weights = (
            f"1x{pixels}x{pixels}x{channels}",
            f"{window}x{window}x{channels}x{outputs}",
        )
        result = f"1x{size}x{size}x{outputs}"
    else:
        image, weights = (
            f"1x{channels}x{pixels}x{pixels}",
            f"{outputs}x{channels}x{window}x{window}",
        )
        result = f"1x{outputs}x{size}x{size}"
    types = [f"tensor<{shape}x{element}>" for shape in (image, weights)]
    attributes = (
        f'layout = "{layout}", strides = [{stride}, {stride}], padding = [{padding}, {padding}]'
    )
    return f"""
func.func @layer(%x: {types[0]}, %w: {types[1]}) -> tensor<{result}x{total}> {{
  %y = kernel.conv %x, %w {{{attributes}}} : {types[0]}, {types[1]} -> tensor<{result}x{total}>
  func.return %y : tensor<{result}x{total}>
}}
"""


def depthwise(channels: int, pixels: int, window: int = 3, stride: int = 1) -> str:
    """A padded depthwise convolution with bias and relu6, channels last."""
    padding = window // 2
    size = (pixels + 2 * padding - window) // stride + 1
    x, w = (
        f"tensor<1x{pixels}x{pixels}x{channels}xf32>",
        f"tensor<{window}x{window}x{channels}xf32>",
    )
    b, y = f"tensor<{channels}xf32>", f"tensor<1x{size}x{size}x{channels}xf32>"
    strides = f"strides = [{stride}, {stride}], padding = [{padding}, {padding}]"
    return f"""
func.func @layer(%x: {x}, %w: {w}, %b: {b}) -> {y} {{
  %y = kernel.depthwise_conv %x, %w bias %b {{layout = "nhwc", {strides}, clamp = [0.0, 6.0]}}
    : {x}, {w}, {b} -> {y}
  func.return %y : {y}
}}
"""


def product(m: int, n: int, k: int, element: str = "f32") -> str:
    """A matrix multiplication; sums of i8 are i32."""
    a, b = f"tensor<{m}x{k}x{element}>", f"tensor<{k}x{n}x{element}>"
    c = f"tensor<{m}x{n}x{'i32' if element == 'i8' else element}>"
    return f"""
func.func @product(%a: {a}, %b: {b}) -> {c} {{
  %c = kernel.contract "mk,kn->mn"(%a, %b) : ({a}, {b}) -> {c}
  func.return %c : {c}
}}
"""


def requantised(m: int, n: int, k: int) -> str:
    """A product of i8 with bias and relu, scaled back to i8."""
    a, b, bias, c = (
        f"tensor<{m}x{k}xi8>",
        f"tensor<{k}x{n}xi8>",
        f"tensor<{n}xi32>",
        f"tensor<{m}x{n}xi8>",
    )
    scale = 'multiplier = 1518500250, shift = 42, zero_point = 3, rounding = "away"'
    return f"""
func.func @layer(%a: {a}, %b: {b}, %bias: {bias}) -> {c} {{
  %c = kernel.matmul %a, %b bias %bias {{activation = "relu", requantise = {{{scale}}}}}
    : {a}, {b}, {bias} -> {c}
  func.return %c : {c}
}}
"""


def recurrent(cell: str, units: int, batch: int, steps: int) -> str:
    """A layer of `gru` or `lstm` cells."""
    gates = {"gru": 3, "lstm": 4}[cell] * units
    x, h = f"tensor<{steps}x{batch}x{units}xf32>", f"tensor<{batch}x{units}xf32>"
    w, b = f"tensor<{gates}x{units}xf32>", f"tensor<{gates}xf32>"
    more, state, results = ("", "", "%y, %last")
    if cell == "lstm":
        more, state, results = f", %c: {h}", ", %c", "%y, %last, %cell"
    return f"""
func.func @layer(%x: {x}, %h: {h}{more}, %w: {w}, %r: {w}, %b: {b}) -> {x} {{
  {results} = kernel.{cell} %x, %h{state}, %w, %r bias %b : {x}, {h}, {w}, {w}, {b} -> {x}
  func.return %y : {x}
}}
"""


def attention(heads: int, length: int, depth: int) -> str:
    """Attention of some heads."""
    x = f"tensor<{heads}x{length}x{depth}xf32>"
    return f"""
func.func @heads(%q: {x}, %k: {x}, %v: {x}) -> {x} {{
  %y = kernel.attention %q, %k, %v : {x}, {x}, {x} -> {x}
  func.return %y : {x}
}}
"""


RESNET = {
    "7x7 s2 3->64 224": (3, 224, 64, 7, 2),
    "3x3 64->64 56": (64, 56, 64, 3, 1),
    "1x1 64->256 56": (64, 56, 256, 1, 1),
    "3x3 128->128 28": (128, 28, 128, 3, 1),
    "3x3 256->256 14": (256, 14, 256, 3, 1),
    "3x3 512->512 7": (512, 7, 512, 3, 1),
    "1x1 512->2048 7": (512, 7, 2048, 1, 1),
}
"""Channels, pixels, outputs, window and stride of convolutions of ResNet-50."""

MOBILENET = {
    "3x3 32 112": (32, 112),
    "3x3 s2 96 112": (96, 112, 3, 2),
    "3x3 144 56": (144, 56),
    "3x3 192 28": (192, 28),
    "3x3 384 14": (384, 14),
    "3x3 960 7": (960, 7),
    "5x5 240 14": (240, 14, 5),
}
"""Channels, pixels, window and stride of depthwise convolutions."""


def kernels() -> dict[str, str]:
    """The text of every kernel by its name."""
    found = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(EXAMPLES.glob("*.mlir"))
        if "func.func" in path.read_text(encoding="utf-8")
    }
    for name, sizes in RESNET.items():
        for layout in ("nhwc", "nchw"):
            for element in ("f32", "i8"):
                text = convolution(*sizes, layout=layout, element=element)
                found[f"conv {name} {layout} {element}"] = text
    found |= {f"depthwise {name}": depthwise(*sizes) for name, sizes in MOBILENET.items()}
    for m, n, k in ((700, 5124, 2048), (128, 1760, 1760), (127, 127, 127), (1, 3072, 1024)):
        for element in ("f32", "i8"):
            found[f"product {m}x{n}x{k} {element}"] = product(m, n, k, element)
    for cell, units, batch, steps in (("gru", 1536, 1, 187), ("lstm", 512, 16, 25)):
        found[f"{cell} {units} {batch}x{steps}"] = recurrent(cell, units, batch, steps)
    found["attention 12x128x64"] = attention(12, 128, 64)
    return found
