"""The state of a machine, and what executing an instruction does to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
from xdsl.ir.affine import AffineMap

from ...binary.instance import Instance
from ...dialects.isa import MemoryKind, TargetOp
from ..elements import Array
from .access import Access, Accesses, failure
from .memory import ArgumentMemory, Memory
from .region import Region
from .semantics import OperandForm, Semantics, semantics_of


class Machine:
    """The memories of a machine, and the operands that its engines keep.

    An instruction reads all of its operands before it writes; hardware loops execute it one
    iteration after the other. Where the iterations do not depend on each other, or only add up, all
    are executed at once.

    Args:
        target: The description.
        arguments: The memory of arguments.
    """

    def __init__(self, target: TargetOp, arguments: ArgumentMemory) -> None:
        self.memories: dict[str, Memory] = {arguments.name: arguments}
        for name, op in target.memories.items():
            if name not in self.memories and op.bytes is not None:
                size = op.bytes * ((op.count or 1) if op.kind is MemoryKind.REGISTER else 1)
                self.memories[name] = Memory(op, size)
        self._accesses = Accesses(target, self.memories)
        self._instructions = target.instructions
        self._kept: dict[tuple[str, str, str], Array] = {}
        self._computed = {name: op.computed_operands for name, op in target.instructions.items()}
        self._moves = frozenset(name for name, op in target.instructions.items() if op.is_move)
        for op in target.instructions.values():
            for name, memory in zip(op.operand_names, op.operand_memories, strict=True):
                if name in op.computed_operands and memory in self.memories:
                    found = self.memories[memory]
                    found.computed = np.zeros(len(found.bytes), np.bool_)
        self._keeps = {
            name: frozenset(k for encoding in op.encodings for k in encoding.kept)
            for name, op in target.instructions.items()
        }

    def accesses(self, instance: Instance) -> tuple[Access | None, ...]:
        """Where the operands of an instruction lie; None for those that the engine has kept."""
        return self._accesses.of(instance)

    def records(self, memory: str, bytes_: range, instance: Instance) -> Access | None:
        """The records that an instruction refers to; None where its memory has none such.

        Raises:
            UserError: Nothing has written them.
        """
        found = self.memories[memory]
        if not 0 <= bytes_.start < bytes_.stop <= len(found.bytes):
            return None
        form = OperandForm("records", memory, np.dtype(np.uint8), AffineMap.identity(1), (-1,))
        shape = (len(bytes_),)
        access = Access(
            *(form, found, bytes_.start, (), (), (), shape, (1,), (0,), shape, True, False)
        )
        _check_defined(access, instance)
        return access

    def execute(self, instance: Instance, accesses: Sequence[Access | None]) -> None:
        """Execute an instruction.

        Raises:
            UserError: It reads what nothing has written, or keeps an operand that it has not.
        """
        semantics = semantics_of(self._instructions[instance.name])
        if _at_once(semantics, instance, accesses):
            self._execute(semantics, instance, accesses, instance.counts)
            return
        for point in product(*map(range, instance.counts)):
            moved = [access and access.at(point) for access in accesses]
            self._execute(semantics, instance, moved, ())

    def _execute(
        self,
        semantics: Semantics,
        instance: Instance,
        accesses: Sequence[Access | None],
        counts: tuple[int, ...],
    ) -> None:
        """Execute iterations that do not depend on each other."""
        output = accesses[semantics.output]
        if output is None:
            raise failure(instance, "keeps the operand that it writes")
        for access in accesses:
            if access is not None and access.reads and not access.is_empty:
                _check_defined(access, instance)
                if access.form.name in self._computed[instance.name]:
                    _check_computed(access, instance)
        arrays = [
            self._kept_operand(instance, semantics, number)
            if access is None
            else _array(access, copy=access is not output and _touches(access, output))
            for number, access in enumerate(accesses)
        ]
        written = arrays[semantics.output]
        if semantics.clears:
            written[...] = 0
        moving = [() if access is None else access.moving for access in accesses]
        self._keep(instance, accesses, arrays)
        semantics.run(arrays, instance.extents, counts, moving, instance.parameters)
        if output.is_empty:
            return
        if not output.is_whole:
            output.view()[...] = written[_inside(output)]
        output.region.view(output.memory.defined)[...] = True
        if output.memory.computed is not None:
            output.region.view(output.memory.computed)[...] = instance.name not in self._moves

    def _keep(
        self, instance: Instance, accesses: Sequence[Access | None], arrays: Sequence[Array]
    ) -> None:
        """Remember the operands of the last iteration that a later instruction may keep."""
        for access, array in zip(accesses, arrays, strict=True):
            if access is not None and access.form.name in self._keeps[instance.name]:
                last = array[(-1,) * len(access.moving)]
                key = (instance.engine, instance.name, access.form.name)
                self._kept[key] = np.array(last)

    def _kept_operand(self, instance: Instance, semantics: Semantics, number: int) -> Array:
        """The operand of the engine's last execution of an instruction."""
        name = semantics.operands[number].name
        kept = self._kept.get((instance.engine, instance.name, name))
        if kept is None:
            raise failure(instance, f"keeps operand %{name}, but it has not been executed before")
        shape = semantics.shapes(instance.extents)[number]
        if kept.shape != shape:
            had, has = ("x".join(map(str, s)) for s in (kept.shape, shape))
            raise failure(instance, f"keeps operand %{name} of {had} elements, but needs {has}")
        return kept


