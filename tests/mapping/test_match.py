"""The matcher: the design's table of counts, brute force, bodies and rejections."""

from collections.abc import Callable

import pytest

from isa_mapper.mapping.match import find_mappings
from isa_mapper.mapping.statement import Statement

Make = Callable[..., Statement]

TABLE = [
    ("matmul", "gemm", 2, 14),
    ("gemv", "gemm", 0, 6),
    ("gram", "gemm", 2, 14),
    ("conv2d", "gemm", 98, 254),
    ("conv2d stride 2", "gemm", 98, 254),
    ("conv2d", "vnni", 56, 78),
    ("depthwise", "gemm", 0, 30),
    ("depthwise", "vnni", 9, 18),
    ("conv2d", "dot", 14, 14),
    ("conv2d", "outer", 14, 30),
    ("conv2d", "axpy", 8, 8),
    ("grouped", "gemm", 98, 254),
    ("conv1d", "gemm", 18, 62),
]


@pytest.mark.parametrize(("kernel_name", "instruction_name", "full", "total"), TABLE)
def test_the_counts_are_those_of_the_design(
    kernel: Make, instruction: Make, kernel_name: str, instruction_name: str, full: int, total: int
) -> None:
    found = find_mappings(kernel(kernel_name), instruction(instruction_name), instruction_name)
    assert (found.counts.full_rank, found.counts.total) == (full, total)
    assert len(set(found.mappings)) == len(found.mappings)
