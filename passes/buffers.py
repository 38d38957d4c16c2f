"""What `bufferize` asks of tensors: who writes them, who still needs them, and their views."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias, cast

from typing_extensions import TypeIs
from xdsl.dialects import linalg, memref, scf, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, MemRefType, i64
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from ..dialects.shapes import is_memref, is_tensor, shape_of
from .linear_form import Linear
from .window import Window

Reshape: TypeAlias = tensor.CastOp | tensor.CollapseShapeOp | tensor.ExpandShapeOp

Slice: TypeAlias = tensor.ExtractSliceOp | tensor.InsertSliceOp


@dataclass(frozen=True)
class Statement:
    """An operation that writes tensors, starting from others: elements, a window, or in a loop."""

    op: linalg.ops.GenericOp | linalg.ops.FillOp | tensor.InsertSliceOp | scf.ForOp

    @classmethod
    def of(cls, op: Operation) -> "Statement | None":
        """Return the statement that `op` is on tensors, or None."""
        writes = isinstance(
            op, linalg.ops.GenericOp | linalg.ops.FillOp | tensor.InsertSliceOp | scf.ForOp
        )
        return cls(op) if writes and op.results else None

    @property
    def inputs(self) -> Sequence[SSAValue]:
        """What is read, other than by what is inside a loop."""
        if isinstance(self.op, tensor.InsertSliceOp):
            return [self.op.source]
        return [] if isinstance(self.op, scf.ForOp) else self.op.inputs

    @property
    def inits(self) -> Sequence[SSAValue]:
        """What the results start from, one per result."""
        if isinstance(self.op, tensor.InsertSliceOp):
            return [self.op.dest]
        return self.op.iter_args if isinstance(self.op, scf.ForOp) else self.op.outputs

    def needs(self, number: int) -> bool:
        """Say whether result `number` depends on the elements that it starts from."""
        if isinstance(self.op, linalg.ops.FillOp):
            return False
        if isinstance(self.op, tensor.InsertSliceOp):
            return shape_of(self.op.source) != shape_of(self.op.dest)
        if isinstance(self.op, scf.ForOp):
            return True
        index = len(self.op.inputs) + number
        if self.op.body.block.args[index].uses:
            return True
        dims = self.op.indexing_maps.data[index].data.results
        covers = all(isinstance(dim, AffineDimExpr) for dim in dims) and len(set(dims)) == len(dims)
        return not covers


def on_memrefs(
    op: linalg.ops.GenericOp | linalg.ops.FillOp,
    inputs: Sequence[SSAValue],
    targets: Sequence[SSAValue],
) -> Operation:
    """Return the same statement on memrefs."""
    if isinstance(op, linalg.ops.FillOp):
        return linalg.ops.FillOp(inputs, targets, [], op.attributes.copy())
    new = linalg.ops.GenericOp(
        inputs,
        targets,
        op.body.clone(),
        op.indexing_maps,
        op.iterator_types,
        doc=op.doc,
        library_call=op.library_call,
    )
    new.attributes.update(op.attributes)
    return new


@dataclass(frozen=True)
class Uses:
    """When each tensor is used for the last time in a block, by itself or through views."""

    block: Block
    positions: dict[Operation, int]
    last: dict[SSAValue, int]
    own: Set[SSAValue]

    @classmethod
    def of(cls, block: Block, own: Sequence[SSAValue] = ()) -> "Uses":
        """Return the uses in a block and in the loops inside.

        Args:
            block: The block.
            own: Those of its arguments that may be overwritten.
        """
        positions = {op: number for number, op in enumerate(block.ops)}
        last = {
            source_of(value): number
            for op, number in positions.items()
            for inner in op.walk()
            for value in inner.operands
        }
        return cls(block, positions, last, frozenset(own))

    def can_overwrite(self, statement: Statement, init: SSAValue) -> bool:
        """Say whether the buffer of `init` may become that of the result.

        It must have been computed in this block, be of no use to others afterwards, and must not be
        another operand of the statement too, which would read what is written.
        """
        source = source_of(init)
        operands = [source_of(value) for op in statement.op.walk() for value in op.operands]
        return (
            (source in self.own or self._is_computed(source))
            and reshaped_of(init) is source
            and self.last[source] == self.positions[statement.op]
            and operands.count(source) == 1
        )

    def _is_computed(self, source: SSAValue) -> bool:
        """Say whether a statement of this block computes a tensor."""
        op = source.owner
        if not isinstance(op, Operation) or op.parent is not self.block:
            return False
        return Statement.of(op) is not None


def is_reshape(op: Operation) -> TypeIs[Reshape]:
    """Say whether the result has the elements of the operand in the same order in memory."""
    return isinstance(op, tensor.CastOp | tensor.CollapseShapeOp | tensor.ExpandShapeOp)


def reshaped_of(value: SSAValue) -> SSAValue:
    """Return what `value` is a reshape of."""
    while isinstance(value.owner, Operation) and is_reshape(value.owner):
        value = value.owner.operands[0]
    return value


def source_of(value: SSAValue) -> SSAValue:
    """Return what `value` is a reshape or a slice of."""
    value = reshaped_of(value)
    while isinstance(value.owner, tensor.ExtractSliceOp):
        value = reshaped_of(value.owner.source)
    return value


def memref_like(type_: Attribute) -> MemRefType[Attribute]:
    """Return the contiguous memref type for a tensor type."""
    assert is_tensor(type_)
    return MemRefType(type_.element_type, type_.shape)


def reshape(op: Reshape, buffer: SSAValue) -> Operation:
    """Return the view of `buffer` that corresponds to a reshape of a tensor."""
    return _view(op, buffer, memref_like(op.results[0].type))


def undo_reshape(op: Reshape, buffer: SSAValue) -> Operation:
    """Return the view of the result's buffer that has the shape of the operand."""
    return _view(op, buffer, memref_like(op.operands[0].type))


