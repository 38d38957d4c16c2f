"""Between blocks of operations on tensors and programs of statements, as rules rewrite them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xdsl.dialects import arith, linalg, tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
)
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ..dialects.errors import UserError
from ..dialects.shapes import is_tensor
from ..mapping.expression import (
    Apply,
    Constant,
    Operand,
    reads_coordinates,
    with_operands,
)
from ..mapping.statement import ASSIGN, Access, Statement, statement_of
from ..mapping.transform.program import Compute, Opaque, Program, Step, projection
from .affine import map_of
from .constant_arguments import is_constant_argument
from .generic import AXES, axis_names
from .scalar_expression import number, write_expression

CHAIN = "kernel.chain"
"""Name of the attribute that tells which rules made a statement."""


def chain_of(op: Operation) -> list[str]:
    """The rules that made a statement."""
    found = op.attributes.get(CHAIN)
    texts = found.data if isinstance(found, ArrayAttr) else ()
    return [text.data for text in texts if isinstance(text, StringAttr)]


@dataclass
class BlockProgram:
    """A block as a program: `origin` tells which operation a step is, `values` what a name is."""

    block: Block
    program: Program = field(init=False)
    origin: dict[Step, Operation] = field(default_factory=dict[Step, Operation])
    values: dict[str, SSAValue] = field(default_factory=dict[str, SSAValue])
    _names: dict[SSAValue, str] = field(default_factory=dict[SSAValue, str])

    def __post_init__(self) -> None:
        steps: list[Step] = []
        for index, op in enumerate(self.block.ops):
            step = self._compute(op) or self._opaque(op, index)
            self.origin[step] = op
            steps.append(step)
        constants = (name for name, value in self.values.items() if _is_known(value))
        self.program = Program(tuple(steps), frozenset(), frozenset(constants))

    def write(self, program: Program, chain_of: Callable[[Compute], Sequence[str]]) -> None:
        """Let the block be that of another program; new statements tell which rules made them."""
        order: list[Operation] = []
        for step in program.steps:
            old = self.origin.get(step)
            if old is not None:
                order.append(old)
                continue
            assert isinstance(step, Compute)
            ops = self._build(step, chain_of(step))
            order += ops
            self._define(step.name, ops[-1].results[0])
            hint = ops[-1].results[0].name_hint
            for value in (op.results[0] for op in ops[:-1]):  # what it starts from
                value.name_hint = value.name_hint or hint
        gone = [op for op in self.block.ops if op not in order]
        for op in self.block.ops:
            op.detach()
        self.block.add_ops(order)
        for op in reversed(gone):
            op.erase()
        _erase_unused(self.block)

    def chain(self, name: str) -> list[str]:
        """The rules that made the statement that defines a value."""
        owner = self.values[name].owner
        return chain_of(owner) if isinstance(owner, Operation) else []

    def _define(self, name: str, value: SSAValue) -> None:
        """Let a name be another value, everywhere."""
        old = self.values.get(name)
        if old is not None:
            value.name_hint = old.name_hint
            for op in (old.owner,) if isinstance(old.owner, Operation) else ():
                value.owner.location = op.location  # pyright: ignore[reportAttributeAccessIssue]
            old.replace_all_uses_with(value)
        else:
            value.name_hint = name
        self.values[name] = value

    def _name(self, value: SSAValue) -> str:
        """The name of a value, one of its own."""
        if value not in self._names:
            hint = value.name_hint or "v"
            name, count = hint, 0
            while name in self.values:
                count += 1
                name = f"{hint}_{count}"
            self._names[value] = name
            self.values[name] = value
        return self._names[value]

    def _opaque(self, op: Operation, index: int) -> Opaque:
        """An operation that no rule looks into, with everything that it and its regions read."""
        inside = {result for inner in op.walk() for result in inner.results}
        used = [value for inner in op.walk() for value in inner.operands if value not in inside]
        reads = dict.fromkeys(self._name(value) for value in used)
        return Opaque(index, tuple(reads), tuple(self._name(result) for result in op.results))

    def _compute(self, op: Operation) -> Compute | None:
        """The statement that an operation is; None where rules have nothing to do with it."""
        if not isinstance(op, linalg.ops.GenericOp) or len(op.res) != 1:
            return None
        if not all(is_tensor(value.type) for value in (*op.outputs, *op.results)):
            return None
        try:
            statement = statement_of(op)
        except UserError:
            return None
        if len(statement.inputs) != len(op.inputs) or reads_coordinates(statement.body):
            return None
        inputs = tuple(
            _renamed(access, self._name(value))
            for access, value in zip(statement.inputs, op.inputs, strict=True)
        )
        output = _renamed(statement.output, self._name(op.res[0]))
        named = Statement(
            statement.axes, inputs, output, statement.combine, statement.body, statement.guarded
        )
        return Compute(named, self._start(op.outputs[0], statement))

    def _start(self, init: SSAValue, statement: Statement) -> Constant | str | None:
        """What the elements of a result are before."""
        owner = init.owner
        if isinstance(owner, linalg.ops.FillOp):
            value = owner.inputs[0].owner
            if isinstance(value, arith.ConstantOp):
                constant = value.value
                if isinstance(constant, IntegerAttr | FloatAttr):
                    return Constant(constant.value.data, statement.output.element)
        if statement.combine == ASSIGN and isinstance(owner, tensor.EmptyOp):
            return None
        return self._name(init)

    def _build(self, step: Compute, chain: Sequence[str]) -> list[Operation]:
        """The operations of a statement; what defines its value comes last.

        Where an operand is only a part of a value, the statement is on a slice of that.
        """
        if _is_constant(step):
            return [_constant(step.statement)]
        ops: list[Operation] = []
        inputs: list[SSAValue] = []
        reads: list[Access] = []
        for have in step.statement.inputs:
            box = _box(have, step.statement)
            read, value = have, self.values[have.name]
            if box is not None:
                read = _in_box(have, *box)
                ops.append(_slice(value, *box))
                value = ops[-1].results[0]
            inputs.append(value)
            reads.append(read)
        statement = replace(step.statement, inputs=tuple(reads))
        box = _box(statement.output, statement) if statement.is_copy else None
        if box is not None:
            statement = replace(statement, output=_in_box(statement.output, *box))
        target = self._target(None if box else step.start, statement.output, ops)
        statement = _with_extents(statement)
        if len(inputs) < len(statement.inputs):
            window = statement.inputs[-1]
            ops.append(tensor.EmptyOp((), TensorType(window.element, window.shape)))
            inputs.append(ops[-1].results[0])
        generic = _generic(statement, inputs, target)
        generic.attributes[CHAIN] = ArrayAttr([StringAttr(text) for text in chain])
        ops.append(generic)
        if box is not None:
            whole = self._target(step.start, step.statement.output, ops)
            steps = [1] * len(box[0])
            ops.append(tensor.InsertSliceOp.get(generic.res[0], whole, box[1], box[0], steps))
        return ops

    def _target(
        self, start: Constant | str | None, access: Access, ops: list[Operation]
    ) -> SSAValue:
        """What a result starts from; appends the operations that make it."""
        if isinstance(start, str):
            return self.values[start]
        empty = tensor.EmptyOp((), TensorType(access.element, access.shape))
        ops.append(empty)
        if start is None:
            return empty.tensor
        constant = arith.ConstantOp(number(start.value, access.element))
        fill = linalg.ops.FillOp([constant.result], [empty.tensor], [empty.tensor.type])
        ops += [constant, fill]
        return fill.res[0]


def _generic(
    statement: Statement, inputs: Sequence[SSAValue], target: SSAValue
) -> linalg.ops.GenericOp:
    """The operation of a statement on these values."""
    parallel, reduction = IteratorTypeAttr.parallel(), IteratorTypeAttr.reduction()
    generic = linalg.ops.GenericOp(
        inputs,
        [target],
        _body(statement),
        [AffineMapAttr(map_of(have, len(statement.axes))) for have in statement.operands()],
        [reduction if axis.reduction else parallel for axis in statement.axes],
        [target.type],
    )
    generic.attributes[AXES] = axis_names([axis.name for axis in statement.axes])
    return generic


def _is_known(value: SSAValue) -> bool:
    """Whether a value is a constant tensor, or an argument that is the same at every call."""
    is_constant = isinstance(value.owner, arith.ConstantOp) or is_constant_argument(value)
    return is_constant and is_tensor(value.type)


def _is_constant(step: Compute) -> bool:
    """Whether a step gives all elements of a value one number."""
    statement = step.statement
    is_number = statement.combine == ASSIGN and isinstance(statement.body, Constant)
    return is_number and step.start is None and statement.output.own_axes is not None


def _constant(statement: Statement) -> arith.ConstantOp:
    """The tensor whose elements are all one number."""
    assert isinstance(statement.body, Constant)
    kind: TensorType[Any] = TensorType(statement.output.element, statement.output.shape)
    return arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(kind, [statement.body.value]))


def _box(access: Access, statement: Statement) -> tuple[list[int], list[int]] | None:
    """Where the part of an operand that a statement touches begins, and its extents.

    None where all of it must stand there: nothing is cut off but what an offset or an axis leaves.
    """
    lows, sizes, cuts = list[int](), list[int](), False
    for row, first, size in zip(access.matrix, access.offset, access.shape, strict=True):
        spans = [c * (axis.extent - 1) for c, axis in zip(row, statement.axes, strict=True)]
        low = first + sum(min(span, 0) for span in spans)
        extent = sum(map(abs, spans)) + 1
        alone = sum(map(bool, row)) <= 1 and max(row, default=0) <= 1
        cuts |= first != 0 or (alone and extent != size)
        lows.append(low)
        sizes.append(extent)
    return (lows, sizes) if cuts and not statement.guarded else None


def _in_box(access: Access, lows: Sequence[int], sizes: Sequence[int]) -> Access:
    """The access when only a part of the operand is there."""
    offset = tuple(first - low for first, low in zip(access.offset, lows, strict=True))
    return replace(access, offset=offset, shape=tuple(sizes))


def _slice(value: SSAValue, lows: Sequence[int], sizes: Sequence[int]) -> Operation:
    """The part of a tensor."""
    assert is_tensor(value.type)
    return tensor.ExtractSliceOp(
        value, lows, sizes, [1] * len(lows), TensorType(value.type.element_type, sizes)
    )


def _with_extents(statement: Statement) -> Statement:
    """The statement with one more input, which nothing reads, if some axes only occur in sums.

    As for the window of a pooling, `linalg.generic` wants an operand that has such an axis alone.
    """
    alone = {
        axis
        for access in statement.operands()
        for row, first in zip(access.matrix, access.offset, strict=True)
        for axis in range(len(row))
        if not first and row == tuple(int(other == axis) for other in range(len(row)))
    }
    missing = [axis for axis in range(len(statement.axes)) if axis not in alone]
    if not missing:
        return statement
    window = projection("window", statement.output, statement.axes, missing)
    first = len(statement.inputs)  # what is from there on is one further up
    body = with_operands(statement.body, lambda index: Operand(index + (index >= first)))
    return replace(statement, inputs=(*statement.inputs, window), body=body)


def _renamed(access: Access, name: str) -> Access:
    return Access(name, access.element, access.matrix, access.offset, access.shape)


def _body(statement: Statement) -> Region:
    """The body of a statement."""
    types: list[Attribute] = [access.element for access in statement.operands()]
    block = Block(arg_types=types)
    expr = statement.body
    if statement.combine != ASSIGN:
        old = Operand(len(statement.inputs))
        expr = Apply(statement.combine, (old, expr), statement.output.element)
    result = write_expression(expr, block.args, block.add_op)
    block.add_op(linalg.ops.YieldOp(result))
    return Region(block)


def _erase_unused(block: Block) -> None:
    """Erase what makes tensors and constants that nobody uses any more."""
    pure = (tensor.EmptyOp, linalg.ops.FillOp, linalg.ops.GenericOp, arith.ConstantOp)
    for op in reversed(list(block.ops)):
        if isinstance(op, pure) and op.results and not any(result.uses for result in op.results):
            op.detach()
            op.erase()
