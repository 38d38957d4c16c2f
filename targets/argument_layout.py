"""How arguments lie in memory where a function says so: `isa.layout` on an argument."""

from __future__ import annotations

from math import prod

from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, DictionaryAttr
from xdsl.ir import Attribute, BlockArgument

from ..binary.program import Dimension
from ..dialects.errors import UserError
from ..dialects.shapes import shape_of
from ..passes.pack_arguments import LAYOUT


def given_layout(argument: BlockArgument) -> tuple[tuple[int, ...], tuple[Dimension, ...]] | None:
    """The shape of the caller's array and how it lies in an argument, if the function says so.

    Raises:
        UserError: The layout is no such attribute, or has other elements than the argument.
    """
    function = argument.owner.parent_op()
    assert isinstance(function, func.FuncOp)
    if function.arg_attrs is None:
        return None
    found = function.arg_attrs.data[argument.index].data.get(LAYOUT)
    if found is None:
        return None
    entries = found.data if isinstance(found, DictionaryAttr) else {}
    shape, dimensions = _numbers(entries.get("shape")), entries.get("dimensions")
    pieces = [_numbers(piece) for piece in dimensions] if isinstance(dimensions, ArrayAttr) else []
    layout = tuple(
        Dimension(of, extent, step, offset)
        for of, extent, step, offset in (piece for piece in pieces if len(piece) == 4)
    )
    if len(layout) != len(pieces) or not all(0 <= d.of < len(shape) for d in layout):
        raise UserError(f"'{LAYOUT}' needs a shape, and four numbers per dimension", function)
    if prod(d.extent for d in layout) != prod(shape_of(argument)):
        raise UserError(
            f"'{LAYOUT}' has {prod(d.extent for d in layout)} elements, the argument is {argument.type}",
            function,
        )
    return shape, layout


def _numbers(attribute: Attribute | None) -> tuple[int, ...]:
    """The numbers of a dense array; none of anything else."""
    if not isinstance(attribute, DenseArrayBase):
        return ()
    return tuple(int(value) for value in attribute.get_values())
