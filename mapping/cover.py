"""Covers: bodies computed by several instructions, one after another on the same lanes.

An instruction is *lanewise* if every one of its operands has one element per lane. The expression
tree of a body is covered by the trees of such instructions, the cheapest way found by dynamic
programming over subexpressions; what a tree's leaf stands for is an operand of the statement, a
constant, the output's old value, or the result of another instruction. Arguments of commutative
operators are tried in every order, and an operator that the body lacks is fed its neutral element
(`x` is `x * 1`), by equalities that keep every rounding, NaN and signed zero; only a product and a
sum become one multiply-add, as in contractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TypeAlias

from xdsl.ir import Attribute

from .expression import Apply, Constant, Coordinate, Expr, Operand
from .lanewise import LEAF, Form, Lanewise, Settings, by_top
from .normalize import normal_body
from .statement import ASSIGN, Statement, type_of
from .through_wider import through_wider
from .unify import Unifier

CONSTANT_COST = 0.01
"""What a register that holds a constant costs: of two covers, the one with fewer is better."""

FILL_COST = 0.5
"""Issue slots to set the register that an instruction accumulates into to a constant."""


@dataclass(frozen=True)
class Result:
    """An argument: the result of an earlier node."""

    node: int


@dataclass(frozen=True)
class Old:
    """An argument: the old value of the statement's output."""


Argument: TypeAlias = Operand | Constant | Result | Old
"""What a node works on; `Operand(j)` is the cover's operand `j`."""


@dataclass(frozen=True)
class Node:
    """One instruction of a cover: what its inputs stand for, and the values of its parameters.

    If it accumulates, what it accumulates into is the last of its inputs.
    """

    instruction: str
    arguments: tuple[Argument, ...]
    parameters: Settings = ()


@dataclass(frozen=True)
class Cover:
    """Instructions that compute a body together, in order; the last one writes the output.

    `operands[j]` is the statement's input that operand `j` of the cover stands for.
    """

    nodes: tuple[Node, ...]
    operands: tuple[int, ...]


@lru_cache(maxsize=1024)
def find_covers(kernel: Statement, instructions: tuple[Lanewise, ...]) -> tuple[Cover, ...]:
    """The cheapest cover of a statement's body for every width of lanes, the cheapest first."""
    if kernel.guarded or kernel.overwrites:
        return ()
    body = kernel.body
    old = Operand(len(kernel.inputs))
    if kernel.combine != ASSIGN:
        body = Apply(kernel.combine, (old, body), kernel.output.element)
    elif kernel.inputs and kernel.inputs[-1] is kernel.output:
        old = Operand(len(kernel.inputs) - 1)
    body = normal_body(body, exact=True)
    found: list[tuple[float, Cover]] = []
    for extents, memory in _places(kernel.output.element, instructions):
        wide = tuple(one for one in instructions if one.extents == extents)
        for last in _last_axes(kernel, wide):
            search = _Search(kernel, wide, memory, old, last)
            root = search.root(body)
            cover = _Writer(search).write(root) if root is not None else None
            if root is not None and cover is not None:
                found.append((root.cost, cover))
    ordered = [cover for _, cover in sorted(found, key=lambda entry: entry[0])]
    return tuple(dict.fromkeys(ordered))


def _last_axes(kernel: Statement, instructions: Sequence[Lanewise]) -> Sequence[int | None]:
    """The axes of a statement that may lie along the last lanes, where that matters.

    It does if some operands of instructions have but one element for all of these.
    """
    places = [(one, place) for one in instructions for place in range(len(one.types))]
    if all(one.has_all_lanes(place) for one, place in places):
        return [None]
    return [axis for axis in range(len(kernel.axes)) if kernel.output.touches(axis)]


def _places(
    element: Attribute, instructions: Sequence[Lanewise]
) -> dict[tuple[tuple[int, ...], str], None]:
    """The widths of lanes and the memories in which instructions leave results of a type."""
    return dict.fromkeys((i.extents, i.output_memory) for i in instructions if i.type == element)


def _top(expr: Expr) -> str:
    """The operator at the top of an expression."""
    return expr.op if isinstance(expr, Apply) else LEAF


