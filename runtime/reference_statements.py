"""The reference's way to compute a statement: gather every operand, evaluate, sum.

Every operand becomes an array with one dimension per axis it moves along, by plain indexing. Sums
of products are then one `einsum`; anything else is evaluated for the whole iteration domain, in
slabs, and reduced.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np
from xdsl.dialects import arith, linalg
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from ..dialects.errors import UserError
from .bounded import Array, Bounded, is_integer, summed
from .bounded_operations import evaluate

_SLAB = 1 << 21
"""Points of an iteration domain that are evaluated at once."""

_EXACT = 2.0**53
"""Integers below this are exact in double precision."""

Outside = Callable[[SSAValue], Bounded]
"""Gives the values from outside that a body uses."""


@dataclass(frozen=True)
class Domain:
    """The iteration domain of a statement, and how its operands are indexed from it."""

    extents: tuple[int, ...]
    maps: tuple[AffineMap, ...]

    def axes_of(self, number: int) -> list[int]:
        """Return the axes that operand `number` moves along."""
        return sorted({axis for e in self.maps[number].results for axis in e.used_dims()})

    def points(self, number: int, box: Sequence[range]) -> tuple[Array, ...]:
        """Return the indices into operand `number` for a box of the domain, broadcastable."""
        rank = len(box)
        dims: list[Any] = [
            np.arange(r.start, r.stop).reshape([-1 if a == axis else 1 for a in range(rank)])
            for axis, r in enumerate(box)
        ]
        return tuple(np.asarray(i) for i in self.maps[number].eval(dims, []))

    def whole(self) -> list[range]:
        """Return the box that is everything."""
        return [range(extent) for extent in self.extents]


def domain_of(maps: Sequence[AffineMap], shapes: Sequence[tuple[int, ...]]) -> Domain:
    """Return the domain that operands of these shapes span.

    Raises:
        UserError: An axis has no extent.
    """
    extents: dict[int, int] = {}
    for map_, shape in zip(maps, shapes, strict=True):
        for expression, size in zip(map_.results, shape, strict=True):
            if isinstance(expression, AffineDimExpr):
                extents[expression.position] = size
    rank = maps[-1].num_dims
    if len(extents) < rank:
        raise UserError("an axis of a statement indexes no operand alone")
    return Domain(tuple(extents[axis] for axis in range(rank)), tuple(maps))


def contract(
    domain: Domain, factors: Sequence[Bounded], start: Bounded, element: Attribute
) -> Bounded:
    """Return `start` plus the sum of the products of all factors over the axes it lacks.

    Factor `i` is indexed by map `i` of the domain, `start` by the last one, which names its axes.
    """
    terms = [_gathered(domain, number, factor) for number, factor in enumerate(factors)]
    inputs = [domain.axes_of(number) for number in range(len(factors))]
    output = [next(iter(e.used_dims())) for e in domain.maps[-1].results]
    present = {axis for axes in inputs for axis in axes}
    missing = [axis for axis in range(len(domain.extents)) if axis not in present]
    repeat = prod(domain.extents[axis] for axis in missing if axis not in output)
    count = prod(e for axis, e in enumerate(domain.extents) if axis not in output)
    kept = [axis for axis in output if axis in present]

    def total(values: Sequence[Array]) -> Array:
        found = repeat * _einsum(values, inputs, kept)
        shape = [domain.extents[axis] if axis in present else 1 for axis in output]
        return np.broadcast_to(found.reshape(shape), start.value.shape)

    if is_integer(element):
        return summed(
            start.value + total([t.value for t in terms]), start.error, start.error, 0, element
        )
    value = start.value + total([t.value for t in terms])
    magnitude = np.abs(start.value) + total([np.abs(t.value) for t in terms])
    error = start.error
    for position, term in enumerate(terms):
        if np.any(term.error):
            others = [np.abs(t.value) + t.error for t in terms]
            others[position] = term.error
            error = error + total(others)
    return summed(value, error, magnitude, count + len(factors), element)


def _gathered(domain: Domain, number: int, operand: Bounded) -> Bounded:
    """Return an operand with one dimension per axis it moves along, in the order of the axes."""
    map_ = domain.maps[number]
    axes = domain.axes_of(number)
    if len(axes) == len(map_.results) and all(isinstance(e, AffineDimExpr) for e in map_.results):
        order = [next(i for i, e in enumerate(map_.results) if a in e.used_dims()) for a in axes]
        return Bounded(operand.value.transpose(order), operand.error.transpose(order))
    points = domain.points(number, domain.whole())
    shape = [domain.extents[axis] for axis in axes]
    return Bounded(operand.value[points].reshape(shape), operand.error[points].reshape(shape))


def _einsum(values: Sequence[Array], axes: Sequence[Sequence[int]], output: Sequence[int]) -> Array:
    """Sum products; integers in double precision where that is exact, else modulo 2**64."""
    letters = ["".join(ascii_letters[axis] for axis in operand) for operand in (*axes, output)]
    spec = f"{','.join(letters[:-1])}->{letters[-1]}"
    integers = values[0].dtype.kind == "i"
    if integers:
        sizes = {
            a: n
            for v, own in zip(values, axes, strict=True)
            for a, n in zip(own, v.shape, strict=True)
        }
        largest = [float(np.abs(v.astype(np.float64)).max(initial=0.0)) for v in values]
        if prod(largest) * prod(sizes.values()) / max(1, prod(sizes[a] for a in output)) < _EXACT:
            exact = np.einsum(
                spec, *(v.astype(np.float64) for v in values), optimize=len(values) > 1
            )
            return np.asarray(exact).astype(np.int64)
    return np.asarray(np.einsum(spec, *values, optimize=len(values) > 1))


@dataclass
class Statement:
    """A statement with a scalar body; `run` computes its outputs from its operands."""

    domain: Domain
    inputs: int
    body: Block
    outside: Outside

    def run(self, operands: Sequence[Bounded]) -> list[Bounded]:
        """Return the new contents of the outputs."""
        if (factors := self._factors()) is not None:
            return [self._contract(factors, operands)]
        outputs = [Bounded(o.value.copy(), o.error.copy()) for o in operands[self.inputs :]]
        current = [*operands[: self.inputs], *outputs]
        if all(self.domain.extents):
            self._run_box(self.domain.whole(), current)
        return outputs

    def _factors(self) -> tuple[SSAValue, SSAValue] | None:
        """Return the factors of a sum of products of two expressions in one operand each."""
        if len(self.domain.maps) != self.inputs + 1 or not self._is_projection(self.inputs):
            return None
        value = self._added(0)
        if value is None or not isinstance(value, OpResult):
            return None
        if (
            not isinstance(value.op, arith.MulfOp | arith.MuliOp)
            or value.op.parent is not self.body
        ):
            return None
        left, right = (self._arguments(factor) for factor in (value.op.lhs, value.op.rhs))
        single = left is not None and right is not None and len(left) == len(right) == 1
        return (value.op.lhs, value.op.rhs) if single else None

    def _is_projection(self, number: int) -> bool:
        """Say whether an operand is indexed by different axes alone."""
        results = self.domain.maps[number].results
        axes = [e.position for e in results if isinstance(e, AffineDimExpr)]
        return len(axes) == len(results) == len(set(axes))

    def _added(self, number: int) -> SSAValue | None:
        """Return what is added to output `number`, None when the output is made otherwise."""
        terminator, old = self.body.last_op, self.body.args[self.inputs + number]
        assert terminator is not None
        value = terminator.operands[number]
        if not isinstance(value, OpResult) or not isinstance(value.op, arith.AddfOp | arith.AddiOp):
            return None
        sides = [value.op.lhs, value.op.rhs]
        if old.uses.get_length() != 1 or old not in sides or str(value.type) == "i1":
            return None
        return sides[1 - sides.index(old)]

    def _arguments(self, value: SSAValue) -> set[int] | None:
        """Return the operands that a value is computed from, None if from an index too."""
        if isinstance(value, BlockArgument):
            return {value.index} if value.block is self.body else set()
        assert isinstance(value, OpResult)
        if value.op.parent is not self.body:
            return set()
        if isinstance(value.op, linalg.ops.IndexOp):
            return None
        found: set[int] = set()
        for operand in value.op.operands:
            used = self._arguments(operand)
            if used is None:
                return None
            found |= used
        return found

    def _contract(self, factors: tuple[SSAValue, SSAValue], operands: Sequence[Bounded]) -> Bounded:
        """Compute a sum of products: each factor on its whole operand, then one contraction."""
        values: list[Bounded] = []
        maps: list[AffineMap] = []
        for factor in factors:
            used = self._arguments(factor)
            assert used is not None
            (number,) = used
            values.append(self._value(factor, {self.body.args[number]: operands[number]}, None))
            maps.append(self.domain.maps[number])
        domain = Domain(self.domain.extents, (*maps, self.domain.maps[-1]))
        return contract(domain, values, operands[-1], self.body.args[-1].type)

    def _value(
        self, value: SSAValue, known: dict[SSAValue, Bounded], box: Sequence[range] | None
    ) -> Bounded:
        """Return a value of the body."""
        if value in known:
            return known[value]
        op = value.owner
        if not isinstance(op, Operation) or op.parent is not self.body:
            return self.outside(value)
        if isinstance(op, linalg.ops.IndexOp):
            assert box is not None
            axis, rank = op.dim.value.data, len(box)
            steps = np.arange(box[axis].start, box[axis].stop)
            index = steps.reshape([-1 if a == axis else 1 for a in range(rank)])
            result = Bounded(index, np.zeros(index.shape))
        elif isinstance(op, arith.ConstantOp):
            result = self.outside(value)
        else:
            result = evaluate(op, [self._value(operand, known, box) for operand in op.operands])
        known[value] = result
        return result

    def _run_box(self, box: list[range], current: list[Bounded]) -> None:
        """Compute a box of the domain and update the outputs in `current`."""
        sizes = [len(r) for r in box]
        if prod(sizes) > _SLAB:
            axis = sizes.index(max(sizes))
            middle = box[axis].start + sizes[axis] // 2
            for half in (range(box[axis].start, middle), range(middle, box[axis].stop)):
                self._run_box([*box[:axis], half, *box[axis + 1 :]], current)
            return
        outputs = range(len(current) - self.inputs)
        owned = [set(self.domain.axes_of(self.inputs + number)) for number in outputs]
        serial = [a for a in range(len(box)) if not all(a in axes for axes in owned)]
        serial += [a for a in range(len(box)) if a not in serial and not self._tells(a)]
        if len(owned) == 1 and self._added(0) is not None and all(self._tells(a) for a in owned[0]):
            self._add_box(box, current, serial)
            return
        for point in np.ndindex(*(sizes[axis] for axis in serial)):
            at = list(box)
            for axis, index in zip(serial, point, strict=True):
                at[axis] = range(box[axis].start + index, box[axis].start + index + 1)
            self._store(at, current, *self._values(at, current))

    def _tells(self, axis: int) -> bool:
        """Say whether every output has a dimension that is this axis alone."""
        return all(
            any(isinstance(e, AffineDimExpr) and e.position == axis for e in map_.results)
            for map_ in self.domain.maps[self.inputs :]
        )

    def _known(self, box: Sequence[range], current: Sequence[Bounded]) -> dict[SSAValue, Bounded]:
        """Return the body's arguments all over a box."""
        known: dict[SSAValue, Bounded] = {}
        for number, (argument, operand) in enumerate(zip(self.body.args, current, strict=True)):
            points = self.domain.points(number, box)
            known[argument] = Bounded(
                np.asarray(operand.value[points]), np.asarray(operand.error[points])
            )
        return known

    def _values(self, box: Sequence[range], current: Sequence[Bounded]) -> list[Bounded]:
        """Return what the body yields all over a box."""
        known = self._known(box, current)
        terminator = self.body.last_op
        assert terminator is not None
        return [self._value(value, known, box) for value in terminator.operands]

    def _store(self, box: Sequence[range], current: Sequence[Bounded], *values: Bounded) -> None:
        """Write the outputs over a box."""
        for number, value in enumerate(values):
            target = current[self.inputs + number]
            points = self.domain.points(self.inputs + number, box)
            target.value[points] = value.value
            target.error[points] = value.error

    def _add_box(self, box: list[range], current: Sequence[Bounded], serial: Sequence[int]) -> None:
        """Add the sum over the serial axes of a box to the one output."""
        added = self._added(0)
        assert added is not None
        known = self._known(box, current)
        term = self._value(added, known, box)
        shape = [len(r) for r in box]
        axes = tuple(serial)
        count = prod(len(box[axis]) for axis in serial)

        def total(values: Any) -> Array:
            return np.sum(np.broadcast_to(values, shape), axis=axes, keepdims=True)

        old = known[self.body.args[self.inputs]]
        result = summed(
            old.value + total(term.value),
            old.error + total(term.error),
            np.abs(old.value) + total(np.abs(term.value)),
            count + 1,
            self.body.args[self.inputs].type,
        )
        self._store(box, current, result)
