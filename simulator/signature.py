"""What a function takes and gives, the same before and after `bufferize`.

A tensor function takes its arguments and gives its results. A memref function gives back every
argument that it writes; those that it writes before it reads are results only, not inputs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from xdsl.dialects import affine, func, memref
from xdsl.dialects.builtin import MemRefType, ModuleOp, NoneAttr, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.ops import BroadcastOp, ReduceOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, SymbolTable

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import InstructionOp, InvokeOp, MoveOp, ViewOp
from ..dialects.kernel import ContractOp
from ..dialects.linalg import SoftmaxOp
from ..dialects.machines import resolve


@dataclass(frozen=True)
class Parameter:
    """One array (or scalar) that goes into or comes out of a function."""

    name: str
    shape: tuple[int, ...]
    element: Attribute
    given: bool
    """Whether the caller gives a value."""
    returned: bool
    """Whether the caller gets the value afterwards."""
    scalar: bool = False
    """Whether it is passed by value rather than as an array."""
    strides: tuple[int, ...] | None = None
    """The distances between its elements in memory, in elements; None where they are contiguous."""

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The data type of its array."""
        return dtype_of(self.element)

    def __str__(self) -> str:
        return f"{self.name}: {'x'.join(map(str, (*self.shape, self.element)))}"


@dataclass(frozen=True)
class Signature:
    """The parameters of a function: its arguments in order, then its results if it has tensors."""

    function: str
    parameters: tuple[Parameter, ...]

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """What the caller gives."""
        return tuple(parameter for parameter in self.parameters if parameter.given)

    @property
    def outputs(self) -> tuple[Parameter, ...]:
        """What the caller gets."""
        return tuple(parameter for parameter in self.parameters if parameter.returned)


def entry_function(module: ModuleOp, name: str | None = None) -> func.FuncOp:
    """Return the function of that name, or the only public one.

    Raises:
        UserError: There is none, or several to choose from.
    """
    functions = {
        op.sym_name.data: op
        for op in module.body.block.ops
        if isinstance(op, func.FuncOp) and not op.is_declaration
    }
    if name is not None:
        if name not in functions:
            raise UserError(f"there is no function @{name}", hint=did_you_mean(name, functions))
        return functions[name]
    private = [
        op.sym_visibility is not None and op.sym_visibility.data == "private"
        for op in functions.values()
    ]
    public = [op for op, hidden in zip(functions.values(), private, strict=True) if not hidden]
    if len(public) == 1:
        return public[0]
    if not public:
        raise UserError("the module has no function to run", module)
    names = ", ".join(f"@{op.sym_name.data}" for op in public)
    raise UserError(f"the module has several functions: {names}", hint="choose one with --entry")


def signature_of(function: func.FuncOp) -> Signature:
    """Return what a function takes and gives.

    Raises:
        UserError: A type is dynamic, or has no counterpart in NumPy.
    """
    parameters = [_argument(function, index) for index in range(len(function.args))]
    results = [
        _parameter(f"result{index}" if index else "result", type_, function, False, True)
        for index, type_ in enumerate(function.function_type.outputs)
    ]
    return Signature(function.sym_name.data, (*parameters, *results))


def _argument(function: func.FuncOp, index: int) -> Parameter:
    """Return the parameter of an argument."""
    argument = function.args[index]
    name = argument.name_hint or f"arg{index}"
    given, returned = True, False
    if isinstance(argument.type, MemRefType):
        accesses = list(_accesses(function, argument))
        returned = any(writes for _, writes in accesses)
        given = not returned or accesses[0][0]
    return _parameter(name, cast(Attribute, argument.type), function, given, returned)


def _parameter(
    name: str, type_: Attribute, function: func.FuncOp, given: bool, returned: bool
) -> Parameter:
    """Return a parameter of a type."""
    if isinstance(type_, TensorType | MemRefType):
        shaped = cast("TensorType[Attribute] | MemRefType[Attribute]", type_)
        if not shaped.has_static_shape():
            raise UserError(f"{name} has the dynamic shape {type_}: sizes must be given", function)
        shape, strides = shaped.get_shape(), _strides(shaped, name, function)
        parameter = Parameter(name, shape, shaped.element_type, given, returned, strides=strides)
    else:
        parameter = Parameter(name, (), type_, given, returned, scalar=True)
    try:
        parameter.dtype  # noqa: B018 - raises where NumPy has no such type
    except UserError as error:
        raise UserError(f"{name}: {error.message}", function, error.hint) from None
    return parameter


def _strides(
    type_: TensorType[Attribute] | MemRefType[Attribute], name: str, function: func.FuncOp
) -> tuple[int, ...] | None:
    """Return the strides of a memref that has a layout of its own."""
    if isinstance(type_, TensorType) or isinstance(type_.layout, NoneAttr):
        return None
    strides = type_.get_strides()
    if strides is None or any(stride is None for stride in strides):
        raise UserError(
            f"{name} has the layout {type_.layout}: its strides must be given", function
        )
    return tuple(stride for stride in strides if stride is not None)


_VIEWS = (
    ViewOp,
    memref.SubviewOp,
    memref.CastOp,
    memref.MemorySpaceCastOp,
    memref.CollapseShapeOp,
    memref.ExpandShapeOp,
)


def _accesses(function: func.FuncOp, argument: SSAValue) -> Iterator[tuple[bool, bool]]:
    """Yield (reads, writes) for every operation on an argument's memory, in textual order."""
    aliases = {argument}
    for op in function.walk():
        touched = [number for number, value in enumerate(op.operands) if value in aliases]
        if not touched:
            continue
        if isinstance(op, _VIEWS):
            aliases.update(op.results)
        else:
            for number in touched:
                yield _access(op, number)


def _access(op: Operation, number: int) -> tuple[bool, bool]:
    """Say whether an operation reads and writes its operand `number`."""
    match op:
        case LinalgStructuredOperation():
            old = op.body.block.args[number]
            return (bool(old.uses), number >= len(op.inputs))
        case memref.LoadOp() | affine.LoadOp() | memref.DimOp():
            return (True, False)
        case memref.StoreOp() | affine.StoreOp():
            return (False, True)
        case memref.CopyOp() | MoveOp() | SoftmaxOp() | BroadcastOp():
            return (number == 0, number == 1)
        case ReduceOp():
            return (True, number == 1)
        case ContractOp():
            output = number == len(op.inputs)
            return (not output or op.accumulator is not None, output)
        case InvokeOp():
            return _instruction_access(op, number)
        case func.CallOp():
            return _call_access(op, number)
        case _:
            reads, writes = op.has_trait(MemoryReadEffect), op.has_trait(MemoryWriteEffect)
            return (reads, writes) if reads or writes else (True, True)


def _call_access(op: func.CallOp, number: int) -> tuple[bool, bool]:
    """Say whether a called function reads and writes its argument `number`."""
    function = SymbolTable.lookup_symbol(op, op.callee)
    if not isinstance(function, func.FuncOp) or function.is_declaration:
        return (True, True)
    accesses = list(_accesses(function, function.args[number]))
    return (any(reads for reads, _ in accesses), any(writes for _, writes in accesses))


def _instruction_access(op: InvokeOp, number: int) -> tuple[bool, bool]:
    """Say whether an instruction reads and writes its operand `number`."""
    instruction = resolve(op, op.instruction)
    if not isinstance(instruction, InstructionOp):
        return (True, True)
    operand = instruction.body.block.args[number]
    accesses = [_access(use.operation, use.index) for use in operand.uses]
    return (any(reads for reads, _ in accesses), any(writes for _, writes in accesses))
