"""The sizes: DeepBench's lists, ResNet-50, MobileNet, small products; and the rule of sampling.

`benchmarks/deepbench.json` has DeepBench's lists of training and inference as they are published
(https://github.com/baidu-research/DeepBench). A product there is BLAS's, column-major, m x n x k;
row-major it is Y[n, m] = X[n, k] W[k, m] with the weights W. Whether an operand is stored
transposed does not matter here, as the weights are packed: sizes that differ in that only are one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from .cases import Case, Convolution, Depthwise, Gemm, Recurrent, Separable

DEEPBENCH = Path(__file__).resolve().parent.parent / "deepbench.json"

F32 = ("f32", "f32", "f32")
BF16 = ("bf16", "bf16", "f32")
S8 = ("i8", "i8", "i32")
U8 = ("u8", "i8", "i32")
Types = tuple[str, str, str]

MOST_OPERATIONS = 15e9
MOST_BYTES = 256 << 20
"""Larger cases are measured with `--all` only."""

STEPS = 10
"""Sequences are cut to so many steps; their rate hardly depends on more of them."""

C = TypeVar("C", bound=Case)


def sample(cases: Sequence[C], count: int) -> list[C]:
    """Return `count` cases at equal steps of the list in the order of operations, both ends too."""
    ordered = sorted(cases, key=lambda case: (case.operations, case.name))
    if count >= len(ordered):
        return ordered
    if count == 1:
        return [ordered[len(ordered) // 2]]
    last = len(ordered) - 1
    return [ordered[round(number * last / (count - 1))] for number in range(count)]


def moderate(cases: Iterable[C]) -> list[C]:
    """Return the cases that are measured without `--all`."""
    return [c for c in cases if c.operations <= MOST_OPERATIONS and c.bytes <= MOST_BYTES]


@cache
def _deepbench() -> dict[str, Any]:
    return json.loads(DEEPBENCH.read_text(encoding="utf-8"))


def _rows(kind: str) -> Iterator[list[Any]]:
    """Yield the rows of all of DeepBench's lists of one kind."""
    lists = _deepbench()[kind]
    for name in ("training", "inference_server", "inference_device"):
        yield from lists[name]


def products(types: Types) -> list[Gemm]:
    """Return DeepBench's products, each size once."""
    return list(dict.fromkeys(Gemm(types, n, m, k) for m, n, k, *_ in _rows("gemm")))


ODD = (35, 5124)
"""Column counts of DeepBench that are no multiple of a vector."""


def gemv(types: Types) -> list[Gemm]:
    """Return the products of one to four rows."""
    return [case for case in products(types) if case.m <= 4]


def skinny(types: Types) -> list[Gemm]:
    """Return the products of up to 128 rows."""
    return [case for case in products(types) if 4 < case.m <= 128]


def large(types: Types) -> list[Gemm]:
    """Return the products of more than 128 rows."""
    return [case for case in products(types) if case.m > 128 and case.n not in ODD]


def odd(types: Types) -> list[Gemm]:
    """Return the products whose columns do not fill vectors; that of 100 columns is ours."""
    found = [case for case in products(types) if case.m > 128 and case.n in ODD]
    return [*found, Gemm(types, 700, 100, 2048)]


def small(types: Types) -> list[Gemm]:
    """Return cubes of 4 to 128."""
    return [Gemm(types, n, n, n) for n in (4, 8, 16, 32, 64, 100, 127, 128)]


def mixed(types: Types) -> list[Gemm]:
    """Return products of all kinds but the very thin and the very small."""
    return [*skinny(types), *large(types), *odd(types), Gemm(types, 64, 64, 64)]


def resnet(types: Types) -> list[Convolution]:
    """Return the convolutions of ResNet-50 (version 1.5: strides in the 3x3), each once."""
    found = [Convolution(types, 1, (224, 224), 3, 64, (7, 7), (2, 2), (3, 3))]
    inputs, pixels = 64, 56
    for middle, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        outputs, after = 4 * middle, pixels // stride
        found += [
            _square(types, pixels, inputs, middle, 1),
            _square(types, pixels, middle, middle, 3, stride),
            _square(types, after, middle, outputs, 1),
            _square(types, pixels, inputs, outputs, 1, stride),
            _square(types, after, outputs, middle, 1),
            _square(types, after, middle, middle, 3),
        ]
        inputs, pixels = outputs, after
    return list(dict.fromkeys(found))


def _square(
    types: Types, pixels: int, inputs: int, outputs: int, window: int, stride: int = 1
) -> Convolution:
    """Return a padded convolution of one square image."""
    size, pad = (pixels, pixels), (window // 2, window // 2)
    return Convolution(types, 1, size, inputs, outputs, (window, window), (stride, stride), pad)


def convolutions(types: Types) -> list[Convolution]:
    """Return DeepBench's convolutions, each once."""
    return list(
        dict.fromkeys(
            Convolution(types, n, (h, w), c, k, (r, s), (v, u), (q, p))
            for w, h, c, n, k, s, r, p, q, u, v in _rows("conv")
        )
    )


MOBILENET_V1 = (
    *((32, 64, 112, 1), (64, 128, 112, 2), (128, 128, 56, 1), (128, 256, 56, 2)),
    *((256, 256, 28, 1), (256, 512, 28, 2), (512, 512, 14, 1), (512, 1024, 14, 2)),
    (1024, 1024, 7, 1),
)
"""Channels, outputs, pixels and stride of the blocks of MobileNet."""

MOBILENET_V2 = (
    *((96, 112, 2), (144, 56, 1), (144, 56, 2), (192, 28, 1), (192, 28, 2)),
    *((384, 14, 1), (576, 14, 1), (576, 14, 2), (960, 7, 1)),
)
"""Channels, pixels and stride of the depthwise layers of MobileNetV2."""


def depthwise(types: Types) -> list[Depthwise]:
    """Return the depthwise layers of both MobileNets."""
    sizes = [*((c, n, s) for c, _, n, s in MOBILENET_V1), *MOBILENET_V2]
    return [Depthwise(types, 1, (n, n), c, c, (3, 3), (s, s), (1, 1)) for c, n, s in sizes]


def separable(types: Types) -> list[Separable]:
    """Return the blocks of MobileNet."""
    return [
        Separable(types, 1, (n, n), c, k, (3, 3), (s, s), (1, 1)) for c, k, n, s in MOBILENET_V1
    ]


def recurrent(types: Types) -> list[Recurrent]:
    """Return DeepBench's GRU and LSTM layers, cut to `STEPS`, each once."""
    return list(
        dict.fromkeys(
            Recurrent(types, cell, units, batch, min(length, STEPS))
            for units, batch, length, cell in _rows("rnn")
            if cell != "vanilla"
        )
    )
