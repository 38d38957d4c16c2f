"""Lint the description of a machine: what verifies, but cannot be what its author meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, MemoryKind, TargetOp
from .match import find_mappings
from .parameters import with_samples
from .statement import Statement, statement_of


@dataclass(frozen=True)
class Elements:
    """Elements of one type in one memory: what instructions take and leave."""

    memory: str
    type: str

    def __str__(self) -> str:
        return f"{self.type} in @{self.memory}"


@dataclass(frozen=True)
class _Flow:
    """What an instruction takes from where, by operand name, and what it leaves."""

    op: InstructionOp
    inputs: tuple[tuple[str, Elements], ...]
    output: Elements


def check_target(target: TargetOp) -> list[str]:
    """Return what is suspicious about a machine that verifies, a line for each finding.

    Found are memories that nothing reaches, operands that cannot be delivered, results that cannot
    be brought back, bodies that the matcher cannot use, element types without arithmetic, units
    that nothing runs on and missing cost information.
    """
    findings: list[str] = []
    statements: dict[str, Statement] = {}
    for name, op in target.instructions.items():
        try:
            statements[name] = statement_of(op.statement)
        except UserError as error:
            findings.append(f"@{name} can never be used: {error.message}")
            continue
        if not find_mappings(with_samples(statements[name]), statements[name], name).mappings:
            findings.append(f"@{name} can never be used: it does not even match its own body")
    flows = [_flow(target.instructions[name], found) for name, found in statements.items()]
    hosts = {m.symbol for m in target.memories.values() if m.kind is MemoryKind.CACHED}
    if hosts:
        findings += _check_reach(target, flows, hosts)
        findings += _check_delivery(flows, hosts)
        records = {format.memory_name for format in target.formats.values()}
        findings += _check_return(flows, hosts, records)
    else:
        findings.append("there is no cached memory, in which arguments and results could live")
    findings += _check_types(target)
    findings += _check_units(target)
    findings += _check_costs(target)
    return findings


def _flow(op: InstructionOp, statement: Statement) -> _Flow:
    """What an instruction takes and leaves; an accumulator is both."""
    names = op.operand_names
    elements = [
        Elements(memory, str(type.element_type))
        for memory, type in zip(op.operand_memories, op.operand_memrefs, strict=True)
    ]
    taken = list(dict.fromkeys(op.input_indices))
    if statement.accumulates or len(statement.inputs) > len(op.input_indices):
        taken.append(op.output_index)
    inputs = tuple((names[index], elements[index]) for index in taken)
    return _Flow(op, inputs, elements[op.output_index])


def _check_reach(target: TargetOp, flows: list[_Flow], hosts: set[str]) -> Iterator[str]:
    """Yield the memories that nothing brings values from cached memory into."""
    reached = set(hosts)
    for _ in target.memories:
        for flow in flows:
            if any(elements.memory in reached for _, elements in flow.inputs):
                reached.add(flow.output.memory)
    for name in target.memories:
        if name not in reached:
            yield f"memory @{name} is unreachable: no instruction moves anything into it"


def _check_delivery(flows: list[_Flow], hosts: set[str]) -> Iterator[str]:
    """Yield the operands that nothing brings to where the instruction wants them."""
    there: set[Elements] = set()

    def missing(flow: _Flow) -> list[tuple[str, Elements]]:
        return [
            (name, elements)
            for name, elements in flow.inputs
            if elements.memory not in hosts and elements not in there
        ]

    for _ in flows:
        there.update(flow.output for flow in flows if not missing(flow))
    for flow in flows:
        for name, elements in missing(flow):
            yield (
                f"operand %{name} of @{flow.op.symbol} cannot be delivered: "
                f"no instruction puts {elements}"
            )


def _check_return(flows: list[_Flow], hosts: set[str], records: set[str | None]) -> Iterator[str]:
    """Yield the instructions whose results never get back into cached memory; records need not."""
    returned: set[Elements] = set()
    for _ in flows:
        for flow in flows:
            if flow.output.memory in hosts or flow.output in returned:
                returned.update(elements for _, elements in flow.inputs)
    for flow in flows:
        ends_here = flow.output.memory in hosts or flow.output.memory in records
        if not ends_here and flow.output not in returned:
            yield (
                f"the result of @{flow.op.symbol} cannot be brought back: "
                f"no instruction takes {flow.output} to cached memory"
            )


def _check_types(target: TargetOp) -> Iterator[str]:
    """Yield the element types that registers declare but nothing computes with."""
    computed = {
        (memory, str(type.element_type))
        for op in target.instructions.values()
        if not op.is_move
        for memory, type in zip(op.operand_memories, op.operand_memrefs, strict=True)
    }
    for memory in target.memories.values():
        for type in memory.c_types:
            if (memory.symbol, type) not in computed:
                yield f"no instruction computes with {type} in @{memory.symbol}, which declares it"


def _check_units(target: TargetOp) -> Iterator[str]:
    """Yield the units that no instruction runs on."""
    used = {op.unit_name for op in (*target.instructions.values(), *target.controls.values())}
    if target.scalar is not None:
        used.add(target.scalar.unit_name)
    for name in target.units:
        if name not in used:
            yield f"unit @{name} is never used"


def _check_costs(target: TargetOp) -> Iterator[str]:
    """Yield what the cost model lacks."""
    if not target.instructions and target.scalar is None:
        yield "the machine has no instructions"
    for memory in target.memories.values():
        is_known = memory.levels or memory.bandwidth is not None
        if memory.kind is MemoryKind.CACHED and not is_known:
            yield f"memory @{memory.symbol} has neither levels nor a bandwidth"
