"""Say `linalg.softmax` as statements, those of `kernel.softmax`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import memref
from xdsl.ir import Attribute, Operation, SSAValue

from ..dialects.linalg import SoftmaxOp
from ..dialects.shapes import is_memref
from .kernels.builder import KernelBuilder
from .kernels.normalisation import softmax


def statements_of(op: SoftmaxOp) -> tuple[list[Operation], list[SSAValue]]:
    """Return the statements, and the values of the operation's results."""
    build = MemoryBuilder() if is_memref(op.output.type) else KernelBuilder()
    result = softmax(op.input, op.along, build, op.output)
    return build.ops, [result] if op.results else []


class MemoryBuilder(KernelBuilder):
    """Builds statements on memrefs: what is computed on the way has memory of its own."""

    def empty(self, shape: Sequence[int], element: Attribute) -> SSAValue:
        """Return a memref whose elements do not matter."""
        return self.emit(memref.AllocOp.get(element, shape=shape))
