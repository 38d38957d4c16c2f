"""Execution: every mapping of the design's table gives exactly the kernel's result."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.match import find_mappings
from isa_mapper.mapping.statement import Statement

Make = Callable[..., Statement]
Array = NDArray[Any]

PAIRS = [
    ("matmul", "gemm"),
    ("gemv", "gemm"),
    ("gram", "gemm"),
    ("conv2d", "gemm"),
    ("conv2d stride 2", "gemm"),
    ("conv2d", "vnni"),
    ("depthwise", "gemm"),
    ("depthwise", "vnni"),
    ("conv2d", "dot"),
    ("conv2d", "outer"),
    ("conv2d", "axpy"),
    ("grouped", "gemm"),
    ("conv1d", "gemm"),
]


def reference(kernel: Statement, inputs: Sequence[Array], output: Array) -> Array:
    """The naive loop nest of a sum of products, point by point."""
    result = output.copy()
    for point in product(*(range(axis.extent) for axis in kernel.axes)):
        term = 1.0
        for access, array in zip(kernel.inputs, inputs, strict=True):
            index = tuple(
                sum(c * x for c, x in zip(row, point, strict=True)) for row in access.matrix
            )
            term = term * array[index]
        out = kernel.output.matrix
        result[tuple(sum(c * x for c, x in zip(row, point, strict=True)) for row in out)] += term
    return result


def data(kernel: Statement, seed: int = 0) -> tuple[list[Array], Array]:
    """Random small integers, so that every sum is exact."""
    random = np.random.default_rng(seed)
    arrays = [
        random.integers(-4, 5, access.shape).astype(np.float32)
        for access in (*kernel.inputs, kernel.output)
    ]
    return arrays[:-1], arrays[-1]


@pytest.mark.parametrize("extents", [(2, 3, 4), (5, 4, 3)], ids=str)
@pytest.mark.parametrize(("kernel_name", "instruction_name"), PAIRS)
def test_every_mapping_computes_the_kernel(
    kernel: Make,
    instruction: Make,
    kernel_name: str,
    instruction_name: str,
    extents: tuple[int, int, int],
) -> None:
    ours = kernel(kernel_name)
    axes = [axis.name for axis in instruction(instruction_name).axes]
    theirs = instruction(instruction_name, **dict(zip(axes, extents, strict=False)))
    inputs, output = data(ours)
    expected = reference(ours, inputs, output)
    found = find_mappings(ours, theirs, instruction_name)
    assert found.mappings
    for mapping in found.mappings:
        got = execute(ours, theirs, mapping, inputs, output)
        assert np.array_equal(got, expected), mapping
