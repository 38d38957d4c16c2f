"""Build statements: `linalg.generic` operations whose axes have names."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from xdsl.dialects import arith, linalg
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AffineMapAttr,
    AnyFloat,
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    ShapedType,
    StringAttr,
)
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap

from ..dialects.errors import UserError
from ..dialects.shapes import element_type, is_integer, is_tensor
from ..mapping.statement import AXES

Body = Callable[[Sequence[SSAValue]], tuple[list[Operation], SSAValue]]
"""From the elements of the inputs and of the output to operations and the value they yield."""


def statement(
    inputs: Sequence[SSAValue],
    output: SSAValue,
    maps: Sequence[AffineMap],
    axes: Sequence[str],
    reductions: Sequence[str],
    body: Body,
) -> linalg.ops.GenericOp:
    """Return the statement over these operands.

    Args:
        inputs: Tensors or memrefs.
        output: What is written; on tensors, what the result starts from.
        maps: The access of every input and, last, of the output.
        axes: The names of the loops, outermost first.
        reductions: Those of them that are summed over.
        body: Builds the computation of one element.
    """
    operands = (*inputs, output)
    block = Block(arg_types=[element_type(value.type) for value in operands])
    ops, result = body(block.args)
    block.add_ops([*ops, linalg.ops.YieldOp(result)])
    kinds = [
        IteratorTypeAttr.reduction() if axis in reductions else IteratorTypeAttr.parallel()
        for axis in axes
    ]
    generic = linalg.ops.GenericOp(
        inputs,
        [output],
        Region(block),
        [AffineMapAttr(map_) for map_ in maps],
        kinds,
        [output.type] if is_tensor(output.type) else [],
    )
    generic.attributes[AXES] = axis_names(axes)
    return generic


def projection_statement(
    values: Sequence[SSAValue],
    dims: Sequence[tuple[int, ...]],
    like: linalg.ops.GenericOp,
    attributes: dict[str, Attribute],
    axes: int | None = None,
    body: Region | None = None,
) -> linalg.ops.GenericOp:
    """Return a statement on memrefs whose operand `k` has the axes `dims[k]`; the last is the output.

    It takes the number of axes, the body and the location of `like` where they are not given. Axes that the output
    does not have are reductions.
    """
    count = len(like.iterator_types) if axes is None else axes
    op = linalg.ops.GenericOp(
        values[:-1],
        values[-1:],
        like.body.clone() if body is None else body,
        ArrayAttr([_projection(own, count) for own in dims]),
        _kinds(frozenset(dims[-1]), count),
    )
    op.attributes.update(attributes)
    op.location = like.location
    return op


@lru_cache(maxsize=1024)
def _projection(dims: tuple[int, ...], count: int) -> AffineMapAttr:
    """The map from `count` axes to some of them."""
    return AffineMapAttr(AffineMap(count, 0, tuple(AffineExpr.dimension(axis) for axis in dims)))


@lru_cache(maxsize=256)
def _kinds(parallel: frozenset[int], count: int) -> ArrayAttr[IteratorTypeAttr]:
    """The kinds of `count` axes of which some are parallel."""
    kinds = IteratorTypeAttr.reduction(), IteratorTypeAttr.parallel()
    return ArrayAttr([kinds[axis in parallel] for axis in range(count)])


def copy_statement(source: SSAValue, target: SSAValue) -> linalg.ops.GenericOp:
    """Return the statement that copies a memref to another of the same shape."""
    assert isinstance(source.type, ShapedType)
    rank = source.type.get_num_dims()
    identity = AffineMap.identity(rank)
    axes = [f"i{axis}" for axis in range(rank)]
    return statement([source], target, [identity] * 2, axes, (), lambda args: ([], args[0]))


def axis_names(names: Sequence[str]) -> ArrayAttr[StringAttr]:
    """Return the value of the attribute `AXES`."""
    return ArrayAttr([StringAttr(name) for name in names])


def zero(type_: Attribute) -> arith.ConstantOp:
    """Return the constant 0, for floats +0.0."""
    if isinstance(type_, AnyFloat):
        return arith.ConstantOp(FloatAttr(0.0, type_))
    assert is_integer(type_)
    return arith.ConstantOp(IntegerAttr(0, type_))


def require_static(op: Operation) -> None:
    """Raise a `UserError` if an operand or a result of `op` has a dynamic extent."""
    for value in (*op.operands, *op.results):
        if isinstance(value.type, ShapedType) and DYNAMIC_INDEX in value.type.get_shape():
            raise UserError(
                "dynamic extents are not supported; give static shapes",
                op,
                hint=f"'{op.name}' has an operand or result of {value.type}",
            )
