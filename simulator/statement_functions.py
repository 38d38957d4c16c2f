"""The interpreter's functions for statements: `linalg.*` and `kernel.*`, on tensors and memrefs."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from xdsl.dialects import linalg
from xdsl.dialects.builtin import TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)
from xdsl.ir import Operation, SSAValue

from ..dialects.dtypes import dtype_of
from ..dialects.kernel import ContractOp
from ..dialects.linalg import Linalg, SoftmaxOp
from .elements import Array
from .nests import (
    broadcast_nest,
    contraction_nest,
    element_of,
    reduce_nest,
    structured_nest,
)
from .statements import LoopNest
from .windows import GuardedWindow, array_of, assign

NestBuilder: TypeAlias = Callable[[Any, Sequence[Any]], LoopNest]

_LINALG = tuple(dict.fromkeys((*Linalg.operations, *linalg.Linalg.operations)))
"""Our operations of linalg, and xDSL's own of the same names."""

STRUCTURED = tuple(
    op
    for op in _LINALG
    if issubclass(op, LinalgStructuredOperation) and not issubclass(op, linalg.ops.FillOp)
)
"""Every operation that is a `linalg.generic` under another name, and that itself."""


class StatementFunctions(InterpreterFunctions):
    """Runs statements; remembers their loop nests, as instructions run over and over."""

    def __init__(self) -> None:
        self._nests: dict[Operation, tuple[tuple[tuple[int, ...], ...], LoopNest]] = {}

    def run_structured(
        self, interpreter: Interpreter, op: LinalgStructuredOperation, args: PythonValues
    ) -> PythonValues:
        """Execute a structured operation."""
        if op.get_attr_or_prop("guarded") is not None and not op.results:
            nest = self._nest(op, args, structured_nest)
            return self._execute_guarded(interpreter, args, nest, clear=False)
        return self._execute(interpreter, op, args, len(op.inputs), structured_nest)

    def run_fill(
        self, interpreter: Interpreter, op: linalg.ops.FillOp, args: PythonValues
    ) -> PythonValues:
        """Set every element to one value."""
        value, target = args
        if op.res:
            return (np.full(target.shape, value, target.dtype),)
        if isinstance(target, GuardedWindow):
            target.write(value)
        else:
            target[...] = value
        return ()

    def run_reduce(
        self, interpreter: Interpreter, op: linalg.ops.ReduceOp, args: PythonValues
    ) -> PythonValues:
        """Combine along some dimensions."""
        return self._execute(interpreter, op, args, 1, reduce_nest)

    def run_broadcast(
        self, interpreter: Interpreter, op: linalg.ops.BroadcastOp, args: PythonValues
    ) -> PythonValues:
        """Repeat along new dimensions."""
        return self._execute(interpreter, op, args, 1, broadcast_nest)

    @impl(SoftmaxOp)
    def run_softmax(
        self, interpreter: Interpreter, op: SoftmaxOp, args: PythonValues
    ) -> PythonValues:
        """Divide exponentials by their sum along a dimension."""
        source, target = args
        top = source.max(axis=op.along, keepdims=True)
        grown = np.exp(source - top)
        result = grown / grown.sum(axis=op.along, keepdims=True, dtype=grown.dtype)
        if op.result is not None:
            return (result,)
        assign(target, result)
        return ()

    @impl(ContractOp)
    def run_contract(
        self, interpreter: Interpreter, op: ContractOp, args: PythonValues
    ) -> PythonValues:
        """Multiply and sum."""
        count = len(op.inputs)
        if op.result is not None:
            start = args[count] if len(args) > count else _zeros_like_result(op.result.type)
            operands = (*args[:count], start)
            return self._execute(interpreter, op, operands, count, contraction_nest)
        nest, overwrites = self._nest(op, args, contraction_nest), op.destination is not None
        if op.guarded is not None:
            return self._execute_guarded(interpreter, args, nest, clear=overwrites)
        if overwrites and nest.serial:
            assign(args[-1], 0)
        return self._execute(interpreter, op, args, count, contraction_nest)

    @impl_terminator(linalg.ops.YieldOp)
    def run_yield(
        self, interpreter: Interpreter, op: linalg.ops.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        """End a body."""
        return ReturnedValues(args), ()

    def _nest(self, op: Operation, operands: Sequence[Any], build: NestBuilder) -> LoopNest:
        """Return the loop nest of a statement on operands of these shapes, built once."""
        shapes = tuple(np.shape(value) for value in operands)
        known = self._nests.get(op)
        if known is None or known[0] != shapes:
            known = self._nests[op] = (shapes, build(op, operands))
        return known[1]

    def _execute(
        self,
        interpreter: Interpreter,
        op: Operation,
        args: PythonValues,
        inputs: int,
        build: NestBuilder,
    ) -> PythonValues:
        """Run a statement; tensors are copied before they are written, and returned."""
        read = [array_of(value) for value in args]
        outputs = read[inputs:]
        if op.results:
            outputs = [output.copy() for output in outputs]
        operands = [*read[:inputs], *outputs]
        self._nest(op, operands, build).run(operands, _values_outside(interpreter))
        if op.results:
            return tuple(outputs)
        for target, output in zip(args[inputs:], outputs, strict=True):
            if isinstance(target, GuardedWindow):
                target.write(output)
        return ()

    def _execute_guarded(
        self, interpreter: Interpreter, args: PythonValues, nest: LoopNest, *, clear: bool
    ) -> PythonValues:
        """Run a guarded statement: on operands padded with zeros to the size of the axes."""
        sizes = [_reach(nest, number) for number in range(len(args))]
        padded = [_padded(array_of(value), size) for value, size in zip(args, sizes, strict=True)]
        if clear:
            padded[-1][...] = 0
        nest.run(padded, _values_outside(interpreter))
        target = args[-1]
        assign(target, padded[-1][tuple(slice(size) for size in np.shape(target))])
        return ()


def _values_outside(interpreter: Interpreter) -> Callable[[SSAValue], Any]:
    """Return what gives the values from outside that a body uses."""
    return lambda value: interpreter.get_values((value,))[0]


def _reach(nest: LoopNest, number: int) -> tuple[int, ...]:
    """Return how large an operand must be for all accesses of a guarded statement to lie inside."""
    last = [extent - 1 for extent in nest.extents]
    return tuple(index + 1 for index in nest.maps[number].eval(last, []))


def _padded(array: Array, shape: tuple[int, ...]) -> Array:
    """Return a copy of an array, extended by zeros."""
    result = np.zeros(np.maximum(array.shape, shape) if shape else (), array.dtype)
    result[tuple(slice(size) for size in array.shape)] = array
    return result


def _zeros_like_result(type_: Any) -> Array:
    """Return a tensor of zeros."""
    tensor = cast("TensorType[Any]", type_)
    return np.zeros(tensor.get_shape(), dtype_of(element_of(tensor)))


def _register(ops: Sequence[type[Operation]], run: Any) -> None:
    """Let a method run several operations."""
    for op in ops:
        setattr(StatementFunctions, f"run_{op.__module__}_{op.name}", impl(op)(run))


_register(STRUCTURED, StatementFunctions.run_structured)
for _type, _run in (
    (linalg.ops.FillOp, StatementFunctions.run_fill),
    (linalg.ops.ReduceOp, StatementFunctions.run_reduce),
    (linalg.ops.BroadcastOp, StatementFunctions.run_broadcast),
):
    _register([op for op in _LINALG if issubclass(op, _type)], _run)
register_impls(StatementFunctions)
