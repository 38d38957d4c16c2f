"""Lower `kernel.contract` and `kernel.matmul`, and the epilogue that convolutions have too."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import TensorType
from xdsl.ir import SSAValue

from ...dialects.errors import UserError
from ...dialects.kernel import ContractOp, MatmulOp
from ...dialects.kernel.epilogue import EpilogueOp
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, is_tensor, shape_of
from .builder import Dims, KernelBuilder


def lower_contract(op: ContractOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.contract` to one statement, after a fill where it sums."""
    if op.guarded is not None:
        raise UserError("'guarded' is for the bodies of instructions; pad the operands", op)
    spec = op.spec
    sums = bool(spec.reductions)
    target = op.accumulator or op.destination
    if target is None:
        target = build.empty(shape_of(op.output), element_type_of(op.output))
    if sums and op.accumulator is None:
        target = build.fill(target)
    accumulate = sums or op.accumulator is not None
    factors = list(zip(op.inputs, spec.inputs, strict=True))
    result = build.product(
        spec.axes,
        factors,
        (target, spec.output),
        op.unsigned_numbers,
        accumulate=accumulate,
    )
    return [result] if is_tensor(result.type) else []


def lower_matmul(op: MatmulOp, build: KernelBuilder) -> list[SSAValue]:
    """`kernel.matmul` to a statement for the product and one for the epilogue."""
    count = len(shape_of(op.a)) - 2
    batch = ["b"] if count == 1 else [f"b{number}" for number in range(count)]
    a = [*batch, *("km" if op.transpose_a else "mk")]
    b = [*(batch if len(shape_of(op.b)) > 2 else []), *("nk" if op.transpose_b else "kn")]
    out = [*batch, "m", "n"]
    target = start(op, shape_of(op.result), build)
    factors = [(op.a, a), (op.b, b)]
    product = build.product([*out, "k"], factors, (target, out), op.unsigned_numbers)
    return [finish(op, product, out, out[-len(shape_of(op.bias)) :] if op.bias else (), build)]


def start(op: EpilogueOp, shape: Sequence[int], build: KernelBuilder) -> SSAValue:
    """Return what the sum starts from: `init`, reshaped to `shape`, or zeros."""
    init = op.optional("init")
    return build.filled(shape, op.accumulates_in) if init is None else build.reshape(init, shape)


def finish(
    op: EpilogueOp, total: SSAValue, axes: Sequence[str], bias_dims: Dims, build: KernelBuilder
) -> SSAValue:
    """Return the result of the epilogue, a single elementwise statement; `total` if there is none.

    Args:
        op: Says what the epilogue consists of.
        total: The sum of products, of the shape of the result.
        axes: The names of its dimensions.
        bias_dims: Which of them the bias has.
        build: Where the statement goes.
    """
    if not op.has_epilogue:
        return total
    inputs: list[tuple[SSAValue, Dims]] = [(total, axes)]
    bias, residual = op.optional("bias"), op.optional("residual")
    if bias is not None:
        inputs.append((bias, bias_dims))
    if residual is not None:
        inputs.append((residual, axes))
    result = TensorType(element_type_of(op.results[0]), shape_of(total))

    def element(scalars: ScalarBuilder, value: SSAValue, *addends: SSAValue) -> SSAValue:
        for addend in addends:
            value = scalars.add(value, addend)
        if op.activation is not None:
            value = scalars.activated(value, op.activation.data)
        if (limits := op.limits) is not None:
            value = scalars.clamped(value, *limits)
        if (how := op.requantisation) is not None:
            value = scalars.requantised(value, how, result.element_type)
        return value

    return build.elementwise(axes, inputs, result, element)
