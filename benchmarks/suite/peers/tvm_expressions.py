"""Cases as TVM's tensor expressions; sums are in the type of the result."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from ..cases import Case, Convolution, Depthwise, Gemm, Image, Separable
from ..peer import Unsupported

DTYPES = {"f32": "float32", "bf16": "bfloat16", "i8": "int8", "i32": "int32"}


@singledispatch
def expression(case: Case) -> list[Any]:
    """Return the tensors of a case: the inputs in order, then the result.

    Raises:
        Unsupported: There is no expression for this kind of case.
    """
    raise Unsupported(f"no expression for {type(case).__name__}")


@expression.register
def _(case: Gemm) -> list[Any]:
    from tvm import te

    x, w = _inputs(case, (case.m, case.k), (case.k, case.n))
    k = te.reduce_axis((0, case.k), "k")
    multiply = _multiply(case)
    y = te.compute((case.m, case.n), lambda i, j: te.sum(multiply(x[i, k], w[k, j]), k), "y")
    return [x, w, y]


@expression.register
def _(case: Convolution) -> list[Any]:
    from tvm import te

    x, w = _inputs(case, _image(case), (*case.window, case.channels, case.outputs))
    padded, multiply = _padded(case, x), _multiply(case)
    r, s, c = (
        te.reduce_axis((0, size), name)
        for size, name in zip((*case.window, case.channels), "rsc", strict=True)
    )
    down, right = case.strides

    def point(b: Any, i: Any, j: Any, o: Any) -> Any:
        return te.sum(multiply(padded[b, i * down + r, j * right + s, c], w[r, s, c, o]), [r, s, c])

    y = te.compute((case.batch, *case.result_pixels, case.outputs), point, "y")
    return [x, w, y]


@expression.register
def _(case: Depthwise) -> list[Any]:
    x, w = _inputs(case, _image(case), (*case.window, case.channels))
    return [x, w, _depthwise(case, x, w)]


@expression.register
def _(case: Separable) -> list[Any]:
    from tvm import te

    x, w, mix = _inputs(
        case, _image(case), (*case.window, case.channels), (case.channels, case.outputs)
    )
    between = _depthwise(case, x, w)
    c = te.reduce_axis((0, case.channels), "c")
    y = te.compute(
        (case.batch, *case.result_pixels, case.outputs),
        lambda b, i, j, o: te.sum(between[b, i, j, c] * mix[c, o], c),
        "y",
    )
    return [x, w, mix, y]


def _depthwise(case: Image, x: Any, w: Any) -> Any:
    """Return a convolution of every channel by itself."""
    from tvm import te

    padded, multiply = _padded(case, x), _multiply(case)
    r, s = (te.reduce_axis((0, n), name) for n, name in zip(case.window, "rs", strict=True))
    down, right = case.strides

    def point(b: Any, i: Any, j: Any, c: Any) -> Any:
        return te.sum(multiply(padded[b, i * down + r, j * right + s, c], w[r, s, c]), [r, s])

    return te.compute((case.batch, *case.result_pixels, case.channels), point, "depthwise")


def _image(case: Image) -> tuple[int, ...]:
    return (case.batch, *case.pixels, case.channels)


def _inputs(case: Case, *shapes: tuple[int, ...]) -> list[Any]:
    """Return a placeholder for the input and for each of the weights."""
    from tvm import te

    kinds = (case.types[0], *[case.types[1]] * (len(shapes) - 1))
    return [
        te.placeholder(shape, DTYPES[kind], f"v{number}")
        for number, (shape, kind) in enumerate(zip(shapes, kinds, strict=True))
    ]


def _multiply(case: Case) -> Any:
    """Return a product in the type of the result."""
    kind = DTYPES[case.types[2]]
    return lambda a, b: a.astype(kind) * b.astype(kind)


def _padded(case: Image, x: Any) -> Any:
    """Return an image with zeros around it."""
    from tvm import topi

    return topi.nn.pad(x, (0, *case.padding, 0)) if any(case.padding) else x
