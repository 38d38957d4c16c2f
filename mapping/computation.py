"""What a mapping's instructions compute as one: a single instruction's work, or a cover's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects.builtin import FloatAttr, IntegerAttr, StringAttr
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.plan import OUTPUT, MappingAttr, NodeAttr
from .access import Access
from .cover import Argument, Cover, Node, Old, Result, in_place
from .expression import Constant, Operand, with_operands
from .lanewise import Lanewise, lanewise_instructions
from .parameters import attributes_of, number_attribute, values_of
from .statement import Axis, Statement, instruction_statement


@dataclass(frozen=True)
class Computation:
    """Instructions that work as one.

    Attributes:
        statement: What they do together, on operands in their memories.
        memories: Per input, where it must be.
        output_memory: Where the output must be.
        latency: Cycles until the last result can be used.
        interval: Cycles between two issues of all of them: what their busiest unit takes.
        temporaries: How many registers they need for intermediate values and constants.
    """

    statement: Statement
    memories: tuple[str, ...]
    output_memory: str
    latency: int
    interval: float
    temporaries: int = 0


def single(target: TargetOp, op: InstructionOp, extents: Sequence[int] = ()) -> Computation:
    """What one instruction computes; with `extents`, where it does so much of its axes."""
    statement = instruction_statement(op)
    cycles = op.cycles(dict(zip(op.axes, extents, strict=True)) if extents else {})
    return Computation(
        statement.sized(extents) if extents else statement,
        tuple(op.operand_memories[i] for i in op.input_indices),
        op.operand_memories[op.output_index],
        cycles.latency,
        cycles.interval / target.units[op.unit_name].count,
        op.temporaries,
    )


def together(kernel: Statement, cover: Cover, instructions: dict[str, Lanewise]) -> Computation:
    """What the instructions of a cover compute: the kernel's body, on lanes of their width."""
    nodes = [instructions[node.instruction] for node in cover.nodes]
    root, names = nodes[-1], [f"i{d}" if d else "i" for d in range(len(nodes[-1].extents))]
    axes = tuple(
        Axis(name, extent, False) for name, extent in zip(names, root.extents, strict=True)
    )
    memories: dict[int, str] = {}
    own: dict[int, Access] = {}
    for node, one in zip(cover.nodes, nodes, strict=True):
        for place, argument in enumerate(node.arguments):
            if isinstance(argument, Operand):
                memories[argument.index] = one.memories[place]
                known = own.get(argument.index)
                own[argument.index] = _strictest(one.accesses[place], known)
    inputs = [_lanes(kernel.inputs[index], own[j]) for j, index in enumerate(cover.operands)]
    output = _lanes(kernel.output, root.accesses[-1])
    places = {index: place for place, index in enumerate(cover.operands)}
    # What the cover does not read is the output's old value.
    body = with_operands(kernel.body, lambda i: Operand(places.get(i, len(places))))
    statement = Statement(axes, tuple(inputs), output, kernel.combine, body)
    return Computation(
        statement,
        tuple(memories[j] for j in range(len(inputs))),
        root.output_memory,
        root.latency,
        max(_busy(nodes).values()),
        _temporaries(cover, instructions),
    )


def _busy(instructions: Iterable[Lanewise]) -> dict[str, float]:
    """The cycles that instructions keep each unit busy."""
    cycles: defaultdict[str, float] = defaultdict(float)
    for one in instructions:
        cycles[one.unit] += one.cost
    return cycles


def computation_of(target: TargetOp, mapping: MappingAttr, kernel: Statement) -> Computation | None:
    """What the instructions of a mapping compute together; None for `isa.scalar`.

    Raises:
        UserError: The mapping names an instruction that the machine lacks, or that has no lanes.
    """
    if mapping.cover.data:
        whole = together(kernel, cover_of(mapping), _named(target, mapping))
        return _sized(target, mapping, whole) if mapping.extents else whole
    op = target.lookup(_symbol(mapping))
    return single(target, op, mapping.extents) if isinstance(op, InstructionOp) else None


def _sized(target: TargetOp, mapping: MappingAttr, whole: Computation) -> Computation:
    """Instructions that do only so much of their axes as a mapping says."""
    cycles: defaultdict[str, float] = defaultdict(float)
    latency = 0
    for node in mapping.cover:
        op = target.instructions[node.instruction.data]
        found = op.cycles(dict(zip(op.axes, mapping.extents, strict=True)))
        cycles[op.unit_name] += found.interval / target.units[op.unit_name].count
        latency = found.latency
    statement = whole.statement.sized(mapping.extents)
    return replace(whole, statement=statement, latency=latency, interval=max(cycles.values()))


