"""Say `kernel.*` operations as statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, func, linalg, tensor
from xdsl.dialects.builtin import AnyFloat, ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)

from ..dialects.errors import UserError
from ..dialects.kernel import ContractOp, MatmulOp
from ..dialects.shapes import element_type_of, is_integer, is_tensor, shape_of
from .generic import Body, require_static, statement, zero
from .locations import keep_locations


@dataclass(frozen=True)
class LowerKernelPass(ModulePass):
    """Turn kernel.contract and kernel.matmul into linalg.generic statements with named axes.

    A sum starts from a `linalg.fill` with zero, unless it accumulates onto a given value:

    ```mlir
    func.func @kernel(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
      %0 = kernel.contract "mk,kn->mn"(%a, %b)
        : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
      func.return %0 : tensor<4x16xf32>
    }
    ```

    becomes `tensor.empty`, `linalg.fill` and a `linalg.generic` over
    `kernel.axes = ["m", "n", "k"]` whose body is `acc + a * b`. Bias and activation of
    `kernel.matmul` become a second, elementwise statement, `max(x + bias, 0)`, by `arith.maximumf`
    on floats, so that a NaN stays a NaN.

    The bodies of a machine's instructions stay as they are: there `kernel.contract` is a statement.
    """

    name = "lower-kernel"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function of the module."""
        pattern = GreedyRewritePatternApplier([LowerContract(), LowerMatmul()], dce_enabled=False)
        for function in op.walk():
            if isinstance(function, func.FuncOp):
                walker = PatternRewriteWalker(
                    pattern, apply_recursively=False, listener=keep_locations()
                )
                walker.rewrite_region(function.body)


class LowerContract(RewritePattern):
    """`kernel.contract` to `linalg.generic`."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ContractOp, rewriter: PatternRewriter) -> None:
        """Replace one contraction."""
        if op.guarded is not None:
            raise UserError("'guarded' is for the bodies of instructions; pad the operands", op)
        require_static(op)
        spec = op.spec
        sums = bool(spec.reductions)
        ops: list[Operation] = []
        target = op.accumulator or op.destination or _empty(op.output.type, ops)
        if sums and op.accumulator is None:
            target = _filled(target, ops)
        unsigned = [op.is_unsigned(index) for index in range(len(op.inputs))]
        body = _product(len(op.inputs), unsigned, accumulate=sums or op.accumulator is not None)
        generic = statement(op.inputs, target, op.indexing_maps, spec.axes, spec.reductions, body)
        rewriter.replace(op, [*ops, generic], generic.results)


class LowerMatmul(RewritePattern):
    """`kernel.matmul` to a `linalg.generic` for the product and one for the epilogue."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: MatmulOp, rewriter: PatternRewriter) -> None:
        """Replace one matrix multiplication."""
        require_static(op)
        ops: list[Operation] = []
        batch = _batch_names(len(shape_of(op.a)) - 2)
        a = "km" if op.transpose_a else "mk"
        b = "nk" if op.transpose_b else "kn"
        shared = len(shape_of(op.b)) == 2
        axes = [*batch, "m", "n", "k"]
        maps = [
            _access(axes, (*batch, *a)),
            _access(axes, (*(() if shared else batch), *b)),
            _access(axes, (*batch, "m", "n")),
        ]
        target = op.init or _filled(_empty(op.result.type, ops), ops)
        body = _product(2, (False, False), accumulate=True)
        product = statement((op.a, op.b), target, maps, axes, "k", body)
        ops.append(product)
        if op.bias is not None or op.activation is not None:
            ops.append(_epilogue(op, product.res[0], axes[:-1], ops))
        rewriter.replace(op, ops, ops[-1].results)


def _epilogue(
    op: MatmulOp, product: SSAValue, axes: Sequence[str], ops: list[Operation]
) -> linalg.ops.GenericOp:
    """Return the statement `max(x + bias, 0)`, or the half of it that is asked for."""
    inputs, maps = [product], [_access(axes, axes)]
    if op.bias is not None:
        inputs.append(op.bias)
        maps.append(_access(axes, axes[len(axes) - len(shape_of(op.bias)) :]))
    type_ = element_type_of(op.result)
    is_float = isinstance(type_, AnyFloat)

    def body(args: Sequence[SSAValue]) -> tuple[list[Operation], SSAValue]:
        inner: list[Operation] = []
        value = args[0]
        if op.bias is not None:
            add = (arith.AddfOp if is_float else arith.AddiOp)(value, args[1])
            inner.append(add)
            value = add.result
        if op.activation is not None:
            limit = zero(type_)
            relu = (arith.MaximumfOp if is_float else arith.MaxSIOp)(value, limit.result)
            inner += [limit, relu]
            value = relu.result
        return inner, value

    target = _empty(op.result.type, ops)
    return statement(inputs, target, [*maps, _access(axes, axes)], axes, (), body)


def _product(count: int, unsigned: Sequence[bool], *, accumulate: bool) -> Body:
    """Return the body that multiplies `count` inputs, and adds to the output if told to."""

    def body(args: Sequence[SSAValue]) -> tuple[list[Operation], SSAValue]:
        to = args[-1].type
        is_float = isinstance(to, AnyFloat)
        ops: list[Operation] = []
        factors = [_widened(arg, to, unsigned[i], ops) for i, arg in enumerate(args[:count])]
        value = factors[0]
        for factor in factors[1:]:
            multiply = (arith.MulfOp if is_float else arith.MuliOp)(value, factor)
            ops.append(multiply)
            value = multiply.result
        if accumulate:
            add = (arith.AddfOp if is_float else arith.AddiOp)(args[-1], value)
            ops.append(add)
            value = add.result
        return ops, value

    return body


def _widened(value: SSAValue, to: Attribute, unsigned: bool, ops: list[Operation]) -> SSAValue:
    """Return `value` in a type at least as large; appends what that takes."""
    if value.type == to:
        return value
    if isinstance(to, AnyFloat):
        widen = arith.ExtFOp(value, to)
    else:
        assert is_integer(to)
        widen = (arith.ExtUIOp if unsigned else arith.ExtSIOp)(value, to)
    ops.append(widen)
    return widen.result


def _empty(type_: Attribute, ops: list[Operation]) -> SSAValue:
    """Return a tensor of undefined elements; appends its definition."""
    assert is_tensor(type_)
    ops.append(empty := tensor.EmptyOp((), type_))
    return empty.tensor


def _filled(target: SSAValue, ops: list[Operation]) -> SSAValue:
    """Return a tensor or memref after filling it with zero; appends what that takes."""
    constant = zero(element_type_of(target))
    on_tensors = is_tensor(target.type)
    fill = linalg.ops.FillOp([constant.result], [target], [target.type] if on_tensors else [])
    ops += [constant, fill]
    return fill.res[0] if on_tensors else target


def _batch_names(count: int) -> list[str]:
    """Return the names of the batch axes: `b`, or `b0`, `b1`, ..."""
    return ["b"] if count == 1 else [f"b{number}" for number in range(count)]


def _access(axes: Sequence[str], dims: Sequence[str]) -> AffineMap:
    """Return the access whose dimensions are the axes `dims`."""
    return AffineMap(len(axes), 0, tuple(AffineDimExpr(axes.index(axis)) for axis in dims))
