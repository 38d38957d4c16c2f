"""`kernel.attention`: scaled dot-product attention."""

from xdsl.dialects.builtin import FloatAttr, TensorType, UnitAttr
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    result_def,
)
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of, shape_of, shown
from .elementwise import verify_float, verify_vector


@irdl_op_definition
class AttentionOp(IRDLOperation):
    """Average values by the similarity of queries and keys: `softmax(scale * q k^T) v`.

    `q` is `[..., queries, depth]`, `k` is `[..., keys, depth]`, `v` is `[..., keys, width]`, the
    result `[..., queries, width]`; the leading dimensions (batch, heads) are the same for all.
    `scale` is `1 / sqrt(depth)` if absent. With `causal`, a query sees only the keys up to its own
    position, counted such that the last query sees the last key.

    ```mlir
    func.func @heads(%q: tensor<2x4x7x16xf32>, %k: tensor<2x4x9x16xf32>, %v: tensor<2x4x9x8xf32>)
        -> tensor<2x4x7x8xf32> {
      %y = kernel.attention %q, %k, %v {causal}
        : tensor<2x4x7x16xf32>, tensor<2x4x9x16xf32>, tensor<2x4x9x8xf32> -> tensor<2x4x7x8xf32>
      func.return %y : tensor<2x4x7x8xf32>
    }
    ```
    """

    name = "kernel.attention"

    q = operand_def(TensorType)
    k = operand_def(TensorType)
    v = operand_def(TensorType)
    scale = opt_prop_def(FloatAttr)
    causal = opt_prop_def(UnitAttr)
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$q `,` $k `,` $v attr-dict `:` type($q) `,` type($k) `,` type($v) `->` type($result)"
    )

    @property
    def factor(self) -> float:
        """What the products are multiplied by."""
        if self.scale is not None:
            return float(self.scale.value.data)
        return float(shape_of(self.q)[-1] ** -0.5)

    def verify_(self) -> None:
        """Check shapes and types."""
        q, k, v = shape_of(self.q), shape_of(self.k), shape_of(self.v)
        element = element_type_of(self.q)
        verify_float(element, "q")
        if len(q) < 2:
            raise VerifyException(f"q is {shown(q)}, but should be [..., queries, depth]")
        if len(k) != len(q) or len(v) != len(q):
            raise VerifyException(
                f"q, k and v must have the same rank, but are {shown(q)}, {shown(k)}, {shown(v)}"
            )
        verify_vector(self.k, "k", (*q[:-2], k[-2], q[-1]), element)
        verify_vector(self.v, "v", (*q[:-2], k[-2], v[-1]), element)
        verify_vector(self.result, "the result", (*q[:-1], v[-1]), element)
        if self.causal is not None and k[-2] < q[-2]:
            raise VerifyException(
                f"'causal' needs a key for every query, but there are {k[-2]} keys "
                f"for {q[-2]} queries"
            )
