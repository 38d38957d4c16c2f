"""Rewrite operations of linalg to `linalg.generic`: what each is in one form."""

from __future__ import annotations

from xdsl.dialects import linalg, memref
from xdsl.dialects.builtin import AffineMapAttr
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ..dialects.linalg import SoftmaxOp
from ..dialects.linalg.named import axes_of, body_of
from ..dialects.shapes import shape_of
from .generic import AXES, axis_names, copy_statement

_OF_THE_DIALECT = "linalg."
"""How the names of attributes begin that only repeat what an operation's name says."""


class GeneralizeStructured(RewritePattern):
    """A named operation that knows its accesses to `linalg.generic`."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: LinalgStructuredOperation, rewriter: PatternRewriter) -> None:
        """Replace one operation."""
        if isinstance(op, linalg.ops.GenericOp | linalg.ops.FillOp):
            return
        generic = linalg.ops.GenericOp(
            op.inputs,
            op.outputs,
            body_of(op).clone(),
            op.get_indexing_maps(),
            op.get_iterator_types(),
            op.res.types,
        )
        kept = {n: a for n, a in op.attributes.items() if not n.startswith(_OF_THE_DIALECT)}
        generic.attributes.update(kept)
        if names := axes_of(op):
            generic.attributes.setdefault(AXES, axis_names(names))
        rewriter.replace(op, generic)


class GeneralizeOthers(RewritePattern):
    """`linalg.broadcast`, `linalg.reduce`, `linalg.softmax` and `memref.copy` to `linalg.generic`."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        """Replace one operation, if it is one of these."""
        match op:
            case linalg.ops.BroadcastOp():
                repeated = set(op.dimensions.get_values())
                rewriter.replace(op, _spread(op, op.input, op.init, op.hidden_region, repeated))
            case linalg.ops.ReduceOp():
                summed = set(op.dimensions.get_values())
                rewriter.replace(op, _spread(op, op.input, op.init, op.region, summed))
            case memref.CopyOp():
                rewriter.replace(op, copy_statement(op.source, op.destination))
            case SoftmaxOp():
                from .generalize_softmax import statements_of  # rare, and it imports a lot

                rewriter.replace(op, *statements_of(op))
            case _:
                pass


def _spread(
    op: Operation, source: SSAValue, init: SSAValue, body: Region, lacking: set[int]
) -> linalg.ops.GenericOp:
    """Return the statement in which the smaller operand lacks the dimensions `lacking`."""
    from_rank, to_rank = len(shape_of(source)), len(shape_of(init))
    rank = max(from_rank, to_rank)
    kept = tuple(AffineDimExpr(dim) for dim in range(rank) if dim not in lacking)
    small, full = AffineMapAttr(AffineMap(rank, 0, kept)), AffineMapAttr(AffineMap.identity(rank))
    reduces = isinstance(op, linalg.ops.ReduceOp)
    kinds = [
        IteratorTypeAttr.reduction() if reduces and dim in lacking else IteratorTypeAttr.parallel()
        for dim in range(rank)
    ]
    maps = [full, small] if reduces else [small, full]
    types = [result.type for result in op.results]
    generic = linalg.ops.GenericOp([source], [init], body.clone(), maps, kinds, types)
    generic.attributes.update(op.attributes)
    return generic