@dataclass(frozen=True)
class _Tile:
    """An instruction at a subexpression: what its operands and parameters stand for.

    `cost` is that of the instruction and of all below.
    """

    cost: float
    instruction: Lanewise
    arguments: tuple[Expr, ...]
    parameters: Settings


class _Search:
    """The cheapest tiles for every subexpression in every memory.

    All lanes have one width; the output is in one memory, and `old` stands for its old value.
    `last` is the axis of the statement along the last lanes, where that matters.
    """

    def __init__(
        self,
        kernel: Statement,
        instructions: tuple[Lanewise, ...],
        memory: str,
        old: Operand,
        last: int | None,
    ) -> None:
        self.kernel, self.instructions, self.last = kernel, instructions, last
        self.memory, self.old = memory, old
        self._forms = by_top(instructions)
        self._best: dict[tuple[Expr, str], _Tile | None] = {}

    def root(self, body: Expr) -> _Tile | None:
        """The best tile for the whole body; it may accumulate into the output in place."""
        return self._cheapest(body, self.memory, True) if isinstance(body, Apply) else None

    def best(self, expr: Expr, memory: str) -> _Tile | None:
        """The best tile for a subexpression that is no leaf."""
        key = (expr, memory)
        if key not in self._best:
            self._best[key] = None  # while it is searched
            self._best[key] = self._cheapest(expr, memory) if isinstance(expr, Apply) else None
        return self._best[key]

    def copy(self, expr: Expr, memory: str) -> _Tile | None:
        """The best tile that only copies a leaf into a register of its own."""
        return self._cheapest(expr, memory)

    def _cheapest(self, expr: Expr, memory: str, root: bool = False) -> _Tile | None:
        spellings = [expr]
        if isinstance(expr, Apply):
            spellings += [normal_body(e, exact=True) for e in through_wider(expr, self.type_of)]
        tiles = [
            tile
            for spelling in spellings
            for form in self._forms.get((memory, self.type_of(spelling), _top(spelling)), ())
            for tile in self._tiles(spelling, form, root)
            if tile.cost < inf
        ]
        return min(tiles, key=lambda tile: tile.cost, default=None)

    def _tiles(self, expr: Expr, form: Form, root: bool) -> Iterator[_Tile]:
        """The ways in which an instruction computes the top of an expression."""
        instruction = form.instruction
        seen: set[tuple[tuple[Expr, ...], Settings]] = set()
        unifier = Unifier(instruction.types, self.type_of, lambda _: True, feeds=True)
        for binding in unifier.bindings(expr, form.pattern):
            arguments = tuple(binding.operands[i] for i in range(len(instruction.types)))
            parameters = (*form.flags, *binding.parameters.items())
            at = instruction.accumulator
            taken = (
                arguments
                if isinstance(expr, Apply)
                else arguments[at:][:1]
                if at is not None
                else ()
            )
            stuck = expr in taken and expr != self.old
            if stuck or (arguments, parameters) in seen:
                continue
            seen.add((arguments, parameters))
            cost = self._cost(instruction, arguments, root)
            yield _Tile(cost, instruction, arguments, parameters)

    def _cost(self, instruction: Lanewise, arguments: Sequence[Expr], root: bool) -> float:
        """The cost of an instruction and of all that its arguments need."""
        total = instruction.cost
        for place, (argument, memory) in enumerate(
            zip(arguments, instruction.memories, strict=True)
        ):
            if place == instruction.accumulator:
                total += self._accumulated(argument, memory, root)
            elif self._suits(argument, instruction, place):
                total += self._needed(argument, memory)
            else:
                return inf
        return total

    def _suits(self, argument: Expr, instruction: Lanewise, place: int) -> bool:
        """Whether an argument may be an operand, with an element for each lane or one per row of them.

        Constants are none of instructions that also do fewer lanes: there is no register for them.
        """
        if instruction.is_sized and isinstance(argument, Constant):
            return False
        if self.last is None:
            return True
        all_lanes = instruction.has_all_lanes(place)
        if not isinstance(argument, Operand) or argument == self.old:
            return all_lanes
        return all_lanes == self.kernel.inputs[argument.index].touches(self.last)

    def _needed(self, argument: Expr, memory: str) -> float:
        """The cost of having an argument in a memory."""
        if argument == self.old:
            return 0.0 if memory == self.memory else inf
        if isinstance(argument, Constant):
            return CONSTANT_COST
        if not isinstance(argument, Apply):
            return inf if isinstance(argument, Coordinate) else 0.0
        tile = self.best(argument, memory)
        return tile.cost if tile is not None else inf

    def _accumulated(self, argument: Expr, memory: str, root: bool) -> float:
        """The cost of having an argument in a register that the instruction may overwrite."""
        if argument == self.old and root:
            return 0.0
        if isinstance(argument, Constant):
            return FILL_COST
        if isinstance(argument, Apply):
            return self._needed(argument, memory)
        tile = self.copy(argument, memory) if argument != self.old else None
        return tile.cost if tile is not None else inf

    def type_of(self, expr: Expr) -> Attribute | None:
        """The type of an expression; None for a coordinate."""
        return type_of(expr, (*self.kernel.inputs, self.kernel.output))


