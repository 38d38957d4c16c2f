"""What `bufferize` asks of tensors: who writes them, who still needs them, reshapes as views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import TypeIs
from xdsl.dialects import linalg, memref, tensor
from xdsl.dialects.builtin import DenseArrayBase, MemRefType, i64
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from ..dialects.shapes import is_memref, is_tensor

Reshape: TypeAlias = tensor.CastOp | tensor.CollapseShapeOp | tensor.ExpandShapeOp


@dataclass(frozen=True)
class Statement:
    """An operation that writes tensors element by element, starting from others."""

    op: linalg.ops.GenericOp | linalg.ops.FillOp

    @classmethod
    def of(cls, op: Operation) -> "Statement | None":
        """Return the statement that `op` is on tensors, or None."""
        is_statement = isinstance(op, linalg.ops.GenericOp | linalg.ops.FillOp)
        return cls(op) if is_statement and op.res else None

    @property
    def inputs(self) -> Sequence[SSAValue]:
        """What is read."""
        return self.op.inputs

    @property
    def inits(self) -> Sequence[SSAValue]:
        """What the results start from, one per result."""
        return self.op.outputs

    def needs(self, number: int) -> bool:
        """Say whether result `number` depends on the elements that it starts from."""
        if isinstance(self.op, linalg.ops.FillOp):
            return False
        index = len(self.op.inputs) + number
        if self.op.body.block.args[index].uses:
            return True
        dims = self.op.indexing_maps.data[index].data.results
        covers = all(isinstance(dim, AffineDimExpr) for dim in dims) and len(set(dims)) == len(dims)
        return not covers

    def on(self, inputs: Sequence[SSAValue], targets: Sequence[SSAValue]) -> Operation:
        """Return the same statement on memrefs."""
        if isinstance(self.op, linalg.ops.FillOp):
            return linalg.ops.FillOp(inputs, targets, [], self.op.attributes.copy())
        new = linalg.ops.GenericOp(
            inputs,
            targets,
            self.op.body.clone(),
            self.op.indexing_maps,
            self.op.iterator_types,
            doc=self.op.doc,
            library_call=self.op.library_call,
        )
        new.attributes.update(self.op.attributes)
        return new


@dataclass(frozen=True)
class Uses:
    """When each tensor of a block is used for the last time, by itself or through reshapes."""

    positions: dict[Operation, int]
    last: dict[SSAValue, int]

    @classmethod
    def of(cls, block: Block) -> "Uses":
        """Return the uses in a straight-line block."""
        positions = {op: number for number, op in enumerate(block.ops)}
        last = {
            source_of(value): number for op, number in positions.items() for value in op.operands
        }
        return cls(positions, last)

    def can_overwrite(self, statement: Statement, init: SSAValue) -> bool:
        """Say whether the buffer of `init` may become that of the result.

        It must have been computed here, be of no use to others afterwards, and must not be another
        operand of the statement too, which would read what is written.
        """
        source = source_of(init)
        operands = [source_of(value) for value in statement.op.operands]
        return (
            isinstance(source.owner, Operation)
            and Statement.of(source.owner) is not None
            and self.last[source] == self.positions[statement.op]
            and operands.count(source) == 1
        )


def is_reshape(op: Operation) -> TypeIs[Reshape]:
    """Say whether the result has the elements of the operand in the same order in memory."""
    return isinstance(op, tensor.CastOp | tensor.CollapseShapeOp | tensor.ExpandShapeOp)


def source_of(value: SSAValue) -> SSAValue:
    """Return what `value` is a reshape of."""
    while isinstance(value.owner, Operation) and is_reshape(value.owner):
        value = value.owner.operands[0]
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