def _view(op: Reshape, buffer: SSAValue, to: MemRefType[Attribute]) -> Operation:
    """Return the view of `buffer` as `to`; collapsing and expanding group dimensions alike."""
    assert not isinstance(op, tensor.CastOp)
    assert is_memref(buffer.type)
    properties: dict[str, Attribute] = {"reassociation": op.reassociation}
    if to.get_num_dims() <= buffer.type.get_num_dims():
        return memref.CollapseShapeOp.build(
            operands=[buffer], result_types=[to], properties=properties
        )
    properties["static_output_shape"] = DenseArrayBase.from_list(i64, to.get_shape())
    return memref.ExpandShapeOp.build(
        operands=[buffer, []], result_types=[to], properties=properties
    )


def slice_window(op: Slice, buffer: SSAValue) -> Window:
    """Return the window of `buffer` that a slice takes, of the rank of the slice's small side."""
    dynamic = iter(op.offsets)
    offsets = [
        next(dynamic) if offset == DYNAMIC_INDEX else int(offset)
        for offset in cast("Sequence[int]", op.static_offsets.get_values())
    ]
    sizes = cast("Sequence[int]", op.static_sizes.get_values())
    strides = cast("Sequence[int]", op.static_strides.get_values())
    part = op.result if isinstance(op, tensor.ExtractSliceOp) else op.source
    window = Window.of(buffer)
    index: list[Linear] = []
    for form in window.index:
        moved = Linear(tuple(c * s for c, s in zip(form.dims, strides, strict=True)), form.terms)
        moved = moved.plus(form.constant, 1)
        for factor, offset in zip(form.dims, offsets, strict=True):
            moved = moved.plus(offset, factor)
        index.append(moved)
    whole = Window(window.base, tuple(sizes), tuple(index))
    return whole.select(_kept(sizes, shape_of(part)))


def _kept(sizes: Sequence[int], shape: Sequence[int]) -> list[int]:
    """Return which of a slice's dimensions its result has: all, but for some of extent 1."""
    kept: list[int] = []
    surplus = len(sizes) - len(shape)
    for dim, size in enumerate(sizes):
        wanted = shape[len(kept)] if len(kept) < len(shape) else None
        if size == 1 and surplus and (wanted != 1 or len(sizes) - dim > len(shape) - len(kept)):
            surplus -= 1
        else:
            kept.append(dim)
    return kept