def in_place(cover: Cover, accumulators: Mapping[str, int | None]) -> dict[int, int]:
    """Per node that has no register of its own, the later node into whose register it computes.

    That is the node that accumulates its result; the last node's register is the output's.
    """
    found: dict[int, int] = {}
    for index, node in enumerate(cover.nodes):
        place = accumulators[node.instruction]
        value = node.arguments[place] if place is not None else None
        if isinstance(value, Result):
            found[value.node] = index
    return found


class _Writer:
    """Writes the tiles of a search as nodes; equal subexpressions are computed once."""

    def __init__(self, search: _Search) -> None:
        self.search = search
        self.nodes: list[Node] = []
        self.operands: list[tuple[int, str]] = []
        self._known: dict[tuple[Expr, str], Result] = {}

    def write(self, root: _Tile) -> Cover | None:
        """The cover whose last node is the root; None if it overwrites the output too early."""
        self._node(root)
        cover = Cover(tuple(self.nodes), tuple(index for index, _ in self.operands))
        accumulators = {one.name: one.accumulator for one in self.search.instructions}
        places = in_place(cover, accumulators)
        late = [i for i, node in enumerate(cover.nodes) if Old() in node.arguments]
        return cover if all(i >= max(late, default=0) for i in places) else None

    def _node(self, tile: _Tile) -> Result:
        arguments: list[Argument] = []
        for place, (expr, memory) in enumerate(
            zip(tile.arguments, tile.instruction.memories, strict=True)
        ):
            if place == tile.instruction.accumulator and expr != self.search.old:
                arguments.append(self._own(expr, memory))
            else:
                arguments.append(self._argument(expr, memory))
        self.nodes.append(Node(tile.instruction.name, tuple(arguments), tile.parameters))
        return Result(len(self.nodes) - 1)

    def _own(self, expr: Expr, memory: str) -> Argument:
        """A value that may be overwritten: it is computed for this use alone."""
        if isinstance(expr, Constant):
            return expr
        tile = self.search.best(expr, memory) or self.search.copy(expr, memory)
        assert tile is not None
        return self._node(tile)

    def _argument(self, expr: Expr, memory: str) -> Argument:
        if expr == self.search.old:
            return Old()
        if isinstance(expr, Constant):
            return expr
        if isinstance(expr, Operand):
            if (expr.index, memory) not in self.operands:
                self.operands.append((expr.index, memory))
            return Operand(self.operands.index((expr.index, memory)))
        key = (expr, memory)
        if key not in self._known:
            tile = self.search.best(expr, memory)
            assert tile is not None
            self._known[key] = self._node(tile)
        return self._known[key]


def cover_text(cover: Cover) -> str:
    """A cover in words: `@add_ps, then @maximum_ps with constant 0.0`."""
    parts: list[str] = []
    for node in cover.nodes:
        numbers = [str(arg.value) for arg in node.arguments if isinstance(arg, Constant)]
        said = [f"constant {', '.join(numbers)}"] if numbers else []
        said += [f"{name} = {number.value}" for name, number in node.parameters]
        parts.append(f"@{node.instruction}{' with ' if said else ''}{', '.join(said)}")
    return ", then ".join(parts)
