"""Say `kernel.*` operations as statements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, PatternRewriteWalker, RewritePattern

from ..dialects import kernel
from .generic import require_static
from .kernels.attention import lower_attention
from .kernels.builder import KernelBuilder
from .kernels.conv import lower_conv, lower_conv_transpose, lower_depthwise, lower_separable
from .kernels.elementwise import lower_elementwise, lower_requantise
from .kernels.matmul import lower_contract, lower_matmul
from .kernels.normalisation import lower_batch_norm, lower_layer_norm, lower_softmax
from .kernels.recurrent import lower_cell, lower_sequence
from .kernels.reduction import lower_pool, lower_reduce
from .locations import keep_locations

Lowering = Callable[[Any, KernelBuilder], list[SSAValue]]
"""From an operation and where its statements go to the values of its results."""

LOWERINGS: Mapping[type[Operation], Lowering] = {
    kernel.AttentionOp: lower_attention,
    kernel.BatchNormOp: lower_batch_norm,
    kernel.ContractOp: lower_contract,
    kernel.ConvOp: lower_conv,
    kernel.ConvTransposeOp: lower_conv_transpose,
    kernel.DepthwiseConvOp: lower_depthwise,
    kernel.DepthwiseSeparableOp: lower_separable,
    kernel.ElementwiseOp: lower_elementwise,
    kernel.GruCellOp: lower_cell,
    kernel.GruOp: lower_sequence,
    kernel.LayerNormOp: lower_layer_norm,
    kernel.LstmCellOp: lower_cell,
    kernel.LstmOp: lower_sequence,
    kernel.MatmulOp: lower_matmul,
    kernel.PoolOp: lower_pool,
    kernel.ReduceOp: lower_reduce,
    kernel.RequantiseOp: lower_requantise,
    kernel.RnnCellOp: lower_cell,
    kernel.RnnOp: lower_sequence,
    kernel.SoftmaxOp: lower_softmax,
}
"""How each operation of the dialect is lowered."""


@dataclass(frozen=True)
class LowerKernelPass(ModulePass):
    """Turn kernel operations into linalg.generic statements with named axes.

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
    `kernel.matmul` and of convolutions become a second, elementwise statement,
    `max(x + bias, 0)`, by `arith.maximumf` on floats, so that a NaN stays a NaN. Padding becomes a
    `tensor.pad`, the time steps of a recurrent layer an `scf.for`.

    The bodies of a machine's instructions stay as they are: there `kernel.contract` is a statement.
    """

    name = "lower-kernel"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function of the module."""
        _lower(op, LowerKernel(LOWERINGS))


def lower_layers(module: ModuleOp) -> ModuleOp:
    """Return a module in which `kernel.contract` is the only kernel operation left.

    It is the same module if there is no other, else a copy.
    """
    layers = {op: lowering for op, lowering in LOWERINGS.items() if op is not kernel.ContractOp}
    if any(type(op) in layers for op in module.walk()):
        module = module.clone()
        _lower(module, LowerKernel(layers))
    return module


def _lower(module: ModuleOp, pattern: RewritePattern) -> None:
    """Rewrite every function of a module."""
    for function in module.walk():
        if isinstance(function, func.FuncOp):
            walker = PatternRewriteWalker(
                pattern, apply_recursively=False, listener=keep_locations()
            )
            walker.rewrite_region(function.body)


@dataclass
class LowerKernel(RewritePattern):
    """Operations of the kernel dialect to statements, by their lowerings."""

    lowerings: Mapping[type[Operation], Lowering]

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        """Replace one operation, if it is of the dialect."""
        lowering = self.lowerings.get(type(op))
        if lowering is None:
            return
        require_static(op)
        build = KernelBuilder()
        results = lowering(cast(Any, op), build)
        rewriter.replace(op, build.ops, results)
