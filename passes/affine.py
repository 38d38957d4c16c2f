"""Affine maps of accesses, as statements carry them."""

from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap

from ..mapping.access import Access


def map_of(access: Access, axes: int) -> AffineMap:
    """The map from `axes` axes to the element that an access touches."""
    results: list[AffineExpr] = []
    for row, first in zip(access.matrix, access.offset, strict=True):
        terms: list[AffineExpr] = [
            AffineDimExpr(axis) if factor == 1 else AffineDimExpr(axis) * factor
            for axis, factor in enumerate(row)
            if factor
        ]
        if first or not terms:
            terms.append(AffineConstantExpr(first))
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        results.append(total)
    return AffineMap(axes, 0, tuple(results))