def _array(access: Access, copy: bool) -> Array:
    """The elements of an operand, zero where they are absent."""
    if access.is_whole:
        view = access.view()
        return np.array(view) if copy else view
    array = np.zeros((*access.counts, *access.shape), access.form.dtype)
    if not access.is_empty:
        array[_inside(access)] = access.view()
    return array


def _inside(access: Access) -> tuple[slice, ...]:
    """Where the elements are that are there."""
    inner = (slice(a, a + n) for a, n in zip(access.low, access.present, strict=True))
    return (*(slice(None) for _ in access.moving), *inner)


def _touches(one: Access, other: Access) -> bool:
    """Whether two operands may have bytes in common."""
    if one.memory is not other.memory or one.is_empty or other.is_empty:
        return False
    return one.region.first < other.region.end and other.region.first < one.region.end


def _at_once(semantics: Semantics, instance: Instance, accesses: Sequence[Access | None]) -> bool:
    """Whether the iterations of the hardware loops can be executed together."""
    if prod(instance.counts) == 1:
        return True
    output = accesses[semantics.output]
    if output is None or not _is_apart(output):
        return False
    moves = all(n == 1 or loop in output.moving for loop, n in enumerate(instance.counts))
    if semantics.clears and not moves:
        return False
    return all(
        access is None
        or access is output
        or not _touches(access, output)
        or (moves and _is_same(access, output))
        for access in accesses
    )


def _is_apart(access: Access) -> bool:
    """Whether the elements of all iterations lie in different places."""
    extent = access.form.dtype.itemsize
    dims = [
        (abs(stride), n)
        for n, stride in (
            *zip(access.counts, access.steps, strict=True),
            *zip(access.present, access.strides, strict=True),
        )
        if n > 1
    ]
    for stride, n in sorted(dims):
        if stride < extent:
            return False
        extent = stride * (n - 1) + extent
    return True


def _is_same(one: Access, other: Access) -> bool:
    """Whether two operands are the same elements in every iteration, and element by element."""
    return (
        one.address == other.address
        and one.form.map == other.form.map
        and one.form.dtype.itemsize == other.form.dtype.itemsize
        and (one.moving, one.steps, one.strides) == (other.moving, other.steps, other.strides)
        and one.present == other.present
        and one.low == other.low
    )


def _check_defined(access: Access, instance: Instance) -> None:
    """Check that something has written all that an operand reads."""
    memory, region = access.memory, access.region
    if memory.defined[region.first : region.end].all():
        return
    view = region.view(memory.defined)
    if view.all():
        return
    byte = _first_undefined(view, region)
    raise failure(
        instance,
        f"reads {memory.place(byte)} of @{memory.name} (operand %{access.form.name}), "
        "which nothing has written",
    )


def _check_computed(access: Access, instance: Instance) -> None:
    """Check that what an operand reads was computed, where a machine stores nothing else."""
    memory, region = access.memory, access.region
    assert memory.computed is not None
    view = region.view(memory.computed)
    if not view.all():
        byte = _first_undefined(view, region)
        raise failure(
            instance,
            f"reads {memory.place(byte)} of @{memory.name} (operand %{access.form.name}), "
            "which a move or a fill has written last",
            "the machine has there only what it computed",
        )


def _first_undefined(view: Array, region: Region) -> int:
    """The first byte of a region that was never written."""
    index = np.argwhere(~view)[0]
    strides = (*region.strides, 1)
    return region.first + sum(int(i) * s for i, s in zip(index, strides, strict=True))
