"""Programs run on a simulated machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from ...binary.decode import decoder_of
from ...binary.image import relocate
from ...binary.instance import Instance
from ...binary.program import Buffer, Program
from ...dialects.errors import UserError
from ...dialects.isa import TargetOp
from ..elements import Array
from .cost import products_per_cycle
from .machine import Machine
from .memory import ArgumentMemory
from .result import Bound, Result
from .schedule import Options, Schedule
from .steps import Direct, Step


class Simulation:
    """A machine that programs in binary are run on; all that it does follows from its description.

    Args:
        target: The description.
    """

    def __init__(self, target: TargetOp) -> None:
        self._target = target

    def run(
        self,
        program: Program,
        arguments: Mapping[str, Array],
        options: Options = Options(),  # noqa: B008 - immutable
    ) -> Result:
        """Load and run a program.

        Args:
            program: The program; it is decoded from its bytes.
            arguments: The inputs by name, and those outputs that it reads before it writes them.
            options: How it is run.

        Raises:
            UserError: The program is not right: its code cannot be decoded, it reads what nothing
                has written, leaves a memory, is not ordered, does not end, ...
        """
        if program.machine != self._target.symbol:
            raise UserError(
                f"the program is for the machine '{program.machine}', this is @{self._target.symbol}"
            )
        memory = self._load(program, arguments)
        code = relocate(program, memory.offsets)
        steps = [
            Step(index, decoded, location)
            for index, (decoded, location) in enumerate(
                zip_longest(decoder_of(self._target).decode(code), program.locations)
            )
            if decoded is not None
        ]
        return self._run(steps, memory, options)

    def execute(
        self,
        instances: Sequence[Instance],
        buffers: Sequence[Buffer],
        arguments: Mapping[str, Array],
        options: Options = Options(),  # noqa: B008 - immutable
    ) -> Result:
        """Run instructions that are not in binary; the rest is as in `run`."""
        program = Program(self._target.symbol, "", "", b"", tuple(buffers))
        memory = self._load(program, arguments)
        steps = [
            Step(index, Direct.of(instance, self._target), instance.location)
            for index, instance in enumerate(instances)
        ]
        return self._run(steps, memory, options)

    def _load(self, program: Program, arguments: Mapping[str, Array]) -> ArgumentMemory:
        """Put the arguments into memory."""
        op = self._target.host_memory
        if op is None:
            raise UserError(f"@{self._target.symbol} has no memory for arguments", self._target)
        memory = ArgumentMemory(op, program)
        memory.fill(arguments)
        return memory

    def _run(self, steps: Sequence[Step], memory: ArgumentMemory, options: Options) -> Result:
        """Run what is loaded."""
        machine = Machine(self._target, memory)
        schedule = Schedule(self._target, machine, steps, options)
        schedule.run()
        return Result(
            memory.outputs(),
            schedule.cycles,
            tuple(schedule.reports.values()),
            self._bounds(schedule, machine),
            tuple(schedule.slices),
            {name: (m.bytes, m.defined) for name, m in machine.memories.items()},
        )

    def _bounds(self, schedule: Schedule, machine: Machine) -> tuple[Bound, ...]:
        """The limits that no program can beat that does the same work."""
        peaks = products_per_cycle(self._target)
        found = [
            Bound(f"{element} products", count, peaks[element])
            for element, count in schedule.products.items()
        ]
        for name, memory in machine.memories.items():
            moved = sum(piece.transferred.get(name, 0) for piece in schedule.slices)
            if moved and memory.bandwidth is not None:
                found.append(Bound(f"bytes of @{name}", moved, memory.bandwidth))
        return tuple(found)
