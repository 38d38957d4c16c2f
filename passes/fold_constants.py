"""`fold-constants`: compute at compile time what depends on constants alone.

Takes functions on tensors; gives the same functions in which tensors that are known are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, func, linalg, tensor
from xdsl.dialects.builtin import ModuleOp, i1
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects.errors import UserError
from ..dialects.shapes import element_type_of, is_tensor, shape_of
from ..mapping.statement import statement_of
from ..simulator.elements import Array, constant, poison
from .buffers import Statement
from .globals import dense

if TYPE_CHECKING:
    from xdsl.interpreter import Interpreter

GROWTH = 2
"""How many times as large as the constants that it depends on a result may be."""

SMALL = 4096
"""A result of so many elements is folded however small its operands are."""

_MOVES = (
    tensor.CastOp,
    tensor.CollapseShapeOp,
    tensor.ConcatOp,
    tensor.ExpandShapeOp,
    tensor.ExtractSliceOp,
    tensor.InsertSliceOp,
)
"""Operations that only move elements."""


@dataclass(frozen=True)
class FoldConstantsPass(ModulePass):
    """Compute at compile time what depends on constants alone.

    The weights of a network that are known need not be widened, shifted or summed at every call:

    ```mlir
    func.func @f() -> tensor<3xi32> {
      %w = arith.constant dense<[1, -2, 3]> : tensor<3xi8>
      %e = tensor.empty() : tensor<3xi32>
      %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
          iterator_types = ["parallel"]} ins(%w : tensor<3xi8>) outs(%e : tensor<3xi32>) {
      ^bb0(%x: i8, %old: i32):
        %0 = arith.extsi %x : i8 to i32
        linalg.yield %0 : i32
      } -> tensor<3xi32>
      func.return %r : tensor<3xi32>
    }
    ```

    returns `dense<[1, -2, 3]> : tensor<3xi32>`. `points` is how many points a statement may have
    at most. The interpreter calculates, in the element types that are written.
    """

    name = "fold-constants"

    points: int = 1 << 24

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fold in every function, from the first operation to the last."""

        @cache
        def interpreter() -> Interpreter:
            from ..simulator.interpreter import new_interpreter  # few kernels need it

            return new_interpreter(op)

        for found in list(_candidates(op)):
            if self._is_small(found):
                _fold(found, interpreter)
        _erase_unused(op)

    def _is_small(self, op: Operation) -> bool:
        """Whether computing an operation now is worth the time and the memory."""
        if isinstance(op, linalg.ops.GenericOp):
            try:
                extents = [axis.extent for axis in statement_of(op).axes]
            except UserError:
                return False
            if prod(extents) > self.points:
                return False
        made = sum(prod(shape_of(result)) for result in op.results)
        known = sum(prod(shape_of(value)) for value in op.operands if _is_constant(value))
        return made <= max(SMALL, GROWTH * known)


def _candidates(module: ModuleOp) -> Iterator[Operation]:
    """The operations of functions that only compute tensors."""
    for function in module.body.ops:
        if isinstance(function, func.FuncOp):
            for op in function.walk():
                if isinstance(op, (linalg.ops.GenericOp, *_MOVES)) and op.results:
                    yield op


def _is_constant(value: SSAValue) -> bool:
    """Whether a value is a constant tensor."""
    return isinstance(value.owner, arith.ConstantOp) and is_tensor(value.type)


def _fold(op: Operation, interpreter: Callable[[], Interpreter]) -> None:
    """Replace an operation by constants if all that it depends on is known."""
    if not all(_is_kept(result.type) for result in op.results):
        return
    outside = {value for inner in op.walk() for value in inner.operands} - set(op.operands)
    inside = {result for inner in op.walk() for result in inner.results}
    blocks = {arg for region in op.regions for block in region.blocks for arg in block.args}
    if outside - inside - blocks:
        return
    arrays = [_known(value, op, number) for number, value in enumerate(op.operands)]
    values = [array for array in arrays if array is not None]
    if len(values) < len(arrays) or not (any(map(_is_constant, op.operands)) or _reads_nothing(op)):
        return
    try:
        with np.errstate(all="ignore"):
            results = interpreter().run_op(op, tuple(values))
    except UserError:
        return  # what cannot be computed here is computed when the kernel is called
    constants = [
        arith.ConstantOp(dense(np.asarray(array), element_type_of(result)))
        for array, result in zip(results, op.results, strict=True)
    ]
    for new, old in zip(constants, op.results, strict=True):
        new.result.name_hint, new.location = old.name_hint, op.location
    Rewriter.replace_op(op, constants)


def _is_kept(type_: Attribute) -> bool:
    """Whether constants of a type can be written: whole bytes per element."""
    return is_tensor(type_) and type_.element_type != i1


def _reads_nothing(op: Operation) -> bool:
    """Whether an operation makes its elements of nothing."""
    return isinstance(op, linalg.ops.GenericOp) and not op.inputs


def _known(value: SSAValue, user: Operation, number: int) -> Array | None:
    """The elements of an operand, if they are known; poison where they do not matter."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp):
        found: Array = constant(owner.value)
        return found
    if isinstance(owner, linalg.ops.FillOp) and isinstance(owner.inputs[0].owner, arith.ConstantOp):
        return np.full(shape_of(value), constant(owner.inputs[0].owner.value))
    statement = Statement.of(user)
    if isinstance(owner, tensor.EmptyOp) and statement is not None:
        position = number - (len(user.operands) - len(statement.inits))
        if position >= 0 and not statement.needs(position):
            return poison(shape_of(value), owner.tensor.type.element_type)
    return None


def _erase_unused(module: ModuleOp) -> None:
    """Erase the constants and moves that nothing uses any more."""
    pure = (arith.ConstantOp, tensor.EmptyOp, linalg.ops.FillOp, *_MOVES)
    for op in reversed(list(_in_functions(module))):
        if isinstance(op, pure) and op.results and not any(result.uses for result in op.results):
            Rewriter.erase_op(op)


def _in_functions(module: ModuleOp) -> Iterator[Operation]:
    """The operations of functions."""
    for function in module.body.ops:
        if isinstance(function, func.FuncOp):
            yield from function.walk()
