"""Build what a kernel becomes: statements on tensors, and what prepares their operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias

from xdsl.dialects import arith, linalg, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap

from ...dialects.constants import number_constant
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, is_memref, is_tensor, shape_of
from ..generic import statement

Dim: TypeAlias = str | int | Mapping[str, int]
"""Where an operand is accessed in one dimension: at an axis, at a number, or at a sum of axes times
factors, in which the key "" stands for 1: `{"p": 2, "r": 1}`."""

_INDEX = IndexType()

Dims: TypeAlias = Sequence[Dim]

Element: TypeAlias = Callable[..., SSAValue]
"""From a `ScalarBuilder`, the inputs' elements and the output's to the value to write."""


@dataclass
class KernelBuilder:
    """Appends operations on tensors to `ops`."""

    ops: list[Operation] = field(default_factory=list[Operation])

    def emit(self, op: Operation) -> SSAValue:
        """Append an operation and return its result."""
        self.ops.append(op)
        return op.results[0]

    def empty(self, shape: Sequence[int], element: Attribute) -> SSAValue:
        """Return a tensor whose elements do not matter."""
        return self.emit(tensor.EmptyOp((), TensorType(element, shape)))

    def filled(self, shape: Sequence[int], element: Attribute, number: float = 0) -> SSAValue:
        """Return a tensor full of a number."""
        return self.fill(self.empty(shape, element), number)

    def fill(self, target: SSAValue, number: float = 0) -> SSAValue:
        """Return a tensor or memref after filling it with a number."""
        constant = self.emit(number_constant(number, element_type_of(target)))
        on_tensors = is_tensor(target.type)
        fill = linalg.ops.FillOp([constant], [target], [target.type] if on_tensors else [])
        self.ops.append(fill)
        return fill.res[0] if on_tensors else target

    def statement(
        self,
        axes: Sequence[str],
        inputs: Sequence[tuple[SSAValue, Dims]],
        output: tuple[SSAValue, Dims],
        element: Element,
    ) -> SSAValue:
        """Return what a statement computes on tensors; on memrefs, its output.

        Args:
            axes: The names of the loops, outermost first; those that the output lacks are reduced.
            inputs: The operands that are read, and where.
            output: What is written (on tensors, what the result starts from), and where.
            element: Computes one element.
        """
        maps = [access(axes, dims) for _, dims in (*inputs, output)]
        written = maps[-1].used_dims()
        reductions = [axis for number, axis in enumerate(axes) if number not in written]

        def body(args: Sequence[SSAValue]) -> tuple[list[Operation], SSAValue]:
            scalars = ScalarBuilder()
            value = element(scalars, *args)
            return scalars.ops, value

        values = [value for value, _ in inputs]
        new = statement(values, output[0], maps, axes, reductions, body)
        self.ops.append(new)
        return new.results[0] if new.results else output[0]

    def product(
        self,
        axes: Sequence[str],
        factors: Sequence[tuple[SSAValue, Dims]],
        output: tuple[SSAValue, Dims],
        unsigned: Sequence[int] = (),
        *,
        accumulate: bool = True,
    ) -> SSAValue:
        """Return the output plus (or, unless `accumulate`, only) the product of widened factors."""

        def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
            to = args[-1].type
            widened = [
                scalars.widened(arg, to, unsigned=number in unsigned)
                for number, arg in enumerate(args[:-1])
            ]
            value = widened[0]
            for factor in widened[1:]:
                value = scalars.mul(value, factor)
            return scalars.add(args[-1], value) if accumulate else value

        return self.statement(axes, factors, output, element)

    def elementwise(
        self,
        axes: Sequence[str],
        inputs: Sequence[tuple[SSAValue, Dims]],
        result: Attribute,
        element: Element,
        target: SSAValue | None = None,
    ) -> SSAValue:
        """Return values of the shape and element type of `result`, in `target` if it is given.

        `element` gets the inputs' elements alone.
        """
        if target is None:
            assert is_tensor(result) or is_memref(result)
            target = self.empty(result.get_shape(), result.get_element_type())

        def body(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
            return element(scalars, *args[:-1])

        return self.statement(axes, inputs, (target, axes), body)

    def reshape(self, value: SSAValue, shape: Sequence[int]) -> SSAValue:
        """Return a tensor with dimensions fused, or split, to have another shape."""
        old, element = shape_of(value), element_type_of(value)
        if old == tuple(shape):
            return value
        result = TensorType(element, shape)
        fuses = len(shape) < len(old)
        groups = _groups(shape, old) if fuses else _groups(old, shape)
        reassociation = ArrayAttr(
            [ArrayAttr([IntegerAttr(dim, i64) for dim in group]) for group in groups]
        )
        properties: dict[str, Attribute] = {"reassociation": reassociation}
        if fuses:
            collapse = tensor.CollapseShapeOp.build(
                operands=[value], result_types=[result], properties=properties
            )
            return self.emit(collapse)
        return self.emit(tensor.ExpandShapeOp(value, [], reassociation, shape, result))

    def padded(
        self, value: SSAValue, widths: Sequence[tuple[int, int]], number: float = 0
    ) -> SSAValue:
        """Return a tensor with (before, behind) elements added, or cut off where negative."""
        value = self._cut(value, widths)
        widths = [(max(low, 0), max(high, 0)) for low, high in widths]
        if not any(map(any, widths)):
            return value
        old, element = shape_of(value), element_type_of(value)
        shape = [size + sum(width) for size, width in zip(old, widths, strict=True)]
        low, high = zip(*widths, strict=True)
        constant = number_constant(number, element)
        block = Block([constant, tensor.YieldOp(constant.result)], arg_types=[_INDEX] * len(old))
        pad = tensor.PadOp(value, [], [], Region(block), low, high, TensorType(element, shape))
        return self.emit(pad)

    def _cut(self, value: SSAValue, widths: Sequence[tuple[int, int]]) -> SSAValue:
        """Return a tensor without the elements that negative widths cut off."""
        offsets = [max(-low, 0) for low, _ in widths]
        sizes = [
            size - max(-low, 0) - max(-high, 0)
            for size, (low, high) in zip(shape_of(value), widths, strict=True)
        ]
        if tuple(sizes) == shape_of(value):
            return value
        return self.slice(value, offsets, sizes)

    def slice(
        self,
        value: SSAValue,
        offsets: Sequence[int | SSAValue],
        sizes: Sequence[int],
        shape: Sequence[int] | None = None,
    ) -> SSAValue:
        """Return a part of a tensor; `shape` is that of `sizes`, or lacks some ones of it."""
        result = TensorType(element_type_of(value), sizes if shape is None else shape)
        ones = [1] * len(sizes)
        return self.emit(tensor.ExtractSliceOp(value, offsets, sizes, ones, result))

    def insert(
        self,
        part: SSAValue,
        into: SSAValue,
        offsets: Sequence[int | SSAValue],
        sizes: Sequence[int],
        strides: Sequence[int] | None = None,
    ) -> SSAValue:
        """Return a tensor after a part of it was replaced."""
        dynamic = [offset for offset in offsets if isinstance(offset, SSAValue)]
        static = [DYNAMIC_INDEX if isinstance(offset, SSAValue) else offset for offset in offsets]
        steps = [1] * len(sizes) if strides is None else strides
        lists = {"static_offsets": static, "static_sizes": sizes, "static_strides": steps}
        op = tensor.InsertSliceOp.build(
            operands=[part, into, dynamic, [], []],
            result_types=[into.type],
            properties={n: DenseArrayBase.from_list(i64, list(v)) for n, v in lists.items()},
        )
        return self.emit(op)

    def index(self, number: int) -> SSAValue:
        """Return a constant of type index."""
        return self.emit(arith.ConstantOp(IntegerAttr(number, _INDEX)))


def access(axes: Sequence[str], dims: Dims) -> AffineMap:
    """Return the access of an operand from the axes to its dimensions."""
    return AffineMap(len(axes), 0, tuple(_expression(axes, dim) for dim in dims))


def _expression(axes: Sequence[str], dim: Dim) -> AffineExpr:
    if isinstance(dim, int):
        return AffineExpr.constant(dim)
    terms = {dim: 1} if isinstance(dim, str) else dict(dim)
    constant = terms.pop("", 0)
    parts: list[AffineExpr] = []
    for axis, factor in terms.items():
        axis_ = AffineExpr.dimension(axes.index(axis))
        parts.append(axis_ if factor == 1 else axis_ * factor)
    if constant or not parts:
        parts.append(AffineExpr.constant(constant))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _groups(few: Sequence[int], many: Sequence[int]) -> list[list[int]]:
    """Return, per extent of `few`, the positions in `many` whose extents it is the product of."""
    groups: list[list[int]] = []
    position = 0
    for number, extent in enumerate(few):
        group = [position]
        position += 1
        last = number == len(few) - 1
        while position < len(many) and (last or prod(many[dim] for dim in group) != extent):
            group.append(position)
            position += 1
        groups.append(group)
    assert all(
        prod(many[dim] for dim in group) == extent
        for extent, group in zip(few, groups, strict=True)
    ), "dimensions are fused or split, never moved"
    return groups
