"""Constant arrays of a module: `memref.global` and what reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.traits import SymbolOpInterface, SymbolTable

from ..dialects.errors import UserError
from ..simulator.elements import Array
from .locations import copy_location


def dense(array: Array, element: Attribute) -> DenseIntOrFPElementsAttr:
    """The elements of an array as an attribute; they have whole bytes."""
    kind: TensorType[Any] = TensorType(element, array.shape)
    return DenseIntOrFPElementsAttr(kind, BytesAttr(np.ascontiguousarray(array).tobytes()))


def constant_of_global(value: SSAValue) -> memref.GlobalOp | None:
    """The constant array that a buffer is, or None where it is none."""
    if not isinstance(value.owner, memref.GetGlobalOp):
        return None
    found = SymbolTable.lookup_symbol(value.owner, value.owner.name_)
    is_constant = isinstance(found, memref.GlobalOp) and found.constant is not None
    return found if is_constant and isinstance(found, memref.GlobalOp) else None


def splat_of(value: Attribute | None) -> IntegerAttr | FloatAttr | None:
    """The one value of all elements if an attribute is such an array.

    Compared as bytes: a NaN equals itself then, and -0.0 is not 0.0.
    """
    if isinstance(value, DenseIntOrFPElementsAttr):
        data, count = value.data.data, len(value)
        if count and data == data[: len(data) // count] * count:
            return next(iter(value.iter_attrs()))
    return None


def global_for(
    value: DenseIntOrFPElementsAttr,
    kind: MemRefType[Attribute],
    near: Operation,
    hint: str = "constant",
) -> memref.GetGlobalOp:
    """Get a constant array, just before `near`; equal ones of a module are one array.

    Args:
        value: The elements.
        kind: The type of the array.
        near: An operation of a function.
        hint: How names of new arrays begin.
    """
    function = near
    while not isinstance(function, func.FuncOp):
        parent = function.parent_op()
        assert parent is not None, "constants are used in functions"
        function = parent
    block = function.parent_block()
    assert block is not None
    name = _known(block, value, kind)
    if name is None:
        name = _unused(block, hint)
        new = memref.GlobalOp.get(StringAttr(name), kind, value, constant=UnitAttr())
        copy_location(near, new)
        Rewriter.insert_op(new, InsertPoint.before(function))
    get = memref.GetGlobalOp(name, kind)
    get.location = near.location
    Rewriter.insert_op(get, InsertPoint.before(near))
    return get


def _known(
    block: Block, value: DenseIntOrFPElementsAttr, kind: MemRefType[Attribute]
) -> str | None:
    """The name of the array that is this constant, if there is one."""
    arrays = [op for op in block.ops if isinstance(op, memref.GlobalOp)]
    for op in arrays:
        if op.constant is not None and op.type == kind and op.initial_value == value:
            return op.sym_name.data
    return None


def _unused(block: Block, hint: str) -> str:
    """A name that no symbol of a module has."""
    names: set[str] = set()
    for op in block.ops:
        if (trait := op.get_trait(SymbolOpInterface)) is not None:
            symbol = trait.get_sym_attr_name(op)
            names.add("" if symbol is None else symbol.data)
    return next(f"{hint}_{n}" for n in range(len(names) + 1) if f"{hint}_{n}" not in names)


def interpreted(ops: Sequence[Operation], result: SSAValue) -> Array | None:
    """What a buffer holds after some operations; None where they cannot be executed here.

    All that they read from outside are constant arrays.
    """
    from ..simulator.interpreter import new_interpreter  # few kernels need it

    arrays: dict[str, memref.GlobalOp] = {}
    block, mapper = Block(), dict[SSAValue, SSAValue]()
    own = {value for op in ops for inner in op.walk() for value in inner.results}
    own |= {arg for op in ops for r in op.regions for b in r.blocks for arg in b.args}
    for op in ops:
        for value in [value for inner in op.walk() for value in inner.operands]:
            array = constant_of_global(value)
            if value in own or value in mapper or array is None:
                continue
            arrays[array.sym_name.data] = array
            assert isinstance(value.owner, Operation)
            get = value.owner.clone()
            block.add_op(get)
            mapper[value] = get.results[0]
        block.add_op(op.clone(mapper))
    block.add_op(func.ReturnOp(mapper[result]))
    function = func.FuncOp("packed", ((), (result.type,)), Region(block))
    module = ModuleOp([*(array.clone() for array in arrays.values()), function])
    try:
        (found,) = new_interpreter(module).call_op(function, ())
    except UserError:
        return None
    return np.asarray(found)
