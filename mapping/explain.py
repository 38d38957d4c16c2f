"""Explanations: why each instruction of a machine fits a kernel, or the first rule that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..dialects.isa import TargetOp
from ..dialects.shapes import bits_of
from .access import access_text
from .deliver import Delivery, bound_accesses, lane_strides, of_peak, rank, tails
from .expression import Apply, Constant, Coordinate, Expr, Operand, Parameter
from .match import Counts, Mapping, find_mappings
from .moves import Tile, find_move
from .rejection import Rejection
from .statement import ASSIGN, Access, Statement
from .transfer import find_transfer

_INFIX = {
    **{"arith.addf": "+", "arith.addi": "+", "arith.subf": "-", "arith.subi": "-"},
    **{"arith.mulf": "*", "arith.muli": "*", "arith.divf": "/"},
}
_PASSED_OVER = ("combine", "element type", "operator", "operand")
"""The rules about bodies, from the one that says least about how near an instruction was."""


@dataclass(frozen=True)
class OperandMove:
    """How one operand of an instruction gets its elements: a delivery word and move instructions.

    `packed`: only after a copy has put the elements in order. Without `loads` and `stores` the
    instruction works on the memory itself, or (if `missing`) the machine has no move for it.
    """

    operand: str
    stands_for: str
    word: str
    loads: str | None = None
    stores: str | None = None
    packed: bool = False
    missing: bool = False

    def __str__(self) -> str:
        moves = " and ".join(f"@{name}" for name in (self.loads, self.stores) if name)
        how = f" by {moves}" if moves else ""
        how += " from a packed copy" if self.packed else ""
        how += ", no move does it" if self.missing else ""
        return f"{self.operand} = {self.stands_for} {self.word}{how}"


@dataclass(frozen=True)
class Explanation:
    """What the matcher found out about one instruction and one kernel.

    Either there is a `best` mapping with its delivery and moves, or `rejections` starts with the
    rule that failed. `idle` tells for each instruction axis without a kernel axis why it has none.
    """

    instruction: str
    counts: Counts
    rejections: tuple[Rejection, ...]
    best: tuple[Mapping, Delivery] | None = None
    axes: tuple[str, ...] = ()
    moves: tuple[OperandMove, ...] = ()
    idle: tuple[Rejection, ...] = ()

    def text(self) -> str:
        """One line, or more where axes lie idle; the first names the instruction."""
        if self.best is None:
            why = self.rejections[0] if self.rejections else "no mapping"
            return f"@{self.instruction} does not fit: {why}"
        mapping, delivery = self.best
        groups = [
            f"{axis} = {' x '.join(group)}" if group else f"{axis} idle"
            for axis, group in zip(self.axes, mapping.groups, strict=True)
        ]
        number = f"{self.counts.total} mapping{'s' if self.counts.total > 1 else ''}"
        lines = [
            f"@{self.instruction} fits: {number} ({self.counts.full_rank} of full rank); best: "
            + "; ".join([", ".join(groups)] * bool(groups) + [str(move) for move in self.moves])
            + f"; utilisation {delivery.utilisation:.0%}, {delivery.calls} calls"
        ]
        return "\n".join([*lines, *(f"  {why}" for why in self.idle)])

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        found: dict[str, Any] = {
            "instruction": self.instruction,
            "mappings": self.counts.total,
            "full_rank": self.counts.full_rank,
        }
        if self.best is None:
            return {**found, "rejections": [why.as_dict() for why in self.rejections]}
        mapping, delivery = self.best
        return {
            **found,
            "inputs": list(mapping.operands),
            "axes": dict(zip(self.axes, map(list, mapping.groups), strict=True)),
            "clear": mapping.clear,
            "utilisation": delivery.utilisation,
            "calls": delivery.calls,
            "operands": [vars(move) for move in self.moves],
            "idle": [why.as_dict() for why in self.idle],
        }


def explanation_lines(explanations: Sequence[Explanation]) -> list[str]:
    """What to print of explanations: what fits, then what does not, alike ones together."""
    lines = [line for one in explanations if one.best for line in one.text().splitlines()]
    alike: dict[str, list[Explanation]] = {}
    for one in explanations:
        if one.best is None:
            why = one.rejections[0].shared if one.rejections else None
            alike.setdefault(why or one.instruction, []).append(one)
    for group in alike.values():
        if len(group) == 1:
            lines.append(group[0].text())
            continue
        names, why = ", ".join(f"@{one.instruction}" for one in group), group[0].rejections[0]
        lines.append(f"{names} do not fit: {why.shared} ({why.rule})")
    return lines


def explain(kernel: Statement, name: str, instruction: Statement, target: TargetOp) -> Explanation:
    """Match one instruction of a machine and say what came of it."""
    found = find_mappings(kernel, instruction, name)
    if not found.mappings:
        return Explanation(name, found.counts, found.rejections)
    host = target.host_memory.symbol if target.host_memory is not None else None
    mapping, delivery = rank(kernel, instruction, found.mappings, host)[0]
    best = mapping, of_peak(delivery, target.instructions[name])
    names = tuple(axis.name for axis in instruction.axes)
    idle: list[Rejection] = []
    for axis, group in zip(instruction.axes, best[0].groups, strict=True):
        if not group and axis.extent > 1:
            idle += [
                why
                for why in found.rejections
                if why.lane == axis.name and why.binding == best[0].operands
            ][:1]
    moves = operand_moves(kernel, instruction, *best, target)
    return Explanation(name, found.counts, found.rejections, best, names, moves, tuple(idle))


def nearest(explanations: Sequence[Explanation], count: int = 3) -> list[Explanation]:
    """Of instructions that do not fit, those that came nearest, the nearest first."""

    def distance(explanation: Explanation) -> int:
        rule = explanation.rejections[0].rule if explanation.rejections else ""
        return -_PASSED_OVER.index(rule) if rule in _PASSED_OVER else -len(_PASSED_OVER)

    return sorted(explanations, key=distance)[:count]


def operand_moves(
    kernel: Statement,
    instruction: Statement,
    mapping: Mapping,
    delivery: Delivery,
    target: TargetOp,
) -> tuple[OperandMove, ...]:
    """Find the move instructions that bring the operands of a mapping, and take the result back."""
    strides = lane_strides(kernel, instruction, mapping)
    bound = zip(bound_accesses(kernel, mapping), instruction.operands(), strict=True)
    cut = tails(kernel, instruction, mapping)
    sizes = delivery.sizes or tuple(axis.extent for axis in instruction.axes)
    moves: list[OperandMove] = []
    for place, (have, own) in enumerate(bound):
        axes = [d for d in range(len(sizes)) if own.touches(d) and sizes[d] > 1]
        extents = tuple(sizes[d] for d in axes)
        padded = "pad" in delivery.words[place]
        present = tuple(sizes[d] - (padded and cut[d]) for d in axes)
        inside = tuple(_inside(own, d, target) for d in axes)
        operand = _Operand(have, own, extents, inside, present)
        writes = own is instruction.output
        moved = operand.moves(
            [strides[place][d] for d in axes],
            target,
            loads=not writes or instruction.accumulates,
            stores=writes,
        )
        moves.append(OperandMove(own.name, have.name, delivery.words[place], *moved))
    return tuple(moves)


def _inside(own: Access, axis: int, target: TargetOp) -> int:
    """The distance between neighbours where an operand is in place: a row where any will do."""
    stride, memory = own.storage_stride(axis), target.memories.get(own.memory or "")
    if stride is None and memory is not None and memory.row > 1:
        return memory.row * 8 // bits_of(own.element)
    return stride or 0


@dataclass(frozen=True)
class _Operand:
    """An operand of an instruction, its lanes, and the kernel's access that it stands for."""

    have: Access
    own: Access
    extents: tuple[int, ...]
    inside: tuple[int, ...]
    present: tuple[int, ...]

    def moves(
        self, outside: Sequence[int | None], target: TargetOp, loads: bool, stores: bool
    ) -> tuple[str | None, str | None, bool, bool]:
        """The names of the moves in and out, whether by a packed copy, and whether one is missing.

        `outside` are the strides in the kernel's storage.
        """
        host = target.host_memory.symbol if target.host_memory is not None else ""
        far, near = self.have.memory or host, self.own.memory or host
        if far == near:
            return None, None, False, False
        for packed in (False, True):
            steps = [step for step in (self.inside if packed else outside) if step is not None]
            if len(steps) < len(self.extents):
                continue
            load = self._find(target, far, near, steps, self.inside) if loads else None
            store = self._find(target, near, far, self.inside, steps) if stores else None
            if (load or not loads) and (store or not stores):
                return load, store, packed, False
        return None, None, False, True

    def _find(
        self,
        target: TargetOp,
        source: str,
        destination: str,
        source_strides: Sequence[int],
        destination_strides: Sequence[int],
    ) -> str | None:
        tile = Tile(
            self.own.element,
            self.extents,
            source,
            destination,
            tuple(source_strides),
            tuple(destination_strides),
            self.present,
        )
        move = find_transfer(target, tile) if self.own.bounded else find_move(target, tile)
        return move.instruction.symbol if move is not None else None


