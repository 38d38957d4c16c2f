"""Stores past the caches: what makes them visible to others."""

from __future__ import annotations

from xdsl.ir import Operation

from ..dialects.isa import InstructionOp, InvokeOp
from ..dialects.machines import resolve


def streaming_in(op: Operation) -> list[str]:
    """The statements of C that stand last where an operation stores past the caches inside."""
    invoked = {inner.instruction: inner for inner in op.walk() if isinstance(inner, InvokeOp)}
    found: list[str] = []
    for invoke in invoked.values():
        instruction = resolve(invoke, invoke.instruction)
        if isinstance(instruction, InstructionOp) and instruction.streaming is not None:
            found.append(instruction.streaming)
    return list(dict.fromkeys(found))
