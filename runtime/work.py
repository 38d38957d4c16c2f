"""How much a kernel computes, and NumPy's own way to compute it, for comparison."""

from collections.abc import Callable, Sequence
from math import prod
from string import ascii_letters
from typing import Any, TypeAlias

import numpy as np
from xdsl.dialects import arith, linalg, math
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ..dialects.dtypes import dtype_of
from ..dialects.errors import UserError
from ..mapping.statement import Access, Apply, Expr, Operand, Statement, statement_of
from ..simulator.signature import entry_function

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_FREE: tuple[type[Operation], ...] = (
    arith.ConstantOp,
    arith.ExtFOp,
    arith.ExtSIOp,
    arith.ExtUIOp,
    arith.IndexCastOp,
    arith.BitcastOp,
    linalg.ops.IndexOp,
    linalg.ops.YieldOp,
)
"""Operations of a body that do not count as computing."""


def operations(module: ModuleOp, entry: str | None = None) -> int:
    """Return how many arithmetic operations a module at the statement level does.

    A multiplication and an addition are two; a fused one counts as two.
    """
    function = entry_function(module, entry)
    return sum(
        prod(op.get_static_loop_ranges()) * body_operations(op)
        for op in function.walk()
        if isinstance(op, linalg.ops.GenericOp)
    )


def body_operations(op: Operation) -> int:
    """Return how many arithmetic operations one execution of a statement's body does."""
    ops = [inner for region in op.regions for inner in region.walk()]
    fused = sum(isinstance(inner, math.FmaOp) for inner in ops)
    return fused + sum(not isinstance(inner, _FREE) for inner in ops)


def numpy_call(
    module: ModuleOp, entry: str | None = None
) -> Callable[[Sequence[Array]], Array] | None:
    """Return a function that has NumPy compute the kernel, None when it is no plain contraction.

    `np.matmul` for a product of two matrices however they are stored, else `np.einsum`.

    Args:
        module: The module at the statement level.
        entry: The name of the function.
    """
    function = entry_function(module, entry)
    generics = [op for op in function.walk() if isinstance(op, linalg.ops.GenericOp)]
    try:
        statements = [statement_of(op) for op in generics]
    except UserError:
        return None
    sums = [s for s in statements if s.combine in ("arith.addf", "arith.addi") and s.inputs]
    rest = [s for s in statements if s not in sums and not s.is_copy]
    if len(sums) != 1 or rest or not _is_product(sums[0].body):
        return None
    letters = [_letters(access) for access in sums[0].operands()]
    if any(text is None for text in letters):
        return None
    *inputs, output = [text for text in letters if text is not None]
    return _matmul(inputs, output) or _einsum(sums[0], inputs, output)


def _is_product(body: Expr) -> bool:
    """Say whether a body multiplies all its operands, which may be widened."""
    if isinstance(body, Operand):
        return True
    if not isinstance(body, Apply):
        return False
    name = body.op.removeprefix("arith.")
    return name in ("mulf", "muli", "extf", "extsi", "extui") and all(map(_is_product, body.args))


def _letters(access: Access) -> str | None:
    """Return the axes of an operand as `einsum` names them, None when it is no projection."""
    text = ""
    for row, offset in zip(access.matrix, access.offset, strict=True):
        axes = [axis for axis, factor in enumerate(row) if factor]
        if len(axes) != 1 or row[axes[0]] != 1 or offset:
            return None
        text += ascii_letters[axes[0]]
    return text


def _matmul(inputs: Sequence[str], output: str) -> Callable[[Sequence[Array]], Array] | None:
    """Return the product of two matrices by `np.matmul`."""
    if len(inputs) != 2 or len(output) != 2 or any(len(text) != 2 for text in inputs):
        return None
    m, n = output
    shared = set(inputs[0]) & set(inputs[1])
    if len(shared) != 1 or shared & set(output):
        return None
    (k,) = shared
    first = 0 if m in inputs[0] else 1
    transposed = [inputs[first] != m + k, inputs[1 - first] != k + n]

    def call(arrays: Sequence[Array]) -> Array:
        left, right = arrays[first], arrays[1 - first]
        left, right = left.T if transposed[0] else left, right.T if transposed[1] else right
        return np.matmul(left, right)

    return call


def _einsum(
    statement: Statement, inputs: Sequence[str], output: str
) -> Callable[[Sequence[Array]], Array]:
    """Return the contraction by `np.einsum`, in the type of the result."""
    spec, dtype = f"{','.join(inputs)}->{output}", dtype_of(statement.output.element)
    count = len(inputs)

    def call(arrays: Sequence[Array]) -> Array:
        return np.asarray(
            np.einsum(spec, *arrays[:count], dtype=dtype, casting="unsafe", optimize=True)
        )

    return call
