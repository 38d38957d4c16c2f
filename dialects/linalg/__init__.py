"""Upstream MLIR's `linalg`: xDSL's dialect, and every named operation that it lacks.

What each named operation computes stands in a table (`table.py`).
"""

from xdsl.dialects import linalg
from xdsl.ir import Dialect

from .attributes import ElementwiseKindAttr, TypeFn, TypeFnAttr
from .contract import ContractOp, ElementwiseOp
from .moves import BroadcastOp, FillOp, TransposeOp
from .named import named_op
from .regions import MapOp, ReduceOp
from .softmax import SoftmaxOp
from .table import NAMED

__all__ = [
    "BroadcastOp",
    "ContractOp",
    "ElementwiseKindAttr",
    "ElementwiseOp",
    "FillOp",
    "Linalg",
    "MapOp",
    "ReduceOp",
    "SoftmaxOp",
    "TransposeOp",
    "TypeFn",
    "TypeFnAttr",
    "named_op",
]

_OPERATIONS = [
    *map(named_op, NAMED),
    BroadcastOp,
    ContractOp,
    ElementwiseOp,
    FillOp,
    MapOp,
    ReduceOp,
    SoftmaxOp,
    TransposeOp,
]
_OURS = {op.name for op in _OPERATIONS}

Linalg = Dialect(
    "linalg",
    [*_OPERATIONS, *(op for op in linalg.Linalg.operations if op.name not in _OURS)],
    [*linalg.Linalg.attributes, TypeFnAttr, ElementwiseKindAttr],
)
