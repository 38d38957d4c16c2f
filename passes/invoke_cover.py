"""The tiles of a statement that several instructions compute together: their invocations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from xdsl.dialects import func, linalg
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.constants import number_constant
from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, InvokeOp, memory_name
from ..dialects.machines import target_of
from ..dialects.shapes import bits_of
from ..mapping.computation import cover_of, operand_memory, together
from ..mapping.cover import Argument, Node, Old, Result, in_place
from ..mapping.expression import Constant, Operand
from ..mapping.lanewise import Lanewise, lanewise_instructions
from ..mapping.parameters import attributes_of
from ..mapping.statement import statement_of
from .allocations import new_buffer
from .planned import PlannedStatement
from .row_layout import RowLayout
from .sized_tiles import cut
from .window import Window


class Constants:
    """Registers that hold a constant for a whole function, made when first asked for."""

    def __init__(self) -> None:
        self._known: dict[tuple[Block, Constant, tuple[int, ...], str], SSAValue] = {}

    def register(
        self, constant: Constant, extents: tuple[int, ...], memory: str, op: Operation
    ) -> SSAValue:
        """A register of constants for a statement; it is filled where the function begins."""
        block = _body_of(op)
        key = (block, constant, extents, memory)
        if key not in self._known:
            value = number_constant(constant.value, constant.type)
            buffer = new_buffer(constant.type, extents, "constant", memory)
            fill = linalg.ops.FillOp([value.result], [buffer.memref], res=())
            for new in (value, buffer, fill):
                new.location = op.location
            Rewriter.insert_op([value, buffer, fill], InsertPoint.at_start(block))
            self._known[key] = buffer.memref
        return self._known[key]


class CoverWriter:
    """Writes the tiles of one statement whose mapping has a cover."""

    def __init__(self, planned: PlannedStatement, constants: Constants) -> None:
        self.planned, self.constants = planned, constants
        mapping = planned.mapping
        self.target = target_of(planned.op, mapping.instruction)
        self.cover = cover_of(mapping)
        self.known = lanewise_instructions(self.target)
        accumulators = {name: one.accumulator for name, one in self.known.items()}
        self.shared = in_place(self.cover, accumulators)
        count = len(planned.windows) - 1
        self.memories = [
            operand_memory(self.target, mapping, position if position < count else None)
            for position in range(count + 1)
        ]
        kernel = statement_of(planned.op)
        aligned = replace(self.cover, operands=tuple(range(count)))  # its inputs are in this order
        self.needle = together(kernel, aligned, self.known).statement
        self.values: list[SSAValue] = []
        self.registers: dict[int, SSAValue] = {}

    def tile(self, tile: Sequence[Window]) -> Iterator[Operation]:
        """The invocations on the operands of one tile (inputs, then the output).

        Raises:
            UserError: An operand is not where the instructions want it.
        """
        self.values = []
        operands = cut(tile, self.needle.operands(), self.needle.sized_axes)
        for position, window in enumerate(operands):
            self._check_place(position, window)
            ops, value = window.view()
            yield from ops
            self.values.append(value)
        yield from self._registers(operands[-1].shape)
        for index, node in enumerate(self.cover.nodes):
            yield from self._node(node, self.registers[index])

    def _check_place(self, position: int, window: Window) -> None:
        """Refuse an operand that is not where the instructions want it."""
        host = self.target.host_memory
        memory = memory_name(window.type) or (host.symbol if host is not None else None)
        wanted, name = self.memories[position], self.planned.operand_names[position]
        if window.guards or memory != wanted:
            raise UserError(
                f"{self.planned.mapping.instruction} and what comes before it want all of "
                f"operand '{name}' in @{wanted}, but the schedule leaves it in @{memory}",
                self.planned.op,
                f"add the step 'place {name} in @{wanted}'",
            )

    def _registers(self, lanes: tuple[int, ...]) -> Iterator[Operation]:
        """Give every node the register that it computes into: the output's, or a new one."""
        last = len(self.cover.nodes) - 1
        self.registers = {last: self.values[-1]}
        for index in reversed(range(last)):
            if index in self.shared:
                self.registers[index] = self.registers[self.shared[index]]
                continue
            one = self.known[self.cover.nodes[index].instruction]
            ops, self.registers[index] = self._temporary(one, lanes)
            yield from ops

    def _temporary(self, one: Lanewise, lanes: tuple[int, ...]) -> tuple[list[Operation], SSAValue]:
        """A new place for a result on so many lanes."""
        memory = self.target.memories[one.output_memory]
        if memory.row <= 1:
            buffer = new_buffer(one.type, one.extents, "t", memory.symbol)
            return [buffer], buffer.memref
        width = memory.row * 8 // bits_of(one.type)
        layout = RowLayout.of(lanes, {len(lanes) - 1: 1}, width)
        assert layout is not None, "the lanes of an instruction are within a row"
        buffer = new_buffer(one.type, (layout.rows, layout.width), "t", memory.symbol)
        views, value = layout.on(buffer.memref).view()
        return [buffer, *views], value

    def _node(self, node: Node, output: SSAValue) -> Iterator[Operation]:
        """One instruction, after its accumulator is set if that starts from a constant."""
        one, op = self.known[node.instruction], self.target.lookup(node.instruction)
        assert isinstance(op, InstructionOp)
        arguments: list[SSAValue] = [output] * len(op.operand_names)
        for place, argument in enumerate(node.arguments):
            if place != one.accumulator:
                arguments[op.input_indices[place]] = self._value(argument, one, place)
            elif isinstance(argument, Constant):
                number = number_constant(argument.value, argument.type)
                yield number
                yield linalg.ops.FillOp([number.result], [output], res=())
        for place, (value, dims) in enumerate(zip(arguments, one.dims, strict=True)):
            ops, arguments[place] = _shaped(value, dims)
            yield from ops
        parameters = attributes_of(node.parameters)
        yield InvokeOp((self.target.symbol, node.instruction), arguments, parameters)

    def _value(self, argument: Argument, one: Lanewise, place: int) -> SSAValue:
        """The register that an argument stands for."""
        match argument:
            case Operand(index):
                return self.values[index]
            case Result(node):
                return self.registers[node]
            case Old():
                return self.values[-1]
            case Constant():
                memory = one.memories[place]
                return self.constants.register(argument, one.extents, memory, self.planned.op)


def _shaped(value: SSAValue, dims: Sequence[bool]) -> tuple[list[Operation], SSAValue]:
    """A value on lanes as an operand that has dimensions of one element besides."""
    if all(dims):
        return [], value
    lanes = iter(range(len(dims)))
    places = [next(lanes) if is_lane else None for is_lane in dims]
    ones = {place: 1 for place, lane in enumerate(places) if lane is None}
    return Window.of(value).select(places, ones).view()


def _body_of(op: Operation) -> Block:
    """The block of the function around an operation, or else the outermost one."""
    block = op.parent
    assert block is not None
    parent = block.parent_op()
    while parent is not None and parent.parent is not None and not isinstance(parent, func.FuncOp):
        block = parent.parent
        parent = block.parent_op()
    return block
