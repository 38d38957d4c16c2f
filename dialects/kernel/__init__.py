"""The `kernel` dialect: what is computed, in a user's words.

`kernel.contract` is an einsum with types; the others are the layers of neural networks. All say
nothing about how: `lower-kernel` turns them into statements (`linalg.generic`). `kernel.contract`
on memrefs is also how the body of a machine's instruction says what the instruction does.
"""

from xdsl.ir import Dialect

from .attention import AttentionOp
from .contract import ContractOp
from .convolution import ConvOp, ConvTransposeOp
from .depthwise import DepthwiseConvOp, DepthwiseSeparableOp
from .elementwise import ElementwiseOp, RequantiseOp
from .matmul import MatmulOp
from .normalisation import BatchNormOp, LayerNormOp, SoftmaxOp
from .recurrent import GruCellOp, GruOp, LstmCellOp, LstmOp, RnnCellOp, RnnOp
from .reduction import PoolOp, ReduceOp

__all__ = [
    "AttentionOp",
    "BatchNormOp",
    "ContractOp",
    "ConvOp",
    "ConvTransposeOp",
    "DepthwiseConvOp",
    "DepthwiseSeparableOp",
    "ElementwiseOp",
    "GruCellOp",
    "GruOp",
    "Kernel",
    "LayerNormOp",
    "LstmCellOp",
    "LstmOp",
    "MatmulOp",
    "PoolOp",
    "ReduceOp",
    "RequantiseOp",
    "RnnCellOp",
    "RnnOp",
    "SoftmaxOp",
]

Kernel = Dialect(
    "kernel",
    [
        AttentionOp,
        BatchNormOp,
        ContractOp,
        ConvOp,
        ConvTransposeOp,
        DepthwiseConvOp,
        DepthwiseSeparableOp,
        ElementwiseOp,
        GruCellOp,
        GruOp,
        LayerNormOp,
        LstmCellOp,
        LstmOp,
        MatmulOp,
        PoolOp,
        ReduceOp,
        RequantiseOp,
        RnnCellOp,
        RnnOp,
        SoftmaxOp,
    ],
)
