"""Programs run on a simulated machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from ...binary.instance import Instance
from ...binary.program import Buffer, Program
from ...dialects.errors import UserError
from ...dialects.isa import TargetOp
from ..elements import Array
from .cost import sums_products
from .machine import Machine
from .memory import ArgumentMemory
from .result import Bound, Result
from .schedule import Options, Schedule
from .steps import Direct, Issued, Step

__all__ = ["Issued", "Simulation"]


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
        raise NotImplementedError

    def execute(
        self,
        instances: Sequence[Instance],
        buffers: Sequence[Buffer],
        arguments: Mapping[str, Array],
        options: Options = Options(),  # noqa: B008 - immutable
    ) -> Result:
        """Run instructions that are not in binary; the rest is as in `run`."""
        memory = self._load(buffers, arguments)
        steps = [
            Step(index, Direct.of(instance, self._target), instance.location)
            for index, instance in enumerate(instances)
        ]
        return self._run(steps, memory, options)

    def _load(self, buffers: Sequence[Buffer], arguments: Mapping[str, Array]) -> ArgumentMemory:
        """Put the arguments into memory."""
        op = self._target.host_memory
        if op is None:
            raise UserError(f"@{self._target.symbol} has no memory for arguments", self._target)
        memory = ArgumentMemory(op, buffers)
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
        found: list[Bound] = []
        if schedule.products:
            found.append(Bound("products", schedule.products, self.products_per_cycle))
        for name, memory in machine.memories.items():
            moved = sum(piece.transferred.get(name, 0) for piece in schedule.slices)
            if moved and memory.bandwidth is not None:
                found.append(Bound(f"bytes of @{name}", moved, memory.bandwidth))
        return tuple(found)

    @property
    def products_per_cycle(self) -> float:
        """How many multiplications whose results are summed the machine does per cycle at best."""
        rates = [0.0]
        for op in self._target.instructions.values():
            if sums_products(op):
                kept = max((len(encoding.kept) for encoding in op.encodings), default=0)
                rate = prod(op.extents) / op.cycles({}, kept).interval
                rates.append(rate * self._target.units[op.unit_name].count)
        return max(rates)
