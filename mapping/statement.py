"""Statements: what `linalg.generic` says, as plain immutable data.

A statement is an iteration domain (named axes with extents), one affine access per operand, a
scalar body and a combining operator. Kernels and instructions are both read into this form by
`statement_of`; everything else in this package works on it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, AnyFloat, ArrayAttr, StringAttr
from xdsl.dialects.linalg.attrs import IteratorType
from xdsl.dialects.linalg.ops import CopyOp, FillOp, GenericOp, YieldOp
from xdsl.ir import Attribute, Operation, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp
from ..dialects.isa.statement import AXES, axes_of, most_of
from ..dialects.kernel import ContractOp
from ..dialects.linalg import MapOp
from .access import Access, access_of, check_range, with_bounds
from .expression import (
    COMBINERS,
    Apply,
    BodyReader,
    Constant,
    Coordinate,
    Expr,
    Operand,
    Parameter,
    constant_of,
    is_parameter,
    operands_in,
    reads,
    split_accumulation,
)

__all__ = [
    "ASSIGN",
    "COMBINERS",
    "Access",
    "Apply",
    "Axis",
    "Constant",
    "Coordinate",
    "Expr",
    "Operand",
    "Statement",
    "instruction_statement",
    "operands_in",
    "statement_of",
]

ASSIGN = "assign"
"""The combining operator of a statement that overwrites its output."""


@dataclass(frozen=True)
class Axis:
    """One loop of a statement: its name, its extent, and whether it reduces."""

    name: str
    extent: int
    reduction: bool


@dataclass(frozen=True)
class Statement:
    """A loop nest: at every point of the axes, `output = combine(output, body(inputs))`.

    `combine` is `"assign"` or one of `COMBINERS`; when it `overwrites`, a combining starts afresh
    instead of from the output's old value. If the body reads the output's old value other than by
    accumulating, the output is listed once more, as the last of `inputs`. When `guarded`, reads
    outside an operand's shape give zero and writes outside are dropped.
    """

    axes: tuple[Axis, ...]
    inputs: tuple[Access, ...]
    output: Access
    combine: str
    body: Expr
    guarded: bool = False
    overwrites: bool = False

    def __hash__(self) -> int:
        """A hash of what tells most statements apart: they are the keys of many memos."""
        return hash((self.combine, self.body, self.output.shape, self.output.matrix))

    @property
    def accumulates(self) -> bool:
        """Whether the output's old value takes part."""
        return self.combine != ASSIGN and not self.overwrites

    @property
    def is_copy(self) -> bool:
        """Whether the statement moves values without computing: a copy, or a fill by a number."""
        return self.combine == ASSIGN and isinstance(self.body, Operand | Constant | Parameter)

    def axis_index(self, name: str) -> int:
        """The position of the axis of that name; raises KeyError when there is none."""
        for index, axis in enumerate(self.axes):
            if axis.name == name:
                return index
        raise KeyError(name)

    @property
    def extents(self) -> dict[str, int]:
        """The extents of the axes by name."""
        return {axis.name: axis.extent for axis in self.axes}

    def axes_over(self, access: Access) -> tuple[int, ...] | None:
        """The axis along each dimension of an operand, if all of it is touched, element by element."""
        axes = access.own_axes
        if axes is None or tuple(self.axes[axis].extent for axis in axes) != access.shape:
            return None
        return axes

    def operands(self) -> tuple[Access, ...]:
        """The inputs and, last, the output."""
        return (*self.inputs, self.output)

    @property
    def sized_axes(self) -> tuple[int, ...]:
        """The axes of an instruction of which it also does less: all operands may be shorter there."""
        return tuple(
            axis
            for axis in range(len(self.axes))
            if all(access.is_bounded_along(axis) for access in self.operands())
        )

    def sized(self, extents: Sequence[int]) -> Statement:
        """The same instruction doing less of the axes that may be shorter: its operands lie as before."""
        axes = [replace(axis, extent=n) for axis, n in zip(self.axes, extents, strict=True)]
        inputs = tuple(access.sized(extents) for access in self.inputs)
        return replace(self, axes=tuple(axes), inputs=inputs, output=self.output.sized(extents))


def statement_of(op: Operation) -> Statement:
    """Read a `kernel.contract`, or a generic, map, copy or fill of `linalg`, as a statement.

    Operands may be tensors or memrefs. Names of operands are the user's SSA names, names of axes
    come from the attribute `kernel.axes` (`d0`, `d1`, ... without it).

    Raises:
        UserError: It is no statement, for instance because an access is not affine; the message
            says why.
    """
    if isinstance(op, ContractOp):
        return _contraction(op)
    if isinstance(op, GenericOp | MapOp | CopyOp | FillOp):
        return _structured(op)
    raise UserError(f"'{op.name}' is not a statement; expected linalg.generic", op)


@lru_cache(maxsize=4096)
def instruction_statement(instruction: InstructionOp) -> Statement:
    """What an instruction of a machine does; read once, because machines do not change."""
    return statement_of(instruction.statement)


