"""Lower attention: a product, its softmax, and another product."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, i32
from xdsl.ir import SSAValue

from ...dialects.kernel import AttentionOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, shape_of
from .builder import Dims, KernelBuilder
from .normalisation import softmax


def lower_attention(op: AttentionOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.attention`: similarities, scaled and masked; their softmax; the weighted values."""
    q, k, element = shape_of(op.q), shape_of(op.k), element_type_of(op.q)
    batch = [f"b{number}" for number in range(len(q) - 2)]
    rows = [*batch, "m", "n"]
    start = build.filled((*q[:-1], k[-2]), element)
    factors = [(op.q, [*batch, "m", "k"]), (op.k, [*batch, "n", "k"])]
    scores = build.product([*rows, "k"], factors, (start, rows))
    shares = softmax(_masked(op, scores, rows, build), len(q) - 1, build)
    target = build.filled(shape_of(op.result), element)
    out = [*batch, "m", "e"]
    factors = [(shares, rows), (op.v, [*batch, "n", "e"])]
    return [build.product([*out, "n"], factors, (target, out))]


def _masked(
    op: AttentionOp, scores: SSAValue, axes: Sequence[str], build: KernelBuilder
) -> SSAValue:
    """Return scaled similarities, with minus infinity for the keys that a query does not see."""
    inputs: list[tuple[SSAValue, Dims]] = [(scores, axes)]
    if op.causal is not None:
        queries, keys = shape_of(scores)[-2:]
        last = range(keys - queries, keys)
        inputs += [(_positions(last, build), ["m"]), (_positions(range(keys), build), ["n"])]

    def element(scalars: ScalarBuilder, value: SSAValue, *positions: SSAValue) -> SSAValue:
        scaled = scalars.mul(value, scalars.number(op.factor, value.type))
        if not positions:
            return scaled
        last, key = positions
        hidden = scalars.compare("slt", last, key)
        return scalars.select(hidden, scalars.number(-inf, value.type), scaled)

    return build.elementwise(axes, inputs, scores.type, element)


def _positions(numbers: range, build: KernelBuilder) -> SSAValue:
    """Return a vector of integers."""
    type_ = TensorType(i32, [len(numbers)])
    constant = DenseIntOrFPElementsAttr.from_list(type_, list(numbers))
    return build.emit(arith.ConstantOp(constant))
