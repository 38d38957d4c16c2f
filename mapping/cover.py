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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from typing import TypeAlias

from xdsl.ir import Attribute

from .expression import Apply, Constant, Coordinate, Expr, Operand
from .lanewise import LEAF, Form, Lanewise, Settings, Tops, by_top
from .normalize import normal_body
from .statement import ASSIGN, Statement
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
    types = tuple(access.element for access in kernel.operands())
    found = [
        _cheapest_cover(body, types, old, place, along)
        for place in _places(kernel.output.element, instructions)
        for along in _along(kernel, place)
    ]
    ordered = sorted((one for one in found if one is not None), key=lambda entry: entry[0])
    return tuple(dict.fromkeys(cover for _, cover in ordered))


@dataclass(frozen=True, eq=False)
class _Place:
    """The instructions for lanes of one width, and the memory in which the last leaves its result."""

    instructions: tuple[Lanewise, ...]
    memory: str

    @cached_property
    def has_all_lanes(self) -> bool:
        """Whether every operand of every instruction has an element for each lane."""
        instructions = self.instructions
        return all(one.has_all_lanes(at) for one in instructions for at in range(len(one.types)))

    @cached_property
    def forms(self) -> Tops:
        """What the instructions compute, by what expressions that may be the top of."""
        return by_top(self.instructions)


@lru_cache(maxsize=64)
def _places(element: Attribute, instructions: tuple[Lanewise, ...]) -> tuple[_Place, ...]:
    """The widths of lanes and the memories in which instructions leave results of a type."""
    keys = dict.fromkeys((i.extents, i.output_memory) for i in instructions if i.type == element)
    return tuple(
        _Place(tuple(one for one in instructions if one.extents == extents), memory)
        for extents, memory in keys
    )


def _along(kernel: Statement, place: _Place) -> Iterable[tuple[bool, ...] | None]:
    """Which operands of a statement move along the last lanes, for each axis that may lie there.

    None where that does not matter, since all operands of instructions have an element for each lane.
    """
    if place.has_all_lanes:
        return (None,)
    axes = [axis for axis in range(len(kernel.axes)) if kernel.output.touches(axis)]
    moving = (tuple(access.touches(axis) for access in kernel.operands()) for axis in axes)
    return dict.fromkeys(moving)


@lru_cache(maxsize=1024)
def _cheapest_cover(
    body: Expr,
    types: tuple[Attribute, ...],
    old: Operand,
    place: _Place,
    along: tuple[bool, ...] | None,
) -> tuple[float, Cover] | None:
    """The cheapest cover of a body of operands of these types, after its cost; None without one.

    `old` stands for the output's old value; `along` says which operands move along the last lanes.
    """
    search = _Search(types, old, place, along)
    root = search.root(body)
    cover = _Writer(search).write(root) if root is not None else None
    return None if root is None or cover is None else (root.cost, cover)


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
    """The cheapest tiles for every subexpression in every memory; arguments as of `_cheapest_cover`."""

    def __init__(
        self,
        types: tuple[Attribute, ...],
        old: Operand,
        place: _Place,
        along: tuple[bool, ...] | None,
    ) -> None:
        self.types, self.old, self.place, self.along = types, old, place, along
        self._best: dict[tuple[Expr, str], _Tile | None] = {}

    def root(self, body: Expr) -> _Tile | None:
        """The best tile for the whole body; it may accumulate into the output in place."""
        return self._cheapest(body, self.place.memory, True) if isinstance(body, Apply) else None

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
            for form in self.place.forms.get((memory, self.type_of(spelling), _top(spelling)), ())
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
        if self.along is None:
            return True
        all_lanes = instruction.has_all_lanes(place)
        if not isinstance(argument, Operand) or argument == self.old:
            return all_lanes
        return all_lanes == self.along[argument.index]

    def _needed(self, argument: Expr, memory: str) -> float:
        """The cost of having an argument in a memory."""
        if argument == self.old:
            return 0.0 if memory == self.place.memory else inf
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
        if isinstance(expr, Operand):
            return self.types[expr.index]
        return None if isinstance(expr, Coordinate) else expr.type


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
        accumulators = {one.name: one.accumulator for one in self.search.place.instructions}
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
