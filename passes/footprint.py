"""What an invocation touches of its buffers, as regions of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.ir import SSAValue

from ..dialects.isa import InvokeOp
from .engine_programs import element_bytes, instruction_of, window_of
from .presence import absent_ends
from .strided import Region
from .window import Window


@dataclass(frozen=True)
class Access:
    """A region of a buffer that an instruction writes, or only reads."""

    buffer: SSAValue
    region: Region
    writes: bool


def windows_of(op: InvokeOp) -> Iterator[tuple[Window, bool]]:
    """The operands of an invocation that are not kept, as windows, and whether it writes each."""
    instruction = instruction_of(op)
    for index, argument in enumerate(op.arguments):
        if instruction.operand_names[index] not in op.kept:
            yield window_of(argument), index == instruction.output_index


def accesses_of(op: InvokeOp) -> Iterator[Access]:
    """What an invocation in straight-line code touches.

    Raises:
        UserError: The elements that are present are no box.
    """
    for window, writes in windows_of(op):
        region = region_of(window)
        if region is not None:
            yield Access(window.base, region, writes)


def region_of(window: Window) -> Region | None:
    """The bytes of its buffer that a window without loop variables covers; None if all are absent."""
    low, high = absent_ends(window)
    shape = tuple(n - a - b for n, a, b in zip(window.shape, low, high, strict=True))
    if min(shape, default=1) < 1:
        return None
    size, strides = element_bytes(window.base), window.strides()
    first = offset_of(window) + sum(n * s for n, s in zip(low, strides, strict=True))
    return Region.of(first * size, [stride * size for stride in strides], shape, size)


def offset_of(window: Window) -> int:
    """Where the first element of a window without loop variables lies, in elements."""
    forms = zip(window.index, window.base_strides, strict=True)
    return sum(form.constant * stride for form, stride in forms)
