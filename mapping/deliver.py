"""Delivery: how each operand of an instruction gets its elements, and what that costs.

A mapping pulls the kernel's accesses back to the instruction's axes. Whether the elements lie as
the instruction wants them decides the cost of a mapping, never its legality:

* `direct`: with the strides that the instruction accepts;
* `broadcast`: one element for all lanes of some axis;
* `transpose`: direct but for the order of the axes;
* `pack`: affine with other strides, so a copy puts them in order;
* `gather`: not affine within a tile (a carry of a mixed radix number), or overlapping (im2col);
* `pad`: added where lanes have no element and must read as zero or not be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf, prod

from ..dialects.isa import InstructionOp
from .linear import slope
from .match import Mapping
from .statement import Access, Statement

WEIGHTS = {
    "direct": 0.0,
    "broadcast": 0.05,
    "transpose": 0.3,
    "pack": 0.5,
    "gather": 0.8,
    "pad": 0.1,
}
"""What a delivery adds to the cost of a call, as a share of it; only good for ranking."""

CLEAR_WEIGHT = 0.2
"""What it adds that an accumulator must be cleared first."""

_UNKNOWN = 1 << 40
"""Stands for a stride that is not known: longer than any other."""


@dataclass(frozen=True)
class Delivery:
    """The delivery of a mapping.

    `words` has one entry per operand of the instruction, the inputs and then the output, such as
    `"gather+pad"`. `utilisation` is the share of issued lanes that do useful work, `calls` how
    often the instruction is issued, and `cost` orders mappings: the calls, weighted by delivery.
    `sizes` says how much of each of its axes is done, if it leaves that open.
    """

    words: tuple[str, ...]
    utilisation: float
    calls: int
    cost: float
    sizes: tuple[int, ...] = ()


def deliver(
    kernel: Statement, instruction: Statement, mapping: Mapping, host: str | None = None
) -> Delivery:
    """Work out the delivery of one mapping; `host` names the memory of the kernel's operands."""
    return _Deliveries(kernel, instruction, host).of(mapping)


def of_peak(delivery: Delivery, op: InstructionOp) -> Delivery:
    """The delivery with the share of the instruction's peak, where its cost depends on what is done."""
    if not delivery.sizes:
        return delivery
    fullness = op.fullness(dict(zip(op.axes, delivery.sizes, strict=True)))
    return replace(delivery, utilisation=delivery.utilisation * fullness)


def fewest_calls(
    kernel: Statement,
    instruction: Statement,
    mappings: Iterable[Mapping],
    count: int,
    bound: float = inf,
) -> list[Mapping]:
    """The mappings that issue the instruction least often, at most `count`, and less than `bound`."""
    calls = [(_Tiling.of(kernel, instruction, mapping).calls, mapping) for mapping in mappings]
    few = sorted(calls, key=lambda entry: entry[0])[:count]
    return [mapping for number, mapping in few if number < bound]


def rank(
    kernel: Statement, instruction: Statement, mappings: Iterable[Mapping], host: str | None = None
) -> list[tuple[Mapping, Delivery]]:
    """Order the mappings on one instruction, best first; deterministic."""
    deliveries = _Deliveries(kernel, instruction, host)
    found = [(mapping, deliveries.of(mapping)) for mapping in mappings]
    return sorted(found, key=lambda entry: order_key(*entry))


def order_key(mapping: Mapping, delivery: Delivery, interval: float = 1.0) -> tuple[object, ...]:
    """The key by which mappings compare, also on several instructions: time, simplicity, rank.

    Rank does not come first: on a vector instruction, an axis that one operand lacks is what its
    broadcast is for, and only odd fused axes have full rank. Idle lanes already cost calls.
    """
    axes = sum(map(len, mapping.groups))
    rank_lost = not mapping.full_rank
    return (delivery.cost * interval, axes, rank_lost, mapping.operands, mapping.groups)


def lane_strides(
    kernel: Statement, instruction: Statement, mapping: Mapping
) -> tuple[tuple[int | None, ...], ...]:
    """Per operand of the instruction (inputs, output), its stride in the kernel's storage per axis.

    In elements, from lane to lane within a tile; 0 also where the operand has no such axis, None
    where the distance is not constant.
    """
    tiling = _Tiling.of(kernel, instruction, mapping)
    return tuple(
        tuple(
            tiling.stride(have, own, d) if own.touches(d) else 0
            for d in range(len(instruction.axes))
        )
        for have, own in zip(bound_accesses(kernel, mapping), instruction.operands(), strict=True)
    )