def _structured(op: GenericOp | MapOp | CopyOp | FillOp) -> Statement:
    """Read one of the linalg operations."""
    if len(op.outputs) != 1:
        raise UserError(f"a statement writes one output, this one writes {len(op.outputs)}", op)
    maps = [attribute.data for attribute in op.get_indexing_maps()]
    values = (*op.inputs, *op.outputs)
    accesses = [access_of(*pair, op) for pair in zip(values, maps, _defaults(values), strict=True)]
    guarded = op.get_attr_or_prop("guarded") is not None
    kinds = [kind.data is IteratorType.REDUCTION for kind in op.get_iterator_types()]
    names = _axis_names(op, len(kinds))
    extents = _extents(accesses, len(kinds), names, op)
    axes = [Axis(*axis) for axis in zip(names, extents, kinds, strict=True)]
    yielded = op.body.block.last_op
    if not isinstance(yielded, YieldOp) or len(yielded.operands) != 1:
        raise UserError("the body of a statement yields one value", op)
    inputs, output = tuple(accesses[:-1]), accesses[-1]
    body = BodyReader(op.body.block, op).read(yielded.operands[0])
    if isinstance(op, CopyOp | FillOp) and output.element != type_of(body, inputs):
        raise UserError(f"'{op.name}' converts to {output.element}; use linalg.generic", op)
    if isinstance(op, FillOp):
        value = op.inputs[0]
        if isinstance(value.owner, arith.ConstantOp):
            body, inputs = constant_of(value.owner, op), ()
        elif is_parameter(value):
            body, inputs = Parameter(value.name_hint or "", value.type), ()
    return _checked(axes, inputs, output, body, guarded, op)


def _contraction(op: ContractOp) -> Statement:
    """Read a contraction: the product of the widened inputs, summed."""
    spec, most = op.spec, most_of(op)
    extents = {axis: most.get(axis, size) for axis, size in op.extents.items()}
    values = (*op.inputs, op.output)
    described = zip(values, op.indexing_maps, _defaults(values), strict=True)
    accesses = [access_of(*pair, op) for pair in described]
    output = accesses[-1]
    for axis, extent in extents.items():
        if extent == DYNAMIC_INDEX:
            raise UserError(f"no operand gives the extent of axis '{axis}'", op)
    axes = [Axis(name, extent, name in spec.reductions) for name, extent in extents.items()]
    is_float = isinstance(output.element, AnyFloat)
    factors: list[Expr] = []
    for index, access in enumerate(accesses[:-1]):
        widening = "arith.extf" if is_float else "arith.extsi"
        if op.is_unsigned(index):
            widening = "arith.extui"
        leaf = Operand(index)
        same = access.element == output.element
        factors.append(leaf if same else Apply(widening, (leaf,), output.element))
    body = factors[0]
    for factor in factors[1:]:
        body = Apply("arith.mulf" if is_float else "arith.muli", (body, factor), output.element)
    if op.accumulator is not None or any(axis.reduction for axis in axes):
        add = "arith.addf" if is_float else "arith.addi"
        body = Apply(add, (Operand(len(op.inputs)), body), output.element)
    inputs = tuple(accesses[:-1])
    statement = _checked(axes, inputs, output, body, op.guarded is not None, op)
    fresh = op.accumulator is None and statement.combine != ASSIGN
    return replace(statement, overwrites=fresh)


def _checked(
    axes: list[Axis],
    inputs: tuple[Access, ...],
    output: Access,
    body: Expr,
    guarded: bool,
    op: Operation,
) -> Statement:
    """Make the statement of a body in which `Operand(len(inputs))` is the output's old value."""
    extents = [axis.extent for axis in axes]
    inputs = tuple(with_bounds(access, extents) for access in inputs)
    output = with_bounds(output, extents)
    parts = split_accumulation(body, len(inputs))
    combine, body = parts if parts is not None else (ASSIGN, body)
    if parts is None and reads(body, len(inputs)):
        inputs = (*inputs, output)
    reducing = [axis for i, axis in enumerate(axes) if axis.extent > 1 and not output.touches(i)]
    if reducing and combine == ASSIGN:
        raise UserError(
            f"axis {reducing[0].name} does not index {output.name}, but the body does not combine "
            f"it with the old value by an associative operator",
            op,
        )
    if not guarded:
        for access in (*inputs, output):
            check_range(access, extents, op)
    return Statement(tuple(axes), inputs, output, combine, body, guarded)


def type_of(expr: Expr, inputs: Sequence[Access]) -> Attribute | None:
    """The type of an expression; None for a coordinate."""
    if isinstance(expr, Operand):
        return inputs[expr.index].element
    return None if isinstance(expr, Coordinate) else expr.type


def _defaults(values: Sequence[SSAValue]) -> list[str]:
    """Names for operands that the user did not name."""
    return [*(f"in{i}" for i in range(len(values) - 1)), "out"]


def _axis_names(op: Operation, count: int) -> list[str]:
    """The names of the loops."""
    names = op.attributes.get(AXES)
    if names is None:
        return list(axes_of(op))
    labels: list[str] = []
    if isinstance(names, ArrayAttr):
        entries = cast(Sequence[Attribute], names.data)
        labels = [name.data for name in entries if isinstance(name, StringAttr)]
    if len(labels) != count or len(set(labels)) != count:
        raise UserError(f"kernel.axes must give {count} different names, one per loop", op)
    return labels


def _extents(accesses: Iterable[Access], count: int, names: list[str], op: Operation) -> list[int]:
    """The extent of every axis, from the dimensions that it alone indexes."""
    most = most_of(op)
    extents = [most.get(name, DYNAMIC_INDEX) for name in names]
    for access in accesses:
        places = zip(access.axes, access.matrix, access.offset, access.shape, strict=False)
        for axes, row, first, size in places:
            if len(axes) == 1 and row[axes[0]] == 1 and first == 0:
                extents[axes[0]] = max(extents[axes[0]], size)
    for axis, extent in enumerate(extents):
        if extent == DYNAMIC_INDEX:
            raise UserError(f"no operand gives the extent of axis '{names[axis]}'", op)
    return extents
