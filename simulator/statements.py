"""Execute statements, loops over affine accesses with a scalar body, as whole-array operations.

The body is evaluated once for the whole iteration domain, each operand seen through its window;
reductions are NumPy's, sums of products one matrix multiplication. What cannot be done so (a body
that reads its own result in its own way) runs in loop order along just the axes that it must.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, cast

import numpy as np
from xdsl.dialects import affine, arith, linalg
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from ..dialects.errors import UserError
from .contraction import contract
from .elements import Array
from .scalars import evaluate
from .windows import Window, grids, indices, linear_form, uses

LARGEST_BOX = 1 << 22
"""Elements of an iteration domain that are evaluated at once; larger domains are cut."""

SMALLEST_CONTRACTION = 1 << 12
"""Below this many products, multiplying and adding them up is as fast as a matrix product."""

_COMBINE: dict[type[Operation], np.ufunc] = {
    arith.AddfOp: np.add,
    arith.AddiOp: np.add,
    arith.MulfOp: np.multiply,
    arith.MuliOp: np.multiply,
    arith.MaximumfOp: np.maximum,
    arith.MinimumfOp: np.minimum,
    arith.MaxnumfOp: np.fmax,
    arith.MinnumfOp: np.fmin,
    arith.MaxSIOp: np.maximum,
    arith.MinSIOp: np.minimum,
    arith.AndIOp: np.bitwise_and,
    arith.OrIOp: np.bitwise_or,
    arith.XOrIOp: np.bitwise_xor,
}
"""Combining operations that NumPy can reduce by; the order of a reduction is free."""


@dataclass(frozen=True)
class Write:
    """How one output is written: `value`, or `out = combine(out, value)`."""

    value: SSAValue
    combine: np.ufunc | None


@dataclass(frozen=True, eq=False)
class LoopNest:
    """A statement: axes with extents, one access per operand, and a scalar body.

    Args:
        extents: The extent of every axis.
        maps: The access of every input, then of every output, from axes to indices.
        inputs: How many of the maps are inputs'.
        body: A block with one argument per operand, ended by a yield of one value per output.
        ordered: Combine along reductions in loop order, as the sum of floats depends on it.
    """

    extents: tuple[int, ...]
    maps: tuple[AffineMap, ...]
    inputs: int
    body: Block
    ordered: bool = False
    writes: tuple[Write, ...] | None = field(init=False)
    """Per output how it is written; None when the body must run in order."""
    serial: tuple[int, ...] = field(init=False)
    """The axes that the outputs do not tell apart: reductions."""
    _windows: dict[tuple[int, tuple[int, ...]], Window] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what the body does with its outputs."""
        outputs = self.maps[self.inputs :]
        serial = tuple(
            axis
            for axis in range(len(self.extents))
            if not all(_owns(map_, axis) for map_ in outputs)
        )
        writes = [_write_of(self.body, self.inputs, number) for number in range(len(outputs))]
        known = [write for write in writes if write is not None]
        clash = any(uses(map_, axis) for map_ in outputs for axis in serial)
        assigns = any(write.combine is None for write in known)
        in_order = len(known) < len(writes) or clash or (assigns and bool(serial))
        if self.ordered and serial:  # outputs are combined with one point after the other, in place
            in_order = in_order or any(linear_form(map_) is None for map_ in outputs)
        object.__setattr__(self, "serial", serial)
        object.__setattr__(self, "writes", None if in_order else tuple(known))

    def window(self, number: int, extents: tuple[int, ...]) -> Window:
        """Return the window of an operand over boxes of these extents."""
        key = (number, extents)
        if key not in self._windows:
            self._windows[key] = Window(self.maps[number], extents, broadcast=True)
        return self._windows[key]

    def run(
        self, operands: Sequence[Any], captured: Callable[[SSAValue], Any] | None = None
    ) -> None:
        """Execute the statement.

        Args:
            operands: Arrays, or scalars for inputs without axes; outputs are written in place.
            captured: Gives the values from outside that the body uses.

        Raises:
            UserError: An access leaves its array, or an operation cannot be executed.
        """
        if all(self.extents):
            _Execution(self, operands, captured or _nothing_captured).run_box(
                (0,) * len(self.extents), self.extents
            )


def _nothing_captured(value: SSAValue) -> Any:
    """Reject a body that uses a value from outside where nothing is there."""
    raise UserError(f"the body uses %{value.name_hint or 'a value'}, which is defined outside")


