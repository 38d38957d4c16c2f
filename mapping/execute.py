"""Execution of a mapping on NumPy arrays: the proof that it is right.

Nothing of the lowering is used. For every outer point and every tile the operands of the
instruction are gathered element by element from the kernel's arrays (mixed radix, zero where a lane
has no point), the instruction's body runs over all its lanes, and its output's elements are written
back. A mapping that breaks an axis rule gives wrong numbers here: an element that should mean one
value has several, and two output elements that are one result overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..dialects.dtypes import dtype_of
from .evaluate import Array, combine, evaluate
from .linear import box, null_space
from .match import Mapping
from .padding import identity
from .parameters import with_parameters
from .statement import ASSIGN, Access, Statement


def execute(
    kernel: Statement,
    instruction: Statement,
    mapping: Mapping,
    inputs: Sequence[Array],
    output: Array,
) -> Array:
    """Compute the kernel by the instruction and return the new value of its output.

    `inputs` and `output` have the shapes and element types of the kernel's accesses; the arrays
    given are not changed.
    """
    instruction = with_parameters(instruction, dict(mapping.parameters))
    result = output.copy()
    if mapping.clear:  # only what the kernel writes
        extents = [axis.extent for axis in kernel.axes]
        points = list(np.indices(extents).reshape(len(extents), prod(extents)))
        written = _exists(kernel.output, points, [prod(extents)])
        places = _places(kernel.output, points, [prod(extents)])[written]
        result.reshape(-1)[places] = _identity(instruction)
    machine = _Machine(kernel, instruction, mapping, (*inputs, result), result)
    for tiles in machine.steps():
        machine.run(tiles)
    return result


def _identity(instruction: Statement) -> float | int:
    number = identity(instruction.combine, instruction.output.element)
    assert number is not None
    return number


@dataclass(frozen=True)
class _Machine:
    """The arrays, and the instruction that works on them.

    The loops outside the instruction are the kernel's axes in no group and, after them, the tiles
    of the instruction's axes.
    """

    kernel: Statement
    instruction: Statement
    mapping: Mapping
    arrays: Sequence[Array]
    result: Array

    @property
    def groups(self) -> list[list[int]]:
        """The positions of the kernel's axes in each group."""
        groups = self.mapping.groups
        return [[self.kernel.axis_index(name) for name in group] for group in groups]

    @property
    def outer(self) -> list[int]:
        """The kernel's axes in no group."""
        inside = {axis for group in self.groups for axis in group}
        return [axis for axis in range(len(self.kernel.axes)) if axis not in inside]

    def steps(self) -> Iterator[Array]:
        """Batches of calls, [calls x loops]; those of one batch write different results."""
        counts = [self.kernel.axes[axis].extent for axis in self.outer]
        for group, axis in zip(self.groups, self.instruction.axes, strict=True):
            counts.append(-(-self._length(group) // axis.extent))
        together = self._apart(counts)
        alone = [loop for loop in range(len(counts)) if loop not in together]
        batch = np.array(list(box([counts[loop] for loop in together])), dtype=np.int64)
        for point in box([counts[loop] for loop in alone]):
            calls = np.empty((len(batch), len(counts)), dtype=np.int64)
            calls[:, together] = batch
            calls[:, alone] = point
            yield calls

    def _apart(self, counts: Sequence[int]) -> list[int]:
        """The loops whose iterations write different results: those that index the output."""
        output, outer = self.kernel.output, self.outer
        written = [axis for axis in range(len(self.kernel.axes)) if output.touches(axis)]
        if null_space(output.select(written).matrix, len(written)):
            return []
        loops = [loop for loop, axis in enumerate(outer) if axis in written]
        for lane, group in enumerate(self.groups):
            if group and set(group) <= set(written):
                loops.append(len(outer) + lane)
        return loops

    def run(self, calls: Array) -> None:
        """Issue a batch of calls: gather, compute, write back."""
        points, valid = self._points(calls)
        lanes = list(np.indices(self._lanes).reshape(len(self._lanes), prod(self._lanes)))
        operands = [
            self._gather(self.kernel_access(index), self.arrays[index], own, lanes, points, valid)
            for index, own in zip(self.mapping.operands, self.instruction.inputs, strict=True)
        ]
        own, have = self.instruction.output, self.kernel.output
        old = self._gather(have, self.result, own, lanes, points, valid)
        new = self._compute(operands, old, lanes)
        call, lane = np.nonzero(valid & _exists(have, points, valid.shape))
        target = _places(have, points, valid.shape)[call, lane]
        self.result.reshape(-1)[target] = new[call, _places(own, lanes, (valid.shape[1],))[lane]]

    @property
    def _lanes(self) -> tuple[int, ...]:
        return tuple(axis.extent for axis in self.instruction.axes)

    def kernel_access(self, index: int) -> Access:
        """The kernel's input of that index; one past the last is its output."""
        return (*self.kernel.inputs, self.kernel.output)[index]

    def _points(self, calls: Array) -> tuple[list[Array], Array]:
        """Per kernel axis the coordinate, [calls x lanes], and which lanes have a point."""
        size = (len(calls), prod(self._lanes))
        points: list[Array] = [np.zeros(size, dtype=np.int64) for _ in self.kernel.axes]
        valid = np.ones(size, dtype=np.bool_)
        for loop, axis in enumerate(self.outer):
            points[axis] += calls[:, loop, None]
        lanes = np.indices(self._lanes).reshape(len(self._lanes), size[1])
        for d, group in enumerate(self.groups):
            number = calls[:, len(self.outer) + d, None] * self._lanes[d] + lanes[d]
            valid &= number < self._length(group)
            for axis in reversed(group):
                number, points[axis] = np.divmod(number, self.kernel.axes[axis].extent)
        return points, valid

    def _length(self, group: Sequence[int]) -> int:
        return prod(self.kernel.axes[axis].extent for axis in group)

    def _gather(
        self,
        have: Access,
        array: Array,
        own: Access,
        lanes: Sequence[Array],
        points: Sequence[Array],
        valid: Array,
    ) -> Array:
        """The instruction's operand, [calls x elements]: what a lane with a point says, or 0."""
        operand = np.zeros((len(valid), prod(own.shape)), dtype=dtype_of(own.element))
        call, lane = np.nonzero(valid & _exists(have, points, valid.shape))
        values = array.reshape(-1)[_places(have, points, valid.shape)[call, lane]]
        operand[call, _places(own, lanes, (valid.shape[1],))[lane]] = values
        return operand

    def _compute(self, operands: Sequence[Array], old: Array, lanes: Sequence[Array]) -> Array:
        """Run the body over all lanes of all calls and combine it into the output."""
        size = (len(old), prod(self._lanes))
        read = [
            operand[:, _places(own, lanes, size[1:])]
            for own, operand in zip(self.instruction.inputs, operands, strict=True)
        ]
        values = np.broadcast_to(evaluate(self.instruction.body, read), size)
        new = old.copy()
        if self.instruction.overwrites:
            new[...] = _identity(self.instruction)
        for lane, place in enumerate(_places(self.instruction.output, lanes, size[1:])):
            value = values[:, lane]
            if self.instruction.combine != ASSIGN:
                value = combine(self.instruction.combine, new[:, place], value)
            new[:, place] = value
        return new


def _elements(access: Access, points: Sequence[Array], shape: Sequence[int]) -> list[Array]:
    """Per dimension of an operand, the coordinate of the element that each point accesses."""
    found: list[Array] = []
    for row, first in zip(access.matrix, access.offset, strict=True):
        total = np.full(shape, first, dtype=np.int64)
        for factor, coordinate in zip(row, points, strict=True):
            total = total + factor * coordinate
        found.append(total)
    return found


def _places(access: Access, points: Sequence[Array], shape: Sequence[int]) -> Array:
    """The position of each point's element in the operand's elements, row by row."""
    place = np.zeros(shape, dtype=np.int64)
    for size, element in zip(access.shape, _elements(access, points, shape), strict=True):
        place = place * size + element
    return place


def _exists(access: Access, points: Sequence[Array], shape: Sequence[int]) -> Array:
    """Where the element of a point lies inside the operand: a guarded kernel may read beside it."""
    inside = np.ones(shape, dtype=np.bool_)
    for size, element in zip(access.shape, _elements(access, points, shape), strict=True):
        inside &= (element >= 0) & (element < size)
    return inside
