"""`fuse-epilogues`: mark statements that finish the results of the statement before them.

Takes statements on memrefs; gives the same statements, of which some say by `plan.epilogue` that
they follow the statement before them into its loops.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, linalg, memref
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import ViewOp
from ..mapping.statement import Access, Statement, statement_of
from .epilogues import EPILOGUE
from .generic import AXES, axis_names
from .window import base_of


@dataclass(frozen=True)
class FuseEpiloguesPass(ModulePass):
    """Mark statements that finish the results of the statement before them.

    A bias, an activation or a residual after a matrix multiplication works on each result once it
    is complete. If the result goes nowhere else, the two correspond axis by axis, and nothing comes
    between them, then the second can take each tile from the first one's registers. Its axes get
    the names of the first one's.

    ```mlir
    func.func @dense(%a: memref<8x5xf32>, %b: memref<5x16xf32>, %y: memref<8x16xf32>) {
      %zero = arith.constant 0.0 : f32
      %t = memref.alloc() : memref<8x16xf32>
      linalg.fill ins(%zero : f32) outs(%t : memref<8x16xf32>)
      linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
          affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : memref<8x5xf32>, memref<5x16xf32>) outs(%t : memref<8x16xf32>) {
      ^bb0(%x: f32, %w: f32, %old: f32):
        %p = arith.mulf %x, %w : f32
        %s = arith.addf %old, %p : f32
        linalg.yield %s : f32
      }
      linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%t : memref<8x16xf32>) outs(%y : memref<8x16xf32>) {
      ^bb0(%x: f32, %old: f32):
        %r = arith.maximumf %x, %zero : f32
        linalg.yield %r : f32
      }
      func.return
    }
    ```
    """

    name = "fuse-epilogues"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Mark every such statement."""
        for statement in list(op.walk()):
            if isinstance(statement, linalg.ops.GenericOp) and not statement.results:
                consumer = next_statement(statement)
                names = finishing_axes(statement, consumer) if consumer is not None else None
                if consumer is not None and names is not None:
                    consumer.attributes[AXES] = axis_names(names)
                    consumer.attributes[EPILOGUE] = UnitAttr()
                    bring_together(statement, consumer)


def next_statement(op: linalg.ops.GenericOp) -> linalg.ops.GenericOp | None:
    """The statement after one, if nothing but views, new buffers and constants comes between them."""
    after = op.next_op
    while isinstance(after, ViewOp | memref.AllocOp | arith.ConstantOp | memref.GetGlobalOp):
        after = after.next_op
    return after if isinstance(after, linalg.ops.GenericOp) else None


def finishing_axes(op: linalg.ops.GenericOp, consumer: linalg.ops.GenericOp) -> list[str] | None:
    """The axes of `consumer` by the names of those of `op`, if it is the epilogue of `op`; else None."""
    buffer = base_of(op.outputs[0])
    if EPILOGUE in op.attributes or not _is_private(buffer, op, consumer):
        return None
    producer, after = statement_of(op), statement_of(consumer)
    reads = [
        access
        for value, access in zip(consumer.inputs, after.inputs, strict=False)
        if value is buffer
    ]
    written = base_of(consumer.outputs[0])
    if written in {base_of(value) for value in (*op.inputs, buffer)}:
        return None
    return _common_names(producer, after, reads)


def bring_together(op: Operation, consumer: Operation) -> None:
    """Move what stands between a statement and its epilogue before both."""
    while (between := op.next_op) is not None and between is not consumer:
        between.detach()  # the loops of `op` come to use it
        Rewriter.insert_op(between, InsertPoint.before(op))


def _is_private(buffer: SSAValue, op: Operation, consumer: Operation) -> bool:
    """Whether a buffer is only set, written by one statement and read by the other."""
    if not isinstance(buffer.owner, memref.AllocOp):
        return False
    return all(
        use.operation in (op, consumer) or _sets(use.operation, buffer) for use in buffer.uses
    )


def _sets(op: Operation, buffer: SSAValue) -> bool:
    """Whether an operation gives a buffer its first contents."""
    if isinstance(op, linalg.ops.FillOp):
        return True
    if not isinstance(op, linalg.ops.GenericOp) or buffer in op.inputs:
        return False
    return statement_of(op).is_copy


def _common_names(
    producer: Statement, consumer: Statement, reads: list[Access]
) -> list[str] | None:
    """The producer's names for the consumer's axes; None unless they correspond one to one."""
    if not any(axis.reduction and axis.extent > 1 for axis in producer.axes) or not reads:
        return None
    written = producer.axes_over(producer.output)
    read = {consumer.axes_over(access) or () for access in reads}
    order = tuple(range(len(consumer.axes)))
    if written is None or read != {order} or sorted(written) != list(written):
        return None
    return [producer.axes[axis].name for axis in written]
