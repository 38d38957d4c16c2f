"""`linalg.contract` and `linalg.elementwise`: operations whose accesses the user gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.ir.affine import AffineMap
from xdsl.utils.exceptions import VerifyException

from .attributes import ElementwiseKindAttr
from .extents import verify_projections
from .notation import Computation, row
from .structured import FormulaOp
from .table import KINDS


class ContractOp(FormulaOp):
    """Multiply two operands and sum over the loops that the output does not move along.

    ```mlir
    #a = affine_map<(m, n, k) -> (k, m)>
    #b = affine_map<(m, n, k) -> (k, n)>
    #c = affine_map<(m, n, k) -> (m, n)>
    func.func @product(%a: tensor<8x4xf32>, %b: tensor<8x5xf32>, %c: tensor<4x5xf32>)
        -> tensor<4x5xf32> {
      %0 = linalg.contract indexing_maps = [#a, #b, #c]
        ins(%a, %b : tensor<8x4xf32>, tensor<8x5xf32>) outs(%c : tensor<4x5xf32>)
        -> tensor<4x5xf32>
      func.return %0 : tensor<4x5xf32>
    }
    ```

    Every dimension of an operand moves along a loop of its own. Operands are converted to the
    output's element type, integers by their sign unless `cast = #linalg.type_fn<cast_unsigned>`.
    """

    name = "linalg.contract"

    PROPERTIES: ClassVar[tuple[str, ...]] = ("indexing_maps", "cast")
    CONVERTS: ClassVar[bool] = True

    @property
    def computation(self) -> Computation:
        """What is computed: a sum of products."""
        return row("k,k-> += a * b").computation

    @property
    def count(self) -> int:
        """Two factors."""
        return 2

    @property
    def axes(self) -> Sequence[str]:
        """The loops have no names."""
        return ()

    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        """Return the access of every operand."""
        if self.maps is None:
            raise VerifyException("'indexing_maps' is missing: one map per operand")
        return self.maps

    def verify_properties(self) -> None:
        """Check the accesses."""
        verify_projections(self.get_default_indexing_maps(), len(self.operands))


class ElementwiseOp(FormulaOp):
    """Compute every element of the output by a function.

    ```mlir
    func.func @sum(%a: tensor<4x8xf32>, %b: tensor<8xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %0 = linalg.elementwise kind = #linalg.elementwise_kind<add>
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                         affine_map<(i, j) -> (i, j)>]
        ins(%a, %b : tensor<4x8xf32>, tensor<8xf32>) outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
      func.return %0 : tensor<4x8xf32>
    }
    ```

    Without `indexing_maps` all operands have the shape of the output. Elements are of one type.
    """

    name = "linalg.elementwise"

    PROPERTIES: ClassVar[tuple[str, ...]] = ("kind", "indexing_maps")
    CONVERTS: ClassVar[bool] = False

    @property
    def computation(self) -> Computation:
        """What is computed: the function of this kind."""
        return row(self._text).computation

    @property
    def count(self) -> int:
        """As many as the function has."""
        return row(self._text).count

    @property
    def axes(self) -> Sequence[str]:
        """The loops have no names."""
        return ()

    @property
    def _text(self) -> str:
        """The function, in the notation of the table."""
        if not isinstance(self.kind, ElementwiseKindAttr):
            raise VerifyException("'kind' is missing, such as #linalg.elementwise_kind<add>")
        return KINDS[str(self.kind.data)]

    def get_default_indexing_maps(self) -> Sequence[AffineMap]:
        """Return the access of every operand."""
        if self.maps is None:
            return [AffineMap.identity(self._rank)] * len(self.operands)
        return self.maps

    def verify_properties(self) -> None:
        """Check the accesses."""
        if self.maps is not None:
            verify_projections(self.maps, len(self.operands))
            if self.maps[-1] != AffineMap.identity(self._rank):
                raise VerifyException(f"the output's map must be the identity, not {self.maps[-1]}")
