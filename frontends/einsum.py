"""Kernels from an einsum such as `"mk,kn->mn"`."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ModuleOp,
    TensorType,
    bf16,
    f16,
    f32,
    f64,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region
from xdsl.utils.exceptions import VerifyException

from ..dialects.errors import UserError, did_you_mean
from ..dialects.kernel import ContractOp
from ..dialects.subscripts import Subscripts

ELEMENT_TYPES: dict[str, Attribute] = {
    **{"f16": f16, "bf16": bf16, "f32": f32, "f64": f64},
    **{"i8": i8, "i16": i16, "i32": i32, "i64": i64},
    **{"u8": i8, "u16": i16, "u32": i32},
}
"""The element types by name; `u8` is an `i8` that is widened by zeros."""


def einsum_module(spec: str, sizes: Mapping[str, int], types: Sequence[str]) -> ModuleOp:
    """Return a module with `func.func @kernel(%a, %b, ...)` that computes an einsum of tensors.

    Args:
        spec: The axes of the operands, as for `numpy.einsum`: `"mk,kn->mn"`; without an arrow the
            result has the letters that occur once, in alphabetical order.
        sizes: The extent of every axis.
        types: One element type for all, or one for each operand and then for the result:
            `["i8", "i8", "i32"]`.

    Raises:
        UserError: The arguments do not fit together, or are not supported.
    """
    try:
        axes = Subscripts.parse(spec)
    except ValueError as error:
        raise UserError(f'in "{spec}": {error}') from error
    _check_sizes(axes, sizes)
    names = _types_of_operands(axes, types)
    shapes = [[sizes[axis] for axis in letters] for letters in (*axes.inputs, axes.output)]
    *inputs, result = [
        TensorType(ELEMENT_TYPES[name], shape) for name, shape in zip(names, shapes, strict=True)
    ]
    block = Block(arg_types=inputs)
    for number, arg in enumerate(block.args):
        arg.name_hint = _argument_name(number)
    unsigned = [number for number, name in enumerate(names[:-1]) if name.startswith("u")]
    contract = ContractOp(str(axes), block.args, result_type=result, unsigned=unsigned)
    block.add_ops([contract, func.ReturnOp(*contract.results)])
    module = ModuleOp([func.FuncOp("kernel", (inputs, [result]), Region(block))])
    try:
        contract.verify()
    except VerifyException as error:
        raise UserError(f'in "{spec}": {error}') from error
    return module


def _check_sizes(axes: Subscripts, sizes: Mapping[str, int]) -> None:
    """Raise a `UserError` unless every axis has a size, and nothing else has."""
    for axis in axes.output:
        if axis not in "".join(axes.inputs):
            raise UserError(f"axis '{axis}' of the result is in no operand of \"{axes}\"")
    if missing := [axis for axis in axes.axes if axis not in sizes]:
        wanted = ",".join(f"{axis}=..." for axis in missing)
        raise UserError(f"no size is given for axis '{missing[0]}'", hint=f"add {wanted}")
    for name, size in sizes.items():
        if name not in axes.axes or len(name) != 1:
            raise UserError(
                f"there is no axis '{name}' in \"{axes}\"", hint=did_you_mean(name, axes.axes)
            )
        if size < 1:
            raise UserError(f"axis '{name}' has size {size}, but must have at least 1")


def _types_of_operands(axes: Subscripts, types: Sequence[str]) -> list[str]:
    """Return the name of the element type of every operand and of the result."""
    operands = len(axes.inputs)
    if len(types) not in (1, operands + 1):
        raise UserError(
            f'{len(types)} element types are given for "{axes}"; give one for all, '
            f"or {operands + 1}: one per operand and one for the result"
        )
    for name in types:
        if name not in ELEMENT_TYPES:
            near = get_close_matches(name, ELEMENT_TYPES, n=3, cutoff=0.3) or list(ELEMENT_TYPES)
            raise UserError(
                f"element type '{name}' is not supported", hint="near: " + ", ".join(near)
            )
    names = list(types) if len(types) > 1 else [types[0]] * (operands + 1)
    if names[-1].startswith("u"):
        hint = f"write {names[-1].replace('u', 'i')}: sums wrap around alike"
        raise UserError(f"the result cannot be of type '{names[-1]}'", hint=hint)
    return names


def _argument_name(number: int) -> str:
    """Return a, b, ..., z, a1, b1, ..."""
    round_, letter = divmod(number, 26)
    return chr(ord("a") + letter) + (str(round_) if round_ else "")
