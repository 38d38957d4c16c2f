"""What the `isa` dialect must know of a statement operation: its operands, its loops, its kind.

A statement is `kernel.contract`, `linalg.generic`, `linalg.map`, `linalg.copy` or `linalg.fill` on
memrefs; its last operand is its output. The dialects of these operations are only loaded when one is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import DYNAMIC_INDEX, ArrayAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from .windows import memref_of

if TYPE_CHECKING:
    from ..kernel import ContractOp

STATEMENTS = ("kernel.contract", "linalg.generic", "linalg.map", "linalg.copy", "linalg.fill")
"""Names of the operations that an instruction's body may be."""


AXES = "kernel.axes"
"""The attribute of a `linalg.generic` that names its loops, outermost first."""


def memory_name(type: Attribute) -> str | None:
    """The name of the memory that a memref lives in, or None where its type names none."""
    memref = memref_of(type)
    if memref is None or not isinstance(memref.memory_space, SymbolRefAttr):
        return None
    return memref.memory_space.string_value().rsplit(".", 1)[-1]


def is_statement(op: Operation) -> bool:
    """Whether the operation is one that an instruction's body may be."""
    return op.name in STATEMENTS


def output_of(op: Operation) -> SSAValue:
    """The operand that a statement writes: its last."""
    return op.operands[-1]


def inputs_of(op: Operation) -> tuple[SSAValue, ...]:
    """The operands that a statement only reads."""
    return tuple(op.operands[:-1])


def output_count(op: Operation) -> int:
    """How many operands a statement writes; more than one is an error of the user's."""
    from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation

    return len(op.outputs) if isinstance(op, LinalgStructuredOperation) else 1


def is_guarded(op: Operation) -> bool:
    """Whether reads outside an operand give zero and writes outside are dropped."""
    return op.get_attr_or_prop("guarded") is not None


def indexing_maps(op: Operation) -> tuple[AffineMap, ...]:
    """Per operand of a statement, the map from its loops to the operand's elements."""
    if op.name == "kernel.contract":
        return _contraction(op).indexing_maps
    from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation

    assert isinstance(op, LinalgStructuredOperation)
    return tuple(attribute.data for attribute in op.get_indexing_maps())


def axes_of(op: Operation) -> tuple[str, ...]:
    """The names of a statement's loops in its own order.

    Where it gives none, the `extents` of the instruction around it do if they are as many; else
    they are `d0`, `d1`, ...
    """
    if op.name == "kernel.contract":
        return tuple(_contraction(op).extents)
    names = op.attributes.get(AXES)
    if isinstance(names, ArrayAttr):
        return tuple(name.data for name in names if isinstance(name, StringAttr))
    count, named = indexing_maps(op)[-1].num_dims, tuple(most_of(op))
    return named if len(named) == count else tuple(f"d{i}" for i in range(count))


def extents_of(op: Operation) -> tuple[int, ...]:
    """The extents of a statement's loops in its own order; `DYNAMIC_INDEX` where none is known.

    A loop is as long as the longest operand that it indexes alone, or as an instruction around it
    says.
    """
    maps = indexing_maps(op)
    most = most_of(op)
    extents = [most.get(axis, DYNAMIC_INDEX) for axis in axes_of(op)]
    for operand, map in zip(op.operands, maps, strict=True):
        for size, expr in zip(shape_of(operand), map.results, strict=True):
            if isinstance(expr, AffineDimExpr):
                extents[expr.position] = max(extents[expr.position], size)
    return tuple(extents)


def most_of(op: Operation) -> Mapping[str, int]:
    """The most of a statement's loops that the instruction around it does, where it also does less."""
    from .instruction import InstructionOp

    around = op.parent_op()
    return around.most if isinstance(around, InstructionOp) else {}


def constant_of(op: Operation) -> Attribute | None:
    """The constant that a statement fills its output with, or None where it does anything else."""
    from xdsl.dialects.arith import ConstantOp

    value = None
    if op.name == "linalg.fill":
        value = op.operands[0]
    elif op.name == "linalg.generic" and not inputs_of(op):
        value = _yielded(op.regions[0].block)
    if value is None or not isinstance(value.owner, ConstantOp):
        return None
    return value.owner.value


def is_move(op: Operation) -> bool:
    """Whether a statement only copies its one input or fills its output with a number or a parameter."""
    if constant_of(op) is not None or op.name == "linalg.fill":
        return True
    inputs = inputs_of(op)
    if not inputs and op.name == "linalg.generic":
        filled = _yielded(op.regions[0].block)
        own = op.regions[0].block
        return filled is not None and isinstance(filled.owner, Block) and filled.owner is not own
    if len(inputs) != 1 or element_of(inputs[0]) != element_of(output_of(op)):
        return False
    maps = indexing_maps(op)
    if not maps[-1].used_dims() >= set(range(maps[-1].num_dims)):
        return False
    match op.name:
        case "linalg.copy":
            return True
        case "kernel.contract":
            return _contraction(op).destination is not None
        case "linalg.generic" | "linalg.map":
            block = op.regions[0].block
            return _yielded(block) is block.args[0]
        case _:
            return False


def _contraction(op: Operation) -> ContractOp:
    """The operation as what its name says it is."""
    from ..kernel import ContractOp

    assert isinstance(op, ContractOp)
    return op


def _yielded(block: Block) -> SSAValue | None:
    """The value that a body yields."""
    return block.last_op.operands[0] if block.last_op and block.last_op.operands else None


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """The extents of a memref, none for a scalar."""
    memref = memref_of(value.type)
    return () if memref is None else memref.get_shape()


def element_of(value: SSAValue) -> Attribute:
    """The element type of a memref, or the type of a scalar."""
    memref = memref_of(value.type)
    return value.type if memref is None else memref.element_type
