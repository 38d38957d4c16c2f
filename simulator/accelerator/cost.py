"""What executing an instruction takes: cycles of its engine, and bytes of shared memories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np

from ...binary.instance import Instance
from ...dialects.errors import UserError
from ...dialects.isa import Cycles, InstructionOp, TargetOp
from ...mapping.statement import Apply, instruction_statement, operands_in
from ..elements import Array
from .access import Access
from .region import Region


@dataclass(frozen=True)
class Cost:
    """What one instruction takes, all iterations of its hardware loops together.

    Attributes:
        busy: The cycles for which it occupies its engine by its description.
        latency: The cycles from then until its results can be used.
        bank: How much longer it occupies the engine as operands share a bank.
        transferred: Per memory that all engines share, the bytes that it reads and writes.
        products: The multiplications whose results are summed.
    """

    busy: int
    latency: int
    bank: int = 0
    transferred: dict[str, int] = field(default_factory=dict[str, int])
    products: int = 0


def cost_of(op: InstructionOp, instance: Instance, accesses: Sequence[Access | None]) -> Cost:
    """What an instruction takes."""
    times = prod(instance.counts)
    cycles = _cycles(op, instance.extents, len(instance.kept))
    transferred: dict[str, int] = {}
    for access in accesses:
        if access is not None and access.memory.bandwidth is not None:
            name = access.memory.name
            transferred[name] = transferred.get(name, 0) + access.transferred * times
    shared = _shared_rows(accesses, instance.counts)
    bank = 0
    if shared is not None:
        longest = np.maximum(shared + 1, cycles.interval)
        bank = int((longest - cycles.interval).sum()) * (times // longest.size)
    products = prod(instance.extents) * times if products_of(op) is not None else 0
    return Cost(cycles.interval * times, cycles.latency, bank, transferred, products)


@lru_cache(maxsize=4096)
def _cycles(op: InstructionOp, extents: tuple[int, ...], kept: int) -> Cycles:
    """Latency and interval of an instruction that does so much."""
    cycles = op.cycles(dict(zip(op.axes, extents, strict=True)), kept)
    if cycles.interval < 1 or cycles.latency < 0:
        done = ", ".join(f"{a} = {n}" for a, n in zip(op.axes, extents, strict=True))
        raise UserError(
            f"@{op.symbol} takes {cycles.interval} cycles and {cycles.latency} more for {done}", op
        )
    return cycles


@lru_cache(maxsize=1024)
def products_of(op: InstructionOp) -> str | None:
    """The element type of the products that an instruction sums, or None where it does something else."""
    statement = instruction_statement(op)
    body = statement.body
    if statement.combine not in ("arith.addi", "arith.addf") or not isinstance(body, Apply):
        return None
    if body.op not in ("arith.muli", "arith.mulf") or len(body.args) != 2:
        return None
    factors = [next(iter(operands_in(arg)), None) for arg in body.args]
    types = [str(statement.inputs[f].element) for f in factors if f is not None]
    return max(types, key=lambda type: (len(type), type)) if len(types) == 2 else None


def products_per_cycle(target: TargetOp) -> dict[str, float]:
    """Per element type, how many products a machine can sum per cycle at best."""
    rates: dict[str, float] = {}
    for op in target.instructions.values():
        if (element := products_of(op)) is not None:
            kept = max((len(encoding.kept) for encoding in op.encodings), default=0)
            rate = prod(op.extents) / op.cycles({}, kept).interval
            rate *= target.units[op.unit_name].count
            rates[element] = max(rates.get(element, 0.0), rate)
    return rates


class _User(NamedTuple):
    """An operand in a memory with banks, in numbers; see `Access`."""

    memory: str
    row: int
    size: int
    banks: int
    address: int
    moving: tuple[int, ...]
    counts: tuple[int, ...]
    steps: tuple[int, ...]
    present: tuple[int, ...]
    strides: tuple[int, ...]
    bytes: int
    times: int

    def rows(self, counts: tuple[int, ...]) -> Region:
        """The rows that iterations of hardware loops touch."""
        dims = (
            *zip(counts, self.steps, strict=False),
            *zip(self.present, self.strides, strict=True),
        )
        return Region.of(self.address, dims, self.bytes).in_units(self.row)


def _user(access: Access) -> _User:
    """An operand in numbers."""
    memory = access.memory
    where = (memory.name, memory.row, memory.rows_per_bank, memory.banks or 1)
    moved = (access.address, access.moving, access.counts, access.steps)
    times = int(access.reads) + int(access.writes)
    return _User(*where, *moved, access.present, access.strides, access.form.dtype.itemsize, times)


def _shared_rows(accesses: Sequence[Access | None], counts: tuple[int, ...]) -> Array | None:
    """Per iteration, the rows that one bank serves to several operands: the most of all banks.

    None where no bank serves two operands. Loops that no operand moves with have extent 1.
    """
    banked = [
        _user(a)
        for a in accesses
        if a is not None and a.memory.banks is not None and not a.is_empty
    ]
    return _shared(tuple(banked), len(counts)) if len(banked) > 1 else None


@lru_cache(maxsize=4096)
def _shared(banked: tuple[_User, ...], loops: int) -> Array | None:
    """What `_shared_rows` gives: many instructions use the same rows."""
    pairs = [(a, b) for a, b in combinations(banked, 2) if _may_share(a, b)]
    found: Array | None = None
    for name in dict.fromkeys(a.memory for a, _ in pairs):
        visits = [_visits(user, loops) for user in banked if user.memory == name]
        total = np.add.reduce(np.broadcast_arrays(*visits))
        users = np.add.reduce(np.broadcast_arrays(*[np.sign(v) for v in visits]))
        worst = np.where(users > 1, total, 0).max(axis=-1)
        found = worst if found is None else np.maximum(*np.broadcast_arrays(found, worst))
    return found


def _may_share(one: _User, other: _User) -> bool:
    """Whether two operands may have rows in one bank."""
    if one.memory != other.memory:
        return False
    (a, b), (c, d) = (_banks(user) for user in (one, other))
    return a <= d and c <= b


def _banks(user: _User) -> tuple[int, int]:
    """The first and the last bank that an operand may have rows in."""
    rows = user.rows(user.counts)
    return rows.first // user.size, (rows.end - 1) // user.size


def _visits(user: _User, loops: int) -> Array:
    """Per iteration and bank, how often a row is read or written for an operand; see `_rows_in_banks`."""
    steps = tuple(step // user.row for step in user.steps)
    moving = tuple(zip(user.moving, user.counts, steps, strict=True))
    visits = _rows_in_banks(user.rows(()), moving, loops, user.size, user.banks)
    return visits * user.times


@lru_cache(maxsize=4096)
def _rows_in_banks(
    first: Region, moving: tuple[tuple[int, int, int], ...], loops: int, size: int, count: int
) -> Array:
    """Per iteration and bank, how many rows of an operand are there: many instructions have the same.

    Args:
        first: The rows in the first iteration.
        moving: The hardware loops that the operand moves with, how often they run, and by how
            many rows.
        loops: How many hardware loops there are.
        size: How many rows a bank has.
        count: How many banks there are.

    Returns:
        An array with a dimension for each hardware loop, of extent 1 where the operand does not
        move with it, and one for the banks.
    """
    rows = _indices(first)
    moved = np.zeros([1] * loops, np.int64)
    for loop, times, step in moving:
        shape = [times if other == loop else 1 for other in range(loops)]
        moved = moved + (np.arange(times) * step).reshape(shape)
    different, back = np.unique(moved, return_inverse=True)
    banks = (rows[None, :] + different[:, None]) // size
    visits = np.stack([(banks == number).sum(axis=1) for number in range(count)], axis=-1)
    return visits[back.reshape(moved.shape)]


def _indices(region: Region) -> Array:
    """The units of a region, one after the other."""
    found = np.arange(region.first, region.first + region.run)
    for extent, stride in zip(region.shape, region.strides, strict=True):
        found = (found[None, :] + np.arange(extent)[:, None] * stride).reshape(-1)
    return found
