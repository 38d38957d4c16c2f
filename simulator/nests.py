"""Read statement operations (`linalg.*`, `kernel.contract`) as loop nests.

The extents come from the arrays at hand, so that statements of dynamic shape run too; a guarded
statement's axes are as long as its longest operand.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from xdsl.builder import ImplicitBuilder
from xdsl.dialects import arith, linalg
from xdsl.dialects.builtin import AnyFloat, MemRefType, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.utils.hints import isa

from ..dialects.errors import UserError
from ..dialects.kernel import ContractOp
from ..dialects.linalg.named import body_of
from .statements import LoopNest


def element_of(type_: Attribute) -> Attribute:
    """Return the element type of a tensor or memref, any other type as it is."""
    if isinstance(type_, TensorType | MemRefType):
        return cast("TensorType[Attribute] | MemRefType[Attribute]", type_).element_type
    return type_


def structured_nest(op: LinalgStructuredOperation, arrays: Sequence[Any]) -> LoopNest:
    """Return the nest of `linalg.generic` or one of its named forms."""
    maps = tuple(attribute.data for attribute in op.get_indexing_maps())
    rank = len(op.get_iterator_types())
    return LoopNest(_extents(op, rank, maps, arrays), maps, len(op.inputs), body_of(op).block)


def reduce_nest(op: linalg.ops.ReduceOp, arrays: Sequence[Any]) -> LoopNest:
    """Return the nest of `linalg.reduce`."""
    rank, gone = np.ndim(arrays[0]), op.dimensions.get_values()
    kept = AffineMap(
        rank, 0, tuple(AffineDimExpr(axis) for axis in range(rank) if axis not in gone)
    )
    maps = (AffineMap.identity(rank), kept)
    return LoopNest(_extents(op, rank, maps, arrays), maps, 1, op.regions[0].block)


def broadcast_nest(op: linalg.ops.BroadcastOp, arrays: Sequence[Any]) -> LoopNest:
    """Return the nest of `linalg.broadcast`."""
    rank, new = np.ndim(arrays[1]), op.dimensions.get_values()
    read = AffineMap(rank, 0, tuple(AffineDimExpr(axis) for axis in range(rank) if axis not in new))
    maps = (read, AffineMap.identity(rank))
    return LoopNest(_extents(op, rank, maps, arrays), maps, 1, op.hidden_region.block)


def contraction_nest(op: ContractOp, arrays: Sequence[Any]) -> LoopNest:
    """Return the nest of `kernel.contract`, which adds to its output if it sums over any axis."""
    maps = op.indexing_maps
    extents = _extents(op, len(op.spec.axes), maps, arrays)
    return LoopNest(extents, maps, len(op.inputs), contraction_body(op))


def contraction_body(op: ContractOp) -> Block:
    """Return a body that does at every point what `kernel.contract` does."""
    return _product_body(
        [element_of(value.type) for value in op.inputs],
        element_of(op.output.type),
        [op.is_unsigned(number) for number in range(len(op.inputs))],
        accumulate=bool(op.spec.reductions) or op.accumulator is not None,
    )


def _extents(
    op: Operation, rank: int, maps: Sequence[AffineMap], arrays: Sequence[Any]
) -> tuple[int, ...]:
    """Return how long each axis is, from the operands that it indexes alone."""
    extents: dict[int, int] = {}
    guarded = op.get_attr_or_prop("guarded") is not None
    for map_, array in zip(maps, arrays, strict=True):
        for expression, size in zip(map_.results, np.shape(array), strict=True):
            if isinstance(expression, AffineDimExpr):
                known = extents.setdefault(expression.position, size)
                if known != size and not guarded:
                    raise UserError(
                        f"axis {expression.position} has extents {known} and {size}", op
                    )
                extents[expression.position] = max(known, size)
    if len(extents) < rank:
        raise UserError("an axis has no extent: it indexes no operand alone", op)
    return tuple(extents[axis] for axis in range(rank))


def _product_body(
    inputs: Sequence[Attribute], output: Attribute, unsigned: Sequence[bool], *, accumulate: bool
) -> Block:
    """Build a body that multiplies its inputs, widened to the output's type, and may sum."""
    block = Block(arg_types=[*inputs, output])
    with ImplicitBuilder(block):
        factors = [
            _widened(value, output, zeros)
            for value, zeros in zip(block.args[:-1], unsigned, strict=True)
        ]
        floating = isa(output, AnyFloat)
        result = factors[0]
        for factor in factors[1:]:
            times = arith.MulfOp if floating else arith.MuliOp
            result = times(result, factor).result
        if accumulate:
            plus = arith.AddfOp if floating else arith.AddiOp
            result = plus(block.args[-1], result).result
        linalg.ops.YieldOp(result)
    return block


def _widened(value: SSAValue, to: Attribute, zeros: bool) -> SSAValue:
    """Convert a value to a wider type of its kind (inside an `ImplicitBuilder`)."""
    if value.type == to:
        return value
    if isa(to, AnyFloat):
        return arith.ExtFOp(value, to).result
    widen = arith.ExtUIOp if zeros else arith.ExtSIOp
    return widen(value, cast(Any, to)).result