def _owns(map_: AffineMap, axis: int) -> bool:
    """Say whether some result of a map is an axis alone, so that it tells its indices apart."""
    return any(isinstance(e, AffineDimExpr) and e.position == axis for e in map_.results)


def _write_of(body: Block, inputs: int, number: int) -> Write | None:
    """Say how output `number` is written, None when its old value has any other use."""
    terminator = body.last_op
    assert terminator is not None
    value, old = terminator.operands[number], body.args[inputs + number]
    used = old.uses.get_length()
    if used == 0:
        return Write(value, None)
    if used > 1 or not isinstance(value, OpResult):
        return None
    combine = _COMBINE.get(type(value.op))
    if combine is None or old not in value.op.operands:
        return None
    left, right = value.op.operands
    boolean = combine in (np.add, np.multiply) and str(value.type) == "i1"
    return None if boolean else Write(right if left is old else left, combine)


class _Execution:
    """One run of a statement on given operands."""

    def __init__(
        self, nest: LoopNest, operands: Sequence[Any], captured: Callable[[SSAValue], Any]
    ) -> None:
        self.nest = nest
        self.operands = operands
        self.captured = captured

    def run_box(self, starts: tuple[int, ...], extents: tuple[int, ...]) -> None:
        """Execute a box of the iteration domain."""
        nest = self.nest
        box = _Box(self, starts, extents)
        ordered, large = nest.ordered and bool(nest.serial), prod(extents) > LARGEST_BOX
        if nest.writes is None or (ordered and large):
            self._run_in_order(starts, extents)
        elif ordered:
            values = [box.value(write.value) for write in nest.writes]
            for number, value in enumerate(values):
                box.accumulate(number, value)
        elif (product_ := box.contraction()) is not None:
            box.write(0, product_)
        elif large:
            for half_starts, half_extents in _halves(starts, extents):
                self.run_box(half_starts, half_extents)
        else:
            values = [box.value(write.value) for write in nest.writes]
            for number, value in enumerate(values):
                box.write(number, box.reduced(number, value))

    def _run_in_order(self, starts: tuple[int, ...], extents: tuple[int, ...]) -> None:
        """Execute a box point by point along the serial axes, whole-array along the others."""
        serial = self.nest.serial
        terminator = self.nest.body.last_op
        assert terminator is not None
        for point in product(*(range(extents[axis]) for axis in serial)):
            at, size = list(starts), list(extents)
            for axis, index in zip(serial, point, strict=True):
                at[axis], size[axis] = starts[axis] + index, 1
            box = _Box(self, tuple(at), tuple(size))
            values = [box.value(value) for value in terminator.operands]
            for number, value in enumerate(values):
                box.store(number, value)


