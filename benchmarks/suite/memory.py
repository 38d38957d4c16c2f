"""Memory for the arrays: the same for everybody, aligned to pages, in huge pages where possible."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

HUGE = 2 << 20
"""Bytes of a huge page."""


def empty(shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """Return an array that starts at a page, a huge one if it fills some."""
    size = prod(shape) * dtype.itemsize
    huge = size >= HUGE and hasattr(mmap, "MADV_HUGEPAGE")
    memory = mmap.mmap(-1, max(1, size + (HUGE if huge else 0)))
    offset = 0
    if huge:
        memory.madvise(mmap.MADV_HUGEPAGE)
        offset = -np.frombuffer(memory, np.uint8).ctypes.data % HUGE
    return np.frombuffer(memory, np.uint8, size, offset).view(dtype).reshape(shape)


def placed(array: Array) -> Array:
    """Return a copy of an array in such memory."""
    copy = empty(array.shape, array.dtype)
    copy[...] = array
    return copy
