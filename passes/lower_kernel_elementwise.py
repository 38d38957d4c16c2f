"""Lower formulas and requantisation: one elementwise statement each."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import TensorType
from xdsl.ir import SSAValue

from ..dialects.kernel import ElementwiseOp, RequantiseOp
from ..dialects.kernel.formula import Call, Formula, Letter, Number
from ..dialects.shapes import element_type_of, shape_of
from .kernel_builder import Dims, KernelBuilder
from .scalar_builder import ScalarBuilder


def names_of(rank: int) -> list[str]:
    """Return names for the axes of an operand whose dimensions have no usual ones."""
    return [f"i{dim}" for dim in range(rank)]


def lower_elementwise(op: ElementwiseOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.elementwise`: an operand does not move along dimensions that it is broadcast to."""
    axes, formula = names_of(len(shape_of(op.result))), op.formula
    inputs: list[tuple[SSAValue, Dims]] = []
    for value in op.inputs:
        shape = shape_of(value)
        tail = zip(
            shape,
            shape_of(op.result)[len(axes) - len(shape) :],
            axes[len(axes) - len(shape) :],
            strict=True,
        )
        inputs.append((value, [axis if size == full else 0 for size, full, axis in tail]))

    def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        to = element_type_of(op.result)
        return _value(formula, scalars, [scalars.widened(arg, to) for arg in args])

    return [build.elementwise(axes, inputs, op.result.type, element)]


def lower_requantise(op: RequantiseOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.requantise`: arithmetic in 64 bits."""
    axes, how, result = names_of(len(shape_of(op.x))), op.requantisation, op.result.type
    assert isinstance(result, TensorType)

    def element(scalars: ScalarBuilder, value: SSAValue) -> SSAValue:
        return scalars.requantised(value, how, result.element_type)

    return [build.elementwise(axes, [(op.x, axes)], result, element)]


def _value(formula: Formula, scalars: ScalarBuilder, operands: Sequence[SSAValue]) -> SSAValue:
    """Return the value of a formula."""
    if isinstance(formula, Letter):
        return operands[formula.position]
    if isinstance(formula, Number):
        return scalars.number(formula.value, operands[0].type)
    return _call(formula, scalars, operands)


def _call(formula: Call, scalars: ScalarBuilder, operands: Sequence[SSAValue]) -> SSAValue:
    """Return the value of a function."""
    args = [_value(arg, scalars, operands) for arg in formula.args]

    def number(value: float) -> SSAValue:
        return scalars.number(value, operands[0].type)

    match formula.function:
        case "add" | "sub" | "mul" | "div" | "max" | "min":
            return scalars.binary(formula.function, *args)
        case "relu" | "sigmoid":
            return scalars.activated(args[0], formula.function)
        case "clamp":
            return scalars.binary("min", scalars.binary("max", args[0], args[1]), args[2])
        case "silu":
            return scalars.mul(args[0], scalars.sigmoid(args[0]))
        case "gelu":
            scaled = scalars.mul(args[0], number(0.5**0.5))
            rest = scalars.add(number(1), scalars.unary("erf", scaled))
            return scalars.mul(scalars.mul(number(0.5), args[0]), rest)
        case name:
            return scalars.unary(name, args[0])
