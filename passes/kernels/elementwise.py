"""Lower formulas and requantisation: one elementwise statement each."""

from __future__ import annotations

from xdsl.dialects.builtin import TensorType, i64
from xdsl.ir import SSAValue

from ...dialects.kernel import ElementwiseOp, RequantiseOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, shape_of
from .builder import Dims, KernelBuilder


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
        widened = [
            scalars.widened(arg, to, unsigned=op.is_unsigned(number))
            for number, arg in enumerate(args)
        ]
        return scalars.formula(formula, widened)

    return [build.elementwise(axes, inputs, op.result.type, element)]


def lower_requantise(op: RequantiseOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.requantise`: arithmetic in 64 bits."""
    axes, how, result = names_of(len(shape_of(op.x))), op.requantisation, op.result.type
    assert isinstance(result, TensorType)

    def element(scalars: ScalarBuilder, value: SSAValue) -> SSAValue:
        wide = scalars.widened(value, i64, unsigned=op.is_unsigned(0))
        return scalars.requantised(wide, how, result.element_type)

    return [build.elementwise(axes, [(op.x, axes)], result, element)]
