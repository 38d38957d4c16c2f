"""The references of the kernel dialect: which function computes which operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from xdsl.ir import Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ..dialects.kernel.epilogue import EpilogueOp
from ..dialects.kernel.signs import SignsOp
from . import reference_convolution, reference_layers, reference_sequences
from .quantity import Quantity

KERNELS: Mapping[type[Operation], Callable[..., Quantity | tuple[Quantity, ...]]] = {
    **reference_convolution.RULES,
    **reference_layers.RULES,
    **reference_sequences.RULES,
}
"""From an operation and its operands by name to its result, or its results."""


def named_operands(op: IRDLOperation) -> Iterator[tuple[str, SSAValue | None]]:
    """Yield names and values of an operation's operands, None for one that is not given."""
    for name, _ in op.get_irdl_definition().operands:
        value = getattr(op, name)
        if isinstance(value, SSAValue | None):
            yield name, value
        else:
            for number, item in enumerate(value):
                yield f"{name}{number}", item


def unsigned_names(op: IRDLOperation) -> list[str]:
    """Return the names of the operands that an operation reads without a sign."""
    if not isinstance(op, SignsOp) or op.unsigned is None:
        return []
    names = [name for name, _ in named_operands(op)]
    if isinstance(op, EpilogueOp):
        names = list(op.FACTORS)
    return [names[number] for number in op.unsigned.get_values()]