def _halves(
    starts: tuple[int, ...], extents: tuple[int, ...]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Cut a box in two along its longest axis."""
    axis = extents.index(max(extents))
    low = extents[axis] // 2
    middle = starts[axis] + low

    def replaced(values: tuple[int, ...], value: int) -> tuple[int, ...]:
        return (*values[:axis], value, *values[axis + 1 :])

    return [
        (starts, replaced(extents, low)),
        (replaced(starts, middle), replaced(extents, extents[axis] - low)),
    ]


class _Box:
    """A box of a statement's iteration domain: values of the body all over it."""

    def __init__(
        self, execution: _Execution, starts: tuple[int, ...], extents: tuple[int, ...]
    ) -> None:
        self.nest = execution.nest
        self.operands = execution.operands
        self.captured = execution.captured
        self.starts = starts
        self.extents = extents
        self.known: dict[SSAValue, Any] = {}

    def value(self, value: SSAValue) -> Any:
        """Return a value of the body, as an array that broadcasts over the box (or a scalar)."""
        if value not in self.known:
            self.known[value] = self._compute(value)
        return self.known[value]

    def _compute(self, value: SSAValue) -> Any:
        """Evaluate a value of the body whose operands may not be known yet."""
        if isinstance(value, BlockArgument):
            if value.block is self.nest.body:
                return self._operand(value.index)
            return self.captured(value)
        assert isinstance(value, OpResult)
        op = value.op
        if op.parent is not self.nest.body:
            return self.captured(value)
        if isinstance(op, linalg.ops.IndexOp):
            return grids(self.starts, self.extents)[op.dim.value.data]
        operands = [self.value(operand) for operand in op.operands]
        if isinstance(op, affine.ApplyOp):
            dims = op.map.data.num_dims
            return op.map.data.eval(operands[:dims], operands[dims:])[0]
        return evaluate(op, operands)

    def _operand(self, number: int) -> Any:
        """Return the window of an operand."""
        operand = self.operands[number]
        if not isinstance(operand, np.ndarray):
            return operand
        return self.nest.window(number, self.extents).of(cast(Array, operand), self.starts)

    def reduced(self, number: int, value: Any) -> Any:
        """Return a value combined along the serial axes."""
        assert self.nest.writes is not None
        combine, serial = self.nest.writes[number].combine, self.nest.serial
        if combine is None or not serial:
            return value
        rank = len(self.extents)
        value = np.asarray(value)
        if value.ndim < rank:
            value = value.reshape((1,) * (rank - value.ndim) + value.shape)
        shape = [e if axis in serial else value.shape[axis] for axis, e in enumerate(self.extents)]
        return combine.reduce(
            np.broadcast_to(value, shape), axis=serial, keepdims=True, dtype=value.dtype
        )

    def accumulate(self, number: int, value: Any) -> None:
        """Combine an output with the points along the serial axes, in loop order."""
        assert self.nest.writes is not None
        combine, serial = self.nest.writes[number].combine, self.nest.serial
        assert combine is not None
        result = self._operand(self.nest.inputs + number)
        value = np.asarray(value)
        ones = (1,) * (len(self.extents) - value.ndim)
        shape = [e if axis in serial else 1 for axis, e in enumerate(self.extents)]
        value = value.reshape(ones + value.shape)
        value = np.broadcast_to(value, np.broadcast_shapes(value.shape, tuple(shape)))
        value = np.moveaxis(value, serial, range(len(serial)))
        result = np.moveaxis(result, serial, range(len(serial)))[(0,) * len(serial)]
        for point in np.ndindex(*value.shape[: len(serial)]):
            combine(result, value[point], out=result)

    def write(self, number: int, value: Any) -> None:
        """Write an output, combined with what is there if the body says so."""
        assert self.nest.writes is not None
        combine = self.nest.writes[number].combine
        if combine is not None:
            value = combine(self._operand(self.nest.inputs + number), value)
        self.store(number, value)

    def store(self, number: int, value: Any) -> None:
        """Write an output."""
        position = self.nest.inputs + number
        array, map_ = self.operands[position], self.nest.maps[position]
        if linear_form(map_) is not None:
            self._operand(position)[...] = value
        else:
            array[indices(map_, grids(self.starts, self.extents), ())] = value

    def contraction(self) -> Array | None:
        """Return the sum of products over the box, None when the statement is none or is tiny."""
        factors = _factors(self.nest)
        if factors is None or prod(self.extents) < SMALLEST_CONTRACTION:
            return None
        axes = [_axes_of(self.nest, factor) for factor in factors]
        sizes = [prod(self.extents[axis] for axis in own) for own in axes]
        free = set(self.nest.serial) - axes[0] - axes[1]
        if max(sizes) > 4 * LARGEST_BOX or free:
            return None
        left, right = (np.asarray(self.value(factor)) for factor in factors)
        if left.ndim != len(self.extents) or right.ndim != len(self.extents):
            return None
        kept = [axis not in self.nest.serial for axis in range(len(self.extents))]
        return contract(left, right, kept)


def _factors(nest: LoopNest) -> tuple[SSAValue, SSAValue] | None:
    """Return the two factors of a statement that sums products in a type that BLAS keeps exact."""
    if nest.writes is None or len(nest.writes) != 1 or not nest.serial:
        return None
    (write,) = nest.writes
    if write.combine is not np.add or not isinstance(write.value, OpResult):
        return None
    op = write.value.op
    if not isinstance(op, arith.MulfOp | arith.MuliOp) or op.parent is not nest.body:
        return None
    if str(write.value.type) not in ("f32", "f64", "i8", "i16", "i32", "i64"):
        return None
    return op.lhs, op.rhs


def _axes_of(nest: LoopNest, value: SSAValue) -> set[int]:
    """Return the axes along which a value of the body varies."""
    if isinstance(value, BlockArgument):
        if value.block is not nest.body:
            return set()
        return {axis for axis in range(len(nest.extents)) if uses(nest.maps[value.index], axis)}
    assert isinstance(value, OpResult)
    if value.op.parent is not nest.body:
        return set()
    if isinstance(value.op, linalg.ops.IndexOp):
        return {value.op.dim.value.data}
    return {axis for operand in value.op.operands for axis in _axes_of(nest, operand)}