def tails(kernel: Statement, instruction: Statement, mapping: Mapping) -> tuple[bool, ...]:
    """Per axis of the instruction, whether the kernel's axes leave lanes of some tile over."""
    tiling = _Tiling.of(kernel, instruction, mapping)
    pairs = zip(tiling.lengths, tiling.lanes, strict=True)
    return tuple(length % lanes != 0 for length, lanes in pairs)


def bound_accesses(kernel: Statement, mapping: Mapping) -> tuple[Access, ...]:
    """The kernel's accesses that the instruction's inputs stand for and, last, its output."""
    accesses = (*kernel.inputs, kernel.output)
    return (*(accesses[index] for index in mapping.operands), kernel.output)


class _Deliveries:
    """Works out the deliveries of many mappings of one kernel on one instruction.

    How an operand is delivered depends on the groups of the axes that it has: many mappings agree
    in these.
    """

    def __init__(self, kernel: Statement, instruction: Statement, host: str | None) -> None:
        self._kernel, self._instruction, self._host = kernel, instruction, host
        lanes = range(len(instruction.axes))
        self._axes = [[d for d in lanes if own.touches(d)] for own in instruction.operands()]
        self._known: dict[tuple[object, ...], str] = {}

    def of(self, mapping: Mapping) -> Delivery:
        """The delivery of one mapping."""
        tiling = _Tiling.of(self._kernel, self._instruction, mapping)
        bound = (*mapping.operands, len(self._kernel.inputs))
        words = tuple([self._word(tiling, *pair) for pair in enumerate(bound)])
        weight = sum([WEIGHTS[part] for word in words for part in word.split("+")])
        weight += CLEAR_WEIGHT if mapping.clear else 0.0
        calls = tiling.calls
        sizes = tiling.lanes if self._instruction.sized_axes else ()
        return Delivery(words, tiling.utilisation, calls, calls * (1 + weight), sizes)

    def _word(self, tiling: _Tiling, place: int, index: int) -> str:
        """The delivery of the instruction's operand at a place; `index` is the kernel's operand."""
        key = (place, index, *[tiling.groups[d] for d in self._axes[place]])
        if key not in self._known:
            have = (*self._kernel.inputs, self._kernel.output)[index]
            own = self._instruction.operands()[place]
            is_output = place == len(self._instruction.inputs)
            self._known[key] = tiling.words(have, own, is_output, self._host)
        return self._known[key]


def sizes_of(instruction: Statement, lengths: Sequence[int]) -> tuple[int, ...]:
    """How much of each of its axes an instruction does at most, where these lengths are to do."""
    sized = instruction.sized_axes
    return tuple(
        min(axis.extent, lengths[d]) if d in sized else axis.extent
        for d, axis in enumerate(instruction.axes)
    )


