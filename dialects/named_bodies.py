"""The bodies of linalg's named operations, as MLIR means them."""

from xdsl.dialects import linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Region


def body_of(op: LinalgStructuredOperation) -> Region:
    """Return the body of a statement: its own, or for a named operation one that is right.

    That of a pooling in xDSL 0.74 takes the maximum of the element and of the window's element,
    whose value does not matter; MLIR means that of the element and the old output.
    """
    if not isinstance(op, linalg.ops.PoolingNchwMaxOp):
        return op.body
    body = op.body.clone()
    _, window, old = body.block.args
    if not old.uses:
        window.replace_all_uses_with(old)
    return body