def statement_text(statement: Statement) -> str:
    """A statement as a formula: `C[m, n] += A[m, k] * B[k, n]`."""
    names = [axis.name for axis in statement.axes]
    body = expression_text(statement.body, statement.inputs, names)
    operator = "=" if statement.combine == ASSIGN else f"{_INFIX.get(statement.combine, '')}="
    if operator == "=" and statement.combine != ASSIGN:
        operator = f"{statement.combine}="
    return f"{access_text(statement.output, names)} {operator} {body}"


def expression_text(expr: Expr, inputs: Sequence[Access], names: Sequence[str]) -> str:
    """An expression with its operands' accesses."""
    match expr:
        case Operand(index):
            return access_text(inputs[index], names)
        case Constant(value, _):
            return str(value)
        case Parameter(name, _):
            return name
        case Coordinate(axis):
            return names[axis]
        case Apply(op, args, _):
            parts = [expression_text(arg, inputs, names) for arg in args]
            if op in _INFIX:
                inner = [isinstance(arg, Apply) and arg.op in _INFIX for arg in args]
                terms = zip(parts, inner, strict=True)
                return f" {_INFIX[op]} ".join(f"({p})" if nested else p for p, nested in terms)
            return f"{op.partition('.')[2]}({', '.join(parts)})"
