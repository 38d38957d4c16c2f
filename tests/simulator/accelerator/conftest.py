"""Programs for accelerators written by hand, and how they are run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.program import Buffer, Dimension, Role
from isa_mapper.dialects.isa import ControlKind, TargetOp
from isa_mapper.dialects.machines import find_target
from isa_mapper.dialects.source import read_module
from isa_mapper.simulator.accelerator import Options, Result, Simulation
from isa_mapper.tools.universe import multiverse

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Listing:
    """A program for a machine, instruction by instruction; each is a line of its own file."""

    target: TargetOp
    instances: list[Instance] = field(default_factory=list[Instance])
    buffers: list[Buffer] = field(default_factory=list[Buffer])
    arguments: dict[str, Array] = field(default_factory=dict[str, Array])

    def add(
        self,
        name: str,
        engine: str,
        places: Sequence[Place] = (),
        extents: Sequence[int] = (),
        *,
        counts: Sequence[int] = (),
        kept: Sequence[str] = (),
        to: int = 0,
        waits: Sequence[str] = (),
        signals: Sequence[str] = (),
        **parameters: int | float,
    ) -> None:
        """Append an instruction."""
        self.instances.append(
            Instance(
                name,
                engine,
                tuple(places),
                tuple(extents),
                parameters,
                tuple(counts),
                tuple(kept),
                to,
                tuple(waits),
                tuple(signals),
                ("program", len(self.instances) + 1, 1),
            )
        )

    def argument(self, name: str, array: Array, role: Role = Role.INPUT) -> None:
        """Append an argument that holds an array; `role` may also be `CONSTANT`."""
        element = {"int8": "i8", "int32": "i32", "float32": "f32", "int16": "i16"}[str(array.dtype)]
        buffer = row_major(name, role, element, array.shape)
        if role is Role.CONSTANT:
            buffer = replace(buffer, data=array.tobytes())
        else:
            self.arguments[name] = array
        self.buffers.append(buffer)

    def buffer(self, name: str, element: str, *shape: int, role: Role = Role.OUTPUT) -> None:
        """Append a buffer that nothing is in."""
        self.buffers.append(row_major(name, role, element, shape))

    @staticmethod
    def spad(row: int, **rest: Any) -> Place:
        """Bytes in the scratchpad of the npu: rows of 16."""
        return Place(16 * row, (16, 1), **rest)

    @staticmethod
    def acc(row: int, **rest: Any) -> Place:
        """Words in the accumulator of the npu: rows of 16, 64 bytes each."""
        return Place(64 * row, (64, 4), **rest)

    def dram(self, symbol: str, *index: int, **rest: Any) -> Place:
        """A block of the matrix in a buffer that begins with an element."""
        shape, size = next(
            (b.shape, {"i8": 1, "i16": 2}.get(b.element, 4))
            for b in self.buffers
            if b.name == symbol
        )
        pitch = size * shape[-1]
        row, column = index or (0, 0)
        return Place(row * pitch + column * size, (pitch, size), symbol=symbol, **rest)

    def chain(self) -> "Listing":
        """Let every instruction wait for the one before it, and end the program."""
        control = next(
            op for op in self.target.controls.values() if op.kind is ControlKind.FINISHES
        )
        self.add(control.symbol, control.unit_name)
        for number in range(1, len(self.instances)):
            before, after = self.instances[number - 1 : number + 1]
            if before.engine != after.engine:
                before = replace(before, signals=(*before.signals, after.engine))
                after = replace(after, waits=(*after.waits, before.engine))
            self.instances[number - 1 : number + 1] = before, after
        return self

    def run(self, **options: Any) -> Result:
        """Run the program."""
        simulation = Simulation(self.target)
        return simulation.execute(self.instances, self.buffers, self.arguments, Options(**options))


def row_major(name: str, role: Role, element: str, shape: Sequence[int]) -> Buffer:
    """A buffer in which an array lies row by row."""
    layout = tuple(Dimension(number, extent) for number, extent in enumerate(shape))
    return Buffer(name, role, element, tuple(shape), layout)


def parse_target(text: str) -> TargetOp:
    """The machine that a text describes."""
    context = Context()
    for name, factory in multiverse().all_dialects.items():
        context.register_dialect(name, factory)
    module = read_module(context, text, "machine.mlir")
    return next(op for op in module.body.block.ops if isinstance(op, TargetOp))


@pytest.fixture(scope="session")
def npu() -> TargetOp:
    """The shipped machine with a matrix engine of 16 x 16."""
    return find_target("npu", ModuleOp([]))


@pytest.fixture
def listing(npu: TargetOp) -> Listing:
    """An empty program for it."""
    return Listing(npu)


@pytest.fixture(scope="session")
def listing_for() -> Callable[[TargetOp | str], Listing]:
    """Makes an empty program for a machine, which may be given as text."""
    return lambda machine: Listing(parse_target(machine) if isinstance(machine, str) else machine)
