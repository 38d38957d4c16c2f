"""What a kernel must compute, straight from its text, with a tolerance for every element.

Independent of everything that it checks: it shares no code with the interpreter, the mapper or the
passes, only the calling convention. Floats are computed in double precision, integers exactly with
wrap-around at the end of every operation. The tolerance is a proven bound, not a guess: see
`bounded.py`, whose sums follow Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, func, linalg, memref, tensor
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, MemRefType, ModuleOp, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import IRDLOperation

from ..dialects.errors import UserError
from ..dialects.kernel import ContractOp
from ..dialects.linalg import SoftmaxOp
from ..simulator.signature import entry_function, signature_of
from .bounded import Array, Bounded, exact, is_integer, wrapped
from .bounded_operations import evaluate
from .quantity import Quantity
from .reference_kernels import KERNELS, named_operands, unsigned_names
from .reference_linalg import rule_of, softmax
from .reference_statements import Statement, contract, domain_of


def reference(
    module: ModuleOp, entry: str | None, arrays: Sequence[Array]
) -> list[tuple[Array, Array]]:
    """Compute a kernel's results, and how far correct results may be from them.

    Args:
        module: A module at the kernel level: `kernel.*`, `linalg.*`, `tensor.*`, `memref.*`.
        entry: The name of the function; None for the only one.
        arrays: One array per input; they are not changed.

    Returns:
        Per output the expected values (`float64`, `int64` or `bool`) and the largest absolute
        errors, which are zero for integers.

    Raises:
        UserError: An operation is not known at the kernel level.
    """
    function = entry_function(module, entry)
    parameters = signature_of(function).parameters[: len(function.args)]
    given = iter(arrays)
    values: dict[SSAValue, Bounded] = {
        argument: exact(next(given)) if parameter.given else _unwritten(argument.type)
        for argument, parameter in zip(function.args, parameters, strict=True)
    }
    with np.errstate(all="ignore"):
        results = _Evaluation(dict(values)).function(function)
    written = [
        values[argument]
        for argument, parameter in zip(function.args, parameters, strict=True)
        if parameter.returned
    ]
    return [(result.value, result.error) for result in (*written, *results)]


def _shape(type_: Attribute) -> tuple[int, ...]:
    """Return the shape of a tensor, memref or scalar type."""
    return type_.get_shape() if isinstance(type_, TensorType | MemRefType) else ()


def _element(type_: Attribute) -> Attribute:
    """Return the element type of a tensor or memref type, any other as it is."""
    if isinstance(type_, TensorType | MemRefType):
        return cast("TensorType[Attribute] | MemRefType[Attribute]", type_).element_type
    return type_


def _unwritten(type_: Attribute) -> Bounded:
    """Return what nobody has written yet: NaN, or a number that stands out."""
    element = _element(type_)
    value = wrapped(np.array(0x5A5A5A5A), element) if is_integer(element) else np.array(np.nan)
    return _filled(_shape(type_), value, np.array(0.0))


def _filled(shape: tuple[int, ...], value: Array, error: Array) -> Bounded:
    """Return an array full of one number."""
    return Bounded(np.full(shape, value), np.full(shape, error, np.float64))


def _copy(source: Bounded) -> Bounded:
    """Return numbers in memory of their own."""
    return Bounded(source.value.copy(), source.error.copy())


class _Evaluation:
    """The values of one function, computed in the order of its text."""

    def __init__(self, values: dict[SSAValue, Bounded]) -> None:
        self.values = values

    def function(self, function: func.FuncOp) -> list[Bounded]:
        """Run a function whose arguments are known; returns its results."""
        for op in function.body.block.ops:
            if isinstance(op, func.ReturnOp):
                return [self.values[value] for value in op.operands]
            results = self._run(op)
            self.values.update(zip(op.results, results, strict=True))
        return []

    def _run(self, op: Operation) -> Sequence[Bounded]:
        """Compute the results of one operation of a kernel."""
        operands = [self.values[value] for value in op.operands]
        if isinstance(op, linalg.ops.FillOp):
            return self._written(
                op, operands[1:], [_filled(operands[1].value.shape, *_pair(operands[0]))]
            )
        if isinstance(op, SoftmaxOp):
            result = softmax(op, operands[0], _element(op.input.type))
            return self._written(op, operands[1:], [result])
        if isinstance(op, LinalgStructuredOperation) and (rule := rule_of(op.name)) is not None:
            types = [_element(value.type) for value in op.operands]
            result = rule(op, list(map(Quantity, operands, types)))
            return self._written(op, operands[len(op.inputs) :], [result.number])
        if isinstance(op, LinalgStructuredOperation | linalg.ops.ReduceOp | linalg.ops.BroadcastOp):
            return self._statement(op, operands)
        if isinstance(op, ContractOp):
            return self._contraction(op, operands)
        if (rule := _RULES.get(type(op))) is not None:
            return rule(op, operands)
        if op.name.startswith(("arith.", "math.")):
            return [evaluate(op, operands)]
        raise UserError(f"the reference does not know '{op.name}': check at the kernel level", op)

    def _written(
        self, op: Operation, targets: Sequence[Bounded], values: Sequence[Bounded]
    ) -> Sequence[Bounded]:
        """Return the results of a statement on tensors, or write those of one on memrefs."""
        if op.results:
            return values
        for target, value in zip(targets, values, strict=True):
            target.value[...] = value.value
            target.error[...] = value.error
        return []

    def _statement(self, op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
        """Compute a statement of `linalg`."""
        if isinstance(op, LinalgStructuredOperation):
            inputs, body = len(op.inputs), op.body.block
            maps = [attribute.data for attribute in op.get_indexing_maps()]
        else:
            assert isinstance(op, linalg.ops.ReduceOp | linalg.ops.BroadcastOp)
            inputs, body, maps = 1, op.regions[0].block, _maps_of(op, operands)
        domain = domain_of(maps, [operand.value.shape for operand in operands])
        results = Statement(domain, inputs, body, self._outside).run(operands)
        return self._written(op, operands[inputs:], results)

    def _outside(self, value: SSAValue) -> Bounded:
        """Return a value that a body uses: a constant of its own, or one from around it."""
        if isinstance(value.owner, arith.ConstantOp):
            return _constant(value.owner, [])[0]
        return self.values[value]

    def _contraction(self, op: ContractOp, operands: Sequence[Bounded]) -> Sequence[Bounded]:
        """Compute `kernel.contract`."""
        if op.guarded is not None:
            raise UserError("the reference does not know guarded contractions", op)
        count, element = len(op.inputs), _element(op.output.type)
        factors = [
            _as_unsigned(factor, value.type) if op.is_unsigned(number) else factor
            for number, (factor, value) in enumerate(zip(operands[:count], op.inputs, strict=True))
        ]
        target = list(operands[count:])
        if op.accumulator is not None:
            start = target[0]
        else:
            zero = np.array(0 if is_integer(element) else 0.0)
            start = _filled(_shape(op.output.type), zero, np.array(0.0))
        shapes = [value.value.shape for value in (*factors, start)]
        domain = domain_of(op.indexing_maps, shapes)
        return self._written(op, target, [contract(domain, factors, start, element)])


def _pair(number: Bounded) -> tuple[Array, Array]:
    """Return value and error."""
    return number.value, number.error


def _maps_of(
    op: linalg.ops.ReduceOp | linalg.ops.BroadcastOp, operands: Sequence[Bounded]
) -> list[AffineMap]:
    """Return the accesses of a reduction or a broadcast: one side lacks some dimensions."""
    rank = max(operand.value.ndim for operand in operands)
    whole = AffineMap.identity(rank)
    lacking = op.dimensions.get_values()
    part = AffineMap(rank, 0, tuple(e for i, e in enumerate(whole.results) if i not in lacking))
    return [whole, part] if isinstance(op, linalg.ops.ReduceOp) else [part, whole]


def _as_unsigned(number: Bounded, type_: Attribute) -> Bounded:
    """Read integers as unsigned."""
    bits = int(str(_element(type_))[1:])
    return Bounded(number.value & (2**bits - 1), number.error)


def _constant(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute `arith.constant`."""
    assert isinstance(op, arith.ConstantOp)
    attribute = cast(Any, op.value)
    element = _element(op.result.type)
    if isinstance(attribute, DenseIntOrFPElementsAttr):
        raw = np.array(cast(Any, attribute).get_values())
        number = np.broadcast_to(raw, np.prod(_shape(op.result.type), dtype=int))
        number = number.reshape(_shape(op.result.type))
    else:
        number = np.array(attribute.value.data)
    if str(element) == "i1":
        number = number != 0
    elif is_integer(element):
        number = wrapped(number.astype(np.int64), element)
    elif str(element) == "f32":
        number = number.astype(np.float32)
    return [exact(number)]


