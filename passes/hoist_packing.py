"""`hoist-packing`: pack what stays the same once, before the loops that use it over and over.

Takes loops with buffers in host memory and moves into them; gives the same in which a move of
something that a loop does not change stands before that loop, and constants are packed already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import lcm, prod

from xdsl.context import Context
from xdsl.dialects import func, linalg, memref, scf
from xdsl.dialects.builtin import MemRefType, ModuleOp, NoneAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import MoveOp, ViewOp
from ..dialects.shapes import element_bytes
from ..planning.problem import LINE
from .constant_arguments import constant_buffers
from .effects import written_buffers
from .globals import constant_of_global, dense, global_for, interpreted
from .linear_form import Linear, constant_range
from .loops import counted_loop
from .planned import erase_with_views
from .window import Window

LIMIT = 1 << 28
"""The most elements that a buffer may get."""


_READERS = (ViewOp, MoveOp, linalg.ops.GenericOp)
"""What may use a buffer that gets another place."""


@dataclass(frozen=True)
class HoistPackingPass(ModulePass):
    """Move packing out of the loops that it does not depend on.

    The weights of a recurrent layer are the same in all time steps. Where a time step packs them
    panel by panel, all panels are packed before the first step, one behind the other:

    ```mlir
    func.func @steps(%w: memref<96x64xf32>) {
      %c0, %c1, %c5, %c48, %c96 = "test.op"() : () -> (index, index, index, index, index)
      scf.for %t = %c0 to %c5 step %c1 {
        scf.for %n = %c0 to %c96 step %c48 {
          %part = isa.view %w(%n) {map = affine_map<(d0, d1)[s0] -> (s0 + d1, d0)>}
              : memref<96x64xf32> -> memref<64x48xf32, strided<[1, 64], offset: ?>>
          %panel = memref.alloc() : memref<64x48xf32>
          isa.move %part to %panel : memref<64x48xf32, strided<[1, 64], offset: ?>> to memref<64x48xf32>
          "test.op"(%panel) : (memref<64x48xf32>) -> ()
        }
      }
      func.return
    }
    ```

    Only buffers in host memory that nothing else writes are moved. A constant is packed at compile
    time, into another constant.
    """

    name = "hoist-packing"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Hoist every move that can be hoisted and gains by it."""
        for function in [found for found in op.body.ops if isinstance(found, func.FuncOp)]:
            written = {loop: written_buffers(loop) for loop in _loops(function)}
            constants = constant_buffers(function)
            for move in [found for found in function.walk() if isinstance(found, MoveOp)]:
                packing = _Packing.of(move, written, constants)
                if packing is not None:
                    packing.hoist()


def _loops(function: func.FuncOp) -> list[scf.ForOp]:
    return [op for op in function.walk() if isinstance(op, scf.ForOp)]


@dataclass(frozen=True)
class _Loop:
    """A loop with constant bounds that a move depends on; each iteration takes `stride` elements."""

    op: scf.ForOp
    first: int
    step: int
    count: int
    stride: int = 0

    @classmethod
    def of(cls, op: scf.ForOp) -> _Loop | None:
        """The loop, or None where its bounds are unknown or no multiples of its step."""
        values = constant_range(op)
        if values is None or values.start % values.step:
            return None
        return cls(op, values.start, values.step, len(values))

    @property
    def factor(self) -> int:
        """The elements per unit of the loop variable."""
        return self.stride // self.step


