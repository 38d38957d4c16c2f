"""Invocations of straight-line code as instances: every number of an instruction worked out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import FileLineColLoc, FloatAttr, IntegerAttr, i1
from xdsl.ir import Operation, SSAValue

from ...binary.instance import Instance, Location, Place
from ...dialects.errors import UserError, location_of
from ...dialects.isa import InstructionOp, InvokeOp, IssueOp, SetOp, TargetOp
from ...dialects.shapes import element_bytes
from ..presence import absent_ends
from ..window import Window, base_of
from .engine_programs import (
    ADDRESS,
    engine_of,
    extents_of,
    instruction_of,
    is_explicit,
    memory_of,
    window_of,
)
from .footprint import offset_of


class Instances:
    """Makes the instances of a function.

    Args:
        function: Straight-line code for engines, with addresses.
        target: Its machine.
    """

    def __init__(self, function: func.FuncOp, target: TargetOp) -> None:
        self.target = target
        self.names = names_of_buffers(function, target)
        self._places: dict[tuple[SSAValue, int, int], Place] = {}

    def of(self, op: InvokeOp | SetOp | IssueOp) -> Instance:
        """The instance of an operation.

        Raises:
            UserError: A buffer has no address, or elements are absent that are no box.
        """
        name = _part_of(op)
        engine, location = engine_of(op, self.target), _location(op)
        if not isinstance(op, InvokeOp):
            value = op.value if isinstance(op, SetOp) else 0
            return Instance(
                name, engine, value=value, waits=op.waits, signals=op.signals, location=location
            )
        instruction = instruction_of(op, self.target)
        loops = len(op.counts)
        places = tuple(
            [
                self._place(value, rank, loops, op)
                for value, rank in zip(op.arguments, _ranks_of(instruction), strict=True)
            ]
        )
        return Instance(
            name,
            engine,
            places,
            extents_of(op, instruction),
            _parameters(op),
            op.counts,
            op.kept,
            0,
            op.waits,
            op.signals,
            location,
        )

    def _place(self, value: SSAValue, rank: int, loops: int, op: Operation) -> Place:
        """Where an operand of so many dimensions is, inside of so many loops."""
        key = value, rank, loops
        if key not in self._places:
            self._places[key] = self._new_place(window_of(value), rank, loops, op)
        return self._places[key]

    def _new_place(self, window: Window, rank: int, loops: int, op: Operation) -> Place:
        low, high = absent_ends(window)
        size, strides = element_bytes(window.type), window.strides()
        if any(form.terms for form in window.index):
            raise UserError("an operand depends on a loop variable; run unroll-loops before", op)
        first = offset_of(window) + sum(n * s for n, s in zip(low, strides, strict=True))
        start, symbol = self._start(base_of(window.base), op)
        steps = [stride * size for stride in strides]
        own = tuple(steps[loops:])
        if len(own) != rank:  # a row of elements, which may come in any shape
            own, low, high = (size,), (), ()
        absent = any(low[loops:]) or any(high[loops:])
        return Place(
            start + first * size,
            own,
            tuple(steps[:loops]),
            low[loops:] if absent else (),
            high[loops:] if absent else (),
            symbol,
        )

    def _start(self, buffer: SSAValue, op: Operation) -> tuple[int, str | None]:
        """Where a buffer begins: its address in its memory, or its name in that of arguments."""
        if not is_explicit(buffer, self.target):
            return 0, self.names[buffer]
        owner, memory = buffer.owner, memory_of(buffer, self.target)
        address = owner.attributes.get(ADDRESS) if isinstance(owner, Operation) else None
        if not isinstance(address, IntegerAttr) or memory is None:
            raise UserError("a buffer has no address; run allocate-addresses before", op)
        return address.value.data * memory.row, None


def names_of_buffers(function: func.FuncOp, target: TargetOp) -> dict[SSAValue, str]:
    """The names of what a function uses in the memory of arguments; equal constants have one name."""
    names: dict[SSAValue, str] = {}
    taken: set[str] = set()

    def name(value: SSAValue, hint: str) -> None:
        own, count = hint, 0
        while own in taken:
            count += 1
            own = f"{hint}_{count}"
        taken.add(own)
        names[value] = own

    for index, argument in enumerate(function.body.block.args):
        name(argument, argument.name_hint or f"arg{index}")
    constants: dict[str, str] = {}
    for op in function.walk():
        if isinstance(op, memref.GetGlobalOp):
            symbol = op.name_.string_value()
            if symbol in constants:
                names[op.memref] = constants[symbol]
            else:
                name(op.memref, symbol)
                constants[symbol] = names[op.memref]
        elif isinstance(op, memref.AllocOp) and not is_explicit(op.memref, target):
            name(op.memref, op.memref.name_hint or "scratch")
    return names


@lru_cache(maxsize=1024)
def _ranks_of(instruction: InstructionOp) -> tuple[int, ...]:
    """How many dimensions each operand of an instruction has."""
    return tuple(len(type.get_shape()) for type in instruction.operand_memrefs)


def _part_of(op: InvokeOp | SetOp | IssueOp) -> str:
    """The name of the part of the machine that an operation is about."""
    match op:
        case InvokeOp():
            symbol = op.instruction
        case SetOp():
            symbol = op.configuration
        case IssueOp():
            symbol = op.control
    return symbol.nested_references.data[-1].data


def _parameters(op: InvokeOp) -> Mapping[str, int | float]:
    """The numbers that are the parameters; truths are 0 and 1."""
    return {
        name: abs(attribute.value.data) if attribute.type == i1 else attribute.value.data
        for name, attribute in op.parameters.items()
        if isinstance(attribute, IntegerAttr | FloatAttr)
    }


def _location(op: Operation) -> Location | None:
    """Where an operation comes from."""
    found = location_of(op)
    if not isinstance(found, FileLineColLoc):
        return None
    return found.filename.data, found.line.data, found.column.data
