"""`lower-moves`: turn moves and fills into invocations of move instructions.

Takes `isa.move` and `linalg.fill` between and on windows; gives `isa.invoke` of the instructions
that the mapper finds for them, in loops where memory is copied to memory. Where no single
instruction does it, a move takes several hops: through registers between two places in memory, or
element by element through a small buffer.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.errors import UserError
from ..dialects.isa import ImportOp, InstructionOp, MoveOp, TargetOp, ViewOp
from ..dialects.machines import find_target
from .copies import Copier
from .planned import erase_with_views
from .transfers import Transfers
from .window import Window


@dataclass(frozen=True)
class LowerMovesPass(ModulePass):
    """Turn moves and fills into invocations of the machine's move instructions.

    `target` names the machine; without it, the module must name exactly one.

    ```mlir
    isa.import @avx512 from "avx512"
    %a, %r = "test.op"() : () -> (memref<32xf32>, memref<2x16xf32, @zmm>)
    %v = isa.view %a {map = affine_map<(d0, d1) -> (16 * d0 + d1)>}
      : memref<32xf32> -> memref<2x16xf32, strided<[16, 1]>>
    isa.move %v to %r : memref<2x16xf32, strided<[16, 1]>> to memref<2x16xf32, @zmm>
    ```
    """

    name = "lower-moves"

    target: str | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Lower every move, and every fill of a buffer."""
        target = self._machine(op)
        copier, transfers, by_rows = Copier(target), Transfers(target), target.has_rows
        for move in list(op.walk()):
            if isinstance(move, MoveOp):
                places = Window.of(move.source), Window.of(move.destination)
                _replace(move, (transfers if by_rows else copier).copy(*places, move))
            elif isinstance(move, linalg.ops.FillOp) and not _is_elsewhere(move):
                place = Window.of(move.outputs[0])
                if by_rows:
                    _replace(move, transfers.fill(place, move.inputs[0], move))
                else:
                    _replace(move, copier.fill(place, move))
        _erase_unused(op)

    def _machine(self, module: ModuleOp) -> TargetOp:
        known = [op.symbol for op in module.ops if isinstance(op, TargetOp | ImportOp)]
        names = [self.target] if self.target else known
        if len(names) != 1:
            raise UserError(
                f"lower-moves needs to know the machine, but the module names {len(names)}",
                hint="say which: lower-moves{target=NAME}",
            )
        return find_target(names[0], module)


def _replace(op: Operation, ops: list[Operation]) -> None:
    for new in ops:
        for inner in new.walk():
            inner.location = op.location
    Rewriter.insert_op(ops, InsertPoint.before(op))
    erase_with_views(op)


def _is_elsewhere(op: linalg.ops.FillOp) -> bool:
    """Whether a fill is on tensors, or part of a machine's description."""
    return bool(op.results) or isinstance(op.parent_op(), InstructionOp)


def _erase_unused(module: ModuleOp) -> None:
    """Erase the buffers, views and constants that nothing uses any more."""
    kinds = (ViewOp, memref.AllocOp, memref.SubviewOp, memref.GetGlobalOp, arith.ConstantOp)
    for op in reversed(list(module.walk())):
        if isinstance(op, kinds) and not any(result.uses for result in op.results):
            Rewriter.erase_op(op)
