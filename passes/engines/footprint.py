"""What an invocation touches of memories and buffers, as regions of bytes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from xdsl.dialects import memref
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue

from ...dialects.isa import InvokeOp, TargetOp
from ...dialects.shapes import element_bytes
from ..effects import output_index_of
from ..presence import absent_ends
from ..window import Window, base_of
from .conflicts import Use
from .engine_programs import (
    ADDRESS,
    instruction_of,
    memory_of,
    window_of,
)
from .strided import Region


def windows_of(op: InvokeOp, target: TargetOp) -> Iterator[tuple[Window, bool]]:
    """The operands of an invocation that are not kept, as windows, and whether it writes each."""
    for value, writes in _operands(op, target):
        yield window_of(value), writes


def _operands(op: InvokeOp, target: TargetOp) -> Iterator[tuple[SSAValue, bool]]:
    """The operands of an invocation that are not kept, and whether it writes each."""
    instruction = instruction_of(op, target)
    kept = [instruction.operand_names.index(name) for name in op.kept]
    output = output_index_of(instruction)
    for index, argument in enumerate(op.arguments):
        if index not in kept:
            yield argument, index == output


class Footprints:
    """What the invocations of straight-line code touch; views are looked at once."""

    def __init__(self, target: TargetOp) -> None:
        self._target = target
        self._known: dict[tuple[SSAValue, bool], Use | None] = {}

    def of(self, op: InvokeOp) -> list[Use]:
        """What an invocation touches of operands of which something is present.

        Raises:
            UserError: The elements that are present are no box.
        """
        found: list[Use] = []
        for key in _operands(op, self._target):
            if key not in self._known:
                self._known[key] = self._use(*key)
            use = self._known[key]
            if use is not None:
                found.append(use)
        return found

    def _use(self, value: SSAValue, writes: bool) -> Use | None:
        """The bytes of a window without loop variables; None if all of its elements are absent."""
        window = window_of(value)
        region = region_of(window)
        if region is None:
            return None
        place, distance = _place(base_of(window.base), self._target)
        return Use(place, region.shifted(distance), writes)


def region_of(window: Window) -> Region | None:
    """The bytes of its buffer that a window without loop variables covers; None if all are absent."""
    low, high = absent_ends(window)
    shape = tuple(n - a - b for n, a, b in zip(window.shape, low, high, strict=True))
    if min(shape, default=1) < 1:
        return None
    size, strides = element_bytes(window.type), window.strides()
    first = offset_of(window) + sum(n * s for n, s in zip(low, strides, strict=True))
    return Region.of(first * size, [stride * size for stride in strides], shape, size)


def offset_of(window: Window) -> int:
    """Where the first element of a window without loop variables lies, in elements."""
    forms = zip(window.index, window.base_strides, strict=True)
    return sum(form.constant * stride for form, stride in forms)


def _place(buffer: SSAValue, target: TargetOp) -> tuple[Hashable, int]:
    """The place that a buffer is in, and where in bytes: its memory if it has an address there."""
    owner = buffer.owner
    if isinstance(owner, memref.GetGlobalOp):
        return owner.name_.string_value(), 0
    address = owner.attributes.get(ADDRESS) if isinstance(owner, memref.AllocOp) else None
    memory = memory_of(buffer, target)
    if not isinstance(address, IntegerAttr) or memory is None:
        return buffer, 0
    return memory, address.value.data * memory.row
