"""`transform-statements`: rewrite statements so that a machine's instructions fit them.

Takes statements on tensors in normal form; gives statements that compute the same. It works on
tensors, before they have buffers, because values are immutable there: a temporary is one more
value, nothing aliases, and who defines and who reads a value stands in the IR.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import partial
from math import inf, prod
from typing import TypeAlias

from xdsl.context import Context
from xdsl.dialects import func, linalg
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Block
from xdsl.passes import ModulePass

from ..dialects.isa import TargetOp
from ..dialects.machines import import_target
from ..dialects.shapes import element_bytes, is_tensor
from ..mapping.computation import together
from ..mapping.statement import Statement
from ..mapping.transform import SEARCHED
from ..mapping.transform.assess import Assessment, Machine
from ..mapping.transform.program import Compute
from ..mapping.transform.search import BUDGET, Found, search
from ..planning.default import MAPPINGS_TRIED, best_way
from ..planning.surroundings import ALWAYS, Surroundings
from .map_instructions import Machine as Mapper
from .map_instructions import machine_for
from .programs import BlockProgram


@dataclass(frozen=True)
class TransformStatementsPass(ModulePass):
    """Rewrite statements that a machine's instructions do not fit, or waste most of their lanes on.

    `target` names the machine, `budget` says how many statements the search assesses, `explain`
    prints the chain of rules that was taken to stderr, `log` every program and every refusal. A
    statement that one instruction does with at least half of its lanes is left as it is, and so
    is everything where the estimate does not fall by a fifth.

    A sum of products of three becomes two statements that are matrix multiplications:

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @chain(%a: tensor<16x16xf32>, %b: tensor<16x16xf32>, %c: tensor<16x16xf32>)
        -> tensor<16x16xf32> {
      %0 = arith.constant 0.0 : f32
      %1 = tensor.empty() : tensor<16x16xf32>
      %2 = linalg.fill ins(%0 : f32) outs(%1 : tensor<16x16xf32>) -> tensor<16x16xf32>
      %3 = linalg.generic {indexing_maps = [
            affine_map<(i, j, k, l) -> (i, k)>, affine_map<(i, j, k, l) -> (k, l)>,
            affine_map<(i, j, k, l) -> (l, j)>, affine_map<(i, j, k, l) -> (i, j)>],
          iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
          ins(%a, %b, %c : tensor<16x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>)
          outs(%2 : tensor<16x16xf32>) attrs = {kernel.axes = ["i", "j", "k", "l"]} {
      ^bb0(%x: f32, %y: f32, %z: f32, %old: f32):
        %4 = arith.mulf %x, %y : f32
        %5 = arith.mulf %4, %z : f32
        %6 = arith.addf %old, %5 : f32
        linalg.yield %6 : f32
      } -> tensor<16x16xf32>
      func.return %3 : tensor<16x16xf32>
    }
    ```
    """

    name = "transform-statements"

    target: str = "host"
    budget: int = BUDGET
    explain: bool = False
    log: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Transform every block of statements on tensors."""
        blocks = list(_blocks(op))
        if not blocks:
            return
        machine = machine_of(import_target(op, self.target, ctx))
        for block in blocks:
            before = BlockProgram(block)
            found = search(before.program, machine, SEARCHED, self.budget)
            self._report(found)
            if found.chain:
                before.write(found.program, partial(_chain, found))

    def _report(self, found: Found) -> None:
        """Print what was asked for."""
        if self.log:
            for event in found.log:
                print(f"  {event}", file=sys.stderr)
        if self.explain and found.chain:
            text = f"remark: from {found.before:.3g} to {found.after:.3g} cycles by"
            print(text, file=sys.stderr)
            for event in found.chain:
                print(f"  {event}", file=sys.stderr)


def _chain(found: Found, step: Compute) -> list[str]:
    """The rules that made a statement, in order."""
    return [f"{event.rule}: {event.text}" for event in found.origins[step]]


def machine_of(target: TargetOp) -> Machine:
    """The instructions of a machine, as the search sees them."""
    mapper = machine_for(target)
    units, scalar = target.units, target.scalar

    def interval(name: str) -> float:
        op = target.instructions[name]
        return op.interval / units[op.unit_name].count

    peaks: dict[_Kind, float] = {}
    for name, one in mapper.statements.items():
        peaks[_kind(one)] = max(peaks.get(_kind(one), 0.0), _points(one) / interval(name))

    def covers(statement: Statement) -> Iterator[Assessment]:
        peak = peaks.get(_kind(statement)) or max(
            (rate for kind, rate in peaks.items() if _serves(kind, statement)), default=0.0
        )
        for cover, _, delivery in mapper.best_covers(statement):
            whole = together(statement, cover, mapper.lanewise)
            names = "+".join(node.instruction for node in cover.nodes)
            rate = _points(whole.statement) / whole.interval
            share = min(1 / len(cover.nodes), rate / peak if peak else 1.0)
            share *= delivery.utilisation * delivery.calls / delivery.cost
            yield Assessment(delivery.cost * whole.interval, names, share)

    return Machine(
        mapper.statements,
        {name: interval(name) for name in mapper.statements},
        None if scalar is None else scalar.latency,
        mapper.host,
        covers,
        partial(_planned, mapper),
    )


def _planned(mapper: Mapper, statement: Statement, constants: Set[str]) -> float:
    """The planner's estimate for a statement; infinite if it cannot be planned."""
    mappings = mapper.mappings(statement, len(statement.inputs), MAPPINGS_TRIED)
    repeats = (ALWAYS if access.name in constants else 1 for access in statement.inputs)
    plan = best_way(statement, mappings, mapper.target, Surroundings(tuple(repeats)))
    return plan.cycles if plan is not None else inf


def _points(statement: Statement) -> int:
    """How many points a statement has."""
    return prod(axis.extent for axis in statement.axes)


_Kind: TypeAlias = tuple[str, frozenset[Attribute], Attribute]
"""From which types to which a statement combines, and how."""


def _kind(statement: Statement) -> _Kind:
    """The kind of a statement."""
    inputs = frozenset(access.element for access in statement.inputs)
    return statement.combine, inputs, statement.output.element


def _serves(kind: _Kind, statement: Statement) -> bool:
    """Whether what combines in this way could do a statement after its inputs are widened."""
    combine, inputs, output = _kind(statement)
    if kind[0] != combine or kind[2] != output or len(inputs) != 1:
        return False
    (narrow,) = inputs
    return all(
        type(wide) is type(narrow) and element_bytes(wide) > element_bytes(narrow)
        for wide in kind[1]
    )


def _blocks(module: ModuleOp) -> Iterator[Block]:
    """The blocks of functions that have statements on tensors."""
    for function in module.walk():
        if not isinstance(function, func.FuncOp):
            continue
        for region in (region for op in function.walk() for region in op.regions):
            for block in region.blocks:
                ops = [op for op in block.ops if isinstance(op, linalg.ops.GenericOp)]
                if any(is_tensor(value.type) for op in ops for value in op.results):
                    yield block
