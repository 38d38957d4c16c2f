"""`map-instructions`: find every way in which a machine's instructions compute each statement.

Takes statements (`linalg.generic`); gives the same statements with `plan.mappings`, the candidates
in the order of their estimated cost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeAlias

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, SymbolRefAttr
from xdsl.ir import Attribute
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects.errors import UserError, location_of
from ..dialects.isa import ScalarOp, TargetOp
from ..dialects.machines import import_target
from ..dialects.plan import MAPPINGS, SCHEDULE, MappingAttr, NodeAttr
from ..mapping.access import Access
from ..mapping.computation import nodes_of, together
from ..mapping.cover import Cover, Node, cover_text, find_covers
from ..mapping.deliver import Delivery, deliver, of_peak, order_key, rank
from ..mapping.explain import Explanation, explain, explanation_lines, nearest, statement_text
from ..mapping.expression import parts_of
from ..mapping.lanewise import Lanewise, lanewise_instructions
from ..mapping.match import Mapping, by_result, find_axes, find_mappings, may_match
from ..mapping.normalize import normal_body
from ..mapping.parameters import attributes_of
from ..mapping.statement import Apply, Operand, Statement, instruction_statement, statement_of
from .programs import chain_of

_FROM_ZERO = ("arith.addf", "arith.addi")
"""The combining operators whose accumulator starts from zero: the only start lowering knows."""


@dataclass(frozen=True)
class MapInstructionsPass(ModulePass):
    """Find every way in which a machine's instructions compute each statement.

    `target` names the machine, `limit` says how many of the ranked candidates are kept, `explain`
    prints to stderr, for every instruction, why it fits or the first rule that failed (`json`: one
    JSON object per line). Statements that have a schedule are left alone.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @scale(%a: memref<40xf32>, %b: memref<40xf32>, %c: memref<40xf32>) {
      linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
          affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
          ins(%a, %b : memref<40xf32>, memref<40xf32>) outs(%c : memref<40xf32>)
          attrs = {kernel.axes = ["n"]} {
      ^bb0(%x: f32, %y: f32, %z: f32):
        %p = arith.mulf %x, %y : f32
        linalg.yield %p : f32
      }
      func.return
    }
    ```

    gets `plan.mappings = [#plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]], ...>]`
    and more.
    """

    name = "map-instructions"

    target: str = "host"
    explain: bool | Literal["json"] = False
    limit: int = 64

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Map every statement outside of machines."""
        machine = machine_for(import_target(op, self.target, ctx))
        for statement in list(_statements(op)):
            kernel = statement_of(statement)
            if 0 in (axis.extent for axis in kernel.axes):
                Rewriter.erase_op(statement)  # it has no points
                continue
            if kernel.is_copy and isinstance(kernel.body, Operand):
                continue  # it becomes a move
            if self.explain:
                self._explain(statement, kernel, machine)
            mappings = machine.mappings(kernel, len(statement.inputs), max(1, self.limit))
            if not mappings:
                raise _unmapped(statement, kernel, machine)
            statement.attributes[MAPPINGS] = ArrayAttr(mappings)

    def _explain(self, op: linalg.ops.GenericOp, kernel: Statement, machine: Machine) -> None:
        """Print what fits and what does not."""
        explanations = machine.explanations(kernel)
        place = location_of(op)
        where = f"{place.filename.data}:{place.line.data}:{place.column.data}" if place else None
        if self.explain == "json":
            head: dict[str, Any] = {"statement": statement_text(kernel), "location": where}
            head |= {"chain": chain_of(op)} if chain_of(op) else {}
            for explanation in explanations:
                line = {**head, "target": machine.target.symbol, **explanation.as_dict()}
                print(json.dumps(line), file=sys.stderr)
            for cover, best, delivery in machine.best_covers(kernel):
                line = {**head, "target": machine.target.symbol, "axes": best.groups}
                line |= {"cover": [node.text() for node in nodes_of(cover)]}
                line |= {"utilisation": delivery.utilisation, "calls": delivery.calls}
                print(json.dumps(line), file=sys.stderr)
            return
        extents = ", ".join(f"{axis.name}={axis.extent}" for axis in kernel.axes)
        prefix = f"{where}: " if where else ""
        print(f"{prefix}remark: {statement_text(kernel)} for {extents}", file=sys.stderr)
        for rule in chain_of(op):
            print(f"  made by {rule}", file=sys.stderr)
        for line in explanation_lines(explanations):
            print(f"  {line}", file=sys.stderr)
        for cover, best, delivery in machine.best_covers(kernel):
            groups = ", ".join(" x ".join(group) or "nothing" for group in best.groups)
            print(
                f"  {cover_text(cover)} fit{'s' if len(cover.nodes) == 1 else ' together'}, along "
                f"{groups}; utilisation {delivery.utilisation:.0%}, {delivery.calls} calls each",
                file=sys.stderr,
            )
        if machine.target.scalar is not None:
            name = machine.target.scalar.symbol
            fits = any(one.best for one in explanations) or any(machine.best_covers(kernel))
            near = [] if fits else nearest(explanations, 1)
            what = f"; nothing else does, nearest: {near[0].text()}" if near else ""
            print(
                f"  @{name} fits: it computes anything, element by element{what}", file=sys.stderr
            )


_Ranked: TypeAlias = tuple[tuple[object, ...], Mapping, Delivery, Sequence[NodeAttr]]
"""A mapping with the key that orders it, its delivery and its cover."""


class Machine:
    """The instructions of a machine, as the mapper sees them."""

    def __init__(self, target: TargetOp) -> None:
        self.target = target
        self._mappings = lru_cache(maxsize=256)(self._find_mappings)
        memory = target.host_memory
        self.host = memory.symbol if memory is not None else None

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """What each instruction that computes does, by name."""
        return {
            name: instruction_statement(op)
            for name, op in self.target.instructions.items()
            if not op.is_move
        }

    @cached_property
    def _by_result(self) -> dict[Attribute, dict[str, Statement]]:
        return by_result(self.statements)

    def mappings(
        self, kernel: Statement, inputs: int, limit: int | None = None
    ) -> list[MappingAttr]:
        """The mappings that lowering can carry out, by estimated time; `isa.scalar` among them.

        `inputs` is how many inputs the operation has: the output cannot be bound as one yet. With
        `limit` only so many are given, and of those that are worse what may be needed in the end:
        that of `isa.scalar`, and for memories of rows as many that put no axes together.
        """
        return list(self._mappings(kernel, inputs, limit))

    def _find_mappings(
        self, kernel: Statement, inputs: int, limit: int | None
    ) -> tuple[MappingAttr, ...]:
        """Look for what `mappings` gives."""
        found: list[_Ranked] = []
        for name, instruction in self._by_result.get(kernel.output.element, {}).items():
            if not may_match(kernel, instruction):
                continue
            legal = find_mappings(kernel, instruction, name).mappings
            usable = [m for m in legal if _is_usable(m, instruction, inputs)]
            for mapping, lanes in rank(kernel, instruction, usable, self.host):
                delivery = of_peak(lanes, self.target.instructions[name])
                key = order_key(mapping, delivery, self._interval(name, delivery.sizes))
                found.append(((*key[:3], name, *key[3:]), mapping, delivery, ()))
        found += self._covers(kernel)
        if self.target.scalar is not None:
            found.append(self._scalar(kernel, inputs, self.target.scalar))
        found.sort(key=lambda entry: entry[0])
        kept = (
            found if limit is None else [*found[:limit], *self._last_resort(found[limit:], limit)]
        )
        return tuple([self._attribute(*entry[1:]) for entry in kept])

    def _last_resort(self, worse: Sequence[_Ranked], limit: int) -> list[_Ranked]:
        """Of mappings that are ranked low those that are possible where all better ones are not."""
        scalar = self.target.scalar
        name = scalar.symbol if scalar is not None else None
        apart = [e for e in worse if self.target.has_rows and all(len(g) <= 1 for g in e[1].groups)]
        return [*apart[:limit], *(e for e in worse if e[1].instruction == name and e not in apart)]

    def covers(self, kernel: Statement) -> list[Cover]:
        """The covers of a kernel that are no single instruction's mapping."""
        lanewise = self.lanewise
        return [
            cover
            for cover in find_covers(kernel, tuple(lanewise.values()))
            if not (len(cover.nodes) == 1 and _is_plain(cover.nodes[0], lanewise))
        ]

    @cached_property
    def lanewise(self) -> dict[str, Lanewise]:
        """The instructions that covers are made of."""
        return lanewise_instructions(self.target)

    def best_covers(self, kernel: Statement) -> Iterator[tuple[Cover, Mapping, Delivery]]:
        """The covers of a kernel, each with its best axes."""
        for cover in self.covers(kernel):
            whole = together(kernel, cover, self.lanewise).statement
            found = find_axes(kernel, whole, cover.nodes[-1].instruction, cover.operands)
            for best, delivery in rank(kernel, whole, found, self.host)[:1]:
                yield cover, best, delivery

    def _covers(self, kernel: Statement) -> Iterator[_Ranked]:
        """The mappings on several instructions, with the keys that order them."""
        for cover in self.covers(kernel):
            whole = together(kernel, cover, self.lanewise)
            name = cover.nodes[-1].instruction
            for mapping in find_axes(kernel, whole.statement, name, cover.operands):
                delivery = deliver(kernel, whole.statement, mapping, self.host)
                key = order_key(mapping, delivery, whole.interval)
                yield (*key[:3], name, *key[3:]), mapping, delivery, nodes_of(cover)

    def explanations(self, kernel: Statement) -> list[Explanation]:
        """What the mapper says about every instruction that computes."""
        return [
            explain(kernel, name, instruction, self.target)
            for name, instruction in self.statements.items()
        ]

    def _attribute(
        self, mapping: Mapping, delivery: Delivery, cover: Sequence[NodeAttr] = ()
    ) -> MappingAttr:
        return MappingAttr.get(
            self._symbol(mapping.instruction),
            mapping.operands,
            mapping.groups,
            delivery.words,
            round(delivery.utilisation, 4),
            cover,
            attributes_of(mapping.parameters),
            delivery.sizes,
        )

    def _scalar(self, kernel: Statement, inputs: int, op: ScalarOp) -> _Ranked:
        """The mapping on `isa.scalar`: one call per point, everything in place."""
        mapping = Mapping(op.symbol, tuple(range(inputs)), (), full_rank=True)
        points = 1
        for axis in kernel.axes:
            points *= axis.extent
        delivery = Delivery(("direct",) * (inputs + 1), 1.0, points, float(points))
        interval = op.interval / self.target.units[op.unit_name].count
        key = order_key(mapping, delivery, interval)
        return (*key[:3], op.symbol, *key[3:]), mapping, delivery, ()

    def _interval(self, name: str, sizes: Sequence[int] = ()) -> float:
        """Cycles between two issues of an instruction, over all instances of its unit.

        `sizes` say how much of its axes is done.
        """
        op = self.target.instructions[name]
        cycles = op.cycles(dict(zip(op.axes, sizes, strict=False)))
        return cycles.interval / self.target.units[op.unit_name].count

    def _symbol(self, name: str) -> SymbolRefAttr:
        return SymbolRefAttr(self.target.symbol, [name])


@lru_cache(maxsize=16)
def machine_for(target: TargetOp) -> Machine:
    """The instructions of a machine, as the mapper sees them: several passes ask the same of it."""
    return Machine(target)


def _is_plain(node: Node, known: dict[str, Lanewise]) -> bool:
    """Whether a node is an instruction on operands of the statement, which accumulates at most."""
    place = known[node.instruction].accumulator
    rest = [argument for i, argument in enumerate(node.arguments) if i != place]
    return all(isinstance(argument, Operand) for argument in rest)


def _is_usable(mapping: Mapping, instruction: Statement, inputs: int) -> bool:
    """Whether lowering can carry a legal mapping out yet."""
    from_zero = not mapping.clear or instruction.combine in _FROM_ZERO
    single = all(_has_an_axis_per_dimension(access) for access in instruction.operands())
    return from_zero and single and all(index < inputs for index in mapping.operands)


def _has_an_axis_per_dimension(access: Access) -> bool:
    """Whether every dimension of an instruction's operand is one of its axes, as windows are."""
    return all(sum(map(bool, row)) == 1 for row in access.matrix)


def _unmapped(op: linalg.ops.GenericOp, kernel: Statement, machine: Machine) -> UserError:
    """The error for a statement that nothing computes."""
    near = [explanation.text() for explanation in nearest(machine.explanations(kernel))]
    hint = "nearest: " + "; ".join(near) if near else "the machine has no instruction that computes"
    known = {operator for one in machine.statements.values() for operator in _operators(one)}
    if missing := sorted(_operators(kernel) - known):
        hint = f"none has {', '.join(missing)}; {hint}"
    message = f"no instruction of @{machine.target.symbol} computes {statement_text(kernel)}"
    return UserError(message, op, hint)


def _operators(statement: Statement) -> set[str]:
    """The operators in the normal form of a statement's body, with the types that they give."""
    parts = parts_of(normal_body(statement.body))
    return {f"{part.op} of {part.type}" for part in parts if isinstance(part, Apply)}


def _statements(module: ModuleOp) -> Iterator[linalg.ops.GenericOp]:
    """The statements to map: those of the program that are not planned yet."""
    for top in module.body.ops:
        if isinstance(top, TargetOp):
            continue
        for op in top.walk():
            if isinstance(op, linalg.ops.GenericOp) and SCHEDULE not in op.attributes:
                yield op