@dataclass(frozen=True)
class _Tiling:
    """The groups of a mapping as tiles: positions of axes, lengths, and lanes."""

    kernel: Statement
    instruction: Statement
    groups: tuple[tuple[int, ...], ...]
    lengths: tuple[int, ...]
    lanes: tuple[int, ...]

    @classmethod
    def of(cls, kernel: Statement, instruction: Statement, mapping: Mapping) -> _Tiling:
        """The groups of one mapping."""
        groups = tuple(tuple(map(kernel.axis_index, group)) for group in mapping.groups)
        lengths = tuple(prod(kernel.axes[axis].extent for axis in group) for group in groups)
        lanes = sizes_of(instruction, lengths)
        return cls(kernel, instruction, groups, lengths, lanes)

    @property
    def tiles(self) -> tuple[int, ...]:
        """How many tiles each axis of the instruction takes."""
        pairs = zip(self.lengths, self.lanes, strict=True)
        return tuple(-(-length // lanes) for length, lanes in pairs)

    @property
    def calls(self) -> int:
        """How often the instruction is issued."""
        inside = {axis for group in self.groups for axis in group}
        outer = [axis.extent for i, axis in enumerate(self.kernel.axes) if i not in inside]
        return prod(outer) * prod(self.tiles)

    @property
    def utilisation(self) -> float:
        """Useful lanes per issued lane."""
        issued = prod(tiles * lanes for tiles, lanes in zip(self.tiles, self.lanes, strict=True))
        return prod(self.lengths) / issued if issued else 1.0

    def words(self, have: Access, own: Access, is_output: bool, host: str | None) -> str:
        """The delivery of one operand."""
        axes = [d for d in range(len(self.lanes)) if own.touches(d) and self.lanes[d] > 1]
        steps = [self.stride(have, own, d) for d in axes]
        extents = [self.lanes[d] if self.groups[d] else 1 for d in axes]
        if any(step is None for step in steps):
            word = "gather"
        else:
            known = [step for step in steps if step is not None]
            wanted = [own.storage_stride(d) for d in axes]
            in_place = own.memory in (None, host)
            word = _layout_word(known, wanted, extents, in_place)
        return f"{word}+pad" if self._is_padded(have, axes, is_output) else word

    def stride(self, have: Access, own: Access, d: int) -> int | None:
        """The distance in storage from lane to lane along an axis; None if it is not constant.

        Along an idle axis an input may repeat its element, unless the lanes must read as zero; then
        there is only one element, at whatever stride is wanted.
        """
        group = self.groups[d]
        if not group:
            single = own is self.instruction.output or not self.instruction.output.touches(d)
            return (own.storage_stride(d) or 0) if single else 0
        steps = [(_flat(have.column(axis), have),) for axis in group]
        extents = [self.kernel.axes[axis].extent for axis in group]
        stays = extents[-1] % self.lanes[d] == 0  # no tile goes on into the next row
        step = steps[-1] if stays else slope(steps, extents)
        return None if step is None else step[0]

    def _is_padded(self, have: Access, axes: Sequence[int], is_output: bool) -> bool:
        """Whether some lanes have no element and that matters."""
        for d in axes:
            if self.lengths[d] % self.lanes[d] == 0 or d in self.instruction.sized_axes:
                continue
            touched = any(have.touches(axis) for axis in self.groups[d])
            if touched or is_output or not self.instruction.output.touches(d):
                return True
        return self.kernel.guarded and not is_output


def _flat(step: Sequence[int], access: Access) -> int:
    """A step in an operand's dimensions as a distance in its storage."""
    strides = access.storage_strides()
    pairs = zip(step, strides, strict=True)
    return sum(factor * (_UNKNOWN if stride is None else stride) for factor, stride in pairs)


def _layout_word(
    strides: Sequence[int], wanted: Sequence[int | None], extents: Sequence[int], in_place: bool
) -> str:
    """How elements at these strides come to lie as wanted.

    Where the instruction reads the kernel's own memory, all strides must be as wanted; elsewhere a
    move brings the operand row by row, and only the rows must be contiguous.
    """
    moving = [(s, w, e) for s, w, e in zip(strides, wanted, extents, strict=True) if s]
    if len(moving) < len(strides):
        rest = _layout_word(*_columns(moving), in_place) if moving else "direct"
        return "broadcast" if rest in ("direct", "transpose") else rest
    if _overlaps(moving):
        return "gather"
    fits = [s == w or w is None or (not in_place and w != 1 and s != 1) for s, w, _ in moving]
    if all(fits):
        return "direct"
    rows = [abs(s) for s, _, _ in sorted(moving, key=lambda row: -(row[1] or 0))]
    return "transpose" if rows != sorted(rows, reverse=True) and min(rows) == 1 else "pack"


def _columns(
    rows: Sequence[tuple[int, int | None, int]],
) -> tuple[list[int], list[int | None], list[int]]:
    return [s for s, _, _ in rows], [w for _, w, _ in rows], [e for _, _, e in rows]


def _overlaps(rows: Sequence[tuple[int, int | None, int]]) -> bool:
    """Whether different lanes along several axes are one element."""
    reach = 0
    for stride, _, extent in sorted(rows, key=lambda row: abs(row[0])):
        if extent == 1:
            continue
        if abs(stride) <= reach:
            return True
        reach += abs(stride) * (extent - 1)
    return False
