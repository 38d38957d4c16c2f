"""`insert-prefetches`: while one tile of rows is in use, the next one is brought near.

Takes programs on the machine level; gives the same with hints (`isa.prefetch`) in their innermost loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import MemRefType, ModuleOp, NoneAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import InvokeOp, PrefetchOp
from ..dialects.machines import find_target
from ..dialects.shapes import element_bytes
from ..planning.problem import LINE
from .effects import written_buffers
from .linear_form import Linear, affine_map, constant_range
from .loop_groups import bytes_of
from .window import Window, base_of

MOST = 2
"""How many hints an iteration may have."""

LEAST = 8
"""The fewest bytes of the next tile per iteration for hints to pay."""

DENSE = 0.9
"""The share of the next tile's lines that are read at least: the others are brought in vain."""


@dataclass(frozen=True)
class InsertPrefetchesPass(ModulePass):
    """Bring the next tile of rows near while one is in use.

    A register tile walks along a few rows at a time. Rows that come from memory start with a wait
    each, because hardware that reads ahead stops at their ends. Where a tile's rows lie one behind
    the other, the next tile follows, and a hint per step along the rows brings all of it:

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @f(%x: memref<512x4096xf32>) {
      %c0, %c1, %c512, %c4096 = "test.op"() : () -> (index, index, index, index)
      %v = memref.alloc() : memref<16xf32, @zmm>
      scf.for %m = %c0 to %c512 step %c1 {
        scf.for %k = %c0 to %c4096 step %c1 {
          %w = isa.view %x(%m, %k) {map = affine_map<()[s0, s1] -> (s0, s1)>}
              : memref<512x4096xf32> -> memref<f32, strided<[], offset: ?>>
          "test.op"(%w, %v) : (memref<f32, strided<[], offset: ?>>, memref<16xf32, @zmm>) -> ()
        }
      }
      func.return
    }
    ```

    Only what is larger than half of the second cache level of the machine `target`, and of which a
    tile is at most a quarter of it, gets hints.
    """

    name = "insert-prefetches"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Insert hints into every innermost loop that gains by them."""
        functions = [found for found in op.body.ops if isinstance(found, func.FuncOp)]
        if not any(
            isinstance(inner, scf.ForOp) for function in functions for inner in function.walk()
        ):
            return
        machine = find_target(self.target, op, ctx)
        if machine.engines or machine.has_rows:
            return
        near, far = machine.cache_bytes(0), machine.cache_bytes(1)
        for function in functions:
            for loop in [found for found in function.walk() if isinstance(found, scf.ForOp)]:
                rows = loop.parent_op()
                if isinstance(rows, scf.ForOp) and _is_innermost(loop):
                    for tile in _tiles(rows, loop):
                        if tile.is_far(far):
                            hints = tile.hints(1 if tile.bytes <= near // 2 else 2)
                            Rewriter.insert_op(hints, InsertPoint.at_start(loop.body.block))


def _is_innermost(loop: scf.ForOp) -> bool:
    """Whether there is no loop in a loop."""
    return not any(isinstance(op, scf.ForOp) for op in loop.body.block.ops)


@dataclass(frozen=True)
class _Loop:
    """A loop with constant bounds."""

    variable: SSAValue
    first: int
    step: int
    count: int

    @classmethod
    def of(cls, op: scf.ForOp) -> _Loop | None:
        """The loop, or None where its bounds are not known."""
        values = constant_range(op)
        if not values:
            return None
        return cls(op.body.block.args[0], values.start, values.step, len(values))


@dataclass(frozen=True)
class _Tile:
    """What an inner loop reads of a buffer in one iteration of the outer one: rows without gaps.

    `first` is the distance of its first element from the buffer's, as the inner loop begins;
    `advance` is how far the next tile is from it.
    """

    base: SSAValue
    inner: _Loop
    first: Linear
    advance: int

    @property
    def element_bytes(self) -> int:
        """The size of an element."""
        return element_bytes(self.base.type)

    @property
    def bytes(self) -> int:
        """The size of a tile."""
        return self.advance * self.element_bytes

    @property
    def step(self) -> int:
        """The elements of the next tile for each of the loop variable."""
        return self.advance // (self.inner.count * self.inner.step)

    def is_far(self, far: int) -> bool:
        """Whether it comes from further than that, a little at a time."""
        per_iteration = self.step * self.inner.step * self.element_bytes
        is_little = LEAST <= per_iteration <= MOST * LINE and self.bytes <= far // 4
        return is_little and bytes_of(self.base) > far // 2

    def hints(self, level: int) -> list[Operation]:
        """The hints for one iteration of the inner loop."""
        per_iteration = self.step * self.inner.step * self.element_bytes
        ops: list[Operation] = []
        for line in range(-(-per_iteration // LINE)):
            ahead = self.advance + line * LINE // self.element_bytes
            form = self.first.plus(self.inner.variable, self.step)
            form = form.plus(ahead - self.step * self.inner.first, 1)
            values = [value for value, _ in form.terms]
            ops.append(PrefetchOp.get(self.base, values, affine_map([form], values, 0), level))
        return ops


def _tiles(outer: scf.ForOp, inner: scf.ForOp) -> Iterator[_Tile]:
    """What the inner loop reads that moves on by a whole tile with the outer loop."""
    rows, along = _Loop.of(outer), _Loop.of(inner)
    if rows is None or along is None or rows.count < 2:
        return
    for base, forms in _reads(inner).items():
        tile = _tile(base, forms, rows, along)
        if tile is not None and base_of(base) not in written_buffers(outer):
            yield tile


def _reads(loop: scf.ForOp) -> Mapping[SSAValue, Sequence[Linear]]:
    """Where the instructions in a loop read host memory: the distances from the buffers' beginnings."""
    found: dict[SSAValue, list[Linear]] = {}
    for op in loop.body.block.ops:
        if isinstance(op, InvokeOp):
            for value in op.arguments:
                window = Window.of(value)
                kind = window.base.type
                if isinstance(kind, MemRefType) and isinstance(kind.memory_space, NoneAttr):
                    found.setdefault(window.base, []).append(window.distance())
    return found


def _tile(base: SSAValue, forms: Sequence[Linear], rows: _Loop, along: _Loop) -> _Tile | None:
    """The tile that these reads make, if they are several rows one behind the other.

    What follows a single row the hardware finds by itself.
    """
    terms = dict(forms[0].terms)
    forward, ahead = terms.pop(along.variable, 0), terms.get(rows.variable, 0)
    if forward <= 0 or ahead <= 0 or any(form.terms != forms[0].terms for form in forms):
        return None
    advance, length = ahead * rows.step, forward * along.step * along.count
    starts = sorted({form.constant for form in forms})
    distance = advance // len(starts)
    if len(starts) < 2 or starts != [starts[0] + i * distance for i in range(len(starts))]:
        return None
    if not DENSE * distance <= length <= distance:
        return None
    first = Linear((), tuple(terms.items()), starts[0] + forward * along.first)
    return _Tile(base, along, first, advance)
