"""What an instruction's encoding takes for granted: units, strides and sizes that no field says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, NoneAttr
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from ..dialects.isa import InstructionOp, TargetOp
from ..dialects.isa.windows import strides_of
from ..dialects.shapes import bits_of


@dataclass(frozen=True)
class Operand:
    """An operand of an instruction.

    Attributes:
        name: Its name. memory: The memory that it is in.
        unit: The bytes of one step of an address in that memory.
        row: The distance in bytes of rows, for strides that nothing says; None if it has no rows.
        bits: Those of an element.
        axes: Per dimension, the position of the axis that it has alone.
        sizes: Per dimension, the extent where it has no axis alone.
        strides: Per dimension in bytes, None where the type does not say; None for all of them
            where the elements lie without gaps.
    """

    name: str
    memory: str
    unit: int
    row: int | None
    bits: int
    axes: tuple[int | None, ...]
    sizes: tuple[int, ...]
    strides: tuple[int | None, ...] | None

    def extents(self, done: tuple[int, ...]) -> tuple[int, ...]:
        """Its shape where so much of the axes is done."""
        pairs = zip(self.axes, self.sizes, strict=True)
        return tuple(size if axis is None else done[axis] for axis, size in pairs)

    def default_strides(self, extents: tuple[int, ...]) -> tuple[int | None, ...]:
        """The strides that hold where no field says another; None where some field must."""
        if self.strides is not None:
            return tuple(self.row if stride is None else stride for stride in self.strides)
        strides, bits = [0] * len(extents), self.bits
        for dim in reversed(range(len(extents))):
            strides[dim] = bits // 8
            bits *= extents[dim]
        return tuple(strides)


@dataclass(frozen=True)
class Shape:
    """An instruction as far as it matters to words.

    Attributes:
        name: Its name. operands: Its operands, in order.
        axes: The names of its axes. least: How much of each is done at least. greatest: At most.
        parameters: The types of the parameters by name, in order.
    """

    name: str
    operands: tuple[Operand, ...]
    axes: tuple[str, ...]
    least: tuple[int, ...]
    greatest: tuple[int, ...]
    parameters: dict[str, Attribute]

    def check_extents(self, extents: tuple[int, ...]) -> None:
        """Check how much of every axis is done.

        Raises:
            UserError: Too much or too little.
        """
        if len(extents) != len(self.axes):
            raise UserError(f"has the axes {', '.join(self.axes)}, got {len(extents)} extents")
        for axis, least, extent, greatest in zip(
            self.axes, self.least, extents, self.greatest, strict=True
        ):
            if not least <= extent <= greatest:
                bounds = f"{least} to {greatest}" if least < greatest else str(least)
                raise UserError(f"does {bounds} of axis '{axis}', not {extent}")


@lru_cache(maxsize=1024)
def shape_of(part: InstructionOp, target: TargetOp) -> Shape:
    """What words take for granted about an instruction."""
    most, extents = part.most, part.extents
    least = (1 if axis in most else e for axis, e in zip(part.axes, extents, strict=True))
    return Shape(
        part.symbol,
        tuple(_operands_of(part, target)),
        part.axes,
        tuple(least),
        extents,
        part.parameters,
    )


def _operands_of(part: InstructionOp, target: TargetOp) -> Iterator[Operand]:
    """The operands of an instruction in order."""
    positions = {axis: index for index, axis in enumerate(part.axes)}
    for name, type, memory, axes, shape in zip(
        part.operand_names,
        part.operand_memrefs,
        part.operand_memories,
        part.operand_axes,
        part.operand_shapes,
        strict=True,
    ):
        own = tuple(None if axis is None else positions[axis] for axis in axes)
        yield _operand(name, type, target, memory, own, shape)


def _operand(
    name: str,
    type: MemRefType[Attribute],
    target: TargetOp,
    memory: str,
    axes: tuple[int | None, ...],
    shape: tuple[int, ...],
) -> Operand:
    """What is known of one operand."""
    bits, place = bits_of(type.element_type), target.memories[memory]
    strides = None
    if not isinstance(type.layout, NoneAttr):
        in_elements = strides_of(type) or ()
        strides = tuple(None if s is None else s * bits // 8 for s in in_elements)
    own = tuple(
        axis if size == DYNAMIC_INDEX else None
        for axis, size in zip(axes, type.get_shape(), strict=True)
    )
    row = place.row if place.row_attr is not None else None
    return Operand(name, memory, place.row, row, bits, own, shape, strides)
