"""Kernels on two machines: what the one cannot compute, the other does in between.

The function is cut at the statement level, on tensors, into runs of statements. Each run is as long
as one machine can take it; arrays go from run to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, linalg, tensor
from xdsl.dialects.builtin import FunctionType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from ..dialects.errors import UserError
from ..dialects.isa import ImportOp, TargetOp
from ..simulator.elements import Array
from ..simulator.signature import entry_function
from .build import MissingCompilerError
from .module import CompiledKernel, load, module_of, prepare
from .pipeline import to_statements

CHEAP = (arith.ConstantOp, tensor.EmptyOp, linalg.ops.FillOp)
"""What every run makes for itself rather than get it from another."""


@dataclass(frozen=True)
class Part:
    """A run of statements on one machine; values are numbered in the order of the function.

    Attributes:
        kernel: The run, compiled.
        reads, writes: Which values are its arguments and its results.
    """

    kernel: CompiledKernel
    reads: tuple[int, ...]
    writes: tuple[int, ...]


@dataclass(frozen=True)
class SplitKernel:
    """A kernel whose parts run on several machines; call it with one array per input.

    Attributes:
        parts: The runs in order.
        inputs, outputs: Which values are the kernel's arguments and results.
    """

    parts: tuple[Part, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def __call__(self, *arrays: Any) -> Array | tuple[Array, ...]:
        """Run the parts one after the other.

        Raises:
            UserError: An array does not fit.
        """
        if len(arrays) != len(self.inputs):
            raise UserError(f"the kernel takes {len(self.inputs)} arrays, {len(arrays)} are given")
        values: dict[int, Array] = dict(zip(self.inputs, map(np.asarray, arrays), strict=True))
        for part in self.parts:
            found = part.kernel(*(values[number] for number in part.reads))
            results = found if isinstance(found, tuple) else (found,)
            values |= dict(zip(part.writes, results, strict=True))
        results = tuple(values[number] for number in self.outputs)
        return results[0] if len(results) == 1 else results


def compile_split(
    source: str | Path | ModuleOp, target: str, host: str = "host", entry: str | None = None
) -> SplitKernel:
    """Compile a kernel for a machine, and for another what the first cannot compute.

    Args:
        source: MLIR text, the path of a file with such text, or a module (which is not changed).
        target: The machine that takes all that it can.
        host: The machine for the rest.
        entry: The function to compile; None for the only one.

    Raises:
        UserError: Neither machine can compute some statement.
    """
    module = to_statements(module_of(source))
    function = entry_function(module, entry)
    cutter = _Cutter(module, function)
    parts = tuple(cutter.parts(target, host))
    number = cutter.numbers
    returned = function.body.block.last_op
    assert returned is not None
    return SplitKernel(
        parts,
        tuple(number[value] for value in function.body.block.args),
        tuple(number[value] for value in returned.operands),
    )


class _Cutter:
    """Cuts a function on tensors into runs."""

    def __init__(self, module: ModuleOp, function: func.FuncOp) -> None:
        self._machines = [op for op in module.ops if isinstance(op, TargetOp | ImportOp)]
        self._function = function
        block = function.body.block
        returned = block.last_op
        assert isinstance(returned, func.ReturnOp)
        results = {value.owner for value in returned.operands}
        self._ops = [
            op
            for op in block.ops
            if op is not returned and (op in results or not isinstance(op, CHEAP))
        ]
        values = [*block.args, *(value for op in block.ops for value in op.results)]
        self.numbers: Mapping[SSAValue, int] = {v: number for number, v in enumerate(values)}

    def parts(self, target: str, host: str) -> Iterator[Part]:
        """The runs, each as long as the machine takes it; what it takes none of is the host's."""
        first = 0
        while first < len(self._ops):
            last, found = first, None
            while last < len(self._ops):
                try:
                    found = self._part(first, last + 1, target)
                except UserError:
                    break
                last += 1
            if found is None:
                last += 1
                found = self._part(first, last, host)
            with suppress(MissingCompilerError):  # without one the interpreter does the work
                found = replace(found, kernel=load(found.kernel))
            yield found
            first = last

    def _part(self, first: int, last: int, target: str) -> Part:
        """The run of some operations, prepared for a machine."""
        inside = self._with_cheap(self._ops[first:last])
        made = {value for op in inside for value in op.results}
        used = dict.fromkeys(value for op in inside for value in _operands(op))
        reads = [value for value in used if value in self.numbers and value not in made]
        own = {value for op in self._ops[first:last] for value in op.results}
        writes = [value for value in own if any(self._outside(value, inside))]
        writes.sort(key=self.numbers.__getitem__)
        kernel = prepare(self._module(inside, reads, writes), target)
        numbers = self.numbers
        return Part(kernel, tuple(numbers[v] for v in reads), tuple(numbers[v] for v in writes))

    def _with_cheap(self, ops: Sequence[Operation]) -> list[Operation]:
        """Operations, with what they need that is made again in every run, in order."""
        needed = set(ops)
        pending = list(ops)
        while pending:
            for value in _operands(pending.pop()):
                owner = value.owner
                if isinstance(owner, CHEAP) and owner not in needed:
                    needed.add(owner)
                    pending.append(owner)
        return [op for op in self._function.body.block.ops if op in needed]

    @staticmethod
    def _outside(value: SSAValue, inside: Sequence[Operation]) -> Iterator[bool]:
        """Per use of a value, whether it is outside of some operations."""
        for use in value.uses:
            op: Operation | None = use.operation
            while op is not None and op not in inside:
                op = op.parent_op()
            yield op is None

    def _module(
        self, ops: Sequence[Operation], reads: Sequence[SSAValue], writes: Sequence[SSAValue]
    ) -> ModuleOp:
        """A module with a function of these operations."""
        block = Block(arg_types=[value.type for value in reads])
        values: dict[SSAValue, SSAValue] = dict(zip(reads, block.args, strict=True))
        for value, argument in zip(reads, block.args, strict=True):
            argument.name_hint = value.name_hint
        for op in ops:
            block.add_op(op.clone(values))
        block.add_op(func.ReturnOp(*(values[value] for value in writes)))
        type_ = FunctionType.from_lists(
            [value.type for value in reads], [value.type for value in writes]
        )
        name = self._function.sym_name.data
        function = func.FuncOp(name, type_, Region(block))
        return ModuleOp([*(machine.clone() for machine in self._machines), function])


def _operands(op: Operation) -> Iterator[SSAValue]:
    """What an operation uses, and all in it."""
    for inner in op.walk():
        yield from inner.operands