def _kernel(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute an operation of the kernel dialect by its own reference."""
    assert isinstance(op, IRDLOperation)
    given: dict[str, Quantity] = {}
    values = iter(operands)
    for name, segment in named_operands(op):
        if segment is not None:
            given[name] = Quantity(next(values), _element(segment.type))
    for name in unsigned_names(op):
        given[name] = given[name].unsigned()
    results = KERNELS[type(op)](op, given)
    several = results if isinstance(results, tuple) else (results,)
    return [result.number for result in several]


def _window(op: Any) -> tuple[slice, ...]:
    """Return the slices of a static subview or slice."""
    parts = (op.static_offsets, op.static_sizes, op.static_strides)
    offsets, sizes, strides = (part.get_values() for part in parts)
    if min((*offsets, *sizes, *strides), default=0) < 0:
        raise UserError("the reference knows only static windows", op)
    return tuple(slice(o, o + n * s, s) for o, n, s in zip(offsets, sizes, strides, strict=True))


def _slice(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute a window, sharing the memory."""
    source, window, shape = operands[0], _window(op), _shape(op.results[0].type)
    return [Bounded(source.value[window].reshape(shape), source.error[window].reshape(shape))]


def _insert_slice(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute `tensor.insert_slice`."""
    part, result = operands[0], _copy(operands[1])
    window = _window(op)
    shape = result.value[window].shape
    result.value[window], result.error[window] = (
        part.value.reshape(shape),
        part.error.reshape(shape),
    )
    return [result]


def _reshape(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute a fusion or a split of dimensions."""
    shape = _shape(op.results[0].type)
    return [Bounded(operands[0].value.reshape(shape), operands[0].error.reshape(shape))]


def _pad(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute `tensor.pad` with a constant."""
    assert isinstance(op, tensor.PadOp)
    yielded = op.region.block.last_op
    assert yielded is not None
    constant = yielded.operands[0].owner
    if op.low or op.high or not isinstance(constant, arith.ConstantOp):
        raise UserError("the reference knows only static padding with a constant", op)
    widths = list(zip(op.static_low.get_values(), op.static_high.get_values(), strict=True))
    value = _constant(constant, [])[0].value
    source = operands[0]
    return [
        Bounded(np.pad(source.value, widths, constant_values=value), np.pad(source.error, widths))
    ]


def _memref_copy(op: Operation, operands: Sequence[Bounded]) -> Sequence[Bounded]:
    """Compute `memref.copy`."""
    source, target = operands
    target.value[...], target.error[...] = source.value, source.error
    return []


_RULES: dict[type[Operation], Callable[[Operation, Sequence[Bounded]], Sequence[Bounded]]] = {
    **dict.fromkeys(KERNELS, _kernel),
    arith.ConstantOp: _constant,
    memref.AllocOp: lambda op, operands: [_unwritten(op.results[0].type)],
    memref.AllocaOp: lambda op, operands: [_unwritten(op.results[0].type)],
    memref.CopyOp: _memref_copy,
    memref.DeallocOp: lambda op, operands: [],
    memref.SubviewOp: _slice,
    tensor.CastOp: lambda op, operands: operands,
    tensor.CollapseShapeOp: _reshape,
    tensor.EmptyOp: lambda op, operands: [_unwritten(op.results[0].type)],
    tensor.ExpandShapeOp: _reshape,
    tensor.ExtractSliceOp: _slice,
    tensor.InsertSliceOp: _insert_slice,
    tensor.PadOp: _pad,
}
"""Operations that are no statements."""
