"""The groups of cases, and the bars that each is to meet.

A bar is a geometric mean over its cases of another's time divided by ours. The peak of the machine
and its read bandwidth are peers like the others: a ratio of 0.9 is nine tenths of the peak.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from . import lists
from .cases import Case
from .machine import last_level_cache
from .record import CaseRecord


@dataclass(frozen=True)
class Bar:
    """What the geometric mean of the ratios to one peer should be at least.

    `worst` is the least for a single case. `only` chooses the cases, `note` says which. `ours` is
    our entry that is compared where it was measured; the usual one elsewhere, see `record.OURS`.
    """

    peer: str
    mean: float
    worst: float | None = None
    only: Callable[[CaseRecord], bool] = lambda record: True
    note: str = ""
    ours: str | None = None


PEAK = Bar("peak", 0.9, note="short ones from C", ours="ours-from-c")
"""The share of the peak, without what a call from Python costs."""

TWICE = Bar("ours-one-thread", 1.8, note="with --threads 2")
"""What two threads are to give where computing is the limit."""


@dataclass(frozen=True)
class Group:
    """Cases that one line of the table of bars speaks of."""

    name: str
    title: str
    cases: Callable[[], Sequence[Case]]
    bars: tuple[Bar, ...] = ()


def _cached(record: CaseRecord) -> bool:
    return record.weight_bytes <= last_level_cache()


def _from_memory(record: CaseRecord) -> bool:
    return not _cached(record)


def _from_32(record: CaseRecord) -> bool:
    return record.operations >= 2 * 32**3


def _is_700x35x2048(record: CaseRecord) -> bool:
    return record.name == "700x35x2048"


GROUPS: tuple[Group, ...] = (
    Group(
        "gemm-f32-skinny",
        "DeepBench products f32, 8 to 128 rows",
        lambda: lists.skinny(lists.F32),
        (
            Bar("torch-best", 1.25, 0.98),
            Bar("torch", 2.5),
            Bar("peak", 0.9, only=_cached, note="weights fit the last-level cache"),
            Bar("peak", 0.7, only=_from_memory, note="weights in memory"),
        ),
    ),
    Group(
        "gemm-f32-large",
        "DeepBench products f32, more rows",
        lambda: lists.large(lists.F32),
        (Bar("torch-best", 1.0), Bar("peak", 0.9), TWICE),
    ),
    Group(
        "gemm-f32-odd",
        "products f32 of 35, 100 and 5124 columns",
        lambda: lists.odd(lists.F32),
        (
            Bar("torch-best", 1.0),
            Bar("torch-best", 1.2, only=_is_700x35x2048, note="700x35x2048"),
            Bar("peak", 0.9),
        ),
    ),
    Group(
        "gemm-f32-gemv",
        "DeepBench products f32, 1 to 4 rows",
        lambda: lists.gemv(lists.F32),
        (Bar("torch-best", 1.5), Bar("bandwidth", 0.85)),
    ),
    Group(
        "gemm-f32-small",
        "cubes f32, 4 to 128",
        lambda: lists.small(lists.F32),
        (
            Bar("torch-best", 5.0),
            Bar("torch-best", 5.0, note="ours from C", ours="ours-from-c"),
            Bar("libxsmm", 0.95),
            Bar("libxsmm-from-c", 0.95, note="ours from C", ours="ours-from-c"),
            Bar("peak", 0.9, only=_from_32, note="ours from C, from 32 up", ours="ours-from-c"),
        ),
    ),
    Group(
        "gemm-s8",
        "products s8 x s8 -> s32",
        lambda: lists.mixed(lists.S8),
        (Bar("torch-best", 1.3), replace(PEAK, mean=0.88), TWICE),
    ),
    Group("gemm-u8", "products u8 x s8 -> s32", lambda: lists.mixed(lists.U8)),
    Group(
        "gemm-bf16",
        "products bf16 -> f32",
        lambda: lists.mixed(lists.BF16),
        (Bar("torch-best", 1.3), replace(PEAK, mean=0.85), TWICE),
    ),
    Group(
        "recurrent-f32",
        "DeepBench GRU and LSTM sequences f32",
        lambda: lists.recurrent(lists.F32),
        (Bar("torch", 2.7), Bar("onnxruntime", 1.1), Bar("onednn", 1.1)),
    ),
    Group(
        "conv-f32-resnet",
        "ResNet-50 convolutions f32",
        lambda: lists.resnet(lists.F32),
        (Bar("torch-best", 1.08), Bar("peak", 0.92), TWICE),
    ),
    Group(
        "conv-f32-deepbench",
        "DeepBench convolutions f32",
        lambda: lists.convolutions(lists.F32),
    ),
    Group(
        "depthwise-f32",
        "MobileNet depthwise layers f32",
        lambda: lists.depthwise(lists.F32),
        (Bar("torch-best", 1.3),),
    ),
    Group(
        "separable-f32",
        "MobileNet depthwise-separable blocks f32",
        lambda: lists.separable(lists.F32),
        (Bar("torch-best", 1.12),),
    ),
    Group(
        "conv-s8",
        "ResNet-50 and DeepBench convolutions s8 x s8 -> s32",
        lambda: [*lists.resnet(lists.S8), *lists.convolutions(lists.S8)],
        (Bar("torch-best", 1.1), Bar("peak", 0.75), TWICE),
    ),
)
"""The lines of the table of bars, in its order."""