@dataclass(frozen=True)
class _Packing:
    """A move into a buffer of its own, and where it goes.

    `before` is the operation before which it goes, `loops` are those between that depend on, the
    outermost first.
    """

    move: MoveOp
    buffer: memref.AllocOp
    source: Window
    before: Operation
    loops: tuple[_Loop, ...]

    @classmethod
    def of(
        cls,
        move: MoveOp,
        written: Mapping[scf.ForOp, set[SSAValue]],
        constants: Set[SSAValue],
    ) -> _Packing | None:
        """The packing that a move is, if it gains by going elsewhere.

        `written` are the buffers that loops write, `constants` those that are the same at every
        call.
        """
        buffer = move.destination.owner
        if not isinstance(buffer, memref.AllocOp) or not _is_private(buffer, move):
            return None
        source = Window.of(move.source)
        used = {value for form in source.forms() for value, _ in form.terms}
        is_array = constant_of_global(source.base) is not None
        is_constant = is_array or source.base in constants
        crossed: list[scf.ForOp] = []
        kept = 0
        loop = move.parent_op()
        while isinstance(loop, scf.ForOp) and (is_constant or source.base not in written[loop]):
            if not is_array and loop.is_ancestor(source.base.owner):
                break
            crossed.append(loop)
            if is_constant or loop.body.block.args[0] not in used:
                kept = len(crossed)
            loop = loop.parent_op()
        crossed = crossed[:kept]
        if not crossed and not is_array:
            return None
        inner = [loop for loop in crossed if loop.body.block.args[0] in used]
        loops = [_Loop.of(loop) for loop in reversed(inner)]
        known = [loop for loop in loops if loop is not None]
        left = used - {loop.op.body.block.args[0] for loop in known}
        if len(known) < len(loops) or any(_stands_in(value, crossed) for value in left):
            return None
        strided = _with_strides(known, prod(source.shape), _line_elements(source))
        if _total(strided, prod(source.shape)) > LIMIT:
            return None
        return cls(move, buffer, source, crossed[-1] if crossed else move, strided)

    def hoist(self) -> None:
        """Put the move before the loops, with a place for every iteration."""
        element = self.source.type.element_type
        total = _total(self.loops, prod(self.source.shape))
        flat = memref.AllocOp([], [], MemRefType(element, [total]))
        flat.memref.name_hint = self.buffer.memref.name_hint
        array, base = constant_of_global(self.source.base), self.source.base
        get = None if array is None else memref.GetGlobalOp(array.sym_name.data, self.source.type)
        if get is not None:  # the one that the move reads may stand in the loops
            Rewriter.insert_op(get, InsertPoint.before(self.before))
            base = get.memref
        ops: list[Operation] = [flat, *self._nest(base, flat.memref, 0, {})]
        for op in ops:
            for inner in op.walk():
                inner.location = self.move.location
        Rewriter.insert_op(ops, InsertPoint.before(self.before))
        place = flat.memref if get is None else self._folded(ops, flat)
        if get is not None and not get.memref.uses:
            Rewriter.erase_op(get)
        self._replace_uses(self._part(place, {}))

    def _nest(
        self, base: SSAValue, flat: SSAValue, depth: int, variables: Mapping[SSAValue, SSAValue]
    ) -> list[Operation]:
        """The loops that are left, and the move in them."""
        if depth == len(self.loops):
            source = replace(self.source, base=base)
            views, source = source.with_variables(variables).view()
            more, target = self._part(flat, variables).view()
            return [*views, *more, MoveOp(source, target)]
        loop = self.loops[depth]
        old = loop.op.body.block.args[0]

        def body(at: SSAValue) -> list[Operation]:
            return self._nest(base, flat, depth + 1, {**variables, old: at})

        first = loop.first // loop.step
        return counted_loop(loop.count, loop.step, old.name_hint or "i", body, first)

    def _part(self, flat: SSAValue, variables: Mapping[SSAValue, SSAValue]) -> Window:
        """The part of one iteration, in the shape of the buffer."""
        shape = self.source.shape
        steps = tuple(prod(shape[dim + 1 :]) for dim in range(len(shape)))
        terms = tuple((loop.op.body.block.args[0], loop.factor) for loop in self.loops)
        first = -sum(loop.first * loop.factor for loop in self.loops)
        return Window(flat, shape, (Linear(steps, terms, first),)).with_variables(variables)

    def _folded(self, ops: Sequence[Operation], flat: memref.AllocOp) -> SSAValue:
        """The constant that packing a constant gives, if it can be computed now."""
        found = interpreted(ops, flat.memref)
        if found is None:
            return flat.memref
        kind = flat.memref.type
        get = global_for(dense(found, kind.element_type), kind, self.before, "packed")
        get.memref.name_hint = flat.memref.name_hint
        for op in reversed(ops):
            Rewriter.erase_op(op)
        return get.memref

    def _replace_uses(self, part: Window) -> None:
        """Let everything that read the buffer read its place in the large one."""
        for use in list(self.buffer.memref.uses):
            user = use.operation
            if isinstance(user, ViewOp):
                views, value = Window.of(user.result).within(part).view()
                Rewriter.insert_op(views, InsertPoint.before(user))
                value.name_hint = user.result.name_hint
                Rewriter.replace_op(user, [], [value])
        views, value = part.view()
        Rewriter.insert_op(views, InsertPoint.before(self.move))
        erase_with_views(self.move)
        self.buffer.memref.replace_all_uses_with(value)
        Rewriter.erase_op(self.buffer)
        for view in views:
            if not value.uses:
                Rewriter.erase_op(view)


def _stands_in(value: SSAValue, loops: Sequence[scf.ForOp]) -> bool:
    """Whether a value is made inside of some loop."""
    return any(loop.is_ancestor(value.owner) for loop in loops)


def _is_private(buffer: memref.AllocOp, move: MoveOp) -> bool:
    """Whether a buffer in host memory stands in the block of a move, which alone writes it."""
    kind = buffer.memref.type
    block = buffer.parent
    if not isinstance(kind.memory_space, NoneAttr) or not isinstance(kind.layout, NoneAttr):
        return False
    if block is None or move.parent is not block:
        return False
    if not all(isinstance(use.operation, _READERS) for use in buffer.memref.uses):
        return False
    users = {block.find_ancestor_op_in_block(use.operation) for use in buffer.memref.uses} - {move}
    return not any(buffer.memref in written_buffers(user) for user in users if user is not None)


def _line_elements(window: Window) -> int:
    """How many elements a cache line has."""
    return max(1, LINE // element_bytes(window.type))


def _with_strides(loops: Sequence[_Loop], elements: int, line: int) -> tuple[_Loop, ...]:
    """The loops with the number of elements that each iteration takes."""
    found: list[_Loop] = []
    size = elements
    for loop in reversed(loops):
        unit = lcm(loop.step, line)
        stride = -(-size // unit) * unit
        found.insert(0, _Loop(loop.op, loop.first, loop.step, loop.count, stride))
        size = stride * loop.count
    return tuple(found)


def _total(loops: Sequence[_Loop], elements: int) -> int:
    """How many elements all iterations take."""
    return loops[0].stride * loops[0].count if loops else elements