def operand_memory(target: TargetOp, mapping: MappingAttr, operand: int | None) -> str | None:
    """Where the instructions of a mapping want input `operand`, or for None the output."""
    if not mapping.cover.data:
        op = target.lookup(_symbol(mapping))
        if not isinstance(op, InstructionOp):
            return None
        position = op.output_index if operand is None else op.input_indices[operand]
        return op.operand_memories[position]
    instructions, nodes = _named(target, mapping), cover_of(mapping).nodes
    if operand is None:
        return instructions[nodes[-1].instruction].output_memory
    for node in nodes:
        if Operand(operand) in node.arguments:
            place = node.arguments.index(Operand(operand))
            return instructions[node.instruction].memories[place]
    return None


def nodes_of(cover: Cover) -> list[NodeAttr]:
    """A cover as a mapping has it."""
    return [
        NodeAttr.get(
            node.instruction,
            [_argument_attribute(arg) for arg in node.arguments],
            attributes_of(node.parameters),
        )
        for node in cover.nodes
    ]


def cover_of(mapping: MappingAttr) -> Cover:
    """The cover that a mapping has.

    Raises:
        UserError: It names a value that there is not.
    """
    nodes = [
        Node(
            node.instruction.data,
            tuple(_argument(arg, index, len(mapping.input_indices)) for arg in node.arguments),
            tuple(values_of(node.parameters_attr.data).items()),
        )
        for index, node in enumerate(mapping.cover)
    ]
    return Cover(tuple(nodes), mapping.input_indices)


def _named(target: TargetOp, mapping: MappingAttr) -> dict[str, Lanewise]:
    """The machine's lanewise instructions, among which are those of the cover."""
    known = lanewise_instructions(target)
    for node in mapping.cover:
        name = node.instruction.data
        if name not in known or len(node.arguments) != len(known[name].types):
            raise UserError(f"@{target.symbol} has no instruction of lanes {node.text()}")
    return known


def _symbol(mapping: MappingAttr) -> str:
    return mapping.instruction.nested_references.data[-1].data


def _lanes(access: Access, own: Access) -> Access:
    """An operand of the kernel as instructions take it."""
    return replace(own, name=access.name, element=access.element)


def _strictest(access: Access, other: Access | None) -> Access:
    """The operand that suits two instructions, as far as they leave open where its elements lie."""
    if other is None or access.strides is None or other.strides is None:
        return access
    pairs = zip(access.strides, other.strides, strict=True)
    strides = tuple(mine if mine is not None else theirs for mine, theirs in pairs)
    return replace(access, strides=strides)


def _temporaries(cover: Cover, instructions: dict[str, Lanewise]) -> int:
    """The registers besides the operands': intermediate values that live at once, constants."""
    names = {node.instruction for node in cover.nodes}
    accumulators = {name: instructions[name].accumulator for name in names}
    shared = in_place(cover, accumulators)
    constants = {arg for node in cover.nodes for arg in node.arguments if isinstance(arg, Constant)}
    last_use: dict[int, int] = {}
    for at, node in enumerate(cover.nodes):
        last_use |= {arg.node: at for arg in node.arguments if isinstance(arg, Result)}
    kept = [(made, end) for made, end in last_use.items() if made not in shared]
    live = [sum(made < at <= end for made, end in kept) for at in range(len(cover.nodes))]
    return max(live) + len(constants)


def _argument_attribute(argument: Argument) -> str | Attribute:
    match argument:
        case Operand(index):
            return f"in{index}"
        case Result(node):
            return f"t{node}"
        case Old():
            return OUTPUT
        case Constant():
            return number_attribute(argument)


def _argument(attribute: Attribute, node: int, inputs: int) -> Argument:
    """Read one argument of the node at a position."""
    if isinstance(attribute, IntegerAttr | FloatAttr):
        return Constant(attribute.value.data, attribute.type)
    assert isinstance(attribute, StringAttr)
    name = attribute.data
    if name == OUTPUT:
        return Old()
    for prefix, kind, count in (("in", Operand, inputs), ("t", Result, node)):
        digits = name.removeprefix(prefix)
        if digits != name and digits.isdecimal() and int(digits) < count:
            return kind(int(digits))
    raise UserError(f"the cover of a mapping has no value '{name}' for its node {node}")
