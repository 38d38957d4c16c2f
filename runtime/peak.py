"""Reach the most that one core of this computer computes with a machine's instructions.

A loop is generated from the machine's description alone: its best accumulating instruction, on as
many independent accumulators as its latency asks for, with all operands in registers or in the
nearest cache.
"""

import ctypes
import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from time import perf_counter

from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, MemoryKind, TargetOp
from ..mapping.statement import ASSIGN, statement_of
from ..targets.c_expression import c_type, literal
from ..targets.c_instruction import fill_template
from .build import build

_SAMPLE_SECONDS = 1e-3


def best_instruction(
    target: TargetOp, element: Attribute, inputs: Collection[Attribute] = ()
) -> InstructionOp | None:
    """Return the instruction that adds the most products per cycle, None without any.

    Args:
        target: The machine.
        element: The type of the sums.
        inputs: The types that may be multiplied, the same one if none are given.
    """
    allowed = set(inputs) or {element}
    found = [
        op
        for op in target.instructions.values()
        if op.c_template is not None and not op.is_move and _accumulates(op, element, allowed)
    ]
    return max(found, key=lambda op: _rate(target, op), default=None)


def _accumulates(op: InstructionOp, element: Attribute, inputs: Collection[Attribute]) -> bool:
    """Say whether an instruction adds products of such types to registers of an element type."""
    memrefs = op.operand_memrefs
    static = all(memref.has_static_shape() for memref in memrefs)
    fits = all(memrefs[index].element_type in inputs for index in op.input_indices)
    adds = statement_of(op.statement).combine != ASSIGN
    return static and fits and adds and memrefs[op.output_index].element_type == element


def _rate(target: TargetOp, op: InstructionOp) -> float:
    """Return how many operations per cycle an instruction can do."""
    units = target.units[op.unit_name].count
    return operations_of(op) * units / op.interval


def operations_of(op: InstructionOp) -> int:
    """Return how many multiplications and additions one execution of an accumulating instruction does.

    One per factor and point; what it does to factors before does not count.
    """
    statement = statement_of(op.statement)
    return prod(axis.extent for axis in statement.axes) * max(1, len(statement.inputs))


@dataclass(frozen=True)
class PeakLoop:
    """A C function `void peak(int64_t repeat, void *memory)` and what one repetition computes."""

    text: str
    operations: int


@dataclass(frozen=True)
class PeakCall:
    """A call that computes as fast as the machine can, and how many operations it does."""

    call: Callable[[], object]
    operations: int


def peak_call(
    target: TargetOp, element: Attribute, inputs: Collection[Attribute] = ()
) -> PeakCall | None:
    """Return a call of about a millisecond at the peak of one core, to be timed beside a kernel.

    Arguments as for `best_instruction`; None when no instruction fits the types.

    Raises:
        UserError: The generated loop does not compile.
    """
    instruction = best_instruction(target, element, inputs)
    if instruction is None:
        return None
    return _loaded(loop_of(target, instruction), tuple(target.c_flags))


@lru_cache
def _loaded(loop: PeakLoop, flags: tuple[str, ...]) -> PeakCall:
    """Compile a loop and find how often it runs in a millisecond."""
    function = build(loop.text, flags).peak
    function.argtypes, function.restype = (ctypes.c_int64, ctypes.c_void_p), None
    memory = ctypes.create_string_buffer(1 << 16)
    repeat = 1000
    while _seconds(function, repeat, memory) < _SAMPLE_SECONDS:
        repeat *= 2
    return PeakCall(lambda: function(repeat, memory), loop.operations * repeat)


def _seconds(
    function: Callable[..., object], repeat: int, memory: "ctypes.Array[ctypes.c_char]"
) -> float:
    """Return how long `repeat` repetitions take."""
    start = perf_counter()
    function(repeat, memory)
    return perf_counter() - start


def loop_of(target: TargetOp, op: InstructionOp) -> PeakLoop:
    """Generate the loop for one instruction."""
    count = _accumulators(target, op)
    operands = list(zip(op.operand_names, op.operand_memrefs, op.operand_memories, strict=True))
    output = op.operand_names[op.output_index]
    numbered = [
        m for m in target.memories.values() if m.c_numbered and m.symbol in op.operand_memories
    ]
    free = {memory.symbol: itertools.count() for memory in numbered}
    declarations: list[str] = []
    fields: dict[str, str] = {}
    outputs: list[str] = []
    for position, (name, memref, memory) in enumerate(operands):
        copies = count if name == output else 1
        variables = [f"{name}_{copy}" for copy in range(copies)]
        if memory in free:
            variables = [str(next(free[memory])) for _ in variables]
        for copy, variable in enumerate(variables if memory not in free else ()):
            # different contents, or the compiler would find the accumulators equal
            place = f"(char *)memory + {4096 * (position + 1) + 256 * copy}"
            declarations += _declaration(target, variable, memref, memory, place)
        fields[name] = variables[0]
        outputs = variables if name == output else outputs
        for dim, extent in enumerate(memref.get_shape()):
            fields[f"{name}.size{dim}"], fields[f"{name}.stride{dim}"] = str(extent), "1"
    fields |= {name: literal(1, kind) for name, kind in op.parameters.items()}
    template = op.c_template
    assert template is not None
    calls = [fill_template(template, {**fields, output: variable}) for variable in outputs]
    kept = operands[op.output_index][2]
    stores = [
        f"memcpy((char *)memory + {copy * 256}, &{variable}, sizeof {variable});"
        for copy, variable in enumerate(outputs)
        if _is_register(target, kept) and kept not in free
    ]
    lines = [
        *(f"#include <{header}>" for header in (*target.c_headers, "stdint.h", "string.h")),
        *(line for memory in numbered for line in memory.c_prelude),
        "void peak(int64_t repeat, void *memory) {",
        *(f"  {memory.c_numbered}" for memory in numbered),
        *(f"  {line}" for line in declarations),
        "  for (int64_t r = 0; r < repeat; r++) {",
        *(f"    {call}" for call in calls),
        "  }",
        *(f"  {line}" for line in stores),
        "}",
    ]
    return PeakLoop("\n".join(lines) + "\n", count * operations_of(op))


def _is_register(target: TargetOp, memory: str) -> bool:
    """Say whether a memory is a register file."""
    return target.memories[memory].kind is MemoryKind.REGISTER


def _accumulators(target: TargetOp, op: InstructionOp) -> int:
    """Return how many independent accumulators keep all units busy: half more than just enough."""
    enough = -(-op.latency * target.units[op.unit_name].count // op.interval)
    wanted = enough + (enough + 1) // 2
    memory = target.memories[op.operand_memories[op.output_index]]
    others = len(op.operand_names) - 1
    return max(1, min(wanted, memory.count - others if memory.count else wanted))


def _declaration(
    target: TargetOp, variable: str, memref: MemRefType[Attribute], memory: str, place: str
) -> Sequence[str]:
    """Declare one operand: a register filled from memory, or a pointer into it."""
    if not _is_register(target, memory):
        pointer = f"{c_type(memref.element_type)} *"
        return [f"{pointer}{variable} = ({pointer})({place});"]
    kind = target.memories[memory].c_type(memref.element_type)
    if kind is None:
        raise UserError(f"@{memory} has no C type for {memref.element_type}", target)
    return [f"{kind} {variable};", f"memcpy(&{variable}, {place}, sizeof {variable});"]
